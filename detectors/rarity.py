"""How often a piece of text is met in chat, near enough to choose what is worth looking for.

Letters come about as often as in English, and a few hundred words much more often than their
letters say. What is estimated wrongly costs time, never a match.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

__all__ = ["chance", "rare_prefix"]

_LETTERS = "etaoinsrhldcumfpgwybvkxjqz"
_SHARES = (
    *(0.1, 0.073, 0.065, 0.061, 0.058, 0.057, 0.052, 0.049, 0.045, 0.034, 0.032, 0.024, 0.023),
    *(0.021, 0.019, 0.017, 0.017, 0.016, 0.015, 0.012, 0.009, 0.007, 0.002, 0.002, 0.001, 0.001),
)
_SHARE_OF = dict(zip(_LETTERS, _SHARES, strict=True)) | {" ": 0.18}
_OTHER_SHARE = 0.004
_COMMON_WORDS = (
    "the to i it you a is and of in that for on my this have not with just what do but if like so "
    "can be its how get im are was no or me dont at use as work your there all one know from when "
    "an out up any does has ok will some they then now yes need run go he we try thats want about "
    "time see good got make think only install who has more should would want here file because "
    "same did off where way why them him her his she our new help am could been than really well "
    "right also still works lol oh too very using look sure game love thanks play first over last "
    "had say much man back already something after ill ive cant anyone someone always find add "
    "day let take really even windows people pc real find end open before never those these down "
    "going into again thing problem guys great other by two were said bad show give every put "
    "best better server having hi hey que de la el en es un los se por lo una con para mi te si "
    "ya me le del como las pero su muy bien todo hay eso vamos mas ver esta este ser yo son sin "
    "nada eres dos sus tu hola jaja gracias bueno tan uno algo va ha nos "
    "chat stream live video channel app link account key user system name line screen internet "
    "install installed version error command update server drive package download password log "
    "message money free money song music watch streamer twitch youtube discord twitter follow sub "
    "mod mods clip raid team player level dead die kill boss join support join paste host hours "
    "minutes hour week year years money buy pay phone number next left call live real wait stop "
    "join person guy girl man bro dude fuck shit wtf omg yeah nah hell damn hate nice happy fun "
    "crazy cool true false wrong maybe probably actually literally pretty sorry please hello bye "
    "community stable sure change menu crash flood group page site web test click card code data "
    "e o a não que um uma pra mas como isso você nao voce vc tem foi mais sim aqui cara boa "
    "le et les des est pas je vous nous sur dans avec pour une tout bien oui non merci salut "
    "der die das und ich ist nicht du wir ein eine mit auf auch aber wie was noch nur ja nein "
    "bir bu ve ben sen da de mi ne ama var yok iyi evet abi için icin çok cok al at on "
    "yang di dan ini itu aku kamu gak nya ada apa bang kak"
)
_MOST_COMMON = 0.04
_HARDLY_EVER = 1e-11
_EDGED = re.compile(r" ?[^ ]+ ?")


@cache
def _pieces() -> dict[str, float]:
    """Return how often each piece of the common words is met, spaces around them included.

    Only who builds gates needs it, and that is mostly another process than the one that serves.
    """
    pieces: dict[str, float] = {}
    for rank, word in enumerate(dict.fromkeys(_COMMON_WORDS.split())):
        share = _MOST_COMMON / (rank + 2)
        edged = f" {word} "
        for piece in {edged[a:b] for a in range(len(edged)) for b in range(a + 2, len(edged) + 1)}:
            pieces[piece] = pieces.get(piece, 0.0) + share
    return pieces


@lru_cache(maxsize=65_536)
def chance(text: str) -> float:
    """Return the chance that the text stands at any given place, 0…1."""
    pieces = _pieces()
    likely = 1.0
    for edged in _EDGED.findall(text):
        by_letters = 1.0
        for char in edged:
            by_letters *= _SHARE_OF.get(char, _OTHER_SHARE)
        likely *= by_letters + pieces.get(edged, 0.0)
    return min(likely, 1.0)


def rare_prefix(text: str) -> str:
    """Return as much of a text as is hardly ever met unless the rest follows."""
    likely = 1.0
    for at, char in enumerate(text):
        likely *= _SHARE_OF.get(char, _OTHER_SHARE)
        if likely < _HARDLY_EVER:
            return text[: at + 1]
    return text

"""Invents names as small honest sites bear them: a subject, what the site is, an ending.

Lists of bad hosts hold nearly every name with a hyphen that a scorer ever sees, lists of good ones
hardly any; without these it would learn that hyphens and the words of a trade are bad.
"""

from __future__ import annotations

from random import Random

__all__ = ["invented_hosts"]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SUBJECTS = _words(
    """
    garden bakery chess piano guitar cycling hiking camera coffee tea bread cheese wine beer
    football basketball tennis judo yoga running fishing sailing climbing surf ski history physics
    maths biology astronomy weather train tram bus airport castle museum library school
    kindergarten university village city river lake mountain forest dog cat bird horse fish linux
    python kernel server network retro pixel arcade speedrun minecraft factorio tetris emulator
    anime manga comic film cinema theatre opera radio vinyl synth drum voice choir poetry novel
    letters grammar vocab recipe soup pasta sushi taco curry vegan spice knit wool quilt wood
    metal clay paint ink paper glass bike motor car truck camper boat wallet ledger token coin
    bitcoin crypto defi nft mining staking trading chain swap airdrop drop wallet bank tax budget
    savings market stream streamer clips esports tournament league raid guild meine unser mein
    kleine petit mon notre mi nuestra minha meu moya nasha benim bizim rumah toko cafe berlin
    paris lyon madrid lisboa porto roma milano wien praha kyiv odesa ankara izmir jakarta hanoi
    saigon seoul osaka kyoto tokyo delhi mumbai cairo lima bogota quito denver boston austin leeds
    """
)
_KINDS = _words(
    """
    blog wiki forum club guide tools stats news fans photos recipes events calendar archive
    podcast course lessons charts explained journal diary notes lab works studio shop store market
    verein foto reisen kochen kalender garten haus musik sport freunde amis jardin cuisine voyages
    photos atelier blogu haber tarif kulubu cerita resep berita wisata komunitas diario amigos
    cocina viajes noticias receitas fotos viagens slow demo sample project book books review
    reviews map maps rent repair team family group society festival fair camp trail log daily
    weekly home world hub corner space list schedule bracket scores results download mods textures
    server status docs online live tv fm
    """
)
_ENDINGS = _words(
    """
    com com com com org org net net de fr es it pt nl be at ch pl cz ru ua com.tr id co.id vn
    com.br com.mx com.ar in jp kr co.uk io dev app blog info me tv gg site online club github.io
    gitlab.io wordpress.com blogspot.com netlify.app pages.dev vercel.app itch.io neocities.org
    """
)


def invented_hosts(count: int, seed: int = 0) -> list[str]:
    """Return so many different names, the same for the same seed."""
    chance = Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        words = [chance.choice(_SUBJECTS), chance.choice(_KINDS)]
        if chance.random() < 0.3:
            words.insert(0, chance.choice(_SUBJECTS + _KINDS))
        if chance.random() < 0.25:
            words.reverse()
        label = chance.choice(("-", "-", "")).join(words)
        above = chance.choice(("", "", "", "", "www.", "blog.", "docs.", "forum."))
        found.setdefault(f"{above}{label}.{chance.choice(_ENDINGS)}")
    return list(found)

"""What the platform's own moderators can say they did, and what each word puts in force.

`un` before a word of a user, room or stream takes it back. Of a message there are no labels: its
words only say whether it stands.
"""

from __future__ import annotations

from collections.abc import Mapping

from seawall import wire
from seawall.actions import STREAM_ACTIONS, TargetKind
from seawall.policy.problems import closest
from seawall.restrictions import ROOM_LABELS, USER_LABELS

__all__ = ["KEPT", "LABELS", "REMOVED", "STREAM_LABELS", "WORDS", "label_of", "why_not"]

STREAM_LABELS = frozenset(STREAM_ACTIONS) - {"warn"}
"""What lasts on a stream: a warning is said once."""
LABELS: Mapping[TargetKind, frozenset[str]] = {
    "user": USER_LABELS,
    "room": ROOM_LABELS,
    "stream": STREAM_LABELS,
}
KEPT, REMOVED = ("restore", "approve"), ("remove", "delete", "block")
"""What says of a message that it stands, and that it is gone."""
_ALIASES = {"lock": "locked", "verify": "verified", "slow_mode": "slow_all"}
_SAID_ONCE: Mapping[TargetKind, tuple[str, ...]] = {"user": ("care", "warn"), "stream": ("warn",)}
"""What is recorded and puts nothing in force."""
_LASTING: Mapping[TargetKind, tuple[str, ...]] = {
    kind: tuple(sorted({*labels, *(a for a, label in _ALIASES.items() if label in labels)}))
    for kind, labels in LABELS.items()
}
WORDS: Mapping[TargetKind, tuple[str, ...]] = {
    "message": (*KEPT, *REMOVED),
    **{kind: (*words, *_SAID_ONCE.get(kind, ())) for kind, words in _LASTING.items()},
}
"""The words for each target, without those that begin with `un`."""


def label_of(kind: str) -> tuple[str, bool]:
    """Return the label an act's word is about, and whether it takes it away."""
    word = kind.removeprefix("un")
    return _ALIASES.get(word, word), word != kind


def why_not(act: wire.Acted) -> str | None:
    """Return why an act means nothing, with the word that may have been meant; None: it does."""
    target, kind = act.target, act.kind
    field = "room" if target.kind == "room" else "id"
    if not getattr(target, field):
        return f"a {target.kind} without {field} - at `$.target.{field}`"
    words, lasting = WORDS[target.kind], _LASTING.get(target.kind, ())
    if kind in words or (kind.startswith("un") and kind.removeprefix("un") in lasting):
        return None
    meant = closest(kind, (*words, *(f"un{word}" for word in lasting)))
    known = f"known are {', '.join(words)}" + (" (un… takes back)" if lasting else "")
    tail = f"did you mean {meant!r}?" if meant else known
    return f"of a {target.kind} nothing is called {kind[:64]!r}; {tail} - at `$.kind`"

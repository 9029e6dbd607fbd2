"""Runs texts through the real judge, with or without models, lists and windows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from detectors.models.linear import Linear
from detectors.models.unit import TextModel, Unit
from gateway.judge.rows import Row
from gateway.judge.run import Judge
from seawall.actions import is_restriction
from seawall.events import Message, Surface, User
from seawall.policy.model import Policy
from seawall.signals import Signal
from seawall.verdicts import Verdict

__all__ = [
    "LEVELS",
    "ModelScores",
    "Outcome",
    "Told",
    "judged",
    "outcome",
    "said",
    "without_lists",
]

LEVELS = ("flagged", "held", "blocked")
"""Each level takes in the ones after it."""
Told = Mapping[str, Sequence[Signal]]
"""What a model says, by text."""
_HOUR_S = 3600.0
_BLOCKS = frozenset({"block", "remove"})


class Outcome(msgspec.Struct, frozen=True):
    """What was done about one text. `level` is 0 for nothing, 1 flagged, 2 held, 3 blocked."""

    level: int
    cared: bool
    rules: tuple[str, ...]
    categories: frozenset[str]
    by_window: bool
    """Whether only windows had something to say."""
    actions: tuple[str, ...] = ()


class ModelScores:
    """What the shipped classifier says, with out-of-fold answers for what it was trained on."""

    def __init__(
        self, texts: Iterable[str], held_out: Told, model: TextModel | None = None
    ) -> None:
        self.model = model or Linear()
        self._told: dict[str, Sequence[Signal]] = dict(held_out)
        missing = list(dict.fromkeys(text for text in texts if text not in self._told))
        for start in range(0, len(missing), 256):
            some = missing[start : start + 256]
            units = [Unit(number, text) for number, text in enumerate(some)]
            answers = [found or () for found in self.model.judge(units)]
            self._told.update(zip(some, answers, strict=True))

    def of(self, model: str, message: Message) -> Sequence[Signal]:
        """Return what is said of a message; only `linear` is known here."""
        if model != "linear":
            return ()
        found = self._told.get(message.text)
        if found is None:
            [answer] = self.model.judge([Unit(0, message.text, message.lang or "")])
            found = self._told[message.text] = answer or ()
        return found

    def score(self, text: str, name: str) -> float:
        """Return one signal's score; 0 where it is not said."""
        return next((s.score for s in self._told.get(text, ()) if s.name == name), 0.0)


def said(row: Row, judge: Judge) -> Outcome:
    """Judge one message."""
    return outcome([judge.judge(row)])


def judged(
    texts: Iterable[tuple[str, str]], policy: Policy, models: ModelScores | None
) -> list[Outcome]:
    """Judge (text, language) pairs each by itself: no windows, nobody known."""
    judge = Judge(policy, models.of if models is not None else None)
    found = []
    for number, (text, lang) in enumerate(texts):
        user = User(f"viewer-{number}", f"viewer {number}")
        surface: Surface = "chat"
        at = number * _HOUR_S
        tag = lang if lang.isalpha() else None
        message = Message(
            "judge", str(number), f"room-{number}", user, text, at, at, surface, lang=tag
        )
        found.append(said(Row(message, timed=False), judge))
    return found


def outcome(verdicts: Sequence[Verdict]) -> Outcome:
    """Return what the verdicts on the parts of one text come to."""
    reasons = [
        finding
        for verdict in verdicts
        for finding in verdict.reasons
        if not finding.rule.startswith("unchecked.")
    ]
    given = tuple(
        dict.fromkeys(
            [v.action for v in verdicts if v.action != "allow"]
            + [v.visibility for v in verdicts if v.visibility is not None]
            + [action.kind for verdict in verdicts for action in verdict.actions]
            + [action.kind for verdict in verdicts for action in verdict.commands]
        )
    )
    restricts = any(is_restriction(kind) for kind in given)
    level = 3 if _BLOCKS.intersection(given) else 2 if restricts else 1 if reasons else 0
    if level == 1 and "care" in given:
        level = 0
    return Outcome(
        level,
        "care" in given,
        tuple(dict.fromkeys(finding.rule for finding in reasons)),
        frozenset(finding.category for finding in reasons),
        bool(reasons) and all(finding.detector == "window" for finding in reasons),
        given,
    )


def without_lists(policy: Policy) -> Policy:
    """Return the policy with its lists of bad hosts and words emptied, patterns and shapes kept."""
    bare = msgspec.structs.replace(policy.tables, hosts_listed=frozenset(), lexicon=())
    return msgspec.structs.replace(policy, tables=bare, asks={}, fallbacks={})

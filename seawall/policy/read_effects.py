"""Reads what a rule, window or ladder step does: actions, how long for, how often, and its case."""

from __future__ import annotations

from seawall.actions import (
    ACTIONS,
    KIND_OF,
    NEXT,
    ROOM_ACTIONS,
    STREAM_ACTIONS,
    USER_ACTIONS,
    Track,
)
from seawall.policy.draft import Placed
from seawall.policy.form import Form, described, entries_of, seconds_of, text_of
from seawall.policy.model import CaseSpec, CaseWord, Effect
from seawall.policy.problems import Problems
from seawall.policy.tree import Map, Node, Scalar, Seq, Where

__all__ = [
    "LASTING",
    "LONGEST_S",
    "MOMENTARY",
    "PRIORITIES",
    "SHORTEST_DUE_S",
    "UNTIL_REVERSED",
    "case_of",
    "effects_of",
    "notice_of",
    "quota_of",
]

LONGEST_S = 3650 * 86400.0
MOST_PER_DAY = 1_000_000_000
PRIORITIES = ("p0", "p1", "p2", "p3", "p4")
SHORTEST_DUE_S = 10.0
"""A case that is due sooner is over before anybody has read it."""
UNTIL_REVERSED = "until_reversed"
MOMENTARY = frozenset({"care", "warn", "verify", "kick", "cut", NEXT})
"""Actions that happen once; all others on a user, room or stream last, and must say how long."""
LASTING = frozenset({*USER_ACTIONS, *ROOM_ACTIONS, *STREAM_ACTIONS}) - MOMENTARY
_NOBODY: dict[str, CaseWord] = {"close": "close", "escalate": "escalate"}
_KNOWN: dict[str, tuple[Track, str]] = {
    **{name: (track, name) for name, track in KIND_OF.items()},
    **{f"stream.{name}": ("stream", name) for name in (*STREAM_ACTIONS, NEXT)},
}


def effects_of(
    node: Node | None,
    problems: Problems,
    for_s: float | None = None,
    tracks: tuple[Track, ...] = tuple(ACTIONS),
) -> tuple[Effect, ...]:
    """Return the effects of a `then`: an action, ``{action: duration}``, or a list of these.

    `for_s` is the duration of lasting actions that name none.
    """
    if node is None:
        return ()
    found: list[Effect] = []
    for item in node.items if isinstance(node, Seq) else (node,):
        effect = _effect(item, problems, for_s)
        if effect is None:
            continue
        if effect.track not in tracks:
            problems.add(item.where, f"{effect.kind!r} acts on a {effect.track}: not possible here")
        elif any((effect.track, effect.kind) == (other.track, other.kind) for other in found):
            problems.add(item.where, f"{effect.kind!r} is written twice")
        else:
            found.append(effect)
    return tuple(found)


def case_of(form: Form, problems: Problems) -> CaseSpec | None:
    """Return the case a rule or window opens."""
    node = form.node("case")
    if node is None:
        return None
    case = Form(node, problems, "a case", ("queue", "priority", "due", "nobody"), ("queue",))
    queue = case.text("queue", longest=64)
    priority = case.word("priority", "priority", PRIORITIES, "p3")
    if not case.has("due"):
        if case.has("nobody"):
            what = "'nobody' says what happens when a case is due: it needs a 'due', such as 10m"
            problems.add(case.place("nobody"), what)
        return CaseSpec(queue, priority)
    due_s = case.seconds("due", 0.0, SHORTEST_DUE_S, LONGEST_S)
    word = case.word("nobody", "word", tuple(_NOBODY), "escalate")
    return CaseSpec(queue, priority, due_s, _NOBODY.get(word, "escalate"))


def notice_of(form: Form) -> Placed[str] | None:
    """Return the notice a rule or window names."""
    key = form.text("notice", longest=64)
    return Placed(key, form.place("notice")) if key else None


def quota_of(form: Form, problems: Problems) -> int | None:
    """Return how many messages a day a rule may act on: 0 for `none`, None where it is not said."""
    node = form.node("quota")
    if node is None:
        return None
    if isinstance(node, Scalar) and node.value == "none":
        return 0
    quota = Form(node, problems, "a quota", ("per_day",), ("per_day",))
    return quota.whole("per_day", 1, 1, MOST_PER_DAY)


def _effect(item: Node, problems: Problems, for_s: float | None) -> Effect | None:
    duration: Node | None = None
    if isinstance(item, Map):
        entries = list(entries_of(item, problems, "an action"))
        if len(entries) != 1:
            problems.add(item.where, "an action with its duration is one key, such as {mute: 10m}")
            return None
        written, duration = entries[0].key.written, entries[0].value
    else:
        text = text_of(item, problems)
        if text is None:
            return None
        written = text
    known = _KNOWN.get(written)
    if known is None:
        problems.unknown(item.where, "action", written, _KNOWN)
        return None
    track, kind = known
    if duration is None or (isinstance(duration, Scalar) and duration.value is None):
        return _plain(track, kind, for_s, item.where, problems)
    return _timed(track, kind, duration, problems)


def _plain(
    track: Track, kind: str, for_s: float | None, where: Where, problems: Problems
) -> Effect | None:
    if track in ("message", "visibility") or kind in MOMENTARY:
        return Effect(track, kind)
    if for_s is None:
        problems.add(
            where,
            f"{kind!r} does not say how long: "
            f"write {{{kind}: 10m}} or {{{kind}: {UNTIL_REVERSED}}}",
        )
        return None
    return Effect(track, kind, for_s)


def _timed(track: Track, kind: str, duration: Node, problems: Problems) -> Effect | None:
    if track in ("message", "visibility") or kind in MOMENTARY:
        problems.add(duration.where, f"{kind!r} takes no duration, found {described(duration)}")
        return None
    if isinstance(duration, Scalar) and duration.value == UNTIL_REVERSED:
        return Effect(track, kind)
    seconds = seconds_of(duration, problems)
    if seconds is None:
        return None
    if not 1 <= seconds <= LONGEST_S:
        problems.add(duration.where, f"{kind!r} must last from 1 second to ten years")
        return None
    return Effect(track, kind, seconds)

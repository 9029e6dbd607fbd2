"""What may be decided about a case, and which reversible steps each choice comes to. Pure.

Rules:
1. The choices follow from what the case is about and what was done about it already.
2. A step is one action on one target; a message, user or stream gets each step once, however many
   events of the case name it. Messages come first.
3. In an incident nobody of the house (hosts, moderators, staff) is muted, warned or banned: they
   are counted as exempt.
4. A report names its target alone, a message or a user: removing takes it for a message, muting
   for its author or the user. What there is not is not hit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from gateway.deciding.ports import Event
from gateway.shapes.cases import CaseLine, Effect
from seawall.actions import STREAM_ACTIONS, TargetKind, is_restriction

__all__ = ["MOST_STEPS", "Plan", "Recipe", "Step", "effects_of", "plan", "recipes"]

MOST_STEPS = 2_000
"""The blast cap: no decision does more than this."""
MUTE_S, DAY_S = 600.0, 86_400.0
_STREAM_S = 600.0
_MILD = frozenset({"approve", "revert", "veto", "restore"})
_STREAMED = frozenset({"frame", "speech"})
_UNSHOWN = frozenset({"block", "remove"})
_FLAGS = frozenset({"", "allow", "ack"})


class Recipe(Struct, frozen=True):
    """A choice: `kinds` of steps, for its messages, users and streams. `timed`: takes `for_s`."""

    id: str
    key: str
    message: str = ""
    user: str = ""
    stream: str = ""
    timed: bool = False
    for_s: float | None = None

    @property
    def restricts(self) -> bool:
        """Whether it takes something from somebody."""
        kinds = (self.message, self.user, self.stream)
        return any(kind and kind not in _MILD and is_restriction(kind) for kind in kinds)

    @property
    def grave(self) -> bool:
        """Whether it is confirmed however few it hits."""
        return "ban" in (self.user,) or self.stream == "cut"


class Step(Struct, frozen=True):
    """One reversible action on one target."""

    kind: str
    target_kind: TargetKind
    room: str
    target: str
    rev: int | None = None
    for_s: float | None = None


class Plan(Struct, frozen=True):
    """What a choice comes to: steps in order, how many users were left out as exempt."""

    recipe: Recipe
    steps: tuple[Step, ...]
    exempt: int = 0
    refused: str = ""


_HOLD = (
    Recipe("approve", "a", "approve"),
    Recipe("deny", "d", "deny"),
    Recipe("deny_mute", "m", "deny", "mute", timed=True, for_s=MUTE_S),
    Recipe("deny_ban", "b", "deny", "ban", timed=True),
)
_RESTRICTED = (
    Recipe("uphold", "a"),
    Recipe("revert", "r", "revert"),
    Recipe("mute", "m", user="mute", timed=True, for_s=MUTE_S),
    Recipe("mute_day", "h", user="mute", timed=True, for_s=DAY_S),
    Recipe("ban", "b", user="ban", timed=True),
    Recipe("warn", "w", user="warn"),
)
_FLAGGED = (
    Recipe("dismiss", "d"),
    Recipe("remove", "x", "remove"),
    Recipe("remove_mute", "m", "remove", "mute", timed=True, for_s=MUTE_S),
    Recipe("ban", "b", user="ban", timed=True),
    Recipe("warn", "w", user="warn"),
)
_REPORT = (
    Recipe("dismiss", "d"),
    Recipe("remove", "x", "remove"),
    Recipe("mute", "m", user="mute", timed=True, for_s=MUTE_S),
    Recipe("ban", "b", user="ban", timed=True),
)
_VETO = Recipe("veto", "v", stream="veto")
_STREAM = (
    Recipe("cut", "x", stream="cut", timed=True),
    Recipe("stream_warn", "w", stream="warn"),
    Recipe("blur", "b", stream="blur", timed=True, for_s=_STREAM_S),
    Recipe("mute_audio", "a", stream="mute_audio", timed=True, for_s=_STREAM_S),
    Recipe("mute_video", "i", stream="mute_video", timed=True, for_s=_STREAM_S),
)
_DISMISS = Recipe("dismiss", "d")
_REVERT = Recipe("revert", "r", "revert")
_OPERATIONS = (Recipe("acknowledge", "a"),)


def recipes(
    line: CaseLine, members: Sequence[Event], *, streams: bool, cut_waits: bool
) -> tuple[Recipe, ...]:
    """Return what may be decided, the first choice first.

    `streams`: there is a hand on streams here; `cut_waits`: the case's stream waits to be cut.
    """
    acted = any(_acted(each) for each in members)
    match line.about:
        case "command" | "gateway":
            return _OPERATIONS
        case "hold":  # once nothing of it waits, a case is here again because of an undo
            return _HOLD if any(not each.ended for each in members) else _FLAGGED
        case "report":
            return tuple(each for each in _REPORT if not each.message or _messages(each, members))
        case "verdict" if line.stream:
            veto = (_VETO,) if streams and cut_waits else ()
            back = (_REVERT,) if acted else ()
            return (*veto, *(_STREAM if streams else ()), *back, _DISMISS)
        case _:
            return _RESTRICTED if acted else _FLAGGED


def plan(
    recipe: Recipe,
    line: CaseLine,
    members: Sequence[Event],
    for_s: float | None,
    exempt: Callable[[str, str], bool],
) -> Plan:
    """Return the steps of a choice. `exempt` says it of (room, user); it counts in incidents."""
    lasts = (for_s or recipe.for_s) if recipe.timed else None
    steps = list(_messages(recipe, members))
    left_out: set[tuple[str, str]] = set()
    users = _users(members) if recipe.user else []
    for room, user in users:
        if line.members > 1 and exempt(room, user):
            left_out.add((room, user))
        else:
            steps.append(Step(recipe.user, "user", room, user, None, lasts))
    if recipe.stream:
        steps += _streams(recipe, line, members, lasts)
    refused = ""
    if len(steps) > MOST_STEPS:
        refused = f"it would do {len(steps)} things; {MOST_STEPS} at once is the most"
    elif recipe.user and not users:
        refused = "whom this is about is not known"
    return Plan(recipe, tuple(steps), len(left_out), refused)


def effects_of(steps: Iterable[Step]) -> list[Effect]:
    """Count what steps do, by kind and target."""
    counts = Counter((step.kind, step.target_kind, step.for_s) for step in steps)
    return [Effect(kind, target, n, for_s) for (kind, target, for_s), n in counts.items()]


def _acted(each: Event) -> bool:
    """Say whether something was done about an event."""
    if each.about != "verdict":
        return False
    return each.action not in _FLAGS and bool(each.event)


def _messages(recipe: Recipe, members: Sequence[Event]) -> tuple[Step, ...]:
    """Return the steps on a case's messages."""
    kind, found = recipe.message, dict[tuple[str, str], Step]()
    if not kind:
        return ()
    for each in members:
        room, target, rev = each.room, each.event, each.rev
        if each.about == "report":
            target, rev = each.ref, 0
        if not target or not _falls_on(kind, each):
            continue
        known = found.get((room, target))
        if kind == "revert" or known is None or (known.rev or 0) < rev:
            key = (room, f"{target}\0{rev}") if kind == "revert" else (room, target)
            found[key] = Step(kind, "message", room, target, rev)
    return tuple(found.values())


def _falls_on(kind: str, each: Event) -> bool:
    match kind:
        case "approve" | "deny":
            return each.about == "hold" and not each.ended
        case "revert":
            return _acted(each)
        case _:
            shown = each.about == "report" or each.action not in _UNSHOWN
            return shown and each.surface not in _STREAMED


def _users(members: Sequence[Event]) -> list[tuple[str, str]]:
    """Return the users of a case, each once a room."""
    return list(dict.fromkeys((each.room, each.user) for each in members if each.user))


def _streams(
    recipe: Recipe, line: CaseLine, members: Sequence[Event], for_s: float | None
) -> list[Step]:
    places = dict.fromkeys((each.room, each.stream) for each in members if each.stream)
    if not places and line.stream:
        places[line.room, line.stream] = None
    lasts = None if recipe.stream in ("warn", "veto") else for_s
    kinds = (*STREAM_ACTIONS, "veto")
    assert recipe.stream in kinds
    return [Step(recipe.stream, "stream", room, stream, None, lasts) for room, stream in places]

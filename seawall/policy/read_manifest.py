"""Reads the root file of a policy: budgets, restrictions, holds, notices, the ladder, rooms."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Literal, cast

from seawall.events import ROLES, SURFACES
from seawall.ladder import NO_LADDER, Ladder, Step
from seawall.policy.draft import Manifest, Placed, RoomDraft
from seawall.policy.form import Form, described, entries_of, text_of
from seawall.policy.model import NO_BRAKE, Brake, Budget, Word
from seawall.policy.problems import Problems
from seawall.policy.read_effects import effects_of, quota_of
from seawall.policy.read_streams import read_media, read_stream_ladder
from seawall.policy.tree import Entry, Map, Node, Scalar, Seq, Where
from seawall.taxonomy import CATEGORY_NAMES

__all__ = [
    "DEFAULT_BUDGETS",
    "EMOTES",
    "MANIFEST_KEYS",
    "ROOMS",
    "read_manifest",
    "read_own",
    "read_rooms",
]

DEFAULT_BUDGETS: Mapping[str, Budget] = {
    "chat": Budget(50.0, "allow"),
    "post": Budget(50.0, "allow"),
    "comment": Budget(50.0, "allow"),
    "profile": Budget(200.0, "allow"),
    "title": Budget(200.0, "allow"),
    "speech": Budget(2500.0, "allow"),
    "frame": Budget(500.0, "allow"),
}
"""What a surface gets that the manifest does not name (DESIGN 6)."""
MANIFEST_KEYS = (
    "policy",
    "budgets",
    "restrictions",
    "hold",
    "exempt",
    "notices",
    "ladder",
    "rooms",
    "quota",
    "brake",
    "media",
    "stream_ladder",
)
ROOMS = 1000
"""Rooms with overrides of their own, in the manifest and tenant file together."""
EMOTES = 100_000
"""Emotes of a tenant, and of each room."""
_ROOM_KEYS = ("rules", "windows", "budgets", "media", "mode", "topic", "emotes")
_BUDGET_KEYS = ("ms", "on_timeout", "on_load", "categories")
_WORDS = ("allow", "hold", "block")
_LOADS = ("lean", "full")
_GROUPS = tuple(sorted(CATEGORY_NAMES | {name.partition(".")[0] for name in CATEGORY_NAMES}))
"""Categories, and what they are part of: `scam` speaks for all of them."""
_DAY_S = 86400.0
_NOTICE_LENGTH = 2000
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.ASCII)


def read_manifest(root: Node, problems: Problems) -> Manifest:
    """Return the manifest; what it does not say has its default."""
    form = Form(root, problems, "the manifest", MANIFEST_KEYS, ("policy",))
    slow = Form(
        _map_of(form, "restrictions"),
        problems,
        "`restrictions`",
        ("slow", "slow_all", "newcomer", "shield"),
    )
    hold = Form(_map_of(form, "hold"), problems, "`hold`", ("for", "expiry"))
    exempt = Form(_map_of(form, "exempt"), problems, "`exempt`", ("windows",))
    expiry = hold.word("expiry", "outcome", ("denied", "approved"), "denied")
    return Manifest(
        name=form.text("policy", longest=64),
        budgets={**DEFAULT_BUDGETS, **_budgets(form.node("budgets"), problems)},
        slow_s=_every(slow, "slow", problems),
        slow_all_s=_every(slow, "slow_all", problems),
        shield_s=_every(slow, "shield", problems),
        newcomer_s=slow.seconds("newcomer", 600.0, 0.0, 365 * _DAY_S),
        hold_s=hold.seconds("for", 300.0, 1.0, 7 * _DAY_S),
        hold_expiry=cast(Literal["denied", "approved"], expiry),  # checked by `word`
        exempt=frozenset(exempt.words("windows", "role", ROLES)),
        notices=dict(_notices(form.node("notices"), problems)),
        ladder=_ladder(form.node("ladder"), problems),
        rooms=read_rooms(form.node("rooms"), problems),
        where=form.where,
        quota=quota_of(form, problems) or 0,
        brake=_brake(form.node("brake"), problems),
        media=read_media(form.node("media"), problems),
        stream_ladder=read_stream_ladder(form.node("stream_ladder"), problems),
    )


def read_rooms(node: Node | None, problems: Problems) -> tuple[RoomDraft, ...]:
    """Return the rooms' overrides of a manifest or a tenant file."""
    if node is None:
        return ()
    entries = list(entries_of(node, problems, "`rooms`"))
    if len(entries) > ROOMS:
        problems.add(node.where, f"{len(entries)} rooms have overrides; at most {ROOMS} may")
    return tuple(_room(entry, problems) for entry in entries[:ROOMS])


def _room(entry: Entry, problems: Problems) -> RoomDraft:
    room = entry.key.written
    if not 1 <= len(room.encode("utf-8", "surrogatepass")) <= 128:
        problems.add(entry.key.where, "a room's id must be 1 to 128 bytes long")
    form = Form(entry.value, problems, "a room", _ROOM_KEYS)
    own = read_own(form, problems, room)
    for placed in (*own.rules.values(), *own.windows.values()):
        for key in ("quota", "brake", "owner"):
            if placed.value.get(key) is not None:
                problems.add(placed.where, f"{key!r} is for all rooms: a room cannot change it")
    return own


def read_own(form: Form, problems: Problems, room: str = "") -> RoomDraft:
    """Return what a room, or without one the tenant as a whole, has otherwise."""
    return RoomDraft(
        room,
        _overrides(form.node("rules"), problems, "rule"),
        _overrides(form.node("windows"), problems, "window"),
        _budgets(form.node("budgets"), problems),
        form.where,
        form.text("mode", longest=64) if room else "",
        form.text("topic") if room else "",
        form.node("media"),
        form.texts("emotes", 64, EMOTES) if room else (),
    )


def _overrides(node: Node | None, problems: Problems, what: str) -> dict[str, Placed[Map]]:
    found: dict[str, Placed[Map]] = {}
    for entry in entries_of(node, problems, f"`{what}s`") if node is not None else ():
        value = entry.value
        if not isinstance(value, Map):
            problems.add(value.where, f"an override must be a map, not {described(value)}")
        elif value.get(what) is not None:
            problems.add(value.where, f"an override cannot rename a {what}")
        else:
            found[entry.key.written] = Placed(value, entry.key.where)
    return found


def _budgets(node: Node | None, problems: Problems) -> dict[str, Budget]:
    found: dict[str, Budget] = {}
    for entry in entries_of(node, problems, "`budgets`") if node is not None else ():
        surface = entry.key.written
        if surface not in SURFACES:
            problems.unknown(entry.key.where, "surface", surface, SURFACES)
        form = Form(entry.value, problems, "a budget", _BUDGET_KEYS, ("ms",))
        word = form.word("on_timeout", "outcome", _WORDS, "allow")
        found[surface] = Budget(
            form.number("ms", 50.0, 5.0, 60_000.0),
            cast(Word, word),  # checked by `word`
            _words_by(form.node("on_load"), _LOADS, "state of load", "`on_load`", problems),
            _words_by(form.node("categories"), _GROUPS, "category", "`categories`", problems),
        )
    return found


def _words_by(
    node: Node | None, known: Collection[str], what: str, where: str, problems: Problems
) -> dict[str, Word]:
    """Return the word for each of some known names."""
    if node is None:
        return {}
    form = Form(node, problems, where, known)
    words = {name: form.word(name, "outcome", _WORDS, "allow") for name in known if form.has(name)}
    return cast(dict[str, Word], words)  # checked by `word`


def _notices(
    node: Node | None, problems: Problems
) -> Iterator[tuple[str, Placed[Mapping[str, str]]]]:
    for entry in entries_of(node, problems, "`notices`") if node is not None else ():
        texts: dict[str, str] = {}
        for text in entries_of(entry.value, problems, "a notice"):
            tag = text.key.written.lower()
            if _LANGUAGE.fullmatch(tag) is None:
                problems.add(text.key.where, f"{tag[:40]!r} is not a language tag such as en")
            texts[tag] = text_of(text.value, problems, _NOTICE_LENGTH) or ""
        yield entry.key.written, Placed(texts, entry.key.where)


def _ladder(node: Node | None, problems: Problems) -> Ladder:
    if node is None:
        return NO_LADDER
    form = Form(node, problems, "`ladder`", ("steps", "half_life"), ("steps",))
    steps: list[Step] = []
    listed = form.node("steps")
    if listed is not None and not isinstance(listed, Seq):
        problems.add(listed.where, f"expected a list of steps, found {described(listed)}")
    for item in listed.items if isinstance(listed, Seq) else ():
        step = Form(item, problems, "a step", ("strikes", "then"), ("strikes", "then"))
        strikes = step.number("strikes", 1.0, 0.01, 1e6)
        effects = effects_of(step.node("then"), problems, tracks=("user",))
        if step.has("then") and len(effects) != 1:
            problems.add(step.place("then"), "a step does one thing to the user")
        if any(other.strikes == strikes for other in steps):
            problems.add(step.place("strikes"), f"two steps begin at {strikes:g} strikes")
        steps += [Step(strikes, effect.kind, effect.for_s) for effect in effects]
    half_life_s = form.seconds("half_life", NO_LADDER.half_life_s, 60.0, 3650 * _DAY_S)
    return Ladder(tuple(sorted(steps, key=lambda step: step.strikes)), half_life_s)


def _brake(node: Node | None, problems: Problems) -> Brake:
    if node is None:
        return Brake()
    if isinstance(node, Scalar) and node.value == "off":
        return NO_BRAKE
    usual = Brake()
    form = Form(node, problems, "`brake`", ("share", "windows", "of", "times", "fresh"))
    return Brake(
        form.number("share", usual.share, 0.0001, 1.0),
        form.number("windows", usual.windows, 0.0001, 1.0),
        form.whole("of", usual.of, 100, 100_000),
        form.number("times", usual.times, 1.0, 1000.0),
        form.seconds("fresh", usual.fresh_s, 0.0, 30 * _DAY_S),
    )


def _every(form: Form, key: str, problems: Problems) -> float:
    node = form.node(key)
    if node is None:
        return 10.0
    return Form(node, problems, f"`{key}`", ("every",), ("every",)).seconds(
        "every", 10.0, 0.5, 3600.0
    )


def _map_of(form: Form, key: str) -> Node:
    return form.node(key) or Map((), Where(form.where.file, form.where.line))

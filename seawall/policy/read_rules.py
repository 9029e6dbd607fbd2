"""Reads the entries of a rules file: rules, windows and patterns, in any order."""

from __future__ import annotations

import re
from collections.abc import Collection
from keyword import iskeyword
from typing import cast, get_args

from seawall.events import ROLES, SURFACES
from seawall.policy.draft import Member, Placed, RuleDraft, WindowDraft
from seawall.policy.form import Form, described
from seawall.policy.model import KeyPart, Pattern, Stage
from seawall.policy.problems import Problems
from seawall.policy.read_effects import LONGEST_S, case_of, effects_of, notice_of, quota_of
from seawall.policy.read_streams import over_of, veto_of, yes_of
from seawall.policy.tree import Map, Node, Scalar, Seq
from seawall.taxonomy import CATEGORY_NAMES, Severity

__all__ = [
    "PATTERN_LENGTH",
    "RULE_KEYS",
    "WINDOW_KEYS",
    "read_entries",
    "read_rule",
    "read_window",
]

Entries = tuple[list[RuleDraft], list[WindowDraft], list[Placed[Pattern]]]

RULE_KEYS = (
    "rule",
    "category",
    "severity",
    "on",
    "when",
    "then",
    "strikes",
    "case",
    "stage",
    "percent",
    "exempt",
    "notice",
    "quota",
    "brake",
    "owner",
    "over",
    "flag",
    "cooldown",
    "veto",
    "sure",
)
WINDOW_KEYS = (
    "window",
    "key",
    "of",
    "on",
    "count",
    "limit",
    "per",
    "when",
    "over",
    "category",
    "severity",
    "stage",
    "case",
    "notice",
    "exempt",
    "percent",
    "quota",
    "brake",
    "owner",
)
_PATTERN_KEYS = ("pattern", "category", "severity", "regex")
_OVER_KEYS = ("then", "for", "message")
PATTERN_LENGTH = 2000
_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", re.ASCII)
_SEVERITIES = {severity.label: severity for severity in Severity}
_STAGES: tuple[str, ...] = get_args(Stage)
_KEY_PARTS: tuple[str, ...] = get_args(KeyPart)
_MEMBERS: tuple[str, ...] = get_args(Member)


def read_entries(root: Node, problems: Problems) -> Entries:
    """Return the rules, windows and patterns of one file."""
    entries: Entries = ([], [], [])
    if not isinstance(root, Seq):
        problems.add(root.where, f"a rules file must be a list of entries, not {described(root)}")
        return entries
    for item in root.items:
        match item:
            case Map() if item.get("rule") is not None:
                entries[0].append(read_rule(item, problems))
            case Map() if item.get("window") is not None:
                entries[1].append(read_window(item, problems))
            case Map() if item.get("pattern") is not None:
                entries[2].append(_pattern(item, problems))
            case _:
                problems.add(
                    item.where, "an entry must begin with `rule:`, `window:` or `pattern:`"
                )
    return entries


def read_rule(node: Map, problems: Problems) -> RuleDraft:
    """Return one rule."""
    form = Form(node, problems, "a rule", RULE_KEYS, ("category", "when", "then"))
    return RuleDraft(
        name=_name(form, "rule", problems),
        category=form.word("category", "category", CATEGORY_NAMES),
        severity=_severity(form, Severity.MEDIUM),
        on=frozenset(_surfaces(form, SURFACES, problems)),
        when=Placed(_condition(form), form.place("when")),
        then=effects_of(form.node("then"), problems),
        stage=_stage(form),
        percent=_percent(form, problems),
        strikes=form.whole("strikes", 0, 0, 100),
        case=case_of(form, problems),
        notice=notice_of(form),
        exempt=frozenset(form.words("exempt", "role", ROLES)),
        where=form.where,
        node=node,
        quota=quota_of(form, problems),
        braked=_braked(form),
        owner=form.text("owner", longest=64),
        over=over_of(form, problems),
        flag=Placed(_condition(form, "flag"), form.place("flag")) if form.has("flag") else None,
        cooldown_s=form.seconds("cooldown", 30.0, 0.0, 86400.0) if form.has("cooldown") else None,
        veto=veto_of(form, problems),
        at_once=form.has("veto") and veto_of(form, Problems()) is None,
        sure=yes_of(form, "sure", problems),
    )


def read_window(node: Map, problems: Problems) -> WindowDraft:
    """Return one window."""
    form = Form(node, problems, "a window", WINDOW_KEYS, ("key", "limit", "per"))
    over = Form(form.node("over") or Map((), node.where), problems, "`over`", _OVER_KEYS)
    for_s = over.seconds("for", 0.0, 1.0, LONGEST_S) or None
    return WindowDraft(
        name=_name(form, "window", problems),
        # The words were just checked to be key parts, and members below to be members.
        key=cast("tuple[KeyPart, ...]", form.words("key", "key part", _KEY_PARTS)),
        of=cast(Member, form.word("of", "member", _MEMBERS, "event")),
        on=frozenset(_surfaces(form, ("chat", "comment"), problems, ("join",))),
        accepted=form.word("count", "count", ("accepted", "attempted"), "accepted") == "accepted",
        limit=form.whole("limit", 1, 1, 100_000),
        per_s=form.seconds("per", 1.0, 0.1, 31 * 86400.0),
        when=Placed(_condition(form), form.place("when")) if form.has("when") else None,
        message=over.word("message", "message action", ("allow", "mask", "hold", "block"), "block"),
        then=effects_of(over.node("then"), problems, for_s, ("user", "room", "stream")),
        category=form.word("category", "category", CATEGORY_NAMES, "flood"),
        severity=_severity(form, Severity.LOW),
        stage=_stage(form),
        case=case_of(form, problems),
        notice=notice_of(form),
        exempt=frozenset(form.words("exempt", "role", ROLES)) if form.has("exempt") else None,
        where=form.where,
        node=node,
        percent=_percent(form, problems),
        quota=quota_of(form, problems),
        braked=_braked(form),
        owner=form.text("owner", longest=64),
    )


def _pattern(node: Map, problems: Problems) -> Placed[Pattern]:
    form = Form(node, problems, "a pattern", _PATTERN_KEYS, ("regex",))
    name = _name(form, "pattern", problems)
    if iskeyword(name.replace("-", "_")):
        problems.add(form.place("pattern"), f"{name!r} cannot be written in a condition")
    pattern = Pattern(
        name,
        form.text("regex", longest=PATTERN_LENGTH),
        form.word("category", "category", CATEGORY_NAMES) or None,
        _severity(form, Severity.MEDIUM),
        str(form.where),
    )
    return Placed(pattern, form.place("regex"))


def _name(form: Form, key: str, problems: Problems) -> str:
    name = form.text(key, longest=64)
    if name and _NAME.fullmatch(name) is None:
        problems.add(
            form.place(key),
            f"the name {name!r} must be lower-case letters and digits joined by single hyphens",
        )
    return name


def _surfaces(
    form: Form, default: Collection[str], problems: Problems, more: tuple[str, ...] = ()
) -> tuple[str, ...]:
    surfaces = form.words("on", "surface", (*SURFACES, *more), default)
    if form.has("on") and not surfaces:
        problems.add(form.place("on"), "`on` names no surface")
    return surfaces


def _severity(form: Form, default: Severity) -> Severity:
    return _SEVERITIES.get(form.word("severity", "severity", tuple(_SEVERITIES)), default)


def _stage(form: Form) -> Stage:
    return cast(Stage, form.word("stage", "stage", _STAGES, "act"))  # checked by `word`


def _percent(form: Form, problems: Problems) -> float:
    percent = form.number("percent", 100.0, 0.0, 100.0)
    if percent == 0.0:
        problems.add(form.place("percent"), "'percent' must be more than 0; use `stage: shadow`")
    return percent


def _braked(form: Form) -> bool:
    return form.word("brake", "word", ("on", "off"), "on") == "on"


def _condition(form: Form, key: str = "when") -> str:
    """Return a condition as text; ``when: True`` is a condition too."""
    node = form.node(key)
    if isinstance(node, Scalar) and isinstance(node.value, bool | int | float):
        return node.written
    return form.text(key, longest=10_000)

"""Says in words what a rule or window does, and why a verdict came out as it did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from seawall.policy.diff_streams import over_told, step_told, veto_told
from seawall.policy.emit import emit
from seawall.policy.expression import Expression, check_expression
from seawall.policy.model import CaseSpec, Effect, Env, Policy, Rule, Window, takes_step
from seawall.policy.problems import closest
from seawall.policy.term import Read
from seawall.policy.vocabulary import Vocabulary
from seawall.windows import Mode
from seawall.wire import Reason

__all__ = ["explain_all", "explain_reasons", "explain_rule", "explain_values"]

_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "m"))


def explain_all(policy: Policy) -> str:
    """Return a table of all rules and windows, one a line."""
    rows = [("name", "kind", "stage", "category", "does", "when")]
    rows += [
        (rule.name, "rule", rule.stage, rule.category, _effects(rule.then), rule.when)
        for rule in policy.rules
    ]
    rows += [
        (
            window.name,
            "window",
            window.stage,
            window.category,
            _effects((Effect("message", window.message), *window.then)),
            f"over {_arithmetic(window)}",
        )
        for window in windows_of(policy).values()
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = (
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[5]])
        for row in rows
    )
    head = f"policy {policy.name} {policy.version[:16]}"
    rooms = f"\n{len(policy.rooms)} rooms with overrides" if policy.rooms else ""
    return f"{head}\n\n" + "\n".join(line.rstrip() for line in lines) + rooms


def explain_rule(policy: Policy, name: str) -> str | None:
    """Return what a rule or window does, or None when there is none of that name."""
    rule = next((rule for rule in policy.rules if rule.name == name), None)
    if rule is not None:
        return "\n".join([*_rule_lines(policy, rule), *_room_lines(policy, name)])
    window = windows_of(policy).get(name)
    if window is not None:
        return "\n".join([*_window_lines(policy, window), *_room_lines(policy, name)])
    return None


def explain_reasons(policy: Policy, reasons: Iterable[Reason]) -> str:
    """Return why a verdict says what it says: for each reason, the rule and what it does."""
    parts = []
    for reason in reasons:
        place = f", characters {reason.span[0]} to {reason.span[1]}" if reason.span else ""
        head = (
            f"{reason.rule}: {reason.category}, {reason.severity}, "
            f"score {reason.score:g} by {reason.detector or 'the rule itself'}{place}"
        )
        told = explain_rule(policy, reason.rule)
        if told is None:
            hint = closest(reason.rule, [rule.name for rule in policy.rules])
            told = f"this policy ({policy.version[:16]}) has no such rule" + (
                f"; the nearest is {hint}" if hint else ""
            )
        parts.append(f"{head}\n{_indented(told)}")
    return "\n\n".join(parts) or "no reasons: nothing was found"


def explain_values(policy: Policy, name: str, env: Env) -> str | None:
    """Return what each name of a rule's condition was worth for an event, and what came of it."""
    rule = next((rule for rule in policy.rules if rule.name == name), None)
    if rule is None:
        return None
    vocabulary = Vocabulary(
        (pattern.name for pattern in policy.tables.patterns),
        windows_of(policy),
        policy.restrictions.newcomer_s,
    )
    lines = [f"{rule.name}: {'true' if rule.test(env) else 'false'}", f"  {rule.when}"]
    condition = check_expression(rule.when, vocabulary)
    for known in condition.names if isinstance(condition, Expression) else ():
        value: object = emit(Read(known), vocabulary.newcomer_s, "explain")(env)
        lines.append(f"  {known.name} = {_shown(value)}")
    return "\n".join(lines)


def windows_of(policy: Policy) -> dict[str, Window]:
    """Return the policy's windows by name, each once."""
    return {window.name: window for each in policy.windows.values() for window in each}


def _rule_lines(policy: Policy, rule: Rule) -> list[str]:
    cost = (
        f"only when one of these is there: {', '.join(sorted(rule.signals))}"
        if rule.triggered
        else "for every message there: it can be true without any signal"
    )
    lines = [
        f"rule {rule.name} ({rule.where})",
        f"  finds     {rule.category}, {rule.severity.label}",
        f"  on        {', '.join(sorted(rule.on))}",
        f"  when      {rule.when}",
        f"  reads     {', '.join(sorted(rule.signals)) or 'no signal'}",
        f"  asked     {cost}",
        f"  does      {_effects(rule.then)}",
        f"  stage     {_staged(rule.stage)}",
    ]
    lines += _percent_lines(rule)
    lines += _time_lines(policy, rule)
    if rule.strikes:
        lines.append(f"  strikes   {rule.strikes}")
    return lines + _common_lines(policy, rule.case, rule.exempt, rule.notice, rule)


def _time_lines(policy: Policy, rule: Rule) -> list[str]:
    """Return when a rule acts on a stream."""
    if not rule.timed:
        return []
    lines = []
    if rule.over is not None:
        lines.append(f"  over      when it was met in {over_told(rule.over)}")
    if rule.flag:
        lines.append(f"  flags     {rule.flag}")
    if rule.cooldown_s:
        lines.append(f"  cooldown  {_duration(rule.cooldown_s)} after it acted")
    steps = policy.stream_ladder.steps if takes_step(rule.then) else ()
    if steps:
        told = ", ".join(step_told(step.kind, step.for_s) for step in steps)
        lines.append(f"  ladder    {told}")
    kinds = [*(effect.kind for effect in rule.then), *(step.kind for step in steps)]
    if "cut" in kinds:
        veto = veto_told(rule.veto or policy.media.veto, rule.at_once)
        lines.append(f"  veto      {veto}")
    return lines


def _window_lines(policy: Policy, window: Window) -> list[str]:
    counted = "what this window lets through" if window.spec.mode in _ACCEPTED else "every attempt"
    lines = [
        f"window {window.name} ({window.where})",
        f"  finds     {window.category}, {window.severity.label}",
        f"  on        {', '.join(sorted(window.on))}",
        f"  counts    {_counted(window)} for each {' and '.join(window.key)}, {counted}",
        f"  limit     {_arithmetic(window)}",
        f"  over      {_effects((Effect('message', window.message), *window.then))}",
        f"  stage     {_staged(window.stage)}",
    ]
    if window.when is not None:
        lines.insert(3, f"  when      {window.condition}")
    lines += _percent_lines(window)
    return lines + _common_lines(policy, window.case, window.exempt, window.notice, window)


def _percent_lines(entry: Rule | Window) -> list[str]:
    if entry.percent >= 100:
        return []
    return [f"  percent   {entry.percent:g}: the same users every time; the others in shadow"]


_ACCEPTED = (Mode.HITS_ACCEPTED, Mode.DISTINCT_ACCEPTED)


def _common_lines(
    policy: Policy,
    case: CaseSpec | None,
    exempt: frozenset[str],
    notice: str | None,
    owner: Rule | Window,
) -> list[str]:
    lines = []
    if owner.per_day:
        lines.append(f"  quota     {owner.per_day} messages a day, then it is eased")
    if not owner.braked:
        lines.append("  brake     off: a wave does not ease it while it is fresh")
    if owner.owner:
        lines.append(f"  owner     {owner.owner}")
    if case is not None:
        lines.append(f"  case      {_case(case)}")
    if exempt:
        lines.append(f"  exempt    {', '.join(sorted(exempt))}")
    keys = (notice, owner.name, owner.category)
    shown = next((key for key in keys if key and key in policy.notices), None)
    if shown is not None:
        lines.append(f"  notice    {shown} ({', '.join(sorted(policy.notices[shown]))})")
    lines += [f"  changed   {change}" for change in owner.changed]
    return lines


def _case(case: CaseSpec) -> str:
    told = f"{case.queue}, {case.priority}"
    if case.due_s is None:
        return told
    becomes = {"close": "it is closed", "escalate": "it is escalated"}.get(case.nobody, "")
    return f"{told}; undecided after {_duration(case.due_s)} {becomes}"


def _room_lines(policy: Policy, name: str) -> list[str]:
    here = _named(policy).get(name)
    rooms = [room for room, other in policy.rooms.items() if _named(other).get(name) is not here]
    return [f"  otherwise in rooms: {', '.join(sorted(rooms))}"] if rooms else []


def _named(policy: Policy) -> Mapping[str, Rule | Window]:
    return {**windows_of(policy), **{rule.name: rule for rule in policy.rules}}


def _shown(value: object) -> str:
    return str(sorted(value)) if isinstance(value, frozenset) else repr(value)


def _staged(stage: str) -> str:
    meaning = {
        "act": "acts",
        "hold": "can at most hold a message",
        "shadow": "reports, does nothing",
    }
    return f"{stage}: {meaning[stage]}"


def _effects(effects: Sequence[Effect]) -> str:
    return ", ".join(map(_effect, effects)) or "nothing"


def _effect(effect: Effect) -> str:
    name = f"stream.{effect.kind}" if effect.track == "stream" else effect.kind
    return name if effect.for_s is None else f"{name} for {_duration(effect.for_s)}"


def _arithmetic(window: Window) -> str:
    return f"{window.spec.limit} in {_duration(window.spec.per_ms / 1000)}"


def _counted(window: Window) -> str:
    return "events" if window.member == "event" else f"distinct {window.member}s"


def _duration(seconds: float) -> str:
    for size, unit in _UNITS:
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())

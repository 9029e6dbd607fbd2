"""Compiles rules and windows, and lays them out by what wakes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seawall.events import SURFACES
from seawall.policy.conditions import flag_of
from seawall.policy.draft import Manifest, Pack, RuleDraft, WindowDraft
from seawall.policy.expression import Expression
from seawall.policy.floors import floors
from seawall.policy.model import ModelAsk, Restrictions, Rule, Window
from seawall.policy.read_effects import MOMENTARY
from seawall.policy.streams import STREAM_SURFACES
from seawall.windows import Mode, Spec

__all__ = ["COOLDOWN_S", "Entries"]

COOLDOWN_S = 30.0
"""How long a rule rests after acting on a stream, unless it says otherwise or its action lasts."""

_MODES = {
    (False, True): Mode.HITS_ACCEPTED,
    (False, False): Mode.HITS_ATTEMPTED,
    (True, True): Mode.DISTINCT_ACCEPTED,
    (True, False): Mode.DISTINCT_ATTEMPTED,
}


class Entries:
    """Compiled rules and windows of one policy; rooms share those they do not change."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        # Keyed by identity: a draft that a room did not change is the same object.
        self._rules: dict[int, Rule] = {}
        self._windows: dict[int, Window] = {}

    def rules(self, pack: Pack) -> tuple[Rule, ...]:
        """Return the pack's rules, in the order written."""
        found = []
        for draft in pack.rules:
            rule = self._rules.get(id(draft))
            if rule is None:
                flag = pack.expressions.get(flag_of(draft.name)) if draft.flag else None
                rule = _rule(draft, pack.expressions[draft.name], flag, self._manifest.quota)
                self._rules[id(draft)] = rule
            found.append(rule)
        return tuple(found)

    def windows(self, pack: Pack) -> dict[str, tuple[Window, ...]]:
        """Return the pack's windows by surface, and by ``join``."""
        found: dict[str, tuple[Window, ...]] = {}
        for draft in pack.windows:
            window = self._windows.get(id(draft))
            if window is None:
                window = _window(draft, pack.expressions.get(draft.name), self._manifest)
                self._windows[id(draft)] = window
            for surface in sorted(draft.on):
                found[surface] = (*found.get(surface, ()), window)
        return found

    def models(self, pack: Pack) -> dict[str, tuple[ModelAsk, ...]]:
        """Return the models to ask by surface, first those that are asked of every message."""
        asks = []
        for draft in sorted(pack.asks, key=lambda ask: ask.when is not None):
            condition = pack.expressions.get(draft.name)
            asks.append(
                ModelAsk(
                    draft.model,
                    draft.on,
                    draft.wait_s,
                    draft.within_s,
                    condition.test if condition is not None else None,
                    draft.share,
                    draft.exempt,
                    str(draft.where),
                    condition.text if condition is not None else "",
                )
            )
        by_surface = {surface: tuple(a for a in asks if surface in a.on) for surface in SURFACES}
        return {surface: found for surface, found in by_surface.items() if found}

    def by_signal(self, rules: Sequence[Rule]) -> dict[str, tuple[Rule, ...]]:
        """Return the triggered rules by each signal they read."""
        found: dict[str, list[Rule]] = {}
        for rule in rules:
            for signal in rule.signals if rule.triggered and _of_messages(rule) else ():
                found.setdefault(signal, []).append(rule)
        return {signal: tuple(found[signal]) for signal in sorted(found)}

    def always(self, rules: Sequence[Rule]) -> Mapping[str, tuple[Rule, ...]]:
        """Return the rules that can be broken without any signal, by surface."""
        return {
            surface: tuple(
                rule
                for rule in rules
                if not rule.triggered and surface in rule.on and _of_messages(rule)
            )
            for surface in SURFACES
        }

    def timed(self, rules: Sequence[Rule]) -> Mapping[str, tuple[Rule, ...]]:
        """Return the rules that are asked with a stream's past, by surface."""
        found = {
            surface: tuple(rule for rule in rules if rule.timed and surface in rule.on)
            for surface in sorted(STREAM_SURFACES)
        }
        return {surface: some for surface, some in found.items() if some}

    def restrictions(self) -> Restrictions:
        """Return the windows that pace slowed users and rooms.

        A slow of one's own is paced whatever one's role; a room's pace spares the exempt roles.
        """
        manifest = self._manifest
        return Restrictions(
            slow=_pace("restriction.slow", manifest.slow_s, frozenset()),
            slow_all=_pace("restriction.slow_all", manifest.slow_all_s, manifest.exempt),
            shield_slow=_pace("restriction.shield", manifest.shield_s, manifest.exempt),
            newcomer_s=manifest.newcomer_s,
        )


def _of_messages(rule: Rule) -> bool:
    return not rule.timed or not rule.on <= STREAM_SURFACES


def _rule(draft: RuleDraft, expression: Expression, flag: Expression | None, quota: int) -> Rule:
    weaker = (expression,) if flag is None else (expression, flag)
    return Rule(
        name=draft.name,
        category=draft.category,
        severity=draft.severity,
        on=draft.on,
        when=expression.text,
        test=expression.test,
        signals=frozenset().union(*(each.signals for each in weaker)),
        triggered=all(each.triggered for each in weaker),
        then=draft.then,
        stage=draft.stage,
        percent=draft.percent,
        strikes=draft.strikes,
        case=draft.case,
        notice=draft.notice.value if draft.notice is not None else None,
        exempt=draft.exempt,
        where=str(draft.where),
        per_day=quota if draft.quota is None else draft.quota,
        braked=draft.braked,
        owner=draft.owner,
        changed=draft.changed,
        over=draft.over,
        flag=flag.text if flag is not None else "",
        flagged=flag.test if flag is not None else None,
        cooldown_s=_cooldown(draft),
        veto=draft.veto,
        at_once=draft.at_once,
        timed=draft.timed,
        floors=floors(*(each.term for each in weaker)),
    )


def _cooldown(draft: RuleDraft) -> float:
    """Return how long a rule rests: what lasts is renewed at half its time."""
    if draft.cooldown_s is not None:
        return draft.cooldown_s
    does = [effect for effect in draft.then if effect.track == "stream"]
    lasting = [effect.for_s for effect in does if effect.kind not in MOMENTARY and effect.for_s]
    return min(lasting) / 2 if lasting else COOLDOWN_S if does else 0.0


def _window(draft: WindowDraft, condition: Expression | None, manifest: Manifest) -> Window:
    return Window(
        name=draft.name,
        key=draft.key,
        spec=Spec(
            _MODES[draft.of != "event", draft.accepted], draft.limit, round(draft.per_s * 1000)
        ),
        member=draft.of,
        on=draft.on,
        message=draft.message,
        then=draft.then,
        category=draft.category,
        severity=draft.severity,
        when=condition.test if condition is not None else None,
        stage=draft.stage,
        case=draft.case,
        notice=draft.notice.value if draft.notice is not None else None,
        exempt=manifest.exempt if draft.exempt is None else draft.exempt,
        where=str(draft.where),
        condition=condition.text if condition is not None else "",
        percent=draft.percent,
        per_day=manifest.quota if draft.quota is None else draft.quota,
        braked=draft.braked,
        owner=draft.owner,
        changed=draft.changed,
    )


def _pace(name: str, every_s: float, exempt: frozenset[str]) -> Window:
    return Window(
        name=name,
        key=("room", "user"),
        spec=Spec(Mode.HITS_ACCEPTED, 1, round(every_s * 1000)),
        member="event",
        on=frozenset(SURFACES),
        exempt=exempt,
    )

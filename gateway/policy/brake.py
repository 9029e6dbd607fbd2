"""Counts what rules do and tells which of them ran away; what that means is in `seawall.brake`.

Rules:
1. Counts are this process's own: with N gateways a quota is N times as much. They are kept over
   restarts by `gateway.policy.keeping`.
2. `note` is called for verdicts with findings only, right after `decide` and before the next one,
   so that exactly a quota acts. Clean messages cost one addition (`judged`).
3. A rule whose content did not change keeps its counts over a reload; a changed one starts afresh.
4. Whoever owns a rule is paged once for each time it runs away, however often it hits after that.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from secrets import token_hex

import msgspec

from gateway.policy.tally import Kept, Seen, Tally, Trip, Watched
from seawall.brake import (
    Recent,
    day_of,
    day_start,
    ease_of,
    most_hits,
    quota_ease,
)
from seawall.policy.danger import danger_of, dangers
from seawall.policy.model import NO_BRAKE, Brake, Danger, Policy, Rule, Window
from seawall.verdicts import Ease, Finding, Verdict

__all__ = ["Brakes"]

TALLIES = 10_000
"""Rules of tenants that are counted at once; more are not, and that is counted."""
_NOTHING: Mapping[str, Ease] = {}


class Brakes:
    """The brakes of one process. Times are seconds since the epoch.

    `judged` counts messages by tenant: whoever judges adds to it. `hits` counts findings by rule
    and group: `acting`, `eased`, `left_out` (of a canary) and `shadow`; `page` is told who ran
    away.
    """

    def __init__(self, page: Callable[[Trip], None] = lambda trip: None) -> None:
        self.page = page
        self.judged: defaultdict[str, int] = defaultdict(int)
        self.hits: Counter[tuple[str, str]] = Counter()
        self.uncounted = 0
        self.changes = 0
        """Grows with everything that is worth keeping."""
        self._limits: dict[str | None, Brake] = {}
        self._watched: dict[str | None, dict[str, Watched]] = {}
        self._seen: dict[str | None, dict[str, Seen]] = {}
        self._tallies: dict[tuple[str, str], Tally] = {}
        self._in_force: dict[str, dict[str, Ease]] = {}
        self._day = 0
        self._ends = 0.0

    def live(self, tenant: str | None, policy: Policy, now: float) -> None:
        """Watch the rules of a policy that goes live for a tenant (None: for all without one)."""
        before = self._seen.get(tenant, {})
        worst = policy.dangers or dangers(policy)
        seen: dict[str, Seen] = {}
        watched: dict[str, Watched] = {}
        windows = {window.name: window for each in policy.windows.values() for window in each}
        entries: tuple[Rule | Window, ...] = (*policy.rules, *windows.values())
        for entry in entries:
            print_ = policy.prints.get(entry.name, "")
            known = before.get(entry.name)
            same = known is not None and known.print == print_
            seen[entry.name] = known if same and known is not None else Seen(print_, now)
            watched[entry.name] = Watched(
                seen[entry.name],
                worst.get(entry.name, ""),
                entry.per_day,
                entry.braked and policy.brake != NO_BRAKE,
                entry.owner,
                entry.name in windows,
                policy.version,
            )
        self._limits[tenant] = policy.brake
        self._seen[tenant], self._watched[tenant] = seen, watched
        self.changes += 1
        self._settle(now)

    def forget(self, tenant: str) -> None:
        """Watch a tenant's rules as everybody's: it has no policy of its own any more."""
        for table in (self._limits, self._seen, self._watched):
            table.pop(tenant, None)

    def tripped(self, tenant: str, now: float) -> Mapping[str, Ease]:
        """Return what is left of a tenant's rules that ran away, by name."""
        if now >= self._ends:
            self._settle(now)
        return self._in_force.get(tenant, _NOTHING)

    def note(self, tenant: str, verdict: Verdict, now: float, *, joined: bool = False) -> None:
        """Count a verdict's findings; call it for each verdict that has some."""
        if now >= self._ends:
            self._settle(now)
        slot = tenant if tenant in self._watched else None
        watched = self._watched.get(slot, {})
        for finding in verdict.shadow:
            group = "left_out" if finding.eased == "canary" else "shadow"
            self._count(tenant, finding, group, watched.get(finding.rule))
        for finding in verdict.reasons:
            rule = watched.get(finding.rule)
            ran_away = finding.eased in ("hold", "flag")
            group = "eased" if ran_away else "waiting" if finding.eased else "acting"
            tally = self._count(tenant, finding, group, rule)
            if tally is not None and rule is not None:
                danger = rule.danger if ran_away else _danger(finding)
                if danger:
                    self._restricted(tenant, finding.rule, rule, tally, slot, now, joined)

    def release(self, rule: str, tenant: str | None, now: float) -> list[tuple[str, Tally]]:
        """Give a rule back what it may do; return the tenants it was eased for, and its tallies.

        Its day's quota begins anew, and it is not fresh any more: somebody has looked at it.
        """
        released = []
        for slot, seen in self._seen.items():
            if rule in seen and tenant in (None, slot):
                seen[rule] = msgspec.structs.replace(seen[rule], looked_at=True)
                self._watched[slot][rule] = msgspec.structs.replace(
                    self._watched[slot][rule], seen=seen[rule]
                )
        for (whose, name), tally in self._tallies.items():
            if name == rule and tenant in (None, whose):
                if rule in self._in_force.get(whose, {}):
                    released.append((whose, msgspec.structs.replace(tally)))
                tally.hits, tally.braked, tally.paged, tally.case = 0, False, False, ""
                tally.recent = None
        self.changes += 1
        self._settle(now)
        return released

    def standing(self) -> dict[str, dict[str, Ease]]:
        """Return everything that is eased now, by tenant and rule."""
        return {tenant: dict(rules) for tenant, rules in self._in_force.items() if rules}

    def hits_of(self, tenant: str, day: int) -> dict[str, int]:
        """Return how often a tenant's rules restricted something on a day (`seawall.brake`)."""
        return {
            name: tally.hits
            for (whose, name), tally in self._tallies.items()
            if whose == tenant and tally.day == day and tally.hits
        }

    def kept(self) -> Kept:
        """Return what outlives the process."""
        rows = [(*key, tally.plain()) for key, tally in self._tallies.items()]
        seen = [
            (slot, name, each) for slot, some in self._seen.items() for name, each in some.items()
        ]
        return Kept(dict(self.judged), rows, seen)

    def restore(self, kept: Kept) -> None:
        """Take up what an earlier process kept; before the first policy goes live."""
        self.judged.update(kept.judged)
        self._tallies.update({(tenant, name): tally for tenant, name, tally in kept.tallies})
        for slot, name, seen in kept.seen:
            self._seen.setdefault(slot, {})[name] = seen

    def _count(
        self, tenant: str, finding: Finding, group: str, rule: Watched | None
    ) -> Tally | None:
        """Count one finding; None for what no policy declares, such as a restriction in force."""
        if rule is None:
            return None
        self.hits[finding.rule, group] += 1
        key = (tenant, finding.rule)
        tally = self._tallies.get(key)
        if tally is None:
            if len(self._tallies) >= TALLIES:
                self.uncounted += 1
                return None
            tally = self._tallies[key] = Tally(rule.seen.print, self._day, self.judged[tenant])
        tally.total += 1
        return tally

    def _restricted(
        self,
        tenant: str,
        name: str,
        rule: Watched,
        tally: Tally,
        slot: str | None,
        now: float,
        joined: bool,
    ) -> None:
        if tally.day != self._day:
            tally.day, tally.hits = self._day, 0
        tally.hits += 1
        self.changes += 1
        limits = self._limits[slot]
        if rule.braked and not joined and not tally.braked and rule.seen.is_fresh(limits, now):
            if tally.recent is None:
                most = most_hits(limits, window=rule.is_window, earlier=tally.earlier)
                tally.recent = Recent(most, limits.of)
            tally.braked = tally.recent.hit(self.judged[tenant])
        self._ease(tenant, name, rule, tally, now)

    def _ease(self, tenant: str, name: str, rule: Watched, tally: Tally, now: float) -> None:
        """Put in force what is left of a rule, and page its owner once."""
        by_quota = quota_ease(rule.danger, tally.hits, rule.per_day)
        ease = ease_of(rule.danger) if tally.braked else by_quota
        if ease is None or self._in_force.get(tenant, _NOTHING).get(name) == ease:
            return
        self._in_force.setdefault(tenant, {})[name] = ease
        if not tally.paged:
            tally.paged, tally.case = True, f"brake-{token_hex(8)}"
            self.page(
                Trip(
                    tenant, name, rule.owner, "brake" if tally.braked else "quota",
                    ease, tally.hits, rule.per_day, now,
                    rule.version, tally.case,
                )
            )  # fmt: skip

    def _settle(self, now: float) -> None:
        """Work out anew what is in force: on a new day, a new policy, or after a release."""
        day = max(self._day, day_of(now))
        new_day, self._day, self._ends = day != self._day, day, day_start(day + 1)
        self._in_force = {}
        for (tenant, name), tally in self._tallies.items():
            slot = tenant if tenant in self._watched else None
            rule = self._watched.get(slot, {}).get(name)
            if rule is None:
                continue
            if tally.print != rule.seen.print:
                self._begin_anew(tenant, rule, tally, slot)
            if new_day and not tally.braked:
                tally.paged, tally.case = False, ""
            if tally.day != day:
                tally.day, tally.hits = day, 0
            ease = quota_ease(rule.danger, tally.hits, rule.per_day)
            ease = ease_of(rule.danger) if tally.braked else ease
            if ease is not None:
                self._in_force.setdefault(tenant, {})[name] = ease

    def _begin_anew(self, tenant: str, rule: Watched, tally: Tally, slot: str | None) -> None:
        judged = self.judged[tenant]
        since = judged - tally.judged_before
        earlier = tally.total / since if since >= self._limits[slot].of else tally.earlier
        fresh = Tally(rule.seen.print, self._day, judged, earlier=earlier)
        for name in fresh.__struct_fields__:
            setattr(tally, name, getattr(fresh, name))


def _danger(finding: Finding) -> Danger:
    if finding.strikes and finding.stage == "act":
        return "act"
    return danger_of(finding.effects, finding.stage)

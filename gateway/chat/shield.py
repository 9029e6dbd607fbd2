"""Restrictions on their way to the record: hundreds of messages of one flood raise one of them.

Between a verdict and its journal row labels do not change yet. Whatever asks for the same
restriction meanwhile is told apart here, by the rules of `seawall.news`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence

from seawall.events import Joined, Message
from seawall.news import only_news, wave
from seawall.policy.model import Facts, Label, Window
from seawall.verdicts import Change, Verdict

__all__ = ["Shield"]

COMING_S = 5.0
"""After so long something is not on its way any more: it was lost, and the next one is news."""
_MOST = 50_000

Key = tuple[str, str, str | None, str]


class Shield:
    """What is raised already, and what is about to be."""

    def __init__(self) -> None:
        self._coming: OrderedDict[Key, dict[str, tuple[Label, float]]] = OrderedDict()
        self.dropped = 0
        """Changes that made no difference."""

    def __len__(self) -> int:
        """Return on how many users and rooms something is about to be raised."""
        return len(self._coming)

    def news(self, event: Message | Joined, verdict: Verdict, facts: Facts) -> Verdict:
        """Return the verdict without restrictions that are no news; note the others as coming.

        Whoever gets changes back says `settled` when they are in force, or never will be.
        """
        if not verdict.changes:
            return verdict
        if self._coming:
            facts = self._with_coming(event, facts)
        kept = only_news(verdict, facts, event.at)
        self.dropped += len(verdict.changes) - len(kept.changes)
        for change in kept.changes:
            labels = self._coming.setdefault(_key(event.tenant, change), {})
            label = Label(change.label, change.until, change.because, change.category)
            labels[change.label] = (label, event.at)
        if len(self._coming) > _MOST:
            self._coming.popitem(last=False)
        return kept

    def settled(self, tenant: str, changes: Iterable[Change]) -> None:
        """Forget changes that have become labels, or could not be recorded."""
        for change in changes:
            key = _key(tenant, change)
            labels = self._coming.get(key)
            if labels is not None:
                labels.pop(change.label, None)
                if not labels:
                    del self._coming[key]

    def wave(
        self,
        event: Message | Joined,
        windows: Sequence[Window],
        counts: Sequence[int],
        facts: Facts,
        policy: str,
    ) -> Verdict | None:
        """Return what keeps a room's restriction up because its wave goes on, where that is news.

        Costs a look at the room's labels unless the room is restricted.
        """
        if not facts.room or not counts:
            return None
        found = wave(event, windows, counts, facts, policy)
        if found is None:
            return None
        found = self.news(event, found, facts)
        return found if found.changes else None

    def _with_coming(self, event: Message | Joined, facts: Facts) -> Facts:
        user = self._labels((event.tenant, "user", event.room, event.user.id), event.at)
        room = self._labels((event.tenant, "room", event.room, event.room), event.at)
        if not user and not room:
            return facts
        return Facts({**facts.user, **user}, {**facts.room, **room})

    def _labels(self, key: Key, now: float) -> dict[str, Label]:
        coming = self._coming.get(key)
        if coming is None:
            return {}
        return {name: label for name, (label, at) in coming.items() if abs(now - at) < COMING_S}


def _key(tenant: str, change: Change) -> Key:
    return tenant, change.kind, change.room, change.id

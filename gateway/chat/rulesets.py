"""Which policy and which detectors judge a tenant's messages, swapped whole on reload."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from detectors.inline import InlineDetectors
from seawall.events import User
from seawall.fold import fold
from seawall.policy.model import Policy
from seawall.signals import Signals

__all__ = ["Ruleset", "Rulesets"]


class Ruleset(msgspec.Struct, frozen=True):
    """A compiled policy and the detectors built from its tables."""

    policy: Policy
    detectors: InlineDetectors
    rooms: Mapping[str, InlineDetectors] = {}
    """Those of rooms that have emotes of their own."""

    @classmethod
    def made(cls, policy: Policy, detectors: InlineDetectors | None = None) -> Ruleset:
        """Return the ruleset of a policy; `detectors` are its own, where they are built already."""
        built = InlineDetectors(policy) if detectors is None else detectors
        own = {name: each.emotes for name, each in policy.rooms.items()}
        differ = {name: emotes for name, emotes in own.items() if emotes != policy.emotes}
        rooms = {name: built.with_emotes(emotes) for name, emotes in differ.items()}
        return cls(policy, built, rooms)

    def for_room(self, room: str) -> Policy:
        """Return the room's own policy where one is declared."""
        return self.policy.rooms.get(room, self.policy) if self.policy.rooms else self.policy

    def detectors_of(self, room: str) -> InlineDetectors:
        """Return what a room's messages are examined with."""
        return self.rooms.get(room, self.detectors) if self.rooms else self.detectors

    def detect(self, room: str, user: User, text: str) -> Signals:
        """Return what all detectors say of a text by itself, said in a room."""
        return self.detectors_of(room).detect(fold(text), user)


class Rulesets:
    """Rulesets by tenant; a tenant without a file of its own uses the default."""

    def __init__(
        self,
        default: Policy,
        tenants: Mapping[str, Policy],
        read_at: float | None = None,
        detectors: Mapping[str | None, InlineDetectors] | None = None,
    ) -> None:
        """Take the policies; `detectors` are those that are built already, None: the default's."""
        self.retire: Callable[[object], None] = lambda ruleset: None
        """Gets each ruleset that is out of force: a large one is better let go slowly."""
        self.read_at = read_at
        """When their files were read, seconds since the epoch."""
        known = detectors or {}
        self._default = Ruleset.made(default, known.get(None))
        self._tenants = {
            name: Ruleset.made(each, known.get(name)) for name, each in tenants.items()
        }

    def of(self, tenant: str) -> Ruleset:
        """Return the ruleset in force for a tenant."""
        return self._tenants.get(tenant, self._default)

    def chat_budget_s(self, tenant: str, room: str) -> float:
        """Return the budget of a chat message in a room, in seconds."""
        return self.of(tenant).for_room(room).budgets["chat"].ms / 1000

    def least_budget_s(self) -> float:
        """Return the shortest budget a chat message has, over all tenants, in seconds."""
        known = (self._default, *self._tenants.values())
        return min(each.policy.budgets["chat"].ms for each in known) / 1000

    def asked(self) -> frozenset[str]:
        """Return the models that give first opinions in any policy in force."""
        known = (self._default, *self._tenants.values())
        return frozenset(
            ask.model
            for each in known
            for asks in each.policy.models.values()
            for ask in asks
            if ask.when is None
        )

    def replace(
        self, tenant: str | None
    ) -> Callable[[Policy, InlineDetectors | None], Callable[[], None]]:
        """Return a function that readies a new policy for a tenant (None: the default).

        It builds the detectors where it is not given them, so a failure leaves the old ones, and
        returns what puts them in force; that is called on the loop.
        """

        def ready(policy: Policy, detectors: InlineDetectors | None) -> Callable[[], None]:
            built = Ruleset.made(policy, detectors)

            def swap() -> None:
                old = self._default if tenant is None else self._tenants.get(tenant)
                if tenant is None:
                    self._default = built
                else:
                    self._tenants[tenant] = built
                if old is not None:
                    self.retire(old)

            return swap

        return ready

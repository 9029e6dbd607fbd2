"""Who can be called, read from the accounts that a gateway keeps in memory."""

from __future__ import annotations

from gateway.people.accounts import Account
from gateway.people.sessions import Sessions
from gateway.roles import Role

__all__ = ["Staff"]

_LEADS: tuple[Role, ...] = ("lead", "admin")


class Staff:
    """The moderators of every tenant, as paging sees them."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def leads(self, tenant: str) -> list[str]:
        """Return the names of leads that are not disabled; of admins where there is no lead."""
        here = [each for each in self._sessions.accounts(tenant) if each.disabled is None]
        for role in _LEADS:
            found = sorted(each.name for each in here if role in each.roles)
            if found:
                return found
        return []

    def mail(self, tenant: str, name: str) -> str:
        """Return somebody's mail address; empty where none is known."""
        account = self._find(tenant, name)
        return "" if account is None else account.email

    def pseudonym(self, tenant: str, name: str) -> str:
        """Return what somebody is called outward."""
        account = self._find(tenant, name)
        return "a moderator" if account is None else account.pseudonym

    def knows(self, tenant: str, name: str) -> bool:
        """Say whether there is somebody of that name who works here."""
        account = self._find(tenant, name)
        return account is not None and account.disabled is None

    def _find(self, tenant: str, name: str) -> Account | None:
        return self._sessions.account(tenant, name)

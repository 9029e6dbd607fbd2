"""Signing in and out, and one's own password: what a stranger may try, and how often.

Rules:
1. Whatever is wrong (name, password, a disabled account) is answered the same, as late. Only who
   has the password is told of the code: a missing one is no try, and forgives none.
2. A session's token is always made here: none that somebody brought is ever taken over, and the
   one that the browser had before ends.
3. The audit has its line before anybody gets a token.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from msgspec import Struct

from gateway.people.accounts import Account
from gateway.people.audit import Audit
from gateway.people.passwords import Passwords, check_password
from gateway.people.session_table import Signed
from gateway.people.sessions import TOPIC, Sessions, Tables
from gateway.people.throttle import FREE_OF_ADDRESS, FREE_OF_NAME, Throttle, address_of
from gateway.people.tokens import hash_token, new_token
from gateway.people.totp import open_secret, step_of
from gateway.record.refusals import Refusals
from gateway.record.seal import Seal
from gateway.refusal import Refused
from gateway.shapes.people import PasswordBody, Settings, SignInBody
from seawall.errors import SeawallError

__all__ = ["SignedIn", "SigningIn", "Waking"]

MOST_AGENT = 256
_T = TypeVar("_T")


class Waking(Protocol):
    """Tells the other gateways: `gateway.state.wake.Wake`."""

    def publish(self, topic: str, payload: str = "") -> None:
        """Wake them, soon and at most once for what is published meanwhile."""


class SignedIn(Struct, frozen=True):
    """A session with its token, which is in the cookie and nowhere else."""

    token: str
    signed: Signed


class SigningIn:
    """What people do with their own account. `clock` gives monotonic seconds for the throttle."""

    def __init__(
        self,
        tables: Tables,
        sessions: Sessions,
        audit: Audit,
        seal: Seal,
        wake: Waking,
        passwords: Passwords,
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.refused = Refusals("console")
        self._tables = tables
        self._sessions = sessions
        self._audit = audit
        self._seal = seal
        self._wake = wake
        self._wall = wall
        self._clock = clock
        self._passwords = passwords
        self._names = Throttle(FREE_OF_NAME)
        self._addresses = Throttle(FREE_OF_ADDRESS)

    async def load(self) -> None:
        """Get ready for the first one to sign in."""
        await self._passwords.load()

    async def sign_in(
        self, body: SignInBody, remote: str, agent: str, before: str = ""
    ) -> SignedIn:
        """Begin a session. `before` is the token that the browser showed, which ends.

        Raises Refused 401 `bad_credentials`, or where the password is right `code_needed` (none was
        given) and `code_wrong`; 429 `throttled`, `busy`; RecordUnavailable.
        """
        account, step = await self._verified(body, remote)
        done = await self.admit(account, remote, agent, before, step)
        if done is None:
            raise self._wrong("changed" if step is None else "code", remote, account)
        await self._keep_up(account, body.password)
        return done

    async def admit(
        self, account: Account, remote: str, agent: str, before: str = "", step: int | None = None
    ) -> SignedIn | None:
        """Begin a session for somebody who has proved who they are; None: they may no longer.

        The seam for other proofs than a password: an OpenID Connect callback would find the account
        of the verified subject and call this. `step` is the authenticator's that was used up.
        """
        done = await self._open(account, step, agent, hash_token(before))
        if done is not None:
            actor = self._sessions.actor(done.signed)
            await self._audit.note(actor, "session.open", account.name, remote=remote)
        return done

    async def sign_out(self, signed: Signed) -> None:
        """End a session."""
        await self._audit.note(self._sessions.actor(signed), "session.close", signed.name)
        await asyncio.to_thread(self._tables.sessions.end, signed.session, self._wall())
        self._sessions.ended([signed.session])
        self._wake.publish(TOPIC, signed.tenant)

    async def change_password(
        self, signed: Signed, body: PasswordBody, remote: str, agent: str
    ) -> SignedIn:
        """Change one's own password: all sessions end, and a new one begins.

        Raises Refused 403 `bad_credentials`, 412 `changed`, 422 `weak_password`, 429.
        """
        check_password(body.new, signed.name)
        asked = SignInBody(signed.tenant, signed.name, body.old)
        try:
            account = await self._charged(asked, remote, self._verify_password)
        except _Wrong:
            self.refused.tell("password", remote=remote, tenant=signed.tenant, name=signed.name)
            raise Refused(403, "bad_credentials", "the old password is wrong") from None
        await self._audit.note(self._sessions.actor(signed), "password.change", signed.name)
        kept = await self._passwords.hash(body.new)
        account = await asyncio.to_thread(
            self._tables.accounts.change,
            signed.tenant,
            signed.name,
            account.version,
            self._wall(),
            password=kept,
        )
        self._sessions.changed(account)
        self._sessions.ended_of(signed.tenant, signed.name)
        done = await self._open(account, None, agent, None)
        if done is None:  # an admin was as quick
            raise Refused(401, "signed_out", "the password is changed: sign in with it")
        return done

    async def change_settings(self, signed: Signed, settings: Settings) -> Account:
        """Keep how somebody wants the console."""
        account = await asyncio.to_thread(
            self._tables.accounts.change,
            signed.tenant,
            signed.name,
            None,
            self._wall(),
            settings=settings,
        )
        self._sessions.changed(account)
        self._wake.publish(TOPIC, signed.tenant)
        return account

    async def _verified(self, body: SignInBody, remote: str) -> tuple[Account, int | None]:
        try:
            return await self._charged(body, remote, self._verify)
        except _Wrong as wrong:
            raise self._wrong(wrong.why, remote, wrong.account) from None

    async def _charged(
        self, body: SignInBody, remote: str, verify: Callable[[SignInBody], Awaitable[_T]]
    ) -> _T:
        """Verify, counting tries by name and by address. Raises Refused 429, _Wrong."""
        name, address = f"{body.tenant}\0{body.name}", address_of(remote)
        now = self._clock()
        wait = max(self._names.wait_s(name, now), self._addresses.wait_s(address, now))
        if wait > 0:
            self.refused.tell("throttled", remote=remote)
            raise Refused(429, "throttled", "too many tries: wait", retry_after_s=wait)
        self._names.charge(name, now)
        self._addresses.charge(address, now)
        try:
            done = await verify(body)
        except SeawallError:  # what failed was ours: nothing was learned
            self._names.take_back(name)
            self._addresses.take_back(address)
            raise
        self._names.forgive(name, all_of_it=True)
        self._addresses.forgive(address, all_of_it=False)
        return done

    async def _verify_password(self, body: SignInBody) -> Account:
        account = await asyncio.to_thread(self._tables.accounts.find, body.tenant, body.name)
        works = account is not None and account.disabled is None
        kept = account.password if account is not None and works else None
        if not await self._passwords.matches(body.password, kept) or account is None:
            raise _Wrong("password" if works else "name", account)
        return account

    async def _verify(self, body: SignInBody) -> tuple[Account, int | None]:
        account = await self._verify_password(body)
        if account.totp is None:
            return account, None
        if not body.code.strip():
            raise Refused(401, "code_needed", "give the code that your authenticator shows")
        secret = open_secret(self._seal, account.totp, account.tenant, account.name)
        step = step_of(secret, body.code, self._wall(), account.totp_used)
        if step is None:
            raise _Wrong("code", account)
        return account, step

    async def _open(
        self, account: Account, step: int | None, agent: str, instead: bytes | None
    ) -> SignedIn | None:
        token, now = new_token(), self._wall()
        session = hash_token(token)
        assert session is not None
        signed = Signed(
            session,
            account.tenant,
            account.name,
            new_token(),
            now,
            now,
            now + self._sessions.ends.whole_s,
            agent[:MOST_AGENT],
        )
        opened = await asyncio.to_thread(self._tables.sessions.open, account, signed, step, instead)
        if not opened:
            return None
        if instead is not None:
            self._sessions.ended([instead])
        self._sessions.opened(signed, account)
        self._wake.publish(TOPIC, account.tenant)
        return SignedIn(token, signed)

    async def _keep_up(self, account: Account, password: str) -> None:
        """Hash a password anew where today's parameters are others."""
        if self._passwords.is_stale(account.password):
            kept = await self._passwords.hash(password)
            await asyncio.to_thread(self._tables.accounts.rehash, account, kept)

    def _wrong(self, why: str, remote: str, account: Account | None) -> Refused:
        # A name that is nobody's may be a password that slipped: only names we know are logged.
        known = {} if account is None else {"tenant": account.tenant, "name": account.name}
        self.refused.tell(why, remote=remote, **known)
        if why == "code":
            return Refused(401, "code_wrong", "that code is wrong, or was used already")
        return Refused(401, "bad_credentials", "the tenant, the name or the password is wrong")


class _Wrong(Exception):
    """Somebody is not who they say."""

    def __init__(self, why: str, account: Account | None) -> None:
        super().__init__(why)
        self.why = why
        self.account = account

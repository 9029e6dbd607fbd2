"""What the HTTP API is made of: an `Endpoint` is a route, its checks and its place in the document.

Rules:
1. Routes and the OpenAPI document come from the same tuple (`gateway.http.endpoints`), so that
   neither can say what the other does not.
2. An endpoint's function gets what was asked, decoded and checked, from somebody who may ask it
   somewhere; whether they may in this queue is for the function, or the part behind it, to say.
3. It returns a struct (answered as JSON) or an `Answer`; what it will not do it raises: `Refused`.
4. `audits` names what the audit says. The line is durable before the function runs: evidence is
   shown, and things are changed, by nobody of whom that is not written. A wish that is refused
   leaves its line too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from aiohttp import web
from msgspec import Meta, Struct

from gateway.http.context import CONTEXT, Context
from gateway.http.parts import Parts
from gateway.roles import Actor, Permission

__all__ = ["JSON", "Answer", "Call", "Endpoint", "Listed", "Matches", "Method", "NoQuery"]

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Matches = Literal["no", "may", "must"]
JSON = "application/json"


class NoQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing after the question mark."""


class Listed(Struct, frozen=True, forbid_unknown_fields=True):
    """Where in a list to begin (`next` of the answer before), and how many are wanted."""

    cursor: Annotated[str, Meta(min_length=1, max_length=512)] | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 100


class Answer(Struct, frozen=True):
    """An answer that is not just a struct with the endpoint's status.

    `body` None: no content (204). `headers` may name one twice (Set-Cookie). `status` None: the
    endpoint's own.
    """

    body: Struct | bytes | None = None
    media: str = JSON
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()


class Call(Struct, frozen=True):
    """One request, read and checked.

    `body` and `query` are of the types the endpoint names (`takes`, `query`), `path` are the parts
    of the path in braces, `if_match` the version the asker has seen (None where they said none).
    `remote` is the peer's address, `agent` what it calls itself.
    """

    actor: Actor
    path: dict[str, str]
    body: Any  # what `Endpoint.takes` says: a tuple of endpoints cannot carry their types
    query: Any  # what `Endpoint.query` says
    request: web.Request
    remote: str
    agent: str
    if_match: int | None = None

    @property
    def context(self) -> Context:
        """The running gateway's functions."""
        return self.request.app[CONTEXT]

    @property
    def parts(self) -> Parts:
        """The parts of the desk; `here` takes one that must be there."""
        return self.context.parts

    @property
    def tenant(self) -> str:
        """The asker's tenant: nobody sees another."""
        return self.actor.tenant

    @property
    def rev(self) -> int:
        """The revision in the path."""
        return int(self.path["rev"])


class Endpoint(Struct, frozen=True):
    """One method of one path.

    `permission` None: anybody who is signed in; `open_to_all`: nobody need be (then `actor` is
    nobody with no tenant). `gives` is a struct, or one of several, or a media type where the body
    is no JSON, or None for an empty 204. A path's parts are strings of at most 128 bytes, but
    `{rev}` and `{n}`, which are whole numbers. `version` reads the ETag off the answer. `if_match`
    says whether `If-Match` is looked at. `changes` False for a POST that changes nothing (a
    preview). `csrf` False where a cookie alone must do. `also` are answers besides: a struct for a
    status.
    """

    method: Method
    path: str
    permission: Permission | None
    summary: str
    call: Callable[[Call], Awaitable[Struct | Answer]]
    gives: type[Struct] | tuple[type[Struct], ...] | str | None
    takes: type[Struct] | None = None
    query: type[Struct] = NoQuery
    status: int = 200
    audits: str = ""
    version: Callable[[Any], int] | None = None
    if_match: Matches = "no"
    changes: bool = True
    csrf: bool = True
    open_to_all: bool = False
    refuses: tuple[int, ...] = ()
    """Statuses of refusals besides those that every endpoint has: 404 409 412 422 429."""
    also: tuple[tuple[int, type[Struct]], ...] = ()
    empty: bool = False
    """It may answer 204: there is nothing yet."""
    body_bytes: int = 64 * 1024

    @property
    def keyed(self) -> bool:
        """Say whether it may be asked under an `Idempotency-Key`."""
        return self.method == "POST" and self.changes and not self.open_to_all

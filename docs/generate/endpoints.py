"""The HTTP API as a page: every endpoint, what it takes and gives, and who may."""

from __future__ import annotations

import msgspec

from gateway.http.endpoint import Endpoint
from gateway.http.endpoints import ENDPOINTS

__all__ = ["http_page"]

_HEAD = (
    "# HTTP API",
    "",
    "<!-- Generated from gateway/http/endpoints.py by `make docs`: change the code, not this. -->",
    "",
    "Served on `http` (see [the configuration](config.md)). The same as a document for programs:",
    "[openapi.json](openapi.json), which a running gateway gives at `/openapi.json`.",
    "",
    "- Show a key of role moderator or admin (`Authorization: Bearer sw_…`) or a session's cookie,",
    "  with which whatever changes anything needs `X-Seawall-CSRF` too.",
    "- Errors are problems (RFC 9457): `code` is for programs, `stands` what stands instead where",
    "  somebody was first.",
    "- Lists are `{items, next}`: give `next` as `cursor` for the rest; `limit` is 1 to 200.",
    "- A POST that changes something takes an `Idempotency-Key`: who repeats the request under it",
    "  within 24 hours is given the same answer, with `Idempotent-Replayed: true`; another request",
    "  under it is refused (422 `key_reused`), as is a second one while the first is under way",
    "  (409 `in_progress`). What was refused has done nothing, and may be asked again.",
    "- What carries an `ETag` may be edited by several: say which version you saw in `If-Match`.",
    "  412 `changed` says that somebody was faster, 428 that it must be said.",
    "- Every view of evidence and every change is in the audit before it is shown or done.",
    "",
    "| endpoint | what | takes | gives | permission | in the audit |",
    "|---|---|---|---|---|---|",
)


def http_page() -> str:
    """Write `docs/reference/http.md`."""
    return "\n".join([*_HEAD, *(_row(endpoint) for endpoint in ENDPOINTS)]) + "\n"


def _row(endpoint: Endpoint) -> str:
    asked = [f"`?{field.encode_name}`" for field in msgspec.structs.fields(endpoint.query)]
    if endpoint.takes is not None:
        asked.insert(0, f"`{endpoint.takes.__name__}`")
    may = "anybody" if endpoint.open_to_all else "whoever is signed in"
    if endpoint.permission is not None:
        may = f"`{endpoint.permission}`"
    audits = f"`{endpoint.audits}`" if endpoint.audits else ""
    where = f"`{endpoint.method} {endpoint.path}`"
    given = _given(endpoint)
    return f"| {where} | {endpoint.summary} | {' '.join(asked)} | {given} | {may} | {audits} |"


def _given(endpoint: Endpoint) -> str:
    match endpoint.gives:
        case None:
            return "nothing"
        case str() as media:
            return media
        case tuple() as kinds:
            return " or ".join(f"`{kind.__name__}`" for kind in kinds)
        case kind:
            return f"`{kind.__name__}`"

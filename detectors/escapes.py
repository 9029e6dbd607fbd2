"""Hosts written with %-escapes, which browsers undo before they look a host up.

Only what a browser would go to is decoded: with an escape that is malformed, bytes that are no
UTF-8 or a sign that no host may hold it goes nowhere, and the host stays as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

import msgspec

from detectors.legible import Legible

__all__ = ["MAX_AUTHORITY", "EscapedHost", "find_escaped", "plain_host"]

_MAX_ESCAPED = 9 * 253
"""Characters in which the longest host can be written: nine for one of three bytes."""
MAX_AUTHORITY = _MAX_ESCAPED + 255
"""Characters between the slashes of a link that are read: such a host, and credentials before."""
_MALFORMED = re.compile(r"%(?![0-9a-fA-F]{2})")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f#%/:<>?@\[\\\]^|]")
_DOTS = str.maketrans("。．｡", "...")
"""What stands for a dot in the names of hosts (RFC 3490, 3.1)."""
_AUTHORITY = re.compile(
    r"(?:(?<![0-9a-z])https?:|(?<![\w.@-]))//"
    rf"(?P<authority>[^\s/?#\\%]{{0,{MAX_AUTHORITY}}}+%[^\s/?#\\]{{2,{MAX_AUTHORITY}}}+)"
)
_PORT = re.compile(r":[0-9]*$")


class EscapedHost(msgspec.Struct, frozen=True, gc=False):
    """A `host` that stood escaped in a link from `start` on, and ended before `end`."""

    host: str
    start: int
    end: int


def plain_host(written: str) -> str:
    """Return a host as a browser reads it: escapes undone, then made legible as a message is."""
    if "%" not in written or len(written) > _MAX_ESCAPED or _MALFORMED.search(written):
        return written
    try:
        decoded = unquote_to_bytes(written).decode()
    except UnicodeDecodeError:
        return written
    if _FORBIDDEN.search(decoded):
        return written
    host = Legible(decoded.translate(_DOTS)).text
    # A compatibility letter may have become a sign: "℀" is "a/c".
    return written if _FORBIDDEN.search(host) else host.strip(".-_")


def find_escaped(text: str) -> Iterator[EscapedHost]:
    """Yield every host that stands with escapes after the two slashes of a link."""
    for match in _AUTHORITY.finditer(text):
        authority = _PORT.sub("", match["authority"])
        written = authority.rpartition("@")[2]
        host = plain_host(written)
        if host and host != written:
            yield EscapedHost(host, match.start(), match.start("authority") + len(authority))

"""The built console, served: one page, its files, and nothing else of this machine.

Rules:
1. What may be asked for is known before anybody asks: the files of the folder are listed, at most
   every few seconds anew; a name that is not on the list is not there. No path is ever made of what
   was asked, so none leads out of the folder; links are not followed.
2. Any other path without a dot in its last part is a view of the console: the same page, never kept
   by a cache. What has a dot and is not there is 404.
3. `assets/` carry their content's hash in their names, so they may be kept for a year.
4. A `.br` or `.gz` beside a file is sent in its place to whoever takes it.
5. Scripts and styles come from files here alone; the page may ask nothing but this origin and the
   live socket's.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from aiohttp import web
from msgspec import Struct

from gateway.http.signing_in import DESK, by_tls, desk_of
from gateway.refusal import Refused

__all__ = ["BUILT", "Console", "Page", "socket_origin"]

BUILT = Path(__file__).resolve().parent / "static"
LOOK_S = 2.0
_PAGE = "index.html"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".wav": "audio/wav",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_ORIGIN = re.compile(r"wss?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?=/|$)")
_PACKED = {"br": ".br", "gzip": ".gz"}
_NOT_BUILT = b"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Seawall</title></head>
<body><h1>The console is not built</h1>
<p>Run <code>make console</code>, then load this page again. The HTTP API answers all the same:
<a href="/openapi.json">/openapi.json</a>.</p></body></html>
"""


class Page(Struct, frozen=True):
    """A file as it is sent: its bytes by encoding ("" as it is), and the ETag of each."""

    media: str
    bodies: dict[str, bytes]
    etags: dict[str, str]
    lasting: bool


class Console:
    """The files of a built console. `edge` gives the live socket's origin, "" where it has none."""

    def __init__(self, folder: Path, edge: Callable[[web.Request], str] = lambda _: "") -> None:
        self._folder = folder
        self._edge = edge
        self._pages: dict[str, Page] = {}
        self._marks: object = None
        self._looked = -LOOK_S

    async def show(self, request: web.Request) -> web.Response:
        """Answer with a file, or with the console's page. Raises Refused 404."""
        await self._look()
        page = self.page(request.match_info["tail"])
        if page is None:
            raise Refused(404, "not_found", "there is no such file")
        return self._answer(request, page)

    def page(self, path: str) -> Page | None:
        """Return what is there under a path; None where nothing is."""
        found = self._pages.get(path or _PAGE)
        if found is None and "." not in path.rpartition("/")[2]:
            return self._pages.get(_PAGE, _NONE)
        return found

    async def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked < LOOK_S:
            return
        self._looked = now
        marks = await asyncio.to_thread(_marks, self._folder)
        if marks != self._marks:
            self._pages = await asyncio.to_thread(_read, self._folder, list(marks))
            self._marks = marks

    def _answer(self, request: web.Request, page: Page) -> web.Response:
        encoding = _chosen(request.headers.get("Accept-Encoding", ""), page)
        etag = page.etags[encoding]
        kept = "public, max-age=31536000, immutable" if page.lasting else "no-store"
        headers = {
            "Content-Security-Policy": _policy(self._edge(request)),
            "Cache-Control": kept,
            "ETag": etag,
            "Vary": "Accept-Encoding",
        }
        seen = {each.strip() for each in request.headers.get("If-None-Match", "").split(",")}
        if etag in seen:
            return web.Response(status=304, headers=headers)
        headers["Content-Type"] = page.media
        if encoding:
            headers["Content-Encoding"] = encoding
        return web.Response(body=page.bodies[encoding], headers=headers)


def socket_origin(request: web.Request) -> str:
    """Return the live socket's origin for whoever asks; "" where there is none.

    It goes into a policy of content, and its host is what the asker wrote: nothing but an origin's
    characters is let through.
    """
    if DESK not in request.app:
        return ""
    address = desk_of(request).socket(by_tls(request), request.host)
    origin = _ORIGIN.match(address)
    return "" if origin is None else origin[0]


def _policy(edge: str) -> str:
    connect = f"'self' {edge}".strip()
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob: data:",
            "media-src 'self' blob:",
            f"connect-src {connect}",
            "font-src 'self'",
            "manifest-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        )
    )


def _chosen(accepts: str, page: Page) -> str:
    """Return the encoding to send. A `q` of zero refuses one; other weights are not compared."""
    taken = set()
    for each in accepts.lower().split(","):
        name, _, weight = each.partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            taken.add(name.strip())
    return next((name for name in _PACKED if name in taken and name in page.bodies), "")


def _marks(folder: Path) -> dict[str, tuple[int, int]]:
    """Return the files below a folder by their paths, with size and time of change."""
    if not folder.is_dir():
        return {}
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.resolve().is_relative_to(folder):
            status = path.stat()
            found[path.relative_to(folder).as_posix()] = (status.st_size, status.st_mtime_ns)
    return found


def _read(folder: Path, names: list[str]) -> dict[str, Page]:
    pages = {}
    for name in names:
        path = folder / name
        media = _TYPES.get(path.suffix)
        if media is None:
            continue
        try:
            bodies = {"": path.read_bytes()}
            for encoding, suffix in _PACKED.items():
                if name + suffix in names:
                    bodies[encoding] = (folder / (name + suffix)).read_bytes()
        except FileNotFoundError:
            continue  # it is being built anew: the next look finds what there is then
        pages[name] = _page(media, bodies, name.startswith("assets/"))
    return pages


def _page(media: str, bodies: dict[str, bytes], lasting: bool) -> Page:
    etags = {name: f'"{sha256(body).hexdigest()[:32]}"' for name, body in bodies.items()}
    return Page(media, bodies, etags, lasting)


_NONE = _page(_TYPES[".html"], {"": _NOT_BUILT}, lasting=False)

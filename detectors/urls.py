"""Find links: plain, bare and disguised; what a browser would open, and where it stands.

1. With a scheme, anything a browser would go to is a link: any host, numeric addresses, credentials
   before an at-sign (`https://brand.example@evil.example` goes to the second), %-escapes in the
   host (`https://evil%2eexample`).
2. A bare domain needs a known top-level name. Under one that is also a word or a file ending
   ("it", "now", "rs") it needs more: a path, a port, `www.`, a digit or hyphen in its name (not for
   file endings), three labels, a word that announces a link, or a host some list knows.
   So "file.py", "v1.2.3", "node.js", "e.g.", "3.5", "ok.thanks" and "yes.it works" are none.
3. A bare dotted quad is an address only with a port or path: alone it is a version number.
4. A disguised dot counts as one; a merely spoken or spaced one only when an announcing word, a
   path, a digit or hyphen, or a known host says that a link is meant.
5. The domain of a mail address is no link.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice

import msgspec
import re2

from detectors.disguise import (
    CERTAIN,
    DISGUISE,
    DOTS,
    HAN_DOTS,
    HOST_CHARS,
    ROUND_SIGNS,
    SPOKEN_TLDS,
    Undisguised,
    undisguise,
)
from detectors.escapes import MAX_AUTHORITY, plain_host
from detectors.legible import Legible
from detectors.skeleton import skeleton
from detectors.suffixes import is_top_level, is_wordy, split_host
from seawall.hosts import FILE_TLDS, is_private_address, parents, parse_address
from seawall.signals import Span

__all__ = ["MAX_LINKS", "Link", "LinkFinder", "may_link"]

MAX_LINKS = 64
"""Links looked at in one message; a message with more is a flood whatever they are."""


class Link(msgspec.Struct, frozen=True, gc=False):
    """One link. `host` is what a browser would look up: lower case, letters of any script.

    `obfuscated` 0…1; `decoy` is what stood before the at-sign; `address` the canonical form of a
    numeric host; `private` is True for an address that leads nowhere outside.
    """

    host: str
    span: Span
    obfuscated: float = 0.0
    decoy: str = ""
    address: str = ""
    private: bool = False


def _gate() -> re2.Set:
    options = re2.Options()
    options.case_sensitive = False
    gate = re2.Set.SearchSet(options)
    gate.Add(r"[^\s.]\.[^\s.]|//|\\\\")
    gate.Add(DISGUISE)
    gate.Compile()
    return gate


_GATE = _gate()
_LABEL = re.compile(r"\.([0-9a-z_-]+)")
_QUAD = re.compile(r"\.[0-9]+\.[0-9]+\.[0-9]")
_IN_BRACKETS = re.compile(r"[\[({<|]\s?,")
_WIDE_SIGNS = re.compile(f"[{DOTS}／＼﹨℀℁℅℆{ROUND_SIGNS}]")
_DISGUISED = 1
_MAX_HOST = 253
_NONE: list[Link] = []
_SCHEME = (
    r"h(?:[tx]{2}|\*\*|__)ps?\s?:?\s?(?:[/\\]\s?){1,3}|(?<![0-9a-z])[a-z]{2,8}://"
    r"|(?<![\w/:\\])//"
)
_SCHEMES = frozenset(
    f"{name}://"
    for name in (
        *("http", "https", "ws", "wss", "ftp", "ftps", "sftp", "ssh", "git", "svn", "irc", "ircs"),
        *("smb", "nfs", "mms", "rtsp", "rtmp", "srt", "tg", "steam", "ipfs", "ipns", "file"),
    )
) | {"//"}
_HAN = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_LINK = re.compile(
    rf"(?P<scheme>{_SCHEME})"
    rf"(?P<authority>[^\s/?#\"'<>|\\^`{{}}，。、！？；：（）「」【】]{{1,{MAX_AUTHORITY}}})"
    rf"(?P<tail>[/?#\\][!-~]*)?"
    rf"|(?<![{HOST_CHARS}@/\\~])(?P<bare>(?:[{HOST_CHARS}]++|[{HOST_CHARS}]*+[{_HAN}]{{1,12}}+(?=\.))"
    rf"(?:\.[{HOST_CHARS}]++)++)\.?"
    rf"(?P<after>@|:[0-9]{{2,5}}(?![0-9])|)(?P<path>[/?#][!-~]*)?"
)
_LOOKING_LIKE = {skeleton(name): name for name in ("com", "net", "org", "xyz", "ru")}
"""Top-level names that are written in other letters ("c0m")."""
_MISSPELT = frozenset(("c0m", "0rg", "n3t"))
"""Those of them that are ASCII."""
_BEFORE_ENDINGS = frozenset(
    ("in", "with", "and", "or", "the", "a", "by", "par", "avec", "en", "de", "con", "para", "mit")
) | {"auf", "und", "der", "die", "em", "com", "ile", "dan", "на", "в", "с", "и", "like"}
"""Words that stand before an ending somebody talks about ("sites with .com")."""
_TRAILING = ".,;:!?)]}>'\"*_~-|"
_CIDR = re.compile(r"/[0-9]{1,2}(?![0-9/])")
_PORT = re.compile(r":[0-9]{0,5}$")
_ANNOUNCED = re.compile(
    r"\b(?:links?|site|website|url|go to|goto|visit|open|browser|check out|claim|join|download|type"
    r"|head to|sign up|register|log ?in|sitio|enlace|entra|entren|visita|página|pagina|acesse"
    r"|acessa|lien|seite|besuch|web|siteye|sitesi|ссылк[аеуи]|сайте?|заходи|браузере?|перейди"
    r"|зайди\w*|truy cập|kunjungi|klik)\b"
    r"|打开|打開|浏览器|瀏覽器|网址|網址|网站|網站|链接|連結|登录|搜索|サイト|リンク|사이트|링크|접속"
    r"|رابط|موقع|लिंक"
)


def may_link(raw: str, *, odd: bool = True) -> bool:
    """Tell quickly whether a text has a sign that links need; one of `DOT_WORDS` will do as well.

    No link is without a dot or two slashes, and dots are also written in brackets and as others.
    `odd` is `Folded.odd`: without anything odd, only a Han character can be another dot.
    """
    if "." in raw or "//" in raw or "\\" in raw:
        return True
    if "," in raw and _IN_BRACKETS.search(raw):
        return True
    if raw.isascii():
        return False
    return _WIDE_SIGNS.search(raw) is not None if odd else any(map(raw.count, HAN_DOTS))


class _Reading:
    """A message with its disguises undone, and the way back."""

    def __init__(self, raw: str, *, disguised: bool) -> None:
        self._legible = Legible(raw)
        plain = self._legible.text
        self._source = undisguise(plain) if disguised else Undisguised(plain)
        self.text = self._source.text

    @cached_property
    def announces(self) -> bool:
        """Whether some word says that a link is coming."""
        return _ANNOUNCED.search(self.text) is not None

    def certainty(self, place: Span) -> float:
        return self._source.certainty(*place)

    def link(
        self,
        host: str,
        place: Span,
        whole: Span,
        sure: float = 0.0,
        decoy: str = "",
        address: str | None = None,
    ) -> Link:
        """Make a link of what stands at `whole`, its host at `place`."""
        sure = max(sure, self.certainty(place))
        first, last = self._span(place)
        if not sure and last - first != len(host):
            sure = CERTAIN  # something invisible stood inside
        private = address is not None and is_private_address(address)
        return Link(host, self._span(whole), sure, decoy, address or "", private)

    def _span(self, place: Span) -> Span:
        return self._legible.span(*map(self._source.origin, place))


class LinkFinder:
    """Finds links; a host that `is_known` to some list needs no other cue."""

    def __init__(self, is_known: Callable[[str], bool]) -> None:
        self._is_known = is_known

    def find(self, raw: str) -> list[Link]:
        """Return a message's links in order, at most MAX_LINKS of them."""
        kinds = _GATE.Match(raw.encode("utf-8", "replace"))
        if kinds is None:
            return _NONE
        disguised = _DISGUISED in kinds
        if not disguised and raw.isascii() and not _may_lead(raw):
            return _NONE
        reading = _Reading(raw, disguised=disguised)
        return list(islice(self._scan(reading), MAX_LINKS))

    def _scan(self, reading: _Reading) -> Iterator[Link]:
        for match in _LINK.finditer(reading.text):
            schemed = match["scheme"] is not None
            link = _with_scheme(reading, match) if schemed else self._bare(reading, match)
            if link is not None:
                yield link

    def _bare(self, reading: _Reading, match: re.Match[str]) -> Link | None:
        after, path = match["after"], (match["path"] or "").rstrip(_TRAILING)
        if after == "@":
            return None
        written = match["bare"]
        host = written.strip("-_")
        start = match.start("bare") + len(written) - len(written.lstrip("-_"))
        end = start + len(host)
        cue = bool(after) or len(path) > 1 or host.startswith("www.")
        if not cue and host.rpartition(".")[2].isdigit():
            return None  # a version
        address = parse_address(host) if host[-1:].isdigit() else None
        if address is not None:
            if host.count(".") != 3 or not cue or _CIDR.fullmatch(path) or "0x" in host:
                return None
        elif not self._is_host(host, cue, reading, (start, end)):
            return None
        whole = (start, end + len(after) + len(path))
        stem, dot, tld = host.rpartition(".")
        known = address or tld in SPOKEN_TLDS or is_top_level(tld)
        meant = SPOKEN_TLDS.get(tld, tld) if known else _LOOKING_LIKE[skeleton(tld)]
        sure = 0.0 if known else CERTAIN
        return reading.link(stem + dot + meant, (start, end), whole, sure, address=address)

    def _is_host(self, host: str, cue: bool, reading: _Reading, place: Span) -> bool:
        if len(host) > _MAX_HOST:
            return False
        labels = host.split(".")
        tld = SPOKEN_TLDS.get(labels[-1], labels[-1])
        tld = tld if is_top_level(tld) else _LOOKING_LIKE.get(skeleton(tld), tld)
        if not is_top_level(tld) or not all(_is_label(label) for label in labels):
            return False
        if any(self._is_known(name) for name in parents(host)):
            return True
        _, name, _ = split_host(host)
        bare_number = name.replace("-", "").isdigit()
        numbered = bare_number and (len(name) < 3 or tld not in ("com", "net", "cn", "org"))
        short = len(name) == 1 and tld != "com"
        if cue:
            return True
        if tld in FILE_TLDS or numbered or short:
            return False
        if is_wordy(tld) or 0 < reading.certainty(place) < CERTAIN:
            telling = "-" in name or any(char.isdigit() for char in name)
            long = len(labels) > 2 and all(len(label) > 2 for label in labels[:-1])
            return telling or long or (reading.announces and name not in _BEFORE_ENDINGS)
        return True


def _may_lead(raw: str) -> bool:
    """Tell quickly whether an ASCII text without disguises has slashes, an address or a host."""
    if "//" in raw or "\\" in raw or _QUAD.search(raw):
        return True
    labels = [label.strip("-_") for label in _LABEL.findall(raw.lower())]
    return any(is_top_level(label) or label in _MISSPELT for label in labels)


def _is_label(label: str) -> bool:
    return 0 < len(label) <= 63 and label[0] != "-" and label[-1] != "-"


def _with_scheme(reading: _Reading, match: re.Match[str]) -> Link | None:
    authority = match["authority"]
    decoy, at, place = authority.rpartition("@")
    start = match.start("authority") + len(decoy) + len(at)
    written = _PORT.sub("", place.rstrip(_TRAILING.replace("]", "")))
    if not written.startswith("["):
        written = written.rstrip("]")
    written = written.strip(".-_")
    start += place.find(written)
    end = start + len(written)
    host = plain_host(written)
    address = parse_address(host)
    if address is None and not _is_reachable(host):
        return None
    tail = match["tail"] or ""
    stop = match.end() - len(tail) + len(tail.rstrip(_TRAILING)) if tail else end
    scheme = match["scheme"]
    if "://" not in scheme and not is_top_level(host.rpartition(".")[2]):
        return None  # "http/2.0", "http/server.conf"
    plain = scheme in _SCHEMES
    decoyed = bool(decoy) and ("." in decoy or len(decoy) > 3)
    escaped = host != written  # nobody writes a host so but to hide it
    sure = CERTAIN if not plain or decoyed or escaped else 0.0
    span = (match.start(), max(stop, end))
    return reading.link(host, (start, end), span, sure, decoy, address)


def _is_reachable(host: str) -> bool:
    if not host or len(host) > _MAX_HOST:
        return False
    labels = host.split(".")
    if not all(_is_label(label) for label in labels):
        return False
    # One label (`http://localhost`) leads nowhere; with a scheme any top-level name will do.
    return len(labels) > 1 and not labels[-1].isdigit()

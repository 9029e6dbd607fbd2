"""Host names as text: suffixes, numeric addresses, punycode. Nothing is fetched, nothing is asked.

1. A top-level name counts when it is a country code, one of the generic names below, or reserved
   for documentation (RFC 2606). The list is compact on purpose: a missing name costs one bare
   domain that nobody wrote a scheme before, a wrong one costs a false link in every second line.
2. `WORDY_TLDS` are those that also end sentences ("yes.it works"), files ("main.rs") or numbers.
   A bare domain under one of them needs a further sign that it is meant as a link.
3. Where in a host one registers a name is for `detectors.suffixes` to say: the public suffix list
   stands in a file, and this floor reads none.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address, IPv6Address

__all__ = [
    "FILE_TLDS",
    "HOSTED_SUFFIXES",
    "WORDY_TLDS",
    "is_private_address",
    "is_tld",
    "parents",
    "parse_address",
    "to_unicode",
]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_COUNTRIES = _words(
    """
    ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs
    bt bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee
    eg er es et eu fi fj fk fm fo fr ga gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm
    hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb
    lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz
    na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs
    ru rw sa sb sc sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl
    tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw
    """
)
_GENERIC = _words(
    """
    com net org info biz edu gov mil int name pro mobi aero coop museum jobs travel asia tel
    arpa xyz top site online store shop app dev page web website space tech cloud host hosting
    digital network systems software codes email click link links live life fun club vip win bid
    bet casino poker games game play stream streaming video tube media news press blog wiki zone
    world today now one plus best cool rocks lol wtf ninja guru expert pics photo photos gallery
    art design studio agency company group team work works center centre city social chat
    community forum dating date love sexy sex porn xxx adult cam money cash credit loan loans
    finance financial fund exchange trade trading market markets capital investments bank
    insurance tax gold crypto wallet nft dao bitcoin eth gift gifts promo sale deals discount
    bargains cheap buy shopping fashion clothing shoes watch jewelry diamonds kim icu cyou buzz
    monster quest rest bar pub cafe pizza kitchen ink red blue pink black green men ski surf run
    fit yoga health care support help services service solutions tools direct express delivery
    download zip mov foo ltd llc inc gmbh limited tips reviews review report science party
    racing webcam accountant faith cricket country gdn ooo moe uno ren fyi how new day ist
    protection security safe school academy education university college institute foundation
    charity church land estate properties house homes tours vacations holiday flights events
    tickets show film movie band audio music radio fm dance theater onl global international
    africa amsterdam berlin london nyc paris tokyo moscow wang xin bond sbs cfd lat hair skin
    beauty makeup autos boats motorcycles yachts baby cards cab taxi limo rent lease onion
    example test invalid localhost
    """
)
_INTERNATIONAL = _words(
    """
    рф рус москва онлайн сайт бел укр срб бг 中国 中國 公司 网络 网址 在线 商城 香港 台灣 한국
    みんな コム भारत السعودية مصر امارات شبكة קום ไทย
    """
)
FILE_TLDS = _words(
    """
    ai cc cs gz la lock md mk ml mm mov pl pm ps pub py rs sc sh so st tf ts vi zip
    """
)
"""Top-level names that also end file names: only a scheme, a path or a port makes them a link."""

WORDY_TLDS = FILE_TLDS | _words(
    """
    ac ad ag al am an ar as at ba be bi by ca da do ec ee el en er es et fm ga ge gt ha he hm hr
    id ie il im in is it ke km kg kr lt ma me mg mn mo mp mr ms mt mu mx my na ne ng no nu om pa
    pe pf ph pr pw re ro sa se si sm sr su sv sy ta te th tl tm tn to tr tt un us va ye art band
    bar best black blog blue cafe cards care chat city cool dance date day design dog email
    family fan film fit foo free fun game games gold green health help home house how info int
    land life like live love men money movie music name new news now one page party photo photos
    pink play plus radio red rent rest review reviews run safe sale school sexy show skin team
    test tips today tools tours video watch win work works world
    """
)
"""Top-level names that also end sentences ("yes.it works"), or file names."""

HOSTED_SUFFIXES = _words(
    """
    github.io gitlab.io gitbook.io pages.dev workers.dev r2.dev vercel.app now.sh netlify.app
    web.app firebaseapp.com herokuapp.com onrender.com fly.dev surge.sh glitch.me repl.co
    replit.app replit.dev webflow.io framer.app framer.website framer.ai carrd.co strikingly.com
    weebly.com wixsite.com wixstudio.io wordpress.com blogspot.com tumblr.com godaddysites.com
    square.site myshopify.com azurewebsites.net azurestaticapps.net cloudfront.net
    trycloudflare.com ngrok.io ngrok-free.app ngrok.app loca.lt ipfs.dweb.link 000webhostapp.com
    infinityfreeapp.com rf.gd mystrikingly.com teachable.com zendesk.com statuspage.io
    readthedocs.io substack.com medium.com notion.site typedream.app amazonaws.com
    s3.amazonaws.com web.core.windows.net blob.core.windows.net altervista.org duckdns.org
    cn.com us.com uk.com eu.com de.com ru.com br.com za.com
    sa.com co.com plesk.page ddns.net hopto.org zapto.org sytes.net eu.org
    """
)
"""Suffixes under which strangers get a name for nothing: who owns the suffix is not who speaks."""


def is_tld(label: str) -> bool:
    """Tell whether a lower-case label is a top-level name that counts (rule 1)."""
    return (
        label in _COUNTRIES
        or label in _GENERIC
        or label in _INTERNATIONAL
        or (label.startswith("xn--") and len(label) > 4)
    )


def parents(host: str) -> Iterator[str]:
    """Yield the host and every domain above it, longest first, down to two labels."""
    yield host
    at = host.find(".")
    while at >= 0 and host.find(".", at + 1) >= 0:
        host = host[at + 1 :]
        yield host
        at = host.find(".")


def to_unicode(host: str) -> str:
    """Decode ``xn--`` labels (RFC 3492); a label that does not decode stays as it is."""
    if "xn--" not in host:
        return host
    return ".".join(_decode_label(label) for label in host.split("."))


def _decode_label(label: str) -> str:
    # A DNS label holds 63 octets; the decoder is quadratic, so nothing longer is given to it.
    if not label.startswith("xn--") or len(label) > 63:
        return label
    try:
        decoded = label[4:].encode("ascii").decode("punycode").lower()
    except (UnicodeError, OverflowError, ValueError):
        return label
    clean = decoded.isprintable() and not any(mark in decoded for mark in " ./@:")
    return decoded if clean and decoded else label


def parse_address(host: str) -> str | None:
    """Read a host as browsers read numeric ones; return the canonical address or None.

    Decimal, hexadecimal, octal and shortened IPv4 (WHATWG URL, host parsing) and bracketed IPv6.
    """
    if host.startswith("[") and host.endswith("]") and len(host) <= 64:
        try:
            return str(IPv6Address(host[1:-1]))
        except AddressValueError:
            return None
    parts = host.removesuffix(".").split(".")
    if not 1 <= len(parts) <= 4 or not all(parts):
        return None
    numbers = [_read_number(part) for part in parts]
    last = numbers[-1]
    if last is None or last >= 256 ** (5 - len(parts)):
        return None
    value = last
    for place, number in enumerate(numbers[:-1]):
        if number is None or number > 255:
            return None
        value += number << (8 * (3 - place))
    return str(IPv4Address(value))


def _read_number(text: str) -> int | None:
    if not text.isascii() or len(text) > 16:
        return None
    digits, base = text, 10
    if text[:2] in ("0x", "0X"):
        digits, base = text[2:] or "0", 16
    elif len(text) > 1 and text[0] == "0":
        digits, base = text[1:], 8
    if not digits.isalnum():
        return None
    try:
        return int(digits, base)
    except ValueError:
        return None


def is_private_address(address: str) -> bool:
    """Tell whether a canonical address leads nowhere outside the reader's own network."""
    parsed = IPv6Address(address) if ":" in address else IPv4Address(address)
    return parsed.is_private or parsed.is_loopback or parsed.is_link_local

"""Ways to reach somebody elsewhere: handles and ids beside an app's name, profile links, mail.

An app's name says nothing by itself; these say how sure it is that something beside it is meant as
a way to get in touch. Offsets are of the legible text they are given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from detectors.escapes import find_escaped
from seawall.hosts import is_tld

__all__ = [
    "AT_WORDS",
    "DOT_WORDS",
    "LINK_GATE",
    "Found",
    "find_after",
    "find_before",
    "find_mail",
    "find_profiles",
]


class Found(msgspec.Struct, frozen=True, gc=False):
    """`what` (the id, comparable) of a `kind` (handle, id, invite, link, mail) at [start, end)."""

    kind: str
    score: float
    start: int
    end: int
    what: str = ""


AT_WORDS = "at|собака|собачка|arroba|aroba|chiocciola|arobase|klammeraffe|ät"
DOT_WORDS = "dot|точка|punto|ponto|point|punkt|nokta|titik|chấm|点"
LINK_GATE = (
    r"[^a-z](?:t me|telegram (?:me|dog)|wa me|whatsapp com|dsc gg"
    r"|discord(?:app)? (?:gg|com (?:[0-9]+ )?invite)"
    r"|line me|lin ee|instagram com|instagr am|ig me|snapchat com|zalo me|open kakao|u wechat com"
    r"|qm qq com|signal (?:me|group)|m me|tg resolve|vk me|kik me|viber click|skype com|join skype"
    r"|onlyfans com|fansly com|threema id|pf kakao com|weixin qq com) [^ ]"
    r"|% [0-9a-f]{2}"  # some letter of a host may be escaped, and any of them
)
"""RE2 syntax, over the padded spaced form."""

_CREDENTIALS = r"(?:[^\s/?#\\]{0,255}@)?"
_END = r"\.?(?::[0-9]{0,9})?/"
"""What may stand around a host without changing where a browser goes: a name before an at-sign, the
dot of the root, a port. The name needs slashes before it: else it is a mail address."""
_LONGEST_PATH = 112
"""Characters after a host in which a profile is told: a port, the place of profiles, the name."""

_PROFILES = re.compile(
    rf"(?:(?:(?<![0-9a-z])https?:|(?<![\w.@-]))//{_CREDENTIALS}|(?<![\w.@-]))(?:www\.|api\.|chat\.)?(?:"
    rf"(?P<telegram>(?:t|telegram)\s?\.\s?(?:me|dog){_END}"
    r"|tg://(?:resolve|join)\?(?:domain|invite)=)"
    rf"|(?P<whatsapp>wa\s?\.\s?me{_END}|whatsapp\.com{_END})"
    rf"|(?P<discord>discord(?:app)?\s?\.\s?(?:gg{_END}|com{_END}invite/)|dsc\.gg{_END})"
    rf"|(?P<line>(?:line\.me|lin\.ee){_END})"
    rf"|(?P<instagram>(?:instagram\.com|instagr\.am|ig\.me){_END})"
    rf"|(?P<wechat>u\.wechat\.com{_END})"
    rf"|(?P<qq>qm\.qq\.com{_END})"
    rf"|(?P<other>snapchat\.com{_END}(?:add/)?|zalo\.me{_END}(?:g/)?|(?:(?:open|pf)\.kakao\.com"
    r"|signal\.(?:me|group)|m\.me|vk\.me|kik\.me|threema\.id|join\.skype\.com|viber\.click"
    rf"|onlyfans\.com|fansly\.com){_END})"
    r")(?P<what>[@+~]?[\w#/?=&.%+-]{2,80})"
)
_NO_PROFILE = re.compile(r"(?:p|reel|reels|explore|stories|tv|iv|share|channels|download|web)/?\b")

_MAIL = re.compile(
    r"(?<![\w.+%/:-])(?P<name>[a-z0-9][\w.+%-]{0,63})@(?:[a-z0-9-]{1,63}\.){1,4}(?P<tld>[a-z]{2,18})\b"
)
_NOBODY = frozenset(
    ("user", "username", "you", "yourname", "name", "me", "myname", "root", "foo", "bar", "test")
)
"""What stands for a name where somebody explains what an address looks like."""
_SAID_MAIL = re.compile(
    rf"(?<![\w.+-])(?P<name>[\w.+-]{{2,40}})\s?"
    rf"(?:(?P<sure>[(\[{{<]\s?(?:{AT_WORDS}|@)\s?[)\]}}>]|\s(?:собака|собачка|arroba|chiocciola)\s)|@|\sat\s)"
    rf"\s?(?P<host>[\w-]{{2,40}})\s?"
    rf"(?:(?P<dot>[(\[{{<]\s?(?:{DOT_WORDS}|\.)\s?[)\]}}>]|\s(?:{DOT_WORDS})\s)|\.)"
    rf"\s?(?P<tld>[a-z]{{2,12}})\b"
)

_ANNOUNCING = ":：=→➡>"
_LONG_NUMBER = 9
_GAP = r"[\s:：=\-–—~>→➡|,.、。()\[\]「」【】\"'“”«»!*_]{0,6}"
_LABEL = (
    r"id|ид|айди|username|user|usr|handle|acc|account|号|號|号码|账号|帐号|帳號|群|群号|아이디|nick|ник|usuario|"
    r"usuário|kullanıcı adı|名|搜|搜索|search|ищи|cari|añade|add|加我|tanpa spasi|معرفي|المعرف"
)
_FILLER = (
    r"is|my|me|at|on|to|us|the|our|channel|canal|kanal|канал|чат|группа|група|group|grubu|grup|gruppe|"
    r"grupo|number|no|num|nr|номер|número|numero|numara|numaram|por|pelo|al|au|es|e|是|在|追加|して|ください|"
    r"으로|に|の|です|dm|en|no|на|по|→|handle|name|chat|bot|vip|private|room|秒通过|同号|可加|咨询|联系|私聊"
)
_AFTER = re.compile(
    rf"{_GAP}(?:(?P<label>(?:{_LABEL}))(?![a-z])|(?:{_FILLER})(?![a-zа-яё]))?{_GAP}"
    rf"(?:(?:(?P<label2>(?:{_LABEL}))|(?:{_FILLER}))(?![a-zа-яё]){_GAP}){{0,2}}"
    rf"(?:(?P<handle>@\s?[a-z0-9_][\w.]{{2,31}})"
    rf"|(?P<apart>(?<![^\W_])(?:[a-z0-9][\s-]){{4,24}}[a-z0-9](?![^\W_]))"
    rf"|(?P<id>[a-z](?:[a-z0-9_.\-]|[点點](?=[a-z0-9])){{3,31}}(?![^\W_]))"
    rf"|(?P<digits>[0-9](?:[\s-]?[0-9]){{4,14}}(?![\w%])))"
)
_LOOSE = re.compile(r"@\s?(?P<name>[a-z0-9_][\w.]{2,31})")
_LABELLED = re.compile(
    r"(?<![a-z0-9])(?:id|айди|ник|아이디|账号|帐号|帳號|昵称|username|user|usuario|handle|معرف)[\s:：「\"]{0,3}"
    r"(?P<name>[a-z0-9_][a-z0-9_.]{4,31})(?![^\W_])"
)
_BEFORE = re.compile(
    r"(?:@\s?(?P<handle>[a-z0-9_][\w.]{2,31})|(?P<id>[a-z][a-z0-9.]*[_0-9][a-z0-9_.]{2,31}))"
    r"\s?(?:on|in|en|no|na|в|на|у|sur|auf|di|trên|à|via|my|is my|ta"
    r"|:|-|→|的|에서|で)?\s?(?:my|the)?\s?$"
)
_INVITE = re.compile(
    r"(?:"
    r"\b(?:add|dm|pm|msg|message|text|txt|hit|find|contact|reach|write|inbox|hmu|talk to|follow)"
    r"(?: (?:me|us|my|up|to|our))+(?: (?:on|in|at|via|by|through))?(?: (?:my|the|our))?"
    r"|\bjoin (?:me on|my|us on|our)(?: \w+){0,2}|\bcontact (?:on|via)"
    r"|\b(?:move|continue|switch) (?:this |it |over )?(?:to|on)"
    r"|пиши(?:те)?(?: мне)?(?: в| на)?|добавля?й(?:те|ся|тесь)?(?: в| меня в)?"
    r"|жду (?:вас |тебя )?в|(?:за)?(?:ходи|летай)(?:те)? в|стучи(?:те)? в|пишите в личку в"
    r"|подпис(?:ывайся|ывайтесь|ка) (?:на|в)(?: мой| наш)?"
    r"|escr[ií]b[ae]n?(?:me|nos)(?: por| al| en)?(?: mi)?|agr[eé]g[ae]n?me(?: a| en)?(?: mi)?"
    r"|cont[aá]ct[ae]n?me(?: por| al| en)?(?: mi)?|b[uú]sc[ae]n?me en|háblame (?:por|al)"
    r"|[uú]n(?:ete|anse) a(?:l| mi)?(?: canal de| grupo de)?"
    r"|me (?:chama|adiciona|add) n[oa]|chama n[oa]|entra n[oa](?: meu)?"
    r"|ajoute[zs]?-moi sur|rejoin[st]?(?:ez)?(?:-moi| mon)?(?: sur| groupe)?|contacte[zs]?-moi sur"
    r"|schreibt? mir (?:auf|bei|über)|füg mich (?:auf|bei)?"
    r"|hubungi(?: aku| saya| kami)?(?: di| via| lewat)?|chat (?:aku|saya) di"
    r"|gabung(?: ke)?(?: grup)?"
    r"|japri(?: aku| saya)?(?: di)?|(?:kontak|order|pesan) (?:via|lewat)|scan"
    r"|kết bạn|nhắn(?: tin)?(?: qua)?|inbox|liên hệ(?: qua)?|quét mã(?: qr)?|vào nhóm|tham gia nhóm"
    r"|esc[aá]ne[ae](?: y)?(?: (?:pasa|entra|únete))?(?: al?)?|pasen? (?:al?|por)(?: mi)?"
    r"|(?:пишіть|пиши)(?: мені)?(?: в| у| на)?|додавай(?:ся|тесь)?(?: в| у)?|заходь(?:те)? (?:в|у)"
    r"|(?:راسلني|تواصل(?:وا)? معي|كلمني|ضيفني|انضم(?:وا)?)"
    r"(?: على| عبر| في| ل| الى)?(?: قناتي)?\s?(?:ال)?"
    r"|加我的?|加一下|加个|私加|私我|扫码加|掃碼加|搜我|找我(?:聊|玩|拿|要)?|联系我的?|聯繫我的?"
    r"|来我的?|進我的?|进我的?|加入我的?"
    r")[\s:]*$|(?:加|私)$"
)
_INVITE_AFTER = re.compile(
    r"\s?(?:me (?:at|up|on|for|pls|please)\b|(?:['’]?(?:dan|den|tan|ten) )?(?:bana )?yaz(?:ın)?\b"
    r"|ekle(?:yin)?\b"
    r"|同号|同號|同名|同手机|同手機|同昵称|看昵称|看暱稱|pe (?:msg|message|add|baat|aao|aa jao)"
    r"|par (?:msg|message|add|aao)|पर (?:मैसेज|आओ|जोड़)"
    r"|追加して|追加お願い|で連絡|へ連絡|추가|으로 연락|로 연락|연락 ?주|친추)"
)


_PLAIN_WORDS = re.compile(
    r"(?:links?|below|here|there|this|that|what|when|from|your|mine|only|news|none|https?|apps?|desktop"
    r"|premium|down|broken|slow|dead|good|free)$"
)


def find_after(text: str, at: int, *, everyday: bool = False) -> Found | None:
    """Return what stands right after an app's name that ends at `at`, if it is a way to reach.

    A name that is an `everyday` word besides needs more: a handle, a long number, or an id that is
    no word and is announced.
    """
    match = _AFTER.match(text, at, at + 96)
    if match is None:
        return None if everyday else _find_loose(text, at)
    start, end = match.span(match.lastgroup or 0)
    what = re.sub(r"[\s@-]", "", match[match.lastgroup or 0]).strip("._")
    labelled = match["label"] is not None or match["label2"] is not None
    if match["handle"]:
        return Found("handle", 1.0, start, end, what)
    called = (match["label"] or match["label2"] or "") not in ("", "add", "añade", "search", "cari")
    if everyday and not _is_telling(match, what, called, text[at:start]):
        return None
    if match["digits"]:
        return Found("number", 0.9 if labelled or start - at <= 3 else 0.7, start, end, what)
    if match["apart"]:
        mixed = any(char.isdigit() for char in what) or labelled or ":" in text[at:start]
        return Found("id", 0.9, start, end, what) if mixed else None
    colon = any(sign in text[at:start] for sign in _ANNOUNCING)
    score = _score_id(match["id"].rstrip(".-"), labelled=labelled, colon=colon)
    return Found("id", score, start, end, what) if score else _find_loose(text, at)


def _is_telling(match: re.Match[str], what: str, labelled: bool, between: str) -> bool:
    """Tell whether what stands beside an everyday word is meant as a way to reach somebody."""
    if match["digits"]:
        return sum(map(str.isdigit, what)) >= _LONG_NUMBER and len(between) <= 3
    strange = "_" in what or any(map(str.isdigit, what))
    if match["handle"]:
        return True
    return strange and (labelled or any(sign in between for sign in _ANNOUNCING))


def _score_id(word: str, *, labelled: bool, colon: bool) -> float:
    strange = "_" in word or (any(c.isdigit() for c in word) and sum(c.isalpha() for c in word) > 2)
    if strange and len(word) >= 5:
        return 0.9
    if labelled or colon:
        return 0.6 if len(word) >= 4 and _PLAIN_WORDS.match(word) is None else 0.0
    return 0.0


def _find_loose(text: str, at: int) -> Found | None:
    match = _LOOSE.search(text, at, at + 48)
    if match is None:
        return _find_labelled(text, at)
    name = match["name"].strip("._")
    telling = "_" in name or any(char.isdigit() for char in name)
    return Found("handle", 0.8 if telling else 0.5, match.start(), match.end(), name)


def _find_labelled(text: str, at: int) -> Found | None:
    match = _LABELLED.search(text, at, at + 48)
    if match is None or not any(char.isdigit() or char == "_" for char in match["name"]):
        return None
    return Found("id", 0.7, match.start("name"), match.end(), match["name"])


def find_before(text: str, at: int) -> Found | None:
    """Return what stands right before an app's name that starts at `at`."""
    match = _BEFORE.search(text, max(0, at - 48), at)
    if match is None:
        return None
    kind = match.lastgroup or "id"
    return Found(kind, 0.9 if kind == "handle" else 0.8, match.start(), at, match[kind].strip("._"))


def find_invite(text: str, start: int, end: int) -> Found | None:
    """Tell whether the words around an app's name at [start, end) ask to come there."""
    before = _INVITE.search(text, max(0, start - 48), start)
    if before is not None:
        return Found("invite", 0.6, before.start(), end)
    after = _INVITE_AFTER.match(text, end)
    return Found("invite", 0.6, start, after.end()) if after is not None else None


def find_profiles(text: str) -> Iterator[tuple[str, Found]]:
    """Yield (app, what) of every link to a profile, group or chat of an app."""
    for match in _PROFILES.finditer(text):
        yield from _profile(match, match.start(), match.end())
    if "%" not in text:
        return
    for escaped in find_escaped(text):
        # Read as if the host were written plainly; from its end on, places differ by a constant.
        plain = f"//{escaped.host}"
        link = _PROFILES.match(plain + text[escaped.end : escaped.end + _LONGEST_PATH])
        if link is not None:
            yield from _profile(link, escaped.start, link.end() - len(plain) + escaped.end)


def _profile(match: re.Match[str], start: int, end: int) -> Iterator[tuple[str, Found]]:
    what = match["what"]
    if _NO_PROFILE.match(what):
        return
    app = next(name for name, value in match.groupdict().items() if value and name != "what")
    score = 0.8 if app == "instagram" else 1.0
    yield app, Found("link", score, start, end, what.strip("./+@"))


def find_mail(text: str) -> Iterator[Found]:
    """Yield mail addresses, plain or taken apart with some pains ("name (at) host dot com")."""
    if "@" in text:
        for match in _MAIL.finditer(text):
            if is_tld(match["tld"]) and match["name"] not in _NOBODY:
                yield Found("mail", 0.9, match.start(), match.end(), match.group())
    for match in _SAID_MAIL.finditer(text):
        if (match["sure"] or match["dot"]) and is_tld(match["tld"]):
            what = f"{match['name']}@{match['host']}.{match['tld']}"
            yield Found("mail", 0.9, match.start(), match.end(), what)

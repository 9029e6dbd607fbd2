"""Contacts elsewhere: a name of an app is talk, a way to reach somebody is a contact."""

from __future__ import annotations

import pytest

from detectors.text.contacts import Contacts
from seawall.events import User
from seawall.fold import fold
from seawall.policy.model import Tenant
from seawall.signals import Signal

WORDS = {
    "telegram": ("telegram", "tg", "телега", "телеге", "тг", "纸飞机", "✈"),
    "whatsapp": ("whatsapp", "wasap", "ватсап"),
    "wechat": ("wechat", "weixin", "vx", "微信", "薇信", "加v", "v信"),
    "qq": ("qq", "扣扣"),
    "line": ("line id", "라인 아이디"),
    "discord": ("discord", "дискорд"),
    "instagram": ("instagram", "insta"),
    "phone": ("call me", "my number", "номер", "电话"),
    "kakao": ("kakao", "카톡"),
}
CONTACTS = Contacts(WORDS, Tenant())
USER = User(id="u")


def found(text: str, detector: Contacts = CONTACTS) -> list[Signal]:
    return detector.detect(fold(text), USER)


def kinds(text: str, detector: Contacts = CONTACTS) -> dict[str, float]:
    return {signal.name.removeprefix("contact."): signal.score for signal in found(text, detector)}


@pytest.mark.parametrize(
    "text",
    [
        "telegram premium is kinda worth it",
        "телега опять не грузит видео",
        "why does whatsapp desktop eat 2gb ram",
        "微信群里都在聊这个主播，笑死",
        "QQ音乐那个版本更好听",
        "加vip就能看回放了吗",
        "signal is bad here, that punch line at 12:03 omg",
        "@jules_00 you were right about the final lap",
        "discord is lagging again",
        "price 71,300 then 72,100 and 70,900",
        "order number 5551234567 arrived",
        "commande 4500-0120-3344 reçue ce matin",
        "the hash starts with 00000000000000000002a8",
        "call the hotline 1-800-555-0100",
        "2024-01-05 12:30:45 kernel 2.6.10",
        "one two three four five six seven eight nine ten",
        "5 4 3 2 1 0 go",
        "look at example.com",
        "",
    ],
)
def test_talk_is_no_contact(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "app"),
    [
        ("my telegram: @cool_trader", "telegram"),
        ("msg me tg cool_trader9", "telegram"),
        ("вся движуха в телеге: @insider0x", "telegram"),
        ("join t.me/some_room", "telegram"),
        ("join https://t.me/+AbCdEf123", "telegram"),
        ("@cool_trader on telegram", "telegram"),
        ("T3l3gr@m → g0ld_r00m_00", "telegram"),
        ("t e l e g r a m @gold_room", "telegram"),
        ("telegrrram @gold_room", "telegram"),
        ("tg: c u a n m a n i a 0 0", "telegram"),
        ("纸飞机 kk_0417demo", "telegram"),
        ("✈ @bruna_sinais55", "telegram"),
        ("escríbanme al +34 600 000 417 por wasap", "whatsapp"),
        ("whatsapp 0810-0000-6610", "whatsapp"),
        ("wa.me/12025550157", "whatsapp"),
        ("加我微信 nana_live1239", "wechat"),
        ("加v：nana1239", "wechat"),
        ("wei❌xin nana_1239", "wechat"),
        ("微信13812345678", "wechat"),
        ("加QQ 1200450098", "qq"),
        ("라인 아이디 hana_deal_off 으로", "line"),
        ("discord.gg/abcdef", "discord"),
        ("discord .gg/abcdef", "discord"),
        ("insta: selinx_x", "instagram"),
        ("instagram.com/selinx", "instagram"),
        ("kakao id seoulbeauty21", "other"),
        ("call me 5551234567", "phone"),
        ("text 202-555-0163 ok", "phone"),
        ("06 39 98 04 17", "phone"),
        ("+966 50 000 0417", "phone"),
        ("２０２-５５５-０１６３", "phone"),
        ("seis cero cero, cero cero, cero cuatro, uno ocho", "phone"),
        ("玖零零壹贰零叁肆", "phone"),
        ("write someone@mail.com", "email"),
        ("luna (at) privatemail (dot) com", "email"),
        ("vip собака pochta точка com", "email"),
    ],
)
def test_a_way_to_reach_somebody_is_a_contact(text: str, app: str) -> None:
    signals = kinds(text)
    assert signals[app] >= 0.5
    assert signals["any"] == max(signals.values())


@pytest.mark.parametrize("text", ["add me on telegram", "пиши мне в тг", "加我微信"])
def test_an_invitation_without_an_id_is_less_sure(text: str) -> None:
    [contact, _] = found(text)
    assert contact.value == "invite"
    assert contact.score == 0.6


def test_the_span_takes_in_the_name_and_the_id() -> None:
    text = "日本 hey, my Telegram: @cool_trader!"
    [contact, _] = found(text)
    assert contact.span is not None
    start, end = contact.span
    assert text[start:end] == "Telegram: @cool_trader"


def test_the_value_never_holds_the_contact_itself() -> None:
    for text in ("call me 5551234567", "tg @cool_trader", "a@mail.com", "t.me/some_room"):
        assert {signal.value for signal in found(text)} <= {"number", "handle", "mail", "link"}


@pytest.mark.parametrize(
    ("allowed", "text"),
    [
        ("@nimbus_hq", "our telegram: @nimbus_hq"),
        ("t.me/nimbus_hq", "join t.me/nimbus_hq"),
        ("https://discord.gg/nimbus", "discord.gg/nimbus"),
        ("+1 (202) 555-0163", "text 202-555-0163 or +1 202 555 0163"),
        ("press@nimbus.com", "write press@nimbus.com"),
    ],
)
def test_allowed_contacts_are_silent(allowed: str, text: str) -> None:
    tenant = Tenant(allowed_contacts=(allowed, "2025550163"))
    assert found(text, Contacts(WORDS, tenant)) == []
    assert found(text) != []


def test_mail_at_an_official_domain_is_silent() -> None:
    tenant = Tenant(official_domains=("nimbus.com",))
    detector = Contacts(WORDS, tenant)
    assert found("write help@nimbus.com or help@eu.nimbus.com", detector) == []
    assert found("write help@notnimbus.com", detector) != []


def test_without_words_links_and_numbers_are_still_found() -> None:
    bare = Contacts({}, Tenant())
    assert "telegram" in kinds("t.me/some_room", bare)
    assert "phone" in kinds("text 202-555-0163 ok", bare)
    assert found("telegram @cool_trader", bare) == []


# --- disguises, everyday words, floods ----------------------------------------------------------

MORE = Contacts(
    {
        **WORDS,
        "telegram": (*WORDS["telegram"], "tele", "تليجرام"),
        "wechat": (*WORDS["wechat"], "＋v", "葳心", "徽♥"),
        "line": ("line", "友だち追加", "ライン"),
        "instagram": ("instagram", "insta", "ig"),
        "other": ("signal", "za lo", "zalo"),
    },
    Tenant(),
)


@pytest.mark.parametrize(
    ("text", "app"),
    [
        ("msg me tele: rico_x77", "telegram"),
        ("ت ل ي ج ر ا م @m_xyzabc", "telegram"),
        ("伽葳心 z-h-o-u-9-9-4", "wechat"),
        ("＋v １６０零零零零４１７７", "wechat"),
        ("徽♥同手机尾号", "wechat"),
        ("友だち追加は「@」から始まるID 12xmoka です", "line"),
        ("line id moka_12", "line"),
        ("my ig is @moka.12", "instagram"),
        ("inbox za lo em nhé", "other"),
        ("signal: moka_1234", "other"),
        ("纸飞机搜 kk点0417demo", "telegram"),
        ("beş yüz sıfır sıfır sıfır sıfır dört yirmi", "phone"),
        ("nine double one seven three five zero two", "phone"),
        ("tg://resolve?domain=moka_12", "telegram"),
    ],
)
def test_disguised_and_short_names_are_found(text: str, app: str) -> None:
    assert kinds(text, MORE).get(app, 0.0) >= 0.6


@pytest.mark.parametrize(
    "text",
    [
        "error on line 12345 in main_2.py",
        "read the first line add item_2 to it",
        "a worse signal:noise ratio",
        "@bob_12 ig he is right",
        "ctrl+v @bob_12 does it",
        "https://media.tiktok.com/@someone_1/video/123456",
        "uçak bileti fiyatları uçtu ✈ yazın tatil yok",
        "hex 843ig12 and 99tg77",
        "write to user@domain.com, you know what i mean",
        "https://lists.example/bob@mail.com/1.html",
    ],
)
def test_everyday_words_and_pieces_of_links_are_none(text: str) -> None:
    assert found(text, MORE) == []


def test_a_flood_of_names_hides_no_contact() -> None:
    assert kinds("telegram " * 40 + "@real_handle9", MORE)["telegram"] == 1.0
    assert kinds("telegram " * 600 + "@real_handle9", MORE)["telegram"] >= 0.6


@pytest.mark.parametrize(
    ("link", "app"),
    [
        ("https://t.me:443/foo", "telegram"),
        ("https://user@t.me/foo", "telegram"),
        ("https://t.me./foo", "telegram"),
        ("https://%74.me/foo", "telegram"),
        ("https://t%2eme/foo", "telegram"),
        ("https://x@wa.me/15551234567", "whatsapp"),
        ("https://discord.gg:443/abc", "discord"),
        ("https://discord.com:443/invite/abc", "discord"),
        ("https://x@discord.gg/abc", "discord"),
        ("https://discord%2egg/abc", "discord"),
        ("https://％74.me/foo", "telegram"),
    ],
)
@pytest.mark.parametrize("before", ["", "look ", "смотри ", "看"])
def test_a_profile_link_is_found_however_its_host_is_written(
    before: str, link: str, app: str
) -> None:
    text = before + link
    assert CONTACTS.may_detect(fold(text), [])
    [signal] = [each for each in found(text) if each.name == f"contact.{app}"]
    assert (signal.score, signal.value) == (1.0, "link")
    assert signal.span == (len(before), len(text))

"""Ids beside an app's name, profile links and mail."""

from __future__ import annotations

from time import perf_counter

import pytest

from detectors.handles import find_after, find_before, find_invite, find_mail, find_profiles


@pytest.mark.parametrize(
    ("after", "what", "least"),
    [
        (": @cool_trader", "cool_trader", 1.0),
        (" channel @cool", "cool", 1.0),
        (" id cool_trader", "cool_trader", 0.9),
        ("：nana1239", "nana1239", 0.9),
        (" id: cooltrader", "cooltrader", 0.6),
        (" 「rina_x365」", "rina_x365", 0.9),
        (" : c o o l 0 0", "cool00", 0.9),
        (" 13812345678", "13812345678", 0.9),
        (" is down, ask @cool_guy9", "cool_guy9", 0.8),
    ],
)
def test_what_stands_after_a_name(after: str, what: str, least: float) -> None:
    found = find_after(f"telegram{after}", len("telegram"))
    assert found is not None
    assert found.what == what
    assert found.score >= least


@pytest.mark.parametrize(
    "after", ["", " is down", " premium is worth it", " 12", ": link below", " web2"]
)
def test_talk_after_a_name(after: str) -> None:
    assert find_after(f"telegram{after}", len("telegram")) is None


def test_what_stands_before_a_name() -> None:
    text = "find @cool_trader on telegram"
    found = find_before(text, text.index("telegram"))
    assert found is not None
    assert found.what == "cool_trader"
    assert find_before("i like telegram", 7) is None


@pytest.mark.parametrize(
    "text",
    [
        "add me on telegram",
        "пиши в telegram",
        "加telegram",
        "escríbeme por telegram",
        "telegram 追加して",
    ],
)
def test_invitations(text: str) -> None:
    at = text.index("telegram")
    assert find_invite(text, at, at + 8) is not None


def test_no_invitation() -> None:
    assert find_invite("is telegram down", 3, 11) is None


@pytest.mark.parametrize(
    ("text", "app"),
    [
        ("t.me/room1", "telegram"),
        ("https://wa.me/12025550157", "whatsapp"),
        ("lin.ee/abc", "line"),
        ("discord.com/invite/abc", "discord"),
        ("u.wechat.com/abc", "wechat"),
        ("zalo.me/0900", "other"),
    ],
)
def test_profile_links(text: str, app: str) -> None:
    assert [name for name, _ in find_profiles(text)] == [app]


@pytest.mark.parametrize(
    ("link", "app"),
    [
        ("https://t.me:443/foo", "telegram"),
        ("https://t.me:/foo", "telegram"),
        ("https://t.me./foo", "telegram"),
        ("https://t.me.:443/foo", "telegram"),
        ("https://user@t.me/foo", "telegram"),
        ("https://a:b@www.t.me/foo", "telegram"),
        ("https://a@b@t.me/foo", "telegram"),
        ("//user@t.me/foo", "telegram"),
        ("https://%74.me/foo", "telegram"),
        ("https://t%2eme/foo", "telegram"),
        ("https://t%2Eme%2E:443/foo", "telegram"),
        ("https://t%E3%80%82me/foo", "telegram"),
        ("https://x@wa.me/15551234567", "whatsapp"),
        ("https://wa%2eme/15551234567", "whatsapp"),
        ("https://discord.gg:443/abc", "discord"),
        ("https://x@discord.gg/abc", "discord"),
        ("https://discord%2egg/abc", "discord"),
        ("https://u@disc%6frd.com:443/invite/abc", "discord"),
        ("discord.com:443/invite/abc", "discord"),
        ("https://lin.ee:443/abc", "line"),
        ("https://x@ig.me/abc", "instagram"),
        ("https://zalo.me:443/g/abc", "other"),
    ],
)
def test_profile_links_whatever_stands_around_the_host(link: str, app: str) -> None:
    text = f"here {link} now"
    [(name, found)] = find_profiles(text)
    assert name == app
    assert text[found.start : found.end] == link


@pytest.mark.parametrize(
    "text",
    [
        "me@t.me",
        "me@t.me/foo",
        "https://t.me",
        "https://t.me:443",
        "https://user@t.me",
        "https://t.me%2ffoo/x",
        "https://t%ffme/foo",
        "https://t%2/foo and https://%/foo",
        "https://t.me@evil.com/foo",
        "https://example.com/t%2eme/foo",
        "https://evil%2et.me.com/foo",
        "https://instagram%2ecom/p/Cz_j",
        "only 50%/50 off",
    ],
)
def test_what_only_resembles_a_profile_link(text: str) -> None:
    assert list(find_profiles(text)) == []


def test_a_flood_of_signs_is_read_in_a_straight_line() -> None:
    for sign in ("//@", "//%2e", "https://%41@", "//" + "@" * 255, "t.me:", "//a:b@t.me:1"):
        started = perf_counter()
        list(find_profiles(sign * (40_000 // len(sign))))
        assert perf_counter() - started < 2, sign


def test_posts_are_no_profiles() -> None:
    assert list(find_profiles("instagram.com/p/Cz_j-dq xt.me/room at.me/x")) == []


@pytest.mark.parametrize(
    ("text", "mail"),
    [
        ("a.b+c@mail.co.uk", "a.b+c@mail.co.uk"),
        ("luna (at) mail (dot) com", "luna@mail.com"),
        ("luna[at]mail.com", "luna@mail.com"),
        ("vip собака pochta точка com", "vip@pochta.com"),
    ],
)
def test_mail(text: str, mail: str) -> None:
    assert mail in [found.what for found in find_mail(text)]


@pytest.mark.parametrize(
    "text", ["look at example.com", "a@b", "@user", "user@host.conf", "meet at nine"]
)
def test_no_mail(text: str) -> None:
    assert list(find_mail(text)) == []

"""Links: found in any disguise, told apart from file names, and known by whom they imitate."""

from __future__ import annotations

import pytest

from detectors.text.links import Links
from seawall.events import User
from seawall.fold import fold
from seawall.policy.model import Tables, Tenant
from seawall.signals import Signal

TABLES = Tables(
    hosts_listed=frozenset({"drainer.example", "bad.pages.dev"}),
    hosts_allowed=frozenset({"openmetamask.example", "pages.dev"}),
    shorteners=frozenset({"sh.example", "bit.ly"}),
    free_hosting=frozenset({"pages.dev", "free.example"}),
    brands={"MetaMask": ("metamask.io",), "Discord": ("discord.com", "discord.gg")},
)
TENANT = Tenant(
    brands=("Nimbus",), official_domains=("nimbus.example",), shop="Cartly", hosts=("LunaPlays",)
)
LINKS = Links(TABLES, TENANT)
USER = User(id="u")


def found(text: str) -> list[Signal]:
    return LINKS.detect(fold(text), USER)


def scores(text: str) -> dict[str, float]:
    best: dict[str, float] = {}
    for signal in found(text):
        kind = signal.name.removeprefix("link.")
        best[kind] = max(best.get(kind, 0.0), signal.score)
    return best


def hosts(text: str) -> list[str]:
    return [signal.value for signal in found(text) if signal.name == "link.any"]


@pytest.mark.parametrize(
    "text",
    [
        "file.py v1.2.3 node.js e.g. 3.5 ok.thanks",
        "yes.it works and so.is this, wait.what",
        "main.rs and run.sh, readme.md, tar.gz, libfoo.so",
        "kernel 2.6.10 on 192.168.1.1 and 10.0.0.0/8",
        "mail me at a.b@mail.example",
        "and then...nothing. at all.",
        "asp dot net is old, so is the dot com bubble",
        "http/2.0 and http/server.conf",
        "o.o T.T ^.^ U.S. a.m. i.e.",
        "точка сбора у фонтана",
        "有点me了",
        "",
        "no links here at all",
    ],
)
def test_what_is_no_link_stays_silent(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("see https://evil.test/a?b=c#d now", "evil.test"),
        ("evil-site.test", "evil-site.test"),
        ("(evil-site.test).", "evil-site.test"),
        ("**evil-site.test**, ok", "evil-site.test"),
        ("[here](https://evil.test/x)", "evil.test"),
        ("EVIL.COM/Path", "evil.com"),
        ("www.evil.it", "www.evil.it"),
        ("evil.it:8080", "evil.it"),
        ("go to evil.it", "evil.it"),
        ("现在用evil.com登录", "evil.com"),
        ("https://evil.com需填银行卡", "evil.com需填银行卡"),
        ("https://evil.com/需填银行卡", "evil.com"),
        ("пример.рф", "пример.рф"),
        ("//evil.com/x", "evil.com"),
        ("htp://evil.com", "evil.com"),
    ],
)
def test_links_are_found_with_their_host(text: str, host: str) -> None:
    assert hosts(text) == [host]


@pytest.mark.parametrize(
    "text",
    [
        "hxxps://evil-drop.com/x",
        "h**ps://evil-drop.com/x",
        "https:\\\\evil-drop.com",
        "https : // evil-drop.com",
        "evil-drop[.]com",
        "evil-drop(.)com",
        "evil-drop [dot] com",
        "evil-drop (dot)com",
        "evil-drop{punto}com",
        "evil-drop dot com",
        "evil-drop . com",
        "evil-drop .com",
        "visit evil-drop. com",
        "evil-drop点com",
        "evil-drop точка ком",
        "evil-drop。com",
        "evil-drop·com",
        "e v i l - d r o p . c o m",
        "evil\u200b-drop.com",
        "https://good.example@evil-drop.com/login",
    ],
)
def test_a_disguised_link_is_found_and_called_obfuscated(text: str) -> None:
    assert hosts(text) == ["evil-drop.com"]
    assert scores(text)["obfuscated"] >= 0.7


def test_fullwidth_and_circled_letters_are_read() -> None:
    assert hosts("ｅｖｉｌ．ｃｏｍ") == ["evil.com"]
    assert hosts("ⓔⓥⓘⓛ.ⓒⓞⓜ") == ["evil.com"]


def test_a_spoken_dot_needs_a_sign_that_a_link_is_meant() -> None:
    assert hosts("nimbus dot com") == []
    assert hosts("visit nimbus dot com") == ["nimbus.com"]
    assert scores("visit nimbus dot com")["any"] == 0.7


@pytest.mark.parametrize(
    "text",
    [
        "see https://evil.test/a?b=c now",
        "日本 evil-drop[.]com 語",
        "😀😀 e v i l - d r o p . c o m 😀",
        "и вот evil-drop точка com!",
    ],
)
def test_the_span_is_the_link_in_the_raw_text(text: str) -> None:
    span = found(text)[0].span
    assert span is not None
    covered = text[span[0] : span[1]]
    assert covered.startswith(("https", "e"))
    assert covered.rstrip()[-1] in "cm"


def test_trailing_punctuation_is_not_part_of_a_link() -> None:
    text = "look (https://evil.test/a), ok"
    span = found(text)[0].span
    assert span is not None
    assert text[span[0] : span[1]] == "https://evil.test/a"


# --- lists --------------------------------------------------------------------------------------


def test_a_listed_host_and_everything_under_it_is_listed() -> None:
    assert scores("drainer.example")["listed"] == 1.0
    assert scores("https://a.b.drainer.example/x")["listed"] == 1.0
    assert "listed" not in scores("notdrainer.example")


def test_the_most_specific_list_wins() -> None:
    assert scores("https://bad.pages.dev")["listed"] == 1.0
    assert "listed" not in scores("https://good.pages.dev")


def test_own_and_allowed_hosts_are_official_and_never_lookalikes() -> None:
    for text in ("nimbus.example", "app.nimbus.example", "metamask.io", "openmetamask.example"):
        assert scores(text)["official"] == 1.0
        assert "lookalike" not in scores(text)


def test_what_strangers_rent_under_an_own_suffix_is_not_official() -> None:
    assert "official" not in scores("https://nimbus-claim.pages.dev")
    assert scores("https://nimbus-claim.pages.dev")["lookalike"] >= 0.9


def test_shorteners_and_free_hosting_are_named() -> None:
    assert scores("bit.ly/abc")["shortener"] == 1.0
    assert scores("me.free.example")["free_hosting"] == 1.0


@pytest.mark.parametrize(
    ("text", "address", "score"),
    [
        ("http://1.2.3.4/x", "1.2.3.4", 1.0),
        ("8.8.8.8:8080", "8.8.8.8", 1.0),
        ("http://134744072", "8.8.8.8", 1.0),
        ("http://0x08080808/", "8.8.8.8", 1.0),
        ("http://010.8.2056", "8.8.8.8", 1.0),
        ("http://192.168.0.1/", "192.168.0.1", 0.3),
        ("http://[2606:4700::1111]/", "2606:4700::1111", 1.0),
    ],
)
def test_numeric_hosts_are_raw_addresses_in_any_spelling(
    text: str, address: str, score: float
) -> None:
    raw = [signal for signal in found(text) if signal.name == "link.raw_ip"]
    assert [(signal.value, signal.score) for signal in raw] == [(address, score)]


# --- look-alikes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "metarnask.io",
        "meta-mask.com",
        "metamask-login.example",
        "claimmetamask.example",
        "metamask.io.evil.example",
        "metamask-io.evil.example",
        "metаmask.io",
        "metamäsk.io",
        "xn--mtamask-bya.io",
        "https://metamask.io@evil.example",
        "nimbus-airdrop.example",
        "n1mbus.example",
        "discord-nitro.example",
        "cartly-refund.example",
        "metamask.github.io",
    ],
)
def test_a_lookalike_scores_high(text: str) -> None:
    assert scores(text)["lookalike"] >= 0.8


@pytest.mark.parametrize(
    "text",
    ["lentilsoup.example/red", "discovery.example", "metal.example", "cafe-nimbus.example"],
)
def test_an_honest_neighbour_does_not(text: str) -> None:
    assert scores(text).get("lookalike", 0.0) < 0.8


def test_mixed_scripts_weigh_more_than_a_foreign_one() -> None:
    assert scores("metаmask.io")["punycode"] == 1.0
    assert scores("пример.рф")["punycode"] == 0.4
    assert scores("münchen.de")["punycode"] == 0.4


def test_a_flood_of_links_is_bounded() -> None:
    text = " ".join(f"https://a{number}.example/" for number in range(500))
    assert len(hosts(text)) == 64


def test_a_near_name_of_a_brand_is_left_to_people() -> None:
    assert 0.5 <= scores("metamsk.io")["lookalike"] < 0.8


# --- outside ------------------------------------------------------------------------------------


def test_an_official_link_beside_a_bad_one_does_not_rescue_it() -> None:
    both = scores("https://metamask.io and https://unknown-place.net/claim")
    assert both["official"] == both["outside"] == 1.0


def test_official_links_alone_are_not_outside() -> None:
    assert "outside" not in scores("https://metamask.io")
    assert "official" not in scores("https://unknown-place.net")


def test_a_page_that_anybody_makes_is_outside_whoever_owns_the_host() -> None:
    assert scores("https://metamask.github.io")["outside"] == 1.0


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("claim-bonus（dot）com", "claim-bonus.com"),
        ("claim-bonus【.】com", "claim-bonus.com"),
        ("claim-bonus[.com]", "claim-bonus.com"),
        ("claim-bonus*dot*com", "claim-bonus.com"),
        ("claim-bonus-dot-com", "claim-bonus.com"),
        ("claim-bonus 🔵 com", "claim-bonus.com"),
        ("www claim-bonus com", "www.claim-bonus.com"),
        ("www.claim-bonus com", "www.claim-bonus.com"),
        ("claim-bonus.\u0441om", "claim-bonus.com"),
        ("claim-bonus.c0m", "claim-bonus.com"),
    ],
)
def test_more_ways_to_hide_a_dot(text: str, host: str) -> None:
    assert hosts(text) == [host]
    assert scores(text)["obfuscated"] >= 0.7


@pytest.mark.parametrize("text", ["le site finit par .com", "sites with .com", "score 2-1.fr"])
def test_talk_of_endings_is_no_link(text: str) -> None:
    assert not found(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("https://metamask-claim%2ecom/x", "lookalike"),
        ("https://drainer%2eexample/x", "listed"),
        ("https://bit%2ely/abc", "shortener"),
        ("https://%62it.ly/abc", "shortener"),
        ("https://metamask%2eio", "official"),
    ],
)
def test_an_escaped_host_is_judged_as_the_one_it_stands_for(text: str, kind: str) -> None:
    assert {"any", "obfuscated", kind} <= scores(text).keys()
    assert LINKS.may_detect(fold(text))

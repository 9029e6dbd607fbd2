"""Display names that pass for somebody, and honest names near them."""

from __future__ import annotations

import pytest

from detectors.text import impersonation
from detectors.text.impersonation import Impersonation
from seawall.events import User
from seawall.fold import fold
from seawall.policy.model import Tables, Tenant

TABLES = Tables(brands={"Kraken": ("kraken.com",), "MetaMask": ("metamask.io",)})
TENANT = Tenant(hosts=("LunaPlays",), staff=("ola_mod",), brands=("Nimbus", "NMB"), shop="Cartly")
DETECTOR = Impersonation(TABLES, TENANT)
EMPTY = fold("")


def scores(name: str, *roles: str) -> dict[str, float]:
    signals = DETECTOR.detect(EMPTY, User(id="u", name=name, roles=frozenset(roles)))
    return {signal.name.removeprefix("impersonation."): signal.score for signal in signals}


@pytest.mark.parametrize(
    "name",
    [
        "LunaPlays",
        "lunaplays",
        "Luna Plays",
        "LunaPlays_",
        "LunaPIays",
        "Iunaplays",
        "Lun4Play5",
        "LunаРlаys",
        "Ｌｕｎａ Ｐｌａｙｓ",
        "𝐋𝐮𝐧𝐚𝐏𝐥𝐚𝐲𝐬",
        "Luna\u2060Plays",
        "LunaPlaysㅤ",
        "Lúnàplays",
    ],
)
def test_the_same_look_is_certain(name: str) -> None:
    assert scores(name) == {"host": 1.0}


@pytest.mark.parametrize(
    "name",
    [
        "LunaPlays Official",
        "Official.LunaPlays",
        "lunaplaysofficial",
        "LunaPlays (backup acc)",
        "LunaPlays Giveaway",
        "LunaPlays2",
        "LunaPlays ☑️ verified",
        "Luna Plays Support",
        "LunaPlays官方",
        "LunaPlay",
        "LunaPlaays",
    ],
)
def test_a_dressed_up_or_misspelt_name_is_likely(name: str) -> None:
    assert scores(name)["host"] >= 0.7


@pytest.mark.parametrize(
    "name",
    ["Nimbus Admin", "Поддержка Nimbus 24/7", "nimbus.helpdesk", "Nimbus ✅", "Nіmbus Suрроrt",
     "Nimbus Chính Thức VN", "NMB Support", "MetaMask Support", "CARTLY official"],
)  # fmt: skip
def test_a_brand_with_an_office_is_likely(name: str) -> None:
    assert scores(name)["brand"] >= 0.8


@pytest.mark.parametrize(
    "name",
    ["Admin", "MODERATOR", "Customer Support", "Soporte Técnico Oficial", "官方客服小美",
     "الدعم الفني الرسمي", "[MOD] Kevin", "Luna ✓ официальный", "Support Team™", "運営サポート担当",
     "ola_mod", "0la_m0d"],
)  # fmt: skip
def test_an_office_by_itself_is_taken_for_staff(name: str) -> None:
    assert scores(name)["staff"] >= 0.7


@pytest.mark.parametrize(
    "name",
    [
        "LunaPlaysFan_2009",
        "unofficial Nimbus memes",
        "fan NO oficial de Nimbus",
        "nimbus holder since 2021",
        "nimbus2000 (broom gang)",
        "luna moth enjoyer",
        "Luana Plays Violão",
        "PlayStationLuna",
        "sysadmin_steve",
        "support your local cats",
        "officially tired",
        "Moderadamente Feliz",
        "Админша кота Бублика",
        "Admin Kantor Gabut",
        "客家小炒",
        "todo list ✅✅❌",
        "mob",
        "nmbr",
        "d a v e",
        "👩\u200d🚀 space mom",
        "",
        "x" * 500,
    ],
)
def test_an_honest_name_is_silent(name: str) -> None:
    assert scores(name) == {}


def test_a_brand_of_the_shipped_tables_may_be_a_nickname() -> None:
    assert scores("Kraken") == {"brand": 0.5}
    assert scores("Krаken")["brand"] == 0.5 or scores("Krаken")["brand"] == 0.9
    assert scores("Kraken Support")["brand"] == 0.95
    assert scores("Krakan") == {}


@pytest.mark.parametrize("role", ["host", "staff", "mod", "admin", "bot"])
def test_who_holds_an_office_may_wear_any_name(role: str) -> None:
    assert scores("LunaPlays", role) == {}
    assert scores("LunaPlays", role, "vip") == {}


def test_an_honour_is_no_office() -> None:
    assert scores("LunaPlays", "vip") == {"host": 1.0}


def test_the_same_name_is_judged_once() -> None:
    user = User(id="u", name="LunaPlays Official")
    assert DETECTOR.detect(EMPTY, user) is DETECTOR.detect(fold("other text"), user)


def test_without_protected_names_only_offices_are_claimed() -> None:
    bare = Impersonation(Tables(), Tenant())
    assert bare.detect(EMPTY, User(id="u", name="LunaPlays")) == []
    assert bare.detect(EMPTY, User(id="u", name="Admin")) != []


def test_names_are_remembered_but_not_without_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impersonation, "_NAMES_KEPT", 8)
    detector = Impersonation(Tables(), Tenant(hosts=("LunaPlays",)))
    names = [f"viewer{number}" for number in range(100)] + ["LunaPlays", "x" * 512]
    for _ in range(3):
        for name in names:
            found = detector.detect(fold(""), User(id="u", name=name))
            assert [signal.name for signal in found] == (
                ["impersonation.host"] if name == "LunaPlays" else []
            )
    assert len(detector._kept) + len(detector._kept_before) <= 16
    first = detector.detect(fold(""), User(id="u", name="LunaPlays"))
    assert detector.detect(fold(""), User(id="v", name="LunaPlays")) is first


@pytest.mark.parametrize(
    "name",
    [
        "LunaPlays розыгрыш",
        "LunaPlays抽奖",
        "LunaPlays サブ垢",
        "LunaPlays 부계정",
        "LunaPlays akun baru",
        "LunaPlays tài khoản phụ",
        "LunaPlays zweitaccount",
        "LunaPlays cadeau",
        "xxLunaPlaysxx",
        "\u202esyalPanuL",
    ],
)
def test_a_copy_of_the_host_is_likely_in_any_language(name: str) -> None:
    assert scores(name)["host"] >= 0.7


@pytest.mark.parametrize(
    "name",
    [
        "Служба поддержки",
        "Модератор стріму",
        "Destek Ekibi",
        "Müşteri Hizmetleri",
        "Chăm sóc khách hàng",
        "Équipe de modération",
        "Administrador del Chat",
        "Dukungan Pelanggan",
        "خدمة العملاء",
        "ग्राहक सहायता",
        "管理员",
        "客服01",
        "平台客服",
        "운영자",
        "カスタマーサポート",
        "System Notice",
        "《管理》阿强",
        "⚔️ MOD anna",
    ],
)
def test_an_office_is_known_in_any_language(name: str) -> None:
    assert scores(name)["staff"] >= 0.8


@pytest.mark.parametrize("name", ["LucaPlays", "Lena Plays", "Tuna plays", "lunar_plays"])
def test_another_word_a_letter_away_is_less_sure(name: str) -> None:
    assert scores(name).get("host", 0.0) < 0.8

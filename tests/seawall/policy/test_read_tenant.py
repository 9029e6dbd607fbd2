"""A tenant file says what is the tenant's own."""

from __future__ import annotations

from seawall.policy.draft import RoomDraft
from seawall.policy.model import Tenant
from seawall.policy.problems import Problems
from seawall.policy.read_tenant import read_tenant
from tests.seawall.policy.writing import source

FULL = """\
brands: [Nimbus, NimbusDEX]
official_domains: [NimbusDEX.example, lumencast.example]
hosts: [LunaPlays]
staff: [ola_mod]
shop: Cartly
allowed_contacts: ["@nimbus_support"]
emotes: [kappa]
rooms:
  lobby: {windows: {too-fast: {limit: 3}}}
"""


def read(text: str) -> tuple[Tenant, tuple[RoomDraft, ...], tuple[str, ...]]:
    problems = Problems()
    tenant, rooms = read_tenant(source("tenant.yaml", text), problems)
    return tenant, rooms, problems.errors


def test_everything_that_is_written_is_read() -> None:
    tenant, rooms, problems = read(FULL)
    assert problems == ()
    assert tenant == Tenant(
        brands=("Nimbus", "NimbusDEX"),
        official_domains=("nimbusdex.example", "lumencast.example"),
        hosts=("LunaPlays",),
        staff=("ola_mod",),
        shop="Cartly",
        allowed_contacts=("@nimbus_support",),
        emotes=("kappa",),
        rooms={"lobby": {"windows": {"too-fast": {"limit": 3}}}},
    )
    assert [room.id for room in rooms] == ["", "lobby"]


def test_without_a_file_nothing_is_the_tenants() -> None:
    assert read_tenant(None, Problems()) == (Tenant(), ())


def test_what_is_wrong_is_told_by_its_line() -> None:
    _, _, problems = read(
        "brand: [x]\nofficial_domains: ['https://a.example']\nhosts: luna\nrooms: {lobby: 1}\n"
    )
    assert problems == (
        "tenant.yaml:1: unknown key of the tenant file 'brand'; did you mean 'brands'?",
        "tenant.yaml:2: 'https://a.example' is not a host such as example.org",
        "tenant.yaml:3: expected a list of texts, found the text 'luna'",
        "tenant.yaml:4: a room must be a map of keys, not the number 1",
    )
    assert read("official_domains: a.example")[0].official_domains == ("a.example",)

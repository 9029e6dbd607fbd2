"""The changelog opens with what stays compatible, and keeps one shape after that."""

from __future__ import annotations

import re

from seawall import __version__
from tests.house.tree import ROOT

TEXT = (ROOT / "CHANGELOG.md").read_text("utf-8")
SECTIONS = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
RELEASE = re.compile(r"(\d+\.\d+\.\d+) - \d{4}-\d{2}-\d{2}")


def test_it_opens_with_the_compatibility_policy() -> None:
    assert SECTIONS[0] == "What stays compatible"
    opening = TEXT.split("## ")[1]
    for promise in ("The wire", "Policy files", "The plugin face"):
        assert f"**{promise}**" in opening


def test_its_versions_are_unreleased_and_then_dated() -> None:
    assert SECTIONS[1] == "Unreleased"
    assert all(RELEASE.fullmatch(section) for section in SECTIONS[2:])


def test_the_newest_release_is_the_version_we_carry() -> None:
    releases = [found[1] for found in map(RELEASE.fullmatch, SECTIONS[2:]) if found]
    assert not releases or releases[0] == __version__


def test_entries_stand_under_known_headings() -> None:
    headings = set(re.findall(r"^### (.+)$", TEXT, re.MULTILINE))
    assert headings <= {"Breaking", "Added", "Changed", "Fixed"}

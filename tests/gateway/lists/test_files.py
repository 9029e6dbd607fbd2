"""The files that lists become."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from gateway.lists.files import Record, file_of, lists_of, name_of, record_in, write
from gateway.policy.yaml_tree import parse_yaml
from seawall.errors import ConfigError
from seawall.policy.draft import Lists
from seawall.policy.problems import Problems
from seawall.policy.read_tables import read_hosts, read_lexicon

HOSTS = Record("phish", "hosts", "list.txt", "2026-01-02T03:04:05+00:00", 2, "ab")
TERMS = Record("rude", "terms", "words.txt", "2026-01-02", 1, "cd", category="profanity", lang="en")


def test_hosts_read_as_any_other_file_of_a_policy(tmp_path: Path) -> None:
    path = file_of(tmp_path, HOSTS)
    write(path, HOSTS, ["bad.example", "пример.рф"], ["good.example"])
    problems, lists = Problems(), Lists()
    root = parse_yaml(path.read_text(), path.name, problems)
    assert root is not None
    read_hosts(root, lists, problems)
    assert not problems.errors
    assert list(lists.listed) == ["bad.example", "пример.рф"]
    assert list(lists.allowed) == ["good.example"]
    assert path.name == "hosts.phish.yaml"
    assert record_in(path) == HOSTS


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=20
).filter(lambda word: word.strip() == word)


@given(words=st.lists(WORDS, min_size=1, unique=True))
def test_terms_come_back_as_written(
    words: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = file_of(tmp_path_factory.mktemp("policy"), TERMS)
    write(path, TERMS, words)
    problems = Problems()
    root = parse_yaml(path.read_text(encoding="utf-8"), path.name, problems)
    assert root is not None
    terms, _ = read_lexicon(root, problems)
    assert [entry.value.term for entry in terms] == words
    assert {(entry.value.lang, entry.value.category) for entry in terms} == {("en", "profanity")}


def test_records_are_found_and_other_files_left_alone(tmp_path: Path) -> None:
    write(file_of(tmp_path, HOSTS), HOSTS, ["bad.example"])
    write(file_of(tmp_path, TERMS), TERMS, ["word"])
    (tmp_path / "lists/hosts.own.yaml").write_text("listed: []\n")
    assert [record for _, record in lists_of(tmp_path)] == [HOSTS, TERMS]
    assert [record for _, record in lists_of(tmp_path / "nowhere")] == []


def test_a_damaged_record_is_told(tmp_path: Path) -> None:
    path = tmp_path / "hosts.bad.yaml"
    path.write_text("# seawall list: {\n")
    with pytest.raises(ConfigError, match="record is damaged"):
        record_in(path)


@pytest.mark.parametrize("name", ["", "A", "a b", "../a", "a.b", "-a", "a" * 41])
def test_a_name_is_part_of_a_file_name(name: str) -> None:
    with pytest.raises(ConfigError, match="no name for a list"):
        name_of(name)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = file_of(tmp_path, HOSTS)
    write(path, HOSTS, ["bad.example"])
    before = path.read_bytes()

    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        write(tmp_path / "file" / "hosts.x.yaml", HOSTS, ["bad.example"])
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]

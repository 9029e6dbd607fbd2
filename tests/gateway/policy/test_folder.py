"""Only regular files within the folder are read, and only so much of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.policy import folder
from gateway.policy.folder import policy_files, read_text
from seawall.policy.problems import Problems
from tests.gateway.policy.writing import write


def files(path: Path) -> tuple[list[str], tuple[str, ...]]:
    problems = Problems()
    return [file for file, _ in policy_files(path, problems)], problems.errors


def text(path: Path, room: int = 10_000) -> tuple[str | None, tuple[str, ...]]:
    problems = Problems()
    return read_text(path, path.name, problems, room), problems.errors


def test_the_manifest_comes_first_and_the_rest_by_path(tmp_path: Path) -> None:
    write(tmp_path, a__rules="- x", z="x", lexicon_en="x")
    (tmp_path / "README.md").write_text("read me", "utf-8")
    (tmp_path / ".hidden.yaml").write_text("x", "utf-8")
    found, problems = files(tmp_path)
    assert found == ["policy.yaml", "a/rules.yaml", "lexicon.en.yaml", "rules.yaml", "z.yaml"]
    assert problems == ()


def test_no_folder_is_told(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert files(missing) == ([], (f"{missing}:1: there is no such policy folder",))


@pytest.mark.parametrize("name", ["rules.yml", "rules.yaaml", "rules.json"])
def test_a_name_that_almost_counts_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x", "utf-8")
    assert files(tmp_path) == ([], (f"{name}:1: a policy file's name ends in .yaml",))


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    policy = write(tmp_path / "policy")
    (tmp_path / "secret.yaml").write_text("x", "utf-8")
    (policy / "a.yaml").symlink_to(tmp_path / "secret.yaml")
    (policy / "b").symlink_to(tmp_path)
    (policy / "c").symlink_to(policy)
    (policy / "d.yaml").symlink_to(policy / "d.yaml")
    found, problems = files(policy)
    assert found == ["policy.yaml", "d.yaml", "rules.yaml"]
    assert text(policy / "d.yaml")[1] == (
        "d.yaml:1: the file cannot be read: Too many levels of symbolic links",
    )
    assert problems == (
        "a.yaml:1: this is a link to a place outside the policy's folder",
        "b:1: this is a link to a place outside the policy's folder",
        "c:1: a folder of a policy cannot be a link",
    )


def test_a_config_map_reads_as_what_it_shows(tmp_path: Path) -> None:
    write(tmp_path / "..2026_10_01")
    (tmp_path / "..data").symlink_to("..2026_10_01")
    for name in ("policy.yaml", "rules.yaml"):
        (tmp_path / name).symlink_to(Path("..data") / name)
    assert files(tmp_path) == (["policy.yaml", "rules.yaml"], ())
    assert text(tmp_path / "rules.yaml")[0] is not None


def test_depth_and_number_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, a__b__c__d__e__rules="- x")
    monkeypatch.setattr(folder, "FILES", 1)
    found, problems = files(tmp_path)
    assert found == ["policy.yaml"]
    assert problems == (
        "a/b/c/d/e:1: folders stand deeper than 4 within each other",
        "rules.yaml:1: a policy has at most 1 files",
    )


def test_a_file_is_read_as_utf8_with_or_without_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: \xd1\x8f")
    assert text(path) == ("a: я", ())
    path.write_bytes(b"a: 1\nb: \xff")
    assert text(path) == (None, ("a.yaml:2: the file is not UTF-8",))


def test_size_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"x" * 101)
    assert text(path, room=100)[1] == ("a.yaml:1: the policy's files are over 32 MiB together",)
    monkeypatch.setattr(folder, "FILE_BYTES", 100)
    assert text(path)[1] == ("a.yaml:1: the file is over 0 MiB",)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    os.mkfifo(path)
    assert text(path) == (None, ("a.yaml:1: this is not a regular file",))


def test_what_cannot_be_opened_is_told(tmp_path: Path) -> None:
    assert text(tmp_path / "a.yaml")[1] == (
        "a.yaml:1: the file cannot be read: No such file or directory",
    )
    assert text(tmp_path)[1][0].startswith(f"{tmp_path.name}:1: ")

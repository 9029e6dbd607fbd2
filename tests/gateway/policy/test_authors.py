"""Who is said to have changed a policy."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from gateway.policy.authors import changed_by
from tests.gateway.live import write_policy

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
NOBODYS = 64_123


def test_it_is_who_owns_the_files(tmp_path: Path) -> None:
    me = pwd.getpwuid(os.geteuid()).pw_name
    assert changed_by(write_policy(tmp_path / "policy"), None) == me


@AS_ROOT
def test_the_file_that_changed_last_counts(tmp_path: Path) -> None:
    folder, own = write_policy(tmp_path / "policy"), tmp_path / "own.yaml"
    own.write_text("tenant: own\n")
    os.chown(own, NOBODYS, -1)
    os.utime(own, (4e9, 4e9))
    assert changed_by(folder, own) == f"uid {NOBODYS}"
    assert changed_by(folder, None) == "root"
    os.utime(folder / "rules.yaml", (5e9, 5e9))
    assert changed_by(folder, own) == "root"


def test_of_no_files_nothing_is_said(tmp_path: Path) -> None:
    assert changed_by(tmp_path / "none", tmp_path / "none.yaml") == ""

"""`seawall models` says what there is, what is wrong, and fetches what is missing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from detectors.models import registry
from detectors.models.registry import Part, Weights, WeightsFile
from gateway.cli import main
from tests.detectors.models.hubserver import Hub, serving

_BODY = b"weights" * 100


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A table of two models, of which one stands in a hub of the test's own."""
    digest = hashlib.sha256(_BODY).hexdigest()
    gone = [Part("never-installed==1.0", "a")]
    named = {"what": "something", "licence": "MIT", "source": "this test"}
    table = {
        "tiny": Weights(
            name="tiny",
            hub="us/tiny",
            revision="01" * 20,
            files={"a.bin": WeightsFile(len(_BODY), digest, gone)},
            **named,
        ),
        "other": Weights(
            name="other", files={"b.bin": WeightsFile(len(_BODY), digest, gone)}, **named
        ),
        "large": Weights(
            name="large",
            hub="us/large",
            revision="01" * 20,
            files={"c.bin": WeightsFile(len(_BODY), digest)},
            **named,
        ),
    }
    monkeypatch.setattr(registry, "_table", lambda: table)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SEAWALL_WEIGHTS", str(tmp_path / "own"))
    with serving() as hub:
        hub.content[f"/us/tiny/resolve/{'01' * 20}/a.bin"] = _BODY
        yield hub


def test_what_is_missing_is_listed_and_fails_verification(
    hub: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "list"]) == 0
    assert capsys.readouterr().out.count("not on this machine") == 3
    assert main(["models", "verify"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in told] == ["tiny", "other"]
    assert main(["models", "verify", "large"]) == 1
    assert main(["models", "verify", "nothing"]) == 1


def test_fetching_all_takes_what_a_hub_has_and_names_the_rest(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "fetch", "--hub", hub.url]) == 1
    told = capsys.readouterr()
    assert told.out == f"tiny: in {tmp_path / 'own' / 'tiny'}\n"
    assert "pip install never-installed==1.0" in told.err
    assert main(["models", "verify", "tiny"]) == 0
    assert main(["models", "fetch", "tiny", "--hub", hub.url]) == 0
    assert len(hub.asked) == 1  # it was there, and right


def test_a_wrong_file_is_named_and_fetched_again(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own" / "tiny"
    own.mkdir(parents=True)
    (own / "a.bin").write_bytes(b"x" * len(_BODY))
    assert main(["models", "verify", "tiny", "--json"]) == 1
    told = msgspec.json.decode(capsys.readouterr().out)
    assert told["ok"] is False
    assert "sha256" in told["problem"]
    assert main(["models", "fetch", "tiny", "--json", "--hub", hub.url]) == 0
    assert (own / "a.bin").read_bytes() == _BODY


def test_json_tells_where_each_file_is(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "fetch", "tiny", "--hub", hub.url]) == 0
    capsys.readouterr()
    assert main(["models", "list", "tiny", "--json"]) == 0
    told = msgspec.json.decode(capsys.readouterr().out)
    assert (told["name"], told["missing"], told["packages"]) == (
        "tiny",
        [],
        ["never-installed==1.0"],
    )
    assert told["files"][0]["place"] == "folder"


def test_a_hub_that_cannot_be_reached_is_said(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "fetch", "tiny", "--hub", "http://127.0.0.1:1"]) == 1
    assert "cannot be reached" in capsys.readouterr().err

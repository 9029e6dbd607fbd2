"""What the command line changes about a scenario, and what it refuses."""

from __future__ import annotations

import argparse
from math import isclose
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from bench.cli import run
from bench.commands.scenarios import at_rate, offered, scenario_options, wanted
from bench.shapes.scenario import (
    Burst,
    Constant,
    Flow,
    Poisson,
    Scenario,
    ScenarioError,
    Trace,
    read_scenario,
    scenarios,
)

rates = st.floats(0.1, 1e5)
arrivals = st.one_of(
    st.builds(Constant, rates),
    st.builds(Poisson, rates),
    st.builds(Burst, rates, rates, st.just(5.0), st.just(2.0)),
    st.builds(Trace, st.just("t.jsonl"), rate=st.none() | rates),
)


@given(st.lists(arrivals, min_size=1, max_size=4), rates)
def test_flows_sum_up_to_the_rate_that_was_asked_for(kinds: list[Constant], rate: float) -> None:
    flows = tuple(Flow(f"f{place}", kind) for place, kind in enumerate(kinds))
    found = at_rate(Scenario("s", "about", flows=flows), rate)
    assert isclose(sum(offered(flow) for flow in found.flows), rate, rel_tol=1e-6)


@pytest.mark.parametrize("name", scenarios())
def test_every_scenario_that_comes_along_can_be_read(name: str) -> None:
    found = read_scenario(name)
    assert found.name == name
    assert found.about


def given_of(*wishes: str) -> argparse.Namespace:
    options = argparse.ArgumentParser()
    scenario_options(options)
    return options.parse_args(wishes)


def test_wishes_replace_what_the_file_says() -> None:
    found = wanted(given_of("steady", "--seconds", "3", "--connections", "7", "--rate", "90"))
    assert (found.seconds, found.clients.connections) == (3.0, 7)
    assert isclose(offered(found.flows[0]), 90.0)


def test_what_is_no_scenario_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="steady"):
        wanted(given_of("no-such-scenario"))
    path = tmp_path / "odd.toml"
    path.write_text("name = 'odd'\nabout = ''\nsecnods = 3\n")
    with pytest.raises(ScenarioError, match="secnods"):
        wanted(given_of(str(path)))


def test_the_command_line_says_it_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["seawall"])
    for verb in ("chat", "find"):
        assert run([verb, "no-such-scenario"]) == 2
        told = capsys.readouterr().err
        assert told.startswith(f"seawall bench {verb}: ")
        assert told.count("\n") == 1
    assert run(["chat", "steady", "--peers", "nobody"]) == 2
    assert "nobody" in capsys.readouterr().err

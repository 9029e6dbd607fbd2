"""A change goes live when it is sound; a bad policy never replaces a good one."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from detectors.inline import InlineDetectors
from gateway.policy.load import load_policy
from gateway.policy.watch import PolicyWatch
from seawall.errors import PolicyError
from seawall.policy.model import Policy
from tests.gateway.policy.writing import RULE, write


class Place:
    """Where a policy is in force, and who put it there."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.built_by: list[threading.Thread] = []
        self.swapped_by: list[threading.Thread] = []
        self.swapped = asyncio.Event()

    def put(self, policy: Policy, detectors: InlineDetectors | None) -> Callable[[], None]:
        self.built_by.append(threading.current_thread())

        def swap() -> None:
            self.swapped_by.append(threading.current_thread())
            self.policy = policy
            self.swapped.set()

        return swap


def started(folder: Path, tenant: Path | None = None) -> tuple[Place, PolicyWatch]:
    place = Place(load_policy(folder, tenant))
    return place, PolicyWatch(folder, tenant, place.put, version=place.policy.version, poll_s=0.01)


async def test_a_change_goes_live_once_it_stands_still(tmp_path: Path) -> None:
    place, watch = started(write(tmp_path))
    await watch.look()
    await watch.look()
    assert dict(watch.counts) == {"unchanged": 1}
    write(tmp_path, rules=RULE.replace("block", "hold"))
    await watch.look()
    assert place.policy.rules[0].then[0].kind == "block"
    await watch.look()
    assert place.policy.rules[0].then[0].kind == "hold"
    assert watch.version == place.policy.version
    await watch.look()
    assert dict(watch.counts) == {"unchanged": 1, "loaded": 1}


async def test_detectors_are_built_off_the_loop_and_swapped_on_it(tmp_path: Path) -> None:
    place, watch = started(write(tmp_path))
    write(tmp_path, rules=RULE.replace("block", "hold"))
    await watch.look(now=True)
    assert threading.current_thread() not in place.built_by
    assert place.swapped_by == [threading.current_thread()]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"rules": RULE.replace("link.listed", "link.lsted")},
            "rules.yaml:1: unknown name `link.lsted`; did you mean 'link.listed'?",
        ),
        (
            {"rules": RULE.replace("block", "[1, 2]")},
            "rules.yaml:1: expected text, found the number 1; put it in quotes",
        ),
        (
            {"patterns": f"- {{pattern: p, regex: {'x' * 2001}}}\n"},
            "patterns.yaml:1: the text has 2001 characters; at most 2000 are allowed",
        ),
        ({"rules": "- {rule: x]"}, "rules.yaml:1: this is not YAML"),
    ],
)
async def test_a_bad_policy_is_refused_and_the_old_one_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, files: dict[str, str], told: str
) -> None:
    place, watch = started(write(tmp_path))
    good = place.policy
    with caplog.at_level(logging.INFO, "seawall.policy"):
        write(tmp_path, **files)
        for _ in range(4):
            await watch.look()
    assert place.policy is good
    assert dict(watch.counts) == {"refused": 1}
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    fields = record.__dict__["fields"]
    assert fields["version"] == good.version[:16]
    assert any(problem.startswith(told) for problem in fields["problems"])
    write(tmp_path)
    (tmp_path / "patterns.yaml").unlink(missing_ok=True)
    await watch.look()
    await watch.look()
    assert place.policy is good
    assert watch.counts["unchanged"] == 1


async def test_what_the_detectors_refuse_is_refused(tmp_path: Path) -> None:
    good = load_policy(write(tmp_path))
    refused = PolicyError(("rules.yaml:1: too much for the detectors",))

    def put(policy: Policy, detectors: InlineDetectors | None) -> None:
        raise refused

    watch = PolicyWatch(tmp_path, None, put, version=good.version)
    write(tmp_path, rules=RULE.replace("block", "hold"))
    await watch.look(now=True)
    assert dict(watch.counts) == {"refused": 1}
    assert watch.version == good.version


async def test_a_change_may_be_swapped_where_it_is_built(tmp_path: Path) -> None:
    seen: list[Policy] = []
    write(tmp_path)
    watch = PolicyWatch(tmp_path, None, lambda policy, detectors: seen.append(policy))
    await watch.look(now=True)
    assert [policy.version for policy in seen] == [watch.version]


async def test_a_folder_that_vanishes_leaves_the_policy(tmp_path: Path) -> None:
    folder = write(tmp_path / "policy")
    place, watch = started(folder)
    folder.rename(tmp_path / "elsewhere")
    await watch.look()
    await watch.look()
    assert dict(watch.counts) == {"refused": 1}
    (tmp_path / "elsewhere").rename(folder)
    await watch.look()
    await watch.look()
    assert dict(watch.counts) == {"refused": 1, "unchanged": 1}
    assert len(place.built_by) == 0


async def test_the_tenant_file_is_watched_too(tmp_path: Path) -> None:
    folder, tenant = write(tmp_path / "policy"), tmp_path / "acme.yaml"
    tenant.write_text("shop: one\n", "utf-8")
    place, watch = started(folder, tenant)
    assert watch.name == "policy acme.yaml"
    await watch.look()
    tenant.write_text("shop: another\n", "utf-8")
    await watch.look()
    await watch.look()
    assert place.policy.tenant.shop == "another"


async def test_it_watches_until_cancelled_and_a_poke_does_not_wait(tmp_path: Path) -> None:
    place = Place(load_policy(write(tmp_path)))
    watch = PolicyWatch(tmp_path, None, place.put, version=place.policy.version, poll_s=3600.0)
    assert watch.name == tmp_path.name
    async with asyncio.TaskGroup() as group:
        task = group.create_task(watch.run())
        write(tmp_path, rules=RULE.replace("block", "hold"))
        watch.poke()
        await asyncio.wait_for(place.swapped.wait(), 10)
        task.cancel()
    assert place.policy.rules[0].then[0].kind == "hold"


async def test_it_sees_a_change_by_itself(tmp_path: Path) -> None:
    place, watch = started(write(tmp_path))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(watch.run())
        write(tmp_path, a__rules=RULE.replace("listed-link", "another"))
        await asyncio.wait_for(place.swapped.wait(), 10)
        task.cancel()
    assert len(place.policy.rules) == 2

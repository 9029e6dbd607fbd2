"""A child builds what is served; whatever happens to it, the old policy stays."""

from __future__ import annotations

import asyncio
import gc
import os
import stat
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from gateway.chat.rulesets import Ruleset, Rulesets
from gateway.policy import building, shipping
from gateway.policy.builder import Order
from gateway.policy.building import Builder, build_here
from gateway.policy.load import load_policy
from gateway.policy.retire import let_go
from gateway.policy.versions import Versions
from gateway.policy.watch import PolicyWatch
from seawall.events import Message, User
from seawall.fold import fold
from seawall.policy.model import Env, Facts
from tests.gateway.policy.writing import RULE, write
from tests.shipped import FOLDER, shipped_detectors, shipped_policy

TEXTS = (
    "hello everybody, how are you",
    "send me your seed phrase now",
    "free nitro at disc0rd.gift, t.me/someone",
    "join telegram @helper, call +44 20 7946 0958",
    "БЕСПЛАТНО подписчики!!! www.example.org",
    "S E E D   P H R A S E",
    "ａｉｒｄｒｏｐ 免费领取",
)


@pytest.mark.timeout(90)  # the whole shipped policy, twice
async def test_what_is_built_there_judges_as_what_is_built_here(tmp_path: Path) -> None:
    here = shipped_policy()
    built = await Builder(tmp_path).build(FOLDER, None, "")
    assert (built.problems, built.why, built.version) == ((), "", here.version)
    assert built.policy is not None
    assert built.detectors is not None
    assert Versions(tmp_path).find(here.version[:16]) == here.version
    detectors, user = shipped_detectors(), User("u", "Support Team")
    for text in TEXTS:
        signals = detectors.detect(fold(text), user)
        assert built.detectors.detect(fold(text), user) == signals
        env = Env(Message("t", "m", "r", user, text, 1.0, 1.0), signals.scores, Facts(), {})
        assert [r.test(env) for r in built.policy.rules] == [r.test(env) for r in here.rules]
    assert built.policy.prints == here.prints
    categories = [entry.category for entry in built.policy.tables.lexicon]
    assert len({id(category) for category in categories}) == len(set(categories))


async def test_the_same_again_is_not_built(tmp_path: Path) -> None:
    folder = write(tmp_path / "policy")
    version = load_policy(folder).version
    built = await Builder().build(folder, None, version)
    assert (built.version, built.policy, built.problems) == (version, None, ())


async def test_problems_are_told(tmp_path: Path) -> None:
    folder = write(tmp_path / "policy", rules=RULE.replace("block", "blok"))
    built = await Builder().build(folder, None, "")
    assert built.policy is None
    assert "unknown action 'blok'" in built.problems[0]
    folder = write(tmp_path / "other", patterns="- {pattern: p, regex: 'a**b('}\n")
    assert "is not an RE2 expression" in (await Builder().build(folder, None, "")).problems[0]


async def test_a_child_that_dies_leaves_the_old_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    die = [sys.executable, "-c", "import sys; sys.stdout.write('x' * 3); sys.exit(7)"]
    monkeypatch.setattr(building, "command", lambda *arguments: die)
    built = await Builder().build(write(tmp_path), None, "")
    assert built.problems == ("the builder ended too early, with status 7",)


async def test_a_child_that_hangs_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    children: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def started(*arguments: object, **more: object) -> subprocess.Popen[bytes]:
        children.append(real(*arguments, **more))  # type: ignore[call-overload]
        return children[0]

    monkeypatch.setattr(subprocess, "Popen", started)
    hang = [sys.executable, "-c", "import time; time.sleep(60)"]
    monkeypatch.setattr(building, "command", lambda *arguments: hang)
    built = await Builder(deadline_s=0.3).build(write(tmp_path), None, "")
    assert built.problems == ("it took longer than 0.3 s to build",)
    assert await asyncio.to_thread(children[0].wait, 10) == -9


async def test_without_a_child_it_is_built_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "command", lambda *arguments: [str(tmp_path / "nothing")])
    built = await Builder().build(write(tmp_path / "policy"), None, "")
    assert built.policy is not None
    assert built.detectors is None
    assert built.why == "no builder: No such file or directory"


async def test_after_an_upgrade_on_disk_it_is_built_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = {**shipping.code_here(), "detectors.inline": (1, 1)}
    monkeypatch.setattr(building, "code_here", lambda: code)
    built = await Builder().build(write(tmp_path / "policy"), None, "")
    assert built.policy is not None
    assert built.detectors is None
    assert "the code on disk is not what the gateway runs" in built.why


def test_a_version_that_cannot_be_kept_goes_live_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    order = Order(str(write(tmp_path / "policy")), data=str(tmp_path / "data"))
    built = build_here(order)
    assert built.policy is not None
    assert built.why.startswith("the version is not kept")


async def test_what_is_out_of_force_is_let_go_whole(tmp_path: Path) -> None:
    """Without the collector: it does not look at what lives long."""
    builder = Builder()
    terms = "".join(f"  - {{term: word{n} said, category: spam}}\n" for n in range(300))
    folder = write(
        tmp_path / "large",
        lexicon_en=f"lexicon: en\nterms:\n{terms}",
        spam__rules="- {rule: words, category: spam, when: lexicon.spam, then: allow}\n",
    )
    retired: list[object] = []
    rulesets = Rulesets(load_policy(write(tmp_path / "small")), {})
    rulesets.retire = retired.append
    gc.collect()
    gc.disable()
    try:
        for _ in range(2):
            built = await builder.build(folder, None, "")
            assert built.policy is not None
            rulesets.replace(None)(built.policy, built.detectors)()
            del built
        ruleset = retired.pop()
        assert isinstance(ruleset, Ruleset)
        assert rulesets.of("").detectors is not ruleset.detectors
        detectors = weakref.ref(ruleset.detectors._lexicon.__self__)  # type: ignore[attr-defined]
        box: list[object] = [ruleset]
        del ruleset
        assert await asyncio.to_thread(let_go, box) > 1000
        assert box == []
        assert detectors() is None
        assert rulesets.of("").detectors.detect(fold("word7 said"), User("u")).items
    finally:
        gc.enable()


async def test_a_half_written_file_a_pipe_and_another_encoding_leave_the_old_policy(
    tmp_path: Path,
) -> None:
    folder = write(tmp_path / "policy")
    policy = load_policy(folder)
    live: list[str] = []
    remembered: list[str] = []
    watch = PolicyWatch(
        folder,
        None,
        lambda policy, detectors: None,
        version=policy.version,
        build=Builder().build,
        on_live=lambda policy: live.append(policy.version),
        remember=lambda policy: remembered.append(policy.version),
    )
    rules = folder / "rules.yaml"
    for data in (RULE.encode()[:40], b"\xff\xfe" + RULE.encode("utf-16-le"), b"a: &a [*a]\n", b""):
        rules.write_bytes(data)
        await watch.look(now=True)
    os.mkfifo(folder / "patterns.yaml")
    await watch.look(now=True)
    assert watch.counts == {"refused": 5}
    assert stat.S_ISFIFO((folder / "patterns.yaml").stat().st_mode)
    (folder / "patterns.yaml").unlink()
    write(folder, rules=RULE.replace("block", "hold"))
    await watch.look(now=True)
    assert watch.counts["loaded"] == 1
    assert live == remembered == [watch.version]

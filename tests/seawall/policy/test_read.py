"""The first word of a file's name is its kind."""

from __future__ import annotations

import pytest

from seawall.policy.problems import Problems
from seawall.policy.read import read_pack
from tests.seawall.policy.writing import MANIFEST, RULE, WINDOW, source


def test_several_files_of_a_kind_add_up() -> None:
    problems = Problems()
    pack = read_pack(
        [
            source("policy.yaml", MANIFEST),
            source("scam/rules.yaml", RULE),
            source("spam/windows.yaml", WINDOW),
            source("scam/patterns.en.yaml", "- {pattern: p, regex: x}\n"),
            source("scam/lexicon.en.yaml", "lexicon: en\nterms: [{term: a, category: hate}]\n"),
            source("abuse/lexicon.any.yaml", "lexicon: any\nallow: [b]\n"),
        ],
        None,
        problems,
    )
    assert problems.errors == ()
    assert [rule.name for rule in pack.rules] == ["listed-link"]
    assert [window.name for window in pack.windows] == ["too-fast"]
    assert [pattern.value.name for pattern in pack.patterns] == ["p"]
    assert [term.value.term for term in pack.terms] == ["a"]
    assert [span.value for span in pack.allow] == ["b"]
    assert pack.entries == (*pack.rules, *pack.windows)


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("rule.yaml", "unknown kind of file 'rule'; did you mean 'rules'?"),
        ("a/policy.yaml", "unknown kind of file 'policy'"),
    ],
)
def test_a_file_of_no_kind_is_told(file: str, told: str) -> None:
    problems = Problems()
    read_pack([source("policy.yaml", MANIFEST), source(file, RULE)], None, problems)
    assert len(problems.errors) == 1
    assert problems.errors[0].startswith(f"{file}:1: {told}")

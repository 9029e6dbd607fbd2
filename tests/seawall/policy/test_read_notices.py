"""Notices stand in the manifest or in files of one language each, and are joined by key."""

from __future__ import annotations

from seawall.policy.problems import Problems
from seawall.policy.read_manifest import read_manifest
from seawall.policy.read_notices import with_notices
from tests.seawall.policy.writing import node_of

MANIFEST = "policy: p\nnotices:\n  spam: {en: Not here.}\n"


def read(*files: str) -> tuple[dict[str, dict[str, str]], tuple[str, ...]]:
    problems = Problems()
    manifest = read_manifest(node_of(MANIFEST, "policy.yaml"), problems)
    roots = [node_of(text, f"notices.{index}.yaml") for index, text in enumerate(files)]
    manifest = with_notices(manifest, roots, problems)
    return {key: dict(each.value) for key, each in manifest.notices.items()}, problems.errors


def test_files_add_languages_and_keys() -> None:
    texts, problems = read(
        "notices: pt\ntexts: {spam: Aqui não.}\n", "notices: pt-BR\ntexts: {hate: Pare.}\n"
    )
    assert problems == ()
    assert texts == {"spam": {"en": "Not here.", "pt": "Aqui não."}, "hate": {"pt-br": "Pare."}}


def test_two_texts_for_one_reader_are_refused() -> None:
    _, problems = read("notices: en\ntexts: {spam: Other.}\n")
    assert problems == ("notices.0.yaml:2: the notice 'spam' has another text in 'en'",)


def test_what_is_no_language_or_no_text_is_refused() -> None:
    _, problems = read("notices: english words\ntexts: {spam: 12}\n", "notices: fr\n")
    assert problems == (
        "notices.0.yaml:1: 'english words' is not a language tag such as en",
        "notices.0.yaml:2: expected text, found the number 12; put it in quotes",
        "notices.1.yaml:1: a notices file needs the key 'texts'",
    )

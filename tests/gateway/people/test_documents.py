"""What is edited as a whole: versions, and nobody overwrites what they have not seen."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from gateway.people.documents import NOTHING, Document, Documents
from gateway.record.where import Where
from gateway.refusal import Refused


@pytest.fixture
def documents(where: Where) -> Iterator[Documents]:
    with closing(Documents(where)) as it:
        yield it


def test_the_newest_version_is_in_force(documents: Documents) -> None:
    assert documents.get("t", "rota") == NOTHING
    assert documents.put("t", "rota", "[1]", 0, "ann", 1.0) == 1
    assert documents.put("t", "rota", "[2]", 1, "bob", 2.0) == 2
    assert documents.get("t", "rota") == Document(2, "[2]", "bob", 2.0)
    assert documents.get("u", "rota") == documents.get("t", "roles") == NOTHING
    assert documents.put("t", "rota", "[3]", None, "ann", 3.0) == 3
    assert documents.put("u", "rota", "[9]", None, "eve", 3.0) == 1
    assert documents.newest("rota") == {
        "t": Document(3, "[3]", "ann", 3.0),
        "u": Document(1, "[9]", "eve", 3.0),
    }


@pytest.mark.parametrize("expected", [0, 2, 99, -1])
def test_who_saw_another_version_is_refused(documents: Documents, expected: int) -> None:
    documents.put("t", "rota", "[1]", 0, "ann", 1.0)
    with pytest.raises(Refused) as refused:
        documents.put("t", "rota", "[2]", expected, "bob", 2.0)
    assert (refused.value.status, refused.value.code) == (412, "changed")
    assert documents.get("t", "rota").body == "[1]"


def test_of_many_at_once_one_wins(documents: Documents) -> None:
    def put(number: int) -> int:
        try:
            return documents.put("t", "rota", str(number), 0, "ann", 1.0)
        except Refused as refused:
            return refused.status

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(put, range(4)))
    assert sorted(done) == [1, 412, 412, 412]

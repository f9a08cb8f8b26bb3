"""Canonical JSON, commitments and the tree, against the vectors and the definition of RFC 9162."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_service.domain.chain import (
    Frontier,
    canonical,
    commitment,
    entry_hash,
    inclusion_path,
    instant_text,
    leaf_hash,
    plain,
    root_along,
)
from booking_service.domain.consent import Act, Entry, How
from booking_service.domain.purposes import Part, Wording, texts_of
from tests.domain.consent_cases import START, Chain

WEST = timezone(timedelta(hours=-5))
ENTRIES = st.lists(st.binary(max_size=40), max_size=70)


def by_definition(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162 §2.1.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + by_definition(leaves[:k]) + by_definition(leaves[k:])).digest()


def test_the_tree_of_nothing_and_the_known_tree_of_seven() -> None:
    """The vectors that Certificate Transparency's implementations share."""
    entries = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    leaves = [leaf_hash(bytes.fromhex(each)) for each in entries]
    assert Frontier().root.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert Frontier().plus(leaves[:1]).root.hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert Frontier().plus(leaves).root.hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@given(ENTRIES, st.integers(0, 70))
def test_a_tree_that_grew_in_pieces_is_the_tree_of_all(entries: Sequence[bytes], cut: int) -> None:
    leaves = [leaf_hash(each) for each in entries]
    grown = Frontier().plus(leaves[:cut])
    grown = Frontier.read(grown.size, grown.stored).plus(leaves[cut:])
    assert grown.root == by_definition(leaves)


@given(ENTRIES.filter(bool), st.data())
def test_a_path_leads_from_its_leaf_to_the_root_and_from_no_other(
    entries: Sequence[bytes], data: st.DataObject
) -> None:
    leaves = [leaf_hash(each) for each in entries]
    position = data.draw(st.integers(0, len(leaves) - 1))
    path = list(inclusion_path(leaves, position))
    size, root = len(leaves), by_definition(leaves)
    assert root_along(path, leaf=leaves[position], position=position, size=size) == root
    assert root_along(path, leaf=leaf_hash(b"another" * 9), position=position, size=size) != root
    assert root_along([*path, root], leaf=leaves[position], position=position, size=size) != root
    if path:
        assert root_along(path[:-1], leaf=leaves[position], position=position, size=size) != root


def test_a_frontier_that_fits_no_size_is_refused() -> None:
    with pytest.raises(ValueError, match="a tree of 3 leaves has 2 peaks"):
        Frontier.read(3, b"\0" * 32)


def test_canonical_json_has_one_spelling() -> None:
    assert canonical({"b": 1, "a": {"ü": "x"}}) == '{"a":{"\\u00fc":"x"},"b":1}'
    for ambiguous in (1.0, True, None, [1], {1: "x"}):
        with pytest.raises(TypeError):
            canonical({"a": ambiguous})
    with pytest.raises(TypeError):
        canonical({1: "a"})  # type: ignore[dict-item]


def test_columns_are_spelt_the_same_whatever_zone_they_came_in() -> None:
    there = datetime(2030, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    assert instant_text(there) == plain(there) == "2030-01-01T00:00:00.000000Z"
    assert [plain(each) for each in (None, True, False, UUID(int=10), b"\x0a", 3, "x")] == [
        *("", 1, 0, "0000000000000000000000000000000a", "0a", 3, "x")
    ]


def test_hashes_are_what_a_stranger_computes_from_the_same_bytes() -> None:
    entry = Chain().add(Act.GIVEN)
    spelt = (
        '{"act":"given","at":"2030-01-07T10:00:00.000000Z","by":"contact",'
        '"contact_id":"00000000000000000000000000000001","detail":"","how":"form","id":"00000000000000000000000000002711",'
        '"implied":0,"number":1,"previous":"","purpose":"newsletter","refers":"","until":"","wording":""}'
    )
    assert entry.hash == sha256(b"booking-service/entry/1\n" + spelt.encode()).digest()
    assert commitment(salt=b"s", body="{}") == sha256(b"booking-service/detail/1\ns{}").digest()


@given(
    st.text(max_size=20),
    st.text(max_size=20),
    st.none() | st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(WEST)),  # noqa: DTZ001
    st.booleans(),
    st.none() | st.uuids(),
)
def test_the_hash_of_an_entry_is_that_of_its_columns_in_canonical_json(
    purpose: str, by: str, until: datetime | None, implied: bool, refers: UUID | None
) -> None:
    entry = Chain().add(
        Act.ASKED, purpose=purpose, by=by, until=until, implied=implied, refers=refers, wording=b"w", detail=b"\xff"
    )
    assert entry.due_hash == entry_hash(entry.columns)


def test_every_column_of_an_entry_and_of_a_wording_is_in_its_hash() -> None:
    entry = Chain().add(Act.GIVEN)
    others: dict[str, object] = {
        "id": UUID(int=7),
        "contact_id": UUID(int=7),
        "number": 7,
        "purpose": "x",
        "act": Act.ASKED,
        "by": "system",
        "how": How.API,
        "implied": True,
        "at": START,
        "until": START,
        "wording": b"w",
        "refers": UUID(int=7),
        "detail": b"d",
        "previous": b"p",
    }
    assert others.keys() == {name for name in Entry._fields if name not in ("hash", "given_on")}
    for name, value in others.items():
        assert entry._replace(**{name: value}).sealed().hash != entry.hash, name  # type: ignore[arg-type]
    texts = texts_of({Part.BOX: "Yes", Part.MAIL: ""})
    assert texts == '{"box":"Yes"}'
    wording = Wording(purpose="a", language="en", version=1, texts=texts, made_at=START, made_by="x")
    changes: list[dict[str, object]] = [
        *({"purpose": "b"}, {"language": "de"}, {"version": 2}, {"texts": "{}"}, {"made_by": "y"}),
        {"made_at": datetime(2031, 1, 1, tzinfo=UTC)},
    ]
    assert len({wording.hash, *(replace(wording, **each).hash for each in changes)}) == 7  # type: ignore[arg-type]

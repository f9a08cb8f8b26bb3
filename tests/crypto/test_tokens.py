"""Tokens: the same each time, different for everything that matters, and of one shape only."""

import re
import string
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_service.crypto import keys, tokens
from booking_service.crypto.tokens import LinkPurpose, new_public_id

OLD, NEW = "Vb7nQ2xLr9TzKp4WmYc8JdHs3FgE6uAi", "mK4sX8pQ1wZ7nC5vB9tR3yL6hJ2dG0fA"
RING = keys.ring_of(NEW, source="test")
ROTATED = keys.ring_of(f"{OLD} {NEW}", source="test")
BOOKING = UUID("6d0e5a3c-2f5b-4e0e-9d83-5a4a3f6f0c11")


def token(purpose: LinkPurpose = LinkPurpose.CONFIRM, subject: UUID = BOOKING, generation: int = 0) -> str:
    return tokens.token_for(RING, purpose=purpose, subject=subject, generation=generation)


def test_a_retried_mail_carries_the_same_link() -> None:
    assert token() == token()


def test_every_purpose_booking_and_generation_has_its_own_token() -> None:
    made = [
        token(purpose, subject, n) for purpose in LinkPurpose for subject in (BOOKING, uuid4()) for n in (0, 1, 256)
    ]
    assert len(set(made)) == len(made) == 6 * len(LinkPurpose)


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(LinkPurpose), st.uuids(), st.integers(0, 2**63))
def test_every_token_is_well_formed(purpose: LinkPurpose, subject: UUID, generation: int) -> None:
    assert tokens.well_formed(token(purpose, subject, generation))


@pytest.mark.parametrize(
    "text",
    [
        *("", "A" * 42, "A" * 44, "A" * 42 + "B", "A" * 42 + "=", "A" * 42 + "\n", "A" * 43 + "\n", " " + "A" * 42),
        *("А" * 43, "A" * 20 + "%00" + "A" * 20, "../" * 14 + "A", "A" * 8192, "+" * 42 + "A", "/" * 42 + "A"),
    ],
)
def test_what_cannot_be_a_token_is_known_without_a_look(text: str) -> None:
    assert not tokens.well_formed(text)


def test_a_token_has_one_spelling_only() -> None:
    """The last character carries four bits; the other spellings that decode to the same bytes are refused."""
    alphabet = string.ascii_letters + string.digits + "-_"
    assert sum(tokens.well_formed("A" * 42 + last) for last in alphabet) == 16


def test_after_a_rotation_old_links_can_be_made_again() -> None:
    made = tokens.candidates(ROTATED, purpose=LinkPurpose.CONFIRM, subject=BOOKING, generation=0)
    assert made[1] == token()
    assert made[0] == tokens.token_for(ROTATED, purpose=LinkPurpose.CONFIRM, subject=BOOKING, generation=0) != token()


def test_the_stored_hash_is_sha_256_of_the_token() -> None:
    assert tokens.hash_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_purposes_are_parts_of_paths() -> None:
    assert {purpose.name: purpose.value for purpose in LinkPurpose} == {
        **{"CONFIRM": "c", "MANAGE": "m", "NOT_ME": "x", "STOP": "s", "GUEST": "g", "ACT": "a"},
        **{"ONE_TIME": "o", "SIGN_IN": "host/sign-in", "SIGN_OUT": "host/stop", "NEW_ADDRESS": "host/address"},
        **{"PREFERENCES": "page", "EVERYTHING": "full", "ANSWER": "yes"},
        **{"CHANGE": "change", "OUT": "out", "DATA": "data"},
    }


def test_the_code_has_six_digits_and_follows_booking_and_generation() -> None:
    codes = {tokens.code_for(RING, UUID(int=n), g) for n in range(50) for g in (0, 1)}
    assert all(re.fullmatch(r"[0-9]{6}", code) for code in codes)
    assert len(codes) > 95
    assert any(code.startswith("0") for code in (tokens.code_for(RING, UUID(int=n), 0) for n in range(200)))


def test_a_typed_code_is_taken_as_people_type_it() -> None:
    code = tokens.code_for(RING, BOOKING, 0)
    for typed in (
        code,
        f" {code} ",
        f"{code[:3]} {code[3:]}",
        f"{code[:3]}-{code[3:]}\n",
        f"{code[:3]}\u00a0{code[3:]}",
    ):
        assert tokens.code_matches(RING, BOOKING, 0, typed=typed)
        assert tokens.code_matches(ROTATED, BOOKING, 0, typed=typed)


def test_another_code_is_refused() -> None:
    code = tokens.code_for(RING, BOOKING, 0)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    arabic = code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    for typed in ("", wrong, code[:5], code + "0", "0" + code, arabic, "x" * 10_000, "\ud800"):
        assert not tokens.code_matches(RING, BOOKING, 0, typed=typed)
    assert not tokens.code_matches(RING, BOOKING, 1, typed=code)


def test_a_public_id_is_random_and_fits_a_path() -> None:
    made = {tokens.new_public_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", each) for each in made)


def test_no_public_id_looks_like_an_option() -> None:
    assert not [made for made in (new_public_id() for _ in range(2000)) if made.startswith("-")]

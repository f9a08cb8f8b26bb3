"""What the claims of an ID token must say, at the edges of what two clocks may differ by."""

from datetime import timedelta

import pytest

from booking_service.domain.id_tokens import OLDEST, SKEW, IdTokenRefused, check_claims, signed_in_at
from tests.domain.examples import NOW

SECOND = timedelta(seconds=1)
AT = NOW.timestamp()
GOOD = {"iss": "https://id.example", "aud": "us", "exp": AT + 300, "iat": AT, "nonce": "n", "sub": "ada"}


def subject(**claims: object) -> str:
    return check_claims({**GOOD, **claims}, issuer="https://id.example", client_id="us", nonce="n", now=NOW)


@pytest.mark.parametrize(
    ("name", "edge", "past"),
    [
        ("exp", NOW - SKEW + SECOND, NOW - SKEW),
        ("iat", NOW + SKEW, NOW + SKEW + SECOND),
        ("iat", NOW - OLDEST, NOW - OLDEST - SECOND),
        ("nbf", NOW + SKEW, NOW + SKEW + SECOND),
    ],
)
def test_a_token_counts_within_two_minutes_of_its_times_and_not_past_them(
    name: str, edge: object, past: object
) -> None:
    assert subject(**{name: edge.timestamp()}) == "ada"  # type: ignore[attr-defined]
    with pytest.raises(IdTokenRefused):
        subject(**{name: past.timestamp()})  # type: ignore[attr-defined]


def test_a_token_for_several_says_to_whom_it_was_given() -> None:
    assert subject(aud=["us"]) == "ada"
    assert subject(aud=["us", "them"], azp="us") == "ada"
    for claims in ({"aud": ["us", "them"]}, {"aud": ["us", "them"], "azp": "them"}, {"aud": "them"}):
        with pytest.raises(IdTokenRefused):
            subject(**claims)


def test_a_subject_has_255_characters_at_most_and_one_at_least() -> None:
    assert subject(sub="x" * 255) == "x" * 255
    for wrong in ("", "x" * 256, 7, None):
        with pytest.raises(IdTokenRefused):
            subject(sub=wrong)


def test_what_is_no_instant_is_refused() -> None:
    for wrong in (-1, 253_402_300_800, True, "0", None):
        with pytest.raises(IdTokenRefused):
            subject(exp=wrong)


def test_who_signed_in_a_little_ahead_of_our_clock_did_so_now() -> None:
    assert signed_in_at({"auth_time": (NOW + SKEW).timestamp()}, now=NOW) == NOW
    assert signed_in_at({"auth_time": 0}, now=NOW) is not None
    with pytest.raises(IdTokenRefused):
        signed_in_at({"auth_time": (NOW + SKEW + SECOND).timestamp()}, now=NOW)

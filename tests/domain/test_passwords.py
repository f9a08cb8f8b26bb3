"""What may be a password: long enough, and none that is tried first."""

import pytest

from booking_service.domain.passwords import MOST_OCTETS, PasswordFault, fault_of

KNOWN = ("ada.lovelace@analytical.example", "Ada Lovelace", "Analytical Engines Ltd", "Luna")


@pytest.mark.parametrize(
    "password",
    [
        "moth relay noon bridge",
        "Der Dachs gräbt leise",
        "839201748203948",
        "the password of the mill is a moth",
        "日本語のパスワードは長くてもよい",
        "ada lovelace met the moth",
        "x" * 8 + "never mind the gap",
        "abcabcabcabc moth tea",  # seven letters of their own: the row of three, and four more
        "ada 839201748203",  # a name of three letters is no known word
        "password moth 17",
    ],
)
def test_any_kind_of_characters_will_do(password: str) -> None:
    assert fault_of(password, known=KNOWN) is None


@pytest.mark.parametrize(
    "password",
    [
        "password password",
        "Passwort1234567890",
        "P-a-s-s-w-o-r-d-2-0-2-6",
        "ada.lovelace@analytical.example",
        "AdaLovelace2026!!",
        "Analytical Engines Ltd",
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "abcabcabcabc mothte",
        "password mot 174",
        "luna 839201748203",
        "123456789012345",
        "987654321098765",
        "qwertyuiopasdfgh",
        "qwertzuiopasdfgh",
        "correct horse battery staple",
        "...............",
    ],
)
def test_what_is_tried_first_is_refused(password: str) -> None:
    assert fault_of(password, known=KNOWN) is PasswordFault.GUESSABLE


def test_the_length_is_that_of_what_was_typed() -> None:
    assert fault_of("moth relay noo", known=()) is PasswordFault.TOO_SHORT
    assert fault_of("moth relay noon", known=()) is None
    many = "moth relay noon " * 64
    assert fault_of(many[:MOST_OCTETS], known=()) is not PasswordFault.TOO_LONG
    assert fault_of(many + "x", known=()) is PasswordFault.TOO_LONG

"""Which bookings answer to words, and what was meant by a word that is misspelt."""

import pytest

from booking_service.domain.booking_filter import folded, matches, near

LONG = "Prof. Dr. Annegret Freifrau von und zu Leuchtenberg-Wittgenstein"


@pytest.mark.parametrize(
    ("text", "found"),
    [("ANNEGRET", True), ("leuchtenberg annegret", True), ("wittgen", True), ("annegret turing", False), ("", True)],
)
def test_every_word_has_to_stand_somewhere(text: str, found: bool) -> None:
    assert matches(folded(text).split(), (LONG, "a@example.org")) is found


def test_letters_are_compared_without_case_and_accents() -> None:
    assert folded("ŞEYMA Yıldız, Weiß, Ouédraogo") == folded("seyma yıldız, WEISS, ouedraogo")


def test_a_misspelt_word_leads_to_the_name_that_has_it() -> None:
    assert near("Leuchtenburg", ["Alan Turing", LONG]) == LONG
    assert near("Turng", [LONG, "Alan Turing"]) == "Alan Turing"
    assert near("nobody like that", [LONG, "Alan Turing"]) == ""
    assert near("x", []) == ""

"""What stands in an address for what a person called something."""

import pytest

from booking_service.actions.setup.names import address_part, free_name


@pytest.mark.parametrize(
    ("title", "language", "part"),
    [
        ("Sprechstunde für Gäste", "de", "sprechstunde-fuer-gaeste"),
        ("Jürgen Groß", "de-AT", "juergen-gross"),
        ("ÖPNV-Fragen", "de", "oepnv-fragen"),
        ("Coördinatie", "nl", "coordinatie"),
        ("Señor Ünal", "en", "senor-unal"),
        ("30 minutes, “free”!", "en", "30-minutes-free"),
        ("山田", "en", ""),
    ],
)
def test_a_title_is_written_as_its_language_writes_it_in_plain_letters(title: str, language: str, part: str) -> None:
    assert address_part(title, language=language) == part


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert free_name("Gespräch", ["gespraech", "gespraech-2"], language="de") == "gespraech-3"
    assert free_name("山田", [], language="en") == "meeting"

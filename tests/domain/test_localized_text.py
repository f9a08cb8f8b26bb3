"""Which version of a host's text a reader is shown."""

import pytest

from booking_service.domain.localized_text import InLanguages, LocalizedText, worded

TEXT = InLanguages((("nl", "Gesprek"), ("de", "Gespräch"), ("en", "Talk")))


@pytest.mark.parametrize(
    ("text", "reader", "writer", "shown"),
    [
        ("Talk", "de", "nl", LocalizedText("Talk")),
        (TEXT, "de", "en", LocalizedText("Gespräch")),
        (InLanguages(TEXT.versions[:2]), "en", "de", LocalizedText("Gespräch", "de")),
        (InLanguages(TEXT.versions[:2]), "en", "en", LocalizedText("Gesprek", "nl")),
        (InLanguages(TEXT.versions[2:]), "de", "nl", LocalizedText("Talk", "en")),
    ],
    ids=["written once", "the reader's", "else the writer's", "else the first", "the only one"],
)
def test_the_readers_language_goes_before_the_writers_before_the_first(
    text: str | InLanguages, reader: str, writer: str, shown: LocalizedText
) -> None:
    assert worded(text, reader, writer=writer) == shown


def test_a_text_in_no_language_is_refused() -> None:
    with pytest.raises(ValueError, match="one language at least"):
        InLanguages(())

"""Which version of a host's text a reader is shown."""

import pytest

from booking_service.domain.wording import InLanguages, Wording, worded

TEXT = InLanguages((("nl", "Gesprek"), ("de", "Gespräch"), ("en", "Talk")))


@pytest.mark.parametrize(
    ("text", "reader", "writer", "shown"),
    [
        ("Talk", "de", "nl", Wording("Talk")),
        (TEXT, "de", "en", Wording("Gespräch")),
        (InLanguages(TEXT.versions[:2]), "en", "de", Wording("Gespräch", "de")),
        (InLanguages(TEXT.versions[:2]), "en", "en", Wording("Gesprek", "nl")),
        (InLanguages(TEXT.versions[2:]), "de", "nl", Wording("Talk", "en")),
    ],
    ids=["written once", "the reader's", "else the writer's", "else the first", "the only one"],
)
def test_the_readers_language_goes_before_the_writers_before_the_first(
    text: str | InLanguages, reader: str, writer: str, shown: Wording
) -> None:
    assert worded(text, reader, writer=writer) == shown


def test_a_text_in_no_language_is_refused() -> None:
    with pytest.raises(ValueError, match="one language at least"):
        InLanguages(())

"""Texts that hosts and the organisation write: one for all readers, or one per language."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InLanguages:
    """One text in several languages: pairs of language code and text, in the order they were written."""

    versions: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        if not self.versions:
            raise ValueError("write the text in one language at least")


HostText = str | InLanguages


@dataclass(frozen=True, slots=True)
class LocalizedText:
    """A text as shown to one reader.

    `foreign`: the code of its language where that is not the reader's, else "". The language of a text written once for
    all readers is unknown.
    """

    text: str
    foreign: str = ""


NO_WORDS = LocalizedText("")


def worded(text: HostText, reader: str, *, writer: str) -> LocalizedText:
    """The text in the reader's language, else in the writer's (host or organisation), else the first one.

    `writer` may include a country, as in en-US.
    """
    match text:
        case str():
            return LocalizedText(text)
        case InLanguages(versions):
            written = dict(versions)
            code = next((code for code in (reader, writer.partition("-")[0]) if code in written), versions[0][0])
            return LocalizedText(written[code], "" if code == reader else code)

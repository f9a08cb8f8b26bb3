"""What hosts and the organisation write themselves: one text for all readers, or one for each language."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InLanguages:
    """One text in several languages: pairs of a language's code and the text, in the order they were written."""

    versions: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        if not self.versions:
            raise ValueError("write the text in one language at least")


HostText = str | InLanguages


@dataclass(frozen=True, slots=True)
class LocalizedText:
    """What one reader is shown of a text. `foreign`: the code of its language where that isn't the reader's, else empty;
    of a text that was written once for all readers the language is not known."""

    text: str
    foreign: str = ""


NO_WORDS = LocalizedText("")


def worded(text: HostText, reader: str, *, writer: str) -> LocalizedText:
    """The text in the language of the `reader`, else in that of the `writer` (the host's, or the organisation's), else the
    first that was written. `writer` may name a country, too: en-US."""
    match text:
        case str():
            return LocalizedText(text)
        case InLanguages(versions):
            written = dict(versions)
            code = next((code for code in (reader, writer.partition("-")[0]) if code in written), versions[0][0])
            return LocalizedText(written[code], "" if code == reader else code)

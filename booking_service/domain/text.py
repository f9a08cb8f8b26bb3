"""Text that people type, made safe to carry. What no mail header, calendar line or log may contain is taken out here."""

import re
import unicodedata

NAME_LENGTH = 120
NOTE_LENGTH = 2000
EXPOSED_AT_MOST = 4

# Bidirectional overrides and isolates, tag characters, and invisible fillers: they make a text look like another one.
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")
_JOINERS = re.compile("(?<![\\w\u200d\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])[\u200c\u200d]")
_ENDS = ("?", ":", "!")
_BREAKS = re.compile("\r\n|[\r\n\v\f\x85\u2028\u2029]")


def one_line(text: str) -> str:
    """`text` on one line: breaks become spaces, runs of white space shrink, ends are trimmed, controls are gone."""
    if text.isascii() and text.isprintable() and "  " not in text:  # as nearly all is, of a file's many cells
        return text.strip(" ")
    return " ".join(_printable(_BREAKS.sub(" ", text)).split())


def several_lines(text: str) -> str:
    """`text` with breaks kept as LF and every other control gone; trailing blanks trimmed."""
    return "\n".join(_printable(line).rstrip() for line in _BREAKS.sub("\n", text).split("\n")).strip()


def introduced(label: str) -> str:
    """A label as it stands before its text on one line: with a colon, unless it ends with a mark of its own, as questions do."""
    label = label.rstrip()
    return label if label.endswith(_ENDS) else f"{label}:"


def exposed(value: str, *, most: int = EXPOSED_AT_MOST) -> str:
    """What of a sensitive value stays readable, to tell one from another: its end, a third of it, four characters at most or as few as
    somebody decided."""
    shown = min(most, EXPOSED_AT_MOST, len(value) // 3)
    return value[len(value) - shown :]


def is_whole(text: str) -> bool:
    """Whether it can be written down anywhere: no half of a character (surrogate), no control but tabs and breaks."""
    return (text.isascii() and text.isprintable()) or all(_is_text(c) or c in "\t\r\n" for c in text)


def _printable(text: str) -> str:
    """Drops controls, surrogates, noncharacters and invisible marks; keeps joiners only where they join something."""
    if text.isascii() and text.isprintable():  # as nearly all is, of a file's many cells
        return text
    kept = "".join(c if c != "\t" else " " for c in text if c == "\t" or _is_text(c))
    return _calmed(_JOINERS.sub("", _INVISIBLE.sub("", unicodedata.normalize("NFC", kept))))


def _is_text(character: str) -> bool:
    code = ord(character)
    return (
        unicodedata.category(character) not in {"Cc", "Cs"} and code & 0xFFFE != 0xFFFE and not 0xFDD0 <= code <= 0xFDEF
    )


def _calmed(text: str) -> str:
    """At most four combining marks in a row, so that a name can't climb over the lines around it."""
    calm: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= 4:
            calm.append(character)
    return "".join(calm)

"""The form for setting and removing a picture."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...domain.pictures import LONGEST_SIDE, MOST_OCTETS, Flaw, NotAPicture, Picture, read_picture
from ...language import Language

SENT_OCTETS = 8 * 1024 * 1024  # octets that are read, so that a larger picture can be refused in words


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureForm:
    """`shown`: the picture's address; "" for none, with `text` in its place. `wrong`: why the last one was refused."""

    name: str
    label: str
    action: str
    shown: str
    text: str
    wrong: str = ""
    most_kb: int = MOST_OCTETS // 1024


def chosen(form: Mapping[str, str], content: bytes) -> Picture | None:
    """The uploaded picture; None: remove it. Raises NotAPicture."""
    return None if form.get("do") == "remove" else read_picture(content)


def refused(refusal: NotAPicture, language: Language) -> str:
    """Why a picture was refused, and what to do."""
    match refusal.flaw:
        case Flaw.EMPTY:
            return language.text("Choose a file first.")
        case Flaw.TOO_LARGE:
            return language.text(
                "The picture is too large. Save a smaller one, of up to {most} KB.", most=MOST_OCTETS // 1024
            )
        case Flaw.TOO_LONG:
            return language.text(
                "Make the picture smaller: {most} pixels in width and height at most.", most=LONGEST_SIDE
            )
        case Flaw.MOVING:
            return language.text("Choose a picture that is not animated.")
        case Flaw.BROKEN:
            return language.text("The file is damaged. Save the picture once more, and choose it again.")
        case Flaw.OTHER_KIND:
            return language.text("Choose a PNG, JPEG or WebP file: others are not shown.")

"""Faults of an own mail text in words, for pages and the setup file."""

from typing import assert_never

from ..domain.mail_texts import Fault, TextFault
from ..language import Language


def sentence(fault: Fault, language: Language) -> str:
    """What is wrong, in which line, and how to correct it."""
    sentence = _placeholder(fault, language) if fault.wrong in _OF_PLACEHOLDERS else _text(fault, language)
    return language.text("Line {number}: {sentence}", number=fault.line, sentence=sentence) if fault.line else sentence


_OF_PLACEHOLDERS = frozenset(
    {
        TextFault.UNKNOWN,
        TextFault.NOT_HERE,
        TextFault.NOT_PROVEN,
        TextFault.BROKEN,
        TextFault.MISSING,
        TextFault.IN_SUBJECT,
    }
)


def _placeholder(fault: Fault, language: Language) -> str:
    word = f"{{{fault.word}}}"
    match fault.wrong:
        case TextFault.UNKNOWN if fault.guess:
            guess = f"{{{fault.guess}}}"
            return language.text("{word} does not exist. Did you mean {guess}?", word=word, guess=guess)
        case TextFault.UNKNOWN:
            return language.text("{word} does not exist.", word=word)
        case TextFault.NOT_HERE:
            return language.text("{word} has no value in this email.", word=word)
        case TextFault.NOT_PROVEN:
            return language.text(
                "{word} can’t be used here: before the address is proven, the invitee’s words would reach strangers.",
                word=word,
            )
        case TextFault.BROKEN:
            return language.text("a brace {brace} has no partner.", brace=fault.word)
        case TextFault.IN_SUBJECT:
            return language.text("{word} can’t be used in a subject.", word=word)
        case _:
            return language.text("{word} must be in the text: it differs from case to case.", word=word)


def _text(fault: Fault, language: Language) -> str:
    match fault.wrong:
        case TextFault.EMPTY:
            return language.text("Write something here.")
        case TextFault.TOO_LONG:
            return language.text("Shorten this to {most} characters or fewer.", most=fault.word)
        case TextFault.PICTURE:
            return language.text(
                "“{word}” looks like a picture or HTML. An email to an address that nobody has proven carries none.",
                word=fault.word,
            )
        case TextFault.WEB:
            return language.text(
                "“{word}” leads elsewhere. An email to an address that nobody has proven has no other links.",
                word=fault.word,
            )
        case TextFault.SELLING:
            return language.text(
                "“{word}” reads like advertising. The reader of this email has not agreed to anything yet: "
                "courts have held such emails unlawful.",
                word=fault.word,
            )
        case TextFault.NOT_NEUTRAL:
            return language.text(
                "Shorten this to {most} characters or fewer: an email to an address that nobody has proven says no more than it must.",
                most=fault.word,
            )
        case (
            TextFault.UNKNOWN
            | TextFault.NOT_HERE
            | TextFault.NOT_PROVEN
            | TextFault.BROKEN
            | TextFault.MISSING
            | TextFault.IN_SUBJECT
        ):
            raise ValueError("this is about a placeholder")
        case _:
            assert_never(fault.wrong)

"""What pages say of mails in one's own words: placeholders, when each mail goes, what is wrong with a text."""

from typing import assert_never

from ...domain.effects import MailKind, Role
from ...domain.mail_kinds import ROWS
from ...domain.mail_texts import Fault, Word, Wrong
from ...language import Language


def when_sent(kind: MailKind, language: Language) -> str:
    """Empty where its name says it."""
    match kind:
        case MailKind.CONFIRM_BOOKING:
            return language.text("When a time is held")
        case MailKind.HOLD_REMINDER:
            return language.text("Halfway through the hold")
        case MailKind.HOLD_ENDED:
            return language.text("When nobody confirmed")
        case MailKind.BOOKED:
            return language.text("When confirmed, with the invitation")
        case MailKind.REMINDER:
            return language.text("Before the meeting")
        case MailKind.HOST_BOOKED:
            return language.text("When confirmed")
        case MailKind.APPROVE_BOOKING:
            return language.text("When a request waits for an answer")
        case MailKind.TIME_OFFERED:
            return language.text("When the host offers another time")
        case MailKind.OFFER_DECLINED:
            return language.text("When the invitee does not take the other time")
        case _:
            return language.text("When something changes")


def to_invitee(kind: MailKind) -> bool:
    return Role.INVITEE in ROWS[kind].to


def meaning(word: Word, language: Language) -> str:
    """What stands in its place."""
    match word:
        case Word.NEWS:
            return language.text("what has happened, in one sentence of ours")
        case Word.DETAILS:
            return language.text("the table: what, when, where, with whom")
        case Word.WHEN:
            return language.text("day and time of the meeting")
        case Word.ZONE:
            return language.text("the time zone in which the times are written")
        case Word.TITLE:
            return language.text("what is booked")
        case Word.HOST:
            return language.text("the host’s name")
        case Word.ORGANISATION:
            return language.text("the organisation’s name")
        case Word.UNTIL | Word.OFFERED:
            return _of_time(word, language)
        case Word.NAME | Word.EMAIL:
            return _of_invitee(word, language)
        case _:
            return language.text("a button or link, on a line of its own")


def _of_time(word: Word, language: Language) -> str:
    if word is Word.OFFERED:
        return language.text("day and time on offer")
    return language.text("until when an answer is awaited")


def _of_invitee(word: Word, language: Language) -> str:
    return language.text("the invitee’s name") if word is Word.NAME else language.text("the invitee’s email address")


def sentence(fault: Fault, language: Language) -> str:
    """What is wrong and how to mend it, with the line where it is."""
    said = _placeholder(fault, language) if fault.wrong in _OF_PLACEHOLDERS else _text(fault, language)
    return language.text("Line {number}: {sentence}", number=fault.line, sentence=said) if fault.line else said


_OF_PLACEHOLDERS = frozenset(
    {Wrong.UNKNOWN, Wrong.NOT_HERE, Wrong.NOT_PROVEN, Wrong.BROKEN, Wrong.MISSING, Wrong.IN_SUBJECT}
)


def _placeholder(fault: Fault, language: Language) -> str:
    word = f"{{{fault.word}}}"
    match fault.wrong:
        case Wrong.UNKNOWN if fault.guess:
            guess = f"{{{fault.guess}}}"
            return language.text("{word} does not exist. Did you mean {guess}?", word=word, guess=guess)
        case Wrong.UNKNOWN:
            return language.text("{word} does not exist.", word=word)
        case Wrong.NOT_HERE:
            return language.text("{word} has no value in this email.", word=word)
        case Wrong.NOT_PROVEN:
            return language.text(
                "{word} can’t be used here: before the address is proven, the invitee’s words would reach strangers.",
                word=word,
            )
        case Wrong.BROKEN:
            return language.text("a brace {brace} stands alone.", brace=fault.word)
        case Wrong.IN_SUBJECT:
            return language.text("{word} can’t stand in a subject.", word=word)
        case _:
            return language.text("{word} must stand in the text: it differs from case to case.", word=word)


def _text(fault: Fault, language: Language) -> str:
    match fault.wrong:
        case Wrong.EMPTY:
            return language.text("Write something here.")
        case Wrong.TOO_LONG:
            return language.text("Shorten this to {most} characters or fewer.", most=fault.word)
        case Wrong.PICTURE:
            return language.text(
                "“{word}” looks like a picture or HTML. An email that asks for a confirmation carries none.",
                word=fault.word,
            )
        case Wrong.WEB:
            return language.text(
                "“{word}” leads elsewhere. An email that asks for a confirmation has no other links.", word=fault.word
            )
        case Wrong.SELLING:
            return language.text(
                "“{word}” reads like advertising. Whoever gets this email has agreed to nothing yet: courts have held such emails unlawful.",
                word=fault.word,
            )
        case Wrong.NOT_NEUTRAL:
            return language.text(
                "Shorten this to {most} characters or fewer: an email that asks for a confirmation says no more than that.",
                most=fault.word,
            )
        case Wrong.UNKNOWN | Wrong.NOT_HERE | Wrong.NOT_PROVEN | Wrong.BROKEN | Wrong.MISSING | Wrong.IN_SUBJECT:
            raise ValueError("this is about a placeholder")
        case _:
            assert_never(fault.wrong)

"""Texts that hosts and the organisation write in place of the usual mails: placeholders, checks, and cutting into
pieces.

Hosts write mails about their bookings and calendars; those about consents, personal data and signing in are the
organisation's alone. A stored text is plain: `{word}` stands for a value, and nothing else has a meaning.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum
from uuid import UUID

from .effects import MailKind
from .mail_kinds import ROWS, Subject

SUBJECT_LENGTH = 150
TEXT_LENGTH = 5000
NEUTRAL_LENGTH = 600
NAME_LENGTH = 60
ORGANISATION = UUID(int=0)  # the owner of texts that belong to no host
USUAL, AS_ORGANISATION = "usual", "as-organisation"  # spellings of a choice, beside own:NAME and organisation:NAME
_PIECE = re.compile(r"\{([^{}\n]*)\}")
_WEB = re.compile(r"https?:|www\.|<a\b", re.IGNORECASE)
_PICTURE = re.compile(r"<img|!\[|data:image|\.(?:png|jpe?g|gif|svg|webp)\b|<[a-z/!]", re.IGNORECASE)
_SELLING = re.compile(
    r"newsletter|rabatt|gutschein|sonderangebot|discount|voucher|coupon|special offer|korting|aanbieding|\d\s?%",
    re.IGNORECASE,
)


class Word(StrEnum):
    """A placeholder. One ending in `_link` is shown as a button or a link on a line of its own, wherever it stands."""

    NEWS = "news"
    DETAILS = "details"
    WHEN = "when"
    ZONE = "zone"
    TITLE = "title"
    HOST = "host"
    ORGANISATION = "organisation"
    UNTIL = "until"
    OFFERED = "offered"
    NAME = "name"
    EMAIL = "email"
    CONFIRM_LINK = "confirm_link"
    MANAGE_LINK = "manage_link"
    PAGE_LINK = "page_link"
    OFFER_LINK = "offer_link"
    ACT_LINK = "act_link"
    WORDING = "wording"
    CONSENT = "consent"
    CALENDAR = "calendar"
    COUNT = "count"
    PERSON = "person"

    @property
    def is_link(self) -> bool:
        return self.endswith("_link")


class TextFault(StrEnum):
    """What can be wrong with a text."""

    EMPTY = "empty"
    TOO_LONG = "too-long"
    UNKNOWN = "unknown"
    NOT_HERE = "not-here"  # a placeholder that other mails have
    NOT_PROVEN = "not-proven"  # the invitee's own words, in a mail to an unproven address
    BROKEN = "broken"  # an unpaired brace
    MISSING = "missing"
    IN_SUBJECT = "in-subject"
    PICTURE = "picture"
    WEB = "web"
    SELLING = "selling"
    NOT_NEUTRAL = "not-neutral"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to correct. `line`: in the text, from 1; 0 for the subject or the whole text.

    `word`: the words concerned. `guess`: the placeholder that was probably meant.
    """

    field: str
    wrong: TextFault
    line: int = 0
    word: str = ""
    guess: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRule:
    """What a text of one kind of mail may say.

    `required`: placeholders that it must contain, as their values differ each time. `fixed_subject`: Exchange names the
    event after it. `neutral`: it goes to an unproven mailbox, so it must not advertise.
    """

    words: tuple[Word, ...]
    required: tuple[Word, ...] = ()
    fixed_subject: bool = False
    neutral: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MailText:
    """One version of a text in one language. `owner`: a host, or ORGANISATION."""

    owner: UUID
    kind: MailKind
    name: str
    language: str
    version: int
    subject: str
    text: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ChosenText:
    """The text that a mail has: this owner's text of this name; the usual one where the name is empty."""

    owner: UUID = ORGANISATION
    name: str = ""


_ALWAYS = (Word.NEWS, Word.DETAILS, Word.WHEN, Word.ZONE, Word.TITLE, Word.HOST, Word.ORGANISATION)
_ASKING = (*_ALWAYS, Word.UNTIL, Word.CONFIRM_LINK)
_INVITEE = (*_ALWAYS, Word.NAME)
_HOST = (*_ALWAYS, Word.NAME, Word.EMAIL)
_NOTICE = (Word.NEWS, Word.HOST, Word.ORGANISATION)
_CONTACT = (Word.NEWS, Word.ORGANISATION)
_PERSON = (Word.NEWS, Word.PERSON, Word.ORGANISATION)
_DIFFERS = (Word.NEWS,)
_HOSTS = (Subject.BOOKING, Subject.CALENDAR)

RULES: Mapping[MailKind, TextRule] = {
    MailKind.CONFIRM_BOOKING: TextRule(words=_ASKING, neutral=True),
    MailKind.HOLD_REMINDER: TextRule(words=_ASKING, neutral=True),
    MailKind.HOLD_ENDED: TextRule(words=(*_ALWAYS, Word.PAGE_LINK), required=(Word.NEWS,), neutral=True),
    MailKind.BOOKED: TextRule(words=(*_INVITEE, Word.MANAGE_LINK), fixed_subject=True),
    MailKind.MOVED: TextRule(words=(*_INVITEE, Word.MANAGE_LINK)),
    MailKind.CANCELLED: TextRule(words=(*_INVITEE, Word.PAGE_LINK), required=(Word.NEWS,)),
    MailKind.UNINVITED: TextRule(words=_ALWAYS, neutral=True),
    MailKind.GUEST_DECLINED: TextRule(words=(*_INVITEE, Word.MANAGE_LINK), required=_DIFFERS),
    MailKind.GUEST_COMES: TextRule(words=(*_INVITEE, Word.MANAGE_LINK), required=_DIFFERS),
    MailKind.TIME_OFFERED: TextRule(words=(*_INVITEE, Word.OFFERED, Word.OFFER_LINK)),
    MailKind.REMINDER: TextRule(words=(*_INVITEE, Word.MANAGE_LINK)),
    MailKind.HOST_HELD: TextRule(words=(*_ALWAYS, Word.NAME, Word.UNTIL, Word.ACT_LINK)),
    MailKind.APPROVE_BOOKING: TextRule(words=(*_HOST, Word.UNTIL, Word.ACT_LINK)),
    MailKind.HOST_BOOKED: TextRule(words=_HOST),
    MailKind.HOST_MOVED: TextRule(words=_HOST),
    MailKind.HOST_CANCELLED: TextRule(words=_HOST),
    MailKind.OFFER_DECLINED: TextRule(words=_HOST),
    MailKind.CALENDAR_UNREADABLE: TextRule(words=(*_NOTICE, Word.CALENDAR), required=_DIFFERS),
    MailKind.CALENDAR_CHANGED: TextRule(
        words=(*_NOTICE, Word.DETAILS, Word.WHEN, Word.TITLE, Word.NAME, Word.ACT_LINK)
    ),
    MailKind.MASS_DELETION: TextRule(words=(*_NOTICE, Word.CALENDAR, Word.COUNT, Word.ACT_LINK), required=_DIFFERS),
    MailKind.MANY_HOLDS: TextRule(words=(*_NOTICE, Word.COUNT, Word.ACT_LINK)),
    MailKind.CONFIRM_CONSENT: TextRule(
        words=(*_CONTACT, Word.CONSENT, Word.WORDING, Word.UNTIL, Word.ACT_LINK), required=_DIFFERS, neutral=True
    ),
    MailKind.CONSENT_CONFIRMED: TextRule(words=(*_CONTACT, Word.CONSENT, Word.WORDING, Word.DETAILS, Word.ACT_LINK)),
    MailKind.CONSENT_ENDED: TextRule(words=(*_CONTACT, Word.CONSENT, Word.DETAILS, Word.ACT_LINK), required=_DIFFERS),
    MailKind.PURPOSE_NEWS: TextRule(
        words=(*_CONTACT, Word.CONSENT, Word.WORDING, Word.ACT_LINK), required=_DIFFERS, neutral=True
    ),
    MailKind.PAGE_NEWS: TextRule(words=(*_CONTACT, Word.ACT_LINK), neutral=True),
    MailKind.PREFERENCES_LINK: TextRule(words=(*_CONTACT, Word.UNTIL, Word.ACT_LINK), neutral=True),
    MailKind.CONFIRM_CHANGE: TextRule(
        words=(*_CONTACT, Word.CONSENT, Word.WORDING, Word.UNTIL, Word.ACT_LINK), required=_DIFFERS, neutral=True
    ),
    MailKind.DATA_READY: TextRule(words=(*_CONTACT, Word.UNTIL, Word.ACT_LINK)),
    MailKind.DELETION_DELAYED: TextRule(words=(*_CONTACT, Word.UNTIL, Word.WORDING), required=_DIFFERS),
    MailKind.DELETION_REFUSED: TextRule(words=(*_CONTACT, Word.WORDING), required=_DIFFERS),
    MailKind.DELETION_TAKEN_BACK: TextRule(words=(*_CONTACT, Word.ACT_LINK), required=_DIFFERS),
    MailKind.DATA_ERASED: TextRule(words=_CONTACT, required=_DIFFERS),
    MailKind.SIGN_IN: TextRule(words=(*_PERSON, Word.UNTIL, Word.ACT_LINK), required=_DIFFERS),
    MailKind.INVITED: TextRule(words=(*_PERSON, Word.UNTIL, Word.ACT_LINK)),
    MailKind.NEW_BROWSER: TextRule(words=(*_PERSON, Word.ACT_LINK), required=_DIFFERS),
    MailKind.ACCOUNT_CHANGED: TextRule(words=(*_PERSON, Word.ACT_LINK), required=_DIFFERS),
    MailKind.CONFIRM_ADDRESS: TextRule(words=(*_PERSON, Word.UNTIL, Word.ACT_LINK), required=_DIFFERS),
    MailKind.ADMIN_NOTICE: TextRule(words=(*_PERSON, Word.ACT_LINK), required=_DIFFERS),
}


def written_by(owner: UUID) -> tuple[MailKind, ...]:
    """The mails whose texts this owner can write."""
    return tuple(kind for kind in RULES if owner == ORGANISATION or ROWS[kind].subject in _HOSTS)


def use_of(owner: UUID, chosen: ChosenText | None) -> str:
    """A choice as the setup file spells it: "usual", "own:NAME", "organisation:NAME", or "" where none was made.

    No choice of the organisation means the usual text.
    """
    if chosen is None or (owner == ORGANISATION and not chosen.name):
        return ""
    if not chosen.name:
        return USUAL
    return f"own:{chosen.name}" if chosen.owner == owner else f"organisation:{chosen.name}"


def chosen_of(owner: UUID, use: str) -> ChosenText | None:
    """Read what `use_of` wrote; None for "". Raises ValueError: another spelling."""
    if use in ("", AS_ORGANISATION):
        return None
    if use == USUAL:
        return ChosenText()
    whose, _, name = use.partition(":")
    owners = {"own": owner, "organisation": ORGANISATION}
    if whose not in owners or not name:
        raise ValueError("there is no such choice")
    return ChosenText(owners[whose], name)


def pieces(text: str) -> Iterator[str | Word]:
    """The text between placeholders, and the placeholders. Raises ValueError: an unknown one."""
    at = 0
    for found in _PIECE.finditer(text):
        if found.start() > at:
            yield text[at : found.start()]
        yield Word(found[1])
        at = found.end()
    if at < len(text):
        yield text[at:]


def filled(text: str, values: Mapping[Word, str]) -> str:
    """The text with its values, which are not searched for placeholders again. Raises KeyError: a value is missing."""
    return "".join(values[piece] if isinstance(piece, Word) else piece for piece in pieces(text))


def faults(kind: MailKind, *, subject: str, text: str) -> tuple[Fault, ...]:
    """Everything that keeps the text from being saved, in reading order."""
    rule = RULES[kind]
    found: list[Fault] = []
    if not rule.fixed_subject:
        found += _in_subject(rule, subject)
    if not text.strip():
        found.append(Fault("text", TextFault.EMPTY))
    if len(text) > TEXT_LENGTH:
        found.append(Fault("text", TextFault.TOO_LONG, word=str(TEXT_LENGTH)))
    for number, line in enumerate(text.split("\n"), start=1):
        found += _in_line(rule, line, field="text", number=number)
    found += [Fault("text", TextFault.MISSING, word=each) for each in rule.required if f"{{{each}}}" not in text]
    if rule.neutral and len(text) > NEUTRAL_LENGTH:
        found.append(Fault("text", TextFault.NOT_NEUTRAL, word=str(NEUTRAL_LENGTH)))
    return tuple(found)


def _in_subject(rule: TextRule, subject: str) -> Iterator[Fault]:
    if not subject.strip():
        yield Fault("subject", TextFault.EMPTY)
    if len(subject) > SUBJECT_LENGTH:
        yield Fault("subject", TextFault.TOO_LONG, word=str(SUBJECT_LENGTH))
    yield from _in_line(rule, subject, field="subject", number=0)
    for each in _PIECE.findall(subject):
        if each in (Word.DETAILS, Word.NEWS, Word.WORDING) or (each in {*Word} and Word(each).is_link):
            yield Fault("subject", TextFault.IN_SUBJECT, word=each)


def _in_line(rule: TextRule, line: str, *, field: str, number: int) -> Iterator[Fault]:
    for found in _PIECE.finditer(line):
        yield from _of_word(rule, found[1], field=field, number=number)
    if brace := re.search("[{}]", _PIECE.sub("", line)):
        yield Fault(field, TextFault.BROKEN, number, brace[0])
    if rule.neutral:
        yield from _not_neutral(line, field=field, number=number)


def _of_word(rule: TextRule, word: str, *, field: str, number: int) -> Iterator[Fault]:
    if word in rule.words:
        return
    if rule.neutral and word in (Word.NAME, Word.EMAIL):
        yield Fault(field, TextFault.NOT_PROVEN, number, word)
    elif word in {*Word}:
        yield Fault(field, TextFault.NOT_HERE, number, word)
    else:
        guess = get_close_matches(word.strip().lower(), rule.words, n=1, cutoff=0.5)
        yield Fault(field, TextFault.UNKNOWN, number, word, guess[0] if guess else "")


def _not_neutral(line: str, *, field: str, number: int) -> Iterator[Fault]:
    """Advertising in a mail to an unproven address, which would itself be unsolicited (in Germany § 7 UWG)."""
    for wrong, pattern in ((TextFault.PICTURE, _PICTURE), (TextFault.WEB, _WEB), (TextFault.SELLING, _SELLING)):
        if found := pattern.search(line):
            yield Fault(field, wrong, number, found[0])
            return

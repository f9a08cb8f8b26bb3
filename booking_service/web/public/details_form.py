"""What people type, read into values of the field or into the list of what is wrong. Nothing raw goes further."""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from email_validator import EmailNotValidError, validate_email

from ...domain.meeting import MeetingType, Question
from ...domain.people import canonical_mailbox
from ...domain.text import NAME_LENGTH, NOTE_LENGTH, one_line, several_lines
from ...language import Language
from ..http.parsing import read_instant

EMAIL_LENGTH = 254  # RFC 5321 §4.5.3.1.3
ANSWER_LENGTH = 500
_FORM_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
_SEPARATORS = re.compile(r"[\s,;]+")
_LOOKALIKES = {
    "gmial.com": "gmail.com", "gmai.com": "gmail.com", "gamil.com": "gmail.com", "gmail.co": "gmail.com",
    "gmail.con": "gmail.com", "gmail.de": "gmail.com", "gnail.com": "gmail.com", "gmal.com": "gmail.com",
    "googlemail.co": "googlemail.com", "hotmial.com": "hotmail.com", "hotmal.com": "hotmail.com",
    "hotmail.co": "hotmail.com", "hotmail.con": "hotmail.com", "outlok.com": "outlook.com",
    "outlook.con": "outlook.com", "yaho.com": "yahoo.com", "yahoo.con": "yahoo.com", "yhoo.com": "yahoo.com",
    "iclod.com": "icloud.com", "icloud.con": "icloud.com", "gmx.dr": "gmx.de", "gmx.ed": "gmx.de",
    "web.dee": "web.de", "wbe.de": "web.de", "t-onlin.de": "t-online.de", "tonline.de": "t-online.de",
}  # fmt: skip
TRAP = "subject_line"  # nobody sees this field, so who fills it in is a program


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: the field's name, and a sentence that says how."""

    field: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """The details form, read. Everything is as it will be kept, and fit for it only where `problems` is empty."""

    start: datetime | None
    name: str
    email: str
    answers: tuple[tuple[str, str], ...]
    guests: tuple[str, ...]
    form_key: str
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Reading:
    said: Language
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, name: str, text: str) -> None:
        self.problems.append(Problem(name, text))


def read_details(
    form: Mapping[str, str], meeting: MeetingType, said: Language, *, own: Iterable[str | None] = ()
) -> Details:
    """Read the form of this meeting type. What it does not ask for is not looked at. `own`: addresses of the host and
    of this service, who take part anyway and are nobody's guests."""
    reading = _Reading(said)
    name = _name(form.get("name", ""), reading)
    email = _email(form.get("email", ""), "email", reading)
    answers = tuple((q.key, _answer(form.get(f"answer-{q.key}", ""), q, reading)) for q in meeting.questions)
    guests = _guests(form.get("guests", ""), meeting.guests_at_most, reading, but=(email, *own))
    if form.get(TRAP):
        reading.wrong(TRAP, said.text("Leave this field empty. It is there to stop programs."))
    key = form.get("form_key", "")
    return Details(
        start=read_instant(form.get("start", "")), name=name, email=email, answers=answers, guests=guests,
        form_key=key if _FORM_KEY.fullmatch(key) else "", problems=tuple(reading.problems),
    )  # fmt: skip


def read_email(typed: str, said: Language) -> tuple[str, str]:
    """The address to send to, its domain in ASCII form (RFC 5890), and what is wrong with it: one of them is empty."""
    reading = _Reading(said)
    email = _email(typed, "email", reading)
    return (email, "") if not reading.problems else ("", reading.problems[0].text)


def new_form_key() -> str:
    """Names one filling-in of a form, so that submitting it twice books once."""
    return secrets.token_urlsafe(16)


def likely_meant(email: str) -> str | None:
    """The address that was probably meant, where a well-known provider's name is misspelt in it."""
    local, _, domain = email.rpartition("@")
    meant = _LOOKALIKES.get(domain.lower())
    return f"{local}@{meant}" if meant else None


def _name(typed: str, reading: _Reading) -> str:
    name = one_line(typed)
    if not name:
        reading.wrong("name", reading.said.text("Enter your name"))
    elif len(name) > NAME_LENGTH:
        reading.wrong("name", _too_long(reading.said, NAME_LENGTH, len(name)))
    return name


def _email(typed: str, name: str, reading: _Reading) -> str:
    said, address = reading.said, typed.strip()
    if len(address) > EMAIL_LENGTH:
        reading.wrong(name, _too_long(said, EMAIL_LENGTH, len(address)))
    elif "," in address or ";" in address:
        reading.wrong(name, said.text("Enter one email address only"))
    elif not address.rpartition("@")[0].isascii():
        reading.wrong(
            name, said.text("Letters like ä or é before the @ can't be delivered from here. Enter another address.")
        )
    else:
        try:
            checked = validate_email(address, check_deliverability=False, strict=True, allow_smtputf8=False)
        except EmailNotValidError:
            reading.wrong(name, said.text("Enter an email address like name@example.org"))
        else:
            return f"{checked.local_part}@{checked.ascii_domain}"
    return address


def _answer(typed: str, question: Question, reading: _Reading) -> str:
    longest = NOTE_LENGTH if question.long else ANSWER_LENGTH
    answer = several_lines(typed) if question.long else one_line(typed)
    if question.required and not answer:
        reading.wrong(
            f"answer-{question.key}", reading.said.text("Answer this question: {label}", label=question.label)
        )
    elif len(answer) > longest:
        reading.wrong(f"answer-{question.key}", _too_long(reading.said, longest, len(answer)))
    return answer


def _guests(typed: str, most: int, reading: _Reading, *, but: Iterable[str | None]) -> tuple[str, ...]:
    if not most:
        return ()
    others = {canonical_mailbox(each) for each in but if each}
    said = reading.said
    addresses: dict[str, None] = {}
    for each in _SEPARATORS.split(typed.strip())[:100]:
        inner = _Reading(said)
        address = _email(each, "guests", inner) if each else ""
        if inner.problems:
            reading.wrong("guests", said.text("{address} is not an email address", address=one_line(each)[:80]))
            return ()
        if address and canonical_mailbox(address) not in others:
            addresses.setdefault(address)
    if len(addresses) > most:
        text = said.plural("You can invite {count} guest", "You can invite up to {count} guests", most)
        reading.wrong("guests", text)
    return tuple(addresses)


def _too_long(said: Language, most: int, count: int) -> str:
    return said.text("Shorten this to {most} characters or fewer: it has {count} now", most=most, count=count)

"""The details form parsed into values, or into a list of problems. Nothing raw is passed on."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from ...actions.consent.offers import OfferedConsent
from ...domain.localized_text import worded
from ...domain.meeting import MeetingType
from ...domain.people import canonical_mailbox
from ...domain.questions import TICKED, Question, QuestionKind, asked, is_number, is_phone_number
from ...domain.text import NAME_LENGTH, one_line, several_lines
from ...language import Language
from ..http.forms import Problem, Reading, is_form_key, too_long
from ..http.mail_address import read_address
from ..http.parsing import read_instant

_SEPARATORS = re.compile(r"[\s,;]+")
SHOWN = "shown"  # the keys of the questions that the form showed
TRAP = "subject_line"  # hidden from people, so that only programs fill it in
CONSENTED = "y"


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """The parsed form; it can be used only if `problems` and `more` are empty.

    `kept`: the questions and profile fields that the form announced. `more`: questions that the answers lead to and the
    form did not show.
    """

    start: datetime | None
    name: str
    email: str
    answers: tuple[tuple[str, str], ...]
    guests: tuple[str, ...]
    ticked: tuple[OfferedConsent, ...]
    form_key: str
    kept: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]
    more: tuple[Question, ...] = ()


def read_details(
    form: Mapping[str, str],
    meeting: MeetingType,
    language: Language,
    *,
    writer: str,
    consents: Iterable[OfferedConsent] = (),
    own: Iterable[str | None] = (),
) -> Details:
    """Parse the form of this meeting type, ignoring what it does not ask for.

    `writer`: the host's language. `own`: addresses of the host and the service, which can't be guests.
    """
    reading = Reading(language)
    name = _name(form.get("name", ""), reading)
    email = read_address(form.get("email", ""), "email", reading)
    answers, more = read_answers(form, meeting, reading, writer=writer)
    guests = _guests(form.get("guests", ""), meeting.guests_at_most, reading, but=(email, *own))
    ticked = tuple(each for each in consents if _ticked(form, each, reading))
    if form.get(TRAP):
        reading.wrong(TRAP, language.text("Leave this field empty. It is there to stop programs."))
    key = form.get("form_key", "")
    return Details(
        start=read_instant(form.get("start", "")),
        name=name,
        email=email,
        answers=answers,
        guests=guests,
        ticked=ticked,
        form_key=key if is_form_key(key) else "",
        kept=tuple((name, slug) for name, _ in answers if (slug := form.get(kept_name(name), ""))),
        problems=tuple(reading.problems),
        more=more,
    )


def read_answers(
    form: Mapping[str, str], meeting: MeetingType, reading: Reading, *, writer: str
) -> tuple[tuple[tuple[str, str], ...], tuple[Question, ...]]:
    """The answers by question key, and the questions that they lead to and the form did not show."""
    questions, more = asked_of(form, meeting, writer=writer), newly_asked(form, meeting, writer=writer)
    return tuple(
        (each.key, _answer(form, each, reading, writer=writer)) for each in questions if each not in more
    ), more


def typed(form: Mapping[str, str], meeting: MeetingType) -> tuple[tuple[str, str], ...]:
    """The input of this meeting type's form, and its form key, as fields to carry along."""
    offered = [name for each in meeting.purposes for name in (tick_name(each.purpose), wording_name(each.purpose))]
    return _given(form, "form_key", *_fields(meeting), SHOWN, *offered)


def prefilled(query: Mapping[str, str], meeting: MeetingType) -> tuple[tuple[str, str], ...]:
    """The fields that a link can prefill: no consents, and not the form key, which the link's author would know."""
    return _given(query, *_fields(meeting))


def _fields(meeting: MeetingType) -> Sequence[str]:
    return ("name", "email", "guests", *(name for each in meeting.questions for name in field_names(each)))


def _given(form: Mapping[str, str], *names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, as_typed(form[name])) for name in names if form.get(name))


def asked_of(form: Mapping[str, str], meeting: MeetingType, *, writer: str) -> tuple[Question, ...]:
    """The questions that are asked with this input."""
    return asked(meeting.questions, {each.key: given(form, each, writer=writer) for each in meeting.questions})


def newly_asked(form: Mapping[str, str], meeting: MeetingType, *, writer: str) -> tuple[Question, ...]:
    """The questions that the answers lead to and the form did not show.

    A program that does not say what it showed is taken to know all of them.
    """
    if SHOWN not in form:
        return ()
    shown = form[SHOWN].split(" ")
    return tuple(each for each in asked_of(form, meeting, writer=writer) if each.key not in shown)


def field_names(question: Question) -> tuple[str, ...]:
    """The names of its fields: one per option where several can be chosen. No key contains a dot."""
    name = f"answer-{question.key}"
    if question.kind is QuestionKind.SEVERAL:
        return tuple(f"{name}.{at}" for at in range(len(question.options)))
    return (name,)


def given(form: Mapping[str, str], question: Question, *, writer: str) -> str:
    """The answer as it would be stored, valid or not."""
    entered = [form.get(name, "") for name in field_names(question)]
    match question.kind:
        case QuestionKind.SEVERAL:
            return "\n".join(each for each, ticked in zip(question.values(writer), entered, strict=True) if ticked)
        case QuestionKind.TICK:
            return TICKED if entered[0] else ""
        case QuestionKind.CHOICE:
            at = question.meant(one_line(entered[0]))
            return one_line(entered[0]) if at is None else question.values(writer)[at]
        case QuestionKind.LONG:
            return several_lines(entered[0])
        case QuestionKind.TEXT | QuestionKind.NUMBER | QuestionKind.PHONE:
            return one_line(entered[0])
        case _:
            assert_never(question.kind)


def as_typed(value: str) -> str:
    """The input unchanged, without what no HTML document may contain."""
    return "".join(
        c for c in value if c in "\n\r\t" or ((c.isprintable() or ord(c) > 0x9F) and not 0xD800 <= ord(c) < 0xE000)
    )


def tick_name(purpose: str) -> str:
    """The name of a consent's box."""
    return f"consent-{purpose}"


def wording_name(purpose: str) -> str:
    """The name of the hidden field with the wording beside a box."""
    return f"wording-{purpose}"


def kept_name(question: str) -> str:
    """The name of the hidden field with the profile field in which an answer is kept."""
    return f"kept-{question}"


def is_ticked(form: Mapping[str, str], consent: OfferedConsent) -> bool:
    """Whether the box was ticked beside the present wording; a tick counts for what was read."""
    slug = consent.purpose.slug
    return form.get(tick_name(slug)) == CONSENTED and form.get(wording_name(slug)) == consent.wording.hash.hex()


def _ticked(form: Mapping[str, str], consent: OfferedConsent, reading: Reading) -> bool:
    name = tick_name(consent.purpose.slug)
    if is_ticked(form, consent):
        return True
    if form.get(name) == CONSENTED:
        reading.wrong(
            name,
            reading.language.text(
                "This text has changed in the meantime. Read it again, and tick the box if you agree."
            ),
        )
    return False


def _name(typed: str, reading: Reading) -> str:
    name = one_line(typed)
    if not name:
        reading.wrong("name", reading.language.text("Enter your name"))
    elif len(name) > NAME_LENGTH:
        reading.wrong("name", too_long(reading.language, NAME_LENGTH, len(name)))
    return name


def _answer(form: Mapping[str, str], question: Question, reading: Reading, *, writer: str) -> str:
    answer = given(form, question, writer=writer)
    wrong = _wrong(question, answer, reading.language, writer)
    if wrong:
        reading.wrong(f"answer-{question.key}", wrong)
    return answer


def _wrong(question: Question, answer: str, language: Language, writer: str) -> str:
    """What is wrong with an answer, and how to correct it; "" for nothing."""
    if not answer:
        label = worded(question.label, language.code, writer=writer).text
        return language.text("Answer this question: {label}", label=label) if question.required else ""
    if len(answer) > question.longest and question.kind is not QuestionKind.SEVERAL:
        return too_long(language, question.longest, len(answer))
    match question.kind:
        case QuestionKind.CHOICE:
            return "" if question.meant(answer) is not None else language.text("Choose one of the answers")
        case QuestionKind.NUMBER:
            return "" if is_number(answer) else language.text("Enter a number, such as 3 or 2.5")
        case QuestionKind.PHONE:
            return "" if is_phone_number(answer) else language.text("Enter a phone number, such as +49 30 901820")
        case QuestionKind.TEXT | QuestionKind.LONG | QuestionKind.SEVERAL | QuestionKind.TICK:
            return ""
        case _:
            assert_never(question.kind)


def _guests(typed: str, most: int, reading: Reading, *, but: Iterable[str | None]) -> tuple[str, ...]:
    if not most:
        return ()
    others = {canonical_mailbox(each) for each in but if each}
    language = reading.language
    addresses: dict[str, None] = {}
    for each in _SEPARATORS.split(typed.strip())[:100]:
        inner = Reading(language)
        address = read_address(each, "guests", inner) if each else ""
        if inner.problems:
            reading.wrong("guests", language.text("{address} is not an email address", address=one_line(each)[:80]))
            return ()
        if address and canonical_mailbox(address) not in others:
            addresses.setdefault(address)
    if len(addresses) > most:
        text = language.plural("You can invite {count} guest", "You can invite up to {count} guests", most)
        reading.wrong("guests", text)
    return tuple(addresses)

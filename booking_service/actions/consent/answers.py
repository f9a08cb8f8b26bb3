"""What the mailed link of a question shows, and answering it. Looking changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session

from ...crypto.tokens import LinkPurpose
from ...domain.consent import NOES, Act, Detail, Entry, Standing
from ...domain.consent_moves import Confirmed, Declined
from ...domain.effects import MailKind
from ...domain.errors import UnknownLink
from ...domain.localized_text import HostText
from ...domain.people import Organisation
from ...domain.purposes import Part, Purpose, parts_of
from ...runtime import Runtime
from ...storage import access, bookings, contacts, hosts, ledger, meetings, purposes, questions
from ...storage.contacts import Contact
from ...storage.engine import snapshot, transaction
from ..access import limits
from . import append, links, mails
from .contacts import Circle, circle_of, locked
from .zones import zone_of


class QuestionState(StrEnum):
    """The state of a question."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    LAPSED = "lapsed"
    TAKEN_BACK = "taken-back"  # the booking's address was corrected
    CLOSED = "closed"  # by a no, or a newer question


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenQuestion:
    """A question with the texts it was asked with. `at`: when it was answered or ended. `standing`: the present one."""

    entry: Entry
    purpose: Purpose
    texts: Mapping[Part, str]
    language: str
    state: QuestionState
    at: datetime | None
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenQuestions:
    """Everything that one mail asked. `zone`: for times. `blocked`: the mailbox wants no mail at all.

    `ticked_on`: the title of the meeting type on whose form it was ticked, with its host's language; None where no
    question is open, or staff asked.
    """

    contact: Contact
    organisation: Organisation
    questions: tuple[SeenQuestion, ...]
    zone: str
    blocked: bool
    ticked_on: tuple[HostText, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """The press of a button, as evidence. `shown`: the texts that it answers, word for word.

    `network`: for limits. `on_record`: the part of it that is stored; None: all.
    """

    page: str
    language: str
    network: str
    agent: str
    shown: str = ""
    on_record: str | None = None


def show(rt: Runtime, token: str, *, now: datetime) -> SeenQuestions:
    """Raises UnknownLink."""
    with snapshot(rt.engine) as session:
        return _seen(rt, session, links.opened(session, token, {LinkPurpose.ANSWER}, now=now), now=now)


def answer(rt: Runtime, token: str, purpose: str, *, yes: bool, press: Press, now: datetime) -> None:
    """Answer the question about a purpose that this link asked; a repeated press changes nothing.

    Raises UnknownLink; ConsentRefused: it is not open any more, or all use is stopped.
    """
    with transaction(rt.engine) as session:
        if yes:
            limits.use(rt, session, "confirm_per_network", press.network, now=now)
        opened = links.opened(session, token, {LinkPurpose.ANSWER}, now=now)
        circle = locked(rt, session, opened.contact.id)
        asked = _asked(session, circle, opened, purpose)
        answer_in(rt, session, circle, asked, yes=yes, press=press, zone=str(opened.about.get("zone", "")), now=now)


def answer_in(
    rt: Runtime,
    session: Session,
    circle: Circle,
    asked: Entry,
    *,
    yes: bool,
    press: Press,
    zone: str,
    now: datetime,
) -> None:
    """Write the answer to a question, once, with what follows. The circle is locked. Raises ConsentRefused."""
    if _answered_so(circle, asked, yes=yes):
        return
    change = Confirmed(asked.id, asked.wording) if yes else Declined(asked.id)
    ticks = _ticks(session, circle, asked)
    detail = replace(detail_of(circle.contact, press, snapshot=press.shown, now=now), who=_who(circle.contact, ticks))
    done = append.change_in(session, circle, asked.purpose, change, detail=detail, now=now)
    questions.answered(session, [each.entry_id for each in ticks])
    if done.entry is not None:
        typed = circle.contact.name in {each.who for each in ticks}
        _follow_up(rt, session, done, name=detail.who if typed else circle.contact.name, zone=zone, now=now)


def detail_of(contact: Contact, press: Press, *, snapshot: str = "", now: datetime) -> Detail:
    """The evidence of a press: who, from where, and what was shown."""
    return Detail(
        who=contact.name,
        address=contact.address,
        page=press.page,
        snapshot=snapshot,
        pressed_at=now,
        language=press.language,
        network=press.network if press.on_record is None else press.on_record,
        agent=press.agent,
    )


def state_of(
    circle: Circle, asked: Entry, standing: Standing, *, now: datetime
) -> tuple[QuestionState, datetime | None]:
    """The state of a question, and since when."""
    answered = next((each for each in circle.own if each.refers == asked.id and each.act in _ANSWERS), None)
    if answered is not None:
        return _ANSWERS[answered.act], answered.at
    if standing.question is not None and standing.question.id == asked.id:
        return (QuestionState.OPEN, None) if standing.open_question(now=now) else (QuestionState.LAPSED, asked.until)
    later = (each for each in circle.own if each.number > asked.number and each.refers != asked.id)
    closed = (each for each in later if each.act in _CLOSING)
    return QuestionState.CLOSED, next((each.at for each in closed if each.purpose in (asked.purpose, "*")), None)


_ANSWERS = {
    Act.CONFIRMED: QuestionState.CONFIRMED,
    Act.DECLINED: QuestionState.DECLINED,
    Act.RETRACTED: QuestionState.TAKEN_BACK,
}
_CLOSING = NOES | {Act.ASKED, Act.GIVEN}


def _seen(rt: Runtime, session: Session, opened: links.OpenedLink, *, now: datetime) -> SeenQuestions:
    circle = circle_of(rt, session, opened.contact)
    asked = [each for each in circle.own if each.id.hex in opened.about["entries"]]
    return SeenQuestions(
        contact=opened.contact,
        organisation=hosts.organisation(session),
        questions=tuple(seen for entry in asked if (seen := seen_question(session, circle, entry, now=now))),
        zone=str(opened.about.get("zone", "")) or zone_of(session, opened.contact),
        blocked=access.is_blocked(session, limits.mailbox_marks(rt, opened.contact.address)),
        ticked_on=next((found for each in asked if (found := _ticked_on(session, each))), None),
    )


def _ticked_on(session: Session, asked: Entry) -> tuple[HostText, str] | None:
    question = questions.find(session, asked.id)
    booking = bookings.find(session, question.booking_id) if question and question.booking_id else None
    if booking is None:
        return None
    return meetings.of_booking(session, booking).title, hosts.get(session, booking.host_id).language


def seen_question(session: Session, circle: Circle, entry: Entry, *, now: datetime) -> SeenQuestion | None:
    """A question as its page shows it; None for an unknown purpose or wording, which we never delete."""
    purpose = purposes.find(session, entry.purpose)
    wording = purposes.wording(session, entry.wording) if entry.wording else None
    if purpose is None or wording is None:
        return None
    standing = circle.standing(purpose)
    state, at = state_of(circle, entry, standing, now=now)
    return SeenQuestion(
        entry=entry,
        purpose=purpose,
        texts=parts_of(wording),
        language=wording.language,
        state=state,
        at=at,
        standing=standing,
    )


def _asked(session: Session, circle: Circle, opened: links.OpenedLink, purpose: str) -> Entry:
    found = (each for each in circle.own if each.id.hex in opened.about["entries"] and each.purpose == purpose)
    entry = next(found, None)
    if entry is None:
        raise UnknownLink("this link asked nothing about that")
    return entry


def _answered_so(circle: Circle, asked: Entry, *, yes: bool) -> bool:
    """Whether this answer was given already, as by a second press."""
    act = Act.CONFIRMED if yes else Act.DECLINED
    return any(each.refers == asked.id and each.act is act for each in circle.own)


@dataclass(frozen=True, slots=True)
class _Ticked:
    """A tick that the question is about, or the staff's. `who`: the person's name then. `proven`: that booking is."""

    entry_id: UUID
    who: str
    proven: bool


def _ticks(session: Session, circle: Circle, asked: Entry) -> list[_Ticked]:
    """All ticks made while the question was open, oldest first."""
    same = [each.id for each in circle.own if each.act is Act.ASKED and asked.id in (each.id, each.refers)]
    details, found = ledger.details(session, same), []
    for id in same:
        question = questions.find(session, id)
        booking = bookings.find(session, question.booking_id) if question and question.booking_id else None
        body = ledger.read_body(details[id].body) if id in details else {}
        found.append(_Ticked(id, str(body.get("who", "")), proven=booking is not None and booking.mailbox_answered))
    return found


def _who(contact: Contact, ticks: Sequence[_Ticked]) -> str:
    """The person's name when they ticked: in the proven booking, else in the last one; not the contact's present
    name."""
    proven = [each.who for each in ticks if each.proven]
    return next(reversed(proven or [each.who for each in ticks]), "") or contact.name


def _follow_up(rt: Runtime, session: Session, done: append.Changed, *, name: str, zone: str, now: datetime) -> None:
    """The mails that follow: a yes is told what it agreed to, a no if it ended something.

    `name`: of the contact whose mailbox the link proved.
    """
    entry, contact = done.entry, done.circle.contact
    if entry is None:
        return
    if contact.proven_at is None or contact.name != name:
        contact = replace(contact, proven_at=contact.proven_at or now, name=name)
        contacts.save(session, contact)
    if entry.act is Act.CONFIRMED or done.before.granted:
        kind = MailKind.CONSENT_CONFIRMED if entry.act is Act.CONFIRMED else MailKind.CONSENT_ENDED
        tell(rt, session, contact, kind, entry.id, entry.purpose, zone=zone, now=now)


def tell(
    rt: Runtime,
    session: Session,
    contact: Contact,
    kind: MailKind,
    entry_id: UUID,
    purpose: str,
    *,
    zone: str = "",
    now: datetime,
) -> None:
    """Owe the mail about an answer, with the link that ends the purpose."""
    if contact.address:
        links.out(rt, session, contact, purpose)
        owed = mails.OwedMail(kind=kind, contact_id=contact.id, occasion=entry_id.hex, entries=(entry_id,), zone=zone)
        mails.owe(session, contact, owed, now=now)

"""Answers of booking forms that are kept in the contact's profile too: which questions can be, and filling the fields.

What the form said is noted with the booking. It counts once the mailbox's owner has confirmed the booking, and is
written by the worker, so no confirmation waits for it or fails because of it. Anybody can type an address: unconfirmed
answers fill nothing, nor do answers that a host typed for somebody. A booking creates no contact; if a tick of its form
does so later, the answers follow.

An answer dates from when its form was sent: it replaces older values, and leaves newer ones by staff, an import, a
later form, or a no that emptied the field. Where purposes allow to keep a field, one of them must stand as the
organisation accepts it; a tick on the same form that is confirmed later has the answers follow.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import structlog
from sqlmodel import Session

from ...domain.booking import Booking
from ...domain.consent import Act, Entry
from ...domain.errors import BookingError
from ...domain.meeting import MeetingType
from ...domain.owed import look_again
from ...domain.questions import Question
from ...runtime import Runtime
from ...storage import booking_fields, bookings, contacts, fields, meetings, outbox, purposes
from ...storage.booking_fields import NotedField
from ...storage.contacts import Contact
from ...storage.engine import transaction
from ...storage.fields import FieldValue, KeptValue, ProfileField
from ...storage.outbox import Claimed
from ..access import sealed_answers
from . import own_fields, profile
from .contacts import Circle, locked
from .profile import ValueTooLong

KIND = "fill-fields"
_YESES = frozenset({Act.CONFIRMED, Act.GIVEN})

log = structlog.get_logger()


class Misfit(StrEnum):
    """Why the answers to a question can't be kept in a field."""

    UNKNOWN = "unknown"  # there is no such field
    SENSITIVE = "sensitive"  # the question is sensitive, and the field would be readable
    TOO_LONG = "too-long"  # an answer may be longer than a field


class FieldUnfit(BookingError):
    """The answers to a question can't be kept in the field that it names."""

    def __init__(self, question: Question, misfit: Misfit) -> None:
        self.question = question
        self.misfit = misfit
        super().__init__(f"the answers to {question.key} can't be kept in the field {question.field}: {misfit}")


class LeftOut(StrEnum):
    """Why an answer is not kept in its field."""

    ENDED = "ended"  # they ended the consent that allows to keep it, or all use
    NOT_ALLOWED = "not-allowed"  # they never gave the consent that allows to keep it
    NEWER = "newer"  # the value was set after the answer
    SENSITIVE = "sensitive"
    TOO_LONG = "too-long"
    UNREADABLE = "unreadable"  # no key here decrypts it


def misfits(session: Session, questions: Iterable[Question]) -> list[FieldUnfit]:
    """The unsuitable ones of these questions; their fields are locked against deletion."""
    found = ((each, _misfit(each, fields.lock(session, each.field))) for each in questions if each.field)
    return [FieldUnfit(question, misfit) for question, misfit in found if misfit is not None]


def refuse_misfits(session: Session, before: MeetingType | None, after: MeetingType) -> None:
    """Raises FieldUnfit: for a new or changed question."""
    standing = before.questions if before else ()
    for unfit in misfits(session, (each for each in after.questions if each not in standing)):
        raise unfit


def note(
    session: Session, booking: Booking, told: Sequence[tuple[str, str]], meeting: MeetingType, *, now: datetime
) -> None:
    """`told`: the questions and fields that the form announced; nothing else is kept."""
    named = {each.key: each.field for each in meeting.questions}
    for key, slug in told:
        if slug and named.get(key) == slug:
            booking_fields.add(session, booking.id, NotedField(question=key, field=slug, given_at=now))


def carry(session: Session, before: Booking, after: Booking) -> None:
    """Hand the noted answers, with their dates, to the booking that takes an ended one's place."""
    for each in booking_fields.of_booking(session, before.id):
        booking_fields.add(
            session, after.id, NotedField(question=each.question, field=each.field, given_at=each.given_at)
        )


def prove(session: Session, booking_id: UUID, meeting: MeetingType, *, now: datetime) -> None:
    """The mailbox's owner confirmed the booking: keep its answers."""
    if any(each.field for each in meeting.questions) and booking_fields.prove(session, booking_id, at=now):
        _owe(session, booking_id, now=now)


def owe_again(session: Session, booking_id: UUID, *, now: datetime) -> None:
    """A contact was created: fill its fields once the booking is proven."""
    for each in booking_fields.proven_among(session, [booking_id]):
        _owe(session, each, now=now)


def follow(session: Session, contact: Contact, entry: Entry, *, now: datetime) -> None:
    """A yes of the contact allows to keep a field: also for answers of the form on which it was ticked."""
    if not entry.by_contact or entry.act not in _YESES or not contact.address:
        return
    purpose = purposes.find(session, entry.purpose)
    allowed = [each.slug for each in fields.every(session) if purpose and profile.allows(purpose, each)]
    theirs = {each.id for each in bookings.of_address(session, contact.address)} if allowed else set()
    for slug in allowed:
        for each in booking_fields.proven_among(session, theirs, field=slug):
            _owe(session, each, now=now)


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Fill the fields; try later while it is not known whether the booking stands.

    Answers that can't be kept are noted for staff on the contact's page, and logged by ids and names only.
    """
    now = rt.clock.now()
    with transaction(rt.engine) as session:
        booking = bookings.get(session, UUID(claimed.payload["booking_id"]))
        if booking.live and booking.owed:
            until = look_again(booking_fields.proven_at(session, booking.id) or now, now=now)
            outbox.defer(session, claimed, until=until, error="it is not known yet whether the booking stands")
            return
        if booking.live and not booking.erased:
            _fill(rt, session, booking, now=now)
        outbox.finish(session, claimed, now=now)


def _owe(session: Session, booking_id: UUID, *, now: datetime) -> None:
    key = f"{KIND}:{booking_id}"
    outbox.wake(session, key, kind=KIND, lane=key, payload={"booking_id": str(booking_id)}, due_at=now, now=now)


def _misfit(question: Question, field: ProfileField | None) -> Misfit | None:
    if field is None:
        return Misfit.UNKNOWN
    if question.sensitive and not field.sensitive:
        return Misfit.SENSITIVE
    return Misfit.TOO_LONG if question.longest_value > profile.LONGEST else None


def _fill(rt: Runtime, session: Session, booking: Booking, *, now: datetime) -> None:
    noted = {each.question: each for each in booking_fields.of_booking(session, booking.id) if each.proven_at}
    contact = contacts.by_address(session, booking.invitee.email) if noted else None
    if contact is None:
        return
    circle = locked(rt, session, contact.id)
    if circle.contact.address_key != booking.invitee.email.lower():
        return  # erased while this waited
    known = {each.slug: each for each in fields.every(session)}
    answers, values, left_out = sealed_answers.opened(rt.ring, booking), dict[str, KeptValue](), dict[str, str]()
    for question in meetings.of_booking(session, booking).questions:
        told, field = noted.get(question.key), known.get(question.field)
        if told is None or field is None or told.field != question.field:
            continue
        filling = _Filling(circle=circle, question=question, field=field, given_at=told.given_at)
        value = filling.value(rt, session, answers.get(question.key, ""), now=now)
        left_out[question.key] = value if isinstance(value, LeftOut) else ""
        if isinstance(value, LeftOut):
            log.warning("answer_left_out", booking=str(booking.id), question=question.key, field=field.slug, why=value)
        elif value:
            values[field.slug] = profile.as_kept(rt, contact.id, field, value, at=told.given_at, answered=True)
    fields.put_all(session, list(values.values()))
    booking_fields.settle(session, booking.id, left_out, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filling:
    """An answer on its way into a contact's field."""

    circle: Circle
    question: Question
    field: ProfileField
    given_at: datetime

    def value(self, rt: Runtime, session: Session, answer: str | None, *, now: datetime) -> "str | LeftOut":
        """The value for the field; "" for no answer, which leaves it unchanged; or why it is left out.

        `answer`: None where no key here decrypts it.
        """
        if answer == "":
            return ""
        standing = profile.stands_in(session, self.circle.contact.id, self.field)
        if self._ended(standing):
            return LeftOut.ENDED
        if not own_fields.may_be_kept(rt, session, self.circle, self.field, now=now):
            return LeftOut.NOT_ALLOWED
        if standing is not None and standing.set_at is not None and standing.set_at >= self.given_at:
            return "" if self._stands_already(standing) else LeftOut.NEWER
        if self.question.sensitive and not self.field.sensitive:
            return LeftOut.SENSITIVE
        if answer is None:
            return LeftOut.UNREADABLE
        try:
            return profile.value_of(self.question.value(answer))
        except ValueTooLong:
            return LeftOut.TOO_LONG

    def _stands_already(self, standing: FieldValue) -> bool:
        """Whether it was taken over already."""
        return standing.answered and not standing.locked and standing.set_at == self.given_at

    def _ended(self, standing: FieldValue | None) -> bool:
        """Whether keeping it was ended since the form was sent: by a no, or a stop by them or a merged contact."""
        every = self.circle.standing_for_every()
        if profile.stopped_by(self.circle) is not None or (standing is not None and standing.locked):
            return True
        return every.own_no is not None and every.own_no.at >= self.given_at

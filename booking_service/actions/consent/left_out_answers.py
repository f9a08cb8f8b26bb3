"""Answers of booking forms that were to be kept in a profile field and are not, with the reason. Looking changes
nothing."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from ...domain.booking import Booking
from ...domain.localized_text import HostText
from ...storage import booking_fields, bookings, contacts, fields, meetings
from ...storage.contacts import Contact
from .question_fields import LeftOut


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLeftOut:
    """`question`: its label on the form. `field`: the label in the reader's language. `given_at`: when the form was
    sent."""

    question: HostText
    field: str
    given_at: datetime
    why: LeftOut


def of_contact(session: Session, contact: Contact, *, language: str) -> tuple[AnswerLeftOut, ...]:
    """A contact's answers, oldest first, except where the field was set since then, or deleted."""
    made = bookings.of_address(session, contact.address) if contact.address else []
    theirs = {each.id: each for each in made if each.live}
    noted = booking_fields.left_out_of(session, theirs)
    if not noted:
        return ()
    kinds = meetings.of_ids(session, {theirs[id].meeting_type_id for id, _ in noted})
    known = {each.slug: each for each in fields.every(session)}
    set_at = {each.field.slug: each.set_at for each in fields.values(session, contact.id) if each.set_at is not None}
    found = []
    for id, each in noted:
        field, since = known.get(each.field), set_at.get(each.field)
        if field is None or (since is not None and each.left_out_at is not None and since > each.left_out_at):
            continue
        labels = {question.key: question.label for question in kinds[theirs[id].meeting_type_id].questions}
        found.append(
            AnswerLeftOut(
                question=labels.get(each.question, each.question),
                field=field.label(language),
                given_at=each.given_at,
                why=LeftOut(each.left_out),
            )
        )
    return tuple(found)


def waiting_for_contact(session: Session, booking: Booking, *, language: str) -> dict[str, str]:
    """By question key of a standing, proven booking: the field that will keep the answer once this address has a
    contact.

    Empty where it has one.
    """
    noted = booking_fields.of_booking(session, booking.id) if booking.live and not booking.erased else []
    proven = [each for each in noted if each.proven_at]
    if not proven or contacts.by_address(session, booking.invitee.email) is not None:
        return {}
    known = {each.slug: each for each in fields.every(session)}
    return {each.question: known[each.field].label(language) for each in proven if each.field in known}

"""Unanswered questions: reminders, and their lapse.

A question lapses by itself at the ledger's `until`; what is stored here is working data.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlmodel import Session

from ...crypto.tokens import LinkPurpose
from ...domain.effects import MailKind
from ...domain.purposes import ConsentRules
from ...runtime import Runtime
from ...storage import booking_lists, bookings, contacts, purposes, questions
from ...storage.contacts import Contact
from ...storage.engine import transaction
from ...storage.questions import OpenQuestion
from . import links, mails


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminded:
    """`sent`: reminders of an open question so far. `next_at`: when the next one is due; None: none is."""

    sent: int
    next_at: datetime | None


def remind_due(rt: Runtime, *, now: datetime) -> int:
    """Owe the reminders that are due, and delete questions that have lapsed. Returns the number of new mails.

    The questions of one form are reminded by one mail. Unproven addresses get none, unless the organisation decided so:
    anybody may have typed them (§ 7 UWG).
    """
    with transaction(rt.engine) as session:
        contacts.lock(session, questions.concerned(session, now=now))
        rules = purposes.rules(session)
        due = questions.to_remind(session, now=now)
        owed = [
            _remind(rt, session, list(group), rules, now=now) for _, group in groupby(sorted(due, key=_form), _form)
        ]
        questions.over(session, now=now)
    return sum(owed)


def mailed(session: Session, entry_ids: Iterable[UUID], *, now: datetime) -> None:
    """A mail about these questions was sent: set when the next one is due."""
    rules = purposes.rules(session)
    for id in entry_ids:
        question = questions.find(session, id)
        if question is not None:
            next_at = rules.next_reminder(asked_at=question.asked_at, until=question.until, now=now)
            questions.mailed(session, id, next_at=next_at)


def of_questions(session: Session, reached: Mapping[UUID, bool]) -> dict[UUID, Reminded]:
    """Past and coming reminders by the entry that asks; as many statements for many as for one.

    `reached`: whether mails about each may leave at all.
    """
    found, rules = questions.of_ids(session, reached), purposes.rules(session)
    whose = contacts.of_ids(session, {each.contact_id for each in found})
    proven = booking_lists.proven_among(session, [each.address for each in whose.values() if each.proven_at is None])

    def reminds(question: OpenQuestion) -> bool:
        contact = whose[question.contact_id]
        known = contact.proven_at is not None or contact.address.lower() in proven
        return reached[question.entry_id] and (rules.remind_unproven or known)

    return {
        each.entry_id: Reminded(sent=max(each.mails - 1, 0), next_at=each.mail_at if reminds(each) else None)
        for each in found
    }


def at_most(session: Session, contact: Contact, question: OpenQuestion, *, now: datetime) -> int:
    """How many more mails an open question may get: none for an unproven address, unless a booking can still prove
    it."""
    rules = purposes.rules(session)
    if not (rules.remind_unproven or question.booking_id or _proven(session, contact)):
        return 0
    return len(rules.reminders_ahead(asked_at=question.asked_at, until=question.until, now=now))


def _form(question: OpenQuestion) -> tuple[str, str, datetime]:
    """What tells the questions of different forms apart."""
    return str(question.contact_id), str(question.booking_id or ""), question.asked_at


def _remind(rt: Runtime, session: Session, due: list[OpenQuestion], rules: ConsentRules, *, now: datetime) -> bool:
    contact = contacts.get(session, due[0].contact_id)
    wanted = contact is not None and (rules.remind_unproven or _proven(session, contact))
    for each in due:
        later = rules.next_reminder(asked_at=each.asked_at, until=each.until, now=now)
        questions.put_off(session, each.entry_id, next_at=None if wanted else later)
    return contact is not None and wanted and _owe(rt, session, contact, due, now=now)


def _proven(session: Session, contact: Contact) -> bool:
    return contact.proven_at is not None or bookings.proven_by_mail(session, contact.address)


def _owe(rt: Runtime, session: Session, contact: Contact, due: list[OpenQuestion], *, now: datetime) -> bool:
    """Owe a reminder with the first mail's link, or a new one where that mail's first question was answered."""
    first, entries = due[0], tuple(each.entry_id for each in due)
    booking = bookings.find(session, first.booking_id) if first.booking_id else None
    zone = booking.invitee.zone if booking else ""
    about = {"entries": [each.hex for each in entries], "zone": zone}
    links.remember_once(rt, session, contact, LinkPurpose.ANSWER, subject=first.entry_id, about=about)
    owed = mails.OwedMail(
        kind=MailKind.CONFIRM_CONSENT,
        contact_id=contact.id,
        occasion=f"{first.entry_id.hex}:{first.mails}",
        entries=entries,
        zone=zone,
    )
    return mails.owe(session, contact, owed, now=now)

"""Questions that nobody has answered: when they are asked again, and when they have lapsed.

A question lapses by itself, as the ledger says until when it may be answered; what is kept here is working data.
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
    """How often a question that waits was asked again. `next_at`: when it is once more; None: none is due."""

    sent: int
    next_at: datetime | None


def remind_due(rt: Runtime, *, now: datetime) -> int:
    """Owe what is due of reminders, and forget the questions whose time is over. Returns how many mails are new.

    What was asked by one form is asked again by one mail. Who has not shown that the address is theirs gets none, unless
    the organisation decided so: anybody may have typed it (§ 7 UWG).
    """
    with transaction(rt.engine) as session:
        rules = purposes.rules(session)
        due = questions.to_remind(session, now=now)
        owed = [
            _remind(rt, session, list(group), rules, now=now) for _, group in groupby(sorted(due, key=_form), _form)
        ]
        questions.over(session, now=now)
    return sum(owed)


def mailed(session: Session, entry_ids: Iterable[UUID], *, now: datetime) -> None:
    """A mail about these questions went out: say when the next one is due."""
    rules = purposes.rules(session)
    for id in entry_ids:
        question = questions.find(session, id)
        if question is not None:
            next_at = rules.next_reminder(asked_at=question.asked_at, until=question.until, now=now)
            questions.mailed(session, id, next_at=next_at)


def of_questions(session: Session, reached: Mapping[UUID, bool]) -> dict[UUID, Reminded]:
    """What came and comes of reminders, by the entries that ask. `reached`: whether a mail about each may leave at all. As many
    statements for many as for one."""
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
    """How many more mails about an unanswered question may come: none to an address that has shown nothing, unless a booking of
    it can still do so."""
    rules = purposes.rules(session)
    if not (rules.remind_unproven or question.booking_id or _proven(session, contact)):
        return 0
    return len(rules.reminders_ahead(asked_at=question.asked_at, until=question.until, now=now))


def _form(question: OpenQuestion) -> tuple[str, str, datetime]:
    """What tells questions of two forms apart."""
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
    """The link is the one of the first mail, unless what that one began with was answered meanwhile."""
    first, entries = due[0], tuple(each.entry_id for each in due)
    booking = bookings.find(session, first.booking_id) if first.booking_id else None
    zone = booking.invitee.zone if booking else ""
    about = {"entries": [each.hex for each in entries], "zone": zone}
    links.remember_once(rt, session, contact, LinkPurpose.ANSWER, subject=first.entry_id, about=about)
    owed = mails.Owed(
        kind=MailKind.CONFIRM_CONSENT,
        contact_id=contact.id,
        occasion=f"{first.entry_id.hex}:{first.mails}",
        entries=entries,
        zone=zone,
    )
    return mails.owe(session, contact, owed, now=now)

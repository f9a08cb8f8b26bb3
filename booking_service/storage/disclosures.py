"""To whom a person's name or address was passed on: webhooks, and partners by mail.

Known from the log of what each was told, for a month; and of a yes until they are told of its end. When a webhook or partner is taken
away, who had been told stays written: for the rest of the month, and of a yes as long as the contact is known, as they hear of no end.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from urllib.parse import urlsplit
from uuid import UUID

from sqlmodel import Session, col, delete, select

from ..crypto.ids import new_id
from ..domain.booking import Booking
from ..domain.follow_ups import Audience, FollowUp
from . import follow_ups, outbox
from .outbox import Claimed
from .prefixes import begins_with
from .tables.consent import DisclosureRow, FollowUpToldRow
from .tables.outbox import OutboxRow

_NAMED_AT = "named_at"
_AT = attrgetter("at")
KEPT = timedelta(days=30)  # as long as the log of what was told


@dataclass(frozen=True, slots=True)
class Disclosure:
    """`receiver`: the host name of a webhook, or a partner's mail address. `purpose`: of the yes; "" for a booking.

    `arrived`: the receiver said so; otherwise it may have arrived all the same.
    """

    receiver: str
    purpose: str
    at: datetime
    arrived: bool


def note(session: Session, claimed: Claimed, *, now: datetime) -> None:
    """What is told now names somebody. Before it is told: nobody knows afterwards whether a request that failed arrived."""
    if _NAMED_AT not in claimed.payload:
        outbox.repack(session, claimed, {**claimed.payload, _NAMED_AT: now.isoformat()})


def of_booking(session: Session, booking: Booking, rules: Iterable[FollowUp]) -> list[Disclosure]:
    """Whom of these the booking's invitee was named to, the first one first."""
    told = [each for each in rules if not each.purpose and each.host_id in (None, booking.host_id)]
    return sorted((*_logged(session, booking.id, told), *_of_removed(session, booking.id)), key=_AT)


def of_contact(session: Session, contact_id: UUID, rules: Iterable[FollowUp]) -> list[Disclosure]:
    """Whom of these the contact was named to with a yes, the first one first; colleagues are left out."""
    told = {each.id: each for each in rules if each.purpose and each.audience is not Audience.STAFF}
    logged = [*_logged(session, contact_id, told.values())]
    known = {(each.receiver, each.purpose) for each in logged}
    rows = session.exec(select(FollowUpToldRow).where(FollowUpToldRow.contact_id == contact_id))
    # the log keeps what did not arrive
    before = [_disclosure(told[row.follow_up_id], row.at, arrived=True) for row in rows if row.follow_up_id in told]
    later = (each for each in before if (each.receiver, each.purpose) not in known)
    return sorted((*logged, *later, *_of_removed(session, contact_id)), key=_AT)


def keep(session: Session, rule: FollowUp, *, now: datetime) -> None:
    """Write down of whom a webhook or partner was told, before it is taken away. Colleagues are left out."""
    if rule.audience is Audience.STAFF:
        return
    told = session.exec(select(FollowUpToldRow).where(FollowUpToldRow.follow_up_id == rule.id))
    of_no_end = {row.contact_id: _disclosure(rule, row.at, arrived=True) for row in told}
    beginning = follow_ups.lanes(rule.id)
    for row in session.exec(select(OutboxRow).where(begins_with(col(OutboxRow.lane), beginning))):
        if _NAMED_AT in row.payload:
            subject, logged = UUID(row.lane.removeprefix(beginning)), _logged_as(rule, row)
            until = None if of_no_end.pop(subject, None) else logged.at + KEPT
            session.add(_row(subject, logged, until, now=now))
    session.add_all(_row(subject, each, None, now=now) for subject, each in of_no_end.items())
    session.flush()


def forget_contact(session: Session, contact_id: UUID) -> None:
    session.exec(delete(DisclosureRow).where(col(DisclosureRow.subject_id) == contact_id))


def forget(session: Session, *, now: datetime) -> None:
    """Delete what is over."""
    session.exec(delete(DisclosureRow).where(col(DisclosureRow.until) <= now))


def _of_removed(session: Session, subject: UUID) -> Iterator[Disclosure]:
    for row in session.exec(select(DisclosureRow).where(DisclosureRow.subject_id == subject)):
        yield Disclosure(row.receiver, row.purpose, row.at, row.arrived)


def _row(subject: UUID, told: Disclosure, until: datetime | None, *, now: datetime) -> DisclosureRow:
    return DisclosureRow(
        id=new_id(now),
        subject_id=subject,
        receiver=told.receiver,
        purpose=told.purpose,
        at=told.at,
        arrived=told.arrived,
        until=until,
    )


def _logged(session: Session, subject: UUID, rules: Collection[FollowUp]) -> Iterator[Disclosure]:
    lanes = {f"{follow_ups.lanes(each.id)}{subject.hex}": each for each in rules}
    for row in session.exec(select(OutboxRow).where(col(OutboxRow.lane).in_(lanes))) if lanes else ():
        if _NAMED_AT in row.payload:
            yield _logged_as(lanes[row.lane], row)


def _logged_as(rule: FollowUp, row: OutboxRow) -> Disclosure:
    return _disclosure(rule, datetime.fromisoformat(row.payload[_NAMED_AT]), arrived=row.done_at is not None)


def _disclosure(rule: FollowUp, at: datetime, *, arrived: bool) -> Disclosure:
    return Disclosure(rule.address or urlsplit(rule.url).hostname or rule.url, rule.purpose, at, arrived)

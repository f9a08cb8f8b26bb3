"""To whom a person's name or address was passed on: webhooks, and partners by mail.

Known from the log of what each was told, for a month; and of a yes until they are told of its end. Gone with the webhook or partner.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from urllib.parse import urlsplit
from uuid import UUID

from sqlmodel import Session, col, select

from ..domain.booking import Booking
from ..domain.follow_ups import Audience, FollowUp
from . import follow_ups, outbox
from .outbox import Claimed
from .tables.consent import FollowUpToldRow
from .tables.outbox import OutboxRow

_NAMED_AT = "named_at"
_AT = attrgetter("at")


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
    return sorted(_logged(session, booking.id, told), key=_AT)


def of_contact(session: Session, contact_id: UUID, rules: Iterable[FollowUp]) -> list[Disclosure]:
    """Whom of these the contact was named to with a yes, the first one first; colleagues are left out."""
    told = {each.id: each for each in rules if each.purpose and each.audience is not Audience.STAFF}
    logged = [*_logged(session, contact_id, told.values())]
    known = {(each.receiver, each.purpose) for each in logged}
    rows = session.exec(select(FollowUpToldRow).where(FollowUpToldRow.contact_id == contact_id))
    # the log keeps what did not arrive
    before = [_disclosure(told[row.follow_up_id], row.at, arrived=True) for row in rows if row.follow_up_id in told]
    return sorted((*logged, *(each for each in before if (each.receiver, each.purpose) not in known)), key=_AT)


def _logged(session: Session, subject: UUID, rules: Collection[FollowUp]) -> Iterator[Disclosure]:
    lanes = {f"{follow_ups.lanes(each.id)}{subject.hex}": each for each in rules}
    for row in session.exec(select(OutboxRow).where(col(OutboxRow.lane).in_(lanes))) if lanes else ():
        if _NAMED_AT in row.payload:
            named_at = datetime.fromisoformat(row.payload[_NAMED_AT])
            yield _disclosure(lanes[row.lane], named_at, arrived=row.done_at is not None)


def _disclosure(rule: FollowUp, at: datetime, *, arrived: bool) -> Disclosure:
    return Disclosure(rule.address or urlsplit(rule.url).hostname or rule.url, rule.purpose, at, arrived)

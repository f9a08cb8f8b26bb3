"""What webhooks are told of bookings and calendars, and telling them.

What a change was is fixed when it happens (domain/webhook_changes.py). Who booked is read at the moment the message leaves, so that
nobody stands in it who was erased, or who stopped the use of their data; and before somebody agreed to a booking nobody knows
whose address it has.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from ...domain.booking import Booking, BookingState
from ...domain.chain import instant_text
from ...domain.follow_ups import FollowUp
from ...domain.gate import Pass, WayOut
from ...domain.webhook_changes import ToldChange
from ...runtime import Runtime
from ...storage import bookings, calendars, contacts, disclosures, hosts, meetings
from ...storage.outbox import Claimed
from ..consent import gate, webhooks
from ..consent.contacts import circle_of, unmade

_NAMING = (ToldChange.CONFIRMED, ToldChange.RESCHEDULED, ToldChange.CANCELLED)


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Tell one webhook of one change, or say when to try again. Raises StorageBusy."""
    now = rt.clock.now()

    def content(session: Session, _: FollowUp) -> Mapping[str, object] | str:
        facts = claimed.payload
        data = _data(rt, session, facts, now=now)
        if data is not None and "invitee" in data:
            disclosures.note(session, claimed, now=now)
        at = instant_text(datetime.fromisoformat(facts["at"]))
        return "gone" if data is None else {"type": facts["change"], "timestamp": at, "data": data}

    webhooks.tell(rt, claimed, content, now=now)


def _data(rt: Runtime, session: Session, facts: Mapping[str, str], *, now: datetime) -> Mapping[str, object] | None:
    """None: what it is about is not kept any more."""
    if "booking" in facts:
        booking = bookings.find(session, UUID(facts["booking"]))
        return _of_booking(rt, session, booking, facts, now=now) if booking is not None else None
    if "calendar" in facts:
        return _of_calendar(session, facts)
    return {}


def _of_booking(
    rt: Runtime, session: Session, booking: Booking, facts: Mapping[str, str], *, now: datetime
) -> Mapping[str, object]:
    host, meeting = hosts.get(session, booking.host_id), meetings.of_booking(session, booking)
    instants = ("start", "end", "previous_start", "previous_end", "hold_until")
    told: dict[str, object] = {
        "booking_id": str(booking.id),
        "revision": int(facts["revision"]),
        "host": host.slug,
        "meeting_type": meeting.slug,
        "state": facts["state"],
        **{name: _local(facts[name], host.zone) for name in instants if name in facts},
        "time_zone": host.zone.key,
        "by": facts["by"],
    }
    if "cause" in facts:
        told["cause"] = facts["cause"]
    if booking.test:
        told["test"] = True
    agreed = facts["change"] in _NAMING and facts["state"] != BookingState.HELD
    if agreed and _may_be_named(rt, session, booking, now=now):
        told["invitee"] = {"name": booking.invitee.name, "email": booking.invitee.email}
    return told


def _may_be_named(rt: Runtime, session: Session, booking: Booking, *, now: datetime) -> bool:
    """Whether the gate passes their address, known or not, and nobody of their mailbox was erased since they booked."""
    if booking.erased:
        return False
    known = contacts.by_address(session, booking.invitee.email)
    contact = known or unmade(rt, address=booking.invitee.email, now=now)
    members = circle_of(rt, session, contact).by_mailbox
    if any(each.erased_at is not None and each.erased_at >= booking.created_at for each in members):
        return False
    decided = gate.would(rt, session, contact, WayOut.BOOKING_WEBHOOK, "", now=now)
    if known is not None:
        gate.note(session, [decided], now=now)
    return isinstance(decided, Pass)


def _of_calendar(session: Session, facts: Mapping[str, str]) -> Mapping[str, object] | None:
    connected = calendars.find(session, UUID(facts["calendar"]))
    if connected is None:
        return None
    host = hosts.get(session, connected.host_id)
    return {
        "calendar_id": str(connected.id),
        "host": host.slug,
        "since": _local(facts["since"], host.zone),
        "time_zone": host.zone.key,
    }


def _local(instant: str, zone: ZoneInfo) -> str:
    """RFC 3339, with the offset of the host's zone."""
    return datetime.fromisoformat(instant).astimezone(zone).isoformat(timespec="seconds")

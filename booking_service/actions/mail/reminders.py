"""Reminders that are due: of unconfirmed holds, and of coming bookings.

Each is owed once; whether it is still wanted is decided when it is sent.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from ...domain.booking import Booking, Party
from ...domain.effects import Mail, MailKind, MailRole
from ...domain.timeline import Happened
from ...runtime import Runtime
from ...storage import bookings, mails, timeline
from ...storage.engine import snapshot, transaction
from ...storage.mails import Coming

HOLD_AT_LEAST = timedelta(minutes=60)  # a shorter hold gets no second mail
SINCE_THE_LAST = timedelta(minutes=15)  # between two mails about a hold
AT_ONCE = 100  # in one transaction, as bookings wait for it

Owed = dict[str, tuple[UUID, Mail]]


def reminders_due(rt: Runtime, *, now: datetime) -> int:
    """Owe every reminder that is due. Returns how many were new."""
    with snapshot(rt.engine) as session:
        owed = {**_of_bookings(session, now=now), **_of_holds(rt, session, now=now)}
        new = owed.keys() - mails.ever_owed(session, list(owed))
        due = [(key, *owed[key]) for key in sorted(new) if _is_due(session, *owed[key], now=now)]
    for at in range(0, len(due), AT_ONCE):
        with transaction(rt.engine) as session:
            for _, booking_id, mail in due[at : at + AT_ONCE]:
                bookings.owe_mail(session, booking_id, mail, now=now)
    return len(due)


def _of_bookings(session: Session, *, now: datetime) -> Owed:
    """For each booking the latest due reminder, so that nobody gets two at once after downtime."""
    offsets = {meeting: befores for meeting, befores in mails.offsets(session).items() if befores}
    if not offsets:
        return {}
    until = now + max(before for befores in offsets.values() for before in befores)
    coming = mails.coming(session, offsets, now=now, until=until)
    return dict(_nearest(coming, offsets, now=now))


def _nearest(
    coming: Iterable[Coming], offsets: dict[UUID, tuple[timedelta, ...]], *, now: datetime
) -> Iterator[tuple[str, tuple[UUID, Mail]]]:
    for each in coming:
        due = [before for before in offsets[each.meeting_type_id] if each.start - before <= now]
        if not due or each.decided_at >= each.start - min(due):  # decided since then, and mailed at that time
            continue
        occasion = f"s{each.sequence}b{int(min(due).total_seconds())}"
        yield _keyed(each.id, Mail(MailKind.REMINDER, MailRole.INVITEE, occasion))


def _of_holds(rt: Runtime, session: Session, *, now: datetime) -> Owed:
    """One reminder per hold, after a part of the time that remained when it was last decided on."""
    share = rt.settings.hold.reminder_at
    held = [booking for booking in bookings.held(session) if share and _share_over(booking, share, now=now)]
    return dict(_keyed(each.id, Mail(MailKind.HOLD_REMINDER, MailRole.INVITEE, f"g{each.generation}")) for each in held)


def _share_over(booking: Booking, share: float, *, now: datetime) -> bool:
    length = booking.hold_until - booking.decided_at
    waits = booking.asked and booking.reserves and Party.INVITEE in booking.awaits and length >= HOLD_AT_LEAST
    return waits and booking.decided_at + share * length <= now < booking.hold_until


def _is_due(session: Session, booking_id: UUID, mail: Mail, *, now: datetime) -> bool:
    """Whether the hold's first mail was sent, and not just now."""
    if mail.kind is not MailKind.HOLD_REMINDER:
        return True
    asked = [
        entry.at
        for entry in timeline.of_booking(session, booking_id)
        if entry.what == Happened.MAILED and entry.detail.get("kind") == MailKind.CONFIRM_BOOKING
    ]
    return bool(asked) and asked[-1] + SINCE_THE_LAST <= now


def _keyed(booking_id: UUID, mail: Mail) -> tuple[str, tuple[UUID, Mail]]:
    return bookings.mail_key(booking_id, mail), (booking_id, mail)

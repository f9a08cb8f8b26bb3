"""Reminders that came due: of a hold that waits to be confirmed, and of a booking whose time comes near.

Each is owed once. Whether it is still wanted is asked again when it is sent.
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

HOLD_AT_LEAST = timedelta(minutes=60)  # a shorter hold is not worth a second mail
SINCE_THE_LAST = timedelta(minutes=15)  # nobody gets two mails about a hold at once
AT_ONCE = 100  # in one transaction: whoever books meanwhile must not wait for all of them

Owed = dict[str, tuple[UUID, Mail]]


def reminders_due(rt: Runtime, *, now: datetime) -> int:
    """Owe every reminder that has come due. Returns how many were new."""
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
    """For each booking the latest reminder that is due: after downtime nobody gets two at once."""
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
        if not due or each.decided_at >= each.start - min(due):  # decided since: the news was mailed then
            continue
        occasion = f"s{each.sequence}b{int(min(due).total_seconds())}"
        yield _keyed(each.id, Mail(MailKind.REMINDER, MailRole.INVITEE, occasion))


def _of_holds(rt: Runtime, session: Session, *, now: datetime) -> Owed:
    """One for each hold, part of the way through what was left of it when it was last decided on."""
    share = rt.settings.hold.reminder_at
    held = [booking for booking in bookings.held(session) if share and _share_over(booking, share, now=now)]
    return dict(_keyed(each.id, Mail(MailKind.HOLD_REMINDER, MailRole.INVITEE, f"g{each.generation}")) for each in held)


def _share_over(booking: Booking, share: float, *, now: datetime) -> bool:
    length = booking.hold_until - booking.decided_at
    waits = booking.asked and booking.reserves and Party.INVITEE in booking.awaits and length >= HOLD_AT_LEAST
    return waits and booking.decided_at + share * length <= now < booking.hold_until


def _is_due(session: Session, booking_id: UUID, mail: Mail, *, now: datetime) -> bool:
    """A hold's reminder follows a mail that did go out, and not too closely."""
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

"""A person leaves: they can't sign in any more, their page closes, and their bookings are kept or cancelled.

The calendar password stays as long as it is needed: events of kept bookings are followed until the last one is over,
and those of cancelled ones are removed first.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session

from ...domain import transitions
from ...domain.audit import Actor, AuditAct, named
from ...domain.booking import Booking, Party
from ...domain.people import Host, Person
from ...runtime import Runtime
from ...storage import bookings, calendars, hosts, people, pictures, reservations
from ...storage.engine import lock_host, snapshot, transaction
from ..access import audit
from ..access.people import PersonRefused, found, refuse_losing_admin
from ..calendar import erase_event
from ..consent import follow_ups
from .record import record_host

UNSHOWN_FOR = timedelta(days=7)  # how long an unreadable calendar is waited for, to confirm the last writes


class Fate(StrEnum):
    """What happens to a leaving host's bookings."""

    KEEP = "keep"
    CANCEL = "cancel"


class FateMissing(PersonRefused):
    """There are coming bookings, and nobody said what happens to them."""

    def __init__(self, person: Person, coming: int) -> None:
        super().__init__(
            f"{person.name} has {coming} bookings to come: say --bookings keep (they stay in {person.name}'s calendar, and "
            "nobody here sees them any more) or --bookings cancel (each invitee gets a mail)"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaver:
    """A person who may leave. `host`: the host they are, with `coming` bookings and `held` times.

    `account`: one of their calendars is connected.
    """

    person: Person
    host: Host | None
    coming: int
    held: int
    account: bool


def show(rt: Runtime, person_id: UUID, *, now: datetime) -> Leaver:
    """What their leaving would mean. Raises NotFound, LastAdmin."""
    with snapshot(rt.engine) as session:
        person = found(session, person_id)
        refuse_losing_admin(session, person, stays=False)
        return _leaver(session, person, now=now)


def leave(rt: Runtime, person_id: UUID, *, fate: Fate | None, words: str = "", by: Actor, now: datetime) -> Leaver:
    """Remove a person with their sessions. Holds end in any case; `words` go to everybody who loses a time.

    Raises NotFound, LastAdmin, FateMissing.
    """
    with transaction(rt.engine) as session:
        person = found(session, person_id)
        refuse_losing_admin(session, person, stays=False)
        if person.host_id is not None:
            lock_host(session, person.host_id)
        leaver = _leaver(session, person, now=now)
        if leaver.coming and fate is None:
            raise FateMissing(person, leaver.coming)
        if leaver.host is not None:
            _close(session, leaver.host, fate, words=words, by=by, now=now)
        people.remove(session, person.id)
        after = f"{fate} {leaver.coming}" if leaver.coming else ""
        about, before = named(person), str(person.rights)
        audit.record(session, AuditAct.PERSON_REMOVED, by=by, about=about, before=before, after=after, now=now)
    return leaver


def forget_accounts(rt: Runtime, *, now: datetime) -> int:
    """Delete calendar accounts of hosts who left, once nothing needs them. Returns how many."""
    with snapshot(rt.engine) as session:
        if not hosts.who_left(session):
            return 0
    with transaction(rt.engine) as session:
        done = [
            account
            for host in hosts.who_left(session)
            if not _needed(session, host, now=now)
            for account in calendars.accounts(session, host.id)
        ]
        for account in done:
            calendars.remove_account(session, account.id)
    return len(done)


def _needed(session: Session, host: Host, *, now: datetime) -> bool:
    if bookings.live_of_host(session, host.id, now=now) or bookings.publishing_of_host(session, host.id):
        return True
    if erase_event.is_owed(session, host.id):
        return True
    recent = host.left_at is not None and now < host.left_at + UNSHOWN_FOR
    return recent and bool(reservations.unshown(session, [each.id for each in calendars.of_host(session, host.id)]))


def _leaver(session: Session, person: Person, *, now: datetime) -> Leaver:
    if person.host_id is None:
        return Leaver(person=person, host=None, coming=0, held=0, account=False)
    held, coming = bookings.still_to_come(session, person.host_id, now=now)
    return Leaver(
        person=person,
        host=hosts.get(session, person.host_id),
        coming=len(coming),
        held=len(held),
        account=bool(calendars.accounts(session, person.host_id)),
    )


def _close(session: Session, host: Host, fate: Fate | None, *, words: str, by: Actor, now: datetime) -> None:
    held, coming = bookings.still_to_come(session, host.id, now=now)
    for each in (*held, *(coming if fate is Fate.CANCEL else ())):
        _cancel(session, each, words=words, now=now)
    session.expire_all()
    closed = replace(hosts.get(session, host.id), active=False, listed=False, left_at=now, picture="")
    hosts.save(session, closed)
    pictures.put(session, host.id, None)
    follow_ups.remove_of_host(session, host.id, by=by, now=now)
    record_host(session, host, closed, by=by.name, now=now)


def _cancel(session: Session, booking: Booking, *, words: str, now: datetime) -> None:
    """A worker writes the calendar and the mails."""
    bookings.record(session, transitions.cancel(booking, by=Party.HOST, reason=words, now=now), now=now)

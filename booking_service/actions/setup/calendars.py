"""A host's connected calendars: health and purpose, pulling, leaving out, disconnecting."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time
from uuid import UUID

from sqlmodel import Session

from calendars.errors import Explanation, explain_kind

from ...crypto import keys
from ...domain.availability import DAY, local_date
from ...domain.errors import BookingError, NotFound
from ...domain.meeting import MeetingType
from ...domain.people import Host
from ...runtime import Runtime
from ...storage import busy, calendars, changes, hosts, meetings, reservations
from ...storage.calendars import Account, Connected, account_context
from ...storage.changes import SetupChange
from ...storage.engine import lock_host, snapshot, transaction
from ..access import calendar_password_limits
from .file.write import Tree, account_tree
from .record import change_host, record

__all__ = ["Connected", "Explanation"]


class AccountStillNeeded(BookingError):
    """The account can't be disconnected: it is the `target`, some meeting types' own, or has events of `live`
    bookings."""

    def __init__(self, *, target: bool, meetings: tuple[MeetingType, ...], live: int) -> None:
        super().__init__("the account is still needed")
        self.target, self.meetings, self.live = target, meetings, live

    @property
    def stands(self) -> bool:
        return self.target or bool(self.meetings) or self.live > 0


class TakesBookings(BookingError):
    """The calendar can't stop blocking the host, as these meeting types' events go into it."""

    def __init__(self, taken: tuple[MeetingType, ...]) -> None:
        super().__init__("bookings are written into this calendar")
        self.meetings = taken


@dataclass(frozen=True, slots=True)
class CalendarSeen:
    """A calendar. `reading`: its pull is running or due. `wrong`: the explanation of its failure.

    `ahead`: the number of entries that take coming time, as of the last pull.
    """

    calendar: Connected
    reading: bool
    left_out: bool
    wrong: Explanation
    ahead: int


@dataclass(frozen=True, slots=True)
class AccountSeen:
    account: Account
    calendars: tuple[CalendarSeen, ...]


@dataclass(frozen=True, slots=True)
class CalendarsSeen:
    host: Host
    accounts: tuple[AccountSeen, ...]


def show(rt: Runtime, host_id: UUID, *, now: datetime) -> CalendarsSeen:
    """By five statements. Contains no password."""
    with snapshot(rt.engine) as session:
        host, connected = hosts.get(session, host_id), calendars.of_host(session, host_id)
        reading = calendars.being_read(session, host_id, now=now)
        ahead = busy.entries_ahead(session, [each.id for each in connected], now=now)
        return CalendarsSeen(
            host,
            tuple(
                AccountSeen(
                    account,
                    tuple(
                        CalendarSeen(
                            each, each.id in reading, each.left_out(now), explain_kind(each.failure), ahead[each.id]
                        )
                        for each in connected
                        if each.account_id == account.id
                    ),
                )
                for account in calendars.accounts(session, host_id)
            ),
        )


def read_now(rt: Runtime, host_id: UUID, account_id: UUID, *, now: datetime) -> None:
    """Make the pulls of the account's calendars due; a server that asked to wait is still left alone."""
    with transaction(rt.engine) as session:
        calendars.account_due(session, _account(session, host_id, account_id).id, now=now)


def leave_out(rt: Runtime, host_id: UUID, calendar_id: UUID, leaves: bool, *, by: str, now: datetime) -> None:
    """Offer times although this calendar can't be verified, until midnight in the host's zone; or no longer.

    On record as the host's word. Raises NotFound, also for a target: that is never left out.
    """
    with transaction(rt.engine) as session:
        lock_host(session, host_id)
        host, connected = hosts.get(session, host_id), _calendar(session, host_id, calendar_id)
        if connected.target and leaves:
            raise NotFound("what takes bookings is never left out")
        until = datetime.combine(local_date(now, host.zone) + DAY, time.min, host.zone) if leaves else None
        calendars.leave_out(session, calendar_id, until=until)
        hosts.offers_changed(session, host_id)
        what = f"hosts.{host.slug}: {connected.name} is left out until"
        before, after = (f"{each:%Y-%m-%d %H:%M %Z}" if each else None for each in (connected.left_out_until, until))
        changes.add(session, SetupChange(now, by, what, before, after))


def change(
    rt: Runtime,
    host_id: UUID,
    calendar_id: UUID,
    *,
    name: str,
    conflicts: bool,
    target: bool,
    by: str,
    now: datetime,
) -> None:
    """Set a calendar's name and purpose. A new target takes bookings from now on; earlier events stay where they are.

    Raises NotFound, TakesBookings.
    """

    def changed(session: Session) -> None:
        connected = _calendar(session, host_id, calendar_id)
        if not conflicts and not target and (taken := _taken_by(session, connected)):
            raise TakesBookings(taken)
        for each in calendars.of_host(session, host_id):
            if target and each.target and each.id != calendar_id:
                calendars.save(session, replace(each, target=False))
        calendars.save(session, replace(connected, name=name, conflicts=conflicts, target=target), pull_at=now)

    _recorded(rt, host_id, changed, by=by, now=now)


def calendar_of(rt: Runtime, host_id: UUID, calendar_id: UUID) -> Connected:
    """Raises NotFound: no such calendar of this host."""
    with snapshot(rt.engine) as session:
        return _calendar(session, host_id, calendar_id)


def account_of(rt: Runtime, host_id: UUID, account_id: UUID) -> tuple[Account, tuple[Connected, ...]]:
    """The account with its calendars. Raises NotFound."""
    with snapshot(rt.engine) as session:
        account = _account(session, host_id, account_id)
        connected = calendars.of_host(session, host_id)
        return account, tuple(each for each in connected if each.account_id == account_id)


def new_password(rt: Runtime, host_id: UUID, account_id: UUID, password: str, *, by: str, now: datetime) -> None:
    """Store another password for the same address and user, and try it at once. Raises NotFound, TooManyRequests."""
    with transaction(rt.engine) as session:
        lock_host(session, host_id)
        account = _account(session, host_id, account_id)
        calendar_password_limits.use(rt, session, host_id, address=account.url, user=account.username, now=now)
        sealed = keys.seal(rt.ring, password.encode(), context=account_context(account.id))
        calendars.save_account(session, replace(account, password=sealed))
        calendars.account_due(session, account.id, now=now)
        host = hosts.get(session, host_id)
        what = f"hosts.{host.slug}.accounts.{account.key}.password"
        changes.add(session, SetupChange(now, by, what, "•••", "••• (another one)"))


def mark_holds(rt: Runtime, host_id: UUID, mark: str, *, by: str, now: datetime) -> None:
    """Set the prefix of held times' titles; existing events stay as they are."""
    change_host(rt, host_id, lambda host: replace(host, hold_mark=mark), by=by, now=now)


def disconnect(rt: Runtime, host_id: UUID, account_id: UUID, *, by: str, now: datetime) -> None:
    """Disconnect the account: delete its password and all that was read. Raises NotFound, AccountStillNeeded."""

    def changed(session: Session) -> None:
        account = _account(session, host_id, account_id)
        needed = _needed(session, host_id, account, now=now)
        if needed.stands:
            raise needed
        calendars.remove_account(session, account.id)

    _recorded(rt, host_id, changed, by=by, now=now)


def still_needed(rt: Runtime, host_id: UUID, account_id: UUID, *, now: datetime) -> AccountStillNeeded | None:
    """Why the account can't be disconnected; None where it can. Raises NotFound."""
    with snapshot(rt.engine) as session:
        needed = _needed(session, host_id, _account(session, host_id, account_id), now=now)
        return needed if needed.stands else None


def _needed(session: Session, host_id: UUID, account: Account, *, now: datetime) -> AccountStillNeeded:
    own = [each for each in calendars.of_host(session, host_id) if each.account_id == account.id]
    live = sum(len(reservations.in_calendar(session, each.id, after=now)) for each in own)
    return AccountStillNeeded(
        target=any(each.target for each in own),
        meetings=tuple(meeting for each in own for meeting in _taken_by(session, each)),
        live=live + reservations.count_copies(session, [each.id for each in own]),
    )


def _taken_by(session: Session, connected: Connected) -> tuple[MeetingType, ...]:
    """The meeting types whose events go into this calendar."""
    url = connected.url.rstrip("/")
    kinds = meetings.of_host(session, connected.host_id)
    return tuple(each for each in kinds if each.calendar and each.calendar.rstrip("/") == url)


def _recorded(rt: Runtime, host_id: UUID, changed: Callable[[Session], None], *, by: str, now: datetime) -> None:
    with transaction(rt.engine) as session:
        lock_host(session, host_id)
        before = _tree(session, host_id)
        changed(session)
        session.expire_all()
        hosts.offers_changed(session, host_id)
        record(session, before, _tree(session, host_id), by=by, now=now)


def _tree(session: Session, host_id: UUID) -> Tree:
    host, connected = hosts.get(session, host_id), calendars.of_host(session, host_id)
    accounts = {
        account.key: account_tree(account, [each for each in connected if each.account_id == account.id])
        for account in calendars.accounts(session, host_id)
    }
    return {"hosts": {host.slug: {"accounts": accounts}}}


def _account(session: Session, host_id: UUID, account_id: UUID) -> Account:
    found = next((each for each in calendars.accounts(session, host_id) if each.id == account_id), None)
    if found is None:
        raise NotFound("this host has no such account")
    return found


def _calendar(session: Session, host_id: UUID, calendar_id: UUID) -> Connected:
    found = next((each for each in calendars.of_host(session, host_id) if each.id == calendar_id), None)
    if found is None:
        raise NotFound("this host has no such calendar")
    return found

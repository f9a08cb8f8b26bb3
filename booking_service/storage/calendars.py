"""Connected calendars: accounts, what each calendar is for, its health, and pulling."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Update, and_, bindparam, func, or_
from sqlmodel import Session, col, delete, select, update

from ..domain.freshness import CLOCKS_DIFFER, is_fresh
from ..domain.interval import Interval
from ..domain.meeting import MeetingType
from . import operations
from .statements import first_of, one_of, rows_of, write
from .tables.booking import ReservationRow
from .tables.calendar import AccountRow, BusyRow, CalendarObjectRow, CalendarRow, ConnectingRow
from .tables.setup import HostRow
from .types import UtcDateTime

PAUSE_AT_MOST = timedelta(hours=1)  # however long a server asks to wait, or a password is refused
PULL_LEASE = timedelta(minutes=2)  # longer than an honest pull; also how long a worker's death delays the next one

_ACCOUNT = select(AccountRow).where(AccountRow.id == bindparam("account_id"))
_CALENDAR = select(CalendarRow).where(CalendarRow.id == bindparam("calendar_id"))
_OF_HOST = select(CalendarRow).where(CalendarRow.host_id == bindparam("host_id")).order_by(col(CalendarRow.name))
_FREE = or_(col(CalendarRow.pull_lease_until).is_(None), col(CalendarRow.pull_lease_until) <= bindparam("now"))
_DUE = (
    select(CalendarRow)
    .where(col(CalendarRow.pull_at) <= bindparam("now"), _FREE, operations.no_restore())
    .order_by(col(CalendarRow.pull_at))
    .limit(1)
)
_OF_ID = update(CalendarRow).where(col(CalendarRow.id) == bindparam("calendar_id"))
_CLAIM = _OF_ID.where(_FREE)
_TOLD = _OF_ID.values(told_at=bindparam("told_at", type_=UtcDateTime()))
_ADVANCE = _OF_ID.where(col(CalendarRow.token_version) == bindparam("before")).values(
    token_version=col(CalendarRow.token_version) + 1, failing_since=None, failure="", failure_text="", told_at=None
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account at a CalDAV server. `password`: sealed with the context `account_context`."""

    id: UUID
    host_id: UUID
    key: str
    url: str
    username: str
    password: str
    auth: str = "auto"
    paused_until: datetime | None = None

    def pause(self, now: datetime) -> timedelta | None:
        """How long the server must not be asked; None where it may be.

        A pause longer than the maximum was noted by a clock that has been set back since, and is ignored.
        """
        left = self.paused_until - now if self.paused_until is not None else timedelta(0)
        return left if timedelta(0) < left <= PAUSE_AT_MOST + CLOCKS_DIFFER else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A connected calendar. `conflicts`: its events block the host. `target`: bookings are written there.

    `pulled_at`: start of the last successful pull. `failing_since`, `failure`: since when pulls fail without a success
    between, and the latest kind of failure. `window`: what the stored busy periods cover. `left_out_until`: until then
    the host has said that it may be unreadable; what was read last still counts.
    """

    id: UUID
    account_id: UUID
    host_id: UUID
    url: str
    name: str
    conflicts: bool = True
    target: bool = False
    capabilities: dict[str, Any]
    token: str | None = None
    token_version: int = 0
    window: Interval | None = None
    pulled_at: datetime | None = None
    failing_since: datetime | None = None
    failure: str = ""
    failure_text: str = ""
    told_at: datetime | None = None
    doubtful_since: datetime | None = None
    left_out_until: datetime | None = None

    def left_out(self, now: datetime) -> bool:
        """Whether the host said that it may be unreadable now. A target is never left out."""
        return not self.target and self.left_out_until is not None and now < self.left_out_until

    def fresh(self, *, now: datetime, within: timedelta) -> bool:
        """Whether the stored busy time can be relied on: pulled recently, and not failing."""
        read = self.pulled_at is not None and is_fresh(self.pulled_at, now=now, within=within)
        return read and self.failing_since is None


def account_context(account_id: UUID) -> str:
    return f"account:{account_id}:password"


def accounts(session: Session, host_id: UUID | None = None) -> list[Account]:
    query = select(AccountRow).order_by(col(AccountRow.key))
    rows = session.exec(query if host_id is None else query.where(AccountRow.host_id == host_id))
    return [_to_account(row) for row in rows]


def locked_accounts(session: Session) -> list[Account]:
    """All accounts, locked until this transaction ends."""
    query = select(AccountRow).order_by(col(AccountRow.id)).with_for_update(key_share=True)
    return [_to_account(row) for row in session.exec(query)]


def account(session: Session, account_id: UUID) -> Account:
    return _to_account(one_of(session, _ACCOUNT, account_id=account_id))


def save_account(session: Session, account: Account) -> None:
    session.merge(
        AccountRow(
            id=account.id,
            host_id=account.host_id,
            key=account.key,
            url=account.url,
            username=account.username,
            password=account.password,
            auth=account.auth,
            paused_until=account.paused_until,
        )
    )
    session.flush()


def pause_account(session: Session, account_id: UUID, until: datetime) -> None:
    """The server asked to wait (429 or 503): send no request before `until`."""
    session.exec(update(AccountRow).where(col(AccountRow.id) == account_id).values(paused_until=until))


def get(session: Session, calendar_id: UUID) -> Connected:
    return to_connected(one_of(session, _CALENDAR, calendar_id=calendar_id))


def find(session: Session, calendar_id: UUID) -> Connected | None:
    row = first_of(session, _CALENDAR, calendar_id=calendar_id)
    return to_connected(row) if row else None


def of_host(session: Session, host_id: UUID) -> list[Connected]:
    return [to_connected(row) for row in rows_of(session, _OF_HOST, host_id=host_id)]


def every(session: Session) -> list[Connected]:
    rows = session.exec(select(CalendarRow).order_by(col(CalendarRow.host_id), col(CalendarRow.name)))
    return [to_connected(row) for row in rows]


def looked_at(calendars: list[Connected]) -> list[Connected]:
    """The calendars whose events count: conflict calendars and the target, where others' events block too."""
    return [calendar for calendar in calendars if calendar.conflicts or calendar.target]


def verified(calendars: list[Connected], *, now: datetime) -> list[Connected]:
    """The calendars that must be readable to promise anything: those that count, without those left out by the host."""
    return [calendar for calendar in looked_at(calendars) if not calendar.left_out(now)]


def target_of(calendars: list[Connected]) -> Connected | None:
    return next((calendar for calendar in calendars if calendar.target), None)


def place_of(calendars: list[Connected], meeting: MeetingType) -> Connected | None:
    """The calendar for a meeting type's events: its own one, if it still blocks the host, else the host's target."""
    own = meeting.calendar.rstrip("/")
    chosen = next((each for each in looked_at(calendars) if own and each.url.rstrip("/") == own), None)
    return chosen or target_of(calendars)


def save(session: Session, calendar: Connected, *, pull_at: datetime | None = None) -> None:
    """Insert, or update what a person sets; what pulls found stays."""
    row = session.get(CalendarRow, calendar.id)
    if row is None:
        row = CalendarRow(
            id=calendar.id,
            account_id=calendar.account_id,
            host_id=calendar.host_id,
            url=calendar.url,
            name=calendar.name,
            capabilities={},
            pull_at=pull_at,
        )
    row.url, row.name, row.conflicts, row.target = calendar.url, calendar.name, calendar.conflicts, calendar.target
    row.capabilities = calendar.capabilities
    if pull_at is not None:
        row.pull_at = pull_at
    session.add(row)
    session.flush()
    session.exec(
        update(HostRow)
        .where(col(HostRow.id) == calendar.host_id)
        .values(offers_version=col(HostRow.offers_version) + 1)
    )


def claim_pull(session: Session, *, now: datetime) -> Connected | None:
    """Take the calendar whose pull is due longest, for PULL_LEASE; None where none is due or another worker was
    faster."""
    row = first_of(session, _DUE, now=now)
    if row is None or write(session, _CLAIM, calendar_id=row.id, now=now, pull_lease_until=now + PULL_LEASE) != 1:
        return None
    return to_connected(row)


def advance(session: Session, before: Connected, *, token: str | None, window: Interval, now: datetime) -> bool:
    """Store the new token by compare-and-set on the one that the pull began with. False: another pull was faster."""
    found = {"token": token, "window_start": window.start, "window_end": window.end, "pulled_at": now}
    return write(session, _ADVANCE, found, calendar_id=before.id, before=before.token_version) == 1


def failed(session: Session, calendar_id: UUID, *, word: str, text: str, now: datetime) -> None:
    """Note a failed pull: since when, and why."""
    row = session.get_one(CalendarRow, calendar_id)
    row.failing_since = row.failing_since or now
    row.failure, row.failure_text = word, text
    session.add(row)
    session.flush()


def pull_next(session: Session, calendar_id: UUID, *, at: datetime) -> None:
    """The pull is over; the next is due at `at`."""
    write(session, _OF_ID, calendar_id=calendar_id, pull_at=at, pull_lease_until=None)


def told(session: Session, calendar_id: UUID, *, since: datetime, now: datetime) -> bool:
    """Whoever hears of it is told of the outage that began then. False: they were, or it is over."""
    untold = (col(CalendarRow.failing_since) == since, col(CalendarRow.told_at).is_(None))
    return write(session, _TOLD.where(*untold), calendar_id=calendar_id, told_at=now) == 1


def outage_told(session: Session, calendar_id: UUID) -> bool:
    """Whether others heard that it can't be read. Nobody is told so until this transaction ends."""
    told_at = select(CalendarRow.told_at).where(CalendarRow.id == calendar_id).with_for_update()
    return session.exec(told_at).one() is not None


def doubt(session: Session, calendar_id: UUID, since: datetime | None) -> None:
    """Note since when many of our events are missing at once, or that they no longer are (None).

    While it is noted, nothing is concluded from missing events.
    """
    session.exec(update(CalendarRow).where(col(CalendarRow.id) == calendar_id).values(doubtful_since=since))


def due_after_clock_step(session: Session, *, now: datetime, at_most: timedelta) -> None:
    """Make pulls due that wait because of a clock set back since: due later than `at_most` from now, or read in the
    future.

    Failing calendars stay as slow as before.
    """
    ahead = now + CLOCKS_DIFFER
    read_ahead = and_(col(CalendarRow.pulled_at) > ahead, col(CalendarRow.failing_since).is_(None))
    session.exec(
        update(CalendarRow)
        .where(or_(col(CalendarRow.pull_at) > ahead + at_most, and_(read_ahead, col(CalendarRow.pull_at) > now)))
        .values(pull_at=now)
    )
    session.exec(
        update(CalendarRow).where(col(CalendarRow.pull_lease_until) > ahead + PULL_LEASE).values(pull_lease_until=None)
    )


def leave_out(session: Session, calendar_id: UUID, *, until: datetime | None) -> None:
    """Leave the calendar out until then at the host's word; None: no longer."""
    session.exec(update(CalendarRow).where(col(CalendarRow.id) == calendar_id).values(left_out_until=until))


def being_read(session: Session, host_id: UUID, *, now: datetime) -> set[UUID]:
    """The host's calendars whose pull is due or running."""
    due = select(CalendarRow.id).where(CalendarRow.host_id == host_id, col(CalendarRow.pull_at) <= now)
    return set(session.exec(due))


def account_due(session: Session, account_id: UUID, *, now: datetime) -> None:
    """Make the pulls of an account's calendars due."""
    session.exec(update(CalendarRow).where(col(CalendarRow.account_id) == account_id).values(pull_at=now))


def remove_account(session: Session, account_id: UUID) -> None:
    """Delete an account with its calendars and all that was read of them; ended bookings lose the link to their
    event."""
    ids = list(session.exec(select(CalendarRow.id).where(CalendarRow.account_id == account_id)))
    for each in (BusyRow, CalendarObjectRow):
        session.exec(delete(each).where(col(each.calendar_id).in_(ids)))
    session.exec(update(ReservationRow).where(col(ReservationRow.calendar_id).in_(ids)).values(calendar_id=None))
    session.exec(
        update(ReservationRow).where(col(ReservationRow.copy_calendar_id).in_(ids)).values(copy_calendar_id=None)
    )
    session.exec(delete(ConnectingRow).where(col(ConnectingRow.target_id).in_(ids)))
    session.exec(delete(CalendarRow).where(col(CalendarRow.account_id) == account_id))
    session.exec(delete(AccountRow).where(col(AccountRow.id) == account_id))


def pulls_due(session: Session, *, now: datetime) -> int:
    """The number of calendars whose pull is due or running."""
    return session.exec(select(func.count()).where(col(CalendarRow.pull_at) <= now)).one()


def all_due(session: Session, *, now: datetime, host_id: UUID | None = None) -> None:
    """Make the pulls of all calendars (of the host) due."""
    query = update(CalendarRow).values(pull_at=now)
    session.exec(query if host_id is None else query.where(col(CalendarRow.host_id) == host_id))


def read_anew(session: Session, host_id: UUID, *, now: datetime) -> None:
    """The host's zone or address changed: nothing that was read counts until it is read again.

    A pull that is running stores nothing, as the version it began with is outdated.
    """
    session.exec(_from_the_start(now).where(col(CalendarRow.host_id) == host_id).values(pulled_at=None))


def read_whole(session: Session, calendar_id: UUID, *, now: datetime) -> None:
    """Make the next pull due at once and read everything; until then what is stored counts."""
    session.exec(_from_the_start(now).where(col(CalendarRow.id) == calendar_id))


def _from_the_start(now: datetime) -> Update:
    """Forget the token. The end of the window stays: it says how far busy time is known, and so what may be offered."""
    return update(CalendarRow).values(
        token=None, token_version=col(CalendarRow.token_version) + 1, window_start=None, pull_at=now
    )


def _to_account(row: AccountRow) -> Account:
    return Account(
        id=row.id,
        host_id=row.host_id,
        key=row.key,
        url=row.url,
        username=row.username,
        password=row.password,
        auth=row.auth,
        paused_until=row.paused_until,
    )


def to_connected(row: CalendarRow) -> Connected:
    window = Interval(row.window_start, row.window_end) if row.window_start and row.window_end else None
    return Connected(
        id=row.id,
        account_id=row.account_id,
        host_id=row.host_id,
        url=row.url,
        name=row.name,
        conflicts=row.conflicts,
        target=row.target,
        capabilities=dict(row.capabilities),
        token=row.token,
        token_version=row.token_version,
        window=window,
        pulled_at=row.pulled_at,
        failing_since=row.failing_since,
        failure=row.failure,
        failure_text=row.failure_text,
        told_at=row.told_at,
        doubtful_since=row.doubtful_since,
        left_out_until=row.left_out_until,
    )

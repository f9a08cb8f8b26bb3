"""Connected calendars: their accounts, what each is for, how it is, and who pulls it now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Update, and_, bindparam, func, or_
from sqlmodel import Session, col, delete, select, update

from ..domain.freshness import CLOCKS_DIFFER, is_fresh
from ..domain.interval import Interval
from ..domain.meeting import MeetingType
from .statements import first_of, one_of, rows_of, write
from .tables.booking import ReservationRow
from .tables.calendar import AccountRow, BusyRow, CalendarObjectRow, CalendarRow, ConnectingRow
from .tables.setup import HostRow

PAUSE_AT_MOST = timedelta(hours=1)  # however much patience a server asks for, and however often a password is refused
PULL_LEASE = timedelta(minutes=2)  # longer than an honest pull; how long a worker's death delays the next one

_ACCOUNT = select(AccountRow).where(AccountRow.id == bindparam("account_id"))
_CALENDAR = select(CalendarRow).where(CalendarRow.id == bindparam("calendar_id"))
_OF_HOST = select(CalendarRow).where(CalendarRow.host_id == bindparam("host_id")).order_by(col(CalendarRow.name))
_FREE = or_(col(CalendarRow.pull_lease_until).is_(None), col(CalendarRow.pull_lease_until) <= bindparam("now"))
_DUE = (
    select(CalendarRow)
    .where(col(CalendarRow.pull_at) <= bindparam("now"), _FREE)
    .order_by(col(CalendarRow.pull_at))
    .limit(1)
)
_OF_ID = update(CalendarRow).where(col(CalendarRow.id) == bindparam("calendar_id"))
_CLAIM = _OF_ID.where(_FREE)
_ADVANCE = _OF_ID.where(col(CalendarRow.token_version) == bindparam("before")).values(
    token_version=col(CalendarRow.token_version) + 1, failing_since=None, failure="", failure_text="", told_at=None
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One sign-in at a CalDAV server. `password` is sealed with the context `account_context` gives."""

    id: UUID
    host_id: UUID
    key: str
    url: str
    username: str
    password: str
    auth: str = "auto"
    paused_until: datetime | None = None

    def pause(self, now: datetime) -> timedelta | None:
        """How long its server is not asked; None where it may be. A pause that is longer than any was noted by a clock
        that was set back since."""
        left = self.paused_until - now if self.paused_until is not None else timedelta(0)
        return left if timedelta(0) < left <= PAUSE_AT_MOST + CLOCKS_DIFFER else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A connected calendar. `conflicts`: what stands there blocks its host; `target`: bookings are written there.

    `pulled_at`: when the last good pull began. `failing_since` and `failure`: the unbroken row of failures, and the word
    for the last of them. `window`: what the kept busy periods cover. `left_out_until`: by the host's word it may be
    unreadable until then, and what was read of it last still counts.
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
        """Whether the host said that nothing in it matters now. What takes bookings is never left out."""
        return not self.target and self.left_out_until is not None and now < self.left_out_until

    def fresh(self, *, now: datetime, within: timedelta) -> bool:
        """Whether what we keep of it may be relied on: pulled lately, and not failing."""
        read = self.pulled_at is not None and is_fresh(self.pulled_at, now=now, within=within)
        return read and self.failing_since is None


def account_context(account_id: UUID) -> str:
    return f"account:{account_id}:password"


def accounts(session: Session, host_id: UUID | None = None) -> list[Account]:
    query = select(AccountRow).order_by(col(AccountRow.key))
    rows = session.exec(query if host_id is None else query.where(AccountRow.host_id == host_id))
    return [_to_account(row) for row in rows]


def locked_accounts(session: Session) -> list[Account]:
    """All there are, which nobody else changes until this transaction ends."""
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
    """The server asked to wait (429 or 503): no request is sent to it before `until`."""
    session.exec(update(AccountRow).where(col(AccountRow.id) == account_id).values(paused_until=until))


def get(session: Session, calendar_id: UUID) -> Connected:
    return to_connected(one_of(session, _CALENDAR, calendar_id=calendar_id))


def of_host(session: Session, host_id: UUID) -> list[Connected]:
    return [to_connected(row) for row in rows_of(session, _OF_HOST, host_id=host_id)]


def every(session: Session) -> list[Connected]:
    rows = session.exec(select(CalendarRow).order_by(col(CalendarRow.host_id), col(CalendarRow.name)))
    return [to_connected(row) for row in rows]


def looked_at(calendars: list[Connected]) -> list[Connected]:
    """Those whose events count: conflict calendars, and the target, as a stranger's event there blocks too."""
    return [calendar for calendar in calendars if calendar.conflicts or calendar.target]


def verified(calendars: list[Connected], *, now: datetime) -> list[Connected]:
    """Those that have to be readable for anything to be promised: what counts, but for what the host's word leaves out."""
    return [calendar for calendar in looked_at(calendars) if not calendar.left_out(now)]


def target_of(calendars: list[Connected]) -> Connected | None:
    return next((calendar for calendar in calendars if calendar.target), None)


def place_of(calendars: list[Connected], meeting: MeetingType) -> Connected | None:
    """Where events of a meeting type go: into its own calendar, while that makes its host busy, else into the one that
    takes the host's bookings."""
    own = meeting.calendar.rstrip("/")
    chosen = next((each for each in looked_at(calendars) if own and each.url.rstrip("/") == own), None)
    return chosen or target_of(calendars)


def save(session: Session, calendar: Connected, *, pull_at: datetime | None = None) -> None:
    """Insert or update what a person sets; what pulls found stays with a calendar that is known."""
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
    """Take the calendar whose pull is due longest, for PULL_LEASE; None if none is due or another was faster."""
    row = first_of(session, _DUE, now=now)
    if row is None or write(session, _CLAIM, calendar_id=row.id, now=now, pull_lease_until=now + PULL_LEASE) != 1:
        return None
    return to_connected(row)


def advance(session: Session, before: Connected, *, token: str | None, window: Interval, now: datetime) -> bool:
    """Go on to `token`, compare-and-set on the one the pull started from; False if another pull went on first."""
    found = {"token": token, "window_start": window.start, "window_end": window.end, "pulled_at": now}
    return write(session, _ADVANCE, found, calendar_id=before.id, before=before.token_version) == 1


def failed(session: Session, calendar_id: UUID, *, word: str, text: str, now: datetime) -> None:
    """The pull failed: remember since when, and why."""
    row = session.get_one(CalendarRow, calendar_id)
    row.failing_since = row.failing_since or now
    row.failure, row.failure_text = word, text
    session.add(row)
    session.flush()


def pull_next(session: Session, calendar_id: UUID, *, at: datetime) -> None:
    """The pull is over; the next one is due at `at`."""
    write(session, _OF_ID, calendar_id=calendar_id, pull_at=at, pull_lease_until=None)


def told(session: Session, calendar_id: UUID, *, now: datetime) -> None:
    session.exec(update(CalendarRow).where(col(CalendarRow.id) == calendar_id).values(told_at=now))


def doubt(session: Session, calendar_id: UUID, since: datetime | None) -> None:
    """Many of our events vanished at once (or no longer): nothing is concluded from absence while it is doubtful."""
    session.exec(update(CalendarRow).where(col(CalendarRow.id) == calendar_id).values(doubtful_since=since))


def due_after_clock_step(session: Session, *, now: datetime, at_most: timedelta) -> None:
    """Have pulled what a clock that was set back since made wait: what is due later than anything waits (`at_most`), and
    what was read in the future. What fails is asked as seldom as before."""
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
    """By the host's word, or no longer."""
    session.exec(update(CalendarRow).where(col(CalendarRow.id) == calendar_id).values(left_out_until=until))


def being_read(session: Session, host_id: UUID, *, now: datetime) -> set[UUID]:
    """The host's calendars that are due to be pulled, or are being pulled."""
    due = select(CalendarRow.id).where(CalendarRow.host_id == host_id, col(CalendarRow.pull_at) <= now)
    return set(session.exec(due))


def account_due(session: Session, account_id: UUID, *, now: datetime) -> None:
    """Have the account's calendars pulled at the next tick."""
    session.exec(update(CalendarRow).where(col(CalendarRow.account_id) == account_id).values(pull_at=now))


def remove_account(session: Session, account_id: UUID) -> None:
    """With its calendars and what was read of them. Ended bookings keep no link to where their events stood."""
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
    """How many calendars wait to be pulled, or are being pulled."""
    return session.exec(select(func.count()).where(col(CalendarRow.pull_at) <= now)).one()


def all_due(session: Session, *, now: datetime, host_id: UUID | None = None) -> None:
    """Have every calendar (of the host) pulled at the next tick."""
    query = update(CalendarRow).values(pull_at=now)
    session.exec(query if host_id is None else query.where(col(CalendarRow.host_id) == host_id))


def read_anew(session: Session, host_id: UUID, *, now: datetime) -> None:
    """What pulls found was read for another zone or address of the host: nothing of it counts until it is read again.

    A pull that runs meanwhile keeps nothing, as the version it started from is over.
    """
    session.exec(_from_the_start(now).where(col(CalendarRow.host_id) == host_id).values(pulled_at=None))


def read_whole(session: Session, calendar_id: UUID, *, now: datetime) -> None:
    """Let the next pull, due at once, read the calendar from the start; until then what is kept counts."""
    session.exec(_from_the_start(now).where(col(CalendarRow.id) == calendar_id))


def _from_the_start(now: datetime) -> Update:
    """Where the window ended stays: up to there it is known what blocks, and so what may be offered."""
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

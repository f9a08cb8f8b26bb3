"""A small world to act in: the real actions over a real database, a calendar in memory or on a server, mails that are kept.

Time stands still unless a test moves it. Nothing here replaces a part of ours: the transport keeps what it is handed, the
calendar passes the contract that servers pass (tests/calendars/contract.py).
"""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine

from booking_service.actions.access.people import let_host_sign_in
from booking_service.actions.booking import confirm as confirm_actions
from booking_service.actions.booking import find
from booking_service.actions.booking import hold as hold_actions
from booking_service.actions.booking.hold import HoldForm
from booking_service.actions.calendar.pull import pull
from booking_service.clock import Clock
from booking_service.config.settings import Settings
from booking_service.crypto import keys
from booking_service.crypto.tokens import LinkPurpose, token_for
from booking_service.domain.availability import WorkingHours, parse_spans, zone_of
from booking_service.domain.booking import Booking
from booking_service.domain.meeting import DoubleOptIn, MeetingType
from booking_service.domain.people import Host, Invitee, Organisation
from booking_service.domain.slots import Horizon, SlotRules
from booking_service.mail.message import OutgoingMail
from booking_service.mail.transport import Delivered
from booking_service.pools import HostPools
from booking_service.runtime import Runtime
from booking_service.storage import bookings, calendars, hosts, meetings, migrations, reservations
from booking_service.storage.engine import open_engine, snapshot, transaction
from booking_service.worker import drain
from calendars.memory import MemoryCalendar
from calendars.port import Calendar
from tests.databases import start_empty

MONDAY = datetime(2030, 1, 7, 8, 0, tzinfo=UTC)  # 09:00 in Berlin
SECRET = "a-secret-for-tests-only-0123456789-abcdefghijk"
LOOSE = {
    name: "10000 per min"
    for name in (
        "book_per_network",
        "book_per_mailbox",
        "unconfirmed_per_host",
        "confirmation_mails",
        "open_link_per_network",
        "confirm_per_network",
        "codes_per_booking",
        "moves_per_mailbox",
        "guest_per_mailbox",
        "mails_per_mailbox",
        "mails_per_guest",
        "mails_per_guest_and_booking",
        "questions_per_host",
        "confirmation_mails_of_newcomers",
        "refused_per_network",
        "same_time_per_network",
        "unknown_links_per_network",
        "calendar_passwords_per_host",
        "calendar_passwords_per_account",
        "calendar_passwords_per_server",
        "slots_per_network",
        "waiting_per_network",
        "sign_in_per_network",
        "sign_in_per_address",
        "sign_in_codes_per_address",
        "preferences_per_network",
        "preferences_per_network_and_mailbox",
        "preferences_per_mailbox",
        "changes_per_link",
    )
} | {
    "live_holds_per_network": 10000,
    "live_holds_per_mailbox": 10000,
    "live_holds_per_mailbox_and_host": 10000,
    "live_holds_per_mail_domain": 10000,
}
CALENDAR_ID = UUID(int=5)
UNLIMITED = {"share_of_horizon": 1, "share_of_day": 1}


class StillClock(Clock):
    """Shows one instant until it is moved."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self._now = now

    def now(self) -> datetime:
        return self._now

    def real_now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> datetime:
        self._now += timedelta(seconds=seconds)
        return self._now


@dataclass
class KeptMails:
    """A transport that keeps what it is handed. `failing`: what the next deliveries end in, first to last;
    `tried`: what they were asked for, accepted or not. `unknown`: UIDs of whose mails nobody can tell, as a worker died."""

    sent: list[OutgoingMail] = field(default_factory=list)
    tried: list[OutgoingMail] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    failing: list[Exception] = field(default_factory=list)

    def send(self, mail: OutgoingMail) -> Delivered:
        self.tried.append(mail)
        if self.failing:
            raise self.failing.pop(0)
        self.sent.append(mail)
        return Delivered("250 kept")

    def to(self, address: str) -> list[OutgoingMail]:
        return [mail for mail in self.sent if mail.to.address == address]


@dataclass
class World:
    """Ada of Berlin with `intro` (30 min, DOI) and `quick` (15 min, none); Grace, who books."""

    rt: Runtime
    clock: StillClock
    mails: KeptMails
    calendar: MemoryCalendar
    host: Host
    intro: MeetingType
    quick: MeetingType
    calendar_id: UUID
    others: tuple[MemoryCalendar, ...] = ()  # further calendars of the host's, for those who look at everything

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def hold(self, *, start: datetime = MONDAY + timedelta(days=1), meeting: str = "intro", **changes: Any) -> Booking:
        """Hold a time as Grace does on the page, and let nothing else happen."""
        invitee = Invitee(name="Grace Hopper", email="grace@example.org", language="en", zone="America/New_York")
        form = HoldForm(host="ada", meeting=meeting, start=start, invitee=invitee, form_key=uuid4().hex, network="n")
        return hold_actions.hold_slot(self.rt, replace(form, **changes), now=self.now)

    def confirm(self, booking: Booking) -> Booking:
        return confirm_actions.confirm(self.rt, self.token(booking, LinkPurpose.CONFIRM), network="n", now=self.now)

    def token(self, booking: Booking, purpose: LinkPurpose) -> str:
        """The token that the mails of this booking carry now."""
        latest = self.booking(booking.id)
        return token_for(self.rt.ring, purpose=purpose, subject=latest.id, generation=latest.generation)

    def booking(self, booking_id: UUID) -> Booking:
        return find.current(self.rt, booking_id)

    def reservation(self, booking: Booking) -> reservations.Reservation:
        with snapshot(self.rt.engine) as session:
            return reservations.of_booking(session, booking.id)[0]

    def all_bookings(self) -> list[Booking]:
        with snapshot(self.rt.engine) as session:
            return bookings.of_host(session, None)

    def drain(self) -> int:
        """Everything that is due at this instant, pulls included."""
        with transaction(self.rt.engine) as session:
            calendars.all_due(session, now=self.now)
        return drain(self.rt)

    def pass_time(self, **delta: float) -> None:
        """Move the clock, then let the worker do what is due."""
        self.clock.advance(timedelta(**delta).total_seconds())
        self.drain()

    def settle(self) -> None:
        """Long enough for everything that waits a little (a grace time, a retry) to be over, without ending a hold."""
        for _ in range(4):
            self.pass_time(seconds=45)


@contextmanager
def world(
    tmp_path: Path,
    *,
    database_url: str | None = None,
    calendar: MemoryCalendar | None = None,
    open_calendar: Callable[[calendars.Account, str], Calendar] | None = None,
    now: datetime = MONDAY,
    engine: Engine | None = None,
    **settings: Any,
) -> Iterator[World]:
    """Build it. `open_calendar` for a calendar on a server; the memory one otherwise. `engine`: one over this folder's
    file that another world used before, for tests that build hundreds."""
    url = database_url or f"sqlite:///{tmp_path}/booking.db"
    usual = not (database_url or calendar or open_calendar or settings) and now == MONDAY
    settings.setdefault("hold", UNLIMITED)
    chosen = Settings(
        base_url="http://localhost:8000",
        data_dir=tmp_path,
        database_url=url,
        limits=LOOSE,
        smtp={"host": "localhost", "security": "none", "sender": "booking@example.org"},
        **settings,
    )
    memory = calendar or MemoryCalendar()
    clock, mails, pools = StillClock(now), KeptMails(), HostPools()
    if database_url is None:
        start_empty(tmp_path / "booking.db", from_=_usual_rows() if usual else None)
    own = engine or open_engine(url)
    if database_url is not None:
        migrations.upgrade(own)
    rt = Runtime(
        engine=own,
        clock=clock,
        ring=keys.ring_of(SECRET, source="test"),
        settings=chosen,
        transport=mails,
        open_calendar=open_calendar or (lambda _account, _url: memory),
        pools=pools,
    )
    try:
        if not usual:
            _settle(rt)
        yield World(rt, clock, mails, memory, host(), meeting(), meeting("quick"), CALENDAR_ID)
    finally:
        pools.close()
        own.dispose()


def host(**changes: Any) -> Host:
    week = (*[parse_spans("9-17")] * 5, (), ())
    fixed = Host(
        id=UUID(int=1),
        slug="ada",
        name="Ada Lovelace",
        email="ada@example.org",
        zone=zone_of("Europe/Berlin"),
        hours=WorkingHours(week),
    )
    return replace(fixed, **changes)


def meeting(slug: str = "intro", **changes: Any) -> MeetingType:
    minutes = 30 if slug == "intro" else 15
    rules = SlotRules(
        duration=timedelta(minutes=minutes),
        increment=timedelta(minutes=minutes),
        notice=timedelta(hours=1),
        horizon=Horizon(days=400, last_on=date(2031, 12, 31)),
    )
    fixed = MeetingType(
        id=UUID(int=2 if slug == "intro" else 3),
        host_id=UUID(int=1),
        slug=slug,
        title=f"{slug.title()} call",
        rules=rules,
        doi=DoubleOptIn.ON if slug == "intro" else DoubleOptIn.OFF,
        guests_at_most=3,
    )
    return replace(fixed, **changes)


@cache
def _usual_rows() -> Path:
    """The file of a world as it begins, made once: every test begins with one."""
    folder = Path(tempfile.mkdtemp(prefix="booking-world-"))
    atexit.register(shutil.rmtree, folder)
    with world(folder, hold=UNLIMITED) as w, w.rt.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / "booking.db"


def _settle(rt: Runtime) -> None:
    """The rows, and a first pull, so that times are on offer."""
    ada, intro, quick = host(), meeting(), meeting("quick")
    account_id = UUID(int=4)
    password = keys.seal(rt.ring, b"demo", context=calendars.account_context(account_id))
    with transaction(rt.engine) as session:
        hosts.save_organisation(session, Organisation(name="Analytical Engines", imprint="Ada Lovelace, London"))
        hosts.save(session, ada)
        session.flush()
        let_host_sign_in(session, ada, now=rt.clock.now())
        for at, each in enumerate((intro, quick)):
            meetings.save(session, each, position=at)
        account = calendars.Account(
            id=account_id, host_id=ada.id, key="main", url="http://localhost:1/", username="ada", password=password
        )
        calendars.save_account(session, account)
        connected = calendars.Connected(
            id=CALENDAR_ID,
            account_id=account_id,
            host_id=ada.id,
            url="http://localhost:1/ada/",
            name="Ada",
            conflicts=True,
            target=True,
            capabilities={},
        )
        calendars.save(session, connected, pull_at=rt.clock.now())
    pull(rt, CALENDAR_ID)

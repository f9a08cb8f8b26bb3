"""The examples' second host: Katherine of Hampton, who approves each request herself."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from ..actions.access import people
from ..domain.availability import WorkingHours, parse_spans, zone_of
from ..domain.meeting import Approval, DoubleOptIn, MeetingType, Place
from ..domain.people import Host
from ..runtime import Runtime
from ..storage import hosts, meetings
from ..storage.engine import snapshot, transaction
from . import addresses
from .addresses import in_all, rules
from .radicale import COLLEAGUE
from .seed import BOOKINGS_OF_COLLEAGUE

HOST_ID = UUID(int=0xCA7)
EMAIL = "katherine@example.org"
ZONE = "America/New_York"
_ACCOUNT = UUID(int=0xCA71)
_CALENDARS = ((UUID(int=0xCA72), "Bookings", BOOKINGS_OF_COLLEAGUE, True),)


def is_here(rt: Runtime) -> bool:
    with snapshot(rt.engine) as session:
        return hosts.by_slug(session, COLLEAGUE) is not None


def set_up(rt: Runtime, *, caldav_url: str, now: datetime) -> list[UUID]:
    """Create her, unless she exists, as `addresses.set_up` does Ada. Returns the ids of her calendars."""
    with transaction(rt.engine) as session:
        if hosts.by_slug(session, COLLEAGUE) is None:
            hosts.save(session, _katherine())
            session.flush()
            people.let_host_sign_in(session, _katherine(), now=now)
            for at, meeting in enumerate((_orbit(), _review())):
                meetings.save(session, meeting, position=at)
    return addresses.reach(rt, HOST_ID, COLLEAGUE, caldav_url, account_id=_ACCOUNT, chosen=_CALENDARS, now=now)


def _katherine() -> Host:
    day = parse_spans("10-13, 14-18")
    return Host(
        id=HOST_ID,
        slug=COLLEAGUE,
        name="Katherine Johnson",
        email=EMAIL,
        zone=zone_of(ZONE),
        hours=WorkingHours(((), day, day, day, parse_spans("10-13"), (), ())),
        accent="#7a3b8f",
        welcome=in_all(
            "I check what the engines compute. From Tuesday to Friday.",
            "Ich rechne nach, was die Maschinen rechnen. Von Dienstag bis Freitag.",
            "Ik reken na wat de machines berekenen. Van dinsdag tot vrijdag.",
        ),
    )


def _orbit() -> MeetingType:
    return MeetingType(
        id=UUID(int=0xCA74),
        host_id=HOST_ID,
        slug="orbit",
        title=in_all("Go over an orbit", "Eine Umlaufbahn durchgehen", "Een baan doornemen"),
        description=in_all(
            "An hour over your numbers. I say yes once I have seen what it is about.",
            "Eine Stunde über Ihren Zahlen. Ich sage zu, sobald ich weiß, worum es geht.",
            "Een uur over uw cijfers. Ik zeg ja zodra ik weet waar het om gaat.",
        ),
        rules=replace(rules(60), increment=timedelta(minutes=30)),
        doi=DoubleOptIn.ON,
        approval=Approval.AFTER,
        approval_lifetime=timedelta(hours=72),
        place=Place.VIDEO,
        location="https://meet.example.org/katherine",
    )


def _review() -> MeetingType:
    return MeetingType(
        id=UUID(int=0xCA75),
        host_id=HOST_ID,
        slug="check",
        title=in_all("Quick check", "Kurz nachrechnen", "Snel narekenen"),
        description=in_all(
            "Twenty minutes, booked at once.", "Zwanzig Minuten, sofort gebucht.", "Twintig minuten, meteen geboekt."
        ),
        rules=rules(20),
        doi=DoubleOptIn.OFF,
        place=Place.PHONE,
        location="+1 757 555 0142",
    )

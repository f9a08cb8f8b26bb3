"""The demo's first host: Ada of Berlin, her meeting types, and how her calendars are reached."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from ..actions.access import people
from ..crypto import keys
from ..domain.availability import WorkingHours, parse_spans, zone_of
from ..domain.localized_text import InLanguages
from ..domain.meeting import DoubleOptIn, MeetingType, Place
from ..domain.people import Host, Organisation, Person
from ..domain.questions import Question, QuestionKind
from ..domain.roles import Permission, Role
from ..domain.slots import Horizon, SlotRules
from ..runtime import Runtime
from ..storage import calendars, hosts, meetings
from ..storage import people as stored
from ..storage.engine import transaction
from .radicale import PASSWORD, USER
from .seed import BOOKINGS, PERSONAL

HORIZON_DAYS = 365

HOST_ID = UUID(int=0xADA)
ZONE = "Europe/Berlin"
OFFICE = Person(
    id=UUID(int=0x0FF1CE),
    email="office@example.org",
    name="Office",
    zone=zone_of(ZONE),
    roles=frozenset({Role.ADMIN}),
    permissions=frozenset(Permission),
)
_ACCOUNT = UUID(int=0xADA1)
_CALENDARS = ((UUID(int=0xADA2), "Personal", PERSONAL, False), (UUID(int=0xADA3), "Bookings", BOOKINGS, True))


def set_up(rt: Runtime, *, caldav_url: str, now: datetime) -> list[UUID]:
    """Create Ada, unless she exists; changes made since are kept. Returns the ids of her calendars.

    Their addresses follow the port.
    """
    with transaction(rt.engine) as session:
        if hosts.by_slug(session, "ada") is None:
            hosts.save_organisation(session, _organisation())
            hosts.save(session, _ada())
            session.flush()
            people.let_host_sign_in(session, _ada(), now=now)
        if stored.by_email(session, OFFICE.email) is None:
            stored.save(session, OFFICE, now=now)
            for at, meeting in enumerate((_intro(), _quick())):
                meetings.save(session, meeting, position=at)
    return reach(rt, HOST_ID, USER, caldav_url, account_id=_ACCOUNT, chosen=_CALENDARS, now=now)


def reach(
    rt: Runtime,
    host_id: UUID,
    user: str,
    caldav_url: str,
    *,
    account_id: UUID,
    chosen: Sequence[tuple[UUID, str, str, bool]],
    now: datetime,
) -> list[UUID]:
    """Connect a host's calendars at this start's addresses. `chosen`: id, name, path, whether it is the target.

    Returns the ids.
    """
    password = keys.seal(rt.ring, PASSWORD.encode(), context=calendars.account_context(account_id))
    account = calendars.Account(
        id=account_id, host_id=host_id, key="demo", url=caldav_url, username=user, password=password, auth="basic"
    )
    with transaction(rt.engine) as session:
        calendars.save_account(session, account)
        for id, name, path, target in chosen:
            calendar = calendars.Connected(
                id=id,
                account_id=account_id,
                host_id=host_id,
                url=f"{caldav_url}{path}",
                name=name,
                conflicts=True,
                target=target,
                capabilities={},
            )
            calendars.save(session, calendar, pull_at=now)
    return [id for id, *_ in chosen]


def addresses(caldav_url: str) -> dict[str, str]:
    """Ada's calendars by name, for a calendar client."""
    return {name: f"{caldav_url}{path}" for _, name, path, _ in _CALENDARS}


def in_all(en: str, de: str, nl: str) -> InLanguages:
    return InLanguages((("en", en), ("de", de), ("nl", nl)))


_TOPIC = in_all("What would you like to talk about?", "Worüber möchten Sie sprechen?", "Waarover wilt u het hebben?")


def _organisation() -> Organisation:
    return Organisation(
        name="Analytical Engines",
        imprint=in_all(
            "Analytical Engines (a demonstration)\nAda Lovelace\n12 St James's Square, London\nada@example.org",
            "Analytical Engines (eine Vorführung)\nAda Lovelace\n12 St James's Square, London\nada@example.org",
            "Analytical Engines (een demonstratie)\nAda Lovelace\n12 St James's Square, Londen\nada@example.org",
        ),
        privacy=in_all(
            "This is a demonstration. Everything you enter stays on this machine.",
            "Dies ist eine Vorführung. Alles, was Sie eingeben, bleibt auf diesem Rechner.",
            "Dit is een demonstratie. Alles wat u invoert, blijft op deze computer.",
        ),
        contact="ada@example.org",
    )


def _ada() -> Host:
    week = (*[parse_spans("9-12, 13-17")] * 5, (), ())
    return Host(
        id=HOST_ID,
        slug="ada",
        name="Ada Lovelace",
        email="ada@example.org",
        zone=zone_of(ZONE),
        hours=WorkingHours(week),
    )


def _intro() -> MeetingType:
    return MeetingType(
        id=UUID(int=0xADA4),
        host_id=HOST_ID,
        slug="intro",
        title=in_all("30-minute consultation", "Beratung, 30 Minuten", "Adviesgesprek van 30 minuten"),
        description=in_all(
            "A first talk about what you want to compute.",
            "Ein erstes Gespräch darüber, was Sie berechnen möchten.",
            "Een eerste gesprek over wat u wilt berekenen.",
        ),
        rules=rules(30),
        doi=DoubleOptIn.ON,
        place=Place.VIDEO,
        location="https://meet.example.org/ada",
        questions=(Question("topic", _TOPIC, QuestionKind.LONG),),
        guests_at_most=3,
        alarm_before=timedelta(minutes=10),
    )


def _quick() -> MeetingType:
    return MeetingType(
        id=UUID(int=0xADA5),
        host_id=HOST_ID,
        slug="quick",
        title=in_all("Quick question", "Kurze Frage", "Korte vraag"),
        description=in_all(
            "Fifteen minutes by telephone, booked at once.",
            "Fünfzehn Minuten am Telefon, sofort gebucht.",
            "Vijftien minuten aan de telefoon, meteen geboekt.",
        ),
        rules=rules(15),
        doi=DoubleOptIn.OFF,
        place=Place.PHONE,
        location="+49 30 901820",
    )


def rules(minutes: int) -> SlotRules:
    return SlotRules(
        duration=timedelta(minutes=minutes),
        increment=timedelta(minutes=minutes),
        notice=timedelta(hours=1),
        horizon=Horizon(days=HORIZON_DAYS),
    )

"""A booking and everything that a mail about it may say, with fixed ids, addresses and times."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from booking_service.domain.booking import Booking, BookingState, Party
from booking_service.domain.effects import Mail, MailKind, MailRole
from booking_service.domain.interval import Interval
from booking_service.domain.meeting import Place
from booking_service.domain.people import Invitee, Organisation
from booking_service.domain.questions import Question, QuestionKind
from booking_service.mail.compose import MailFacts, NearbyTime, compose
from booking_service.mail.message import OutgoingMail
from tests.world import host, meeting

NOW = datetime(2026, 11, 23, 9, 14, tzinfo=UTC)  # a Monday, 10:14 in Berlin
START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)  # Tuesday, 09:00 in Berlin
TIME = Interval(START, START + timedelta(minutes=30))
GUESTS = ("alan@example.net", "mary@example.net")
BASE = "https://book.example.org"
LINKS = {
    "confirm": f"{BASE}/c/token-confirm",
    "manage": f"{BASE}/m/token-manage",
    "not_me": f"{BASE}/x/token-notme",
    "stop": f"{BASE}/s/token-stop",
    "act": f"{BASE}/a/token-act",
    "decline": f"{BASE}/g/token-decline",
    "page": f"{BASE}/ada/intro",
    "release": f"{BASE}/host/bookings/7/cancel",
    "privacy": f"{BASE}/privacy",
    "preferences": f"{BASE}/preferences",
}
ORGANISATION = Organisation(name="Analytical Engines", imprint="Analytical Engines Ltd.\n12 St James's Square, London")
ADA = host()
MEETING = meeting(
    title="30-minute consultation",
    place=Place.VIDEO,
    location="https://meet.example.org/ada",
    questions=(Question("topic", "Topic", QuestionKind.LONG), Question("health", "Allergies", sensitive=True)),
)
GRACE = Invitee(name="Grace Hopper", email="grace@example.org", language="en", zone="America/New_York")
BOOKING = Booking(
    id=UUID(int=7),
    public_id="public-id",
    host_id=ADA.id,
    meeting_type_id=MEETING.id,
    time=TIME,
    state=BookingState.HELD,
    hold_until=NOW + timedelta(minutes=60),
    awaits=frozenset({Party.INVITEE}),
    invitee=GRACE,
    guests=GUESTS,
    answers=(("topic", "Compilers,\nand the moth"), ("health", "Nuts")),
    created_at=NOW,
    decided_at=NOW,
    revision=1,
    asked=True,
)
SECRETS = ("token-", "430436", BOOKING.public_id)
ATTENDEES = (GRACE.email, *GUESTS)


@dataclass(frozen=True)
class Case:
    """One kind of mail to one role, and the booking as it stands when that mail is due."""

    name: str
    mail: Mail
    facts: MailFacts

    def composed(self) -> OutgoingMail:
        made = compose(self.mail, facts=self.facts)
        assert made is not None
        return made

    def of(self, **changes: object) -> "Case":
        """The same with other people: fields of the invitee, or the whole host, meeting or organisation."""
        booking, facts = self.facts.booking, self.facts
        invitee = {name: value for name, value in changes.items() if name in ("name", "email", "language", "zone")}
        rest = {name: value for name, value in changes.items() if name in ("host", "meeting", "organisation")}
        of_booking = {name: value for name, value in changes.items() if name not in invitee and name not in rest}
        booking = replace(booking, invitee=replace(booking.invitee, **invitee), **of_booking)
        return replace(self, facts=replace(facts, booking=booking, **rest))


def facts(booking: Booking, **changes: object) -> MailFacts:
    fixed = MailFacts(
        booking=booking,
        host=ADA,
        meeting=MEETING,
        organisation=ORGANISATION,
        uid="11111111-2222-4333-8444-555555555555",
        links=LINKS,
        code="430436",
        sender="booking@example.org",
        reply_to="office@example.org",
        now=NOW,
    )
    return replace(fixed, **changes)


def confirmed(**changes: object) -> Booking:
    base = replace(BOOKING, state=BookingState.CONFIRMED, awaits=frozenset(), sequence=1, invited=ATTENDEES)
    return replace(base, **changes)


def cancelled(**changes: object) -> Booking:
    over = {"state": BookingState.CANCELLED, "sequence": 3, "cancelled_by": Party.HOST, "reason": "I am ill"}
    return confirmed(**(over | changes))


def cases() -> list[Case]:
    """Every kind of mail about a booking, to everybody it goes to."""
    moved = confirmed(sequence=2)
    old = Interval(START - timedelta(days=1), START - timedelta(days=1) + timedelta(minutes=30))
    ended = replace(BOOKING, state=BookingState.EXPIRED, hold_until=NOW - timedelta(minutes=1))
    near = tuple(
        NearbyTime(Interval(time.start + shift, time.end + shift), f"{LINKS['page']}/details?start={n}&lang=en")
        for n, (time, shift) in enumerate((TIME, timedelta(minutes=30 * n)) for n in (1, 2, 4))
    )
    told = {"confirmed": True, "told": True, "told_time": old, "thread": "<first@example.org>"}
    over = {"confirmed": True, "told": True, "requested": True, "thread": "<first@example.org>"}
    released = replace(BOOKING, state=BookingState.CANCELLED, sequence=1, cancelled_by=Party.HOST)
    approval = replace(BOOKING, awaits=frozenset({Party.HOST}), guests=())
    return [
        _case("confirm-booking", MailKind.CONFIRM_BOOKING, facts(BOOKING), occasion="s0g0r0"),
        _case("hold-reminder", MailKind.HOLD_REMINDER, facts(BOOKING, thread="<first@example.org>"), occasion="g0"),
        _case(
            "hold-ended",
            MailKind.HOLD_ENDED,
            facts(ended, nearby=near, free=True, thread="<first@example.org>"),
            occasion="s0g0r0",
        ),
        _case(
            "hold-ended-taken",
            MailKind.HOLD_ENDED,
            facts(ended, nearby=near, free=False, thread="<first@example.org>"),
            occasion="s0g0r0",
        ),
        _case("hold-ended-unmailed", MailKind.HOLD_ENDED, facts(ended, nearby=near, free=True), occasion="s0g0r1"),
        *_attendees("booked", MailKind.BOOKED, facts(confirmed(), confirmed=True), occasion="s1g0r0"),
        *_attendees("moved", MailKind.MOVED, facts(moved, **told), occasion="s2g0r0"),
        *_attendees("cancelled", MailKind.CANCELLED, facts(cancelled(), **over), occasion="s3g0r0"),
        _case("released", MailKind.CANCELLED, facts(released), occasion="s1g0r0"),
        Case("uninvited", Mail(MailKind.UNINVITED, MailRole.GUEST, "s2g0r0", "left@example.org"), facts(moved, **told)),
        Case(
            "guest-declined",
            Mail(MailKind.GUEST_DECLINED, MailRole.INVITEE, "s2g0r0", "left@example.org"),
            facts(moved, **told),
        ),
        Case(
            "host-guest-declined",
            Mail(MailKind.GUEST_DECLINED, MailRole.HOST, "s2g0r0", "left@example.org"),
            facts(moved, **told),
        ),
        Case(
            "guest-comes",
            Mail(MailKind.GUEST_COMES, MailRole.INVITEE, "s3g0r0", GUESTS[0]),
            facts(moved, **told),
        ),
        Case(
            "host-guest-comes",
            Mail(MailKind.GUEST_COMES, MailRole.HOST, "s3g0r0", GUESTS[0]),
            facts(moved, **told),
        ),
        _case(
            "time-offered",
            MailKind.TIME_OFFERED,
            facts(confirmed(offered=Interval(START + timedelta(days=1), TIME.end + timedelta(days=1))), **told),
            occasion="s1g0r0o1",
        ),
        _host("offer-declined", MailKind.OFFER_DECLINED, facts(confirmed(), **told), occasion="s1g0r0o2"),
        _case("reminder", MailKind.REMINDER, facts(confirmed(), **told), occasion="s1b86400"),
        _host("host-held", MailKind.HOST_HELD, facts(BOOKING), occasion="s0g0r0"),
        _host("approve-booking", MailKind.APPROVE_BOOKING, facts(approval), occasion="s0g0r0"),
        _host("host-booked", MailKind.HOST_BOOKED, facts(confirmed(), confirmed=True), occasion="s1g0r0"),
        _host("host-moved", MailKind.HOST_MOVED, facts(moved, **told), occasion="s2g0r0"),
        _host(
            "host-cancelled",
            MailKind.HOST_CANCELLED,
            facts(cancelled(cancelled_by=Party.INVITEE, reason="My train is late"), **over),
            occasion="s3g0r0",
        ),
    ]


def case(name: str) -> Case:
    return next(each for each in cases() if each.name == name)


def _case(name: str, kind: MailKind, known: MailFacts, *, occasion: str) -> Case:
    return Case(name, Mail(kind, MailRole.INVITEE, occasion), known)


def _host(name: str, kind: MailKind, known: MailFacts, *, occasion: str) -> Case:
    return Case(name, Mail(kind, MailRole.HOST, occasion), known)


def _attendees(name: str, kind: MailKind, known: MailFacts, *, occasion: str) -> list[Case]:
    return [
        _case(name, kind, known, occasion=occasion),
        Case(f"{name}-guest", Mail(kind, MailRole.GUEST, occasion, GUESTS[0]), known),
    ]

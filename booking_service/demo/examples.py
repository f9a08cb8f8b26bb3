"""Example bookings in every state for both hosts, made as people make them.

They begin yesterday, so that some are over: the demo's clock is set back while they are made.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from ..actions.access import api_tokens, links, one_time_links
from ..actions.access import people as access
from ..actions.booking import change, host_decisions, reply, statistics, time_offer
from ..actions.booking.book_for import Call, book_for
from ..actions.booking.confirm import confirm
from ..actions.booking.find import listed
from ..actions.booking.hold import HoldForm, hold_slot
from ..actions.setup import hours, meeting_types
from ..actions.setup.hosts import summary
from ..actions.times.offers import read_offering
from ..crypto.tokens import LinkPurpose
from ..domain.api_tokens import Scope
from ..domain.audit import Actor
from ..domain.availability import DateOverride
from ..domain.booking import Booking, BookingState
from ..domain.meeting import Approval, DoubleOptIn, MeetingType, Place
from ..domain.people import Invitee
from ..domain.roles import Role
from ..runtime import Runtime
from ..storage import hosts
from ..storage.engine import snapshot
from . import addresses, colleague
from .addresses import OFFICE, ZONE, in_all, rules
from .radicale import COLLEAGUE, USER

BACK = timedelta(hours=20)  # holds that ended earlier are erased by now
LAPSED = timedelta(minutes=61)  # one of their holds has ended by then
_TEAM = "team@example.org"
_VIEWS = ((USER, "intro", (9, 14, 21, 6)), (USER, "quick", (3, 5, 8, 2)), (COLLEAGUE, "orbit", (4, 2, 7, 3)))


@dataclass(frozen=True, slots=True)
class _Diary:
    """One host's examples at one moment. `starts`: the times that they take."""

    rt: Runtime
    host: str
    host_id: UUID
    starts: Iterator[datetime]
    now: datetime

    def booked(self, name: str, reason: str, meeting: str = "intro") -> Booking:
        """Booked by the host, for somebody who asked them."""
        call = Call(
            meeting=meeting,
            start=next(self.starts),
            invitee=_invitee(name),
            outcome=BookingState.CONFIRMED,
            reason=reason,
        )
        return book_for(self.rt, self.host_id, call, now=self.now)

    def asked(self, name: str, meeting: str = "intro", *, guests: tuple[str, ...] = ()) -> Booking:
        """Requested by the invitee, on the page."""
        form = HoldForm(
            host=self.host,
            meeting=meeting,
            start=next(self.starts),
            invitee=_invitee(name),
            guests=guests,
            form_key=uuid4().hex,
            network="",
        )
        return hold_slot(self.rt, form, now=self.now)

    def confirmed(self, name: str, meeting: str = "intro", *, guests: tuple[str, ...] = ()) -> Booking:
        """Confirmed by the invitee, with the mailed link."""
        booking = self.asked(name, meeting, guests=guests)
        return confirm(self.rt, self.link(booking, LinkPurpose.CONFIRM), network="", now=self.now)

    def link(self, booking: Booking, purpose: LinkPurpose, guest: str = "") -> str:
        return links.token(self.rt, booking, purpose, guest=guest)


def made(rt: Runtime) -> bool:
    """Whether Ada has bookings, so that none are made."""
    with snapshot(rt.engine) as session:
        known = hosts.by_slug(session, USER) is not None
    return known and bool(listed(rt, host=USER, limit=1))


def make_earlier(rt: Runtime, *, now: datetime) -> None:
    """Yesterday's examples: a guest who declined, an unconfirmed hold, a cancellation, a move, a blocked mailbox.

    And what else can be booked.
    """
    _team(rt, now=now)
    ada, katherine = _diaries(rt, begun=now + BACK, now=now)
    meeting_types.create(rt, meeting_types.host_of(rt, ada.host_id), _visit(), by="Ada Lovelace", now=now)
    _days_off(rt, now=now)
    guest = "betty@example.net"
    with_guest = ada.confirmed("Grace Hopper", guests=(guest,))
    reply.decline_as_guest(rt, ada.link(with_guest, LinkPurpose.GUEST, guest), now=now)
    ada.asked("Tomasz Wiśniewski")
    given_up = ada.confirmed("Edith Clarke")
    change.cancel(rt, ada.link(given_up, LinkPurpose.MANAGE), reason="I have found the mistake myself.", now=now)
    vouched = host_decisions.confirm_for_invitee(rt, ada.asked("Şeyma Yıldız").id, reason="called at 10:10", now=now)
    change.move(rt, ada.link(vouched, LinkPurpose.MANAGE), next(ada.starts), now=now)
    change.not_me(rt, ada.link(ada.asked("Nobody Here"), LinkPurpose.NOT_ME), block=True, now=now)
    katherine.asked("Mae Jemison", "check")
    _views(rt, now=now)


def make(rt: Runtime, *, now: datetime) -> None:
    """Today's examples: an offered time, a cancellation by the host, open holds, requests waiting for the host."""
    ada, katherine = _diaries(rt, begun=now, now=now, used=8)
    letter = ada.booked("Karl-Heinz Müller-Lüdenscheidt", "wrote a letter")
    time_offer.offer_time(rt, letter.id, next(ada.starts), now=now)
    change.cancel_by_host(rt, ada.asked("Wang Zhenyi").id, reason="I am at a conference that day.", now=now)
    long_name = "Prof. Dr. Annegret Freifrau von und zu Leuchtenberg-Wittgenstein"
    host_decisions.keep_longer(rt, ada.asked(long_name).id, now=now)
    ada.asked("Jean-Baptiste Ouédraogo")
    ada.asked("Hertha Ayrton", "visit")
    katherine.confirmed("Dorothy Vaughan", "orbit")
    katherine.asked("John Glenn", "orbit")
    for host_id in (ada.host_id, katherine.host_id):
        one_time_links.make(rt, meeting_types.every(rt, host_id)[0], note="the council", now=now)


def _diaries(rt: Runtime, *, begun: datetime, now: datetime, used: int = 0) -> tuple[_Diary, _Diary]:
    """Those of Ada and of Katherine. `used`: how many times were taken before."""

    def of(host: str, zone: str, clocks: tuple[str, ...], first: int) -> _Diary:
        starts = _starts(begun.astimezone(ZoneInfo(zone)), clocks, first)
        for _ in range(used):
            next(starts)
        return _Diary(rt, host, summary(rt, host, now=now).host.id, starts, now)

    ada = of(USER, ZONE, ("13:30", "14:30", "15:30", "16:30"), 0)
    return ada, of(COLLEAGUE, colleague.ZONE, ("14:00", "15:00", "16:00", "17:00"), 1)


def _starts(now: datetime, clocks: tuple[str, ...], first: int) -> Iterator[datetime]:
    """Afternoons from the second week on, away from the next free times."""
    monday = now.date() + timedelta(days=14 - now.weekday())
    for day in range(first, 4):
        for clock in clocks:
            yield datetime.combine(monday + timedelta(days=day), time.fromisoformat(clock), now.tzinfo)


def _invitee(name: str) -> Invitee:
    address = name.rpartition(". ")[2].lower().translate(str.maketrans("şıöüśéè ", "siousee."))
    return Invitee(name=name, email=f"{address[:40]}@example.net", language="en", zone=ZONE)


def _views(rt: Runtime, *, now: datetime) -> None:
    """Page views for each day up to now."""
    for host, meeting, each_day in _VIEWS:
        with snapshot(rt.engine) as session:
            offering = read_offering(rt, session, host, meeting, now=now)
        for days_ago, times in enumerate(each_day):
            for _ in range(times):
                statistics.note_view(rt, offering, now=now - timedelta(days=days_ago))


def _team(rt: Runtime, *, now: datetime) -> None:
    """A member of staff who sees contacts, and a program acting as them."""
    by = Actor(name=OFFICE.name)
    added = access.add(rt, _TEAM, role=Role.STAFF, name="Team", zone=ZONE, by=by, now=now)
    api_tokens.make(rt, "Contact form", email=added.email, scopes={Scope.READ}, by=by, now=now)


def _days_off(rt: Runtime, *, now: datetime) -> None:
    """A week off for Katherine, and one for Ada, far ahead."""
    for host_id, by, weeks in ((colleague.HOST_ID, "Katherine Johnson", 8), (addresses.HOST_ID, "Ada Lovelace", 9)):
        monday: date = now.date() + timedelta(weeks=weeks, days=-now.weekday())
        away = DateOverride(monday, monday + timedelta(days=4))
        hours.add_exception(rt, host_id, away, by=by, now=now)


def _visit() -> MeetingType:
    return MeetingType(
        id=UUID(int=0xADA6),
        host_id=addresses.HOST_ID,
        slug="visit",
        title=in_all("See the engine", "Die Maschine ansehen", "De machine bekijken"),
        description=in_all(
            "An hour in the workshop. I say yes or no to each request.",
            "Eine Stunde in der Werkstatt. Ich sage zu jeder Anfrage Ja oder Nein.",
            "Een uur in de werkplaats. Ik zeg ja of nee op elk verzoek.",
        ),
        rules=replace(rules(60), increment=timedelta(minutes=30)),
        doi=DoubleOptIn.ON,
        approval=Approval.BEFORE,
        place=Place.IN_PERSON,
        location="12 St James's Square, London",
    )

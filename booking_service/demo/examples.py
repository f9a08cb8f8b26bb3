"""Bookings in every state for Ada, a colleague and a token, made as people make them, so that lists are not empty."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from ..actions.access import api_tokens
from ..actions.access import people as access
from ..actions.booking import change, host_word, offer
from ..actions.booking.book_for import Call, book_for
from ..actions.booking.find import listed
from ..actions.booking.hold import HoldForm, hold_slot
from ..actions.setup.hosts import summary
from ..domain.api_tokens import Scope
from ..domain.audit import Actor
from ..domain.booking import Booking, BookingState
from ..domain.people import Invitee
from ..domain.roles import Role
from ..runtime import Runtime
from .addresses import OFFICE, ZONE
from .radicale import USER

_PEOPLE = (
    ("Grace Hopper", "grace.hopper@example.net"),
    ("Karl-Heinz Müller-Lüdenscheidt", "karl-heinz@example.net"),
    ("Şeyma Yıldız", "seyma@example.net"),
    ("Prof. Dr. Annegret Freifrau von und zu Leuchtenberg-Wittgenstein", "a.leuchtenberg@example.net"),
    ("Tomasz Wiśniewski", "tomasz@example.net"),
    ("Jean-Baptiste Ouédraogo", "jb@example.net"),
)


def make(rt: Runtime, *, now: datetime) -> None:
    """Where Ada has no bookings yet: one that is confirmed, one with another time on offer, one that its host confirmed,
    one that was cancelled, and two holds."""
    if listed(rt, host=USER, limit=1):
        return
    host_id, starts = summary(rt, USER, now=now).host.id, _starts(now)
    people = [Invitee(name=name, email=email, language="en", zone=ZONE) for name, email in _PEOPLE]

    def booked(who: Invitee, outcome: BookingState, reason: str = "") -> Booking:
        call = Call(meeting="intro", start=next(starts), invitee=who, outcome=outcome, reason=reason)
        return book_for(rt, host_id, call, now=now)

    def asked(who: Invitee) -> Booking:
        form = HoldForm(host=USER, meeting="intro", start=next(starts), invitee=who, form_key=uuid4().hex, network="")
        return hold_slot(rt, form, now=now)

    booked(people[0], BookingState.CONFIRMED, "asked at the conference")
    offer.offer_time(rt, booked(people[1], BookingState.CONFIRMED, "wrote a letter").id, next(starts), now=now)
    host_word.confirm_for_invitee(rt, asked(people[2]).id, reason="called at 10:10", now=now)
    change.cancel_by_host(rt, asked(people[4]).id, reason="I am at a conference that day.", now=now)
    host_word.keep_longer(rt, asked(people[3]).id, now=now)
    asked(people[5])
    _colleague(rt, now=now)


def _colleague(rt: Runtime, *, now: datetime) -> None:
    """Somebody who sees contacts, and a program that acts as they may."""
    by = Actor(name=OFFICE.name)
    made = access.add(rt, "team@example.org", role=Role.STAFF, name="Team", zone=ZONE, by=by, now=now)
    api_tokens.make(rt, "Contact form", email=made.email, scopes={Scope.READ}, by=by, now=now)


def _starts(now: datetime) -> Iterator[datetime]:
    """Afternoons from the second week on, out of the way of whoever tries the next free times."""
    zone = ZoneInfo(ZONE)
    monday = now.astimezone(zone).date() + timedelta(days=14 - now.astimezone(zone).weekday())
    for day in range(4):
        for clock in ("13:30", "15:00", "16:00"):
            yield datetime.combine(monday + timedelta(days=day), time.fromisoformat(clock), zone)

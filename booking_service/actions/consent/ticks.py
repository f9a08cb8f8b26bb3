"""What became of the boxes ticked on a booking's form, for its pages. Looking changes nothing."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from ...domain.booking import Booking
from ...domain.consent import Act, Entry
from ...domain.purposes import Part, Purpose, parts_of
from ...runtime import Runtime
from ...storage import contacts, ledger, outbox, purposes, ticks
from ...storage.ticks import NotedTick
from . import ask_by_form, mails
from .answers import QuestionState, state_of
from .contacts import Circle, circle_of


class TickState(StrEnum):
    """The state of a tick."""

    NOT_COUNTED_YET = "not-counted-yet"  # not known yet whether the booking stands
    NOT_COUNTED = "not-counted"  # the purpose was switched off, or all use stopped
    ON_ITS_WAY = "on-its-way"  # the mail that asks
    DELAYED = "delayed"  # the same after a failed try, or over the mailbox's limit
    NOT_DELIVERED = "not-delivered"
    ASKED = "asked"  # the mail server took the mail
    ON = "on"
    ENDED = "ended"  # confirmed, then ended
    DECLINED = "declined"
    LAPSED = "lapsed"
    CLOSED = "closed"  # by a newer statement


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTick:
    """`name`: the purpose's, as beside the box, in `language`. `at`: since when; for an open question, when it was
    mailed.

    `until`: the question's end.
    """

    name: str
    language: str
    state: TickState
    at: datetime | None = None
    until: datetime | None = None


def asked_by_mail(session: Session, booking: Booking) -> int:
    """How many ticked boxes of this booking get a mail, whatever its address: for readers who proved nothing."""
    noted = ticks.of_booking(session, booking.id)
    if not noted:
        return 0
    rules = purposes.rules(session)
    found = (purposes.find(session, each.purpose) for each in noted)
    return sum(each is not None and each.active and each.asks_by_mail(rules) for each in found)


def show(rt: Runtime, session: Session, booking: Booking, *, now: datetime) -> tuple[SeenTick, ...]:
    """The state of each ticked box, for readers of the mail to this booking's address."""
    noted = {each.purpose: each for each in ticks.of_booking(session, booking.id)}
    if not noted:
        return ()
    waits = outbox.count_open(session, [ask_by_form.lane_of(booking)]) > 0
    found = ((each, noted[each.slug]) for each in purposes.every(session) if each.slug in noted)
    return tuple(_seen(rt, session, purpose, tick, waits=waits, now=now) for purpose, tick in found)


def _seen(rt: Runtime, session: Session, purpose: Purpose, tick: NotedTick, *, waits: bool, now: datetime) -> SeenTick:
    wording = purposes.wording(session, tick.wording)
    name, language = (parts_of(wording)[Part.NAME], wording.language) if wording else (purpose.slug, "")
    link = ledger.find(session, tick.entry_id) if tick.entry_id else None
    contact = contacts.get(session, link.entry.contact_id) if link else None
    if link is None or contact is None:
        state = TickState.NOT_COUNTED_YET if waits else TickState.NOT_COUNTED
        return SeenTick(name=name, language=language, state=state)
    circle = circle_of(rt, session, contact)
    state, at, until = _state(session, circle, purpose, link.entry, now=now)
    return SeenTick(name=name, language=language, state=state, at=at, until=until)


def _state(
    session: Session, circle: Circle, purpose: Purpose, entry: Entry, *, now: datetime
) -> tuple[TickState, datetime | None, datetime | None]:
    standing = circle.standing(purpose)
    if entry.act is not Act.ASKED:
        return (TickState.ON if standing.granted else TickState.ENDED), entry.at, None
    state, at = state_of(circle, entry, standing, now=now)
    match state:
        case QuestionState.OPEN:
            sent = next((each.at for each in circle.own if each.act is Act.MAILED and each.refers == entry.id), None)
            return (TickState.ASKED if sent else _mail(session, circle, entry)), sent, entry.until
        case QuestionState.CONFIRMED:
            return (TickState.ON if standing.granted else TickState.ENDED), at, None
        case QuestionState.DECLINED:
            return TickState.DECLINED, at, None
        case QuestionState.LAPSED:
            return TickState.LAPSED, at, None
        case QuestionState.TAKEN_BACK | QuestionState.CLOSED:
            return TickState.CLOSED, at, None


def _mail(session: Session, circle: Circle, entry: Entry) -> TickState:
    """The state of a mail that no mail server has taken yet."""
    _, lane = mails.lanes(circle.contact)
    rows = outbox.open_of(session, lanes=lane, keys=())
    its = next((each for each in rows if str(entry.id) in each.payload.get("entries", "").split(",")), None)
    if its is None or its.dead_at is not None:
        return TickState.NOT_DELIVERED
    return TickState.DELAYED if its.error else TickState.ON_ITS_WAY

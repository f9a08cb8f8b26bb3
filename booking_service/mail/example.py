"""A fictitious booking, to preview a mail. Its links lead nowhere."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from ..domain.booking import Booking, BookingState, Party
from ..domain.effects import Mail, MailKind, MailRole
from ..domain.interval import Interval
from ..domain.mail_kinds import ROWS
from ..domain.meeting import MeetingType
from ..domain.people import Host, Invitee, Organisation
from ..domain.slots import Horizon, SlotRules
from ..language import Language
from .facts import MailFacts, OwnText

_NOBODY = UUID(int=0)
_GUEST = "alan@example.org"
_OF_A_GUEST = (MailKind.UNINVITED, MailKind.GUEST_DECLINED, MailKind.GUEST_COMES)
_BEFORE = (MailKind.CONFIRM_BOOKING, MailKind.HOST_HELD, MailKind.HOLD_REMINDER, MailKind.HOLD_ENDED)
_LINKS = {
    "confirm": "c",
    "manage": "m",
    "not_me": "x",
    "stop": "s",
    "act": "a",
    "decline": "g",
    "page": "p",
    "release": "r",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleContext:
    """What examples are made from. `own`: the text of a host or the organisation; None for the usual one."""

    organisation: Organisation
    language: Language
    own: OwnText | None
    base_url: str
    sender: str
    now: datetime


def example_mail(kind: MailKind) -> Mail:
    """An example's mail: to the invitee, if there is one to them; else to the host, or to a guest."""
    to = next(each for each in (MailRole.INVITEE, MailRole.HOST, MailRole.GUEST) if each in ROWS[kind].to)
    return Mail(kind, to, "example", _GUEST if kind in _OF_A_GUEST else "")


def example_facts(kind: MailKind, context: ExampleContext, *, host: Host) -> MailFacts:
    """The facts of an example: a half-hour meeting of Grace Hopper the day after tomorrow at ten, host's time."""
    day = context.now.astimezone(host.zone).date() + timedelta(days=2)
    start = datetime(day.year, day.month, day.day, 10, tzinfo=host.zone).astimezone(UTC)
    duration = timedelta(minutes=30)
    time = Interval(start, start + duration)
    moved = kind in (MailKind.MOVED, MailKind.HOST_MOVED)
    before = Interval(time.start - timedelta(days=1), time.end - timedelta(days=1))
    return MailFacts(
        booking=_booking(kind, time, host=host, language=context.language, now=context.now),
        host=replace(host, language=context.language.tag),
        meeting=MeetingType(
            id=_NOBODY,
            host_id=host.id,
            slug="example",
            title=context.language.text("30-minute consultation"),
            rules=SlotRules(duration=duration, increment=duration, notice=timedelta(0), horizon=Horizon(days=30)),
        ),
        organisation=context.organisation,
        uid="example",
        links={name: f"{context.base_url}/{path}/example" for name, path in _LINKS.items()}
        | {"privacy": f"{context.base_url}/privacy", "preferences": f"{context.base_url}/preferences"},
        code="123456",
        sender=context.sender,
        confirmed=kind not in _BEFORE,
        told=True,
        told_time=before if moved else time,
        thread="<example@example.org>",
        own=context.own,
        now=context.now,
    )


def _booking(kind: MailKind, time: Interval, *, host: Host, language: Language, now: datetime) -> Booking:
    held = Booking(
        id=_NOBODY,
        public_id="example",
        host_id=host.id,
        meeting_type_id=_NOBODY,
        time=time,
        state=BookingState.HELD,
        hold_until=now + timedelta(minutes=60),
        awaits=frozenset({Party.INVITEE}),
        invitee=Invitee(name="Grace Hopper", email="grace@example.org", language=language.code, zone=host.zone.key),
        created_at=now,
        decided_at=now,
        revision=1,
        asked=True,
    )
    match kind:
        case MailKind.CONFIRM_BOOKING | MailKind.HOLD_REMINDER | MailKind.HOST_HELD:
            return held
        case MailKind.APPROVE_BOOKING:
            return replace(held, awaits=frozenset({Party.HOST}))
        case MailKind.HOLD_ENDED:
            return replace(held, state=BookingState.EXPIRED)
        case MailKind.TIME_OFFERED:
            later = Interval(time.start + timedelta(days=1), time.end + timedelta(days=1))
            return replace(held, state=BookingState.CONFIRMED, awaits=frozenset(), offered=later)
        case MailKind.CANCELLED | MailKind.HOST_CANCELLED:
            by = Party.HOST if kind is MailKind.CANCELLED else Party.INVITEE
            return replace(held, state=BookingState.CANCELLED, awaits=frozenset(), cancelled_by=by)
        case _:
            return replace(held, state=BookingState.CONFIRMED, awaits=frozenset())

"""Why a time is on offer or not: rules, bookings and busy periods by the name of their calendar.
No title is known here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlmodel import Session

from ...domain.availability import DAY, DateOverride
from ...domain.interval import Interval, merged
from ...domain.meeting import MeetingType
from ...domain.people import Host
from ...domain.slots import SlotFacts, grid_starts, taken
from ...domain.why import About, LabelledBusy, RuleCheck, explain
from ...runtime import Runtime
from ...storage import busy, calendars, hosts, meetings
from ...storage.calendars import Connected
from ...storage.engine import snapshot
from .exceptions import exceptions_of
from .offers import Closed, Offering, gather, read_offering, why_closed

TOLD_WHOLE = timedelta(days=31)  # a busy period that goes on for longer is told as far as that


@dataclass(frozen=True, slots=True)
class Explained:
    """Every verdict about one time. `closed`: nothing of this host is offered now, whatever the verdicts say."""

    offering: Offering
    start: datetime
    verdicts: tuple[RuleCheck, ...]
    closed: Closed | None

    @property
    def offered(self) -> bool:
        return self.closed is None and all(verdict.passes for verdict in self.verdicts)

    @property
    def time(self) -> Interval:
        return Interval(self.start, self.start + self.offering.meeting.rules.duration)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedDay:
    """Every start that the hours of a host-local day have, in order; of a day without hours, its noon. `asked`: the time
    that was asked about, which may be none of them. `meetings`: what can be asked about; without any there is no more."""

    host: Host
    meetings: tuple[MeetingType, ...]
    meeting: MeetingType | None = None
    starts: tuple[Explained, ...] = ()
    asked: Explained | None = None
    closed: Closed | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """All that decides about the times of a window."""

    offering: Offering
    facts: SlotFacts
    overrides: tuple[DateOverride, ...]
    periods: Sequence[LabelledBusy]
    health: tuple[RuleCheck, ...]
    closed: Closed | None

    def explained(self, start: datetime) -> Explained:
        verdicts = explain(
            self.facts,
            start,
            hours=self.offering.meeting.hours or self.offering.host.hours,
            overrides=self.overrides,
            busy=self.periods,
        )
        return Explained(self.offering, start, (*verdicts, *self.health), self.closed)


def why(rt: Runtime, host: str, meeting: str, start: datetime, *, now: datetime) -> Explained:
    """What speaks for and against a meeting at `start`. Raises UnknownMeeting."""
    with snapshot(rt.engine) as session:
        offering = read_offering(rt, session, host, meeting, now=now)
        window = Interval(start, start + offering.meeting.rules.duration)
        return _known(rt, session, offering, window, now=now).explained(start)


def why_on(
    rt: Runtime, host_id: UUID, meeting: str, on: date | None, *, at: time | None = None, now: datetime
) -> ExplainedDay:
    """The same for a whole day of the host's, today unless told, in one look. `at`: a time of that day, on its wall.

    `meeting` is a slug; the first meeting type unless one has it.
    """
    with snapshot(rt.engine) as session:
        host = hosts.get(session, host_id)
        offered = tuple(each for each in meetings.of_host(session, host_id) if each.active)
        chosen = next((each for each in offered if each.slug == meeting), offered[0] if offered else None)
        if chosen is None or not host.active:
            return ExplainedDay(host=host, meetings=())
        day = on or now.astimezone(host.zone).date()
        midnight = datetime.combine(day, time.min, host.zone)
        window = Interval(midnight, datetime.combine(day + DAY, time.min, host.zone))
        offering = read_offering(rt, session, host.slug, chosen.slug, now=now)
        known = _known(rt, session, offering, window, now=now)
    asked = known.explained(datetime.combine(day, at, host.zone)) if at is not None else None
    return ExplainedDay(
        host=host,
        meetings=offered,
        meeting=chosen,
        starts=tuple(known.explained(start) for start in _starts(known.facts, window, midnight)),
        asked=asked,
        closed=known.closed,
    )


def _starts(facts: SlotFacts, window: Interval, midnight: datetime) -> Iterable[datetime]:
    every = (start for opening in facts.openings for start in grid_starts(opening, facts))
    return [start for start in every if window.contains(start)] or [midnight.replace(hour=12)]


def _known(rt: Runtime, session: Session, offering: Offering, window: Interval, *, now: datetime) -> _Known:
    connected = calendars.of_host(session, offering.host.id)
    wide = taken(window, offering.meeting.rules).padded(TOLD_WHOLE, TOLD_WHOLE)
    within = rt.settings.calendar.freshness_max
    return _Known(
        offering,
        gather(session, offering, window, now=now),
        exceptions_of(offering.host, window),
        _labelled(session, offering.host.id, connected, wide),
        tuple(
            _health(each, now=now, fresh=each.fresh(now=now, within=within)) for each in calendars.looked_at(connected)
        ),
        why_closed(rt, session, offering.host.id, now=now),
    )


def _labelled(session: Session, host_id: UUID, connected: list[Connected], window: Interval) -> list[LabelledBusy]:
    """Busy periods whole again (they are kept in pieces of a day), each with the name of its calendar."""
    names = {each.id: each.name for each in connected}
    by_calendar: dict[str, list[Interval]] = {}
    for foreign in busy.standing_over(session, host_id, window):
        by_calendar.setdefault(names.get(foreign.calendar_id, "a calendar"), []).append(foreign.time)
    return [LabelledBusy(time, name) for name, times in by_calendar.items() for time in merged(times)]


def _health(connected: Connected, *, now: datetime, fresh: bool) -> RuleCheck:
    if connected.left_out(now) and connected.left_out_until is not None:
        until = f"{connected.left_out_until:%Y-%m-%d %H:%M} UTC"
        text = f"{connected.name} is left out until {until}, at the host's request"
        return RuleCheck("left out", True, text, About(name=connected.name, instant=connected.left_out_until))
    if connected.failing_since is not None:
        since = f"{connected.failing_since:%Y-%m-%d %H:%M} UTC"
        text = f"{connected.name} can't be read since {since} ({connected.failure})"
        return RuleCheck("calendar health", False, text, About(name=connected.name, instant=connected.failing_since))
    if connected.pulled_at is None:
        return RuleCheck("calendar health", False, f"{connected.name} was never read yet", About(name=connected.name))
    age = int((now - connected.pulled_at).total_seconds())
    text = f"{connected.name} was read {age} s ago"
    about = About(name=connected.name, length=timedelta(seconds=age))
    return RuleCheck("calendar health", fresh, text if fresh else f"{text}, which is too long", about)

"""Drawing Today: what waits for the host, what comes next, and the health of their calendars."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from starlette.responses import Response

from ...actions.booking import hold_budget
from ...actions.booking.inbox import CalendarHealth, Inbox, InboxLine, inbox
from ...actions.setup.welcome import WelcomeProgress
from ...domain.interval import Interval
from ...domain.localized_text import LocalizedText
from ...domain.roles import HOSTS
from ...domain.statistics import CONFIRMED, EXPIRED, HELD
from ...language import Language
from ..http.responses import Link, page
from ..http.signed_in_pages import SignedInRequest, desk_frame
from ..parts.explanations import in_words
from .booking_acts import ActButton, acts_in_list
from .booking_result import done_in_list
from .booking_words import Badge, host_is_asked, not_delivered, not_held, people, place, title
from .calendar_words import read_ago
from .meeting_meaning import length_of
from .today_boxes import Box, boxes
from .today_organisation import NeedLine, of_organisation
from .welcome_steps import WELCOME, Task, tasks

HOLDS, STATISTICS = "/host/bookings/holds", "/host/bookings/statistics"
_MANY = 3  # open holds, from which on their share is looked at
_MUCH = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayLine:
    """One booking in a row. `begins`: in how long."""

    name: str
    when: str
    what: LocalizedText
    place: str = ""
    href: str
    state: Badge | None = None
    begins: str = ""
    acts: tuple[ActButton, ...] = ()


@dataclass(frozen=True, slots=True)
class TodayDay:
    """The bookings of one day. `title`: "Today", or its date."""

    title: str
    lines: tuple[TodayLine, ...]


@dataclass(frozen=True, slots=True)
class TodayCalendar:
    """A connected calendar. `remedy`: what to do, where it can't be read."""

    name: str
    about: str
    state: str
    failing: bool
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayView:
    """`all_waiting`: including those beyond the page. `crowd`: holds take much of the bookable time.

    `holds`, `bookings`: addresses of the lists. `paused`: until when the pages are paused; `pause`: where that is
    changed. `is_host`: the reader has time to book. `organisation`: for staff and administrators. `week`: this week's
    counts; "" for none.
    """

    title: str
    clock: str
    is_host: bool
    organisation: tuple[NeedLine, ...] = ()
    boxes: tuple[Box, ...] = ()
    week: str = ""
    statistics: str = ""
    done: str = ""
    paused: str = ""
    pause: str = ""
    pause_wrong: str = ""
    pause_typed: str = ""
    crowd: str = ""
    holds: str = ""
    bookings: str = ""
    waiting: tuple[TodayLine, ...] = ()
    all_waiting: int = 0
    days: tuple[TodayDay, ...] = ()
    calendars: tuple[TodayCalendar, ...] = ()
    links: tuple[Link, ...] = ()
    tasks: tuple[Task, ...] = ()
    begin: str = ""
    all_calendars: str


def today_page(
    request: SignedInRequest, *, pause_wrong: str = "", pause_typed: str = "", status: int = 200
) -> Response:
    """`pause_wrong`: why the pause was refused; `pause_typed`: the day as typed."""
    host_id, zone, language = request.person.host_id, request.person.zone, request.language
    seen = None if host_id is None else inbox(request.rt, host_id, now=request.now)
    until = seen.host.paused(request.now) if seen else None
    view = TodayView(
        title=language.day(request.now.astimezone(zone).date()),
        clock=f"{language.clock(request.now, zone)}, {zone.key}",
        is_host=seen is not None,
        organisation=of_organisation(request),
        boxes=boxes(request, seen) if seen else (),
        week=_week(seen, language) if seen else "",
        statistics=request.href(STATISTICS),
        done=_paused_or_resumed(request, until) or done_in_list(request) if seen else "",
        paused=_paused(until, language) if until else "",
        pause=request.href("/host/pause"),
        pause_wrong=pause_wrong,
        pause_typed=pause_typed,
        crowd=_crowd(request, seen) if seen else "",
        holds=request.href(HOLDS),
        bookings=request.href("/host/bookings"),
        waiting=_waiting(request, seen.waiting) if seen else (),
        all_waiting=seen.all_waiting if seen else 0,
        days=_days(request, seen.coming) if seen else (),
        calendars=tuple(_calendar(request, each) for each in seen.calendars) if seen else (),
        links=_links(request, seen) if seen else (),
        tasks=tasks(request, WelcomeProgress(host=seen.host, calendars=seen.connected, meetings=seen.meetings))
        if seen
        else (),
        all_calendars=request.href("/host/calendars"),
        begin=request.href(WELCOME) if seen is None and request.person.may(HOSTS) else "",
    )
    return page(request, "host/today.html", view, desk_frame(request), status=status)


def _paused(until: date, language: Language) -> str:
    return language.text("Your page takes no bookings before {day}", day=language.full_date(until))


def _paused_or_resumed(request: SignedInRequest, until: date | None) -> str:
    """What was just pressed, as far as it is so."""
    match request.query.get("did", ""):
        case "resumed" if until is None:
            return request.language.text("Your page takes bookings again.")
        case "paused" if until is not None:
            return request.language.text("Your page is paused. Existing bookings and holds are not affected.")
        case _:
            return ""


def _crowd(request: SignedInRequest, seen: Inbox) -> str:
    """That holds take much of the bookable time; "" where they don't."""
    if seen.all_waiting < _MANY:
        return ""
    shares = hold_budget.shares_held(request.rt, seen.host, seen.meetings, now=request.now)
    most = round(100 * request.rt.settings.hold.share_of_horizon)
    if shares.of_week >= _MUCH:
        return request.language.text(
            "{count} open holds take {percent} % of your free time in the next seven days. Above {most} % of "
            "all bookable time, further requests hold no time.",
            count=seen.all_waiting,
            percent=round(100 * shares.of_week),
            most=most,
        )
    if shares.press:
        return request.language.text(
            "{count} open holds take {percent} % of all your bookable time. Above {most} %, further requests "
            "hold no time.",
            count=seen.all_waiting,
            percent=round(100 * shares.of_horizon),
            most=most,
        )
    return ""


def _week(seen: Inbox, language: Language) -> str:
    held, confirmed, expired = (seen.week.of(what) for what in (HELD, CONFIRMED, EXPIRED))
    if not held and not confirmed and not expired:
        return ""
    return language.text(
        "{held} requested · {confirmed} booked · {expired} expired", held=held, confirmed=confirmed, expired=expired
    )


def _waiting(request: SignedInRequest, lines: Iterable[InboxLine]) -> tuple[TodayLine, ...]:
    zone, language = request.person.zone, request.language
    return tuple(
        TodayLine(
            name=each.booking.invitee.name,
            when=language.when(each.booking.time.start, each.booking.time.end, zone),
            what=title(each.meeting, language),
            href=_href(request, each),
            state=_state(request, each),
            acts=acts_in_list(request, each.booking, each.meeting, back="today"),
        )
        for each in lines
    )


def _state(request: SignedInRequest, line: InboxLine) -> Badge:
    language, booking = request.language, line.booking
    if host_is_asked(booking, line.meeting):
        return Badge(language.text("Needs your answer"), "wait")
    if line.delivery.failed:
        return not_delivered(language)
    if not booking.reserves:
        return Badge(not_held(language), "wait")
    left = language.duration(booking.hold_until - request.now)
    return Badge(language.text("Held, {time} left", time=left), "wait")


def _days(request: SignedInRequest, lines: Iterable[InboxLine]) -> tuple[TodayDay, ...]:
    zone, today = request.person.zone, request.now.astimezone(request.person.zone).date()
    by_day = groupby(lines, key=lambda each: each.booking.time.start.astimezone(zone).date())
    return tuple(
        TodayDay(
            request.language.text("Today") if day == today else request.language.day(day),
            tuple(_coming(request, each) for each in of_day),
        )
        for day, of_day in by_day
    )


def _coming(request: SignedInRequest, line: InboxLine) -> TodayLine:
    language, booking = request.language, line.booking
    return TodayLine(
        name=people(booking, language),
        when=language.span(booking.time.start, booking.time.end, request.person.zone),
        what=title(line.meeting, language),
        place=place(line.meeting, language),
        href=_href(request, line),
        state=not_delivered(language) if line.delivery.failed else None,
        begins=_begins(request, booking.time),
    )


def _begins(request: SignedInRequest, time: Interval) -> str:
    """In how long, for today's bookings; "" for later ones."""
    zone, language = request.person.zone, request.language
    if time.start <= request.now:
        return language.text("taking place now")
    if time.start.astimezone(zone).date() > request.now.astimezone(zone).date():
        return ""
    return language.text("starts in {left}", left=length_of(time.start - request.now, language))


def _calendar(request: SignedInRequest, connected: CalendarHealth) -> TodayCalendar:
    language = request.language
    if connected.failing_since is not None:
        sentence, remedy = in_words(connected.wrong, language)
        return TodayCalendar(connected.name, sentence, language.text("Unreadable"), True, remedy)
    if connected.read_at is None:
        return TodayCalendar(connected.name, language.text("Not read yet"), language.text("Waiting"), True, "")
    read = read_ago(request.now - connected.read_at, language)
    return TodayCalendar(connected.name, read, language.text("Fine"), False, "")


def _links(request: SignedInRequest, seen: Inbox) -> tuple[Link, ...]:
    base = request.rt.settings.base_url or ""
    shown = f"{base.partition('://')[2]}/{seen.host.slug}"
    return (
        Link(shown, request.plain(f"/{seen.host.slug}")),
        Link(request.language.text("Share"), request.href("/host/share")),
    )


def _href(request: SignedInRequest, line: InboxLine) -> str:
    return request.href(f"/host/bookings/{line.booking.id}")

"""Setting up a host before and after the calendar: profile, hours, first meeting type, link."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from starlette.responses import Response

from ...actions.setup import hours, welcome
from ...actions.setup.hosts import HostRefused
from ...actions.setup.hours import HoursChanged
from ...actions.setup.names import address_part, check_host_name
from ...domain.meeting import Place
from ...domain.people import Host
from ...domain.text import NAME_LENGTH, one_line
from ...language import Language, country_of
from ..http.forms import Problem
from ..http.responses import page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame
from ..parts.zone_menu import ZoneMenu, zones_to_choose
from .hours_view import Notice, RegionChoice, countries, mend
from .week_form import DayRow, WeekRead, changed_days, copied, read_week, rebased, rows_of, week_length
from .welcome_steps import DONE, HOURS, MEETING, WELCOME, next_step

_MOST_MINUTES = 24 * 60
_LONGEST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoView:
    """The profile of an invited host."""

    name: str
    slug: str
    base: str
    zones: ZoneMenu
    wrong: Mapping[str, str]
    notice: Notice | None
    action: str
    later: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomeHoursView:
    rows: tuple[DayRow, ...]
    readings: bool
    notice: Notice | None
    length: str
    zone: str
    countries: tuple[RegionChoice, ...]
    action: str
    later: str


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomeMeetingView:
    title: str
    minutes: str
    places: tuple[PlaceChoice, ...]
    location: str
    wrong: Mapping[str, str]
    notice: Notice | None
    action: str
    later: str


def begin(request: SignedInRequest) -> Response:
    """GET /host/welcome: the profile, if there is none yet; else the next step."""
    if request.person.host_id is None:
        name = request.person.name
        return _who_page(request, name=name, slug=address_part(name, language=request.language.code), zone=request.zone)
    return see_other(request.href(next_step(welcome.progress(request.rt, request.person.host_id))))


def become(request: SignedInRequest) -> Response:
    """POST /host/welcome"""
    if request.person.host_id is not None:
        return see_other(request.href(WELCOME))
    language, form = request.language, request.form
    name, slug = one_line(form.get("name", "")), form.get("slug", "").strip().lower()
    wrong, zone = {}, request.zone or request.person.zone
    if not 0 < len(name) <= NAME_LENGTH:
        wrong["name"] = language.text("Write 1 to {count} characters.", count=NAME_LENGTH)
    if not _is_address_part(slug):
        wrong["slug"] = language.text("Use lowercase letters, digits and hyphens, like ada-l; some words are reserved.")
    if not wrong:
        try:
            welcome.become_host(
                request.rt, request.person, slug=slug, name=name, zone=zone, by=request.actor.name, now=request.now
            )
            return see_other(request.href(WELCOME))
        except HostRefused:
            wrong["slug"] = language.text("Somebody already has this address. Choose another one.")
    return _who_page(request, name=name[:_LONGEST], slug=slug[:_LONGEST], zone=zone, wrong=wrong, status=422)


def show_hours(request: SignedInRequest) -> Response:
    """GET /host/welcome/hours"""
    return _hours_page(request)


def save_hours(request: SignedInRequest) -> Response:
    """POST /host/welcome/hours: as /host/hours, then on to the first meeting type."""
    language = request.language
    if request.form.get("act") == "copy":
        rows = read_week(copied(request.form), language).rows
        title = language.text("Monday is copied to the days until Friday. Nothing is saved yet.")
        return _hours_page(request, rows=rows, notice=Notice(title))
    read = read_week(request.form, language)
    if read.week is None:
        title = language.plural(
            "Nothing is saved yet: {count} day needs a correction",
            "Nothing is saved yet: {count} days need a correction",
            len(read.problems),
        )
        return _hours_page(request, rows=read.rows, notice=mend(read.problems, title), status=422)
    by, host_id = request.actor.name, request.host_id
    try:
        hours.save_week(request.rt, host_id, read.week, seen=read.seen, by=by, now=request.now)
    except HoursChanged as changed:
        return _hours_changed(request, read, changed.host)
    try:
        hours.keep_holidays(request.rt, host_id, request.form.get("country", ""), by=by, now=request.now)
    except ValueError:
        return _hours_page(request, notice=Notice(language.text("Choose a country from the list.")), status=422)
    has_meetings = bool(welcome.progress(request.rt, host_id).meetings)
    return see_other(request.href(DONE if has_meetings else MEETING))


def show_meeting(request: SignedInRequest) -> Response:
    """GET /host/welcome/meeting"""
    title = request.language.text("{count}-minute conversation", count=30)
    return _meeting_page(request, title=title, minutes="30", place=Place.VIDEO)


def make_meeting(request: SignedInRequest) -> Response:
    """POST /host/welcome/meeting"""
    language, form = request.language, request.form
    title, minutes = one_line(form.get("title", "")), form.get("minutes", "").strip()
    location = one_line(form.get("location", ""))[:_LONGEST]
    place = Place(form["place"]) if form.get("place") in set(Place) else Place.VIDEO
    wrong = {}
    if not 0 < len(title) <= NAME_LENGTH:
        wrong["title"] = language.text("Write 1 to {count} characters.", count=NAME_LENGTH)
    if not (minutes.isascii() and minutes.isdigit() and len(minutes) < 5 and 1 <= int(minutes) <= _MOST_MINUTES):
        wrong["minutes"] = language.text("Write whole minutes, from 1 to {count}.", count=_MOST_MINUTES)
    if wrong:
        return _meeting_page(
            request,
            title=title[:_LONGEST],
            minutes=minutes[:20],
            place=place,
            location=location,
            wrong=wrong,
            status=422,
        )
    welcome.first_meeting(
        request.rt,
        request.host_id,
        title=title,
        duration=timedelta(minutes=int(minutes)),
        place=place,
        location=location,
        by=request.actor.name,
        now=request.now,
    )
    return see_other(request.href(DONE))


def _is_address_part(slug: str) -> bool:
    try:
        check_host_name(slug)
    except ValueError:
        return False
    return True


def _who_page(
    request: SignedInRequest,
    *,
    name: str,
    slug: str,
    zone: ZoneInfo | None = None,
    wrong: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """`zone`: as chosen; until then a script may suggest the browser's, as the inviter may be far away."""
    chosen, language = zone or request.person.zone, request.language
    base = (request.rt.settings.base_url or "").partition("://")[2]
    view = WhoView(
        name=name,
        slug=slug,
        base=f"{base}/",
        zones=zones_to_choose(chosen, language, of_host=chosen, now=request.now, fixed=False, suggest=zone is None),
        wrong={name: (wrong or {}).get(name, "") for name in ("name", "slug")},
        notice=_mend(wrong, language),
        action=request.plain(WELCOME),
        later=request.href("/host"),
    )
    return page(request, "host/welcome_who.html", view, desk_frame(request), status=status)


def _hours_changed(request: SignedInRequest, read: WeekRead, host: Host) -> Response:
    language = request.language
    notice = Notice(
        language.text("Nothing is saved yet: the hours were changed in the meantime"),
        (
            *changed_days(read, host.hours, language),
            language.text("What you typed is kept below. Save again if you still want it."),
        ),
    )
    return _hours_page(request, rows=rebased(read, host.hours), notice=notice, status=409)


def _hours_page(
    request: SignedInRequest,
    *,
    rows: tuple[DayRow, ...] = (),
    notice: Notice | None = None,
    status: int = 200,
) -> Response:
    """Suggests the holidays of the zone's country to hosts without a meeting type."""
    found, language = welcome.progress(request.rt, request.host_id), request.language
    region = found.host.holidays.region or ("" if found.meetings else country_of(found.host.zone.key))
    view = WelcomeHoursView(
        rows=rows or rows_of(found.host.hours, language),
        readings=bool(rows),
        notice=notice,
        length=week_length(found.host.hours, language),
        zone=found.host.zone.key,
        countries=countries(request.form.get("country", region), language),
        action=request.href(HOURS),
        later=request.href("/host"),
    )
    return page(request, "host/welcome_hours.html", view, desk_frame(request), status=status)


def _meeting_page(
    request: SignedInRequest,
    *,
    title: str,
    minutes: str,
    place: Place,
    location: str = "",
    wrong: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    language = request.language
    view = WelcomeMeetingView(
        title=title,
        minutes=minutes,
        places=tuple(PlaceChoice(each, language.place(each), each is place) for each in Place),
        location=location,
        wrong={name: (wrong or {}).get(name, "") for name in ("title", "minutes")},
        notice=_mend(wrong, language),
        action=request.href(MEETING),
        later=request.href("/host"),
    )
    return page(request, "host/welcome_meeting.html", view, desk_frame(request), status=status)


def _mend(wrong: Mapping[str, str] | None, language: Language) -> Notice | None:
    if not wrong:
        return None
    problems = [Problem(name, text) for name, text in wrong.items()]
    return mend(problems, language.text("Nothing is saved yet: something needs a correction"))

"""Drawing the page of hours and that of one exception."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from ... import public_holidays
from ...actions.setup import hours
from ...actions.setup.hours import Hours
from ...domain.availability import DateOverride, local_date, spans_written
from ...domain.booking import Booking
from ...domain.people import Host
from ...language import Language
from ..http.forms import Problem
from ..http.responses import Link, page
from ..http.signed_in_pages import SignedInRequest, desk_frame
from .week_form import DayRow, rows_of, spans_shown, week_length
from .week_picture import WeekPicture, week_picture

HOURS = "/host/hours"
_NAMED = 20  # bookings listed one by one


@dataclass(frozen=True, slots=True)
class Notice:
    """What is wrong or has changed, above the form. `links`: to the fields concerned."""

    title: str
    lines: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """A field's value, and what is wrong with it."""

    value: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionForm:
    """Days, times and purpose of an exception, new or changed."""

    first: Field = Field()
    last: Field = Field()
    times: Field = Field()
    name: Field = Field()


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    days: str
    about: str
    href: str
    over: bool


@dataclass(frozen=True, slots=True)
class HolidayRow:
    key: str
    name: str
    day: str
    works: bool


@dataclass(frozen=True, slots=True)
class Inside:
    """Bookings outside an exception's hours: a sentence, and each of them."""

    title: str
    bookings: tuple[Link, ...]
    more: str


@dataclass(frozen=True, slots=True)
class RegionChoice:
    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursView:
    done: str
    notice: Notice | None
    zone: str
    length: str
    rows: tuple[DayRow, ...]
    readings: bool
    picture: WeekPicture
    exceptions: tuple[ExceptionRow, ...]
    form: ExceptionForm
    inside: Inside | None
    holidays: tuple[HolidayRow, ...]
    countries: tuple[RegionChoice, ...]
    regions: tuple[RegionChoice, ...]
    holidays_wrong: str
    save: str
    add: str
    keep_holidays: str
    work: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionView:
    title: str
    notice: Notice | None
    form: ExceptionForm
    seen: ExceptionForm
    inside: Inside | None
    action: str
    remove: str
    back: str


def hours_page(
    request: SignedInRequest,
    *,
    rows: Sequence[DayRow] = (),
    readings: bool = False,
    form: ExceptionForm | None = None,
    notice: Notice | None = None,
    done: str = "",
    about: DateOverride | None = None,
    holidays_wrong: str = "",
    status: int = 200,
) -> Response:
    """`rows`: the week as typed; by default as stored. `readings`: show how each row is understood.

    `about`: the exception that was just saved.
    """
    language = request.language
    seen = hours.show(request.rt, request.host_id, now=request.now, language=language.code)
    host, today = seen.host, local_date(request.now, seen.host.zone)
    view = HoursView(
        done=done,
        notice=notice,
        zone=host.zone.key,
        length=week_length(host.hours, language),
        rows=tuple(rows) or rows_of(host.hours, language),
        readings=readings,
        picture=week_picture(seen, language),
        exceptions=tuple(_row(request, each, today=today) for each in host.overrides),
        form=form or ExceptionForm(),
        inside=inside(request, about, host) if about else None,
        holidays=tuple(_holiday(each, seen, language, today=today) for each in seen.holidays),
        countries=countries(host.holidays.region, language),
        regions=regions(host.holidays.region, language),
        holidays_wrong=holidays_wrong,
        save=request.href(HOURS),
        add=request.href(f"{HOURS}/exceptions"),
        keep_holidays=request.href(f"{HOURS}/holidays"),
        work=request.href(f"{HOURS}/holidays/work"),
        why=request.href("/host/why"),
    )
    return page(request, "host/hours.html", view, desk_frame(request), status=status)


def exception_page(
    request: SignedInRequest,
    standing: DateOverride,
    *,
    form: ExceptionForm | None = None,
    seen: ExceptionForm | None = None,
    notice: Notice | None = None,
    status: int = 200,
) -> Response:
    """`standing`: the exception as stored. `seen`: as the form first showed it."""
    host = hours.show(request.rt, request.host_id, now=request.now, language=request.language.code).host
    address = f"{HOURS}/exceptions/{days_key(standing)}"
    title = request.language.days(
        standing.first_on, standing.last_on, this_year=local_date(request.now, host.zone).year
    )
    view = ExceptionView(
        title=title,
        notice=notice,
        form=form or form_of(standing),
        seen=seen or form_of(standing),
        inside=inside(request, standing, host),
        action=request.href(address),
        remove=request.href(f"{address}/remove"),
        back=request.href(HOURS),
    )
    return page(request, "host/hours_exception.html", view, desk_frame(request), status=status)


def form_of(exception: DateOverride) -> ExceptionForm:
    last = "" if exception.last_on == exception.first_on else exception.last_on.isoformat()
    return ExceptionForm(
        first=Field(exception.first_on.isoformat()),
        last=Field(last),
        times=Field(spans_written(exception.spans)),
        name=Field(exception.name),
    )


def days_key(exception: DateOverride) -> str:
    """The exception in addresses: 2026-12-24..2027-01-03."""
    return f"{exception.first_on}..{exception.last_on}"


def mend(problems: Sequence[Problem], title: str) -> Notice:
    return Notice(title, links=tuple(Link(each.text, f"#{each.field}") for each in problems))


def inside(request: SignedInRequest, exception: DateOverride, host: Host) -> Inside | None:
    """The bookings outside an exception's hours; None for none."""
    found = hours.bookings_inside(request.rt, request.host_id, exception, now=request.now)
    if not found:
        return None
    language = request.language
    shown = language.days(exception.first_on, exception.last_on, this_year=local_date(request.now, host.zone).year)
    title = language.plural(
        "{count} booking falls into “{name}”. It stays until you cancel it.",
        "{count} bookings fall into “{name}”. They stay until you cancel them.",
        len(found),
        name=exception.name or shown,
    )
    more = language.text("and {count} more", count=len(found) - _NAMED) if len(found) > _NAMED else ""
    return Inside(title, tuple(_booking(request, each, host) for each in found[:_NAMED]), more)


def countries(region: str, language: Language) -> tuple[RegionChoice, ...]:
    """ "None", then each country by its name in the reader's language."""
    country = region.partition("-")[0]
    named = sorted(
        (language.country(code).casefold(), language.country(code), code) for code in public_holidays.countries()
    )
    return (
        RegionChoice("", language.text("none: open on public holidays too"), not country),
        *(RegionChoice(code, name, code == country) for _, name, code in named),
    )


def regions(region: str, language: Language) -> tuple[RegionChoice, ...]:
    """The regions of the chosen country; none where its holidays are the same everywhere."""
    country, _, part = region.partition("-")
    found: Mapping[str, str] = public_holidays.regions(country) if country else {}
    if not found:
        return ()
    every = RegionChoice(country, language.text("those of the whole country only"), not part)
    return (every, *(RegionChoice(f"{country}-{code}", name, code == part) for code, name in found.items()))


def _row(request: SignedInRequest, exception: DateOverride, *, today: date) -> ExceptionRow:
    language = request.language
    times = spans_shown(exception.spans, language) if exception.spans else language.text("Closed")
    return ExceptionRow(
        days=language.days(exception.first_on, exception.last_on, this_year=today.year),
        about=f"{times} · “{exception.name}”" if exception.name else times,
        href=request.href(f"{HOURS}/exceptions/{days_key(exception)}"),
        over=exception.last_on < today,
    )


def _holiday(holiday: public_holidays.Holiday, seen: Hours, language: Language, *, today: date) -> HolidayRow:
    shown = language.days(holiday.on, holiday.on, this_year=today.year)
    return HolidayRow(holiday.key, holiday.name, shown, holiday.key in seen.host.holidays.works_on)


def _booking(request: SignedInRequest, booking: Booking, host: Host) -> Link:
    when = request.language.instant(booking.time.start, host.zone)
    return Link(f"{when}, {booking.invitee.name}", request.href(f"/host/bookings/{booking.id}"))

"""Hours: the week as text, exceptions, public holidays. Typed input survives a refusal."""

from collections.abc import Mapping
from datetime import date

from starlette.responses import Response

from ...actions.setup import hours
from ...actions.setup.hours import HoursChanged, NoSuchException, SameDays
from ...domain.availability import DateOverride, HoursRefused, local_date, parse_spans
from ...domain.errors import NotFound
from ...domain.text import NAME_LENGTH, one_line
from ..http.forms import Problem, Reading
from ..http.responses import see_other
from ..http.signed_in_pages import SignedInRequest
from .hours_view import HOURS, ExceptionForm, Field, Notice, days_key, exception_page, hours_page, mend
from .week_form import WeekRead, changed_days, copied, hours_refused, read_week, rebased, spans_shown

_SHOWN_AGAIN = 250  # characters of a field


def show(request: SignedInRequest) -> Response:
    """GET /host/hours"""
    about = _exception_named(request, request.query.get("about", ""))
    return hours_page(request, done=_done(request), about=about)


def save(request: SignedInRequest) -> Response:
    """POST /host/hours: save the week; or with act=copy show Monday's hours on all days to Friday, without saving."""
    language = request.language
    if request.form.get("act") == "copy":
        rows = read_week(copied(request.form), language).rows
        title = language.text("Monday is copied to the days until Friday. Nothing is saved yet.")
        return hours_page(request, rows=rows, readings=True, notice=Notice(title))
    read = read_week(request.form, language)
    if read.week is None:
        title = language.plural(
            "Nothing is saved yet: {count} day needs a correction",
            "Nothing is saved yet: {count} days need a correction",
            len(read.problems),
        )
        return hours_page(request, rows=read.rows, readings=True, notice=mend(read.problems, title), status=422)
    try:
        hours.save_week(request.rt, request.host_id, read.week, seen=read.seen, by=request.actor.name, now=request.now)
    except HoursChanged as changed:
        return _changed(request, read, changed)
    return see_other(request.href(HOURS, did="saved"))


def add(request: SignedInRequest) -> Response:
    """POST /host/hours/exceptions"""
    form, exception, problems = _read_exception(request)
    if exception is not None:
        try:
            hours.add_exception(request.rt, request.host_id, exception, by=request.actor.name, now=request.now)
            return see_other(request.href(HOURS, did="exception", about=days_key(exception)))
        except SameDays:
            form, problems = _same_days(request, form)
    title = request.language.text("Nothing is saved yet: the exception needs a correction")
    return hours_page(request, form=form, notice=mend(problems, title), status=422)


def show_exception(request: SignedInRequest) -> Response:
    """GET /host/hours/exceptions/{days}"""
    return exception_page(request, _standing(request))


def change(request: SignedInRequest) -> Response:
    """POST /host/hours/exceptions/{days}"""
    standing, language = _standing(request), request.language
    form, exception, problems = _read_exception(request)
    seen, seen_form = _seen(request)
    if exception is not None:
        try:
            hours.change_exception(
                request.rt,
                request.host_id,
                exception,
                seen=seen or standing,
                by=request.actor.name,
                now=request.now,
            )
            return see_other(request.href(HOURS, did="exception", about=days_key(exception)))
        except HoursChanged:
            return exception_page(request, standing, form=form, notice=_changed_to(request, standing), status=409)
        except SameDays:
            form, problems = _same_days(request, form)
    title = language.text("Nothing is saved yet: the exception needs a correction")
    return exception_page(request, standing, form=form, seen=seen_form, notice=mend(problems, title), status=422)


def remove(request: SignedInRequest) -> Response:
    """POST /host/hours/exceptions/{days}/remove"""
    first_on, last_on = _days(request.params["days"])
    hours.remove_exception(request.rt, request.host_id, first_on, last_on, by=request.actor.name, now=request.now)
    return see_other(request.href(HOURS, did="removed"))


def keep_holidays(request: SignedInRequest) -> Response:
    """POST /host/hours/holidays: of a country, or of the chosen region in it."""
    country, region = request.form.get("country", ""), request.form.get("region", "")
    wanted = region if region.partition("-")[0] == country else country
    try:
        hours.keep_holidays(request.rt, request.host_id, wanted, by=request.actor.name, now=request.now)
    except ValueError:
        wrong = request.language.text("Choose a country from the list.")
        return hours_page(request, holidays_wrong=wrong, status=422)
    return see_other(request.href(HOURS, did="holidays"))


def work(request: SignedInRequest) -> Response:
    """POST /host/hours/holidays/work: work on the holiday `works`, or no longer on `rests`."""
    works, rests = request.form.get("works", ""), request.form.get("rests", "")
    hours.work_on(request.rt, request.host_id, works or rests, bool(works), by=request.actor.name, now=request.now)
    return see_other(request.href(HOURS, did="holidays"))


def _done(request: SignedInRequest) -> str:
    language = request.language
    match request.query.get("did"):
        case "saved":
            return _first_free(request)
        case "exception":
            return language.text("The exception is saved.")
        case "removed":
            return language.text("The exception is removed. The weekly hours apply again.")
        case "holidays":
            return language.text("The public holidays are saved.")
        case _:
            return ""


def _first_free(request: SignedInRequest) -> str:
    language, zone = request.language, request.person.zone
    first = hours.first_free(request.rt, request.host_id, now=request.now)
    if first is None:
        return language.text("Saved. No time is free now.")
    today = local_date(request.now, zone)
    if local_date(first, zone) == today:
        return language.text("Saved. The first free time is today, {time}.", time=language.clock(first, zone))
    return language.text("Saved. The first free time is {time}.", time=language.instant(first, zone, today=today))


def _changed(request: SignedInRequest, read: WeekRead, changed: HoursChanged) -> Response:
    language, present = request.language, changed.host.hours
    notice = Notice(
        language.text("Nothing is saved yet: the hours were changed in the meantime"),
        (
            *changed_days(read, present, language),
            language.text("What you typed is kept below. Save again if you still want it."),
        ),
    )
    return hours_page(request, rows=rebased(read, present), notice=notice, status=409)


def _read_exception(request: SignedInRequest) -> tuple[ExceptionForm, DateOverride | None, tuple[Problem, ...]]:
    reading = Reading(request.language)
    first = _read_day(request.form, "first", reading, required=True)
    last = _read_day(request.form, "last", reading, required=False) or first
    spans, name = None, one_line(request.form.get("name", ""))
    try:
        spans = parse_spans(request.form.get("times", ""))
    except HoursRefused as refused:
        reading.wrong("times", hours_refused(refused, request.language))
    if len(name) > NAME_LENGTH:
        reading.wrong("name", request.language.text("Write up to {count} characters.", count=NAME_LENGTH))
    if first and last and last < first:
        reading.wrong("last", request.language.text("The last day is before the first: swap them."))
    exception = None if reading.problems or not first or not last else DateOverride(first, last, spans or (), name)
    return _form(request.form, reading), exception, tuple(reading.problems)


def _read_day(form: Mapping[str, str], field: str, reading: Reading, *, required: bool) -> date | None:
    typed = form.get(field, "").strip()
    if not typed and not required:
        return None
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        reading.wrong(field, reading.language.text("Choose a day, or write it as 2026-12-24."))
        return None
    if not 2000 <= day.year < 2200:
        reading.wrong(field, reading.language.text("Choose a day of this century."))
        return None
    return day


def _form(form: Mapping[str, str], reading: Reading, prefix: str = "") -> ExceptionForm:
    wrong = {each.field: each.text for each in reading.problems}
    return ExceptionForm(
        **{
            name: Field(form.get(f"{prefix}{name}", "")[:_SHOWN_AGAIN], wrong.get(name, ""))
            for name in ("first", "last", "times", "name")
        }
    )


def _same_days(request: SignedInRequest, form: ExceptionForm) -> tuple[ExceptionForm, tuple[Problem, ...]]:
    text = request.language.text("There is already an exception for these days: change that one.")
    return (
        ExceptionForm(first=Field(form.first.value, text), last=form.last, times=form.times, name=form.name),
        (Problem("first", text),),
    )


def _seen(request: SignedInRequest) -> tuple[DateOverride | None, ExceptionForm]:
    """What the form showed when it was opened; None where it does not say."""
    form = request.form
    seen_form = _form(form, Reading(request.language), "seen-")
    try:
        first = date.fromisoformat(form.get("seen-first", ""))
        last = date.fromisoformat(form.get("seen-last", "") or form.get("seen-first", ""))
        return DateOverride(first, last, parse_spans(form.get("seen-times", "")), form.get("seen-name", "")), seen_form
    except ValueError:
        return None, seen_form


def _changed_to(request: SignedInRequest, standing: DateOverride) -> Notice:
    language = request.language
    times = spans_shown(standing.spans, language)
    return Notice(
        language.text("Nothing is saved yet: the exception was changed in the meantime"),
        (
            language.text("It now says “{times}”.", times=f"{times} · {standing.name}" if standing.name else times),
            language.text("What you typed is kept below. Save again if you still want it."),
        ),
    )


def _standing(request: SignedInRequest) -> DateOverride:
    found = _exception_named(request, request.params["days"])
    if found is None:
        raise NotFound("there is no exception for these days")
    return found


def _exception_named(request: SignedInRequest, key: str) -> DateOverride | None:
    if not key:
        return None
    try:
        first_on, last_on = _days(key)
        return hours.exception_of(request.rt, request.host_id, first_on, last_on)
    except (NotFound, NoSuchException):
        return None


def _days(key: str) -> tuple[date, date]:
    first, _, last = key.partition("..")
    try:
        return date.fromisoformat(first), date.fromisoformat(last)
    except ValueError as error:
        raise NotFound("these are no days") from error

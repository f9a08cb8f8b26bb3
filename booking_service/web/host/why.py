"""Why a time is on offer or not: a verdict for each start of a day, and all rules for a chosen one."""

from dataclasses import dataclass
from datetime import date, time
from itertools import chain

from starlette.responses import Response

from ...actions.times.offers import Closed
from ...actions.times.why import Explained, ExplainedDay, why_on
from ...domain.localized_text import LocalizedText
from ...language import Language
from ..http.responses import page
from ..http.signed_in_pages import SignedInRequest, desk_frame
from .booking_words import title
from .why_words import verdict_text

WHY = "/host/why"


@dataclass(frozen=True, slots=True)
class KindChoice:
    value: str
    text: LocalizedText
    chosen: bool


@dataclass(frozen=True, slots=True)
class StartRow:
    """One start: the first reason against it, and the number of others."""

    clock: str
    href: str
    text: str
    more: str
    offered: bool
    current: bool


@dataclass(frozen=True, slots=True)
class RuleLine:
    text: str
    passes: bool


@dataclass(frozen=True, slots=True)
class VerdictView:
    title: str
    offered: bool
    lines: tuple[RuleLine, ...]
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyView:
    action: str
    kinds: tuple[KindChoice, ...]
    day: str
    at: str
    wrong: str
    title: str
    closed: str
    rows: tuple[StartRow, ...]
    verdict: VerdictView | None
    calendars: str


def show(request: SignedInRequest) -> Response:
    """GET /host/why?type=&day=&at="""
    query, language = request.query, request.language
    day, at, wrong = _read(query.get("day", ""), query.get("at", ""), language)
    found = why_on(request.rt, request.host_id, query.get("type", ""), day, at=at, now=request.now)
    shown = day or request.now.astimezone(found.host.zone).date()
    view = WhyView(
        action=request.plain(WHY),
        kinds=tuple(KindChoice(each.slug, title(each, language), each == found.meeting) for each in found.meetings),
        day=shown.isoformat(),
        at=f"{at:%H:%M}" if at else "",
        wrong=wrong,
        title=language.full_date(shown),
        closed=_closed(found.closed, language),
        rows=tuple(_row(request, each, found, shown) for each in found.starts),
        verdict=_verdict(request, found.asked) if found.asked else None,
        calendars=request.href("/host/calendars"),
    )
    return page(request, "host/why.html", view, desk_frame(request), status=422 if wrong else 200)


def _read(typed_day: str, typed_at: str, language: Language) -> tuple[date | None, time | None, str]:
    try:
        day = date.fromisoformat(typed_day) if typed_day else None
        at = time.fromisoformat(typed_at) if typed_at else None
    except ValueError:
        return None, None, language.text("Choose a day, or write it as 2026-12-24, and a time as 09:30.")
    if day is not None and not 2000 <= day.year < 2200:
        return None, None, language.text("Choose a day of this century.")
    return day, at.replace(tzinfo=None, second=0, microsecond=0) if at else None, ""


def _row(request: SignedInRequest, start: Explained, found: ExplainedDay, day: date) -> StartRow:
    zone, language = found.host.zone, request.language
    against = [
        text
        for each in start.verdicts
        if not each.passes and (text := verdict_text(each, language, zone=zone, now=request.now))
    ]
    clock = f"{start.start.astimezone(zone):%H:%M}"
    slug = found.meeting.slug if found.meeting else ""
    return StartRow(
        clock=language.clock(start.start, zone),
        href=request.href(WHY, type=slug, day=day.isoformat(), at=clock) + "#answer",
        text=against[0] if against else language.text("Nothing against it"),
        more=language.plural("and {count} more reason", "and {count} more reasons", len(against) - 1)
        if len(against) > 1
        else "",
        offered=start.offered,
        current=found.asked is not None and found.asked.start == start.start,
    )


def _verdict(request: SignedInRequest, asked: Explained) -> VerdictView:
    language, zone = request.language, asked.offering.host.zone
    ordered = chain(
        (each for each in asked.verdicts if not each.passes), (each for each in asked.verdicts if each.passes)
    )
    texts = ((verdict_text(each, language, zone=zone, now=request.now), each.passes) for each in ordered)
    busy = any(each.rule == "calendar" and not each.passes for each in asked.verdicts)
    hint = language.text("To offer it, mark that entry as free in your calendar app.") if busy else ""
    when = language.span(asked.time.start, asked.time.end, zone)
    return VerdictView(when, asked.offered, tuple(RuleLine(text, passes) for text, passes in texts if text), hint)


def _closed(closed: Closed | None, language: Language) -> str:
    match closed:
        case None:
            return ""
        case Closed.PAUSED:
            return language.text("Nothing is offered now: you paused your page. You can end the pause on Today.")
        case Closed.NO_CALENDAR:
            return language.text("Nothing is offered now: no calendar takes your bookings yet.")
        case Closed.UNREAD:
            return language.text("Nothing is offered now: a calendar has not been read yet.")
        case Closed.STALE:
            return language.text("Nothing is offered now: a calendar was read too long ago.")
        case Closed.FAILING:
            return language.text("Nothing is offered now: a calendar can’t be read. It opens again by itself.")

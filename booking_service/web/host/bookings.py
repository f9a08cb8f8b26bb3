"""The list of a host's bookings: filtered by state and meeting type, searched, paged."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from starlette.responses import Response

from ...actions.booking.inbox import InboxLine
from ...actions.booking.lists import COUNTED_TO, EXPORTED_AT_MOST, SEARCHED, BookingList, listed, meetings_of
from ...domain.booking_filter import BookingFilter, ListCursor, Which
from ...domain.localized_text import LocalizedText
from ...domain.meeting import MeetingType
from ...language import Language
from ..http.parsing import read_cursor, written_cursor
from ..http.responses import Link, page
from ..http.signed_in_pages import SignedInRequest, desk_frame
from ..parts.menus import LocalizedEntry
from .booking_filter import LONGEST, host_id_of, wanted_in
from .booking_words import Badge, badge, day_title, moved, people, place, title


@dataclass(frozen=True, slots=True)
class BookingRow:
    """A booking in the list."""

    name: str
    href: str
    time: str
    what: LocalizedText
    place: str
    moved: str
    badge: Badge


@dataclass(frozen=True, slots=True)
class Day:
    title: str
    rows: tuple[BookingRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingsView:
    """`count`: in words. `export`, `exported`: address and label of the download. `limited`: not all were searched.

    `none`: the sentence where there are none, with links `ways`. `places`: which of all are on this page. `first`,
    `further`: the pages around.
    """

    action: str
    language: str
    q: str
    states: tuple[LocalizedEntry, ...]
    types: tuple[LocalizedEntry, ...]
    count: str
    export: str
    exported: str
    limited: str
    days: tuple[Day, ...]
    none: str
    hint: str
    ways: tuple[Link, ...]
    places: str
    first: str
    further: Link | None


def show(request: SignedInRequest) -> Response:
    """GET /host/bookings?q=&state=&type=&after="""
    host_id = host_id_of(request)
    kinds = meetings_of(request.rt, host_id)
    wanted = wanted_in(request, kinds)
    found = listed(request.rt, host_id, wanted, kinds=kinds, after=_after(request), now=request.now)
    language = request.language
    view = BookingsView(
        action=request.plain("/host/bookings"),
        language=request.chosen_language or "",
        q=wanted.text,
        states=tuple(
            LocalizedEntry(each, LocalizedText(_state_name(each, language)), each is wanted.which) for each in Which
        ),
        types=_types(kinds, wanted, language),
        count=_count(found, wanted, language),
        export=_listed(request, "/host/bookings/export") if found.count else "",
        exported=_exported(found, wanted, language),
        limited="" if found.searched_all else _limited(language),
        days=_days(request, found.lines),
        none=_none(found, wanted, language),
        hint=_elsewhere(found, language),
        ways=_ways(request, found, wanted),
        places=_places(found, language),
        first=_href(request) if _after(request) else "",
        further=_further(request, found, wanted),
    )
    return page(request, "host/bookings.html", view, desk_frame(request))


def _after(request: SignedInRequest) -> ListCursor | None:
    return read_cursor(request.query.get("after", ""))


def _state_name(which: Which, language: Language) -> str:
    match which:
        case Which.UPCOMING:
            return language.text("Upcoming")
        case Which.HELD:
            return language.text("Held")
        case Which.PAST:
            return language.text("Confirmed, past")
        case Which.EXPIRED:
            return language.text("Expired")
        case Which.CANCELLED:
            return language.text("Cancelled")
        case Which.ALL:
            return language.text("All")


def _types(kinds: Sequence[MeetingType], wanted: BookingFilter, language: Language) -> tuple[LocalizedEntry, ...]:
    every = LocalizedEntry("", LocalizedText(language.text("All")), wanted.meeting_id is None)
    return (every, *(LocalizedEntry(each.slug, title(each, language), each.id == wanted.meeting_id) for each in kinds))


def _count(found: BookingList, wanted: BookingFilter, language: Language) -> str:
    if not found.count:
        return ""
    if found.count > COUNTED_TO and not wanted.text:
        return language.text("More than {count} bookings", count=COUNTED_TO)
    if wanted.soonest_first:
        return language.plural("{count} upcoming", "{count} upcoming, soonest first", found.count)
    return language.plural("{count} booking", "{count} bookings, latest first", found.count)


def _places(found: BookingList, language: Language) -> str:
    """ "1–25 of 38"; "" for a single page, or an uncounted list."""
    if len(found.lines) == found.count or found.count > COUNTED_TO:
        return ""
    first, last = found.before + 1, found.before + len(found.lines)
    return language.text("{first}–{last} of {count}", first=first, last=last, count=found.count)


def _exported(found: BookingList, wanted: BookingFilter, language: Language) -> str:
    """The label of the download, with the number of bookings."""
    if found.count > COUNTED_TO and not wanted.text:
        return language.text("Export them as CSV, {count} at most", count=EXPORTED_AT_MOST)
    return language.plural("Export {count} booking as CSV", "Export {count} bookings as CSV", found.count)


def _limited(language: Language) -> str:
    return language.text(
        "Only the first {count} of them were searched. Choose a state or a meeting type to search others; "
        "an exact email address is always found.",
        count=SEARCHED,
    )


def _days(request: SignedInRequest, lines: Sequence[InboxLine]) -> tuple[Day, ...]:
    zone, today = request.person.zone, request.now.astimezone(request.person.zone).date()
    by_day = groupby(lines, key=lambda each: each.booking.time.start.astimezone(zone).date())
    return tuple(
        Day(day_title(day, request.language, today=today), tuple(_row(request, each) for each in of_day))
        for day, of_day in by_day
    )


def _row(request: SignedInRequest, line: InboxLine) -> BookingRow:
    language, zone, booking = request.language, request.person.zone, line.booking
    return BookingRow(
        name=people(booking, language),
        href=request.href(f"/host/bookings/{booking.id}"),
        time=language.span(booking.time.start, booking.time.end, zone),
        what=title(line.meeting, language),
        place=place(line.meeting, language),
        moved=moved(line, language, zone=zone),
        badge=badge(booking, line.meeting, language, zone=zone, now=request.now, undelivered=line.delivery.failed),
    )


def _none(found: BookingList, wanted: BookingFilter, language: Language) -> str:
    if found.lines:
        return ""
    if wanted.text:
        return language.text("No booking here matches “{text}”", text=wanted.text)
    if found.all_states:
        return language.text("There are no bookings of this kind")
    return language.text("There are no bookings yet. They appear here and in your calendar at the same moment.")


def _elsewhere(found: BookingList, language: Language) -> str:
    if not found.all_states:
        return ""
    if found.all_states > COUNTED_TO:
        return language.text("Among all states there are more than {count}.", count=COUNTED_TO)
    return language.plural(
        "Among all states there is {count}.", "Among all states there are {count}.", found.all_states
    )


def _ways(request: SignedInRequest, found: BookingList, wanted: BookingFilter) -> tuple[Link, ...]:
    """Links to go on from an empty list."""
    language, ways = request.language, []
    if found.lines:
        return ()
    if found.all_states:
        everything = request.href("/host/bookings", state=Which.ALL, q=wanted.text)
        ways.append(Link(language.text("Show all states"), everything))
    if found.meant:
        meant = request.href("/host/bookings", state=Which.ALL, q=found.meant)
        ways.append(Link(language.text("Did you mean {name}?", name=found.meant), meant))
    if wanted.text:
        ways.append(Link(language.text("Clear the search"), request.href("/host/bookings")))
    return tuple(ways)


def _further(request: SignedInRequest, found: BookingList, wanted: BookingFilter) -> Link | None:
    if found.further is None:
        return None
    text = request.language.text("Later ›") if wanted.soonest_first else request.language.text("Earlier ›")
    return Link(text, _href(request, after=written_cursor(found.further)))


def _href(request: SignedInRequest, *, after: str | None = None) -> str:
    """The address of this list, from its beginning or after a position."""
    return _listed(request, "/host/bookings", after=after)


def _listed(request: SignedInRequest, path: str, *, after: str | None = None) -> str:
    given = {name: request.query.get(name, "")[:LONGEST] for name in ("q", "state", "type")}
    return request.href(path, **given, after=after)

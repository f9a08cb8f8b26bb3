"""Statistics, from page views to meetings that took place: a sentence, bars and a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from ...actions.booking.statistics import Statistics, read
from ...domain.localized_text import LocalizedText
from ...domain.meeting import MeetingType
from ...domain.statistics import CANCELLED, CONFIRMED, EXPIRED, HELD, VIEWED, Figures, summed
from ...language import Language
from ..http.responses import page
from ..http.signed_in_pages import SignedInRequest, desk_frame
from ..parts.menus import LocalizedEntry
from .booking_words import half_within, title

STATISTICS = "/host/bookings/statistics"
_SPANS = {"12": timedelta(weeks=12), "52": timedelta(weeks=52)}  # by the number of weeks in the address


@dataclass(frozen=True, slots=True)
class Bar:
    """`width`: in percent of the widest. `good`: it certainly leads to a meeting."""

    name: str
    text: str
    width: str
    good: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A meeting type in the table."""

    name: LocalizedText
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsView:
    """`sentence`: "" without any counts."""

    action: str
    language: str
    types: tuple[LocalizedEntry, ...]
    spans: tuple[LocalizedEntry, ...]
    sentence: str
    steps: tuple[Bar, ...]
    table: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]
    weekdays: tuple[Bar, ...]


def show(request: SignedInRequest) -> Response:
    """GET /host/bookings/statistics?type=&weeks="""
    language, weeks = request.language, request.query.get("weeks", "")
    span = weeks if weeks in _SPANS else "12"
    found = read(request.rt, request.host_id, length=_SPANS[span], now=request.now)
    slug = request.query.get("type", "")
    wanted = [(kind, each) for kind, each in found.by_meeting if slug in ("", kind.slug)] or list(found.by_meeting)
    together = summed({kind.id: each for kind, each in wanted})
    view = StatisticsView(
        action=request.plain(STATISTICS),
        language=request.chosen_language or "",
        types=_types([kind for kind, _ in found.by_meeting], slug, language),
        spans=(
            LocalizedEntry("12", LocalizedText(language.text("Last 12 weeks")), span == "12"),
            LocalizedEntry("52", LocalizedText(language.text("Last 52 weeks")), span == "52"),
        ),
        sentence=_sentence(together, language),
        steps=_steps(together, language),
        table=_table(request, found),
        head=_head(language),
        rows=tuple(_row(kind, each, language) for kind, each in wanted),
        weekdays=_weekdays(together, language),
    )
    return page(request, "host/statistics.html", view, desk_frame(request))


def _types(kinds: Sequence[MeetingType], slug: str, language: Language) -> tuple[LocalizedEntry, ...]:
    every = LocalizedEntry("", LocalizedText(language.text("All")), slug not in {each.slug for each in kinds})
    return (every, *(LocalizedEntry(each.slug, title(each, language), each.slug == slug) for each in kinds))


def _sentence(all_: Figures, language: Language) -> str:
    viewed, half = all_.of(VIEWED), all_.half_within
    if not viewed and not all_.of(HELD):
        return ""
    told = []
    if viewed >= all_.of(HELD):  # otherwise most came by other ways, so a share of the views would mislead
        told.append(
            language.text(
                "For every 100 times your page is opened, {held} times are requested and {confirmed} are booked.",
                held=round(100 * all_.of(HELD) / viewed),
                confirmed=round(100 * all_.of(CONFIRMED) / viewed),
            )
        )
    return " ".join(filter(None, (*told, half_within(half, language))))


def _steps(all_: Figures, language: Language) -> tuple[Bar, ...]:
    viewed, held, confirmed = all_.of(VIEWED), all_.of(HELD), all_.of(CONFIRMED)
    widest = max(viewed, held, confirmed)
    return (
        _bar(language.text("Opened"), str(viewed), viewed, widest),
        _bar(language.text("Asked for"), str(held), held, widest),
        _bar(language.text("Booked"), _of(confirmed, held, language), confirmed, widest, good=True),
        _bar(
            language.text("Not cancelled"),
            language.text("{count}, {cancelled} cancelled", count=all_.took_place, cancelled=all_.of(CANCELLED)),
            all_.took_place,
            widest,
            good=True,
        ),
    )


def _of(part: int, whole: int, language: Language) -> str:
    if not whole or part > whole:
        return str(part)
    return language.text("{count}, {percent} % of those requested", count=part, percent=round(100 * part / whole))


def _bar(name: str, text: str, count: int, widest: int, *, good: bool = False) -> Bar:
    return Bar(name, text, f"{100 * count / widest:.1f}" if widest else "0", good)


def _table(request: SignedInRequest, found: Statistics) -> str:
    language = request.language
    return language.text(
        "By meeting type, {first} to {last}",
        first=language.full_date(found.first_on),
        last=language.full_date(request.now.astimezone(request.person.zone).date()),
    )


def _head(language: Language) -> tuple[str, ...]:
    return (
        language.text("Opened"),
        language.text("Asked for"),
        language.text("Booked"),
        language.text("Expired"),
        language.text("Cancelled"),
        language.text("Time to confirm"),
    )


def _row(kind: MeetingType, each: Figures, language: Language) -> Row:
    half = each.half_within
    counts = (str(each.of(what)) for what in (VIEWED, HELD, CONFIRMED, EXPIRED, CANCELLED))
    return Row(title(kind, language), (*counts, language.duration(half) if half else "–"))


def _weekdays(all_: Figures, language: Language) -> tuple[Bar, ...]:
    """Days at the end of the week without bookings are left out."""
    counts, names = all_.by_weekday, [full for _, full in language.weekdays()]
    shown = 7 if any(counts[5:]) else 5
    widest = max(counts)
    return tuple(
        _bar(name, str(count), count, widest, good=True)
        for name, count in zip(names[:shown], counts[:shown], strict=True)
    )

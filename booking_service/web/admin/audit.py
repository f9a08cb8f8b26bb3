"""The audit log: searched by word, kind and date, and exported."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.access import audit
from ...actions.access.audit import COUNTED_TO, AuditPage
from ...domain.audit import Area, AuditCursor, AuditEntry, Sought
from ...language import Language
from ..http.parsing import read_moment, read_number
from ..http.responses import page
from ..http.security import PRIVATE
from ..http.signed_in_pages import SignedInRequest, desk_frame
from ..parts.csv_file import csv_file
from ..parts.menus import MenuEntry
from .audit_words import area_name, facts, sentence
from .day_range import DayRange

AUDIT = "/admin/audit"
_LONGEST = 100  # of the search text
_FIELDS = ("q", "area", "from", "to")
_HEAD = ("at (UTC)", "act", "by", "about", "before", "after", "reason", "browser", "network")


@dataclass(frozen=True, slots=True)
class AuditLine:
    """`facts`: by whom, from where and why, on one line."""

    at: str
    what: str
    facts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """`count`: the number of entries in words; "" for none. `first`, `further`: addresses of the pages before and
    after."""

    action: str
    language: str
    q: str
    areas: tuple[MenuEntry, ...]
    first_on: str
    last_on: str
    count: str
    export: str
    lines: tuple[AuditLine, ...]
    first: str
    further: str


def show(request: SignedInRequest) -> Response:
    """GET /admin/audit?q=&area=&from=&to=&after="""
    sought = _sought(request)
    found = audit.find(request.rt, sought, behind=_after(request))
    language = request.language
    areas = (None, *Area)
    first_on, last_on = DayRange.of(request).fields
    view = AuditView(
        action=request.plain(AUDIT),
        language=request.chosen_language or "",
        q=sought.text,
        areas=tuple(MenuEntry(each or "", area_name(each, language), each is sought.area) for each in areas),
        first_on=first_on,
        last_on=last_on,
        count=_count(found, language),
        export=request.href(f"{AUDIT}/export", **_query(request)),
        lines=tuple(_line(request, each) for each in found.entries),
        first=request.href(AUDIT, **_query(request)) if _after(request) else "",
        further=request.href(AUDIT, **_query(request), after=_written(found.further)) if found.further else "",
    )
    return page(request, "admin/audit.html", view, desk_frame(request))


def export(request: SignedInRequest) -> Response:
    """GET /admin/audit/export?q=&area=&from=&to=: all that match, as a file."""
    found = audit.export(request.rt, _sought(request), by=request.actor, now=request.now)
    rows = (
        (
            f"{each.at:%Y-%m-%d %H:%M:%S}",
            each.act,
            each.by,
            each.about,
            each.before,
            each.after,
            each.reason,
            each.agent,
            each.network,
        )
        for each in found
    )
    return csv_file(f"audit-{request.now:%Y-%m-%d}.csv", _HEAD, rows, dict(PRIVATE))


def _sought(request: SignedInRequest) -> Sought:
    """The search in the address; unreadable parts are ignored."""
    area = request.query.get("area", "")
    since, until = DayRange.of(request).instants(request.person.zone)
    return Sought(
        text=" ".join(request.query.get("q", "")[:_LONGEST].split()),
        area=Area(area) if area in set(Area) else None,
        since=since,
        until=until,
    )


def _query(request: SignedInRequest) -> dict[str, str]:
    return {name: request.query.get(name, "")[:_LONGEST] for name in _FIELDS}


def _after(request: SignedInRequest) -> AuditCursor | None:
    instant, _, rest = request.query.get("after", "").partition("~")
    source, _, number = rest.partition(".")
    at, of, row = read_moment(instant), read_number(source), read_number(number)
    return None if at is None or of is None or row is None else AuditCursor(at, of, row)


def _written(place: AuditCursor) -> str:
    return f"{place.at.isoformat()}~{place.source}.{place.number}"


def _count(found: AuditPage, language: Language) -> str:
    if found.count > COUNTED_TO:
        return language.text("More than {count} entries match", count=COUNTED_TO)
    return language.plural("{count} entry matches", "{count} entries match", found.count) if found.count else ""


def _line(request: SignedInRequest, entry: AuditEntry) -> AuditLine:
    language, zone = request.language, request.person.zone
    local = entry.at.astimezone(zone)
    return AuditLine(
        at=f"{language.short_day(local.date())}, {language.time_to_the_second(local)}",
        what=sentence(entry, language),
        facts=" · ".join(facts(entry, language)),
    )

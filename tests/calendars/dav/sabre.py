"""A server that speaks as sabre/dav and Nextcloud do, over a calendar in memory: their words and their refusals, staged.

What it takes from them: `d:` prefixes, an error body with an exception and a sentence, 412 for an object that vanished,
400 with a sentence only for a UID that is taken (also by what lies in the trash bin), no ETag after a PUT.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from lxml import etree

from calendars.errors import Precondition, TokenRefused, UidTaken
from calendars.memory import MemoryCalendar
from calendars.model import Period, StoredObject
from tests.calendars.dav.staged_servers import Answers, Request, absent, dav_error, found, http, multistatus

PATH = "/remote.php/dav/calendars/ada/work/"
_IS = "<d:resourcetype><d:collection/><cal:calendar/></d:resourcetype>"
_DAV = {"DAV": "1, 3, extended-mkcol, access-control, calendarserver-principal-property-search, calendar-access"}
_TAKEN = "Calendar object with uid already exists in this calendar collection."
_NAMES = {"d": "DAV:", "c": "urn:ietf:params:xml:ns:caldav"}
_FREE_BUSY = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//S//EN\r\nBEGIN:VFREEBUSY\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n"
)


def sabre(calendar: MemoryCalendar) -> Answers:
    """`calendar`, whose path is `PATH`, over HTTP."""

    def answer(request: Request) -> Iterable[bytes]:
        try:
            yield _answer(calendar, request)
        except UidTaken:
            yield dav_error(400, "", _TAKEN)
        except Precondition:
            yield dav_error(412, "", "An If-Match header was specified, but the resource did not exist or changed")
        except TokenRefused:
            yield dav_error(403, "valid-sync-token", "Invalid or unknown sync token", space="DAV:")

    return answer


def _answer(calendar: MemoryCalendar, request: Request) -> bytes:
    match request.method:
        case "GET":
            return _got(calendar.get(request.path))
        case "PUT" if request.headers.get("if-none-match") == "*":
            return _put(calendar.create(request.path, request.body), status=201)
        case "PUT":
            return _put(calendar.replace(request.path, request.body, etag=request.headers["if-match"]), status=204)
        case "DELETE":
            return http(204 if calendar.delete(request.path, etag=request.headers.get("if-match")) else 404)
        case "OPTIONS":
            return http(200, headers=_DAV)
        case "PROPFIND":
            return _described(calendar, depth=request.headers["depth"])
        case "REPORT":
            return _reported(calendar, etree.fromstring(request.body))
        case _:
            return http(501)


def _got(stored: StoredObject | None) -> bytes:
    if stored is None:
        return dav_error(404, "", "Calendar object not found")
    return http(200, stored.body, {"ETag": stored.etag or "", "Content-Type": "text/calendar; charset=utf-8"})


def _put(etag: str | None, *, status: int) -> bytes:
    return http(status, headers={"ETag": etag} if etag else {})


def _described(calendar: MemoryCalendar, *, depth: str) -> bytes:
    token = calendar.snapshot(_NEVER).token
    itself = found(calendar.path, _IS, f"<d:sync-token>{token}</d:sync-token>")
    inside = [
        found(href, f"<d:getetag>{etag}</d:getetag>", "<d:resourcetype/>") for href, etag in calendar.listing().items()
    ]
    return multistatus(itself, *(inside if depth == "1" else []))


def _reported(calendar: MemoryCalendar, query: etree._Element) -> bytes:
    match etree.QName(query).localname:
        case "sync-collection":
            changes = calendar.changes(query.findtext("d:sync-token", namespaces=_NAMES) or "")
            changed = [found(each.href, f"<d:getetag>{each.etag}</d:getetag>") for each in changes.changed]
            return multistatus(*changed, *map(absent, changes.gone), token=changes.token)
        case "calendar-multiget":
            hrefs = [href.text or "" for href in query.iterfind("d:href", _NAMES)]
            there = {each.href: each for each in calendar.fetch(hrefs)}
            return multistatus(*(_with_data(there[href]) if href in there else absent(href) for href in hrefs))
        case "calendar-query":
            return multistatus(*map(_with_data, _queried(calendar, query)))
        case _:
            return http(200, _FREE_BUSY, {"Content-Type": "text/calendar"})


def _queried(calendar: MemoryCalendar, query: etree._Element) -> Iterator[StoredObject]:
    uid = query.findtext(".//c:text-match", namespaces=_NAMES)
    if uid is not None:  # a substring, as text-match is defined (RFC 4791 §9.7.5)
        every = calendar.fetch(list(calendar.listing()))
        yield from (each for each in every if f"UID:{uid}".encode() in each.body or uid.encode() in each.body)
        return
    span = query.find(".//c:time-range", _NAMES)
    assert span is not None
    yield from calendar.snapshot(Period(_instant(span.get("start", "")), _instant(span.get("end", "")))).objects


def _with_data(stored: StoredObject) -> str:
    data = escape(stored.body.decode()).replace("\r", "&#13;")
    return found(stored.href, f"<d:getetag>{stored.etag}</d:getetag>", f"<cal:calendar-data>{data}</cal:calendar-data>")


def _instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


_NEVER = Period(datetime(1971, 1, 1, tzinfo=UTC), datetime(1971, 1, 2, tzinfo=UTC))

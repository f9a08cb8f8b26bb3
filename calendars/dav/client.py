"""Calendars on CalDAV servers (RFC 4791, RFC 6578). The only file that imports caldav.

caldav writes the requests and sends them over our own session (`session`). Responses are read strictly (`multistatus`):
the library itself would take a page of HTML for a calendar without events. It also logs whole responses, so its loggers
are silenced. Its client is named `caldav.DAVClient` so that it, with 15 MB of imports, is loaded with the first
connected account.
"""

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

import caldav
import httpx2
from caldav.elements import cdav, dav
from caldav.elements.base import BaseElement
from caldav.lib import error as caldav_error
from caldav.lib.python_utilities import WireBytes
from lxml import etree

from ..errors import AddressRefused, CalendarError, Malformed, NoCalendar, Refused
from ..model import Period
from .account import DavAccount, FoundCalendar
from .addresses import Reach
from .collection import COMPONENTS, PRIVILEGES, CaldavCalendar, components, writable
from .credentials import Credentials
from .multistatus import CALDAV, DAV, DavResource, Multistatus, refuse_bombs
from .responses import DavResponse, patience, refusal
from .session import GuardedSession
from .urls import joined

if TYPE_CHECKING:
    from caldav.davclient import DAVClient
    from caldav.response import DAVResponse

_XML = {"Content-Type": "application/xml; charset=utf-8", "Accept-Encoding": "gzip"}
_COLOR = "{http://apple.com/ns/ical/}calendar-color"
_CALLED = "content-type-as-sent"
_LEFT_OUT = b"(left out)"
_OF_CALENDARS = (f"{DAV}resourcetype", f"{DAV}displayname", PRIVILEGES, COMPONENTS, _COLOR)


def _silence() -> None:
    for name in ("caldav", "niquests"):
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
    logging.getLogger("caldav.response").setLevel(logging.CRITICAL)
    caldav_error.debug_dump_communication = False  # else an environment variable makes it write exchanges to /tmp


_silence()

__all__ = ["CaldavCalendar", "Connection", "DavAccount", "FoundCalendar", "connect", "disconnect_all"]


_open: dict[tuple[str, str], "Connection"] = {}
_open_lock = threading.Lock()


def connect(account: DavAccount) -> "Connection":
    """The connection of this account, shared by all: a new client for each request costs 40 ms.

    Other settings for the same address and user (a new password) replace it.
    """
    key = (account.url, account.user)
    with _open_lock:
        known = _open.get(key)
        if known is None or known.account != account:
            known = _open[key] = Connection(account)
        return known


def disconnect_all() -> None:
    """Close every connection that `connect` keeps."""
    with _open_lock:
        for connection in _open.values():
            connection.close()
        _open.clear()


class Connection:
    """One account on one server; at most four requests at a time; safe to share among threads."""

    def __init__(self, account: DavAccount) -> None:
        self.account = account
        self._session = GuardedSession(
            account.url,
            Credentials(account.user, account.password, account.auth),
            reach=Reach(account.allow_private, account.allowed_networks),
            deadline_s=account.timeout_s,
            watch=account.watch,
        )
        self._client = cast("type[DAVClient]", caldav.DAVClient)(
            url=account.url,
            timeout=int(account.timeout_s) or 1,
            enable_rfc6764=False,
            huge_tree=True,  # so that a text of 10 MB hides nothing behind it; `refuse_bombs` was called before
            features={"http.multiplexing": {"support": "unsupported"}},
        )
        self._client.session.close()
        self._client.session = cast(Any, _Carrier(self._session))

    def calendar(self, url: str) -> "CaldavCalendar":
        """The calendar at `url`, absolute or a path on the account's server. Sends no request."""
        return CaldavCalendar(self, joined(self.account.url, url), put_statuses=self.account.put_statuses)

    def calendars(self) -> list[FoundCalendar]:
        """The account's calendars (RFC 4791 §6.2.1): principal, then its homes, then the collections in them."""
        homes = self.homes(self.principal(self.account.url))
        return [calendar for home in homes for calendar in self.collections(home)]

    def classes(self, url: str) -> frozenset[str]:
        """The compliance classes of the `DAV` header (RFC 4918 §10.1); empty: no WebDAV server."""
        answer = self.ask("OPTIONS", url)
        if answer.status not in (200, 204):
            raise answer.error()
        return frozenset(each.strip().lower() for each in answer.headers.get("dav", "").split(",") if each.strip())

    def principal(self, url: str) -> str:
        """The address of the signed-in principal (RFC 5397)."""
        entry = self.propfind(url, [f"{DAV}current-user-principal"], depth=0).first
        for href in entry.hrefs(f"{DAV}current-user-principal"):
            return joined(url, href)
        if f"{DAV}unauthenticated" in entry.names(f"{DAV}current-user-principal"):
            raise Refused("the server takes no notice of the user name and password")
        raise NoCalendar("the server does not say who is signed in")

    def homes(self, principal: str) -> list[str]:
        """The collections that hold the principal's calendars (RFC 4791 §6.2.1)."""
        entry = self.propfind(principal, [f"{CALDAV}calendar-home-set"], depth=0).first
        found = [joined(principal, href) for href in entry.hrefs(f"{CALDAV}calendar-home-set")]
        if not found:
            raise NoCalendar("the server names no place for this account's calendars")
        return found

    def collections(self, home: str) -> list[FoundCalendar]:
        """The calendars directly in `home`."""
        entries = self.propfind(home, _OF_CALENDARS, depth=1).entries
        return [_found(entry, home) for entry in entries if f"{CALDAV}calendar" in entry.names(f"{DAV}resourcetype")]

    def make_calendar(self, url: str, name: str) -> None:
        """A new calendar for events at `url` (MKCALENDAR, RFC 4791 §5.3.1). One that exists already counts as made."""
        parts = [dav.DisplayName(name), cdav.SupportedCalendarComponentSet() + cdav.Comp("VEVENT")]
        answer = self._report("MKCALENDAR", url, cdav.Mkcalendar() + (dav.Set() + (dav.Prop() + parts)))
        if answer.status not in (200, 201, 405):
            raise answer.error()

    def propfind(self, url: str, names: Sequence[str], *, depth: int) -> Multistatus:
        """The named properties (Clark notation) of a resource and, at depth 1, of what it contains (RFC 4918 §9.1)."""
        body = dav.Propfind() + (dav.Prop() + [_named(name) for name in names])
        found = self._report("PROPFIND", url, body, depth=depth).multistatus()
        if found.first.gone and len(found.entries) == 1:  # Xandikos reports a missing resource this way
            raise refusal(found.first.status, named=())
        return found

    def within(self, url: str, window: Period, *, data: bool) -> Multistatus:
        """Objects with an event that touches `window` (RFC 4791 §9.9), with their data or by name only."""
        return self._query(url, cdav.TimeRange(window.start, window.end), data=data)

    def with_uid(self, url: str, uid: str, *, data: bool) -> Multistatus:
        """Objects with an event of this UID (RFC 4791 §7.8.6), with their data or by name only."""
        return self._query(url, cdav.PropFilter("UID") + cdav.TextMatch(uid), data=data)

    def multiget(self, url: str, hrefs: Sequence[str]) -> Multistatus:
        """The named objects with their data (RFC 4791 §7.9)."""
        parts = [_props(data=True), *(dav.Href(value=href) for href in hrefs)]
        return self._report("REPORT", url, cdav.CalendarMultiGet() + parts).multistatus()

    def sync(self, url: str, token: str) -> DavResponse:
        """What changed since `token` (RFC 6578 §3.2), by name only."""
        parts = [dav.SyncToken(value=token), dav.SyncLevel(value="1"), _props(data=False)]
        return self._report("REPORT", url, dav.SyncCollection() + parts, depth=0)

    def free_busy(self, url: str, window: Period) -> DavResponse:
        """free-busy-query (RFC 4791 §7.10)."""
        return self._report("REPORT", url, cdav.FreeBusyQuery() + cdav.TimeRange(window.start, window.end), depth=1)

    def ask(self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> DavResponse:
        """Send one request; statuses are not judged here. Raises CalendarError: whatever goes wrong."""
        try:
            response = self._client.request(
                url, method, cast(str, WireBytes(body)), headers or {}
            )  # bytes are sent unchanged
        except CalendarError:
            raise
        except caldav_error.RateLimitError as error:
            raise patience(error.retry_after_seconds, error.status or 429) from error
        except caldav_error.AuthorizationError as error:
            return _unauthorised(error)
        except Exception as error:  # caldav reacts to nonsense with AttributeError, TypeError and lxml's errors
            raise Malformed("the server's answer makes no sense") from error
        return _answer(response)

    def close(self) -> None:
        self._session.close()

    def _query(self, url: str, condition: BaseElement, *, data: bool) -> Multistatus:
        events = cdav.CompFilter("VCALENDAR") + (cdav.CompFilter("VEVENT") + condition)
        parts = [_props(data=data), cdav.Filter() + events]
        return self._report("REPORT", url, cdav.CalendarQuery() + parts, depth=1).multistatus()

    def _report(self, method: str, url: str, query: BaseElement, *, depth: int | None = None) -> DavResponse:
        try:
            text: bytes = etree.tostring(query.xmlelement(), encoding="utf-8", xml_declaration=True)
        except ValueError as error:  # a control character or lone surrogate in an href
            raise AddressRefused("that is not an address that can be requested") from error
        return self.ask(method, url, text, _XML | ({} if depth is None else {"Depth": str(depth)}))


class _Carrier:
    """What caldav takes for its HTTP session: it calls `request`, and reads status, headers and content of the
    response."""

    def __init__(self, session: GuardedSession) -> None:
        self._session = session

    def request(
        self, method: str, url: str, *, data: bytes | None = None, headers: Mapping[str, str] | None = None, **_: object
    ) -> httpx2.Response:
        """The response, labelled text/plain, so that caldav parses XML if there is any, and neither logs nor raises.

        The server's own media type goes along under another header name.
        """
        answer = self._session.request(method, url, body=data or b"", headers=headers)
        answer.headers[_CALLED] = answer.headers.get("content-type", "")
        answer.headers["content-type"] = "text/plain"
        content = _harmless(answer)
        if content is answer.content:
            return answer
        return httpx2.Response(answer.status_code, headers=answer.headers, content=content)

    def close(self) -> None:
        self._session.close()


def _harmless(answer: httpx2.Response) -> bytes:
    """The body; empty where it would expand in a parser and only its status is needed.

    Raises Malformed: it would expand, and is needed.
    """
    content = answer.content
    if content.lstrip()[:1] != b"<" and answer.status_code != 207:
        return content
    try:
        refuse_bombs(content)
    except CalendarError:
        if answer.status_code == 207:
            raise
        return _LEFT_OUT
    return content


def _answer(response: "DAVResponse") -> DavResponse:
    named = [] if response.tree is None or response.tree.tag != f"{DAV}error" else [each.tag for each in response.tree]
    media_type = response.headers.get(_CALLED, "").partition(";")[0].strip().lower()
    return DavResponse(response.status, response.headers, response._raw_body, response.tree, _local(named), media_type)


def _unauthorised(error: caldav_error.AuthorizationError) -> DavResponse:
    """The response behind caldav's exception for 401 and 403, whose meaning is in the body."""
    body = error.body if isinstance(error.body, bytes) else (error.body or "").encode()
    return DavResponse(error.status or 403, {}, body, None, _local(error.preconditions))


def _local(names: Iterable[object]) -> frozenset[str]:
    return frozenset(name.rpartition("}")[2] for name in names if isinstance(name, str))


def _named(name: str) -> BaseElement:
    """A property for a request; caldav has no element for some."""
    named: BaseElement = type("Property", (BaseElement,), {"tag": name})()
    return named


def _props(*, data: bool) -> BaseElement:
    return dav.Prop() + ([dav.GetEtag(), cdav.CalendarData()] if data else [dav.GetEtag()])


def _found(entry: DavResource, home: str) -> FoundCalendar:
    url = joined(home, entry.href)
    return FoundCalendar(
        url=url,
        name=entry.text(f"{DAV}displayname") or unquote(url.rstrip("/").rsplit("/", 1)[-1]),
        writable=writable(entry),
        components=components(entry),
        color=entry.text(_COLOR) or "",
    )

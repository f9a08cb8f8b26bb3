"""One calendar collection on a server as a `port.Calendar`: the requests it needs, and what their responses mean."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Protocol

from ..errors import Malformed, NoCalendar, Precondition, TooLarge
from ..ical.lines import has_too_many, lines
from ..model import Changes, CollectionFacts, Period, Snapshot, StoredObject
from .multiget import fetched, given, in_time, key_of, open_after, read_alone
from .multistatus import CALDAV, DAV, GONE, DavResource, Multistatus, same_resource, strong_etag
from .responses import DavResponse, token_refusal
from .urls import joined, path_at, split

MAX_PAGES = 1000  # responses that make up one sync
MAX_CHANGES = 200_000  # that one sync may name
PATIENCE_S = 60.0  # for all requests of one method of the port; each request has a deadline of its own besides

# Servers read floating and all-day times in a zone of their own choice, so the window is widened by the largest
# difference.
_ZONES_DIFFER = timedelta(hours=26)
COMPONENTS = f"{CALDAV}supported-calendar-component-set"
PRIVILEGES = f"{DAV}current-user-privilege-set"
_WRITE = frozenset(f"{DAV}{name}" for name in ("all", "write", "write-content", "bind"))
_SHORTEST = timedelta(hours=1)  # parts into which a window is divided
_ICS = {"Content-Type": "text/calendar; charset=utf-8"}


class Server(Protocol):
    """The WebDAV and CalDAV requests that a collection needs; `client.Connection` sends them."""

    def ask(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> DavResponse: ...
    def propfind(self, url: str, names: Sequence[str], *, depth: int) -> Multistatus: ...
    def within(self, url: str, window: Period, *, data: bool) -> Multistatus: ...
    def with_uid(self, url: str, uid: str, *, data: bool) -> Multistatus: ...
    def multiget(self, url: str, hrefs: Sequence[str]) -> Multistatus: ...
    def sync(self, url: str, token: str) -> DavResponse: ...
    def free_busy(self, url: str, window: Period) -> DavResponse: ...
    def classes(self, url: str) -> frozenset[str]: ...


class CaldavCalendar:
    """`port.Calendar` on a server."""

    def __init__(self, server: Server, url: str, *, put_statuses: Collection[int]) -> None:
        self.url = url if url.endswith("/") else f"{url}/"
        self._server, self._put_statuses = server, put_statuses
        self._path = split(self.url).path

    def get(self, href: str) -> StoredObject | None:
        found = read_alone(self._server, self._at(href), self._path_of(href))
        if found is None:
            return None
        stored, whole = found
        if not whole:
            raise Malformed("what stands there is no calendar object")
        return stored

    def create(self, href: str, body: bytes) -> str | None:
        return self._stored(self._put(href, body, {"If-None-Match": "*"}))

    def replace(self, href: str, body: bytes, *, etag: str) -> str | None:
        answer = self._put(href, body, {"If-Match": etag})
        if answer.status in GONE:
            raise Precondition("the object is gone")
        return self._stored(answer)

    def delete(self, href: str, *, etag: str | None) -> bool:
        answer = self._server.ask("DELETE", self._at(href), headers={"If-Match": etag} if etag else {})
        if answer.status in GONE:
            return False
        if answer.status not in (200, 204):
            raise answer.error()
        answer.prove()
        return True

    def snapshot(self, window: Period) -> Snapshot:
        ends = time.monotonic() + PATIENCE_S
        token = self._token()
        wide = Period(window.start - _ZONES_DIFFER, window.end + _ZONES_DIFFER)
        return Snapshot(token, self._within(wide, ends=ends))

    def changes(self, token: str, *, known: Mapping[str, str] = MappingProxyType({})) -> Changes:
        ends = time.monotonic() + PATIENCE_S
        entries, token = self._since(token, ends=ends)
        etags = {key_of(self._path_of(href)): etag for href, etag in known.items()}
        there = [entry for entry in entries if not entry.gone]
        same = {entry.href for entry in there if entry.etag is not None and etags.get(key_of(entry.href)) == entry.etag}
        wanted = [entry.href for entry in there if entry.href not in same]
        changed = self._fetch(wanted, ends=ends)
        found = {key_of(each.href) for each in changed}
        gone = [entry.href for entry in entries if entry.gone]
        gone += [href for href in wanted if key_of(href) not in found]
        return Changes(token, changed, gone, sorted(same))

    def listing(self) -> Mapping[str, str | None]:
        page = self._server.propfind(self.url, [f"{DAV}getetag", f"{DAV}resourcetype"], depth=1)
        if page.cut_short:
            raise TooLarge("the server lists only a part of the calendar")
        there = [entry for entry in page.entries if not entry.gone and self._is_object(entry)]
        return {entry.href: entry.etag for entry in there}

    def fetch(self, hrefs: Iterable[str]) -> list[StoredObject]:
        """calendar-multiget (RFC 4791 §7.9). Objects left out of the response are fetched singly: silence is no 404."""
        return self._fetch(hrefs, ends=time.monotonic() + PATIENCE_S)

    def find(self, uid: str) -> StoredObject | None:
        """calendar-query by UID (RFC 4791 §7.8.6); servers match substrings, or don't filter at all."""
        ends = time.monotonic() + PATIENCE_S
        for each in self._with_uid(uid, ends=ends):
            if not has_too_many(each.body) and uid in {line.text for line in lines(each.body) if line.name == "UID"}:
                return each
        return None

    def facts(self) -> CollectionFacts:
        """What the collection and its server report of themselves, in two requests. Raises NoCalendar."""
        names = (
            f"{DAV}resourcetype",
            PRIVILEGES,
            COMPONENTS,
            f"{DAV}supported-report-set",
            f"{CALDAV}calendar-timezone",
        )
        entry = self._server.propfind(self.url, names, depth=0).first
        if f"{CALDAV}calendar" not in entry.names(f"{DAV}resourcetype"):
            raise NoCalendar("this address is no calendar")
        return CollectionFacts(
            classes=self._server.classes(self.url),
            writable=writable(entry),
            components=components(entry),
            reports=frozenset(name.rpartition("}")[2] for name in entry.names(f"{DAV}supported-report-set"))
            - {"supported-report", "report"},
            timezone=entry.text(f"{CALDAV}calendar-timezone") or "",
        )

    def free_busy(self, window: Period) -> bytes:
        """VFREEBUSY of the collection (RFC 4791 §7.10)."""
        answer = self._server.free_busy(self.url, window)
        if answer.status != 200:
            raise answer.error()
        return answer.body

    def _put(self, href: str, body: bytes, precondition: dict[str, str]) -> DavResponse:
        return self._server.ask("PUT", self._at(href), body, _ICS | precondition)

    def _stored(self, answer: DavResponse) -> str | None:
        if answer.status not in self._put_statuses:
            raise answer.error()
        answer.prove()
        return strong_etag(answer.headers.get("etag"))

    def _token(self) -> str | None:
        """The token to begin a sync with (RFC 6578 §4); None where the server has none. Raises NoCalendar."""
        entry = self._server.propfind(self.url, [f"{DAV}resourcetype", f"{DAV}sync-token"], depth=0).first
        if f"{CALDAV}calendar" not in entry.names(f"{DAV}resourcetype"):
            raise NoCalendar("this address is no calendar")
        return entry.text(f"{DAV}sync-token")

    def _within(self, window: Period, *, ends: float) -> list[StoredObject]:
        """All objects in `window`: with their data at once; by name first where that response is cut short or
        unreadable."""
        try:
            page = self._server.within(self.url, window, data=True)
        except (Malformed, TooLarge):
            return self._fetch(self._names_within(window, ends=ends), ends=ends)
        if page.cut_short:
            return self._fetch(self._names_within(window, ends=ends), ends=ends)
        return self._completed(page.entries, ends=ends)

    def _names_within(self, window: Period, *, ends: float) -> list[str]:
        """The hrefs of all objects in `window`, which is halved where a server returns only a part."""
        names: dict[str, None] = {}
        pieces = [window]
        while pieces:
            in_time(ends)
            piece = pieces.pop()
            try:
                page = self._server.within(self.url, piece, data=False)
            except TooLarge:
                pieces += _halves(piece)
                continue
            names |= {entry.href: None for entry in page.entries if self._is_object(entry)}
            if page.cut_short:
                pieces += _halves(piece)
        return list(names)

    def _with_uid(self, uid: str, *, ends: float) -> list[StoredObject]:
        """The objects that may have this UID. Raises TooLarge: the server returned only a part."""
        try:
            page, data = self._server.with_uid(self.url, uid, data=True), True
        except (Malformed, TooLarge):
            page, data = self._server.with_uid(self.url, uid, data=False), False
        if page.cut_short:
            raise TooLarge("the server gives less at once than was asked for")
        if data:
            return self._completed(page.entries, ends=ends)
        return self._fetch((entry.href for entry in page.entries if self._is_object(entry)), ends=ends)

    def _completed(self, entries: Sequence[DavResource], *, ends: float) -> list[StoredObject]:
        """The objects of a response, including those that it named without data."""
        mine = [entry for entry in entries if self._is_object(entry)]
        return [*given(mine), *self._fetch(open_after(mine), ends=ends)]

    def _is_object(self, entry: DavResource) -> bool:
        """Whether it is an object, not the collection itself or one inside it."""
        if entry.href.endswith("/") or same_resource(entry.href, self._path):
            return False
        return f"{DAV}resourcetype" not in entry.props or f"{DAV}collection" not in entry.names(f"{DAV}resourcetype")

    def _fetch(self, hrefs: Iterable[str], *, ends: float) -> list[StoredObject]:
        """Fetch these objects. `ends`: deadline by the monotonic clock."""
        return fetched(self._server, self.url, [self._path_of(href) for href in hrefs], ends=ends)

    def _since(self, token: str, *, ends: float) -> tuple[list[DavResource], str]:
        """What changed since `token`, and the next token, over all responses that the server cuts it into."""
        entries: dict[str, DavResource] = {}
        for _ in range(MAX_PAGES):
            in_time(ends)
            page = self._synced(token)
            if len(entries) + len(page.entries) > MAX_CHANGES:
                raise TooLarge("the server names more changes than any calendar has")
            entries |= {entry.href: entry for entry in page.entries if self._is_object(entry)}
            if page.token is None or (page.cut_short and page.token == token):
                raise Malformed("the server's answer leads nowhere")
            token = page.token
            if not page.cut_short:
                return list(entries.values()), token
        raise Malformed("the server's answer never ends")

    def _synced(self, token: str) -> Multistatus:
        answer = self._server.sync(self.url, token)
        if answer.status not in (200, 207):
            raise token_refusal(answer.status, named=answer.named)
        return answer.multistatus()

    def _path_of(self, href: str) -> str:
        return path_at(self.url, href)

    def _at(self, href: str) -> str:
        return joined(self.url, self._path_of(href))


def writable(entry: DavResource) -> bool:
    """Whether its privileges (RFC 3744 §5.4) let this account write; True where the server reports none."""
    privileges = entry.names(PRIVILEGES)
    return not privileges or not _WRITE.isdisjoint(privileges)


def components(entry: DavResource) -> frozenset[str]:
    """supported-calendar-component-set (RFC 4791 §5.2.3); empty where it is not reported."""
    found = entry.props.get(COMPONENTS)
    return frozenset() if found is None else frozenset(each.get("name", "") for each in found)


def _halves(window: Period) -> tuple[Period, Period]:
    """Both halves, the later first, as a stack returns them. Raises TooLarge: the window can't be divided further."""
    if window.end - window.start < 2 * _SHORTEST:
        raise TooLarge("the server gives less at once than stands in an hour")
    middle = window.start + (window.end - window.start) / 2
    return Period(middle, window.end), Period(window.start, middle)

"""One calendar collection on a server, as `port.Calendar` wants it: which requests it takes, and what their answers mean."""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Protocol
from urllib.parse import unquote, urljoin, urlsplit

from ..errors import Malformed, NoCalendar, Precondition, TooLarge, Unavailable
from ..ical.lines import has_too_many, lines
from ..model import Changes, CollectionFacts, Period, Snapshot, StoredObject
from .answers import GONE, Answer, token_refusal
from .multistatus import CALDAV, DAV, Entry, Multistatus, path_of, same_resource, strong_etag

BATCH = 100  # objects asked for in one multiget
MAX_SILENT = 10  # of those, how many a server may pass over
MAX_PAGES = 1000  # answers that one sync may be cut into
MAX_CHANGES = 200_000  # that one sync may name
PATIENCE_S = 60.0  # with all requests of one verb; each has a deadline of its own besides
MAX_OCTETS = 150_000_000  # of all objects of one verb; each answer has a limit of its own besides

# Servers place floating and all-day times in a zone of their own choice: the window is widened by what zones can differ.
_ZONES_DIFFER = timedelta(hours=26)
COMPONENTS = f"{CALDAV}supported-calendar-component-set"
PRIVILEGES = f"{DAV}current-user-privilege-set"
_WRITE = frozenset(f"{DAV}{name}" for name in ("all", "write", "write-content", "bind"))
_ICS = {"Content-Type": "text/calendar; charset=utf-8"}


class Server(Protocol):
    """The requests of WebDAV and CalDAV that a collection is made of; `client.Connection` sends them."""

    def ask(self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer: ...
    def propfind(self, url: str, names: Sequence[str], *, depth: int) -> Multistatus: ...
    def within(self, url: str, window: Period, *, data: bool) -> Multistatus: ...
    def with_uid(self, url: str, uid: str) -> Multistatus: ...
    def multiget(self, url: str, hrefs: Sequence[str]) -> Multistatus: ...
    def sync(self, url: str, token: str) -> Answer: ...
    def free_busy(self, url: str, window: Period) -> Answer: ...
    def classes(self, url: str) -> frozenset[str]: ...


class CaldavCalendar:
    """`port.Calendar` on a server."""

    def __init__(self, server: Server, url: str, *, put_statuses: Collection[int]) -> None:
        self.url = url if url.endswith("/") else f"{url}/"
        self._server, self._put_statuses = server, put_statuses
        self._path = urlsplit(self.url).path

    def get(self, href: str) -> StoredObject | None:
        answer = self._server.ask("GET", self._at(href))
        if answer.status in GONE:
            return None
        if answer.status != 200:
            raise answer.error()
        if b"BEGIN:VCALENDAR" not in answer.body:
            raise Malformed("what stands there is no calendar object")
        return StoredObject(self._path_of(href), strong_etag(answer.headers.get("etag")), answer.body)

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
        return True

    def snapshot(self, window: Period) -> Snapshot:
        ends = time.monotonic() + PATIENCE_S
        token = self._token()
        wide = Period(window.start - _ZONES_DIFFER, window.end + _ZONES_DIFFER)
        try:
            return Snapshot(token, _objects(self._server.within(self.url, wide, data=True).entries))
        except TooLarge:
            listed = self._server.within(self.url, wide, data=False)
            return Snapshot(token, self._fetch((entry.href for entry in listed.entries), ends=ends))

    def changes(self, token: str, *, known: Mapping[str, str] = MappingProxyType({})) -> Changes:
        ends = time.monotonic() + PATIENCE_S
        entries, token = self._since(token, ends=ends)
        etags = {_key(self._path_of(href)): etag for href, etag in known.items()}
        gone = [entry.href for entry in entries if entry.status in GONE]
        there = [entry for entry in entries if entry.status < 300]
        same = {entry.href for entry in there if entry.etag is not None and etags.get(_key(entry.href)) == entry.etag}
        wanted = [entry.href for entry in there if entry.href not in same]
        changed = self._fetch(wanted, ends=ends)
        found = {_key(each.href) for each in changed}
        gone += [href for href in wanted if _key(href) not in found]
        return Changes(token, changed, gone, sorted(same))

    def listing(self) -> Mapping[str, str | None]:
        entries = self._server.propfind(self.url, [f"{DAV}getetag", f"{DAV}resourcetype"], depth=1).entries
        objects = [entry for entry in entries if f"{DAV}collection" not in entry.names(f"{DAV}resourcetype")]
        return {entry.href: entry.etag for entry in objects if not same_resource(entry.href, self._path)}

    def fetch(self, hrefs: Iterable[str]) -> list[StoredObject]:
        """calendar-multiget (RFC 4791 §7.9). What a server passes over in silence is asked for alone: silence is no 404."""
        return self._fetch(hrefs, ends=time.monotonic() + PATIENCE_S)

    def find(self, uid: str) -> StoredObject | None:
        """calendar-query by UID (RFC 4791 §7.8.6); servers match substrings, or don't filter at all."""
        for each in _objects(self._server.with_uid(self.url, uid).entries):
            if not has_too_many(each.body) and uid in {line.text for line in lines(each.body) if line.name == "UID"}:
                return each
        return None

    def facts(self) -> CollectionFacts:
        """What the collection and its server say of themselves, in two requests. Raises NoCalendar."""
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

    def _put(self, href: str, body: bytes, precondition: dict[str, str]) -> Answer:
        return self._server.ask("PUT", self._at(href), body, _ICS | precondition)

    def _stored(self, answer: Answer) -> str | None:
        if answer.status not in self._put_statuses:
            raise answer.error()
        return strong_etag(answer.headers.get("etag"))

    def _token(self) -> str | None:
        """Where a sync may begin (RFC 6578 §4); None where the server has none. Raises NoCalendar."""
        entry = self._server.propfind(self.url, [f"{DAV}resourcetype", f"{DAV}sync-token"], depth=0).first
        if f"{CALDAV}calendar" not in entry.names(f"{DAV}resourcetype"):
            raise NoCalendar("this address is no calendar")
        return entry.text(f"{DAV}sync-token")

    def _fetch(self, hrefs: Iterable[str], *, ends: float) -> list[StoredObject]:
        """Until `ends`, by the monotonic clock."""
        found: list[StoredObject] = []
        octets = 0
        for some in _batches([self._path_of(href) for href in hrefs]):
            _in_time(ends)
            entries = self._server.multiget(self.url, some).entries
            objects = _objects(entries)
            answered = {_key(entry.href) for entry in entries}
            silent = [href for href in some if _key(href) not in answered]
            if len(silent) > MAX_SILENT:
                raise Malformed("the server passed over what it was asked for")
            for href in silent:
                _in_time(ends)
                objects += [each] if (each := self.get(href)) is not None else []
            octets += sum(len(each.body) for each in objects)
            if octets > MAX_OCTETS:
                raise TooLarge("the calendar's events are larger than anybody's should be")
            found += objects
        return found

    def _since(self, token: str, *, ends: float) -> tuple[list[Entry], str]:
        """What changed since `token` and the token after it, however many answers the server cuts it into."""
        entries: dict[str, Entry] = {}
        for _ in range(MAX_PAGES):
            _in_time(ends)
            page = self._synced(token)
            if len(entries) + len(page.entries) > MAX_CHANGES:
                raise TooLarge("the server names more changes than any calendar has")
            entries |= {entry.href: entry for entry in page.entries if not same_resource(entry.href, self._path)}
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
        return href if href.startswith("/") else path_of(urljoin(self.url, href))

    def _at(self, href: str) -> str:
        return urljoin(self.url, self._path_of(href))


def _in_time(ends: float) -> None:
    """A server that answers each request in time may still go on without end, and everybody's pulls wait behind this one."""
    if time.monotonic() > ends:
        raise Unavailable("the server did not come to an end in time")


def writable(entry: Entry) -> bool:
    """Whether its privileges (RFC 3744 §5.4) let this account write; servers that say none let it try."""
    privileges = entry.names(PRIVILEGES)
    return not privileges or not _WRITE.isdisjoint(privileges)


def components(entry: Entry) -> frozenset[str]:
    """supported-calendar-component-set (RFC 4791 §5.2.3); empty: the collection does not say."""
    found = entry.props.get(COMPONENTS)
    return frozenset() if found is None else frozenset(each.get("name", "") for each in found)


def _objects(entries: Iterable[Entry]) -> list[StoredObject]:
    with_data = ((entry, entry.text(f"{CALDAV}calendar-data")) for entry in entries if entry.status < 300)
    return [StoredObject(entry.href, entry.etag, data.encode()) for entry, data in with_data if data]


def _batches(hrefs: Sequence[str]) -> Iterator[Sequence[str]]:
    return (hrefs[start : start + BATCH] for start in range(0, len(hrefs), BATCH))


def _key(href: str) -> str:
    return unquote(href)

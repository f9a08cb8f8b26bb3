"""An in-memory calendar behind the same port, for tests of servers' and hosts' behaviour, failures included.

It keeps the same contract as real servers; a `Temper` imitates those that deviate.
"""

import threading
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import unquote

from .errors import CalendarError, Forbidden, Precondition, TokenRefused, UidTaken
from .ical import ics
from .ical.lines import Line, encode, line, lines, text_line
from .ical.moments import written
from .model import Changes, CollectionFacts, Event, EventStatus, Period, Snapshot, StoredObject

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Temper:
    """How a server deviates from the contract."""

    guards: bool = True  # honours If-Match and If-None-Match
    etag_on_put: bool = True
    vanished_is_stale: bool = False  # answers 412, not 404, to a conditional DELETE of what is gone
    keeps_deleted_uids: bool = False  # a trash bin: UIDs of deleted objects stay taken
    rewrites: bool = False  # stores other bytes than it was given
    sync: bool = True  # has sync-collection
    token_errors: bool = True  # refuses an unknown token instead of listing everything
    writable: bool = True
    reuses_etags: bool = False  # after an edit by the host the old ETag returns (against RFC 9110 §8.8.1)


PLAIN = Temper()
# Nextcloud and Baïkal; no ETag comes for objects that take part in scheduling.
SABRE = Temper(etag_on_put=False, vanished_is_stale=True, keeps_deleted_uids=True, rewrites=True)
SOGO = Temper(guards=False, token_errors=False)


@dataclass(frozen=True, slots=True)
class _Staged:
    error: BaseException
    after: bool
    on: str | None


class MemoryCalendar:
    """A `port.Calendar` without a server; safe to share among threads.

    Methods named `host_…` are what the host does in a client of their own.
    """

    def __init__(self, *, temper: Temper = PLAIN, path: str = "/memory/") -> None:
        self.path, self.temper = path, temper
        self._objects: dict[str, StoredObject] = {}
        self._history: list[str] = []  # names, in the order they changed
        self._forgotten = 0  # tokens before this point of the history are refused
        self._trash: set[str] = set()
        self._faults: dict[str, str] = {}
        self._staged: deque[_Staged] = deque()
        self._requests: Counter[str] = Counter()
        self._lock = threading.RLock()

    # The port

    def get(self, href: str) -> StoredObject | None:
        return self._asked("get", lambda: self._objects.get(self._name(href)))

    def create(self, href: str, body: bytes) -> str | None:
        return self._asked("create", lambda: self._create(self._name(href), body))

    def replace(self, href: str, body: bytes, *, etag: str) -> str | None:
        return self._asked("replace", lambda: self._replace(self._name(href), body, etag))

    def delete(self, href: str, *, etag: str | None) -> bool:
        return self._asked("delete", lambda: self._delete(self._name(href), etag))

    def snapshot(self, window: Period) -> Snapshot:
        return self._asked("snapshot", lambda: Snapshot(self._token(), self._given(self._within(window))))

    def changes(self, token: str, *, known: Mapping[str, str] = MappingProxyType({})) -> Changes:
        etags = {self._name(href): etag for href, etag in known.items()}
        return self._asked("changes", lambda: self._since(token, etags))

    def listing(self) -> Mapping[str, str | None]:
        return self._asked("listing", lambda: {each.href: each.etag for each in self._objects.values()})

    def fetch(self, hrefs: Iterable[str]) -> list[StoredObject]:
        names = [self._name(href) for href in hrefs]
        return self._asked("fetch", lambda: self._given(self._objects[name] for name in names if name in self._objects))

    def find(self, uid: str) -> StoredObject | None:
        return self._asked("find", lambda: self._by_uid(uid))

    def facts(self) -> CollectionFacts:
        classes = frozenset({"1", "3", "calendar-access"})
        return self._asked("facts", lambda: CollectionFacts(classes=classes, writable=self.temper.writable))

    def free_busy(self, window: Period) -> bytes:
        raise Forbidden("a calendar in memory answers no free-busy questions")

    # Staging

    def fail_next(self, error: BaseException, *, after: bool = False, on: str | None = None, times: int = 1) -> None:
        """Make the next `times` requests (of method `on`) raise `error`, before their effect or `after` it.

        `after` is a lost response: the server did what was asked, but nobody is told.
        """
        with self._lock:
            self._staged.extend([_Staged(error, after, on)] * times)

    def keep_back(self, uid: str, fault: str = "the server gives no calendar for it") -> None:
        """From now on name the object with this UID without returning its data."""
        with self._lock:
            name = self._name(self._standing(uid).href)
            self._faults[name] = fault
            self._history.append(name)

    def heal(self) -> None:
        """Remove everything that was staged."""
        with self._lock:
            self._staged.clear()
            self._history += self._faults
            self._faults.clear()

    def forget_token(self) -> None:
        """Refuse all tokens returned so far (or, by temper, answer them with everything)."""
        with self._lock:
            self._history.append("")
            self._forgotten = len(self._history)

    @property
    def staged(self) -> int:
        """How many staged failures are left."""
        with self._lock:
            return len(self._staged)

    @property
    def requests(self) -> Mapping[str, int]:
        """How often each method was called."""
        with self._lock:
            return dict(self._requests)

    def events(self) -> list[ics.OurEvent]:
        """The events as a person sees them in this calendar, in order of creation."""
        with self._lock:
            bodies = [each.body for each in self._objects.values()]
        return [event for event in map(_readable, bodies) if event is not None]

    # What the host does

    def bodies(self) -> list[bytes]:
        """Every object's bytes, as they are stored."""
        with self._lock:
            return [each.body for each in self._objects.values()]

    def host_adds(self, summary: str, time: Period, *, uid: str | None = None, transparent: bool = False) -> str:
        """A new event of the host's own. Returns its UID."""
        uid = uid or f"host-{uuid.uuid4()}"
        event = Event(uid=uid, time=time, status=EventStatus.CONFIRMED, summary=summary, sequence=0, stamped_at=_STAMP)
        body = ics.build(event)
        if transparent:
            body = _edited(body, {"TRANSP": line("TRANSP", "TRANSPARENT")})
        self.host_puts(f"{uid}.ics", body)
        return uid

    def host_puts(self, href: str, body: bytes) -> None:
        """Store any object, over whatever stands there."""
        with self._lock:
            self._put(self._name(href), body)

    def host_moves(self, uid: str, time: Period) -> None:
        start, end = line("DTSTART", written(time.start)), line("DTEND", written(time.end))
        self._host_edits(uid, {"DTSTART": start, "DTEND": end, "DURATION": ""})

    def host_edits(
        self,
        uid: str,
        *,
        summary: str | None = None,
        description: str | None = None,
        url: str | None = None,
        status: EventStatus | None = None,
    ) -> None:
        texts = {"SUMMARY": summary, "DESCRIPTION": description, "URL": url, "STATUS": status and status.value}
        self._host_edits(uid, {name: text_line(name, text) for name, text in texts.items() if text is not None})

    def host_deletes(self, uid: str) -> None:
        with self._lock:
            self._gone(self._name(self._standing(uid).href))

    def empty_trash(self) -> None:
        """Let UIDs of deleted objects be used again."""
        with self._lock:
            self._trash.clear()

    # Internals

    def _asked(self, kind: str, answer: Callable[[], T]) -> T:
        with self._lock:
            self._requests[kind] += 1
            staged = next((each for each in self._staged if each.on in (None, kind)), None)
            if staged is not None:
                self._staged.remove(staged)
                if not staged.after:
                    raise staged.error
            answered = answer()
            if staged is not None:
                raise staged.error
            return answered

    def _create(self, name: str, body: bytes) -> str | None:
        if not self.temper.writable:
            raise Forbidden("this calendar is read-only")
        if self.temper.guards and name in self._objects:
            raise Precondition("something stands there")
        self._refuse_taken_uid(name, body)
        return self._put(name, body)

    def _replace(self, name: str, body: bytes, etag: str) -> str | None:
        standing = self._objects.get(name)
        if self.temper.guards and (standing is None or standing.etag != etag):
            raise Precondition("it changed, or is gone")
        self._refuse_taken_uid(name, body)
        return self._put(name, body)

    def _delete(self, name: str, etag: str | None) -> bool:
        standing = self._objects.get(name)
        if standing is None and self.temper.vanished_is_stale and etag is not None:
            raise Precondition("it is gone")
        if standing is None:
            return False
        if self.temper.guards and etag is not None and standing.etag != etag:
            raise Precondition("it changed")
        self._gone(name)
        return True

    def _put(self, name: str, body: bytes) -> str | None:
        kept = _rewritten(body) if self.temper.rewrites else body
        self._trash -= _uids(body)  # the host took it out of the trash bin
        self._history.append(name)
        etag = f'"memory-{len(self._history)}"'
        self._objects[name] = StoredObject(self.path + name, etag, kept)
        return etag if self.temper.etag_on_put else None

    def _gone(self, name: str) -> None:
        self._trash |= _uids(self._objects.pop(name).body)
        self._history.append(name)

    def _refuse_taken_uid(self, name: str, body: bytes) -> None:
        taken = set(self._trash) if self.temper.keeps_deleted_uids else set()
        taken.update(*(_uids(each.body) for other, each in self._objects.items() if other != name))
        if self.temper.guards and not taken.isdisjoint(_uids(body)):
            raise UidTaken("another object has this UID")

    def _since(self, token: str, etags: Mapping[str, str]) -> Changes:
        names = list(dict.fromkeys(self._history[self._point(token) :]))
        there = [self._objects[name] for name in names if name in self._objects]
        same = [each for each in there if etags.get(self._name(each.href)) == each.etag]
        gone = [self.path + name for name in names if name and name not in self._objects]
        return Changes(
            self._token() or token,
            self._given(each for each in there if each not in same),
            gone,
            [each.href for each in same],
        )

    def _point(self, token: str) -> int:
        """The position in the history of `token`."""
        mark, _, point = token.rpartition("/")
        if (
            self.temper.sync
            and mark == self.path
            and point.isdigit()
            and self._forgotten <= int(point) <= len(self._history)
        ):
            return int(point)
        if self.temper.sync and not self.temper.token_errors:
            return 0
        raise TokenRefused("the sync token is not accepted")

    def _token(self) -> str | None:
        return f"{self.path}/{len(self._history)}" if self.temper.sync else None

    def _within(self, window: Period) -> list[StoredObject]:
        return [each for each in self._objects.values() if _touches(each.body, window)]

    def _given(self, objects: Iterable[StoredObject]) -> list[StoredObject]:
        faults = ((each, self._faults.get(self._name(each.href), "")) for each in objects)
        return [replace(each, body=b"", fault=fault) if fault else each for each, fault in faults]

    def _by_uid(self, uid: str) -> StoredObject | None:
        return next((each for each in self._objects.values() if uid in _uids(each.body)), None)

    def _standing(self, uid: str) -> StoredObject:
        found = self._by_uid(uid)
        if found is None:
            raise LookupError(f"no event {uid} in this calendar")
        return found

    def _host_edits(self, uid: str, edits: Mapping[str, str]) -> None:
        with self._lock:
            found = self._standing(uid)
            name = self._name(found.href)
            self._put(name, _edited(found.body, edits))
            if self.temper.reuses_etags:
                self._objects[name] = replace(self._objects[name], etag=found.etag)

    def _name(self, href: str) -> str:
        return unquote(href.removeprefix(self.path))


_STAMP = datetime(2026, 1, 1, tzinfo=UTC)


def _edited(body: bytes, edits: Mapping[str, str]) -> bytes:
    """`body` with whole lines of its events' own properties replaced; an empty line removes the property."""
    return encode("".join(_edited_lines(lines(body), edits)))


def _edited_lines(content: Iterable[Line], edits: Mapping[str, str]) -> Iterator[str]:
    inside: list[str] = []
    missing: dict[str, str] = {}
    for each in content:
        if each.name == "BEGIN":
            inside.append(each.value.strip().upper())
            missing = dict(edits) if inside == ["VCALENDAR", "VEVENT"] else missing
        if each.name == "END":
            if inside == ["VCALENDAR", "VEVENT"]:
                yield from missing.values()
            inside.pop()
        own = inside == ["VCALENDAR", "VEVENT"] and each.name in edits
        yield missing.pop(each.name, "") if own else each.raw


def _readable(body: bytes) -> ics.OurEvent | None:
    try:
        return ics.read(body)
    except CalendarError:
        return None


def _uids(body: bytes) -> set[str]:
    return {each.text for each in lines(body) if each.name == "UID"}


def _touches(body: bytes, window: Period) -> bool:
    """Whether an object may touch `window`; if it recurs or can't be read, yes, as servers assume too."""
    try:
        event = ics.read(body)
    except CalendarError:
        return True
    if event is None:
        return False
    return event.time.start < window.end and (event.recurring or event.time.end > window.start)


def _rewritten(body: bytes) -> bytes:
    """The same object in other bytes: with the server's own PRODID, as sabre and vobject write it."""
    return encode(
        "".join(line("PRODID", "-//Memory//EN") if each.name == "PRODID" else each.raw for each in lines(body))
    )

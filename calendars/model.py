"""Values that cross the calendar port: events as we write them, objects as servers store them, busy periods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple


class EventStatus(StrEnum):
    """STATUS of a VEVENT (RFC 5545 §3.8.1.11)."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


class Period(NamedTuple):
    """A stretch of time [start, end) between two aware UTC instants (RFC 5545 §3.3.9)."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Address:
    """A mail address, with a display name if there is one."""

    email: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One VEVENT as we write it. Anything else in the server's copy is the host's.

    No ORGANIZER and no ATTENDEE: those belong into mail (itip). `url`: a page about it. `conference`: where people join
    by video (RFC 7986 §5.11). `marks`: our X- properties, never secret, as servers mail them on.
    """

    uid: str
    time: Period
    status: EventStatus
    summary: str
    sequence: int
    stamped_at: datetime
    description: str = ""
    location: str = ""
    url: str = ""
    conference: str = ""
    color: str = ""
    categories: tuple[str, ...] = ()
    alarm_before: timedelta | None = None
    marks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attendee:
    """ATTENDEE (RFC 5545 §3.8.4.1); `accepted` is PARTSTAT=ACCEPTED, otherwise NEEDS-ACTION. RSVP is always FALSE."""

    address: Address
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A calendar object as a server stores it. `href`: the server's own, verbatim. `etag`: None where it gave no strong
    one.

    `fault`: the object exists, but the server returned nothing readable of it, for this reason; `body` is empty then.
    """

    href: str
    etag: str | None
    body: bytes
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All objects that touch a window, and the token with which `changes` continues (None: the server has no sync)."""

    token: str | None
    objects: Sequence[StoredObject]


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened since a token: new or changed objects, hrefs gone, and the next token.

    `same`: hrefs that the server named although they are as the caller knows them (our own last writes); not fetched.
    """

    token: str
    changed: Sequence[StoredObject]
    gone: Sequence[str]
    same: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionFacts:
    """What a collection reports of itself.

    `classes`: the server's DAV header (RFC 4918 §10.1). `components`: empty where not reported. `reports`: local names
    of the supported ones. `timezone`: an iCalendar text, or empty.
    """

    classes: frozenset[str]
    writable: bool
    components: frozenset[str] = frozenset()
    reports: frozenset[str] = frozenset()
    timezone: str = ""

    @property
    def keeps_events(self) -> bool:
        return not self.components or "VEVENT" in self.components


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a calendar proved when it was probed (doctor), as names and headers of servers lie."""

    create_guard: bool = True  # honours If-None-Match: *
    update_guard: bool = True  # refuses a PUT with a stale If-Match
    delete_guard: bool = True  # refuses a DELETE with a stale If-Match
    etag_on_put: bool = True
    keeps_bytes: bool = True
    sync: bool = True  # sync-collection (RFC 6578)
    token_errors: bool = True  # refuses a bogus token instead of listing everything
    free_busy: bool = True
    agent_client: bool = False  # proven to honour SCHEDULE-AGENT=CLIENT (RFC 6638 §7.1)

    @property
    def guards(self) -> bool:
        """Whether preconditions can be relied on; otherwise every write reads first."""
        return self.create_guard and self.update_guard and self.delete_guard

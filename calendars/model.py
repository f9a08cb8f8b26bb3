"""Values that cross the calendar port: events as we write them, objects as a server keeps them, periods that block."""

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
    """A mail address and the name that goes with it, if any."""

    email: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One VEVENT as we write it. Everything here is ours; whatever else stands in the server's copy is the host's.

    It has no ORGANIZER and no ATTENDEE: those are a mail's (itip). `url` is a page about it, `conference` where people join it by
    video (RFC 7986 §5.11). `marks` are X- properties of ours (never a secret: servers mail them on).
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
    """A calendar object as the server keeps it. `href` is the server's own, verbatim; `etag` None: it gave none usable.

    `fault`: it is there, and the server gives nothing of it that could be read, for this reason; `body` is empty then.
    """

    href: str
    etag: str | None
    body: bytes
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that touches a window, and the token from which `changes` goes on (None: the server has no sync)."""

    token: str | None
    objects: Sequence[StoredObject]


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened since a token: objects new or changed, hrefs gone, the token to go on from.

    `same`: hrefs the server named although they stand as the caller knows them (our own last writes); not fetched.
    """

    token: str
    changed: Sequence[StoredObject]
    gone: Sequence[str]
    same: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionFacts:
    """What a collection says of itself. `classes`: the server's DAV header (RFC 4918 §10.1); `reports`: local names of
    what it can be asked; `components`: empty where it does not say; `timezone`: an iCalendar text, or empty."""

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
    """What a calendar proved when it was probed (doctor). Server names lie; behaviour does not."""

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
        """Whether preconditions can be relied on; where not, every write reads first."""
        return self.create_guard and self.update_guard and self.delete_guard

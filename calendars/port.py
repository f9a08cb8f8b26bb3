"""The port to calendars. `collection.CaldavCalendar` speaks to a server, `memory.MemoryCalendar` stages failures.

One contract suite holds both (tests/calendars/contract.py).
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Protocol

from .model import Changes, Period, Snapshot, StoredObject


class Calendar(Protocol):
    """One calendar collection. Every method is one exchange (fetch: one per 100 objects). Raises CalendarError.

    `href`: an object's path on the server, verbatim as the server gave it, or a bare name (`<uuid>.ics`) directly in
    this collection; both mean the same object. `etag`: the strong ETag including quotes, or None.
    """

    def get(self, href: str) -> StoredObject | None:
        """The object as it stands; None where the server says 404 or 410."""

    def create(self, href: str, body: bytes) -> str | None:
        """PUT with If-None-Match: *. Returns the new ETag; None where the response had none.

        Only 201 and 204 are success. Raises Precondition: something stands there; UidTaken: another object has the UID.
        """

    def replace(self, href: str, body: bytes, *, etag: str) -> str | None:
        """PUT with If-Match. Raises Precondition: it changed or is gone (sabre answers 412 to both); `get` tells
        which."""

    def delete(self, href: str, *, etag: str | None) -> bool:
        """DELETE, with If-Match unless `etag` is None. False: nothing was there (404, 410). Raises Precondition."""

    def snapshot(self, window: Period) -> Snapshot:
        """All objects that touch `window`. The token is read before the listing, so that no change is missed."""

    def changes(self, token: str, *, known: Mapping[str, str] = MappingProxyType({})) -> Changes:
        """What changed since `token` (RFC 6578): one request, and one more per 100 objects to fetch.

        An object whose ETag is as in `known` (by href, bare name or full path) is not fetched, but named in
        `Changes.same`. Raises TokenRefused: start again with `snapshot`. DAViCal and SOGo accept tokens that they never
        issued and answer with everything; SOGo's are seconds of its clock, and changes within one are named again.
        """

    def listing(self) -> Mapping[str, str | None]:
        """href → ETag of every object, for servers without sync-collection."""

    def fetch(self, hrefs: Iterable[str]) -> list[StoredObject]:
        """The named objects in as few requests as possible, without those that are gone."""

    def find(self, uid: str) -> StoredObject | None:
        """The object with this UID anywhere in the collection, or None."""

"""The one port to calendars. `client.CaldavCalendar` speaks to a server, `memory.MemoryCalendar` stages failures; one
contract suite holds both (tests/calendars/contract.py)."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Protocol

from .model import Changes, Period, Snapshot, StoredObject


class Calendar(Protocol):
    """One calendar collection. Every method is one exchange (fetch: one per 100) and raises calendars.errors only.

    `href` is the path of an object on the server, verbatim as the server gave it, or a bare name (`<uuid>.ics`) that
    lies directly in this collection; both mean the same object. `etag` is the strong ETag, quotes included, or None.
    """

    def get(self, href: str) -> StoredObject | None:
        """The object as it stands, or None where the server says 404 or 410."""

    def create(self, href: str, body: bytes) -> str | None:
        """PUT with If-None-Match: *. Returns the new ETag, None where the answer gave none.

        Raises Precondition: something stands there. UidTaken: another object has the UID. A success is 201 or 204 only.
        """

    def replace(self, href: str, body: bytes, *, etag: str) -> str | None:
        """PUT with If-Match. Raises Precondition: it changed, or is gone (sabre answers 412 then): `get` tells which."""

    def delete(self, href: str, *, etag: str | None) -> bool:
        """DELETE, with If-Match unless `etag` is None. False: nothing was there (404, 410). Raises Precondition."""

    def snapshot(self, window: Period) -> Snapshot:
        """All objects that have time in `window`. The token is taken before the listing, so that nothing falls between."""

    def changes(self, token: str, *, known: Mapping[str, str] = MappingProxyType({})) -> Changes:
        """What changed since `token` (RFC 6578): one request, and one more per 100 objects that must be fetched.

        An object that stands with the ETag `known` gives for its href (bare name or full path) is not fetched: it comes
        in `Changes.same`. Raises TokenRefused: start again with `snapshot`. DAViCal and SOGo take a token they never gave
        and answer it with everything; SOGo's are seconds of its clock, and it names changes again within one.
        """

    def listing(self) -> Mapping[str, str | None]:
        """href → ETag of every object: how changes are found where the server has no sync-collection."""

    def fetch(self, hrefs: Iterable[str]) -> list[StoredObject]:
        """The named objects in as few requests as possible; those that are gone are left out."""

    def find(self, uid: str) -> StoredObject | None:
        """The object with this UID wherever in the collection it stands, or None."""

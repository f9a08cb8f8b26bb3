"""Objects by their hrefs (RFC 4791 §7.9): together, and singly where a response leaves one out.

Only 404 and 410 say that an object is gone. Anything else (a lock, a limit, a failed part, a cut or missing response)
is no answer: that object is fetched singly, and if that fails too, nothing is concluded about any of them.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol
from urllib.parse import unquote

from ..errors import Malformed, TooLarge, Unavailable
from ..model import StoredObject
from .multistatus import GONE, DavResource, Multistatus, strong_etag
from .responses import DavResponse
from .urls import joined

BATCH = 100  # objects asked for in one multiget
MAX_ALONE = 10  # of those, how many are fetched singly because the response left them out
MAX_OCTETS = 150_000_000  # for all objects of one method of the port; each response has a limit of its own besides


class Asking(Protocol):
    """The two requests by which objects are fetched."""

    def ask(self, method: str, url: str) -> DavResponse: ...
    def multiget(self, url: str, hrefs: Sequence[str]) -> Multistatus: ...


def fetched(asking: Asking, url: str, paths: Sequence[str], *, ends: float) -> list[StoredObject]:
    """The objects of the collection at `url` with these paths, without those that are gone.

    `ends`: deadline by the monotonic clock.
    """
    found: list[StoredObject] = []
    octets = 0
    for some in _batches(paths):
        objects = list(_together(asking, url, some, ends=ends))
        octets += sum(len(each.body) for each in objects)
        if octets > MAX_OCTETS:
            raise TooLarge("the calendar's events are larger than anybody's should be")
        found += objects
    return found


def read_alone(asking: Asking, at: str, path: str) -> tuple[StoredObject, bool] | None:
    """The object as GET returns it, and whether it is a calendar's; None on 404 or 410.

    Raises Malformed: a page of something else. Only what the server itself labels as a calendar may be broken and still
    be the object.
    """
    answer = asking.ask("GET", at)
    if answer.status in GONE:
        return None
    if answer.status != 200:
        raise answer.error()
    whole = b"BEGIN:VCALENDAR" in answer.body
    if not whole and answer.media_type != "text/calendar":
        raise Malformed("what stands there is no calendar object")
    return StoredObject(path, strong_etag(answer.headers.get("etag")), answer.body), whole


def given(entries: Iterable[DavResource]) -> list[StoredObject]:
    """The objects of a response. Its other entries say nothing about theirs."""
    return [StoredObject(entry.href, entry.etag, data) for entry in entries if (data := entry.data)]


def open_after(entries: Iterable[DavResource]) -> list[str]:
    """The hrefs that a response names without data, and without saying that they are gone."""
    return [entry.href for entry in entries if not entry.data and not entry.gone]


def in_time(ends: float) -> None:
    """Raises Unavailable: the deadline has passed. Each response may be in time, yet all together hold up everybody's
    pulls."""
    if time.monotonic() > ends:
        raise Unavailable("the server did not come to an end in time")


def key_of(href: str) -> str:
    """The same key for all spellings of a path."""
    return unquote(href)


def _together(asking: Asking, url: str, paths: Sequence[str], *, ends: float) -> Iterator[StoredObject]:
    """Fetch together. An unreadable response (one character that XML forbids is enough) or a too large one is asked for
    in halves.

    What a readable response leaves out is fetched singly.
    """
    in_time(ends)
    try:
        page = asking.multiget(url, paths)
    except (Malformed, TooLarge):
        if len(paths) == 1:
            yield from _alone(asking, url, paths[0], ends=ends)
            return
        for half in (paths[: len(paths) // 2], paths[len(paths) // 2 :]):
            yield from _together(asking, url, half, ends=ends)
        return
    wanted = {key_of(path): path for path in paths}
    objects = [each for each in given(page.entries) if key_of(each.href) in wanted]
    yield from objects
    settled = {key_of(each.href) for each in objects} | {key_of(each.href) for each in page.entries if each.gone}
    left = [path for key, path in wanted.items() if key not in settled]
    if left and len(left) < len(wanted) and (page.cut_short or len(left) > MAX_ALONE):
        yield from _together(asking, url, left, ends=ends)
    elif len(left) > MAX_ALONE:
        raise Malformed("the server passed over what it was asked for")
    else:
        for path in left:
            yield from _alone(asking, url, path, ends=ends)


def _alone(asking: Asking, url: str, path: str, *, ends: float) -> Iterator[StoredObject]:
    """Fetch by GET, which returns the object's own bytes. One that is broken even then exists, with unknown content."""
    in_time(ends)
    try:
        found = read_alone(asking, joined(url, path), path)
    except TooLarge:
        yield StoredObject(path, None, b"", fault="it is larger than is read")
        return
    if found is not None:
        stored, whole = found
        yield stored if whole else replace(stored, body=b"", fault="the server gives no calendar for it")


def _batches(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    return (paths[start : start + BATCH] for start in range(0, len(paths), BATCH))

"""Objects by their hrefs (RFC 4791 §7.9): asked for together, and alone where an answer leaves one open.

Only 404 and 410 say that an object is gone. Whatever else keeps one from being given (a lock, a limit of the server's, a
part it failed at, an answer that is cut short, no word at all) is no answer: that object is asked for alone, and where
this does not help either, nothing is concluded from the whole.
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
MAX_ALONE = 10  # of those, how many are asked for one by one because the answer left them open
MAX_OCTETS = 150_000_000  # of all objects of one verb; each answer has a limit of its own besides


class Asking(Protocol):
    """The two requests that objects are fetched by."""

    def ask(self, method: str, url: str) -> DavResponse: ...
    def multiget(self, url: str, hrefs: Sequence[str]) -> Multistatus: ...


def fetched(asking: Asking, url: str, paths: Sequence[str], *, ends: float) -> list[StoredObject]:
    """The objects of a collection at `url` with these paths, but for those that are gone; until `ends`, by the monotonic
    clock."""
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
    """The object as GET gives it, and whether it is a calendar's; None where the server says 404 or 410.

    Raises Malformed for a page of something else: only what the server itself calls a calendar may be broken and yet be
    the object.
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
    """The objects that an answer gives; its other entries say nothing of theirs."""
    return [StoredObject(entry.href, entry.etag, data) for entry in entries if (data := entry.data)]


def open_after(entries: Iterable[DavResource]) -> list[str]:
    """The hrefs that an answer names without giving their objects, and without saying that they are gone."""
    return [entry.href for entry in entries if not entry.data and not entry.gone]


def in_time(ends: float) -> None:
    """A server that answers each request in time may still go on without end, and everybody's pulls wait behind this one."""
    if time.monotonic() > ends:
        raise Unavailable("the server did not come to an end in time")


def key_of(href: str) -> str:
    """The same for two spellings of one path."""
    return unquote(href)


def _together(asking: Asking, url: str, paths: Sequence[str], *, ends: float) -> Iterator[StoredObject]:
    """In one request. An answer that can't be read (one character that XML forbids is enough), or is too large, is asked
    for in halves; what a readable one leaves open once more."""
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
    """By GET, which gives an object's own bytes. One that is broken even so is there, and nothing is known of it."""
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

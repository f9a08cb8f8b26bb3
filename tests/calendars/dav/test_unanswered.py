"""Absence of an answer is no answer: what a server leaves open is asked alone, and nothing is gone but what it says is gone."""

from collections.abc import Iterable

import pytest

from calendars.dav.client import CaldavCalendar
from calendars.errors import Busy, CalendarError, Forbidden, Malformed, TooLarge, Unavailable
from calendars.model import Period, StoredObject
from tests.calendars.contract import WINDOW, body_of
from tests.calendars.dav.staged_servers import (
    IS_CALENDAR,
    PATH,
    Answers,
    Request,
    absent,
    always,
    by_method,
    dav_error,
    facing,
    found,
    http,
    multistatus,
)

CUT = "<d:response><d:href>/cal/</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>"
TOKEN = multistatus(found(PATH, IS_CALENDAR, "<d:sync-token>t</d:sync-token>"))
ETAG = '<d:getetag>"1"</d:getetag>'
TITLE = b"SUMMARY:Hold: Intro call"


def given(name: str, *, text: str = "") -> str:
    """A `response` with the object of this name."""
    data = text or body_of(name).decode()
    return found(f"/cal/{name}.ics", ETAG, f"<cal:calendar-data>{data}</cal:calendar-data>")


def said(name: str, status: str) -> str:
    return f"<d:response><d:href>/cal/{name}.ics</d:href><d:status>HTTP/1.1 {status}</d:status></d:response>"


def failed(name: str, status: str, prop: str = "<cal:calendar-data/>") -> str:
    """The object is there; asked for its data, the server failed."""
    ok = f"<d:propstat><d:prop>{ETAG}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>"
    bad = f"<d:propstat><d:prop>{prop}</d:prop><d:status>HTTP/1.1 {status}</d:status></d:propstat>"
    return f"<d:response><d:href>/cal/{name}.ics</d:href>{ok}{bad}</d:response>"


LEFT_OPEN = {
    "not allowed": said("b", "403 Forbidden"),
    "locked": said("b", "423 Locked"),
    "too many": said("b", "429 Too Many Requests"),
    "no room": said("b", "507 Insufficient Storage"),
    "failed": said("b", "500 Internal Server Error"),
    "failed at the data": failed("b", "500 Internal Server Error"),
    "failed at nothing named": failed("b", "502 Bad Gateway", ""),
    "data not allowed": failed("b", "403 Forbidden"),
    "data not found": failed("b", "404 Not Found"),
    "no data": found("/cal/b.ics", ETAG),
    "empty data": found("/cal/b.ics", ETAG, "<cal:calendar-data/>"),
    "no word": "",
}


def server(report: str, get: bytes, *, changes: str | None = None) -> Answers:
    """Answers every question for objects with `report`, and a GET with `get`. A sync names a and b, or `changes`."""

    def answer(request: Request) -> Iterable[bytes]:
        if request.method == "GET":
            yield get
        elif request.method == "PROPFIND":
            yield TOKEN
        elif b"sync-collection" in request.body:
            both = found("/cal/a.ics", ETAG) + found("/cal/b.ics", ETAG)
            yield multistatus(both if changes is None else changes, token="next")
        else:
            yield multistatus(given("a") + report)

    return answer


def names(objects: Iterable[StoredObject]) -> list[str]:
    return [each.href.removeprefix(PATH).removesuffix(".ics") for each in objects]


@pytest.mark.promise("I6")
@pytest.mark.parametrize("left_open", LEFT_OPEN.values(), ids=LEFT_OPEN)
def test_an_object_that_an_answer_leaves_open_is_asked_for_alone(left_open: str) -> None:
    """It is gone on the word of 404 and 410 only; otherwise nothing is concluded from the whole."""
    with facing(server(left_open, http(200, body_of("b"), {"ETag": '"2"'}))) as (calendar, asked):
        changes = calendar.changes("token")
        assert names(changes.changed) == ["a", "b"]
        assert list(changes.gone) == []
        assert asked.methods in (["REPORT", "REPORT", "GET"], ["REPORT", "REPORT", "REPORT", "GET"])
        if left_open and "507" not in left_open:  # a query that names it not, or is cut short, says nothing of it
            assert names(calendar.snapshot(WINDOW).objects) == ["a", "b"]
    for status in (404, 410):
        with facing(server(left_open, http(status))) as (calendar, _):
            changes = calendar.changes("token")
            assert (names(changes.changed), list(changes.gone)) == (["a"], ["/cal/b.ics"])
    refusals: dict[int, type[CalendarError]] = {403: Forbidden, 423: Busy, 429: Busy, 500: Unavailable}
    for status, error in refusals.items():
        with facing(server(left_open, http(status))) as (calendar, _):
            with pytest.raises(error):
                calendar.changes("token")
            if left_open and "507" not in left_open:
                with pytest.raises(error):
                    calendar.snapshot(WINDOW)


@pytest.mark.parametrize(
    "named",
    [
        said("b", "423 Locked"),
        said("b", "500 Oops"),
        failed("b", "500 Oops", "<d:getcontenttype/>"),
        failed("b", "404 No"),
    ],
)
def test_a_change_whose_kind_a_sync_leaves_open_is_asked_for(named: str) -> None:
    with facing(server(given("b"), http(404), changes=found("/cal/a.ics", ETAG) + named)) as (calendar, _):
        changes = calendar.changes("token")
        assert (names(changes.changed), list(changes.gone)) == (["a", "b"], [])


def test_several_hrefs_share_their_status() -> None:
    """RFC 4918 §14.24: (href*, status)."""
    both = "<d:response><d:href>/cal/a.ics</d:href><d:href>/cal/b.ics</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>"
    with facing(always(multistatus(both, token="t1"))) as (calendar, _):
        assert list(calendar.changes("token").gone) == ["/cal/a.ics", "/cal/b.ics"]


def test_a_collection_inside_the_calendar_is_no_object() -> None:
    inside = found("/cal/inbox/", ETAG, "<d:resourcetype><d:collection/></d:resourcetype>")
    with facing(server("", http(404), changes=found("/cal/a.ics", ETAG) + inside)) as (calendar, asked):
        assert names(calendar.changes("token").changed) == ["a"]
        assert asked.methods == ["REPORT", "REPORT"]


# --- answers that are cut short


class Stingy:
    """A server that gives the names of at most `most` objects at once, one for each day of the window, and no data with
    them. `how`: what it says of the rest."""

    def __init__(self, how: str, *, most: int = 3) -> None:
        self.how, self.most, self.pieces = how, most, 0

    def __call__(self, request: Request) -> Iterable[bytes]:
        if request.method == "PROPFIND":
            yield TOKEN
        elif b"calendar-multiget" in request.body:
            asked = [day for day in range(28) if f">/cal/{day}.ics<".encode() in request.body]
            yield multistatus(*(given(str(day)) for day in asked))
        else:
            yield self._query(request)

    def _query(self, request: Request) -> bytes:
        self.pieces += 1
        inside = [day for day in range(28) if self._day(day) in _range(request)]
        data = b"calendar-data" in request.body
        if len(inside) <= self.most and not data:
            return multistatus(*(found(f"/cal/{day}.ics", ETAG) for day in inside))
        if self.how == "507":
            return http(507)
        if self.how == "403":
            return dav_error(403, "number-of-matches-within-limits", space="DAV:")
        some = inside[: self.most]
        return multistatus(*(given(str(day)) if data else found(f"/cal/{day}.ics", ETAG) for day in some), CUT)

    def _day(self, day: int) -> str:
        return f"2027{'02' if day < 8 else '03'}{day + 21 if day < 8 else day - 7:02}T120000Z"


class _range:
    def __init__(self, request: Request) -> None:
        text = request.body.decode()
        self.start, self.end = (text.partition(f'{name}="')[2][:16] for name in ("start", "end"))

    def __contains__(self, instant: str) -> bool:
        return self.start <= instant < self.end


@pytest.mark.promise("I6")
@pytest.mark.parametrize("how", ["507", "403", "a mark"])
def test_a_query_that_is_cut_short_is_asked_in_pieces(how: str) -> None:
    stingy = Stingy(how)
    with facing(stingy) as (calendar, _):
        snapshot = calendar.snapshot(WINDOW)
    assert {int(name) for name in names(snapshot.objects)} == set(range(28))
    assert stingy.pieces > 28 / 3


def test_a_query_that_stays_cut_short_however_small_it_is_fails() -> None:
    with facing(Stingy("a mark", most=0)) as (calendar, _), pytest.raises(TooLarge):
        calendar.snapshot(WINDOW)


def test_a_multiget_that_is_cut_short_is_asked_in_pieces() -> None:
    """Each answer gives no more than twenty; a word of the server's for the rest, or none."""
    for how in ("a mark", "507", "silence"):

        def answer(request: Request, how: str = how) -> Iterable[bytes]:
            asked = [number for number in range(90) if f">/cal/{number}.ics<".encode() in request.body]
            if request.method == "GET":
                yield http(200, body_of("alone"))
            elif how == "507" and len(asked) > 20:
                yield http(507)
            else:
                rest = CUT if how == "a mark" and len(asked) > 20 else ""
                yield multistatus(*(given(str(number)) for number in asked[:20]), rest)

        with facing(answer) as (calendar, server):
            assert {int(name) for name in names(calendar.fetch(f"{i}.ics" for i in range(90)))} == set(range(90))
            assert len(server.methods) < 17


def test_a_listing_that_is_cut_short_is_none() -> None:
    """Where there is no sync, what a listing does not name is gone."""
    part = multistatus(found(PATH, IS_CALENDAR), found("/cal/a.ics", ETAG), CUT)
    with facing(always(part)) as (calendar, _), pytest.raises(TooLarge):
        calendar.listing()


def test_a_listing_names_what_the_server_failed_at() -> None:
    parts = (found("/cal/a.ics", ETAG), failed("b", "500 Oops", ""), said("c", "423 Locked"), absent("/cal/d.ics"))
    with facing(always(multistatus(found(PATH, IS_CALENDAR), *parts))) as (calendar, _):
        assert calendar.listing() == {"/cal/a.ics": '"1"', "/cal/b.ics": '"1"', "/cal/c.ics": None}


def test_finding_by_uid_takes_nothing_left_open_for_not_there() -> None:
    with facing(server(said("b", "423 Locked"), http(200, body_of("b")))) as (calendar, _):
        assert names([each] if (each := calendar.find("b")) else []) == ["b"]
    with facing(always(multistatus(given("a"), CUT))) as (calendar, _), pytest.raises(TooLarge):
        calendar.find("b")


# --- one object that breaks the answer

BROKEN = {"control character": "a\x0bb", "null": "a\x00b", "bad byte": "a\udcffb", "half a tag": "a<b"}


def with_one_broken(title: str, get: bytes, *, many: int = 40) -> Answers:
    """Answers whose XML breaks wherever the object called `odd` is in them."""

    def answer(request: Request) -> Iterable[bytes]:
        every = [*(str(number) for number in range(many)), "odd"]
        asked = [name for name in every if f">/cal/{name}.ics<".encode() in request.body] or every
        if request.method == "GET":
            yield get if request.path == "/cal/odd.ics" else http(200, body_of("another"))
        elif request.method == "PROPFIND":
            yield TOKEN
        elif b"calendar-data" in request.body:
            texts = {name: body_of(name).decode() for name in asked}
            if "odd" in texts:
                texts["odd"] = texts["odd"].replace(TITLE.decode(), f"SUMMARY:{title}")
            yield multistatus(*(given(name, text=text) for name, text in texts.items()))
        else:
            yield multistatus(*(found(f"/cal/{name}.ics", ETAG) for name in asked), token="next")

    return answer


def everything(calendar: CaldavCalendar) -> list[list[StoredObject]]:
    return [list(calendar.snapshot(WINDOW).objects), list(calendar.changes("token").changed)]


@pytest.mark.promise("I6")
@pytest.mark.parametrize("title", BROKEN.values(), ids=BROKEN)
def test_one_object_that_breaks_the_answer_costs_itself_only(title: str) -> None:
    """It is found by asking in halves, and read by GET, which is not XML."""
    own = body_of("odd").replace(TITLE, f"SUMMARY:{title}".encode(errors="surrogateescape"))
    with facing(with_one_broken(title, http(200, own, {"ETag": '"9"'}))) as (calendar, asked):
        for objects in everything(calendar):
            assert set(names(objects)) == {*(str(number) for number in range(40)), "odd"}
            odd = next(each for each in objects if each.href == "/cal/odd.ics")
            assert (odd.body, odd.etag, odd.fault) == (own, '"9"', "")
        assert asked.methods.count("GET") == 2
        assert len(asked.methods) < 40
        stored = calendar.find("odd")
        assert stored is not None
        assert stored.body == own


def test_an_object_that_is_broken_even_alone_is_there_and_named() -> None:
    called = {"Content-Type": "text/calendar; charset=utf-8", "ETag": '"9"'}
    for get, etag in ((http(200, b"\x00\x01", called), '"9"'), (http(200, b" " * 20_000_001, called), None)):
        with facing(with_one_broken("a\x0bb", get, many=3)) as (calendar, _):
            for objects in everything(calendar):
                assert set(names(objects)) == {"0", "1", "2", "odd"}
                (odd,) = [each for each in objects if each.fault]
                assert (odd.href, odd.etag, odd.body) == ("/cal/odd.ics", etag, b"")


def test_a_page_of_something_else_is_no_broken_object() -> None:
    page = http(200, "<!DOCTYPE html><html><body>Sign in</body></html>", {"Content-Type": "text/html"})
    for get, error in ((page, Malformed), (http(200, ""), Malformed), (http(503), Unavailable)):
        with facing(with_one_broken("a\x0bb", get)) as (calendar, _):
            with pytest.raises(error):
                calendar.snapshot(WINDOW)
            with pytest.raises(error):
                calendar.changes("token")


# --- a success that says nothing

PAGES = {
    "html": http(200, "<!DOCTYPE html><html><body>Sign in</body></html>", {"Content-Type": "text/html"}),
    "xhtml": http(200, '<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>', {"Content-Type": "text/html"}),
    "text": http(200, "OK", {"Content-Type": "text/plain"}),
    "denied": multistatus(said("a", "423 Locked")).replace(b"207 Multi-Status", b"200 OK"),
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_success_with_a_body_that_is_not_dav_s_proves_nothing(page: bytes) -> None:
    with facing(always(page)) as (calendar, _), pytest.raises(Unavailable):
        calendar.delete("a.ics", etag='"1"')
    created = page.replace(b"200 OK", b"201 Created")
    for write in (
        lambda calendar: calendar.create("a.ics", body_of("a")),
        lambda calendar: calendar.replace("a.ics", body_of("a"), etag='"1"'),
    ):
        with facing(always(created)) as (calendar, _), pytest.raises(Unavailable):
            write(calendar)


def test_radicale_s_way_to_confirm_a_deletion_is_taken() -> None:
    done = multistatus(said("a", "200 OK")).replace(b"207 Multi-Status", b"200 OK")
    for answer in (done, http(204), http(200)):
        with facing(always(answer)) as (calendar, _):
            assert calendar.delete("a.ics", etag='"1"') is True


# --- what was before


def test_a_server_that_fails_at_one_part_has_not_answered() -> None:
    broken = failed("a", "500 Oops", "")
    with facing(always(multistatus(found(PATH, IS_CALENDAR), broken))) as (calendar, _):
        for verb in (lambda: calendar.fetch(["a.ics"]), lambda: calendar.find("a")):
            with pytest.raises(Malformed):
                verb()
    with facing(always(multistatus(failed("x", "500 Oops", "").replace("/cal/x.ics", PATH)))) as (calendar, _):
        with pytest.raises(Malformed):
            calendar.facts()
        with pytest.raises(Malformed):
            calendar.snapshot(Period(WINDOW.start, WINDOW.end))


def test_what_a_multiget_passes_over_is_asked_for_alone() -> None:
    data = f'<d:getetag>"1"</d:getetag><cal:calendar-data>{body_of("a").decode()}</cal:calendar-data>'
    answers = by_method(REPORT=multistatus(found("/cal/a.ics", data)), GET=http(200, body_of("b"), {"ETag": '"2"'}))
    with facing(answers) as (calendar, server):
        assert [each.href for each in calendar.fetch(["/cal/a.ics", "/cal/b.ics"])] == ["/cal/a.ics", "/cal/b.ics"]
        assert server.methods == ["REPORT", "GET"]


def test_a_multiget_that_passes_over_most_is_malformed_and_not_asked_again_one_by_one() -> None:
    with facing(by_method(REPORT=multistatus(), GET=http(200, body_of("a")))) as (calendar, server):
        with pytest.raises(Malformed):
            calendar.fetch(f"{i}.ics" for i in range(50))
        assert server.methods == ["REPORT"]


def test_a_window_that_is_too_large_is_fetched_in_pieces() -> None:
    def answer(request: Request) -> Iterable[bytes]:
        if request.method == "PROPFIND":
            yield multistatus(found(PATH, IS_CALENDAR, "<d:sync-token>t</d:sync-token>"))
        elif b"calendar-query" in request.body and b"calendar-data" in request.body:
            yield http(207, f'<d:multistatus xmlns:d="DAV:">{"<a/>" * 1_600_000}</d:multistatus>')
        elif b"calendar-query" in request.body:
            yield multistatus(found("/cal/a.ics", '<d:getetag>"1"</d:getetag>'))
        else:
            yield multistatus(found("/cal/a.ics", f"<cal:calendar-data>{body_of('a').decode()}</cal:calendar-data>"))

    with facing(answer) as (calendar, _):
        snapshot = calendar.snapshot(WINDOW)
    assert [each.href for each in snapshot.objects] == ["/cal/a.ics"]
    assert snapshot.token == "t"


def test_an_object_of_ten_megabytes_does_not_hide_the_others() -> None:
    large = body_of("large", summary="x" * 11_000_000).decode()
    parts = [
        found(f"/cal/{name}.ics", f"<cal:calendar-data>{body}</cal:calendar-data>")
        for name, body in (("large", large), ("small", body_of("small").decode()))
    ]
    with facing(always(multistatus(*parts))) as (calendar, _):
        assert [each.href for each in calendar.fetch(["large.ics", "small.ics"])] == [
            "/cal/large.ics",
            "/cal/small.ics",
        ]

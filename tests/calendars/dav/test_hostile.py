"""What a calendar makes of servers that lie, stall, or are none: each fault its own error, in bounded time, never "empty"."""

import io
import logging
import time
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from calendars.dav import collection, multiget
from calendars.dav.client import CaldavCalendar, Connection, DavAccount
from calendars.dav.collection import MAX_PAGES
from calendars.errors import (
    Busy,
    CalendarError,
    Forbidden,
    Malformed,
    NoCalendar,
    Precondition,
    Redirected,
    Refused,
    TokenRefused,
    TooLarge,
    UidTaken,
    Unavailable,
    explain,
)
from tests.calendars.contract import WINDOW, body_of
from tests.calendars.dav.staged_servers import (
    IS_CALENDAR,
    PATH,
    PATIENT_S,
    Answers,
    Request,
    Staged,
    absent,
    always,
    by_method,
    dav_error,
    facing,
    found,
    http,
    multistatus,
    staged,
)

SLACK_S = 8.0
HTML = http(
    200,
    "<!DOCTYPE html><html><body>Welcome to the airport. Accept &amp; go on</body></html>",
    {"Content-Type": "text/html"},
)
XHTML = http(200, '<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>', {"Content-Type": "text/html"})

# Every verb of the port, so that no fault is handled in one and forgotten in another.
VERBS: dict[str, Callable[[CaldavCalendar], object]] = {
    "get": lambda calendar: calendar.get("a.ics"),
    "create": lambda calendar: calendar.create("a.ics", body_of("a")),
    "replace": lambda calendar: calendar.replace("a.ics", body_of("a"), etag='"1"'),
    "delete": lambda calendar: calendar.delete("a.ics", etag='"1"'),
    "snapshot": lambda calendar: calendar.snapshot(WINDOW),
    "changes": lambda calendar: calendar.changes("token"),
    "listing": lambda calendar: calendar.listing(),
    "fetch": lambda calendar: calendar.fetch(["a.ics"]),
    "find": lambda calendar: calendar.find("a"),
}
READING = [name for name in VERBS if name not in ("create", "replace", "delete")]
DAV_READING = [name for name in READING if name != "get"]


def refused(answer: Answers, verb: str, *, timeout_s: float = PATIENT_S) -> CalendarError:
    """The error that `verb` ends in, within the deadline and not much more."""
    with facing(answer, timeout_s=timeout_s) as (calendar, _):
        began = time.monotonic()
        with pytest.raises(CalendarError) as caught:
            VERBS[verb](calendar)
        assert time.monotonic() - began < timeout_s + SLACK_S
    assert explain(caught.value).remedy
    return caught.value


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (http(401), Refused),
        (http(403), Forbidden),
        (http(405), Forbidden),
        (http(413), Forbidden),
        (http(423), Busy),
        (http(429), Busy),
        (http(500), Unavailable),
        (http(502), Unavailable),
        (http(503), Unavailable),
        (http(503, headers={"Retry-After": "7"}), Busy),
        (http(504), Unavailable),
        (http(301, headers={"Location": "/elsewhere/"}), Redirected),
        (http(302, headers={"Location": "https://example.org/"}), Redirected),
        (http(307, headers={"Location": "/elsewhere/"}), Redirected),
        (http(202), Malformed),
        (http(206, "part"), Malformed),
    ],
    ids=lambda value: value.split(b"\r\n")[0][9:12].decode() if isinstance(value, bytes) else value.__name__,
)
def test_each_status_is_its_own_error_for_every_verb(verb: str, answer: bytes, error: type[CalendarError]) -> None:
    assert type(refused(always(answer), verb)) is error


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("answer", [HTML, XHTML, http(200), http(200, "OK")], ids=["html", "xhtml", "empty", "text"])
def test_what_answers_200_to_anything_is_no_calendar(verb: str, answer: bytes) -> None:
    if verb == "delete" and answer == http(200):
        # A DELETE may be answered 200 (RFC 9110 §9.3.5); with nothing that speaks against it, it is taken at its word.
        with facing(always(answer)) as (calendar, _):
            assert calendar.delete("a.ics", etag='"1"') is True
        return
    assert type(refused(always(answer), verb)) is Malformed


@pytest.mark.parametrize("verb", DAV_READING)
@pytest.mark.parametrize(
    "body",
    [
        "",
        "<",
        '<?xml version="1.0"?><d:multistatus xmlns:d="DAV:"><d:response><d:href>/cal/</d:href><d:propstat><d:prop>',
        '<d:multistatus xmlns:d="DAV:"><d:response/></d:multistatus>',
        '<d:multistatus xmlns:d="DAV:"><d:response><d:href>/cal/</d:href></d:response></d:multistatus>',
        '<d:multistatus xmlns:d="DAV:"><d:response><d:href>/cal/</d:href><d:status>ok</d:status></d:response></d:multistatus>',
        "<multistatus/>",
        "\0\1\2\3",
        "<a>" * 5000,
        "<?xml version='1.0' encoding='utf-7'?>+ADw-d:multistatus xmlns:d=+ACI-DAV:+ACI-/+AD4-",
        '<?xml version="1.0" encoding="utf-16"?><d:multistatus xmlns:d="DAV:"/>',
    ],
    ids=[
        "empty",
        "bracket",
        "cut",
        "no-href",
        "no-status",
        "odd-status",
        "no-dav",
        "binary",
        "deep",
        "utf-7",
        "utf-16",
    ],
)
def test_half_a_multistatus_and_nonsense_are_malformed(verb: str, body: str) -> None:
    assert type(refused(always(http(207, body, {"Content-Type": "application/xml"})), verb)) is Malformed


@pytest.mark.parametrize("verb", ["snapshot", "changes", "listing"])
def test_a_multistatus_without_anything_is_never_an_empty_calendar(verb: str) -> None:
    """The collection itself is missing from it, or the token that leads on."""
    assert type(refused(always(multistatus()), verb)) is Malformed


@pytest.mark.parametrize("verb", DAV_READING)
@pytest.mark.parametrize("prolog", ["", '<?xml version="1.0"?>', "\ufeff", "<!-- a --><!-- b -->\n"])
def test_an_entity_bomb_is_refused_before_it_is_parsed(verb: str, prolog: str) -> None:
    layers = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    bomb = f'{prolog}<!DOCTYPE d:multistatus [<!ENTITY l0 "boom">{layers}]><d:multistatus xmlns:d="DAV:">&l11;</d:multistatus>'
    assert type(refused(always(http(207, bomb)), verb)) is Malformed


def test_a_document_type_is_refused_whatever_follows_it() -> None:
    """What follows is a listing that would be read: the type alone, which expands in a parser, is reason enough."""
    listing = multistatus(found(PATH, IS_CALENDAR)).partition(b"\r\n\r\n")[2].partition(b"?>")[2]
    typed = b'<?xml version="1.0"?><!DOCTYPE d:multistatus [<!ENTITY a "b">]>' + listing
    assert type(refused(always(http(207, typed)), "listing")) is Malformed


def test_a_file_named_by_an_entity_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the operator's")
    bomb = f'<!DOCTYPE d [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]><d:error xmlns:d="DAV:">&x;</d:error>'
    error = refused(always(http(409, bomb)), "create")
    assert "operator" not in str(error)
    assert type(error) is NoCalendar


@pytest.mark.parametrize(
    "inside",
    ["<a/>" * 1_600_000, "<a " + " ".join(f"a{i}=''" for i in range(900_000)) + "/>"],
    ids=["tags", "attributes"],
)
def test_millions_of_parts_are_too_large_before_they_are_parsed(inside: str) -> None:
    body = f'<d:multistatus xmlns:d="DAV:">{inside}</d:multistatus>'
    assert type(refused(always(http(207, body)), "listing")) is TooLarge


def test_a_run_of_comments_is_not_tried_twice() -> None:
    body = "<!--a-->" * 20_000 + "<"
    assert type(refused(always(http(207, body)), "listing")) is Malformed


@pytest.mark.parametrize("verb", VERBS)
def test_a_dripping_answer_ends_at_the_deadline(verb: str) -> None:
    stops: list[Staged] = []

    def drip(_: object) -> Iterable[bytes]:
        yield b"HTTP/1.1 207 Multi-Status\r\nContent-Length: 100000\r\n\r\n"
        while not stops[0].stopping.wait(0.05):
            yield b"<"

    with facing(drip, timeout_s=0.5) as (calendar, server):
        stops.append(server)
        began = time.monotonic()
        with pytest.raises(Unavailable):
            VERBS[verb](calendar)
        assert time.monotonic() - began < 0.5 + SLACK_S


@pytest.mark.parametrize("after", ["7", "0", "-5", "90000", "Wed, 21 Oct 2015 07:28:00 GMT", "soon", ""])
def test_retry_after_is_honoured_up_to_an_hour(after: str) -> None:
    error = refused(always(http(429, headers={"Retry-After": after})), "create")
    assert isinstance(error, Busy)
    expected = {"7": 7.0, "0": 0.0, "-5": 0.0, "90000": 3600.0, "Wed, 21 Oct 2015 07:28:00 GMT": 0.0}
    assert error.after_s == expected.get(after)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (dav_error(403, "no-uid-conflict"), UidTaken),
        (dav_error(409, "no-uid-conflict"), UidTaken),
        (dav_error(412, "no-uid-conflict"), UidTaken),
        (dav_error(400, "", "Calendar object with uid already exists in this calendar collection."), UidTaken),
        (dav_error(409, "", "Deleted calendar object with uid already exists in this calendar collection."), UidTaken),
        (dav_error(412, "if-none-match", space="DAV:"), Precondition),
        (dav_error(403, "need-privileges", space="DAV:"), Forbidden),
        (dav_error(403, "supported-calendar-component"), Forbidden),
        (dav_error(507, "quota-not-exceeded", space="DAV:"), Forbidden),
        (http(404), NoCalendar),
        (http(409), NoCalendar),
        (http(412, HTML), Precondition),
        (http(400), Forbidden),
    ],
)
def test_a_refused_put_says_why(answer: bytes, error: type[CalendarError]) -> None:
    assert type(refused(always(answer), "create")) is error


@pytest.mark.parametrize("status", [404, 410, 412])
def test_replacing_what_is_gone_is_a_precondition_whatever_the_server_calls_it(status: int) -> None:
    assert type(refused(always(http(status)), "replace")) is Precondition


@pytest.mark.parametrize("status", [400, 403, 409, 412, 507])
def test_a_refused_token_is_told_from_a_refused_account(status: int) -> None:
    assert type(refused(always(dav_error(status, "valid-sync-token", space="DAV:")), "changes")) is TokenRefused
    assert type(refused(always(http(403)), "changes")) is Forbidden


@pytest.mark.parametrize("verb", ["snapshot", "changes", "listing", "find"])
def test_a_collection_that_is_gone_is_no_calendar(verb: str) -> None:
    assert type(refused(always(http(404)), verb)) is NoCalendar


def test_a_collection_that_is_said_to_be_gone_inside_an_answer_is_no_calendar() -> None:
    assert type(refused(always(multistatus(absent(PATH))), "listing")) is NoCalendar
    assert (
        type(refused(always(multistatus(found(PATH, "<d:resourcetype><d:collection/></d:resourcetype>"))), "snapshot"))
        is NoCalendar
    )


@pytest.mark.parametrize("status", [404, 410])
def test_an_object_that_is_gone_is_none(status: int) -> None:
    with facing(always(http(status))) as (calendar, _):
        assert calendar.get("a.ics") is None
        assert calendar.delete("a.ics", etag='"1"') is False


def test_a_put_counts_as_stored_on_201_and_204_only() -> None:
    for status in (201, 204):
        with facing(always(http(status, headers={"ETag": '"1"'}))) as (calendar, _):
            assert calendar.create("a.ics", body_of("a")) == '"1"'
    assert type(refused(always(http(200, headers={"ETag": '"1"'})), "create")) is Malformed
    with staged(always(http(200, headers={"ETag": '"1"'}))) as server:
        account = DavAccount(url=server.url, user="ada", password="x", allow_private=True)
        lax = replace(account, put_statuses=frozenset({200, 201, 204}))
        with closing(Connection(lax)) as connection:
            assert connection.calendar(PATH).create("a.ics", body_of("a")) == '"1"'


@pytest.mark.parametrize(("tag", "read"), [('W/"1"', None), ("", None), ('"1"', '"1"'), ("1", '"1"'), ('w/"1"', None)])
def test_a_weak_etag_is_none(tag: str, read: str | None) -> None:
    answer = http(200, body_of("a"), {"ETag": tag} if tag else {})
    with facing(always(answer)) as (calendar, _):
        stored = calendar.get("a.ics")
        assert stored is not None
        assert stored.etag == read


def test_a_sync_that_is_cut_short_is_read_to_its_end() -> None:
    cut = "<d:response><d:href>/cal/</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>"
    pages = iter(
        [
            multistatus(found("/cal/a.ics", '<d:getetag>"1"</d:getetag>'), cut, token="one"),
            multistatus(absent("/cal/b.ics"), token="two"),
        ]
    )
    with facing(lambda _: [next(pages)]) as (calendar, server):
        changes = calendar.changes("zero", known={"a.ics": '"1"'})
    assert (list(changes.same), list(changes.gone), changes.token) == (["/cal/a.ics"], ["/cal/b.ics"], "two")
    assert b"<D:sync-token>one</D:sync-token>" in server.requests[1].body


def test_a_sync_that_never_ends_is_malformed() -> None:
    cut = "<d:response><d:href>/cal/</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>"
    with facing(always(multistatus(cut, token="token"))) as (calendar, server):
        with pytest.raises(Malformed):
            calendar.changes("token")
        assert len(server.requests) == 1


CUT = "<d:response><d:href>/cal/</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>"


def test_a_server_that_always_has_one_part_more_comes_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part in time, each with a token of its own: everybody's pulls wait behind this one."""
    monkeypatch.setattr(collection, "PATIENCE_S", 0.3)
    tokens = count()
    with facing(lambda _: [multistatus(CUT, token=f"t{next(tokens)}")]) as (calendar, server):
        with pytest.raises(Unavailable, match="come to an end"):
            calendar.changes("token")
        assert 1 < len(server.requests) < MAX_PAGES


def test_a_server_that_names_objects_without_end_comes_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "MAX_CHANGES", 250)
    numbers = count()

    def hundred(_: object) -> Iterable[bytes]:
        some = (found(f"/cal/{next(numbers)}.ics", '<d:getetag>"1"</d:getetag>') for _ in range(100))
        yield multistatus(*some, CUT, token=f"t{next(numbers)}")

    with facing(hundred) as (calendar, server):
        with pytest.raises(TooLarge):
            calendar.changes("token")
        assert len(server.requests) == 3


def test_fetching_from_a_slow_server_comes_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "PATIENCE_S", 0.0)
    with facing(always(multistatus())) as (calendar, server):
        with pytest.raises(Unavailable, match="come to an end"):
            calendar.fetch(["a.ics"])
        assert server.requests == []


def test_objects_that_together_are_too_large_are_not_all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer below its limit, and a hundred of them more than the machine's memory."""
    monkeypatch.setattr(multiget, "MAX_OCTETS", 3_000_000)
    data = f"<cal:calendar-data>{body_of('a', summary='x' * 10_000).decode()}</cal:calendar-data>"

    def answer(request: Request) -> Iterable[bytes]:
        asked = [number for number in range(500) if f">/cal/{number}.ics<".encode() in request.body]
        yield multistatus(*(found(f"/cal/{number}.ics", data) for number in asked))

    with facing(answer) as (calendar, server):
        with pytest.raises(TooLarge):
            calendar.fetch(f"/cal/{number}.ics" for number in range(500))
        assert len(server.requests) == 3


def test_nothing_of_an_answer_or_a_request_reaches_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    """Not even where somebody turns the library's own logger up."""
    written = io.StringIO()
    root, library, handler = logging.getLogger(), logging.getLogger("caldav"), logging.StreamHandler(written)
    levels = root.level, library.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    library.setLevel(logging.DEBUG)
    try:
        for answer in (http(207, "<secret"), http(200, "secret", {"Content-Type": "text/html"}), http(403, "secret")):
            with facing(always(answer)) as (calendar, _):
                for verb in VERBS.values():
                    with suppress(CalendarError):
                        verb(calendar)
    finally:
        root.removeHandler(handler)
        root.setLevel(levels[0])
        library.setLevel(levels[1])
    out, err = capfd.readouterr()
    for text in (written.getvalue(), out, err):
        assert "secret" not in text
        assert "s3cret" not in text
        assert "BEGIN:VCALENDAR" not in text


@pytest.mark.parametrize(
    ("verb", "answers", "count"),
    [
        ("create", by_method(PUT=http(201)), 1),
        ("replace", by_method(PUT=http(204)), 1),
        ("delete", by_method(DELETE=http(204)), 1),
        ("get", by_method(GET=http(200, body_of("a"))), 1),
        ("changes", by_method(REPORT=multistatus(token="next")), 1),
        ("listing", by_method(PROPFIND=multistatus(found(PATH, IS_CALENDAR))), 1),
        ("snapshot", by_method(PROPFIND=multistatus(found(PATH, IS_CALENDAR)), REPORT=multistatus()), 2),
        ("find", by_method(REPORT=multistatus()), 1),
    ],
)
def test_each_verb_costs_its_requests_and_no_more(verb: str, answers: Answers, count: int) -> None:
    with facing(answers) as (calendar, server):
        VERBS[verb](calendar)
        assert len(server.requests) == count


@pytest.mark.parametrize(("changed", "count"), [(1, 2), (100, 2), (101, 3), (250, 4)])
def test_changes_cost_one_request_and_one_more_for_each_hundred(changed: int, count: int) -> None:
    hrefs = [f"/cal/{i}.ics" for i in range(changed)]

    def answer(request: Request) -> Iterable[bytes]:
        if b"sync-collection" in request.body:
            yield multistatus(*(found(href, f'<d:getetag>"{href}"</d:getetag>') for href in hrefs), token="next")
        else:
            asked = [href for href in hrefs if f">{href}<".encode() in request.body]
            assert len(asked) <= 100
            data = f"<cal:calendar-data>{body_of('a').decode()}</cal:calendar-data>"
            yield multistatus(*(found(href, data) for href in asked))

    with facing(answer) as (calendar, server):
        assert [each.href for each in calendar.changes("token").changed] == hrefs
        assert len(server.requests) == count

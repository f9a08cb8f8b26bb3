"""The doctor: capabilities are what a calendar did, and nothing of the trial stays."""

import contextlib
from datetime import UTC, datetime

import pytest

from calendars.dav.client import Connection
from calendars.dav.probe import FAR_AWAY, ProbeResult, probe
from calendars.errors import Busy, CalendarError, Forbidden, NoCalendar, Refused, Unavailable
from calendars.memory import PLAIN, SABRE, SOGO, MemoryCalendar, Temper
from calendars.model import Capabilities
from tests.calendars.dav.staged_servers import always, found, http, multistatus, staged
from tests.servers import Server

NOW = datetime(2027, 1, 1, tzinfo=UTC)


def step(result: ProbeResult, name: str) -> tuple[bool, str]:
    return next((each.ok, each.detail) for each in result.steps if each.name == name)


@pytest.mark.parametrize(
    ("temper", "capabilities"),
    [
        (PLAIN, Capabilities(free_busy=False)),
        (SABRE, Capabilities(etag_on_put=False, keeps_bytes=False, free_busy=False)),
        (
            SOGO,
            Capabilities(
                create_guard=False, update_guard=False, delete_guard=False, token_errors=False, free_busy=False
            ),
        ),
        (Temper(sync=False), Capabilities(sync=False, token_errors=False, free_busy=False)),
    ],
    ids=["plain", "sabre", "sogo", "no-sync"],
)
def test_each_temper_is_found_out(temper: Temper, capabilities: Capabilities) -> None:
    calendar = MemoryCalendar(temper=temper)
    result = probe(calendar, now=NOW)
    assert result.capabilities == capabilities
    assert result.writable
    assert calendar.listing() == {}


def test_weak_guards_are_said_in_words_and_change_how_writes_are_done() -> None:
    strong, weak = probe(MemoryCalendar(), now=NOW), probe(MemoryCalendar(temper=SOGO), now=NOW)
    assert strong.capabilities.guards
    assert not weak.capabilities.guards
    assert "we read each one before we write it" in weak.sentences[1]
    assert "refuses to overwrite" in strong.sentences[1]


def test_a_read_only_calendar_is_not_written_to() -> None:
    calendar = MemoryCalendar(temper=Temper(writable=False))
    result = probe(calendar, now=NOW)
    assert not result.writable
    assert calendar.requests == {"facts": 1}
    assert "choose another" in result.sentences[0]


def test_a_calendar_that_claims_to_be_writable_and_is_not_is_found_out() -> None:
    calendar = MemoryCalendar()
    calendar.fail_next(Forbidden("no"), on="create")
    result = probe(calendar, now=NOW)
    assert not result.writable
    assert step(result, "create")[0] is False


KINDS = ["snapshot", "create", "get", "replace", "changes", "delete"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "error", [Unavailable("gone"), Busy("wait", after_s=5), Refused("who?")], ids=lambda e: type(e).__name__
)
def test_nothing_stays_when_a_step_fails(kind: str, after: bool, error: CalendarError) -> None:
    calendar = MemoryCalendar()
    calendar.fail_next(error, on=kind, after=after)
    with contextlib.suppress(CalendarError):
        probe(calendar, now=NOW)
    calendar.heal()
    assert calendar.listing() == {}


def test_what_may_have_stayed_is_named() -> None:
    calendar = MemoryCalendar()
    calendar.fail_next(Unavailable("gone"), on="replace")
    calendar.fail_next(Unavailable("gone"), on="delete", times=2)
    with pytest.raises(Unavailable) as caught:
        probe(calendar, now=NOW)
    (left,) = calendar.events()
    assert left.uid in caught.value.__notes__[0]


def test_the_scratch_event_is_far_away_and_explains_itself() -> None:
    calendar = MemoryCalendar()
    calendar.fail_next(Unavailable("gone"), on="get")
    calendar.fail_next(Unavailable("gone"), on="delete", times=2)
    with pytest.raises(Unavailable):
        probe(calendar, now=NOW)
    (left,) = calendar.events()
    assert left.time.start == FAR_AWAY
    assert left.summary == "Calendar check (removes itself)"


def test_a_collection_without_events_takes_no_holds() -> None:
    components = '<cal:supported-calendar-component-set><cal:comp name="VTODO"/></cal:supported-calendar-component-set>'
    kind = "<d:resourcetype><d:collection/><cal:calendar/></d:resourcetype>"
    with staged(
        lambda r: [multistatus(found("/cal/", kind, components)) if r.method == "PROPFIND" else http(200)]
    ) as server:
        account = Server("staged", server.url, server.url).account
        with contextlib.closing(Connection(account)) as connection:
            result = probe(connection.calendar("/cal/"), now=NOW)
        assert not result.writable
        assert server.methods == ["PROPFIND", "OPTIONS"]


def test_what_is_no_calendar_is_not_probed() -> None:
    with staged(always(http(404))) as server:
        account = Server("staged", server.url, server.url).account
        with contextlib.closing(Connection(account)) as connection, pytest.raises(NoCalendar):
            probe(connection.calendar("/cal/"), now=NOW)

"""Connected calendars as the host at their browser: health, reading, leaving one out at the host's request, giving one up."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from booking_service.actions.calendar import accounts
from booking_service.actions.calendar.pull import pull
from booking_service.actions.setup.file import apply as setup
from booking_service.actions.setup.file.read import parse
from booking_service.actions.times.offers import find_slots
from booking_service.actions.times.why import why
from booking_service.domain.booking import BookingState
from booking_service.domain.interval import Interval
from booking_service.storage import calendars
from booking_service.storage.calendars import Account, Connected
from booking_service.storage.engine import snapshot, transaction
from calendars.errors import Refused, Unavailable
from calendars.memory import MemoryCalendar
from calendars.model import Period
from calendars.port import Calendar
from tests.web.page_reader import look, read, words
from tests.web.site import Site, person_of_host, signed_in
from tests.world import MONDAY

PAGE = "/host/calendars"
SECOND = UUID(int=55)
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def family(s: Site) -> MemoryCalendar:
    """Ada's second calendar, which only makes her busy."""
    second = MemoryCalendar()
    first = s.w.calendar

    def opened(_: Account, url: str) -> Calendar:
        return second if url.endswith("family/") else first

    s.w.rt = replace(s.w.rt, open_calendar=opened)
    with transaction(s.w.rt.engine) as session:
        (account,) = calendars.accounts(session)
        account = replace(account, id=UUID(int=56), key="family")
        calendars.save_account(session, account)
        added = Connected(
            id=SECOND,
            account_id=account.id,
            host_id=s.w.host.id,
            url="http://localhost:1/family/",
            name="Family",
            capabilities={},
        )
        calendars.save(session, added, pull_at=s.w.now)
    second.host_adds("School", Period(TUESDAY, TUESDAY + timedelta(hours=1)))
    pull(s.w.rt, SECOND)
    return second


@pytest.fixture
def ada(s: Site, family: MemoryCalendar) -> TestClient:
    return signed_in(s, person_of_host(s, s.w.host))


def offered(s: Site) -> list[str]:
    found = find_slots(s.w.rt, "ada", "intro", Interval(TUESDAY, TUESDAY + timedelta(hours=2)), now=s.w.now).slots
    return [f"{each.start.astimezone(s.w.host.zone):%H:%M}" for each in found]


def fails(s: Site, family: MemoryCalendar) -> None:
    family.fail_next(Unavailable("no answer"))
    with pytest.raises(Unavailable):
        pull(s.w.rt, SECOND)


@pytest.mark.promise("I6")
def test_what_cannot_be_read_closes_the_page_unless_the_hosts_word_leaves_it_out_until_midnight(
    s: Site, ada: TestClient, family: MemoryCalendar
) -> None:
    assert offered(s) == ["10:00", "10:30"]
    fails(s, family)
    assert offered(s) == []
    page = look(ada, PAGE)
    assert "Your booking page is closed until “Family” can be read" in page.text
    assert "The calendar server did not answer, or not in time." in page.text
    left = ada.post(f"{PAGE}/{SECOND}/left-out")
    assert "It is left out until midnight." in look(ada, left.headers["location"]).text
    assert offered(s) == ["10:00", "10:30"]  # what was read of it last still counts
    texts = [each.text for each in why(s.w.rt, "ada", "intro", TUESDAY + timedelta(hours=1), now=s.w.now).verdicts]
    assert "Family is left out until 2030-01-07 23:00 UTC, at the host's request" in texts
    recorded = [(each.what, each.by) for each in setup.changes(s.w.rt)]
    assert ("hosts.ada: Family is left out until", "Ada Lovelace <ada@example.org>") in recorded
    family.fail_next(Unavailable("no answer"))
    booking = s.w.hold(start=TUESDAY + timedelta(hours=1))
    assert s.w.booking(booking.id).state is BookingState.HELD
    assert s.w.reservation(booking).verdict == "clean"
    with pytest.raises(Unavailable):
        pull(s.w.rt, SECOND)  # the look after the hold did not ask it
    s.w.clock.advance(timedelta(hours=15).total_seconds())
    pull(s.w.rt, s.w.calendar_id)
    assert offered(s) == []
    assert "until “Family” can be read" in signed_in(s, person_of_host(s, s.w.host)).get(PAGE).text
    pull(s.w.rt, SECOND)
    assert offered(s) == ["10:00", "10:30"]


def test_each_calendar_says_how_many_entries_are_ahead(s: Site, ada: TestClient, family: MemoryCalendar) -> None:
    """What is over and what is free don't count, our own bookings do; what repeats is one entry."""
    text = look(ada, PAGE).text
    assert "FamilyRead just now · 1 entry ahead" in text
    assert "AdaRead just now · 0 entries ahead · bookings go here" in text
    family.host_adds("Yesterday", Period(MONDAY - timedelta(days=1), MONDAY - timedelta(hours=23)))
    family.host_adds("Holiday", Period(TUESDAY, TUESDAY + timedelta(hours=1)), transparent=True)
    family.host_adds("A fortnight", Period(TUESDAY, TUESDAY + timedelta(days=14)))
    pull(s.w.rt, SECOND)
    s.hold(start="2030-01-31T08:00:00Z")
    s.w.drain()
    pull(s.w.rt, s.w.calendar_id)
    text = look(ada, PAGE).text
    assert "FamilyRead just now · 2 entries ahead" in text
    assert "AdaRead just now · 1 entry ahead · bookings go here" in text


def test_the_calendar_that_takes_bookings_is_never_left_out(s: Site, ada: TestClient) -> None:
    s.w.calendar.fail_next(Refused("401"))
    with pytest.raises(Refused):
        pull(s.w.rt, s.w.calendar_id)
    page = look(ada, PAGE)
    assert "so it can’t be left out" in page.text
    assert f"{PAGE}/{s.w.calendar_id}/left-out" not in page.actions()
    assert ada.post(f"{PAGE}/{s.w.calendar_id}/left-out").status_code == 404
    assert offered(s) == []


def test_reading_now_is_done_by_the_worker_and_the_page_says_so(
    s: Site, ada: TestClient, family: MemoryCalendar
) -> None:
    family.host_adds("Concert", Period(TUESDAY + timedelta(hours=1), TUESDAY + timedelta(hours=2)))
    asked = ada.post(f"{PAGE}/accounts/{UUID(int=56)}/read")
    waiting = ada.get(asked.headers["location"])
    assert (waiting.headers["refresh"], "Being read" in waiting.text, offered(s)) == ("2", True, ["10:00", "10:30"])
    s.w.drain()
    over = ada.get(asked.headers["location"])
    assert ("refresh" in over.headers, offered(s)) == (False, [])
    assert "Read just now · 0 entries ahead · bookings go here" in read(over).text


def test_name_and_use_are_changed_and_a_second_tab_is_told(s: Site, ada: TestClient) -> None:
    address = f"{PAGE}/{SECOND}"
    first, second = look(ada, address), look(ada, address)
    saved = ada.post(address, data={"name": "Familie", "seen": first.value("seen"), "target": "yes"})
    assert saved.status_code == 303
    late = ada.post(address, data={"name": "Home", "seen": second.value("seen")})
    assert (late.status_code, read(late).value("name")) == (409, "Home")
    with snapshot(s.w.rt.engine) as session:
        found = {each.name: (each.conflicts, each.target) for each in calendars.every(session)}
    assert found == {"Ada": (True, False), "Familie": (False, True)}
    assert "Familie" in setup.export(s.w.rt)
    assert ada.post(address, data={"name": "", "seen": ""}).status_code == 422


def test_a_password_is_replaced_and_never_shown(s: Site, ada: TestClient) -> None:
    address = f"{PAGE}/accounts/{UUID(int=56)}/password"
    assert look(ada, address).value("password") == ""
    assert ada.post(address, data={"password": ""}).status_code == 422
    assert ada.post(address, data={"password": "another secret"}).status_code == 303
    with snapshot(s.w.rt.engine) as session:
        account = calendars.account(session, UUID(int=56))
    assert accounts.stored_password(s.w.rt, account) == "another secret"
    assert "another secret" not in str(s.rows()) + ada.get(PAGE).text


def test_an_account_is_given_up_unless_bookings_need_it(s: Site, ada: TestClient) -> None:
    main = UUID(int=4)
    refused = ada.post(f"{PAGE}/accounts/{main}/disconnect")
    assert (refused.status_code, "Let another calendar take them first." in refused.text) == (409, True)
    asked = look(ada, f"{PAGE}/accounts/{UUID(int=56)}/disconnect")
    assert "These no longer make you busy: Family" in asked.text
    assert ada.post(f"{PAGE}/accounts/{UUID(int=56)}/disconnect").status_code == 303
    assert offered(s) == ["09:00", "09:30", "10:00", "10:30"]
    assert "Family" not in look(ada, PAGE).text
    assert "hosts.ada.accounts.family.url" in {each.what for each in setup.changes(s.w.rt)}
    s.confirmed(start="2030-01-08T10:00:00Z")
    asked = look(ada, f"{PAGE}/accounts/{main}/disconnect")
    assert "It holds 1 upcoming booking." in asked.text


def test_coming_events_move_after_a_question_to_the_calendar_that_takes_bookings_now(
    s: Site, ada: TestClient, family: MemoryCalendar
) -> None:
    booking = s.confirmed(start="2030-01-08T10:00:00Z")
    assert "stands in another calendar" not in look(ada, PAGE).text
    assert look(ada, f"{PAGE}/move").h1 == "There are no events to move"
    address = f"{PAGE}/{SECOND}"
    chosen = {"name": "Family", "seen": look(ada, address).value("seen"), "conflicts": "yes", "target": "yes"}
    asked = look(ada, ada.post(address, data=chosen).headers["location"])
    assert asked.h1 == "Move 1 event?"
    assert "1 event goes into “Family”" in asked.text
    assert look(ada, PAGE).links()["Move them…"] == f"{PAGE}/move"
    refused = look(ada, f"{PAGE}/accounts/{UUID(int=4)}/disconnect")
    assert "Move its event to another calendar, or wait until it is over." in refused.text
    assert refused.links()["Move the events…"] == f"{PAGE}/move"
    assert len(s.w.calendar.events()) == 1  # asking moves nothing
    pressed = ada.post(asked.button("Move 1 event"))
    going = ada.get(pressed.headers["location"])
    assert going.headers["refresh"] == "2"
    assert "1 event is still to be moved. You may leave this page." in read(going).text
    assert ada.post(asked.button("Move 1 event")).status_code == 303
    s.w.drain()
    s.w.settle()
    assert "Every event is where it belongs." in look(ada, f"{PAGE}/move?did=begun").text
    assert [each.uid for each in family.events() if each.uid == s.w.reservation(booking).uid]
    assert s.w.calendar.events() == []
    assert "Moved to another of your calendars" in look(ada, f"/host/bookings/{booking.id}").text
    assert ada.post(f"{PAGE}/accounts/{UUID(int=4)}/disconnect").status_code == 303


def test_a_meeting_type_has_a_calendar_of_its_own_on_its_page_and_in_the_file(s: Site, ada: TestClient) -> None:
    page = look(ada, "/host/meetings/intro")
    (choice,) = page.all("select", id="calendar")
    assert [words(each) for each in choice.iter("option")] == ["Same as the others: “Ada”", "Ada", "Family"]
    form = {"as-seen": page.value("as-seen"), "calendar": "http://localhost:1/family/"}
    assert ada.post("/host/meetings/intro", data={**form, "calendar": "http://elsewhere/"}).status_code == 422
    shown = read(ada.post("/host/meetings/intro", data={**form, "act": "show"}))
    assert "Goes to “Family”" in shown.text
    assert ada.post("/host/meetings/intro", data=form).status_code == 303
    exported = setup.export(s.w.rt)
    assert 'calendar = "http://localhost:1/family/"' in exported
    file = parse(exported, env={}, folder=Path("/nowhere"))
    assert setup.apply(s.w.rt, file, by="test", dry_run=True, now=s.w.now).changes == ()
    kept = ada.post(f"{PAGE}/{SECOND}", data={"name": "Family", "seen": look(ada, f"{PAGE}/{SECOND}").value("seen")})
    assert kept.status_code == 409
    assert "events of “Intro call” go into this calendar" in read(kept).text
    refused = look(ada, f"{PAGE}/accounts/{UUID(int=56)}/disconnect")
    assert "Events of “Intro call” go here." in refused.text
    assert not refused.all("button", class_="danger")

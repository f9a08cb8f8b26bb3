"""Hours as the host at their browser: the week as text, exceptions, public holidays; invitees see what follows."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from starlette.testclient import TestClient

from booking_service.actions.setup import hours
from booking_service.actions.setup.file import apply as setup
from booking_service.actions.setup.file.read import parse
from booking_service.actions.times.offers import find_slots
from booking_service.actions.times.why import why
from booking_service.domain.availability import DateOverride, Span
from booking_service.domain.interval import Interval
from booking_service.domain.people import Host
from booking_service.storage import hosts
from booking_service.storage.engine import snapshot
from tests.web.page_reader import Page, look, read
from tests.web.site import Site, person_of_host, signed_in, with_hours
from tests.world import MONDAY

HOURS = "/host/hours"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@pytest.fixture
def ada(s: Site) -> TestClient:
    return signed_in(s, person_of_host(s, s.w.host))


def stored(s: Site) -> Host:
    with snapshot(s.w.rt.engine) as session:
        return hosts.get(session, s.w.host.id)


def form_of(page: Page, **changes: str) -> dict[str, str]:
    """The week's form as the browser would send it."""
    return {name: page.value(name) for day in DAYS for name in (day, f"seen-{day}")} | changes


def offered(s: Site, day: int) -> list[str]:
    """The first and the last time that invitees see so many days after the world's Monday."""
    midnight = MONDAY.replace(hour=0) + timedelta(days=day) - timedelta(hours=1)
    found = find_slots(s.w.rt, "ada", "intro", Interval(midnight, midnight + timedelta(days=1)), now=s.w.now).slots
    times = [f"{each.start.astimezone(s.w.host.zone):%H:%M}" for each in found]
    return times[:1] + times[-1:]


def test_the_week_is_written_as_text_and_offered_at_once(s: Site, ada: TestClient) -> None:
    page = look(ada, HOURS)
    assert (page.value("monday"), page.value("sunday")) == ("9-17", "")
    assert "Europe/Berlin" in page.text
    assert "40 hours a week" in page.text
    saved = ada.post(HOURS, data=form_of(page, tuesday="13-15, 9 - 11:30", saturday="10-12"))
    assert saved.status_code == 303
    after = look(ada, saved.headers["location"])
    assert "Saved. The first free time is today, 10:30." in after.text
    assert after.value("tuesday") == "9-11:30, 13-15"
    assert (offered(s, 1), offered(s, 5)) == (["09:00", "14:30"], ["10:00", "11:30"])
    recorded = [(each.what, each.by, each.before, each.after) for each in setup.changes(s.w.rt)]
    assert ("hosts.ada.hours.saturday", "Ada Lovelace <ada@example.org>", None, "10:00-12:00") in recorded
    assert 'saturday = "10:00-12:00"' in setup.export(s.w.rt)


def test_what_cannot_be_read_is_explained_at_its_row_and_nothing_is_saved(s: Site, ada: TestClient) -> None:
    before = s.rows()
    typed = form_of(
        look(ada, HOURS), monday="8-10", tuesday="9-12, 11-17", thursday="ab neun", friday="17-9", sunday="9-25"
    )
    answer = ada.post(HOURS, data=typed)
    page = read(answer)
    assert (answer.status_code, s.rows()) == (422, before)
    assert "Nothing is saved yet: 4 days need a correction" in page.text
    assert page.links()["Tuesday: 11–12 is in both parts. Did you mean 9-17, or 9-11, 11-17?"] == "#tuesday"
    assert "We cannot read “ab neun”. Write times as 9-12 or 9:30-17, with a comma between parts." in page.text
    assert "“17:00-09:00” ends before it begins." in page.text
    assert "“9-25” is not a time of day." in page.text
    assert {day: page.value(day) for day in DAYS} == {day: typed[day] for day in DAYS}
    assert "08:00–10:00" in page.text  # how the others were read
    copied = read(ada.post(HOURS, data={**typed, "act": "copy"}))
    assert [copied.value(day) for day in DAYS] == ["8-10"] * 5 + ["", "9-25"]
    assert s.rows() == before


def test_a_second_tab_is_told_what_changed_and_loses_nothing(s: Site, ada: TestClient) -> None:
    first, second = look(ada, HOURS), look(ada, HOURS)
    assert ada.post(HOURS, data=form_of(first, monday="8-12")).status_code == 303
    answer = ada.post(HOURS, data=form_of(second, tuesday="14-18"))
    page = read(answer)
    assert answer.status_code == 409
    assert "Monday is now “8-12”; it was “9-17”" in page.text
    assert stored(s).hours == with_hours(s.w.host, "8-12", *["9-17"] * 4, "", "").hours
    assert (page.value("monday"), page.value("tuesday")) == ("8-12", "14-18")
    assert ada.post(HOURS, data=form_of(page)).status_code == 303
    assert stored(s).hours == with_hours(s.w.host, "8-12", "14-18", *["9-17"] * 3, "", "").hours
    assert (
        ada.post(HOURS, data=dict.fromkeys(DAYS, "9-10")).status_code == 409
    )  # a form that says nothing of what it saw


def test_every_booking_inside_an_exception_is_found_however_many_are_outside_its_times(
    s: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hours, "_AT_ONCE", 2)
    for day in (8, 9, 10, 11):
        s.w.hold(start=datetime(2030, 1, day, 8 if day < 11 else 14, tzinfo=UTC))
    for last, inside in ((10, []), (11, [11])):
        exception = DateOverride(date(2030, 1, 8), date(2030, 1, last), (Span(time(9), time(12)),))
        found = hours.bookings_inside(s.w.rt, s.w.host.id, exception, now=s.w.now)
        assert [each.time.start.day for each in found] == inside


def test_a_new_exception_names_the_bookings_inside_it(s: Site, ada: TestClient) -> None:
    booking = s.confirmed()
    added = ada.post(
        f"{HOURS}/exceptions", data={"first": "2030-01-08", "last": "2030-01-09", "times": "", "name": "Betriebsferien"}
    )
    page = look(ada, added.headers["location"])
    assert "1 booking falls into “Betriebsferien”. It stays until you cancel it." in page.text
    assert page.links()["Tuesday 8 January, 09:00, Grace Hopper"] == f"/host/bookings/{booking.id}"
    assert s.booking(booking.public_id).state == "confirmed"
    assert (offered(s, 1), offered(s, 2), offered(s, 3)) == ([], [], ["09:00", "16:30"])
    against = [each.text for each in why(s.w.rt, "ada", "intro", MONDAY + timedelta(days=2), now=s.w.now).verdicts]
    assert any(text.startswith("exception Betriebsferien, 2030-01-08 to 2030-01-09") for text in against)
    address = f"{HOURS}/exceptions/2030-01-08..2030-01-09"
    shown = look(ada, address)
    form = {name: shown.value(name) for name in ("first", "last", "times", "name")}
    form |= {f"seen-{name}": value for name, value in form.items()}
    assert ada.post(address, data=form | {"times": "9-12"}).status_code == 303
    late = ada.post(address, data=form | {"times": "14-16"})
    assert (late.status_code, read(late).value("times")) == (409, "14-16")
    assert "It now says “09:00–12:00 · Betriebsferien”." in read(late).text
    assert "falls into" not in look(ada, address).text  # at nine she is there
    again = ada.post(f"{HOURS}/exceptions", data={"first": "2030-01-08", "last": "2030-01-09"})
    assert (again.status_code, "change that one" in again.text) == (422, True)
    assert ada.post(f"{address}/remove").status_code == 303
    assert (stored(s).overrides, ada.get(address).status_code) == ((), 404)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({}, "first"),
        ({"first": "next week"}, "first"),
        ({"first": "2030-01-09", "last": "2030-01-08"}, "last"),
        ({"first": "2030-01-09", "times": "noon"}, "times"),
    ],
)
def test_an_exception_that_makes_no_sense_is_kept_as_typed(
    s: Site, ada: TestClient, form: dict[str, str], field: str
) -> None:
    answer = ada.post(f"{HOURS}/exceptions", data=form)
    page = read(answer)
    assert (answer.status_code, stored(s).overrides) == (422, ())
    assert f"#{field}" in page.hrefs()
    assert all(page.value(name) == typed for name, typed in form.items())


def test_public_holidays_close_days_but_for_those_on_which_the_host_works(s: Site, ada: TestClient) -> None:
    """Off for hosts who were here before; one's own exception for the day wins."""
    assert "Close it" not in look(ada, HOURS).text
    s.w.clock.advance(timedelta(days=365 - 20).total_seconds())  # 18 December 2030
    s.w.drain()
    ada = signed_in(s, person_of_host(s, s.w.host))
    christmas = 352  # Wednesday 25 December 2030
    assert offered(s, christmas) == ["09:00", "16:30"]
    assert ada.post(f"{HOURS}/holidays", data={"country": "DE"}).status_code == 303
    page = look(ada, HOURS)
    assert "Christmas Day" in page.text
    assert "Berlin" in page.text
    assert offered(s, christmas) == []
    texts = [
        each.text for each in why(s.w.rt, "ada", "intro", MONDAY + timedelta(days=christmas), now=s.w.now).verdicts
    ]
    assert any("exception Erster Weihnachtstag, 2030-12-25 to 2030-12-25" in text for text in texts)
    assert ada.post(f"{HOURS}/holidays/work", data={"works": "Erster Weihnachtstag"}).status_code == 303
    assert offered(s, christmas) == ["09:00", "16:30"]
    assert ada.post(f"{HOURS}/holidays", data={"country": "DE", "region": "DE-BE"}).status_code == 303
    exported = setup.export(s.w.rt)
    assert 'holidays = "DE-BE"' in exported
    assert 'works_on = ["Erster Weihnachtstag"]' in exported
    applied = setup.apply(s.w.rt, parse(exported, env={}, folder=s.w.rt.settings.data_dir), by="test", now=s.w.now)
    assert applied.changes == ()
    assert ada.post(f"{HOURS}/holidays/work", data={"rests": "Erster Weihnachtstag"}).status_code == 303
    assert ada.post(f"{HOURS}/exceptions", data={"first": "2030-12-25", "times": "10-11"}).status_code == 303
    assert offered(s, christmas) == ["10:00", "10:30"]
    assert ada.post(f"{HOURS}/holidays", data={"country": "Atlantis"}).status_code == 422
    assert ada.post(f"{HOURS}/holidays", data={"country": ""}).status_code == 303
    s.save(replace(stored(s), overrides=()))
    assert offered(s, christmas) == ["09:00", "16:30"]

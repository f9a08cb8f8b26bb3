"""Choosing a time: the month, the day, the zone, and what is said where there is nothing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from booking_service.domain.availability import DateOverride
from booking_service.domain.meeting import MeetingType, Place
from booking_service.domain.slots import Horizon
from calendars.model import Period
from tests.web.page_reader import Page, look, read, words
from tests.web.site import TUESDAY_9, Site, day, person_of_host, signed_in, site, with_hours

pytestmark = pytest.mark.timeout(60)


def horizon(meeting: MeetingType, **of: object) -> MeetingType:
    return replace(meeting, rules=replace(meeting.rules, horizon=Horizon(**of)))  # type: ignore[arg-type]


def chosen_day(page: Page) -> str:
    return words(page.one("h2", id="times"))


def test_days_are_links_with_full_names_and_the_number_of_free_times(s: Site) -> None:
    s.w.calendar.host_adds("Trip", Period(*_berlin("2030-01-09T09:00", "2030-01-09T16:30")))
    s.w.drain()
    links = look(s.browser, "/ada/intro").links()
    assert links["Tuesday 8 January, 16 times free"] == "/ada/intro?day=2030-01-08#times"
    assert "Wednesday 9 January, 1 time free" in links


def _berlin(*written: str) -> list[datetime]:
    return [datetime.fromisoformat(f"{each}+01:00").astimezone(UTC) for each in written]


def test_times_of_the_day_are_one_radio_group_named_by_the_day(s: Site) -> None:
    page = look(s.browser, "/ada/intro?day=2030-01-08")
    group = page.one("fieldset")
    assert words(next(group.iter("legend"))) == "Tuesday 8 January"
    assert {radio.get("name") for radio in group.iter("input")} == {"start"}
    assert [words(p) for p in page.all("p", class_="part")] == ["Morning", "Afternoon"]


def test_without_a_day_the_first_free_one_is_shown(s: Site) -> None:
    assert chosen_day(look(s.browser, "/ada/intro")) == "Monday 7 January"
    assert "Soonest: Monday 7 January, 10:30" in look(s.browser, "/ada/intro").links()


def test_days_and_weeks_that_have_passed_are_no_links(s: Site) -> None:
    s.w.pass_time(days=9)  # Wednesday the 16th
    page = look(s.browser, "/ada/intro")
    assert not [href for href in page.hrefs() if "day=2030-01-1" in href and href < "/ada/intro?day=2030-01-16"]
    assert words(page.one("tbody")).startswith("14 15 16")


@pytest.fixture
def late(tmp_path: Path) -> Iterator[Site]:
    """On Saturday 24 August 2030, when one week of the month is left."""
    with site(tmp_path, now=datetime(2030, 8, 24, 8, 0, tzinfo=UTC)) as s:
        yield s


def test_late_in_a_month_the_next_five_weeks_are_shown(late: Site) -> None:
    page = look(late.browser, "/ada/intro")
    assert words(page.one("h2", id="month")) == "August – September 2030"
    assert [words(row) for row in page.one("tbody").iter("tr")] == [
        "19 20 21 22 23 24, today 25",
        "26 27 28 29 30 31 Sept 1",
        "2 3 4 5 6 7 8",
        "9 10 11 12 13 14 15",
        "16 17 18 19 20 21 22",
    ]
    assert "Thursday 5 September, 16 times free" in page.links()
    assert "Next month, September 2030" in page.links()


def test_weeks_begin_with_sunday_where_readers_begin_them_so(late: Site) -> None:
    page = look(late.browser, "/ada/intro?lang=en-US")
    rows = [words(row) for row in page.one("tbody").iter("tr")]
    assert (rows[0], rows[-1], len(rows)) == ("18 19 20 21 22 23 24, today", "15 16 17 18 19 20 21", 5)


def test_a_day_of_the_next_month_is_shown_on_the_sheet_it_was_chosen_from(late: Site) -> None:
    page = look(late.browser, "/ada/intro?day=2030-09-05")
    assert words(page.one("h2", id="month")) == "August – September 2030"
    assert chosen_day(page) == "Thursday 5 September"
    assert words(look(late.browser, "/ada/intro?month=2030-09").one("h2", id="month")) == "September 2030"


def test_no_weeks_are_shown_that_can_not_be_booked(late: Site) -> None:
    late.save(horizon(late.w.intro, days=9))  # to Monday 2 September
    rows = [words(row) for row in look(late.browser, "/ada/intro").one("tbody").iter("tr")]
    assert rows[-1] == "2 3 4 5 6 7 8"


def test_while_four_weeks_of_a_month_are_left_it_is_shown_alone(s: Site) -> None:
    assert words(look(s.browser, "/ada/intro").one("h2", id="month")) == "January 2030"


def test_today_is_marked(s: Site) -> None:
    page = look(s.browser, "/ada/intro")
    assert [words(cell) for cell in page.all("td", class_="today")] == ["7"]
    assert next(name for name in page.links() if name.startswith("Monday 7 January")).endswith("free, today")


def test_a_month_with_nothing_free_leads_to_the_next_free_day(s: Site) -> None:
    s.save(replace(s.w.host, overrides=(DateOverride(day("2030-02-01"), day("2030-03-10"), ()),)))
    page = look(s.browser, "/ada/intro?month=2030-02")
    assert "Nothing is free in February 2030." in page.text
    assert page.links()["Next free day: Monday 11 March"] == "/ada/intro?day=2030-03-11#times"


def test_a_day_with_nothing_free_leads_to_the_next_one(s: Site) -> None:
    page = look(s.browser, "/ada/intro?day=2030-01-12")
    assert "Nothing is free on Saturday 12 January." in page.text
    assert "Next free day: Monday 14 January" in page.links()


def test_without_a_wish_the_first_month_with_a_free_time_is_shown(s: Site) -> None:
    s.save(replace(s.w.host, overrides=(DateOverride(day("2030-01-01"), day("2030-03-10"), ()),)))
    page = look(s.browser, "/ada/intro")
    assert words(page.one("h2", id="month")) == "March 2030"
    assert chosen_day(page) == "Monday 11 March"


def test_where_nothing_is_free_at_all_the_page_says_up_to_when(s: Site) -> None:
    s.save(with_hours(s.w.host, *[""] * 7))
    s.save(horizon(s.w.intro, days=30))
    page = look(s.browser, "/ada/intro")
    assert "Nothing is free until Wednesday 6 February 2030, the last day that can be booked." in page.text
    assert page.status == 200


@pytest.mark.parametrize(
    "month", ["0001-01", "9999-12", "2029-01", "10000-01", "2030-13", "2030-1", "٢٠٣٠-٠١", "x" * 5000]
)
def test_any_month_asked_for_is_one_that_can_be_booked(s: Site, month: str) -> None:
    s.save(horizon(s.w.intro, days=30))
    page = look(s.browser, f"/ada/intro?month={month}")
    assert words(page.one("h2", id="month")) in {"January 2030", "February 2030"}


def test_months_are_turned_within_the_horizon_only(s: Site) -> None:
    s.save(horizon(s.w.intro, days=30))
    first = look(s.browser, "/ada/intro").links()
    assert "Next month, February 2030" in first
    assert not [name for name in first if name.startswith("Previous month")]
    last = look(s.browser, first["Next month, February 2030"]).links()
    assert "Previous month, January 2030" in last
    assert not [name for name in last if name.startswith("Next month")]


def test_times_are_shown_in_the_chosen_zone_across_midnight(s: Site) -> None:
    page = look(s.browser, "/ada/intro?zone=Pacific/Auckland&day=2030-01-09")
    assert page.times()["04:30"] == "2030-01-08T15:30:00Z"  # Tuesday 16:30 in Berlin is Wednesday in Auckland
    assert "Pacific/Auckland (UTC+13), 21:00 now" in page.text
    assert page.one("option", selected="").get("value") == "Pacific/Auckland"


def test_a_chosen_zone_stays_chosen_on_every_link_and_in_the_form(s: Site) -> None:
    page = look(s.browser, "/ada/intro?zone=Asia/Tokyo")
    inner = [href for href in page.hrefs() if href.startswith("/ada/intro?")]
    assert inner
    assert all("zone=Asia%2FTokyo" in href for href in inner)
    assert page.one("input", type="hidden", name="zone").get("value") == "Asia/Tokyo"


def test_the_browser_may_suggest_a_zone_only_where_none_was_chosen(s: Site) -> None:
    assert look(s.browser, "/ada/intro").one("form", id="zones").get("data-suggest") is not None
    assert look(s.browser, "/ada/intro?zone=Asia/Tokyo").one("form", id="zones").get("data-suggest") is None


@pytest.mark.parametrize(
    "zone",
    [
        "../../etc/passwd",
        "Europe",
        "x" * 5000,
        "localtime",
        "Factory",
        "europe/berlin",
        "posix/UTC",
    ],
)
def test_what_is_no_zone_of_the_database_is_not_opened(s: Site, zone: str) -> None:
    page = look(s.browser, f"/ada/intro?zone={zone}")
    assert page.one("option", selected="").get("value") == "Europe/Berlin"


def test_every_zone_named_after_a_place_is_there_to_choose(s: Site) -> None:
    names = {o.get("value") or words(o) for o in look(s.browser, "/ada/intro").one("select", id="zone").iter("option")}
    assert {"America/Argentina/Ushuaia", "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/Kyiv", "UTC"} <= names
    assert not {"EST5EDT", "US/Eastern", "Etc/GMT+1"} & names


def zones(page: Page, region: str) -> dict[str, str]:
    """The zones of one group of the menu: city → name."""
    group = page.one("select", id="zone").find(f"optgroup[@label='{region}']")
    assert group is not None
    return {words(option): option.get("value", "") for option in group.iter("option")}


def test_zones_are_named_by_their_city_in_the_readers_language(s: Site) -> None:
    german = look(s.browser, "/ada/intro?lang=de")
    assert zones(german, "Europa")["Kopenhagen"] == "Europe/Copenhagen"
    assert zones(german, "Asien")["Tokio"] == "Asia/Tokyo"
    assert zones(look(s.browser, "/ada/intro"), "America")["Buenos Aires"] == "America/Argentina/Buenos_Aires"


def test_a_place_stands_in_the_list_of_zones_once(s: Site) -> None:
    names = {o.get("value") for o in look(s.browser, "/ada/intro").one("select", id="zone").iter("option")}
    assert not {"Europe/Kiev", "Asia/Calcutta", "America/Buenos_Aires", "Europe/Belfast", "Australia/ACT"} & names


def test_cities_are_in_the_order_of_their_letters(s: Site) -> None:
    cities = list(zones(look(s.browser, "/ada/intro?lang=de"), "Europa"))
    chosen = [city for city in cities if city in {"Zürich", "Zagreb", "Wien", "Kopenhagen", "Athen"}]
    assert chosen == ["Athen", "Kopenhagen", "Wien", "Zagreb", "Zürich"]


def test_the_zone_of_the_host_is_suggested_after_the_chosen_one(s: Site) -> None:
    suggested = zones(look(s.browser, "/ada/intro?zone=Asia/Tokyo"), "Suggested")
    assert list(suggested.values()) == ["Asia/Tokyo", "Europe/Berlin"]
    assert list(zones(look(s.browser, "/ada/intro"), "Suggested").values()) == ["Europe/Berlin"]


def test_in_person_times_are_those_at_the_place_whatever_is_chosen(s: Site) -> None:
    s.save(replace(s.w.intro, place=Place.IN_PERSON, location="Somerset House, London"))
    page = look(s.browser, "/ada/intro?zone=Asia/Tokyo&day=2030-01-08")
    assert "Times are local to where you meet: Europe/Berlin (UTC+1)" in page.text
    assert not page.all("select")
    assert "09:00" in page.times()
    booking = s.hold(zone="Asia/Tokyo")
    assert "09:00–09:30" in look(s.browser, f"/b/{booking.public_id}?zone=Asia/Tokyo").text


def test_both_half_past_twos_of_an_autumn_night_are_told_apart(tmp_path: Path) -> None:
    """Berlin sets its clocks back on Sunday 27 October 2030, from 03:00 to 02:00."""
    with site(tmp_path, now=datetime(2030, 10, 21, 8, 0, tzinfo=UTC)) as s:
        s.save(with_hours(s.w.host, *["9-17"] * 6, "1-4"))
        times = look(s.browser, "/ada/intro?day=2030-10-27").times()
        assert times["02:30 (UTC+2)"] == "2030-10-27T00:30:00Z"
        assert times["02:30 (UTC+1)"] == "2030-10-27T01:30:00Z"
        later = s.hold(start="2030-10-27T01:30:00Z")
        assert later.time.start == datetime(2030, 10, 27, 1, 30, tzinfo=UTC)
        assert "02:30 (UTC+1)–03:00 (UTC+1)" in look(s.browser, f"/b/{later.public_id}").text
        assert look(s.browser, "/ada/intro?day=2030-10-27").times().keys() >= {"02:30 (UTC+2)"}


def test_no_half_past_two_in_a_spring_night(tmp_path: Path) -> None:
    with site(tmp_path, now=datetime(2030, 3, 25, 8, 0, tzinfo=UTC)) as s:
        s.save(with_hours(s.w.host, *["9-17"] * 6, "1-4"))
        times = look(s.browser, "/ada/intro?day=2030-03-31").times()
        assert list(times) == ["01:00", "01:30", "03:00", "03:30"]


def test_whatever_the_page_offers_can_be_held(s: Site) -> None:
    page = look(s.browser, "/ada/intro?zone=Australia/Lord_Howe&day=2030-01-09")
    label, value = list(page.times().items())[-1]
    booking = s.hold(start=value, zone="Australia/Lord_Howe")
    assert f"{label}–" in look(s.browser, f"/b/{booking.public_id}").text


@pytest.mark.parametrize("address", ["/host/never", "/admin/never", "/host/never/there"])
def test_an_address_of_the_signed_in_that_leads_nowhere_is_no_booking_page(s: Site, address: str) -> None:
    for browser in (s.browser, signed_in(s, person_of_host(s, s.w.host))):
        answer = browser.get(address)
        page = read(answer)
        assert (answer.status_code, page.h1) == (404, "There is no such page")
        assert '<a class="btn" href="/host">Go to Today</a>' in answer.text


def test_a_host_or_meeting_that_was_switched_off_is_like_one_that_never_was(s: Site) -> None:
    s.save(replace(s.w.quick, active=False))
    gone, never = s.browser.get("/ada/quick"), s.browser.get("/ada/never")
    assert (gone.status_code, never.status_code) == (404, 404)
    assert look(s.browser, "/ada/quick").h1 == look(s.browser, "/ada/never").h1 == "Nothing can be booked here"
    s.save(replace(s.w.host, active=False))
    assert [s.browser.get(address).status_code for address in ("/ada", "/ada/intro", "/nobody")] == [404, 404, 404]


def test_lists_show_those_who_want_to_be_found(s: Site) -> None:
    assert look(s.browser, "/").links()["Ada Lovelace"] == "/ada"
    page = look(s.browser, "/ada")
    assert [words(a) for a in page.one("ul", class_="cards").iter("a")] == [
        "Intro call30 minutes · Video call",
        "Quick call15 minutes · Video call",
    ]
    s.save(replace(s.w.quick, listed=False))
    assert "/ada/quick" not in look(s.browser, "/ada").hrefs()
    assert s.browser.get("/ada/quick").status_code == 200
    s.save(replace(s.w.host, listed=False))
    assert "Nobody is listed here" in look(s.browser, "/").text


def test_a_page_view_asks_no_calendar(s: Site) -> None:
    before = dict(s.w.calendar.requests)
    for address in ("/ada/intro", "/ada/intro?month=2030-02", "/api/v1/slots?host=ada&meeting=intro"):
        s.browser.get(address)
    assert dict(s.w.calendar.requests) == before


def test_what_one_reader_adds_to_the_address_is_not_shown_to_another(s: Site) -> None:
    s.browser.get(f"/ada/intro?utm=mallory&name=Grace&month={'x' * 60}mallory")
    for address in ("/ada/intro", f"/ada/intro?month={'x' * 60}"):
        answer = s.browser.get(address)
        assert "mallory" not in answer.text
        assert "Grace" not in answer.text


def test_the_first_view_fits_in_30_kb(s: Site) -> None:
    page = s.browser.get("/ada/intro")
    sizes = [int(page.headers["content-length"])]
    read = look(s.browser, "/ada/intro")
    for address in [read.one("link", rel="stylesheet").get("href"), read.one("script").get("src")]:
        sizes.append(int(s.browser.get(str(address)).headers["content-length"]))
    assert sum(sizes) < 30_000


def test_the_last_day_of_the_horizon_is_on_offer_and_the_next_is_not(s: Site) -> None:
    s.save(horizon(s.w.intro, last_on=date(2030, 1, 10)))
    days = [name for name in look(s.browser, "/ada/intro").links() if "free" in name and "Soonest" not in name]
    assert [name.partition(" January")[0] for name in days] == ["Monday 7", "Tuesday 8", "Wednesday 9", "Thursday 10"]
    assert s.w.now + timedelta(days=3) > datetime(2030, 1, 10, tzinfo=UTC)


@pytest.mark.promise("I3")
def test_a_page_that_is_kept_shows_a_time_again_at_the_second_its_hold_ends(s: Site) -> None:
    s.w.clock.advance(30)  # so that the hold ends in the middle of a minute, for which pages are kept
    booking = s.hold(start=TUESDAY_9)
    s.w.drain()
    s.w.pass_time(seconds=(booking.hold_until - s.w.now).total_seconds() - 5)
    assert TUESDAY_9 not in look(s.browser, "/ada/intro?day=2030-01-08").times().values()
    s.w.clock.advance(5)
    assert TUESDAY_9 in look(s.browser, "/ada/intro?day=2030-01-08").times().values()


@pytest.mark.promise("I6")
def test_a_page_that_is_kept_closes_at_the_second_its_calendars_were_not_read_for_too_long(s: Site) -> None:
    s.w.clock.advance(s.w.rt.settings.calendar.freshness_max.total_seconds())
    assert TUESDAY_9 in look(s.browser, "/ada/intro?day=2030-01-08").times().values()
    s.w.clock.advance(1)
    assert not look(s.browser, "/ada/intro?day=2030-01-08").times()

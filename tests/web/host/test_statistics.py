"""What is counted: pages that are opened, what becomes of requests, how long people take. A look writes nothing."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

from booking_service.actions.booking import statistics
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.statistics import CONFIRMED, HELD, VIEWED, Counted, Figures, took
from booking_service.storage.engine import transaction
from booking_service.storage.statistics import add
from booking_service.storage.tables.booking import BookingRow
from tests.web.page_reader import look, words
from tests.web.site import Site, person_of_host, signed_in
from tests.world import MONDAY

PAGE = "/host/bookings/statistics"


def cells(page: object) -> dict[str, list[str]]:
    rows = page.one("tbody").iter("tr")  # type: ignore[attr-defined]
    return {words(row[0]): [words(cell) for cell in list(row)[1:]] for row in rows}


def test_views_wait_in_memory_and_bookings_are_counted_by_their_timelines(s: Site) -> None:
    ada = signed_in(s, person_of_host(s, s.w.host))
    assert "Nothing has been counted yet." in look(ada, PAGE).text
    before = {table: rows for table, rows in s.rows().items() if table != "attempt"}
    for _ in range(9):
        s.browser.get("/ada/intro")
    s.browser.get("/ada/intro?day=2030-01-08")  # the same look goes on
    s.browser.head("/ada/intro")
    s.browser.get("/ada/intro", headers={"DNT": "1"})
    s.browser.get("/ada/intro", headers={"Sec-Purpose": "prefetch"})
    assert {table: rows for table, rows in s.rows().items() if table != "attempt"} == before
    times = iter(("08:00", "09:00", "10:00", "11:00"))
    holds = [
        s.hold(start=f"2030-01-08T{time}:00Z", email=f"g{number}@example.net", form_key=uuid4().hex[:22])
        for number, time in enumerate(times)
    ]
    s.w.drain()
    s.w.pass_time(minutes=7)
    for each in holds[:3]:
        assert s.browser.post(s.link(each, LinkPurpose.CONFIRM)).status_code == 303
    s.w.drain()
    ada.post(f"/host/bookings/{holds[0].id}/cancel", data={"state": "confirmed"})
    s.w.hold(meeting="quick", start=MONDAY + timedelta(days=2))  # nobody has to confirm this
    s.w.pass_time(hours=1)
    s.w.pass_time(minutes=2)
    page = look(ada, PAGE)
    assert cells(page) == {
        "Intro call": ["9", "4", "3", "1", "1", "8 minutes"],
        "Quick call": ["0", "1", "1", "0", "0", "–"],
    }
    assert "For every 100 times your page is opened, 56 times are requested and 44 are booked." in page.text
    assert "Half of those who confirm do so within 8 minutes." in page.text
    assert "4, 80 % of those requested" in page.text
    assert "3, 1 cancelled" in page.text
    assert cells(look(ada, f"{PAGE}?type=quick&weeks=52")).keys() == {"Quick call"}
    statistics.count_bookings(s.w.rt, now=s.w.now)  # counted once, however often it is asked
    assert cells(look(ada, PAGE))["Intro call"][:3] == ["9", "4", "3"]


def test_what_the_host_books_to_try_the_page_out_is_in_no_figure(s: Site) -> None:
    booking = s.hold()
    with transaction(s.w.rt.engine) as session:
        row = session.get_one(BookingRow, booking.id)
        row.test = True
        session.add(row)
    s.w.pass_time(minutes=2)
    assert statistics.read(s.w.rt, s.w.host.id, length=timedelta(weeks=12), now=s.w.now).by_meeting == ()


def test_counts_add_up_by_day_and_leave_the_span_with_it(s: Site) -> None:
    today = Counted(s.w.host.id, s.w.intro.id, date(2030, 1, 7), VIEWED)
    with transaction(s.w.rt.engine) as session:
        add(session, {today: 2, replace(today, on=date(2029, 1, 1)): 50})
        add(session, {today: 3, replace(today, meeting_id=UUID(int=99)): 9})  # a meeting type that is gone
    ((_, figures),) = statistics.read(s.w.rt, s.w.host.id, length=timedelta(weeks=12), now=s.w.now).by_meeting
    assert figures.of(VIEWED) == 5


def test_a_median_is_told_from_steps() -> None:
    assert [took(timedelta(seconds=each)) for each in (0, 60, 61, 10**9)] == ["took-1", "took-1", "took-2", "took-4320"]
    figures = Figures({"took-5": 2, "took-60": 1, "took-1440": 1, HELD: 9, CONFIRMED: 4, "on-0": 4})
    assert (figures.half_within, figures.by_weekday[0]) == (timedelta(minutes=5), 4)
    assert Figures().half_within is None

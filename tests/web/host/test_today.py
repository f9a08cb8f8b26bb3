"""Today: what is wrong is in a box of its own, with what can be done about it; what is over is not shown."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from booking_service.actions.booking.statistics import count_bookings
from booking_service.actions.calendar import erase_event
from booking_service.actions.consent.contacts import find_or_make
from booking_service.actions.privacy import erasure
from booking_service.actions.privacy.erasure import Decider
from booking_service.domain.booking import BookingState
from booking_service.domain.privacy import Mode
from booking_service.domain.roles import Role
from booking_service.storage import contacts, outbox, privacy_requests
from booking_service.storage.contacts import Contact
from booking_service.storage.engine import transaction
from booking_service.storage.privacy_requests import PrivacyRequest
from calendars.errors import Unavailable
from calendars.model import Period
from tests.flows.test_budget import of
from tests.web.page_reader import Page, look, read, words
from tests.web.site import Site, person, person_of_host, signed_in

TUESDAY = datetime(2030, 1, 8, tzinfo=UTC)
HALF = timedelta(minutes=30)
NINE = TUESDAY + timedelta(hours=8)  # in Berlin


def boxes(page: Page) -> list[str]:
    """The headings of the boxes above everything else."""
    return [
        words(h2) for kind in ("errbox", "warnbox") for box in page.all("div", class_=kind) for h2 in box.iter("h2")
    ]


def test_another_event_over_a_hold_and_over_a_booking_is_kept_or_another_time_offered(s: Site) -> None:
    ada = signed_in(s, person_of_host(s, s.w.host))
    booked, held = s.confirmed(), s.hold(start="2030-01-08T10:00:00Z", email="alan@example.net", form_key="z" * 22)
    s.w.drain()
    assert boxes(look(ada, "/host")) == []
    for hour in (8, 10):
        start = TUESDAY + timedelta(hours=hour)
        s.w.calendar.host_adds("Dentist", Period(start + HALF / 2, start + HALF))
    s.w.drain()
    today = look(ada, "/host")
    assert boxes(today) == [
        "Your calendar now has another event over a booking",
        "Your calendar now has another event over a held time",
    ]
    assert "Tuesday 8 January 2030, 11:00–11:30, held for Grace Hopper until 10:00." in today.text
    offer = look(ada, today.links()["Offer another time… Grace Hopper"])
    assert offer.status == 200
    kept = ada.post(today.button("Keep the booking Grace Hopper"), data={"back": "today"})
    today = look(ada, kept.headers["location"])
    assert "It stays as it is. Nothing changes for Grace Hopper." in today.text
    assert boxes(today) == ["Your calendar now has another event over a held time"]
    s.w.pass_time(hours=2)  # the hold is over, and nothing lies over it any more
    assert boxes(look(ada, "/host")) == []
    assert s.booking(booked.public_id).state is BookingState.CONFIRMED
    assert s.booking(held.public_id).state is BookingState.EXPIRED


def test_a_booking_that_its_host_moved_over_another_is_told_until_it_is_kept_and_again_after_a_move(s: Site) -> None:
    ada = signed_in(s, person_of_host(s, s.w.host))
    s.confirmed()
    other = s.confirmed(start="2030-01-08T10:00:00Z", email="alan@example.net", name="Alan", form_key="z" * 22)
    uid = s.w.reservation(other).uid
    s.w.calendar.host_moves(uid, Period(NINE, NINE + HALF))
    s.w.drain()
    today = look(ada, "/host")
    assert boxes(today) == ["You moved a booking over another appointment"]
    ada.post(today.button("Keep the booking Alan"), data={"back": "today"})
    assert boxes(look(ada, "/host")) == []
    s.w.calendar.host_moves(uid, Period(NINE + HALF / 2, NINE + HALF * 3 / 2))
    s.w.drain()
    assert boxes(look(ada, "/host")) == ["You moved a booking over another appointment"]


def test_many_vanished_events_are_asked_about_and_nothing_was_concluded(s: Site) -> None:
    ada = signed_in(s, person_of_host(s, s.w.host))
    booked = [s.w.hold(start=TUESDAY + timedelta(hours=8) + n * HALF, meeting="quick") for n in range(6)]
    s.w.drain()
    for each in booked:
        s.w.calendar.host_deletes(s.w.reservation(each).uid)
    s.w.drain()
    today = look(ada, "/host")
    assert boxes(today) == ["6 bookings vanished from “Ada” at once"]
    question = look(ada, today.links()["Look at the 6 bookings"])
    assert question.h1 == "Many bookings are gone from your calendar"
    assert ada.post(question.button("It was an accident: write them again")).status_code == 303
    assert boxes(look(ada, "/host")) == []


def test_a_calendar_that_cannot_be_read_closes_the_page_and_today_says_so_first(s: Site) -> None:
    ada = signed_in(s, person_of_host(s, s.w.host))
    s.w.calendar.fail_next(Unavailable("no answer"), times=50)
    s.w.drain()
    today = look(ada, "/host")
    assert boxes(today) == ["Your page takes no bookings: “Ada” has been unreadable since 09:00"]
    assert "the page opens by itself when the calendar answers" in today.text


def test_this_week_is_counted_from_its_monday_and_only_where_there_is_something(s: Site) -> None:
    ada = signed_in(s, person_of_host(s, s.w.host))
    assert "This week" not in look(ada, "/host").text
    confirmed = s.hold()
    s.hold(start="2030-01-08T10:00:00Z", email="alan@example.net", form_key="z" * 22)
    s.w.pass_time(minutes=1)
    s.w.confirm(confirmed)
    s.w.pass_time(hours=2)
    count_bookings(s.w.rt, now=s.w.now + timedelta(minutes=2))
    today = look(ada, "/host")
    assert "This week 2 requested · 1 booked · 1 expiredStatistics" in today.text
    s.w.pass_time(days=7)
    assert "This week" not in look(signed_in(s, person_of_host(s, s.w.host)), "/host").text


def test_what_the_organisation_needs_stands_on_the_today_of_those_who_may_do_it(s: Site) -> None:
    admin, staff = signed_in(s, person(s, Role.ADMIN)), signed_in(s, person(s, Role.STAFF))
    ada = signed_in(s, person_of_host(s, s.w.host))
    assert "Nothing needs your attention." in look(staff, "/host").text
    made, now = uuid4(), s.w.now
    with transaction(s.w.rt.engine) as session:
        contacts.save(session, Contact(id=made, address="karl@example.net", name="Karl-Heinz", made_at=now))
        for days in (4, 30):
            due = PrivacyRequest(id=uuid4(), contact_id=made, made_at=now, due_at=now + timedelta(days=days))
            privacy_requests.save(session, due)
        outbox.add_once(session, "mail:x", kind="mail", lane="x", payload={}, due_at=now, now=now)
        claimed = outbox.claim(session, now=now, kinds=("mail",))
        assert claimed is not None
        outbox.bury(session, claimed, now=now, error="550")
    today = look(admin, "/host")
    assert (
        "A deletion is due: Friday 11 JanuaryKarl-Heinz No backup was made yet. 1 task could not be done" in today.text
    )
    led = {today.links()[each] for each in ("A deletion is due: Friday 11 January", "1 task could not be done")}
    assert all(look(admin, each).status == 200 for each in led)
    theirs = look(staff, "/host")
    assert "A deletion is due: Friday 11 January" in theirs.text
    assert "backup" not in theirs.text
    assert "For the organisation" not in look(ada, "/host").text


def test_a_flood_of_requests_stands_on_the_today_of_administrators_and_leads_to_the_limits(s: Site) -> None:
    admin, ada = signed_in(s, person(s, Role.ADMIN)), signed_in(s, person_of_host(s, s.w.host))
    for number in range(11):
        start = NINE + number * timedelta(minutes=30)
        s.w.hold(start=start, invitee=of(f"n{number}"), network=f"10.0.0.{number}")
    s.w.drain()
    s.w.pass_time(hours=2)
    told = "Within 24 hours 11 requests were not confirmed in time, and only 0 were booked."
    assert look(admin, "/host").links()[told] == "/admin/limits"
    assert told in look(admin, "/admin/limits").text
    assert told in look(admin, "/admin/status").text
    assert told not in look(ada, "/host").text


def test_staff_see_on_today_how_many_past_events_still_name_somebody_who_was_erased_until_none_does(s: Site) -> None:
    for days in (0, 1):
        s.w.hold(start=NINE + timedelta(days=days), meeting="quick")
    s.w.drain()
    s.w.pass_time(days=3)
    staff, ada = signed_in(s, person(s, Role.STAFF)), signed_in(s, person_of_host(s, s.w.host))
    with transaction(s.w.rt.engine) as session:
        find_or_make(s.w.rt, session, address="grace@example.org", name="Grace Hopper", now=s.w.now)
    assert "past event" not in look(staff, "/host").text
    erasure.erase(s.w.rt, "grace@example.org", Decider(staff="t", reason="a letter"), mode=Mode.WHOLE, now=s.w.now)
    today = look(staff, "/host")
    link = "2 past events still name people who were erased"
    assert "Still in calendars 2" in look(staff, today.links()[link]).text
    assert "past event" not in look(ada, "/host").text
    for _ in range(3):
        s.w.pass_time(seconds=31)
    assert erase_event.left(s.w.rt) == []
    assert "past event" not in look(staff, "/host").text


def test_a_box_is_read_only_by_the_host_whose_calendar_it_is(s: Site) -> None:
    s.hold()
    s.w.drain()
    s.w.calendar.host_adds("Dentist", Period(TUESDAY + timedelta(hours=8), TUESDAY + timedelta(hours=9)))
    s.w.drain()
    admin = signed_in(s, person(s, Role.ADMIN))
    assert boxes(look(admin, "/host")) == []
    assert read(admin.get("/host")).status == 200


def test_what_begins_today_says_in_how_long_and_later_days_are_named_by_their_date(s: Site) -> None:
    s.save(replace(s.w.intro, rules=replace(s.w.intro.rules, notice=timedelta())))
    s.confirmed(start="2030-01-07T09:30:00Z")  # Monday 10:30, an hour and a half from now
    s.confirmed(email="alan@example.net", name="Alan", form_key="z" * 22)
    ada = signed_in(s, person_of_host(s, s.w.host))
    today = look(ada, "/host")
    assert today.text.count("starts in") == 1
    assert "starts in 1 h 30 min" in today.text
    assert today.links()["All bookings"] == "/host/bookings"
    s.w.pass_time(hours=1, minutes=40)
    assert "taking place now" in look(ada, "/host").text


def test_a_calendar_that_was_read_a_moment_ago_was_read_just_now(s: Site) -> None:
    ada = signed_in(s, person_of_host(s, s.w.host))
    assert "Read just now" in look(ada, "/host").text
    s.w.clock.advance(120)
    assert "Read 2 minutes ago" in look(ada, "/host").text

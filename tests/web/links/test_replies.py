"""The pages where guests, hosts and readers of reminders answer by mailed links."""

from dataclasses import replace
from datetime import timedelta

from booking_service.actions.access.links import token
from booking_service.actions.booking.find import timeline_of
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import Booking, BookingState
from booking_service.domain.meeting import Approval
from calendars.model import Period
from tests.web.page_reader import look, read
from tests.web.site import Site
from tests.world import MONDAY

TUESDAY_9 = MONDAY + timedelta(days=1)
QUARTER = timedelta(minutes=15)


def many(s: Site, count: int = 6) -> list[Booking]:
    half = timedelta(minutes=30)
    booked = [s.w.hold(start=TUESDAY_9 + n * half, meeting="quick") for n in range(count)]
    s.w.drain()
    return booked


def mass_deletion_link(s: Site) -> str:
    link = next(line for mail in s.w.mails.sent[::-1] for line in mail.text.splitlines() if "/a/" in line)
    return link[link.index("/a/") :].strip()


def test_a_guest_declines_by_a_button_and_takes_it_back_by_another(s: Site) -> None:
    booking = s.w.hold(meeting="quick", guests=("a@example.org",))
    s.w.drain()
    link = f"/g/{token(s.w.rt, booking, LinkPurpose.GUEST, guest='a@example.org')}"
    page = look(s.browser, link)
    assert page.h1 == "Can't come?"
    assert s.w.booking(booking.id).guests == ("a@example.org",)
    assert s.browser.post(page.actions()[0]).status_code == 303
    declined = look(s.browser, link)
    assert declined.h1 == "You have declined"
    assert s.w.booking(booking.id).guests == ()
    s.w.drain()
    assert s.browser.post(declined.button("I can come after all")).status_code == 303
    s.w.drain()
    assert look(s.browser, link).h1 == "Can't come?"
    assert s.w.booking(booking.id).guests == ("a@example.org",)
    theirs = [(mail.subject, mail.calendar and mail.calendar.method) for mail in s.w.mails.to("a@example.org")]
    assert [method for _, method in theirs] == ["REQUEST", "CANCEL", "REQUEST"]
    assert s.w.mails.to("grace@example.org")[-1].subject.startswith("A guest is coming after all")
    assert s.w.mails.to(s.w.host.email)[-1].subject.startswith("A guest is coming after all")


def test_reminders_stop_by_a_button_and_by_a_mail_programs_own(s: Site) -> None:
    booking = s.w.hold(meeting="quick")
    s.w.drain()
    link = f"/s/{s.w.token(booking, LinkPurpose.STOP)}"
    assert look(s.browser, link).h1 == "Stop reminders?"
    answer = s.browser.post(link, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert look(s.browser, link).h1 == "No more reminders"


def test_a_host_declines_with_a_reason_that_is_passed_on(s: Site) -> None:
    booking = s.w.hold(meeting="quick")
    s.w.drain()
    link = f"/a/{s.w.token(booking, LinkPurpose.ACT)}?lang=en"
    page = look(s.browser, link)
    assert page.h1 == "This booking stands"
    s.browser.post(page.button("Cancel and offer another time"), data={"reason": "I am ill\x00"})
    s.w.drain()
    assert s.w.booking(booking.id).state is BookingState.CANCELLED
    assert "I am ill" in s.w.mails.to("grace@example.org")[-1].text
    over = look(s.browser, link)
    assert over.h1 == "Cancelled"
    assert "Grace Hopper will be told by email. There is nothing more to do." in over.text


def test_a_host_says_that_vanished_events_were_deleted_on_purpose(s: Site) -> None:
    booked = many(s)
    for booking in booked:
        s.w.calendar.host_deletes(s.w.reservation(booking).uid)
    s.w.drain()
    link = f"{mass_deletion_link(s)}?lang=en"
    page = look(s.browser, link)
    assert page.h1 == "Many bookings are gone from your calendar"
    assert page.text.count("Grace Hopper") == len(booked)
    assert all(s.w.booking(each.id).state is BookingState.CONFIRMED for each in booked)
    done = read(s.browser.get(s.browser.post(page.button("I deleted them: cancel these bookings")).headers["location"]))
    assert done.h1 == "Done"
    assert all(s.w.booking(each.id).state is BookingState.CANCELLED for each in booked)
    assert s.browser.get(link).status_code == 404


def test_the_answer_to_a_host_is_in_the_hosts_language_though_the_link_knows_them_no_more(s: Site) -> None:
    s.save(replace(s.w.host, language="de"))
    booked = many(s)
    for booking in booked:
        s.w.calendar.host_deletes(s.w.reservation(booking).uid)
    s.w.drain()
    page = look(s.browser, mass_deletion_link(s))
    answer = s.browser.post(page.button("Es war ein Versehen: neu eintragen"))
    done = s.browser.get(answer.headers["location"], headers={"accept-language": "nl"})
    assert done.headers["content-language"] == "de"


def test_a_host_has_events_that_were_lost_by_accident_written_again(s: Site) -> None:
    booked = many(s)
    for booking in booked:
        s.w.calendar.host_deletes(s.w.reservation(booking).uid)
    s.w.drain()
    page = look(s.browser, f"{mass_deletion_link(s)}?lang=en")
    s.browser.post(page.button("It was an accident: write them again"))
    s.w.settle()
    uids = {event.uid for event in s.w.calendar.events()}
    assert uids == {s.w.reservation(each).uid for each in booked}


def test_another_appointment_over_a_booking_is_the_hosts_to_decide(s: Site) -> None:
    booking = s.w.hold(meeting="quick")
    s.w.drain()
    s.w.calendar.host_adds("Dentist", Period(booking.time.start, booking.time.start + 3 * QUARTER))
    s.w.drain()
    page = look(s.browser, f"{mass_deletion_link(s)}?lang=en")
    assert page.h1 == "This booking stands"
    told = "Tuesday 8 January 2030, 09:00–09:45, Europe/Berlin (UTC+1): an event in your calendar “Ada”"
    assert f"At the same time {told}" in page.text
    for _ in range(2):
        s.browser.post(page.button("Keep it"))
    (mail,) = [mail for mail in s.w.mails.to(s.w.host.email) if mail.subject.startswith("Your calendar changed")]
    history = [(entry.what, entry.detail.get("message_id")) for entry in timeline_of(s.w.rt, booking.id)]
    assert history[-2:] == [("host-asked", mail.message_id), ("kept", None)]
    s.w.drain()
    assert s.w.booking(booking.id).state is BookingState.CONFIRMED


def test_another_booking_at_the_same_time_is_named_by_its_invitee(s: Site) -> None:
    booking, other = (s.w.hold(meeting="quick", start=TUESDAY_9 + n * 4 * QUARTER) for n in (0, 1))
    s.w.drain()
    start = booking.time.start + timedelta(minutes=5)
    s.w.calendar.host_moves(s.w.reservation(other).uid, Period(start, start + QUARTER))
    s.w.drain()
    page = look(s.browser, f"/a/{s.w.token(booking, LinkPurpose.ACT)}?lang=en")
    assert page.h1 == "This booking stands"
    assert "At the same time Tuesday 8 January 2030, 09:05–09:20, Europe/Berlin (UTC+1): Grace Hopper" in page.text


def test_a_request_that_waits_for_the_host_is_declined_by_the_button_that_says_so(s: Site) -> None:
    s.save(replace(s.w.intro, approval=Approval.BEFORE))
    booking = s.hold()
    page = look(s.browser, f"/a/{s.w.token(booking, LinkPurpose.ACT)}?lang=en")
    s.browser.post(page.button("Decline"), data={"reason": ""})
    assert s.w.booking(booking.id).state is BookingState.CANCELLED


def test_keeping_what_is_over_changes_nothing_and_is_not_put_on_record(s: Site) -> None:
    booking = s.w.hold(meeting="quick")
    s.w.drain()
    link = f"/a/{s.w.token(booking, LinkPurpose.ACT)}"
    s.browser.post(f"{link}/decline", data={"reason": ""})
    over, told = s.w.booking(booking.id), timeline_of(s.w.rt, booking.id)
    assert s.browser.post(f"{link}/keep").status_code == 303
    assert s.w.booking(booking.id) == over
    assert timeline_of(s.w.rt, booking.id) == told


def test_a_hold_is_kept_until_its_deadline_and_not_at_it(s: Site) -> None:
    booking = s.w.hold()
    link = f"/a/{s.w.token(booking, LinkPurpose.ACT)}"
    s.w.clock.advance((booking.hold_until - s.w.now).total_seconds())
    s.browser.post(f"{link}/keep")
    assert "kept" not in [entry.what for entry in timeline_of(s.w.rt, booking.id)]
    s.w.clock.advance(-1)
    s.browser.post(f"{link}/keep")
    assert timeline_of(s.w.rt, booking.id)[-1].what == "kept"

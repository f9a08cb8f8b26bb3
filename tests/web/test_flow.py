"""The straight line: pick, details, hold, confirm, and what each page says on the way."""

from dataclasses import replace

import pytest

from booking_service.actions.booking import find
from booking_service.crypto.tokens import LinkPurpose, code_for
from booking_service.domain.booking import BookingState
from booking_service.domain.meeting import Place
from booking_service.domain.timeline import Happened
from tests.web.page_reader import look, read, words
from tests.web.site import TUESDAY_9, Site, limited, person_of_host, signed_in

pytestmark = pytest.mark.timeout(60)


def test_a_time_is_picked_held_and_confirmed_with_links_and_forms_alone(s: Site) -> None:
    month = look(s.browser, "/ada/intro")
    tuesday = look(s.browser, month.links()["Tuesday 8 January, 16 times free"].partition("#")[0])
    assert tuesday.times()["09:00"] == TUESDAY_9
    details = look(s.browser, f"/ada/intro/details?start={TUESDAY_9}&zone=Europe/Berlin")
    form = {f.get("name", ""): f.get("value", "") for f in details.one("form", id="details").iter("input")}
    answer = s.browser.post(details.actions()[0], data={**form, "name": "Grace Hopper", "email": "grace@example.net"})
    assert answer.status_code == 303
    waiting = look(s.browser, answer.headers["location"])
    assert waiting.h1 == "Check your inbox"
    booking = s.booking(answer.headers["location"].partition("?")[0].removeprefix("/b/"))
    confirming = look(s.browser, s.link(booking, LinkPurpose.CONFIRM))
    assert s.browser.post(confirming.actions()[0]).headers["location"] == s.link(booking, LinkPurpose.CONFIRM)
    assert s.booking(booking.public_id).state is BookingState.CONFIRMED
    assert look(s.browser, s.link(booking, LinkPurpose.CONFIRM)).h1 == "Booked"


def test_before_confirmation_no_page_says_booked(s: Site) -> None:
    pages = [look(s.browser, "/ada/intro"), look(s.browser, f"/ada/intro/details?start={TUESDAY_9}")]
    booking = s.hold()
    pages += [look(s.browser, f"/b/{booking.public_id}"), look(s.browser, s.link(booking, LinkPurpose.CONFIRM))]
    assert not [page.title for page in pages if "booked" in page.text.lower()]


def test_the_confirm_page_says_what_when_where_and_who_in_the_zone_it_was_booked_in(s: Site) -> None:
    booking = s.hold(zone="Asia/Tokyo")
    page = look(s.browser, s.link(booking, LinkPurpose.CONFIRM))
    for told in (
        "Intro call with Ada Lovelace",
        "Tuesday 8 January 2030, 17:00–17:30",
        "Asia/Tokyo (UTC+9)",
        "for Ada Lovelace: 09:00–09:30, Europe/Berlin (UTC+1)",
        "Grace Hopper, grace@example.net",
        "The compiler",
    ):
        assert told in page.text


@pytest.mark.capability("S1-03")
def test_form_and_mail_say_what_is_booked_and_what_the_data_is_used_for(s: Site) -> None:
    form = look(s.browser, f"/ada/intro/details?start={TUESDAY_9}&zone=Europe/Berlin")
    assert "What you enter is used for this meeting only and erased 90 days after it." in form.text
    s.hold()
    s.w.drain()
    (mail,) = s.w.mails.to("grace@example.net")
    for told in (
        "Tuesday 8 January 2030, 09:00–09:30",
        "The name, address and answers that were entered are used for this meeting and erased after it",
        "/privacy",
    ):
        assert told in " ".join(mail.text.split()), told


@pytest.mark.capability("S1-03")
def test_what_the_form_said_of_the_data_is_kept_with_the_booking_in_the_words_and_language_that_were_read(
    s: Site,
) -> None:
    booking = s.hold(lang="de")
    said = "Ihre Angaben werden nur für diesen Termin verwendet und 90 Tage danach gelöscht."
    assert said in look(s.browser, f"/ada/intro/details?start={TUESDAY_9}&lang=de").text
    (held, *_) = find.timeline_of(s.w.rt, booking.id)
    assert (held.what, held.detail["told"]) == (Happened.HELD, said)
    ada = signed_in(s, person_of_host(s, s.w.host))
    assert f"the form said: “{said}”" in look(ada, f"/host/bookings/{booking.id}").text


def test_a_meeting_without_confirmation_by_mail_is_booked_at_once(s: Site) -> None:
    details = look(s.browser, f"/ada/quick/details?start={TUESDAY_9}")
    assert words(details.one("button", class_="primary")) == "Book this time"
    booking = s.hold("/ada/quick")
    assert booking.state is BookingState.CONFIRMED
    assert look(s.browser, f"/b/{booking.public_id}").h1 == "Booked"


def test_submitting_twice_leads_to_the_same_hold(s: Site) -> None:
    first, second = s.hold(), s.hold()
    assert first.public_id == second.public_id
    assert len(s.w.all_bookings()) == 1


def test_going_back_to_mend_the_address_mends_the_same_hold(s: Site) -> None:
    first = s.hold(email="grcae@example.net")
    dead = s.link(first, LinkPurpose.CONFIRM)
    again = s.hold()
    assert (again.public_id, again.invitee.email) == (first.public_id, "grace@example.net")
    assert s.browser.get(dead).status_code == 404


def test_confirming_twice_is_calm(s: Site) -> None:
    booking = s.hold()
    for _ in range(2):
        answer = s.browser.post(s.link(booking, LinkPurpose.CONFIRM))
        assert answer.status_code == 303
    assert look(s.browser, answer.headers["location"]).h1 == "Booked"
    assert s.booking(booking.public_id).sequence == 1


def test_the_code_of_the_mail_confirms_on_the_waiting_page(s: Site) -> None:
    booking = s.hold()
    code = code_for(s.w.rt.ring, booking.id, booking.generation)
    answer = s.browser.post(f"/b/{booking.public_id}/code", data={"code": f"{code[:3]} {code[3:]}"})
    assert answer.status_code == 303
    assert look(s.browser, f"/b/{booking.public_id}").h1 == "Booked"


def test_a_wrong_code_is_refused_at_its_field(s: Site) -> None:
    booking = s.hold()
    right = code_for(s.w.rt.ring, booking.id, booking.generation)
    wrong = f"{(int(right) + 1) % 10**6:06}"
    page = read(s.browser.post(f"/b/{booking.public_id}/code", data={"code": wrong}))
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert page.value("code") == wrong
    assert page.one("input", id="code").get("aria-invalid") == "true"
    assert s.booking(booking.public_id).state is BookingState.HELD


def test_the_waiting_page_masks_the_address_and_never_confirms(s: Site) -> None:
    booking = s.hold()
    page = look(s.browser, f"/b/{booking.public_id}")
    assert "g•••@example.net" in page.text
    assert "grace@" not in s.browser.get(f"/b/{booking.public_id}").text
    assert not [href for href in [*page.hrefs(), *page.actions()] if href.startswith(("/c/", "/m/", "/x/"))]


def test_the_waiting_page_turns_to_booked_when_confirmed_elsewhere(s: Site) -> None:
    booking = s.hold()
    state = f"/b/{booking.public_id}/state.json"
    before = s.browser.get(state).json()
    s.browser.post(s.link(booking, LinkPurpose.CONFIRM))
    after = s.browser.get(state).json()
    assert (before["state"], after["state"], after["title"]) == ("waiting", "booked", "Booked")
    assert look(s.browser, f"/b/{booking.public_id}").h1 == "Booked"


def test_resending_and_correcting_say_what_was_done(s: Site) -> None:
    booking = s.hold()
    base = f"/b/{booking.public_id}"
    resent = s.browser.post(f"{base}/resend")
    assert "on its way again" in look(s.browser, resent.headers["location"]).text
    corrected = s.browser.post(f"{base}/address", data={"email": "hopper@example.net"})
    assert "goes to the new address" in look(s.browser, corrected.headers["location"]).text
    assert s.booking(booking.public_id).invitee.email == "hopper@example.net"


@pytest.mark.parametrize("typed", ["hopper@", "a=?b@example.net"])
def test_an_address_that_is_none_is_refused_at_its_field_on_the_waiting_page(s: Site, typed: str) -> None:
    booking = s.hold()
    page = read(s.browser.post(f"/b/{booking.public_id}/address", data={"email": typed}))
    assert (page.status, page.value("email")) == (422, typed)
    assert s.booking(booking.public_id).invitee.email == "grace@example.net"


def test_a_misspelt_provider_gives_a_hint_and_blocks_nothing(s: Site) -> None:
    booking = s.hold(email="grace@gmial.com")
    assert "People who type that often mean gmail.com" in look(s.browser, f"/b/{booking.public_id}").text


def test_releasing_frees_the_time_at_once(s: Site) -> None:
    booking = s.hold()
    s.browser.post(f"/b/{booking.public_id}/release")
    assert look(s.browser, f"/b/{booking.public_id}").h1 == "Released"
    assert "09:00" in look(s.browser, "/ada/intro?day=2030-01-08").times()


def test_a_hold_is_moved_to_another_time_from_its_waiting_page(s: Site) -> None:
    booking = s.hold()
    page = look(s.browser, f"/b/{booking.public_id}/move")
    assert page.h1 == "Choose another time"
    assert "09:00" not in page.times()
    assert "09:30" in page.times()
    answer = s.browser.post(page.actions()[0], data={"start": page.times()["10:00"]})
    assert answer.headers["location"] == f"/b/{booking.public_id}?did=moved"
    assert "Tuesday 8 January 2030, 10:00–10:30" in look(s.browser, answer.headers["location"]).text


def test_the_calendar_file_is_there_once_it_is_booked_and_has_the_mails_uid(s: Site) -> None:
    booking = s.hold()
    file = f"/b/{booking.public_id}/invite.ics"
    assert s.browser.get(file).status_code == 404
    s.browser.post(s.link(booking, LinkPurpose.CONFIRM))
    answer = s.browser.get(file)
    assert answer.headers["content-type"].startswith("text/calendar")
    assert f"UID:{s.w.reservation(booking).uid}" in answer.text
    assert "DTSTART:20300108T080000Z" in answer.text
    assert "ATTENDEE" not in answer.text


def test_a_phone_number_or_link_to_join_is_told_only_after_confirmation(s: Site) -> None:
    s.save(replace(s.w.intro, location="https://meet.example.org/ada"))
    booking = s.hold()
    link = s.link(booking, LinkPurpose.CONFIRM)
    assert "meet.example.org" not in s.browser.get(link).text
    s.browser.post(link)
    assert "https://meet.example.org/ada" in look(s.browser, link).hrefs()


def test_the_page_of_a_phone_call_says_who_calls(s: Site) -> None:
    s.save(replace(s.w.intro, place=Place.PHONE, location="030 / 90 18 20"))
    booking = s.hold()
    link = s.link(booking, LinkPurpose.CONFIRM)
    assert "You call Ada Lovelace; the number follows in the confirmation" in look(s.browser, link).text
    s.browser.post(link)
    assert look(s.browser, link).links()["Call Ada Lovelace: 030 / 90 18 20"] == "tel:030901820"
    s.save(replace(s.w.intro, place=Place.PHONE, location=""))
    assert "Ada Lovelace calls you" in look(s.browser, link).text


def test_who_takes_part_anyway_is_nobodys_guest(s: Site) -> None:
    """Mail to our own address would come back to us, and the host and the invitee have theirs already."""
    typed = f"alan@example.net, {s.w.host.email} grace+again@example.net\nBooking@example.org"
    assert s.hold("/ada/intro", guests=typed).guests == ("alan@example.net",)


def test_as_many_guests_are_invited_as_the_meeting_type_allows(s: Site) -> None:
    guests = tuple(f"g{number}@example.net" for number in range(s.w.intro.guests_at_most))
    assert s.hold("/ada/intro", guests="\n".join(guests)).guests == guests


def test_going_back_to_the_form_of_ones_own_hold_leads_to_the_hold(s: Site) -> None:
    form = look(s.browser, f"/ada/intro/details?start={TUESDAY_9}&zone=Europe/Berlin").one("form", id="details")
    fields = {each.get("name", ""): each.get("value", "") for each in form.iter("input")}
    back = form.get("data-back")
    assert look(s.browser, back).h1 == "Your details", "nothing is held yet"
    made = s.browser.post("/ada/intro/hold", data=fields | {"name": "Grace Hopper", "email": "grace@example.net"})
    assert s.browser.get(back).headers["location"] == made.headers["location"].partition("?")[0]
    assert look(s.browser, back.replace(fields["form_key"], "o" * 22)).h1 == "Your details"
    assert "taken" in look(s.browser, back.replace(fields["form_key"], "o" * 22)).text


def test_the_same_wrong_code_sent_twice_costs_one_try(s: Site) -> None:
    """A double click without JavaScript sends a form twice."""
    booking = s.hold()
    right = int(code_for(s.w.rt.ring, booking.id, booking.generation))
    wrong = [f"{(right + n) % 10**6:06}" for n in range(1, 4)]
    browser = limited(s, codes_per_booking="2 per 10 min")
    tried = [wrong[0], f"{wrong[0][:3]} {wrong[0][3:]}", wrong[1], wrong[1], wrong[2]]
    answers = [browser.post(f"/b/{booking.public_id}/code", data={"code": code}).status_code for code in tried]
    assert answers == [422, 422, 422, 422, 429]

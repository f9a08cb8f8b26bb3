"""A consent that is ticked on a booking form: its block, its own mail, its own page; the booking beside it."""

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from booking_service.actions.booking import host_decisions
from booking_service.actions.consent import append, ask_by_hand, merges, staff_entries, verify
from booking_service.actions.consent.merges import By
from booking_service.crypto.tokens import LinkPurpose as Link
from booking_service.domain.booking import BookingState
from booking_service.domain.consent import Act, Asked, Basis, How
from booking_service.domain.consent_moves import Stopped, Withdrawn
from booking_service.domain.purposes import Accepts, OptIn, Part
from booking_service.storage import contacts, purposes
from booking_service.storage.engine import transaction
from booking_service.worker import perform_one
from calendars.model import Period
from tests.actions.consent.people import People
from tests.flows.crashes import Killed
from tests.web.consents import (
    BOX,
    EVENTS,
    GERMAN_BOX,
    NEWSLETTER,
    TEXTS,
    chain,
    contact_of,
    link_in,
    mails,
    offer,
    reword,
    shown_with,
    standing,
    ticked,
)
from tests.web.page_reader import look, read
from tests.web.site import TUESDAY_9, Site
from tests.world import MONDAY

DETAILS = f"/ada/intro/details?start={TUESDAY_9}"
OTHER_TIME = "2030-01-08T10:00:00Z"
MONDAY_10 = MONDAY + timedelta(hours=2)


@pytest.mark.capability("S2-13", "S2-14", "S2-15", "S2-17", "S3-02", "S3-05", "S3-06", "S3-22", "S4-35")
def test_the_block_stands_at_its_place_unticked_with_its_texts_and_a_booking_without_it_leaves_no_trace(
    s: Site,
) -> None:
    offer(s, NEWSLETTER, EVENTS, positions=(0, None))
    shown = s.browser.get(DETAILS).text
    places = [shown.index(f'name="{name}"') for name in ("consent-newsletter", "answer-topic", "consent-events")]
    assert places == sorted(places)
    assert "checked" not in shown
    for text in (BOX, "What we learned", "can end it at any time", "Your address is kept", "Analytical Engines"):
        assert text in shown
    assert GERMAN_BOX in s.browser.get(f"{DETAILS}&lang=de").text
    s.confirmed()
    assert chain(s) == ()
    assert mails(s, "yes") == []


@pytest.mark.parametrize(
    ("language", "only", "also", "else_", "kept"),
    [
        ("en", "for this meeting only", "If you give a consent above", "for nothing else", "for what you consent to"),
        ("de", "nur für diesen Termin", "Wenn Sie oben eine Einwilligung", "nichts anderes", "worin Sie einwilligen"),
        ("nl", "alleen voor deze afspraak", "Als u hierboven toestemming", "niets anders", "u toestemming geeft"),
    ],
)
def test_no_page_says_that_data_is_for_the_meeting_only_where_it_asks_for_more(
    s: Site, language: str, only: str, also: str, else_: str, kept: str
) -> None:
    plain, privacy = look(s.browser, f"{DETAILS}&lang={language}").text, f"/privacy?lang={language}"
    assert only in plain
    assert also not in plain
    assert else_ in look(s.browser, privacy).text
    offer(s)
    asking = look(s.browser, f"{DETAILS}&lang={language}").text
    assert only not in asking
    assert also in asking
    told = look(s.browser, privacy).text
    assert else_ not in told
    assert kept in told
    assert "http://localhost:8000/preferences" in told


@pytest.mark.capability("S2-17")
def test_a_link_that_fills_in_the_form_ticks_no_box(s: Site) -> None:
    offer(s)
    given = urlencode({"name": "Grace Hopper", **ticked(s)})
    straight, times = s.browser.get(f"{DETAILS}&{given}").text, s.browser.get(f"/ada/intro?{given}").text
    assert 'value="Grace Hopper"' in straight
    assert "checked" not in straight
    assert 'name="consent-newsletter"' not in times, "nor is it carried along"


@pytest.mark.capability("S1-04", "S2-01", "S2-05", "S2-06", "S2-09", "S3-04", "S4-01", "S4-02", "S4-05", "S4-43")
def test_a_tick_is_asked_by_a_mail_of_its_own_and_only_its_own_button_makes_it_a_consent(s: Site) -> None:
    offer(s)
    booking = s.hold(**ticked(s))
    s.w.drain()
    assert len(s.w.mails.to("grace@example.net")) == 2, "the booking's mail, and the consent's"
    [question] = mails(s, "yes")
    assert BOX in question.text
    assert "Grace" not in question.text + question.html, "nothing that was typed"
    assert "/c/" not in question.text
    assert [entry.act for entry in chain(s)] == [Act.ASKED, Act.MAILED]
    assert standing(s).asked(now=s.w.now) is Asked.PENDING

    link = link_in(question, "yes")
    before = s.rows()
    for _ in range(3):
        page = look(s.browser, link)
        assert s.browser.head(link).status_code == 200
    assert s.rows() == before
    assert page.h1 == "Confirm “Newsletter”?"
    assert BOX in page.text
    assert "grace@" not in page.text, "the link may have been forwarded"

    s.browser.post(s.link(booking, Link.CONFIRM))
    assert s.booking(booking.public_id).state is BookingState.CONFIRMED
    assert standing(s).basis is Basis.NONE, "confirming the booking gives no consent"

    s.w.pass_time(minutes=5)
    assert s.browser.post(link, data={"purpose": "newsletter", "answer": "yes"}).status_code == 303
    assert standing(s).basis is Basis.DOUBLE
    asked, confirmed = chain(s)[0], chain(s)[-1]
    assert confirmed.refers == asked.id
    assert confirmed.at - asked.at == timedelta(minutes=5)
    assert look(s.browser, link).h1 == "“Newsletter” is confirmed"
    s.w.drain()
    [receipt] = mails(s, "out")
    assert receipt.subject == "Confirmed: Newsletter"
    assert confirmed.id.hex in receipt.text
    assert BOX in receipt.text

    s.browser.post(link, data={"purpose": "newsletter", "answer": "yes"})
    s.w.drain()
    assert len(mails(s, "out")) == 1, "pressed twice it is one answer, and one mail"
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()


def test_only_what_can_be_ended_is_said_to_end_at_any_time(s: Site) -> None:
    ends, onwards = (
        "You can end it at any time, with the link at the foot of any of these emails.",
        "Your bookings and data",
    )
    offer(s)
    s.confirmed(**ticked(s))
    link = link_in(mails(s, "yes")[0], "yes")
    assert ends in look(s.browser, link).text
    s.browser.post(link, data={"purpose": "newsletter", "answer": "yes"})
    confirmed = look(s.browser, link)
    assert ends in confirmed.text
    assert confirmed.links()[onwards] == "/preferences", "which opens nothing without a mail of its own"
    s.w.drain()
    out = link_in(mails(s, "out")[0], "out")
    assert onwards not in look(s.browser, out).links()
    s.browser.post(out)
    assert look(s.browser, out).links()[onwards] == "/preferences"
    ended = look(s.browser, link)
    assert ended.links()[onwards] == "/preferences"
    assert ended.h1 == "“Newsletter” has ended"
    assert ends not in ended.text

    s.w.pass_time(days=1)
    s.hold(start="2030-01-22T08:00:00Z", form_key="b" * 22, **ticked(s))
    s.w.drain()
    declined = link_in(mails(s, "yes")[-1], "yes")
    s.browser.post(declined, data={"purpose": "newsletter", "answer": "no"})
    no = look(s.browser, declined)
    assert no.h1 == "No “Newsletter”"
    assert ends not in no.text


@pytest.mark.promise("I9")
@pytest.mark.parametrize("pressed", ["yes", "no"])
def test_what_goes_on_record_of_an_answer_is_the_block_of_the_page_it_was_pressed_on(s: Site, pressed: str) -> None:
    offer(s)
    s.hold(**ticked(s))
    s.w.drain()
    [question] = mails(s, "yes")
    link = link_in(question, "yes")
    page = look(s.browser, link)
    s.browser.post(link, data={"purpose": "newsletter", "answer": pressed})
    kept = shown_with(s, chain(s)[-1])
    parts = TEXTS["newsletter"]["en"]
    assert kept.splitlines() == ["Newsletter", BOX, parts[Part.BENEFIT], parts[Part.POLICY]]
    assert all(line in page.text for line in kept.splitlines())
    assert "You get an email of its own" in shown_with(s, chain(s)[0]), "which the form said"


@pytest.mark.capability("S1-04", "S4-01")
def test_a_consent_confirms_no_booking_and_a_no_is_kept(s: Site) -> None:
    offer(s, NEWSLETTER, EVENTS)
    booking = s.hold(**ticked(s, "newsletter", "events"))
    s.w.drain()
    [question] = mails(s, "yes")
    link = link_in(question, "yes")
    assert look(s.browser, link).h1 == "Please say yes or no"
    s.browser.post(link, data={"purpose": "events", "answer": "yes"})
    s.browser.post(link, data={"purpose": "newsletter", "answer": "no"})
    assert s.booking(booking.public_id).state is BookingState.HELD
    assert standing(s, EVENTS).basis is Basis.DOUBLE
    assert standing(s).asked(now=s.w.now) is Asked.DECLINED
    page = look(s.browser, link)
    assert "“Invitations” is confirmed" in page.text
    assert "No “Newsletter”" in page.text
    late = s.browser.post(link, data={"purpose": "newsletter", "answer": "yes"})
    assert late.status_code == 409
    assert "Nothing was changed" in read(late).text
    assert standing(s).basis is Basis.NONE
    assert s.browser.post(link, data={"purpose": "partner", "answer": "yes"}).status_code == 404
    assert s.browser.post(link, data={"purpose": "events"}).status_code == 422


def test_the_first_link_of_who_said_no_says_that_they_agreed_since_and_that_all_use_is_stopped(s: Site) -> None:
    offer(s)
    s.confirmed(**ticked(s, "newsletter"))
    first = link_in(mails(s, "yes")[-1], "yes")
    s.browser.post(first, data={"purpose": "newsletter", "answer": "no"})
    told = "Nothing is sent, and you will not be asked again automatically."
    assert told in look(s.browser, first).text
    s.w.pass_time(days=1)
    s.confirmed(start=OTHER_TIME, form_key="o" * 22, **ticked(s, "newsletter"))
    second = link_in(mails(s, "yes")[-1], "yes")
    assert second != first
    s.browser.post(second, data={"purpose": "newsletter", "answer": "yes"})
    assert standing(s).basis is Basis.DOUBLE
    page = look(s.browser, first)
    assert page.h1 == "“Newsletter” is confirmed"
    assert re.search(
        r"You said no on Monday 7 January .*, and agreed to it later, on Tuesday 8 January .*\.", page.text
    )
    assert told not in page.text
    assert "You can end it at any time" in page.text
    s.w.clock.advance(1)
    _stop(s)
    assert told in look(s.browser, first).text
    assert look(s.browser, second).h1 == "“Newsletter” has ended"


@pytest.mark.capability("S2-02", "S2-16", "S2-18", "S2-19", "S3-23")
def test_without_double_opt_in_a_tick_counts_at_once_and_nothing_is_mailed(s: Site) -> None:
    offer(s, replace(NEWSLETTER, opt_in=OptIn.OFF))
    assert "email of its own" not in s.browser.get(DETAILS).text
    s.hold(**ticked(s))
    s.w.drain()
    assert standing(s).basis is Basis.FORM
    assert len(s.w.mails.to("grace@example.net")) == 1


@pytest.mark.capability("S2-15", "S3-08", "S3-25")
def test_a_text_that_changed_meanwhile_is_shown_anew_and_its_tick_is_cleared(s: Site) -> None:
    offer(s)
    fields = ticked(s)
    with transaction(s.w.rt.engine) as session:
        reword(session, "newsletter", "en", TEXTS["newsletter"]["en"] | {Part.BOX: "Yes, daily."}, now=s.w.now)
    refused = s.browser.post("/ada/intro/hold", data=s.form(**fields))
    assert refused.status_code == 422
    assert "Yes, daily." in refused.text
    assert "checked" not in refused.text
    kept = s.browser.post("/ada/intro/hold", data=s.form(**ticked(s), name=" "))
    assert kept.status_code == 422
    assert "checked" in kept.text, "what was ticked beside this very text stays ticked"
    other = s.browser.post(DETAILS, data=s.form(**ticked(s), lang="de"))
    assert GERMAN_BOX in other.text
    assert "checked" not in other.text, "a tick counts for the words that were read"


@pytest.mark.capability("S4-05")
def test_a_tick_counts_once_the_booking_stands(s: Site) -> None:
    offer(s)
    s.w.calendar.host_adds("Dentist", Period(MONDAY_10, MONDAY_10 + timedelta(hours=1)), uid="dentist")
    taken = s.browser.post("/ada/intro/hold", data=s.form(start="2030-01-07T10:00:00Z", **ticked(s)))
    s.w.drain()
    assert taken.status_code == 409
    assert chain(s) == ()
    assert s.w.mails.sent == []

    s.w.calendar.fail_next(Killed("before it asks"))
    s.hold(**ticked(s))
    assert perform_one(s.w.rt, kinds=("ticked",))
    assert chain(s) == (), "nobody knows yet whether it stands"
    s.w.settle()
    assert len(mails(s, "yes")) == 1


@pytest.mark.capability("S4-05")
def test_a_mended_address_is_asked_instead_of_the_mistyped_one(s: Site) -> None:
    offer(s)
    booking = s.hold(**ticked(s))
    s.w.drain()
    old = link_in(mails(s, "yes")[0], "yes")
    s.w.pass_time(minutes=1)
    s.browser.post(f"/b/{booking.public_id}/address", data={"email": "hopper@example.net"})
    s.w.drain()
    assert [entry.act for entry in chain(s)] == [Act.ASKED, Act.MAILED, Act.RETRACTED]
    assert standing(s, address="hopper@example.net").asked(now=s.w.now) is Asked.PENDING
    assert len(mails(s, "yes", "hopper@example.net")) == 1
    page = look(s.browser, old)
    assert page.h1 == "This question is not open any more"
    assert s.browser.post(old, data={"purpose": "newsletter", "answer": "yes"}).status_code == 409
    assert standing(s).basis is Basis.NONE


@pytest.mark.capability("S4-03", "S4-18")
def test_a_consent_ends_in_two_presses_and_by_a_mail_programs_own_button(s: Site) -> None:
    offer(s)
    s.hold(**ticked(s))
    s.w.drain()
    yes = link_in(mails(s, "yes")[0], "yes")
    s.browser.post(yes, data={"purpose": "newsletter", "answer": "yes"})
    s.w.drain()
    out = link_in(mails(s, "out")[0], "out")
    before = s.rows()
    assert look(s.browser, out).h1 == "End “Newsletter”?"
    assert s.rows() == before
    program = s.browser.post(out, data={"List-Unsubscribe": "One-Click"}, headers={"Sec-Fetch-Site": "none"})
    assert program.status_code == 200
    assert standing(s).basis is Basis.OUT_CONTACT
    assert look(s.browser, out).h1 == "“Newsletter” has ended"
    s.browser.post(out)
    s.w.drain()
    ended = [mail for mail in s.w.mails.to("grace@example.net") if mail.subject == "Ended: Newsletter"]
    assert len(ended) == 1
    assert "It was confirmed on" in look(s.browser, yes).text
    for path in (yes.replace("/yes/", "/out/"), out.replace("/out/", "/yes/")):
        assert s.browser.get(path).status_code == 404, "no link opens what another one opens"


def test_the_page_of_a_no_offers_it_again_where_another_address_of_the_mailbox_agreed_since(s: Site) -> None:
    offer(s)
    s.confirmed(**ticked(s))
    s.browser.post(link_in(mails(s, "yes")[0], "yes"), data={"purpose": "newsletter", "answer": "yes"})
    s.w.drain()
    out, people = link_in(mails(s, "out")[0], "out"), People(s.w.rt, s.w.clock)
    s.browser.post(out)
    people.double(people.contact("grace+news@example.net"))
    assert standing(s, address="grace+news@example.net").basis is Basis.DOUBLE
    assert look(s.browser, out).h1 == "End “Newsletter”?"
    s.browser.post(out)
    assert standing(s, address="grace+news@example.net").basis is Basis.OUT_CONTACT
    assert look(s.browser, out).h1 == "“Newsletter” has ended"


def test_the_page_of_a_no_offers_it_to_who_agrees_while_only_a_merged_contact_said_it(s: Site) -> None:
    offer(s)
    s.confirmed(**ticked(s))
    s.browser.post(link_in(mails(s, "yes")[0], "yes"), data={"purpose": "newsletter", "answer": "yes"})
    s.w.drain()
    out, people = link_in(mails(s, "out")[0], "out"), People(s.w.rt, s.w.clock)
    grace, other = contact_of(s, "grace@example.net"), people.contact("other@example.org")
    people.say(other, Withdrawn(How.PAGE))
    by = By(staff="x", reason="taken for one person")
    merges.merge(s.w.rt, grace, into=other, by=by, now=s.w.now)
    assert look(s.browser, out).h1 == "End “Newsletter”?"
    s.browser.post(out)
    assert look(s.browser, out).h1 == "“Newsletter” has ended"
    merges.part(s.w.rt, grace, by=by, now=s.w.now)
    assert standing(s).basis is Basis.OUT_CONTACT


def test_one_mailbox_is_asked_once_in_ten_minutes_and_a_stopped_person_not_at_all(s: Site) -> None:
    offer(s, NEWSLETTER, EVENTS)
    s.hold(**ticked(s, "newsletter"))
    s.hold(start=OTHER_TIME, form_key="o" * 22, **ticked(s, "events"))
    s.w.drain()
    assert len(mails(s, "yes")) == 1
    assert s.browser.post("/preferences", data={"email": "grace@example.net"}).status_code == 303
    s.w.drain()
    assert s.w.mails.sent[-1].subject == "Your bookings and data", "what the holder asks for is not kept behind it"
    s.w.pass_time(minutes=11)
    assert len(mails(s, "yes")) == 2, "it waited"
    s.w.pass_time(days=1)
    _stop(s)
    count = len(chain(s))
    s.hold(start="2030-01-15T08:00:00Z", form_key="n" * 22, **ticked(s, "newsletter"))
    s.w.drain()
    assert len(chain(s)) == count, "the booking goes on, the tick is not counted"


def _stop(s: Site) -> None:
    with transaction(s.w.rt.engine) as session:
        contact = contacts.by_address(session, "grace@example.net")
        assert contact is not None
        append.change(s.w.rt, session, contact.id, "*", Stopped(), now=s.w.now)


@pytest.mark.capability("S2-07")
def test_a_question_is_asked_again_every_three_days_then_lapses_and_nobody_is_asked_after_an_answer(s: Site) -> None:
    offer(s, NEWSLETTER, EVENTS)
    s.confirmed(**ticked(s, "newsletter", "events"))
    assert len(mails(s, "yes")) == 1
    link = link_in(mails(s, "yes")[0], "yes")
    s.w.pass_time(days=2, hours=23)
    assert len(mails(s, "yes")) == 1
    s.w.pass_time(hours=2)
    reminder = mails(s, "yes")[1]
    assert reminder.subject == "Still to be confirmed: Newsletter, Invitations"
    assert link_in(reminder, "yes") == link

    s.browser.post(link, data={"purpose": "newsletter", "answer": "no"})
    s.w.pass_time(days=3)
    assert mails(s, "yes")[2].subject == "Still to be confirmed: Invitations", "what was answered is not asked again"
    s.browser.post(link_in(mails(s, "yes")[2], "yes"), data={"purpose": "events", "answer": "yes"})
    s.w.pass_time(days=3)
    assert len(mails(s, "yes")) == 3
    assert "No “Newsletter”" in look(s.browser, link).text, "the first link knows all that it asked"


def test_a_question_says_how_often_it_comes_again_and_only_where_it_does(s: Site) -> None:
    offer(s)
    s.confirmed(**ticked(s))
    for days in (3, 3, 3, 1):
        s.w.pass_time(days=days)
    again = [
        next((each for each in range(1, 4) if f"at most {each} more time" in mail.text), 0) for mail in mails(s, "yes")
    ]
    assert again == [3, 2, 1, 0]
    assert "Without a yes, nothing is sent" in mails(s, "yes")[-1].text
    staff_entries.record(s.w.rt, "anna@example.org", "newsletter", staff="x", brought={}, reason="card", now=s.w.now)
    ask_by_hand.one(s.w.rt, contact_of(s, "anna@example.org"), "newsletter", staff="x", reason="y", now=s.w.now)
    s.w.drain()
    [unproven] = mails(s, "yes", "anna@example.org")
    assert "Without a yes, nothing is sent" in unproven.text
    with transaction(s.w.rt.engine) as session:
        purposes.save_rules(session, replace(purposes.rules(session), accepts=Accepts.USER))
    staff_entries.record(s.w.rt, "bob@example.org", "newsletter", staff="x", brought={}, reason="card", now=s.w.now)
    ask_by_hand.one(s.w.rt, contact_of(s, "bob@example.org"), "newsletter", staff="x", reason="y", now=s.w.now)
    s.w.drain()
    [counts] = mails(s, "yes", "bob@example.org")
    assert "Without an answer, everything stays as it is, and the question lapses." in counts.text


def test_who_never_booked_reads_times_on_the_clock_of_the_organisation(s: Site) -> None:
    offer(s)
    staff_entries.record(s.w.rt, "anna@example.org", "newsletter", staff="x", brought={}, reason="card", now=s.w.now)
    ask_by_hand.one(s.w.rt, contact_of(s, "anna@example.org"), "newsletter", staff="x", reason="y", now=s.w.now)
    s.w.drain()
    [question] = mails(s, "yes", "anna@example.org")
    assert "Saturday 19 January 2030, 09:00, Europe/Berlin (UTC+1)" in question.text
    assert "Europe/Berlin (UTC+1)" in look(s.browser, link_in(question, "yes")).text
    s.w.clock.advance(60)
    staff_entries.opt_out(
        s.w.rt, "anna@example.org", "newsletter", staff="x", theirs=True, reason="said so", now=s.w.now
    )
    s.w.drain()
    assert "Monday 7 January 2030, 09:01, Europe/Berlin (UTC+1)" in s.w.mails.to("anna@example.org")[-1].text


@pytest.mark.capability("S2-07")
def test_three_reminders_are_the_most_and_the_question_has_lapsed_on_the_twelfth_day(s: Site) -> None:
    offer(s)
    s.confirmed(**ticked(s))
    for _ in range(13):
        s.w.pass_time(days=1)
    assert len(mails(s, "yes")) == 4
    assert standing(s).asked(now=s.w.now) is Asked.LAPSED
    assert (
        s.browser.post(link_in(mails(s, "yes")[0], "yes"), data={"purpose": "newsletter", "answer": "yes"}).status_code
        == 409
    )


@pytest.mark.capability("S2-07")
def test_an_address_that_proved_nothing_gets_the_first_mail_only_unless_the_organisation_decides_otherwise(
    s: Site,
) -> None:
    offer(s)
    s.hold(**ticked(s))
    s.w.drain()
    s.w.pass_time(days=4)
    assert len(mails(s, "yes")) == 1
    with transaction(s.w.rt.engine) as session:
        purposes.save_rules(session, replace(purposes.rules(session), remind_unproven=True))
    s.w.pass_time(days=3)
    assert len(mails(s, "yes")) == 2


def test_a_host_who_confirms_for_an_invitee_answers_no_consent_for_them(s: Site) -> None:
    offer(s)
    booking = s.hold(**ticked(s))
    s.w.drain()
    before = chain(s)
    host_decisions.confirm_for_invitee(s.w.rt, booking.id, reason="called at 10:10", now=s.w.now)
    s.w.drain()
    assert s.booking(booking.public_id).state is BookingState.CONFIRMED
    assert chain(s) == before
    assert standing(s).open_question(now=s.w.now) is not None
    assert len(mails(s, "yes")) == 1

"""What the pages of a booking say of the boxes that were ticked on its form: that there is another email, and what became of it."""

from dataclasses import replace

import pytest

from booking_service.actions.booking import address
from booking_service.actions.consent import append, ask_by_form
from booking_service.actions.privacy import erasure
from booking_service.actions.privacy.erasure import Decider
from booking_service.crypto.tokens import LinkPurpose as Link
from booking_service.domain.booking import Booking
from booking_service.domain.consent_moves import Stopped
from booking_service.domain.privacy import Mode
from booking_service.domain.purposes import OptIn
from booking_service.mail.errors import RecipientRefused, TransportDown
from booking_service.storage import outbox, ticks
from booking_service.storage.engine import snapshot, transaction
from tests.statements import statements
from tests.web.consents import EVENTS, NEWSLETTER, contact_of, link_in, mails, offer, ticked
from tests.web.page_reader import look
from tests.web.site import Site

SECOND = "There is a second email, about the box that you ticked"
SENT = "A separate email, sent on Monday 7 January, 09:00"


def waiting(s: Site, booking: Booking, *, language: str = "en") -> str:
    return look(s.browser, f"/b/{booking.public_id}?lang={language}").text


def own(s: Site, booking: Booking, purpose: Link = Link.MANAGE) -> str:
    """The page behind a link that proves who holds the mailbox."""
    return look(s.browser, s.link(booking, purpose)).text


def answer(s: Site, said: str) -> None:
    link = link_in(mails(s, "yes")[0], "yes")
    assert s.browser.post(link, data={"purpose": "newsletter", "answer": said}).status_code == 303


def test_the_waiting_page_tells_of_the_second_email_at_once_a_day_later_and_when_it_is_booked(s: Site) -> None:
    offer(s)
    booking = s.hold(**ticked(s))
    assert SECOND in waiting(s, booking)
    s.w.drain()
    assert SECOND in waiting(s, booking)
    s.browser.post(s.link(booking, Link.CONFIRM))
    s.w.drain()
    assert look(s.browser, f"/b/{booking.public_id}").h1 == "Booked"
    assert SECOND in waiting(s, booking)
    s.w.pass_time(days=1)
    assert SECOND in waiting(s, booking)
    assert "zweite E-Mail" in waiting(s, booking, language="de")
    assert "tweede e-mail" in waiting(s, booking, language="nl")


def test_a_tick_that_waits_for_the_calendar_delays_no_email(s: Site) -> None:
    """A worker may come to it before the time stands in the calendar; the first email has not left a moment later either."""
    offer(s)
    booking = s.hold(**ticked(s))
    with transaction(s.w.rt.engine) as session:
        claimed = outbox.claim(session, now=s.w.now, kinds=[ask_by_form.KIND])
        assert claimed is not None
        outbox.defer(session, claimed, until=s.w.now, error="it is not known yet whether the booking stands")
    assert look(s.browser, f"/b/{booking.public_id}").h1 == "Check your inbox"


def test_several_boxes_are_counted(s: Site) -> None:
    offer(s, NEWSLETTER, EVENTS)
    booking = s.hold(**ticked(s, "newsletter", "events"))
    assert "about the 2 boxes that you ticked" in waiting(s, booking)


def test_no_page_tells_of_a_second_email_where_there_is_none(s: Site) -> None:
    offer(s, replace(NEWSLETTER, opt_in=OptIn.OFF))
    plain, counted = s.hold(), s.hold(start="2030-01-08T10:00:00Z", form_key="o" * 22, **ticked(s))
    s.w.drain()
    for page in (waiting(s, plain), own(s, plain, Link.CONFIRM), waiting(s, counted)):
        assert "second email" not in page
        assert "Newsletter" not in page
    assert "On since Monday 7 January, 09:00." in own(s, counted)


def test_who_has_only_the_waiting_page_reads_the_same_whatever_was_said_by_whoever_has_the_address(s: Site) -> None:
    offer(s)
    first = s.confirmed(**ticked(s))
    shown = waiting(s, first)
    answer(s, "yes")
    assert waiting(s, first) == shown, "not what was answered"
    assert "Newsletter" not in shown, "nor which box it was"
    with transaction(s.w.rt.engine) as session:
        append.change(s.w.rt, session, contact_of(s, "grace@example.net"), "*", Stopped(), now=s.w.now)
    again = s.hold(start="2030-01-08T10:00:00Z", form_key="o" * 22, **ticked(s))
    s.w.drain()
    assert SECOND in waiting(s, again), "nor that they want nothing used"
    assert "Newsletter It was not counted, and no email will ask you about it." in own(s, again)


def test_whoever_holds_the_mailbox_reads_what_became_of_each_box(s: Site) -> None:
    offer(s, NEWSLETTER, EVENTS)
    booking = s.hold(**ticked(s, "newsletter", "events"))
    assert "as soon as the booking is in the calendar" in own(s, booking) or "is on its way" in own(s, booking)
    s.w.drain()
    for page in (Link.CONFIRM, Link.MANAGE):
        assert own(s, booking, page).count(SENT) == 2
    assert "until Saturday 19 January, 09:00" in own(s, booking)
    s.browser.post(s.link(booking, Link.CONFIRM))
    s.w.pass_time(minutes=2)
    answer(s, "yes")
    shown = own(s, booking, Link.CONFIRM)
    assert "Booked" in shown
    assert "Newsletter On since Monday 7 January, 09:02." in shown
    assert f"Invitations {SENT}" in shown
    s.w.drain()
    s.browser.post(link_in(mails(s, "out")[0], "out"))
    assert "Newsletter It was on, and has ended." in own(s, booking)


def test_a_no_and_a_question_that_nobody_answered_are_told(s: Site) -> None:
    offer(s, NEWSLETTER, EVENTS)
    booking = s.confirmed(start="2030-01-29T08:00:00Z", **ticked(s, "newsletter", "events"))
    answer(s, "no")
    s.w.pass_time(days=13)
    shown = own(s, booking)
    assert "Newsletter You said no on Monday 7 January, 09:00." in shown
    assert "Invitations Nobody answered the email about it by Saturday 19 January, 09:00" in shown


@pytest.mark.parametrize(
    ("failed", "told"),
    [
        (TransportDown("no answer"), "The email that asks you about it is delayed."),
        (RecipientRefused("550 no such mailbox"), "The email that asks you about it could not be delivered"),
    ],
)
def test_an_email_that_waits_or_was_refused_is_told(s: Site, failed: Exception, told: str) -> None:
    offer(s)
    booking = s.hold(**ticked(s))
    s.w.mails.failing = [failed] * 2
    s.w.drain()
    assert not mails(s, "yes")
    assert f"Newsletter {told}" in own(s, booking)


def test_a_mended_address_is_told_nothing_of_what_the_first_one_was_asked_or_said(s: Site) -> None:
    offer(s, NEWSLETTER, EVENTS)
    booking = s.hold(**ticked(s, "newsletter", "events"))
    s.w.drain()
    answer(s, "yes")
    s.w.pass_time(minutes=20)
    address.correct_address(s.w.rt, booking.public_id, "hopper@example.net", now=s.w.now)
    s.w.drain()
    shown = own(s, s.booking(booking.public_id), Link.CONFIRM)
    assert "Newsletter" not in shown
    assert "Invitations A separate email, sent on Monday 7 January, 09:20" in shown


@pytest.mark.capability("S2-07")
def test_who_takes_an_ended_hold_again_is_asked_again_as_the_mailbox_has_answered(s: Site) -> None:
    offer(s)
    booking = s.hold(**ticked(s))
    s.w.drain()
    s.w.pass_time(hours=2)
    assert s.browser.post(f"{s.link(booking, Link.CONFIRM)}/again").status_code == 303
    s.w.drain()
    s.w.pass_time(days=3)
    assert [each.subject for each in mails(s, "yes")] == [
        "Please confirm: Newsletter",
        "Still to be confirmed: Newsletter",
    ]


def test_a_hold_that_is_taken_again_tells_what_its_boxes_came_to(s: Site) -> None:
    offer(s, NEWSLETTER, EVENTS)
    booking = s.hold(**ticked(s, "newsletter", "events"))
    s.w.drain()
    answer(s, "yes")
    s.w.pass_time(hours=2)
    taken = s.browser.post(f"{s.link(booking, Link.CONFIRM)}/again")
    assert taken.status_code == 303
    [again] = [each for each in s.w.all_bookings() if each.id != booking.id]
    shown = own(s, again)
    assert "Newsletter On since Monday 7 January, 09:00." in shown
    assert f"Invitations {SENT}" in shown


def test_what_was_ticked_goes_with_the_booking_or_with_whom_it_was_of(s: Site) -> None:
    offer(s)
    booking = s.confirmed(**ticked(s))
    erasure.erase(s.w.rt, "grace@example.net", Decider(), mode=Mode.WHOLE, now=s.w.now)
    with snapshot(s.w.rt.engine) as session:
        assert ticks.of_booking(session, booking.id) == []
    other = s.confirmed(
        start="2030-01-08T10:00:00Z", form_key="o" * 22, email="anna@example.org", name="Anna", **ticked(s)
    )
    s.w.pass_time(days=120)
    assert s.booking(other.public_id).erased
    with snapshot(s.w.rt.engine) as session:
        assert ticks.of_booking(session, other.id) == []


def test_where_no_box_was_ticked_the_waiting_page_asks_for_no_rules_of_consents(s: Site) -> None:
    """Who runs this is asked once; most forms have no box, and their page is waited for by whoever booked."""
    booking = s.hold()
    with statements(s.w.rt.engine) as asked:
        waiting(s, booking)
    assert sum("FROM organisation" in statement for statement, _ in asked) == 1

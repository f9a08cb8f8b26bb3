"""The page of a question that somebody said no to: where it was ticked, and how to hear nothing any more from there on."""

import pytest

from booking_service.actions.access import mailbox_blocks
from booking_service.actions.consent import verify
from booking_service.domain.consent import Act, Basis, How
from booking_service.domain.purposes import EVERY
from tests.web.consents import EVENTS, NEWSLETTER, chain, link_in, mails, offer, standing, ticked
from tests.web.page_reader import look
from tests.web.site import Site

GRACE = "grace@example.net"


def asked(s: Site) -> str:
    """The link of the mail that asks."""
    s.hold(**ticked(s, "newsletter"))
    s.w.drain()
    return link_in(mails(s, "yes")[-1], "yes")


def no(s: Site, link: str) -> None:
    s.browser.post(link, data={"purpose": "newsletter", "answer": "no"})


@pytest.mark.capability("S2-09")
def test_the_question_says_on_which_booking_page_it_was_ticked(s: Site) -> None:
    offer(s)
    link = asked(s)
    assert "ticked this for g•••@example.net, on the booking page “Intro call”." in look(s.browser, link).text
    assert "auf der Buchungsseite „Intro call“" in look(s.browser, f"{link}?lang=de").text
    assert "op de boekingspagina “Intro call”" in look(s.browser, f"{link}?lang=nl").text


@pytest.mark.capability("S4-03")
def test_who_said_no_can_have_their_mailbox_written_to_no_more_and_take_that_back(s: Site) -> None:
    offer(s, NEWSLETTER, EVENTS)
    link = asked(s)
    assert "Never write to this address again" not in look(s.browser, link).text, "nobody said no yet"
    no(s, link)
    page = look(s.browser, link)
    assert "Never write to this address again" in page.text
    for _ in range(2):
        assert s.browser.post(link, data={"mail": "never"}).headers["location"] == link
    assert mailbox_blocks.stands(s.w.rt, GRACE)
    ended = chain(s)[-1]
    assert (ended.act, ended.purpose, ended.how, ended.by_contact) == (Act.WITHDRAWN, EVERY, How.LINK, True)
    assert standing(s, EVENTS).basis is Basis.OUT_CONTACT, "also of what nobody asked about"
    sent = len(s.w.mails.to(GRACE))
    s.w.drain()
    assert len(s.w.mails.to(GRACE)) == sent, "nothing tells of it"
    page = look(s.browser, link)
    assert "We will never write to g•••@example.net again." in page.text
    assert "Never write to this address again" not in page.text
    assert s.browser.post(link, data={"mail": "again"}).headers["location"] == link
    assert not mailbox_blocks.stands(s.w.rt, GRACE)
    assert "Never write to this address again" in look(s.browser, link).text
    assert standing(s).basis is Basis.OUT_CONTACT, "what ended stays ended"
    s.w.drain()
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()


def test_who_agrees_since_is_not_offered_to_hear_nothing_any_more(s: Site) -> None:
    offer(s)
    link = asked(s)
    no(s, link)
    s.w.pass_time(minutes=11)
    s.confirmed(email=GRACE, start="2030-01-09T08:00:00Z", form_key="w" * 22, **ticked(s, "newsletter"))
    again = link_in(mails(s, "yes")[-1], "yes")
    s.browser.post(again, data={"purpose": "newsletter", "answer": "yes"})
    assert "Never write to this address again" not in look(s.browser, link).text


def test_a_link_that_nobody_mailed_ends_and_allows_nothing(s: Site) -> None:
    offer(s)
    for act in ("never", "again"):
        assert s.browser.post(f"/preferences/yes/{'x' * 43}", data={"mail": act}).status_code == 404

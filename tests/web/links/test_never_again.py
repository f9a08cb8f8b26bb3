"""Who ticks "Never write to this address again" behind a mail that they did not ask for has said no to everything."""

import pytest

from booking_service.actions.access import mailbox_blocks
from booking_service.actions.consent import staff_entries
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.audit import Actor
from booking_service.domain.booking import BookingState
from booking_service.domain.consent import Act, Basis, How
from booking_service.domain.consent_moves import ConsentRefused, Why
from booking_service.domain.purposes import EVERY
from tests.web.consents import EVENTS, NEWSLETTER, chain, offer, standing
from tests.web.own_pages import GRACE, agreed
from tests.web.page_reader import look
from tests.web.site import Site, person_of_host, signed_in

NEW = {"optin_who": "Grace", "optin_source": "fair", "optin_date": "2029-05-01"}


def never_again(s: Site, address: str = GRACE) -> None:
    s.w.pass_time(minutes=11)
    booking = s.hold(email=address, form_key="n" * 22, start="2030-01-08T10:00:00Z")
    s.w.drain()
    link = s.link(booking, LinkPurpose.NOT_ME)
    assert "That also ends whatever was agreed to with this address" in look(s.browser, link).text
    answer = s.browser.post(link, data={"block": "yes"})
    assert "Whatever was agreed to with it has ended." in look(s.browser, answer.headers["location"]).text


def test_it_is_a_no_to_every_purpose_on_record_that_no_list_undoes(s: Site) -> None:
    offer(s, NEWSLETTER, EVENTS)
    agreed(s, "newsletter")
    never_again(s)

    last = chain(s)[-1]
    assert (last.act, last.purpose, last.how, last.by_contact) == (Act.WITHDRAWN, EVERY, How.LINK, True)
    assert standing(s).basis is standing(s, EVENTS).basis is Basis.OUT_CONTACT
    mailbox_blocks.lift(s.w.rt, GRACE, reason="they called", by=Actor(name="t"), now=s.w.now)
    assert standing(s).basis is Basis.OUT_CONTACT, "mail may come again, what they agreed to does not"
    with pytest.raises(ConsentRefused) as refused:
        staff_entries.record(s.w.rt, GRACE, "events", staff="t", brought=NEW, reason="list", now=s.w.now)
    assert refused.value.why is Why.OWN_NO


def test_who_was_nobodys_contact_is_one_with_that_no_and_a_release_alone_makes_none(s: Site) -> None:
    offer(s, NEWSLETTER)
    booking = s.hold()
    s.browser.post(s.link(booking, LinkPurpose.NOT_ME))
    s.w.drain()
    assert chain(s) == ()
    never_again(s)
    assert [(each.act, each.purpose) for each in chain(s)] == [(Act.WITHDRAWN, EVERY)]
    assert standing(s).basis is Basis.OUT_CONTACT


def test_pages_of_another_time_of_theirs_promise_no_email_and_hosts_hear_that_none_goes(s: Site) -> None:
    """It waits for its press, with a link that was mailed before; whoever confirms it, or sends it again, reads that nothing comes."""
    other = s.hold(email=GRACE)
    s.w.drain()
    never_again(s)
    sent = len(s.w.mails.sent)

    again = s.browser.post(f"/b/{other.public_id}/resend")
    assert again.status_code == 422
    assert "Its owner asked us not to send any email to it" in again.text
    confirm = s.link(other, LinkPurpose.CONFIRM)
    s.browser.post(confirm)
    s.w.drain()
    for each in (confirm, f"/b/{other.public_id}"):
        page = look(s.browser, each).text
        assert "on its way" not in page
        assert "in the email" not in page
    assert f"We send no email to {GRACE}, as somebody there asked us not to." in look(s.browser, confirm).text
    assert "We send no email to g•••@" in look(s.browser, f"/b/{other.public_id}").text
    manage = s.link(other, LinkPurpose.MANAGE)
    moved = s.browser.post(f"{manage}/move", data={"start": "2030-01-08T12:00:00Z"})
    assert "did=moved" in moved.headers["location"]
    done = look(s.browser, moved.headers["location"]).text
    assert "Moved. We send no email to" in done
    assert "on its way" not in done

    page = f"/host/bookings/{other.id}"
    with signed_in(s, person_of_host(s, s.w.host)) as ada:
        for act, typed in (("invite", {}), ("offer", {"start": "2030-01-08T13:00:00Z"})):
            refused = ada.post(f"{page}/{act}", data=typed)
            assert "Its owner asked us not to send any email to it" in refused.text, act
        asked = look(ada, f"{page}/cancel").text
        assert "Grace Hopper wants no email at this address. Please tell them yourself." in asked
        gone = ada.post(f"{page}/cancel", data={"state": "confirmed"})
        told = look(ada, gone.headers["location"]).text
        assert "The time is free again. Grace Hopper wants no email at this address." in told
        assert "will be told by email" not in told
        s.w.drain()
        assert "Email to Grace Hopper not sent, as that address wants none: it is cancelled" in look(ada, page).text
    assert [str(each.to.address) for each in s.w.mails.sent[sent:] if each.to.address == GRACE] == []


def test_who_was_written_to_by_mistake_can_stop_that_though_the_address_was_corrected(s: Site) -> None:
    """Otherwise whoever writes to strangers mends the address at once, and nobody of them can ever stop it."""
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    s.w.pass_time(minutes=11)
    booking = s.hold(email=GRACE, form_key="n" * 22, start="2030-01-08T10:00:00Z")
    s.w.drain()
    link = s.link(booking, LinkPurpose.NOT_ME)
    s.browser.post(f"/b/{booking.public_id}/address", data={"email": "other@example.org"})
    s.w.drain()

    page = look(s.browser, link)
    assert f"Somebody entered {GRACE} to book a time, and has since entered another address." in page.text
    assert "other@" not in page.text
    assert "Grace Hopper" not in page.text
    s.browser.post(link)  # as a scanner presses it, without the box
    assert not mailbox_blocks.stands(s.w.rt, GRACE)
    answer = s.browser.post(link, data={"block": "yes"})
    assert f"We will never write to {GRACE} again." in look(s.browser, answer.headers["location"]).text
    assert mailbox_blocks.stands(s.w.rt, GRACE)
    assert standing(s).basis is Basis.OUT_CONTACT
    still = s.booking(booking.public_id)
    assert (still.state, still.invitee.email) == (BookingState.HELD, "other@example.org"), "it is not theirs to end"
    assert not mailbox_blocks.stands(s.w.rt, "other@example.org")
    assert "We send no email to this address" in look(s.browser, link).text
    s.browser.post(f"{link}/again")
    assert not mailbox_blocks.stands(s.w.rt, GRACE)
    for other in (LinkPurpose.CONFIRM, LinkPurpose.MANAGE):
        assert s.browser.get(f"/{other}/{link.rpartition('/')[2]}").status_code == 404


def test_the_link_of_a_mail_that_never_left_stops_nothing(s: Site) -> None:
    booking = s.hold(email=GRACE)
    link = s.link(booking, LinkPurpose.NOT_ME)
    s.browser.post(f"/b/{booking.public_id}/address", data={"email": "other@example.org"})
    s.w.drain()
    assert s.browser.get(link).status_code == 404
    assert s.browser.post(link).status_code == 404
    assert not mailbox_blocks.stands(s.w.rt, GRACE)

"""A yes to calls that people say themselves counts for the number that they have by then, whatever staff recorded before."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from booking_service.actions.consent import phone_number, staff_entries
from booking_service.actions.consent.verify import verify
from booking_service.domain.consent import Act, Basis
from booking_service.domain.purposes import OptIn
from booking_service.storage import purposes
from booking_service.storage.engine import transaction
from tests.actions.consent.people import CALLS
from tests.web.admin.test_contacts import CONTACTS, clerk, of
from tests.web.consents import NEWSLETTER, chain, link_in, mails, offer, standing, ticked
from tests.web.own_pages import GRACE, changes, fresh, start
from tests.web.page_reader import look
from tests.web.site import Site

OLD, NEW = "+4930901820", "+4930901821"
ANEW = "Allow for this number (by email)"

pytestmark = pytest.mark.capability("S5-01")


def numbered(s: Site, to: str) -> None:
    s.w.clock.advance(60)
    phone_number.change(s.w.rt, of(s, GRACE), to, reason="told us on the phone", by="t", now=s.w.now)
    s.w.clock.advance(60)


@pytest.fixture(autouse=True)
def _for_the_old_one(s: Site) -> None:
    """Staff recorded that she may be called, and then that she has another number."""
    offer(s, NEWSLETTER, CALLS)
    staff_entries.record(s.w.rt, GRACE, "newsletter", staff="x", brought={}, reason="r", now=s.w.now)
    numbered(s, OLD)
    staff_entries.record(s.w.rt, GRACE, "calls", staff="x", brought={}, reason="r", now=s.w.now)
    numbered(s, NEW)


def ticks_at_once(s: Site) -> None:
    s.confirmed(**ticked(s, "calls"))


def ticks_and_confirms(s: Site) -> None:
    with transaction(s.w.rt.engine) as session:
        purposes.save(session, replace(CALLS, opt_in=OptIn.ON))
    s.confirmed(**ticked(s, "calls"))
    s.browser.post(link_in(mails(s, "yes")[-1], "yes"), data={"purpose": "calls", "answer": "yes"})


def says_so_on_their_page(s: Site) -> None:
    own = fresh(s)
    page = look(s.browser, own)
    assert "for another phone number than we have of you now" in page.text
    assert ANEW in page.text
    s.browser.post(own, data=start(s, "calls"))
    s.w.drain()
    assert ANEW not in look(s.browser, own).text, "it waits for the mail"
    s.browser.post(changes(s)[-1])
    assert "On since" in look(s.browser, own).text


@pytest.mark.parametrize("yes", [ticks_at_once, ticks_and_confirms, says_so_on_their_page])
def test_their_own_yes_counts_for_the_number_that_they_have(s: Site, yes: Callable[[Site], None]) -> None:
    """It changed nothing: what staff had recorded for the old number outranked it, and allowed no calls."""
    desk = clerk(s)
    contact = f"{CONTACTS}/{of(s, GRACE)}"
    assert "may be called" not in look(desk, contact).text
    yes(s)
    s.w.drain()
    assert "may be called" in look(desk, contact).text
    now = standing(s, CALLS)
    assert (now.basis, now.rests_on and now.rests_on.by) == (Basis.FORM, "contact")
    assert next(each.act for each in chain(s) if each.purpose == "calls") is Act.RECORDED, "it stays in the history"
    numbered(s, OLD)
    assert "may be called" not in look(desk, contact).text, "it is for the other number"
    s.w.drain()
    assert verify(s.w.rt, now=s.w.now).findings == ()


def test_a_no_of_theirs_is_lifted_by_no_tick(s: Site) -> None:
    staff_entries.opt_out(s.w.rt, GRACE, "calls", staff="x", theirs=True, reason="r", now=s.w.now)
    ticks_at_once(s)
    assert standing(s, CALLS).basis is Basis.OUT_CONTACT

"""Where the organisation wants the end of a consent confirmed by mail too: it waits on the person's own page, and there alone."""

from dataclasses import replace
from uuid import UUID

import pytest

from booking_service.actions.consent import verify
from booking_service.domain.consent import Act, Basis
from booking_service.domain.purposes import Purpose, PurposeKind
from booking_service.storage import purposes
from booking_service.storage.engine import transaction
from tests.web.consents import EVENTS, NEWSLETTER, chain, link_in, mails, offer, standing
from tests.web.links.test_late_mail import away
from tests.web.links.test_preferences import PARTNERS
from tests.web.own_pages import GRACE, agreed, changes, footer, fresh, start
from tests.web.page_reader import look
from tests.web.site import Site

END = {"act": "end", "purpose": "newsletter"}
AGAIN = {"act": "end-again", "purpose": "newsletter"}


def wanted(s: Site, *, too: bool = True) -> None:
    with transaction(s.w.rt.engine) as session:
        purposes.save_rules(session, replace(purposes.rules(session), confirm_withdrawals_too=too))


@pytest.mark.capability("S4-30")
def test_a_no_waits_for_one_mail_by_either_door_says_so_and_its_press_ends_it_once(s: Site) -> None:
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    reduced = footer(mails(s, "out")[-1])
    assert "works at once" in look(s.browser, fresh(s)).text
    wanted(s)
    for door in (reduced, fresh(s)):
        for _ in range(2):
            answer = s.browser.post(door, data=END)
            assert answer.status_code == 303
        page = look(s.browser, answer.headers["location"])
        assert "Waits for your email" in page.text
        assert "It goes on until you open the link" in page.text
        assert "Email me the link again" in page.text
        assert "works at once" not in page.text
    s.w.drain()
    [mail] = mails(s, "change")
    assert mail.subject == "Please confirm: end “Newsletter”"
    assert standing(s).basis is Basis.DOUBLE
    [link] = changes(s)
    before = s.rows()
    asked = look(s.browser, link)
    assert asked.h1 == "End “Newsletter”?"
    assert s.browser.head(link).status_code == 200
    assert s.rows() == before
    for _ in range(2):
        assert s.browser.post(link).status_code == 303
    assert standing(s).basis is Basis.OUT_CONTACT
    assert [each.act for each in chain(s)].count(Act.WITHDRAWN) == 1
    assert look(s.browser, link).h1 == "“Newsletter” is off"
    assert "You said no on" in look(s.browser, reduced).text
    s.w.drain()
    assert [each.subject for each in s.w.mails.to(GRACE)].count("Ended: Newsletter") == 1
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()


@pytest.mark.capability("S4-30")
def test_its_mail_is_sent_again_on_request_and_either_link_works_once(s: Site) -> None:
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    wanted(s)
    link = fresh(s)
    s.browser.post(link, data=END)
    s.w.drain()
    s.browser.post(link, data=AGAIN)
    s.w.drain()
    first, second = changes(s)
    assert first != second
    waiting = [each for each in look(s.browser, link).all("input") if each.get("name") == "change"]
    assert len(waiting) == 1, "one no, however often it is mailed"
    s.browser.post(first)
    assert standing(s).basis is Basis.OUT_CONTACT
    assert look(s.browser, second).h1 == "“Newsletter” is off"
    s.w.pass_time(minutes=1)
    s.browser.post(link, data=start(s))
    s.w.drain()
    s.browser.post(changes(s)[-1])
    assert standing(s).basis is Basis.DOUBLE
    s.browser.post(second)
    assert standing(s).basis is Basis.DOUBLE, "the link of a no that was done ends nothing anew"
    assert look(s.browser, second).h1 == "“Newsletter” is on again"
    for _ in range(8):
        s.browser.post(link, data=AGAIN)
    assert standing(s).basis is Basis.DOUBLE
    s.browser.post(link, data={"act": "drop", "change": look(s.browser, link).value("change")})
    assert "Waits for you" not in look(s.browser, link).text


@pytest.mark.capability("S4-30")
def test_after_a_day_it_says_that_nothing_was_changed_and_a_setting_switched_off_leaves_links_that_wait(
    s: Site,
) -> None:
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    wanted(s)
    reduced = footer(mails(s, "out")[-1])
    s.browser.post(reduced, data=END)
    s.w.drain()
    [old] = changes(s)
    s.w.pass_time(hours=25)
    assert "Nothing was changed." in look(s.browser, old).text
    s.browser.post(old)
    assert standing(s).basis is Basis.DOUBLE
    page = look(s.browser, reduced)
    assert "was not used within 24 hours: nothing was changed" in page.text
    assert "Email me the link again" not in page.text
    s.browser.post(old, data={"again": "yes"})
    s.w.drain()
    wanted(s, too=False)
    new = changes(s)[-1]
    assert new != old
    assert s.browser.post(new).status_code == 303
    assert standing(s).basis is Basis.OUT_CONTACT
    assert "nothing was changed" not in look(s.browser, reduced).text


@pytest.mark.capability("S4-30", "S4-18")
def test_other_ways_of_saying_no_stay_immediate(s: Site) -> None:
    offer(s, NEWSLETTER, EVENTS, PARTNERS)
    agreed(s, "newsletter", "partners")
    wanted(s)
    [receipt] = [each for each in mails(s, "out") if each.subject == "Confirmed: Newsletter"]
    out, link = link_in(receipt, "out"), fresh(s)
    s.browser.post(link, data={"act": "end", "purpose": "partners"})
    assert standing(s, PARTNERS).basis is Basis.DOUBLE
    s.browser.post(link, data={"act": "end", "purpose": EVENTS.slug})
    assert standing(s, EVENTS).basis is Basis.OUT_CONTACT, "what does not stand needs no confirmation"
    s.browser.post(out, data={"List-Unsubscribe": "One-Click"})
    assert standing(s).basis is Basis.OUT_CONTACT
    s.browser.post(f"{link}/stop")
    assert standing(s).stopped is not None


@pytest.mark.capability("S4-30")
def test_a_no_to_all_mails_ends_what_does_not_stand_and_waits_for_the_rest(s: Site) -> None:
    offer(s, NEWSLETTER, EVENTS)
    agreed(s, "newsletter")
    wanted(s)
    link = fresh(s)
    s.browser.post(link, data=start(s, EVENTS.slug))
    for _ in range(2):
        s.browser.post(link, data={"act": "end-mails"})
    assert standing(s, EVENTS).basis is Basis.OUT_CONTACT
    assert standing(s).basis is Basis.DOUBLE
    page = look(s.browser, link)
    assert "No to all of these emails" in page.text
    assert "Stop all of these emails" not in page.text
    s.w.drain()
    [mail] = mails(s, "change")
    assert mail.subject == "Please confirm: stop all emails except those about my own bookings"
    s.browser.post(changes(s)[-1])
    assert standing(s).basis is Basis.OUT_CONTACT
    assert look(s.browser, changes(s)[-1]).h1 == "All of these emails are off"
    assert "Waits for you" not in look(s.browser, link).text


@pytest.mark.capability("S4-30")
def test_what_was_ended_meanwhile_waits_no_longer_and_is_not_mailed(s: Site) -> None:
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    wanted(s)
    out, link = link_in(mails(s, "out")[-1], "out"), fresh(s)
    s.browser.post(link, data=END)
    s.browser.post(out)
    assert standing(s).basis is Basis.OUT_CONTACT
    assert "Waits for you" not in look(s.browser, link).text
    s.w.drain()
    assert changes(s) == []


@pytest.mark.capability("S4-30")
def test_a_no_whose_mail_could_not_leave_for_a_day_has_a_day_from_when_it_left(s: Site) -> None:
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    wanted(s)
    link = fresh(s)
    s.browser.post(link, data=END)
    away(s, 500)
    s.w.drain()
    for _ in range(26):
        s.w.pass_time(hours=1)
    door = footer(mails(s, "out")[-1])
    assert "was not used within 24 hours" not in look(s.browser, door).text, "no link was mailed yet"
    assert changes(s) == []
    s.w.mails.failing.clear()
    for _ in range(6):
        s.w.pass_time(hours=1)
    [late] = changes(s)
    s.w.pass_time(hours=17)
    assert look(s.browser, late).h1 == "End “Newsletter”?"
    assert s.browser.post(late).status_code == 303
    assert standing(s).basis is Basis.OUT_CONTACT


@pytest.mark.capability("S4-30", "S4-21")
def test_a_field_is_erased_by_the_press_behind_the_mail_and_its_page_says_so(s: Site) -> None:
    birthday = Purpose(id=UUID(int=207), slug="partners", kind=PurposeKind.FIELD, allows_field="birthday")
    offer(s, birthday)
    agreed(s, "partners")
    link = fresh(s)
    assert "At once and for good." in look(s.browser, f"{link}/revoke/partners").text
    wanted(s)
    page = look(s.browser, f"{link}/revoke/partners")
    assert "We email you a link first." in page.text
    assert "Email me the link to erase it" in page.text
    s.browser.post(link, data={"act": "end", "purpose": "partners"})
    assert standing(s, birthday).basis is Basis.DOUBLE
    s.w.drain()
    asked = look(s.browser, changes(s)[-1])
    assert "Stored data At once and for good. Nobody at Analytical Engines can enter it again" in asked.text
    s.browser.post(changes(s)[-1])
    assert standing(s, birthday).basis is Basis.OUT_CONTACT


@pytest.mark.parametrize("act", ["end", "end-again"])
@pytest.mark.parametrize("purpose", ["*", "no-such-purpose", ""])
def test_a_hand_made_no_to_all_at_once_or_to_what_there_is_not_ends_nothing_and_gets_a_page(
    s: Site, act: str, purpose: str
) -> None:
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    wanted(s)
    answer = s.browser.post(fresh(s), data={"act": act, "purpose": purpose})
    assert (answer.status_code, "<h1" in answer.text) == (404, True)
    assert standing(s).basis is Basis.DOUBLE

"""The page about one's own data: two doors to it, less at once, more by mail; nobody else gains anything by a link."""

import re
from dataclasses import replace
from html import unescape
from uuid import UUID

import pytest

from booking_service.actions.consent import append, merges, staff_entries, verify
from booking_service.actions.consent.contacts import find_or_make
from booking_service.actions.consent.merges import By
from booking_service.actions.privacy import links, staff_acts
from booking_service.config.limits import Limits
from booking_service.domain.consent import Act, Asked, Basis
from booking_service.domain.consent_moves import Stopped
from booking_service.domain.localized_text import InLanguages
from booking_service.domain.purposes import Condition, PageRules, Part, Purpose, PurposeKind
from booking_service.storage import purposes
from booking_service.storage.engine import transaction
from tests.web.consents import (
    EVENTS,
    NEWSLETTER,
    TEXTS,
    chain,
    contact_of,
    link_in,
    mails,
    offer,
    shown_with,
    standing,
    ticked,
)
from tests.web.own_pages import GRACE, agreed, changes, footer, fresh, start, to_page
from tests.web.page_reader import look, read, words
from tests.web.site import Site, limited

PARTNERS = Purpose(id=UUID(int=203), slug="partners", kind=PurposeKind.CUSTOM)
TEXTS["partners"] = {"en": {Part.NAME: "Passing on to partners", Part.BOX: "Pass my name and address on to partners."}}


@pytest.mark.capability("S4-31")
def test_the_answer_is_the_same_whatever_is_kept_of_an_address_and_only_its_mailbox_gets_the_link(s: Site) -> None:
    s.confirmed()
    assert look(s.browser, "/preferences").h1 == "Your bookings and data"
    answers = [s.browser.post("/preferences", data={"email": email}) for email in (GRACE, "nobody@example.net")]
    assert {answer.headers["location"] for answer in answers} == {"/preferences/sent"}
    assert {answer.status_code for answer in answers} == {303}
    assert "on its way" in look(s.browser, "/preferences/sent").text
    s.w.drain()
    assert s.w.mails.to("nobody@example.net") == []
    [link] = to_page(s)
    page = look(s.browser, link)
    assert "We hold your address, your name and 1 booking" in page.text
    assert chain(s) == (), "asking for a link is no entry"
    assert s.browser.post("/preferences", data={"email": "x"}).status_code == 422
    s.w.pass_time(minutes=61)
    assert s.browser.get(link).headers["location"] == "/preferences?over=1"
    assert s.browser.post(link, data={"act": "data"}).headers["location"] == "/preferences?over=1"


@pytest.mark.capability("S4-20")
def test_the_statement_has_its_paragraphs_lines_and_links(s: Site) -> None:
    offer(s, NEWSLETTER)
    written = "We keep little.\nReally.\n\nRead https://example.org/data <b>first</b>."
    with transaction(s.w.rt.engine) as session:
        rules = purposes.rules(session)
        purposes.save_rules(session, replace(rules, page=PageRules(statement=InLanguages((("en", written),)))))
    agreed(s, "newsletter")
    page = look(s.browser, fresh(s))
    assert [words(each) for each in page.all("p", class_="typed")] == [
        "We keep little. Really.",
        "Read https://example.org/data <b>first</b>.",
    ]
    assert "https://example.org/data" in page.hrefs()


@pytest.mark.capability("S3-17", "S4-06", "S4-07", "S4-10", "S4-11", "S4-12", "S4-20")
def test_the_whole_page_has_its_parts_and_looking_at_it_changes_nothing(s: Site) -> None:
    offer(s, NEWSLETTER, EVENTS, PARTNERS)
    statement = InLanguages((("en", "We write only when we have something to say."), ("de", "Wir schreiben selten.")))
    with transaction(s.w.rt.engine) as session:
        rules = purposes.rules(session)
        purposes.save_rules(session, replace(rules, page=PageRules(statement=statement)))
    agreed(s, "newsletter")
    link = fresh(s)
    before = s.rows()
    page = look(s.browser, link)
    for text in (
        "with Ada",
        "On since Monday 7 January 2030",
        "About once a month.",
        "Your address is kept for this only.",
        "Passing on to partners",
        "You were never asked.",
        "Send me all of it (by email)",
        "Stop using my data…",
        "Delete my data…",
        "We write only when we have something to say.",
    ):
        assert text in page.text, text
    assert GRACE in page.text
    assert "Wir schreiben selten." in look(s.browser, f"{link}?lang=de").text
    for below in ("", "/stop", "/delete"):
        assert s.browser.get(f"{link}{below}").status_code == 200
        assert s.browser.head(f"{link}{below}").status_code == 200
    assert s.rows() == before


@pytest.mark.capability("S3-07", "S4-03", "S4-06", "S4-18", "S4-31")
def test_a_footers_link_shows_mail_options_only_and_less_is_done_at_once_with_a_way_back(s: Site) -> None:
    offer(s, NEWSLETTER, EVENTS, PARTNERS)
    agreed(s, "newsletter", "partners")
    receipt = mails(s, "out")[-1]
    reduced = footer(receipt)
    page = look(s.browser, reduced)
    assert page.h1 == "Email options"
    assert "g•••@example.net" in page.text
    for hidden in (GRACE, "partners", "consultation", "Delete my data", "Grace"):
        assert hidden not in page.text, hidden
    for below in ("stop", "delete", "revoke/partners"):
        assert s.browser.get(f"{reduced}/{below}").status_code == 404
    for act in (
        {"act": "data"},
        {"act": "resume"},
        {"act": "end", "purpose": "partners"},
        {"act": "start", "purpose": "partners"},
    ):
        assert s.browser.post(reduced, data=act).status_code == 404, act
    assert s.browser.post(f"{reduced}/stop").status_code == 404
    assert s.browser.post(f"{reduced}/delete").status_code == 404
    assert standing(s, PARTNERS).basis is Basis.DOUBLE

    ended = s.browser.post(reduced, data={"act": "end", "purpose": "newsletter"})
    assert standing(s).basis is Basis.OUT_CONTACT
    after = look(s.browser, ended.headers["location"])
    assert after.h1 == "“Newsletter” is off"
    assert "start again (by email)" in after.text
    s.browser.post(reduced, data={"act": "end", "purpose": "newsletter"})
    s.w.drain()
    assert [mail.subject for mail in s.w.mails.to(GRACE)].count("Ended: Newsletter") == 1

    s.w.pass_time(minutes=1)
    s.browser.post(reduced, data=start(s))
    s.w.drain()
    [change] = changes(s)
    assert standing(s).basis is Basis.OUT_CONTACT, "more waits for the mail"
    assert s.browser.post(change).status_code == 303
    assert standing(s).basis is Basis.DOUBLE


@pytest.mark.capability("S4-30", "S4-31", "S4-05")
def test_a_yes_on_the_page_waits_for_its_mail_and_a_forwarded_link_gains_nothing(s: Site) -> None:
    offer(s, NEWSLETTER, PARTNERS)
    s.confirmed()
    link = fresh(s)
    for _ in range(2):
        assert s.browser.post(link, data=start(s, "partners")).headers["location"] == link
    s.w.drain()
    [mail] = mails(s, "change")
    assert "Please confirm: Passing on to partners" in mail.subject
    assert "Pass my name and address on to partners." in mail.text
    page = look(s.browser, link)
    assert "Waits for your email" in page.text
    assert "nothing has changed" in page.text
    assert standing(s, PARTNERS).asked(now=s.w.now) is Asked.PENDING
    [change] = changes(s)
    before = s.rows()
    assert look(s.browser, change).h1 == "Yes to “Passing on to partners”?"
    assert s.browser.head(change).status_code == 200
    assert s.rows() == before
    for _ in range(2):
        assert s.browser.post(change).status_code == 303
    assert standing(s, PARTNERS).basis is Basis.DOUBLE
    assert [entry.act for entry in chain(s)] == [Act.ASKED, Act.CONFIRMED]
    assert shown_with(s, chain(s)[-1]).splitlines() == [
        "Passing on to partners",
        "Pass my name and address on to partners.",
    ]
    done = look(s.browser, change)
    assert done.h1 == "“Passing on to partners” is on"
    assert "You can end it at any time on the page about your bookings and data." in done.text, (
        "there are no such emails"
    )
    assert "/preferences" in done.hrefs()
    s.w.drain()
    assert "Confirmed: Passing on to partners" in [sent.subject for sent in s.w.mails.to(GRACE)]
    for other in ("yes", "out"):
        assert s.browser.get(change.replace("/change/", f"/{other}/")).status_code == 404
    assert s.browser.get(change.replace("/change/", "/")).status_code == 404
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()


@pytest.mark.capability("S4-30")
def test_what_nobody_confirmed_in_a_day_is_over_and_one_press_mails_a_new_link(s: Site) -> None:
    offer(s)
    s.confirmed()
    link = fresh(s)
    s.browser.post(link, data=start(s))
    s.w.drain()
    [old] = changes(s)
    s.w.pass_time(hours=25)
    assert look(s.browser, old).h1 == "This link has expired"
    assert s.browser.post(old).status_code == 303
    assert standing(s).basis is Basis.NONE
    mailed = read(s.browser.post(old, data={"again": "yes"}, follow_redirects=True))
    assert mailed.h1 == "Check your inbox"
    assert "on its way to g•••@example.net" in mailed.text
    assert "It works for 24 hours." in mailed.text
    s.w.drain()
    new = changes(s)[-1]
    assert new != old
    s.browser.post(new)
    assert standing(s).basis is Basis.DOUBLE
    link = fresh(s)
    s.browser.post(link, data={"act": "data"})
    dropped = look(s.browser, link)
    assert "Send me all of my data" in dropped.text
    key = dropped.value("change")
    s.browser.post(link, data={"act": "drop", "change": key})
    assert "Send me all of my data" not in look(s.browser, link).text
    s.w.drain()
    assert len(changes(s)) == 2, "what was dropped is not mailed any more"


@pytest.mark.capability("S4-11", "S4-24", "S4-53")
def test_all_use_stops_in_two_presses_and_only_the_mailbox_lifts_it(s: Site) -> None:
    offer(s, NEWSLETTER, PARTNERS)
    agreed(s, "newsletter")
    link = fresh(s)
    assert look(s.browser, f"{link}/stop").h1 == "Stop using my data?"
    for _ in range(2):
        assert s.browser.post(f"{link}/stop").headers["location"] == link
    assert standing(s).stopped is not None
    s.w.drain()
    assert [mail.subject for mail in s.w.mails.to(GRACE)].count("Your data is not used any more") == 1
    page = look(s.browser, link)
    assert "Your data is not used" in page.text
    assert "Start (by email)" not in page.text
    refused = s.browser.post(link, data=start(s, "partners"))
    assert refused.status_code == 409
    s.w.pass_time(minutes=1)
    s.browser.post(link, data={"act": "resume"})
    s.w.drain()
    assert standing(s).stopped is not None, "lifting it waits for the mail"
    s.browser.post(changes(s)[-1])
    assert standing(s).stopped is None
    assert standing(s).basis is Basis.DOUBLE


@pytest.mark.parametrize("by", ["page", "staff"])
def test_a_stop_that_is_said_again_ends_the_wish_to_have_the_data_used_again(s: Site, by: str) -> None:
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    link = fresh(s)
    s.browser.post(f"{link}/stop")
    s.w.pass_time(minutes=1)
    s.browser.post(link, data={"act": "resume"})
    s.w.drain()
    if by == "page":
        s.browser.post(f"{link}/stop")
    else:
        staff_acts.stop(s.w.rt, GRACE, staff="x", reason="told us on the phone", now=s.w.now)
    assert s.browser.post(changes(s)[-1]).status_code == 404
    assert standing(s).stopped is not None


@pytest.mark.capability("S4-11")
def test_who_is_merged_with_one_who_stopped_sees_so_and_can_lift_it(s: Site) -> None:
    """Their page offered to stop what was stopped, refused every yes, and had no way back."""
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    s.confirmed(email="ada@example.net", form_key="w" * 22, start="2030-01-09T08:00:00Z", **ticked(s, "newsletter"))
    link, other = fresh(s), contact_of(s, "ada@example.net")
    by = By(staff="x", reason="one person")
    merges.merge(s.w.rt, other, into=contact_of(s, GRACE), by=by, now=s.w.now)
    with transaction(s.w.rt.engine) as session:
        append.change(s.w.rt, session, other, "*", Stopped(), now=s.w.now)
    page = look(s.browser, link)
    assert "your data has not been used: no list, no call" in page.text
    assert "Stop using my data" not in page.text
    s.w.pass_time(minutes=1)
    s.browser.post(link, data={"act": "resume"})
    s.w.drain()
    s.browser.post(changes(s)[-1])
    assert standing(s).stopped is None
    assert "Your data is not used" not in look(s.browser, link).text


def test_what_ends_all_mails_is_called_by_what_it_does(s: Site) -> None:
    offer(s, NEWSLETTER, EVENTS)
    s.confirmed()
    link = fresh(s)
    stops, never = "Stop all of these emails", "Never send me any of these emails"
    page = look(s.browser, link)
    assert (stops in page.text, never in page.text) == (False, True), "nothing is on, so that nothing can be stopped"
    agreed(s, "newsletter")
    page = look(s.browser, link)
    assert (stops in page.text, never in page.text) == (True, False)
    s.browser.post(link, data={"act": "end-mails"})
    page = look(s.browser, link)
    assert (stops in page.text, never in page.text) == (False, False), "a no to each stands"


@pytest.mark.capability("S4-06")
def test_all_mails_stop_by_one_button_and_one_mail_tells_of_all(s: Site) -> None:
    offer(s, NEWSLETTER, EVENTS, PARTNERS)
    agreed(s, "newsletter", "events", "partners")
    s.browser.post(footer(mails(s, "out")[-1]), data={"act": "end-mails"})
    assert {standing(s, each).basis for each in (NEWSLETTER, EVENTS)} == {Basis.OUT_CONTACT}
    assert standing(s, PARTNERS).basis is Basis.DOUBLE
    s.w.drain()
    assert [mail.subject for mail in s.w.mails.to(GRACE)][-1] == "Ended: Newsletter, Invitations"


@pytest.mark.capability("S4-13", "S4-19", "S4-34", "S4-55")
def test_conditions_say_who_sees_which_choice_and_who_sees_the_whole_page(s: Site) -> None:
    card = replace(PARTNERS, conditions=(Condition("stage", ("ready",)),))
    offer(s, NEWSLETTER, card)
    agreed(s, "newsletter")
    assert "partners" not in look(s.browser, fresh(s)).text
    with transaction(s.w.rt.engine) as session:
        rules = purposes.rules(session)
        purposes.save_rules(session, replace(rules, page=PageRules(conditions=(Condition("region", ("EU",)),))))
    page = look(s.browser, fresh(s))
    assert page.h1 == "Email options"
    assert "Newsletter" in page.text
    assert "Delete my data" not in page.text


@pytest.mark.capability("S4-17", "S4-33")
def test_each_mail_leads_to_the_page_and_a_footer_makes_nobody_a_contact(s: Site) -> None:
    offer(s)
    with transaction(s.w.rt.engine) as session:
        rules = purposes.rules(session)
        purposes.save_rules(session, replace(rules, page=PageRules(footer="You choose what we send.")))
    booking = s.hold(**ticked(s))
    s.w.drain()
    for mail in s.w.mails.to(GRACE):
        assert footer(mail) == "/preferences", "M1 and M10 carry nothing more"
        assert "You choose" not in mail.text
    s.browser.post(link_in(mails(s, "yes")[0], "yes"), data={"purpose": "newsletter", "answer": "yes"})
    s.w.drain()
    receipt = mails(s, "out")[0]
    assert "You choose what we send." in receipt.text
    assert "You choose what we send." in receipt.html
    assert look(s.browser, footer(receipt)).h1 == "Email options"
    assert booking.invitee.email == GRACE
    s.confirmed(start="2030-01-15T08:00:00Z", email="ada@example.net", form_key="m" * 22)
    assert footer(s.w.mails.to("ada@example.net")[-1]) == "/preferences"
    assert chain(s, "ada@example.net") == ()


@pytest.mark.capability("S4-09", "S4-22")
def test_no_mail_counts_whether_it_is_opened_or_what_is_pressed_in_it(s: Site) -> None:
    offer(s, NEWSLETTER, PARTNERS)
    agreed(s, "newsletter", "partners")
    s.browser.post(link_in(mails(s, "out")[-1], "out"))
    s.browser.post(fresh(s), data={"act": "data"})
    s.w.drain()
    sent = s.w.mails.sent
    assert len({mail.subject for mail in sent}) > 6
    for mail in sent:
        assert re.findall(r"<(?:img|link|script|iframe|video|audio|object|embed)|src=|url\(|@import", mail.html) == []
        for href in re.findall(r'href="([^"]+)"', mail.html):
            assert href.startswith(("http://localhost:8000/", "mailto:")), "it leads to us, not past a counter"
            assert unescape(href) in mail.text or "mailto:" in href, "nor is it another link than who reads text has"


def test_a_stranger_can_use_up_nobodys_link(s: Site) -> None:
    offer(s)
    agreed(s, "newsletter")
    tight = limited(
        s,
        preferences_per_network_and_mailbox="1 per 10 min",
        preferences_per_mailbox="2 per 10 min",
        changes_per_link="2 per 10 min",
    )
    for _ in range(5):
        assert tight.post("/preferences", data={"email": GRACE}).headers["location"] == "/preferences/sent"
    s.w.drain()
    assert len(to_page(s)) == 1, "one network gets one mail out"
    reduced = footer(mails(s, "out")[-1])
    assert tight.post(reduced, data={"act": "link"}).status_code == 303
    s.w.drain()
    assert len(to_page(s)) == 2, "whoever has a mail of ours asks apart from strangers"
    assert tight.post(reduced, data=start(s)).status_code == 303
    assert tight.post(reduced, data={"act": "link"}).status_code == 429
    whole = to_page(s)[0]
    assert tight.post(whole, data={"act": "data"}).status_code == 303, (
        "a forwarded link used up nothing of the fresh one"
    )
    for _ in range(3):
        assert tight.post(reduced, data={"act": "end", "purpose": "newsletter"}).status_code == 303
    assert standing(s).basis is Basis.OUT_CONTACT, "less is never limited"


def test_no_line_with_many_networks_uses_up_the_link_of_a_mailbox(s: Site) -> None:
    offer(s)
    agreed(s, "newsletter")
    rt = replace(s.w.rt, settings=s.w.rt.settings.model_copy(update={"limits": Limits()}))

    def asks(network: str) -> int:
        s.w.clock.advance(601)
        before = len(to_page(s))
        links.ask(rt, GRACE, language="en", network=network, now=s.w.now)
        s.w.drain()
        return len(to_page(s)) - before

    assert sum(asks(f"2001:db8:0:{part:x}::/64") for part in range(12)) == 6, "a /56 gets twice what a network does"
    assert sum(asks(f"2001:db8:0:{part:x}00::/64") for part in range(1, 12)) == 0, (
        "and its /48 no more than the mailbox"
    )
    assert asks("198.51.100.7") == 1, "what networks that never asked have is kept for them"
    assert asks("198.51.100.7") == 0


def test_a_forwarded_link_fills_nobodys_mailbox_with_notices_and_every_no_counts(s: Site) -> None:
    offer(s)
    agreed(s, "newsletter")
    reduced = footer(mails(s, "out")[-1])
    whole = fresh(s)
    for _ in range(8):
        s.w.pass_time(minutes=1)
        assert s.browser.post(reduced, data=start(s)).status_code == 303
        assert s.browser.post(reduced, data={"act": "end", "purpose": "newsletter"}).status_code == 303
        s.w.drain()

    assert len([each for each in chain(s) if each.act is Act.WITHDRAWN]) == 8
    assert standing(s).basis is Basis.OUT_CONTACT
    sent = s.w.mails.to(GRACE)
    assert len([mail for mail in sent if mail.subject.startswith("Ended: ")]) == 5
    assert s.browser.post(f"{whole}/stop").status_code == 303
    s.w.drain()
    assert chain(s)[-1].act is Act.STOPPED
    assert len(s.w.mails.to(GRACE)) == len(sent) + 1, "the end of every use is always told"


def test_of_what_was_agreed_to_elsewhere_the_day_is_shown_and_no_time(s: Site) -> None:
    offer(s)
    brought = {"optin_source": "fair", "optin_date": "2029-03-02"}
    staff_entries.record(s.w.rt, GRACE, "newsletter", staff="x", brought=brought, reason="a card", now=s.w.now)
    text = look(s.browser, fresh(s)).text
    assert "On since Friday 2 March 2029. On" in text


def test_a_no_is_refused_to_nobody_for_what_others_of_the_network_did(s: Site) -> None:
    """Mail programs press for many people from one network, and whoever shares it may have opened links without end."""
    offer(s, NEWSLETTER, EVENTS)
    agreed(s, "newsletter", "events")
    page, sent = fresh(s), mails(s, "out")[-1]
    out, reduced = link_in(sent, "out"), footer(sent)
    crowded = limited(s, open_link_per_network="1 per min", unknown_links_per_network="1 per min")
    assert [crowded.get(f"/preferences/{'x' * 43}").status_code for _ in range(2)] == [404, 429]
    ended = crowded.post(out, data={"List-Unsubscribe": "One-Click"}, headers={"Sec-Fetch-Site": "none"})
    assert ended.status_code == 200
    assert crowded.post(reduced, data={"act": "end-mails"}).status_code == 303
    assert crowded.post(f"{page}/stop").status_code == 303
    assert standing(s).basis is Basis.OUT_CONTACT
    assert standing(s, EVENTS).basis is Basis.OUT_CONTACT
    assert standing(s).stopped is not None
    assert crowded.post(page, data={"act": "data"}).status_code == 429, "more can wait"
    assert crowded.post(f"{page}/stop").status_code == 429, "one link is not pressed without end"


def test_who_has_no_bookings_reads_no_number_of_them(s: Site) -> None:
    offer(s, NEWSLETTER)
    with transaction(s.w.rt.engine) as session:
        find_or_make(s.w.rt, session, address=GRACE, name="Grace", now=s.w.now)
    page = look(s.browser, fresh(s))
    assert "We hold your address and your name, and no bookings." in page.text
    assert "0 bookings" not in page.text

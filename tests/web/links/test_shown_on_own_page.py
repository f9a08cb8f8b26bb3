"""What goes on record as shown where a yes is pressed on the page about one's own data."""

import pytest

from booking_service.actions.consent import staff_entries
from booking_service.domain.consent import Act
from booking_service.domain.people import Organisation
from booking_service.domain.purposes import Part
from booking_service.storage import purposes
from booking_service.storage.engine import snapshot, transaction
from tests.web.consents import BOX, EVENTS, NEWSLETTER, TEXTS, chain, mails, offer, reword, shown_with
from tests.web.own_pages import GRACE, agreed, changes, footer, fresh, path_of
from tests.web.page_reader import Page, look, read
from tests.web.site import Site


@pytest.mark.promise("I9")
def test_what_goes_on_record_of_a_yes_is_what_the_page_showed_beside_its_button(s: Site) -> None:
    offer(s)
    s.confirmed()
    link = fresh(s)
    page = look(s.browser, link)
    assert s.browser.post(link, data=_form_of(page, "start")).status_code == 303
    asked = chain(s)[-1]
    kept = shown_with(s, asked)
    assert kept.splitlines() == ["Newsletter", "About once a month.", "Your address is kept for this only."]
    assert all(line in page.text for line in kept.splitlines())
    assert BOX not in page.text
    s.w.drain()
    [change] = changes(s)
    confirming = look(s.browser, change).text
    s.browser.post(change)
    agreed_to = shown_with(s, chain(s)[-1]).splitlines()
    assert BOX in agreed_to
    assert all(line in confirming for line in agreed_to)


@pytest.mark.promise("I9")
def test_a_yes_after_something_has_ended_keeps_the_name_alone_as_nothing_else_stood_there(s: Site) -> None:
    offer(s)
    agreed(s, "newsletter")
    reduced = footer(mails(s, "out")[-1])
    ended = s.browser.post(reduced, data={"act": "end", "purpose": "newsletter"})
    page = look(s.browser, ended.headers["location"])
    s.w.pass_time(minutes=1)
    assert s.browser.post(reduced, data=_form_of(page, "again")).status_code == 303
    assert shown_with(s, chain(s)[-1]) == "Newsletter"
    s.w.drain()
    s.w.pass_time(hours=25)
    [change] = changes(s)
    assert look(s.browser, change).h1 == "This link has expired"
    s.browser.post(change, data={"again": "yes"})
    assert [entry.act for entry in chain(s)][-1] is Act.ASKED
    assert shown_with(s, chain(s)[-1]) == "", "a page whose link is over shows no text"


def test_a_yes_is_asked_in_the_words_that_the_page_showed_whatever_the_browser_speaks(s: Site) -> None:
    offer(s, NEWSLETTER, EVENTS)
    s.save(Organisation(name="Analytical Engines", default_language="de"))
    staff_entries.record(s.w.rt, GRACE, "events", staff="x", brought={}, reason="card", now=s.w.now)
    s.browser.post("/preferences", data={"email": GRACE})
    s.w.drain()
    link = path_of(next(word for word in s.w.mails.to(GRACE)[-1].text.split() if "/preferences/" in word))
    page = look(s.browser, link)
    s.browser.post(link, data=_form_of(page, "start"))
    with snapshot(s.w.rt.engine) as session:
        wording = purposes.wording(session, chain(s)[-1].wording or b"")
    assert wording is not None
    assert wording.language == "de"
    shown = shown_with(s, chain(s)[-1]).splitlines()
    assert shown == ["Newsletter", "Was wir gelernt haben."]
    assert all(line in page.text for line in shown)


def test_a_text_that_changed_meanwhile_is_shown_anew_before_anything_is_asked(s: Site) -> None:
    offer(s)
    s.confirmed()
    link = fresh(s)
    pressed = _form_of(look(s.browser, link), "start")
    texts = TEXTS["newsletter"]["en"] | {Part.PAGE: "Every single day."}
    with transaction(s.w.rt.engine) as session:
        reword(session, "newsletter", "en", texts, now=s.w.now)
    for old in (pressed, {"act": "start", "purpose": "newsletter"}):
        refused = s.browser.post(link, data=old)
        assert refused.status_code == 422
        assert "Its text has changed in the meantime" in refused.text
        assert "Every single day." in refused.text
    assert chain(s) == ()
    s.w.drain()
    assert changes(s) == []
    assert s.browser.post(link, data=_form_of(read(refused), "start")).status_code == 303
    assert "Every single day." in shown_with(s, chain(s)[-1])


def _form_of(page: Page, act: str) -> dict[str, str]:
    """What the form with this button sends."""
    [form] = [each for each in page.all("form") if each.find(f".//button[@value='{act}']") is not None]
    hidden = {each.get("name", ""): each.get("value", "") for each in form.iter("input")}
    return {**hidden, "act": act}

"""Another time while filling in the details: whatever was typed comes back with it."""

from dataclasses import replace
from xml.etree.ElementTree import Element

import pytest

from booking_service.storage import hosts
from booking_service.storage.engine import snapshot
from tests.web.page_reader import Page, look, read, words
from tests.web.site import TUESDAY_9, Site

pytestmark = pytest.mark.timeout(60)

TUESDAY_10 = "2030-01-08T09:00:00Z"
TYPED = {"name": "Grace Hopper", "email": "grace@", "answer-topic": "Line one\r\nline <two>"}


def pressed(s: Site, page: Page, says: str, form: str, **chosen: str) -> Page:
    """What a browser gets that presses a button of this form: its fields go along, the first of a name counts."""
    button = next(b for b in page.root.iter("button") if says in (b.get("aria-label") or words(b)))
    whole = page.one("form", id=form)
    given = {name: field_value(field) for field in fields(page, whole, form) if (name := field.get("name"))}
    if name := button.get("name"):
        given[name] = button.get("value", "")
    address = button.get("formaction") or whole.get("action", "")
    return read(s.browser.post(address, data={**given, **chosen}))


def fields(page: Page, form: Element, name: str) -> list[Element]:
    """The controls that take part, last first, so that the first of a name is what remains."""
    own = [e for e in form.iter() if e.tag in {"input", "textarea", "select"}]
    others = [e for e in page.root.iter() if e.get("form") == name and e.tag in {"input", "select"}]
    return [e for e in reversed([*others, *own]) if e.get("type") != "radio" or e.get("checked") is not None]


def field_value(field: Element) -> str:
    if field.tag == "select":
        return next(o.get("value", "") for o in field.iter("option") if o.get("selected") is not None)
    return field.get("value") or (field.text or "").removeprefix("\n")


def changing(s: Site) -> Page:
    """The page of free times, reached from a form that was half filled in."""
    details = read(s.browser.post("/ada/intro/details", data=s.form(**TYPED)))
    return pressed(s, details, "Change time", "details")


def checked(page: Page) -> list[str | None]:
    return [e.get("value") for e in page.all("input", type="radio") if e.get("checked") is not None]


def test_the_time_that_was_chosen_is_still_chosen(s: Site) -> None:
    page = changing(s)
    assert words(page.one("h2", id="times")) == "Tuesday 8 January"
    assert checked(page) == [TUESDAY_9]


@pytest.mark.parametrize("way", [(), ("Next month",), ("Wednesday 9 January",), ("Update",), ("Deutsch",)])
def test_what_was_typed_comes_back_whatever_is_looked_at_in_between(s: Site, way: tuple[str, ...]) -> None:
    page = changing(s)
    for step in way:
        page = pressed(s, page, step, "choice")
    says = "Weiter" if "Deutsch" in way else "Continue"
    back = pressed(s, page, says, "choice", start=TUESDAY_10)
    assert {name: back.value(name) for name in TYPED} == {
        name: typed.replace("\r\n", "\n") if name.startswith("answer") else typed for name, typed in TYPED.items()
    } | {"answer-topic": back.value("answer-topic")}
    assert back.value("answer-topic").split() == TYPED["answer-topic"].split()
    assert back.value("start") == TUESDAY_10
    assert back.value("form_key") == "k" * 22


def test_a_day_without_the_chosen_time_has_nothing_chosen_and_coming_back_finds_it_again(s: Site) -> None:
    elsewhere = pressed(s, changing(s), "Wednesday 9 January", "choice")
    assert checked(elsewhere) == []
    assert checked(pressed(s, elsewhere, "Tuesday 8 January", "choice")) == [TUESDAY_9]


def test_the_zone_chosen_there_is_the_one_of_the_details(s: Site) -> None:
    page = pressed(s, changing(s), "Update", "choice", zone="Asia/Tokyo")
    assert "17:00" in page.times()
    assert "17:00–17:30" in pressed(s, page, "Continue", "choice", zone="Asia/Tokyo").text


def test_nothing_typed_stands_in_an_address(s: Site) -> None:
    page = changing(s)
    addresses = [e.get(name, "") for e in page.root.iter() for name in ("href", "action", "formaction", "data-here")]
    assert not [each for each in addresses if "grace" in each.lower() or "compiler" in each.lower()]
    answer = s.browser.post("/ada/intro/times", data=s.form())
    assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "same-origin")


def test_changing_the_time_is_not_the_main_act_where_one_language_is_spoken(s: Site) -> None:
    with snapshot(s.w.rt.engine) as session:
        organisation = hosts.organisation(session)
    s.save(replace(organisation, languages=("en",)))
    page = look(s.browser, f"/ada/intro/details?start={TUESDAY_9}")
    first = next(b for b in page.root.iter("button"))
    assert (words(first), first.get("formaction")) == ("Hold this time and email me the link", None)


def test_a_host_whose_calendar_is_not_read_shows_no_times_there_either(s: Site) -> None:
    s.w.clock.advance(s.w.rt.settings.calendar.freshness_max.total_seconds() + 1)
    answer = s.browser.post("/ada/intro/times", data=s.form())
    assert answer.status_code == 503
    assert read(answer).button("Back to your details") == "/ada/intro/details"


def test_of_the_nearest_times_none_is_chosen_for_anybody(s: Site) -> None:
    s.hold(form_key="first" * 4, email="other@example.net")
    page = read(s.browser.post("/ada/intro/hold", data=s.form()))
    assert page.status == 409
    assert len(page.times()) > 1
    assert checked(page) == []


def test_the_taken_page_sent_without_a_choice_asks_for_one_and_keeps_what_was_typed(s: Site) -> None:
    s.hold(form_key="first" * 4, email="other@example.net")
    page = read(s.browser.post("/ada/intro/hold", data=s.form()))
    again = pressed(s, page, "Hold this time", "details")
    assert again.status == 422
    assert "Choose a time" in words(again.one("div", role="alert"))
    assert again.value("name") == "Grace Hopper"
    assert len(again.times()) > 1

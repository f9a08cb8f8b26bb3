"""Which language a page speaks, and that changing it loses nothing."""

from dataclasses import replace

import pytest

from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.localized_text import InLanguages
from booking_service.domain.people import Organisation
from booking_service.domain.questions import Question
from booking_service.language import language_of
from booking_service.web.http.request import accepted
from tests.web.page_reader import look, read
from tests.web.site import TUESDAY_9, Site

pytestmark = pytest.mark.timeout(60)


@pytest.mark.parametrize(
    ("header", "codes"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", ["de", "de", "en"]),
        ("en;q=0.2, nl", ["nl", "en"]),
        ("en-us, EN-gb;q=0.8, en-x-us;q=0.1", ["en-US", "en", "en"]),
        ("de;q=0, en", ["en"]),
        ("", []),
        ("*", []),
        ("x" * 9000, []),
        ("de;q=9999", []),
        ("; ; ,,, q=1", []),
    ],
)
def test_accept_language_is_read_by_preference(header: str, codes: list[str]) -> None:
    assert list(accepted(header)) == codes


def test_the_choice_goes_before_the_booking_before_the_browser_before_the_host(s: Site) -> None:
    booking = s.hold(lang="nl")
    address = f"/b/{booking.public_id}"
    assert look(s.browser, f"{address}?lang=de").root.get("lang") == "de"
    assert look(s.browser, address).root.get("lang") == "nl"
    german = {"Accept-Language": "de-CH, en;q=0.5"}
    assert read(s.browser.get("/ada/intro", headers=german)).root.get("lang") == "de"
    s.save(replace(s.w.host, language="nl"))
    assert read(s.browser.get("/ada/intro", headers={"Accept-Language": "fr"})).root.get("lang") == "nl"


def test_an_american_browser_reads_twelve_hours_from_the_free_times_to_the_mail(s: Site) -> None:
    american = {"Accept-Language": "en-US,en;q=0.9"}
    page = read(s.browser.get("/ada/intro?day=2030-01-08", headers=american))
    assert (page.root.get("lang"), page.all("th")[0].get("abbr")) == ("en-US", "Sunday")
    assert "9:00 AM" in page.times()
    s.browser.headers.update(american)
    booking = s.hold()
    assert booking.invitee.language == "en-US"
    s.browser.headers["Accept-Language"] = "de"
    assert "9:00–9:30 AM" in look(s.browser, f"/b/{booking.public_id}?lang=en").text
    assert "09:00–09:30" in look(s.browser, f"/b/{booking.public_id}?lang=de").text


def test_a_reader_from_elsewhere_gets_twenty_four_hours_at_an_american_host(s: Site) -> None:
    s.save(replace(s.w.host, language="en-US"))
    assert read(s.browser.get("/ada/intro", headers={"Accept-Language": "en-GB"})).root.get("lang") == "en"
    assert read(s.browser.get("/ada/intro", headers={"Accept-Language": "fr"})).root.get("lang") == "en-US"


def test_only_languages_of_the_organisation_are_on_offer(s: Site) -> None:
    s.save(Organisation(name="Analytical Engines", languages=("de", "en"), default_language="de"))
    page = look(s.browser, "/ada/intro?lang=nl")
    assert page.root.get("lang") == "en"
    assert [a.get("lang") for a in page.one("nav", aria_label="Language").iter("a")] == ["de", "en"]


def test_a_change_of_language_keeps_the_day_the_zone_and_the_month(s: Site) -> None:
    page = look(s.browser, "/ada/intro?day=2030-01-09&zone=Asia/Tokyo&lang=en")
    german = page.links()["Deutsch"]
    assert german == "/ada/intro?day=2030-01-09&zone=Asia%2FTokyo&lang=de"
    assert look(s.browser, german).times() == page.times()


def test_a_change_of_language_keeps_what_was_typed(s: Site) -> None:
    """The entries of the menu are buttons of the form there, so that nothing typed ever stands in an address."""
    page = look(s.browser, f"/ada/intro/details?start={TUESDAY_9}")
    (button,) = [b for b in page.all("button", name="lang") if b.get("value") == "de"]
    assert (button.get("form"), button.get("formaction")) == ("details", "/ada/intro/details")
    again = read(s.browser.post("/ada/intro/details", data=s.form(lang="de", name="Grace", email="not yet")))
    assert (again.status, again.root.get("lang")) == (200, "de")
    assert (again.value("name"), again.value("email"), again.value("start")) == ("Grace", "not yet", TUESDAY_9)
    assert again.value("form_key") == "k" * 22


def test_dates_are_those_of_the_language(s: Site) -> None:
    page = look(s.browser, "/ada/intro?lang=de&day=2030-01-08")
    assert "Dienstag, 8. Januar" in page.text
    assert "Mo Di Mi Do Fr Sa So" in page.text
    assert language_of("de").plural("{count} a", "{count} b", 2) == "2 b"


def test_what_hosts_write_is_read_in_the_readers_language(s: Site) -> None:
    """On pages, in mails and in invitations in the invitee's; in the host's calendar and mails in the host's. What is
    there in another language only says so to screen readers."""
    english_german = InLanguages((("en", "Consultation"), ("de", "Beratung")))
    question = Question("topic", InLanguages((("en", "About what?"), ("de", "Worüber?"))), required=True)
    dutch = InLanguages((("nl", "Over <alles>.\n\nGratis."),))
    s.save(replace(s.w.intro, title=english_german, description=dutch, questions=(question,)))
    s.save(replace(s.w.host, language="de"))
    texts = InLanguages((("de", "Analytical Engines, Zürich"), ("en", "Analytical Engines, Zurich")))
    s.save(Organisation(name="Analytical Engines", imprint=texts, privacy=texts, default_language="de"))

    page = look(s.browser, "/ada/intro?lang=en")
    assert (page.h1, page.one("h1").findall("span")) == ("Consultation", [])
    first, second = page.all("p", **{"class": "typed"})
    assert (first.find("span").get("lang"), first.find("span").text, second.find("span").text) == (
        "nl",
        "Over <alles>.",
        "Gratis.",
    )
    dutch_page = look(s.browser, "/ada/intro?lang=nl")
    assert (dutch_page.h1, dutch_page.one("h1").find("span").get("lang")) == ("Beratung", "de")
    assert [p.find("span") for p in dutch_page.all("p", **{"class": "typed"})] == [None, None]
    assert look(s.browser, "/ada?lang=nl").all("strong")[0].find("span").get("lang") == "de"
    refused = read(s.browser.post("/ada/intro/hold", data=s.form(lang="de", **{"answer-topic": ""})))
    assert "Worüber?" in refused.one("label", **{"for": "answer-topic"}).text
    assert "Beantworten Sie diese Frage: Worüber?" in refused.text
    assert look(s.browser, "/imprint?lang=en").one("p", **{"class": "typed"}).text == "Analytical Engines, Zurich"
    assert look(s.browser, "/privacy?lang=nl").one("p", **{"class": "typed"}).get("lang") == "de"

    booking = s.hold(lang="nl")
    s.w.drain()
    (asked,) = s.w.mails.to("grace@example.net")
    assert 'lang="de">Beratung' in asked.html
    assert 'lang="de">Analytical Engines, Zürich' in asked.html
    assert "Beratung" in look(s.browser, f"/b/{booking.public_id}").text
    assert "Consultation" in look(s.browser, f"/b/{booking.public_id}?lang=en").text
    assert s.browser.post(s.link(booking, LinkPurpose.CONFIRM)).status_code == 303
    s.w.drain()
    (event,) = s.w.calendar.events()
    assert event.summary == "Grace Hopper · Beratung"
    assert "Worüber? The compiler" in event.description
    assert "Consultation" not in s.w.mails.to("ada@example.org")[0].text

    s.hold(lang="en", email="alan@example.net", form_key="j" * 22, start="2030-01-08T09:00:00Z")
    s.w.drain()
    assert "Consultation" in s.w.mails.to("alan@example.net")[0].text

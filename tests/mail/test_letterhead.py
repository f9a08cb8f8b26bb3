"""What HTML mails look like: whose they are, their one button, and that the look adds no words to the text."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import html5lib
import pytest

from booking_service.domain.interval import Interval
from booking_service.domain.people import Organisation
from tests.mail.examples import ORGANISATION, Case, case, cases

OR_OPEN = {"en": "Or open this address:", "de": "Oder öffnen Sie diese Adresse:", "nl": "Of open dit adres:"}


def html_of(each: Case) -> str:
    return each.composed().html


def words(html: str) -> str:
    body = html5lib.HTMLParser(namespaceHTMLElements=False).parse(html).find("body")
    assert body is not None
    return " ".join(" ".join(body.itertext()).split())


def test_each_begins_with_the_name_of_the_organisation_or_of_a_host_alone() -> None:
    for each in cases():
        assert words(html_of(each)).startswith("Analytical Engines ")
    alone = case("booked").of(organisation=Organisation(name=""))
    assert words(html_of(alone)).startswith("Ada Lovelace ")


@pytest.mark.parametrize(("accent", "ink"), [("", "#ffffff"), ("#7a1fa2", "#ffffff"), ("#ffcc00", "#000000")])
def test_the_button_has_the_colour_of_the_organisation_and_an_ink_that_reads(accent: str, ink: str) -> None:
    html = html_of(case("confirm-booking").of(organisation=replace(ORGANISATION, accent=accent)))
    (button,) = re.findall(r'<a href="[^"]+" style="([^"]+)">', html)
    assert f"background: {accent or '#0b5a4a'}" in button
    assert f" color: {ink}" in button
    links = set(re.findall(r'class="link"[^>]* style="[^"]*color: (#\w{6})"', html))
    assert len(links) == 1
    assert links != {"#ffcc00"}  # yellow on white can't be read


@pytest.mark.parametrize("language", ["en", "de", "nl"])
@pytest.mark.parametrize("name", ["confirm-booking", "hold-reminder"])
def test_the_question_says_in_html_what_it_says_in_text(name: str, language: str) -> None:
    """But for the name at the top and the button's address: no advertising comes in by the way it looks."""
    mail = case(name).of(language=language).composed()
    told = words(mail.html).removeprefix("Analytical Engines ").replace(OR_OPEN[language] + " ", "")
    text = re.sub(r"https://\S+", "", mail.text).replace("-- ", " ")
    plain = re.sub(r"https://\S+", "", told)
    assert re.findall(r"\w+", plain) == re.findall(r"\w+", text)


def test_the_buttons_address_can_be_read_and_copied() -> None:
    mail = case("confirm-booking").composed()
    assert "Confirm booking Or open this address: https://book.example.org/c/token-confirm Or type" in words(mail.html)


def test_times_do_not_break_inside() -> None:
    html = html_of(case("confirm-booking").of(zone="Europe/Berlin"))
    kept = re.findall(r'<span style="white-space: nowrap">([^<]+)</span>', html)
    assert {"09:00–09:30", "11:14", "(UTC+1)"} <= set(kept)
    night = Interval(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 15, tzinfo=UTC))
    twice = html_of(case("confirm-booking").of(zone="Europe/Berlin", time=night))
    assert '"white-space: nowrap">02:30 (UTC+2)–02:15 (UTC+1)</span>' in twice

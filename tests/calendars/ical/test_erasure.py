"""A person goes out of an event; the host's own words, and every byte that is not about that person, stay."""

import pytest

from calendars.ical import ics
from calendars.ical.erasure import without
from calendars.ical.lines import text_line

TITLE, BOOKED = (
    "Grace Hopper · Intro call",
    "Grace Hopper <grace@example.net>\nGuest: alan@example.org\nTopic: The compiler",
)
OURS = {TITLE: "Intro call", BOOKED: ""}
PEOPLE = ("Grace Hopper", "grace@example.net")


def event(*inside: str) -> bytes:
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20300108T080000Z\r\n"
    return (head + "".join(inside) + "END:VEVENT\r\nEND:VCALENDAR\r\n").encode()


def alarm(text: str) -> str:
    return f"BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\n{text_line('DESCRIPTION', text)}END:VALARM\r\n"


def cleaned(*inside: str) -> bytes:
    after = without(event(*inside), ours=OURS, people=PEOPLE)
    assert without(after, ours=OURS, people=PEOPLE) == after, "once is enough"
    return after


def test_what_we_wrote_goes_from_the_title_the_description_and_the_alarm() -> None:
    after = cleaned(text_line("SUMMARY", TITLE), text_line("DESCRIPTION", BOOKED), "X-BOOKING-ID:1\r\n", alarm(TITLE))
    assert after == event(text_line("SUMMARY", "Intro call"), "X-BOOKING-ID:1\r\n", alarm("Intro call"))


def test_an_event_that_names_nobody_keeps_every_byte() -> None:
    body = event("SUMMARY:Intro\r\n  call\r\n", "DESCRIPTION:The gracehopper  project\n", "X-Odd;a=b:c\r\n")
    assert without(body, ours=OURS, people=PEOPLE) == body


@pytest.mark.parametrize(
    ("stands", "stays"),
    [
        (f"{TITLE} – bring the slides", "Intro call – bring the slides"),
        ("Coffee with Grace  Hopper, moved", "Coffee with …, moved"),
        ("Lunch with Grace", "Lunch with Grace"),
        ("Grace Hopper", "…"),
        ("My own title", "My own title"),
    ],
)
def test_a_title_of_the_hosts_own_keeps_their_words(stands: str, stays: str) -> None:
    seen = ics.read(cleaned(text_line("SUMMARY", stands)))
    assert seen is not None
    assert seen.summary == stays


@pytest.mark.parametrize(
    ("stands", "stays"),
    [
        (f"{BOOKED}\nShe wants a refund.", "She wants a refund."),
        ("Bring the contract.\n" + BOOKED, "Bring the contract."),
        ("Grace Hopper <grace@example.net>\nTopic: The compiler\nmy note", "my note"),  # the host took a line out
        ("Call her: GRACE@example.net, or not@grace@example.networks", "Call her: …, or not@grace@example.networks"),
        ("Topic: The compiler of Ada", "Topic: The compiler of Ada"),
    ],
)
def test_a_description_loses_our_lines_and_keeps_the_hosts(stands: str, stays: str) -> None:
    seen = ics.read(cleaned(text_line("DESCRIPTION", stands)))
    assert seen is not None
    assert seen.description.strip() == stays


def test_other_forms_of_the_same_text_go_with_it() -> None:
    html = "X-ALT-DESC;FMTTYPE=text/html:<p>Grace Hopper &lt\\;grace@example.net&gt\\;</p>\r\n"
    other = 'DESCRIPTION;LANGUAGE=en;ALTREP="data:text/html,Grace%20Hopper":Grace Hopper called\r\n'
    assert cleaned(other, html) == event("DESCRIPTION;LANGUAGE=en:… called\r\n")
    kept = "X-ALT-DESC;FMTTYPE=text/html:<p>My note</p>\r\n"
    assert cleaned(kept, alarm(TITLE)) == event(kept, alarm("Intro call"))


def test_a_name_of_one_word_goes_from_the_front_of_a_title_and_stays_a_word_elsewhere() -> None:
    ours = {"Will · Intro call": "Intro call"}
    body = event(text_line("SUMMARY", "Will – moved"), text_line("DESCRIPTION", "Will call back"))
    assert without(body, ours=ours, people=("Will", "will@example.net")) == event(
        text_line("SUMMARY", "… – moved"), text_line("DESCRIPTION", "Will call back")
    )


def test_every_copy_in_the_object_is_looked_at_and_whom_the_host_invited_stays() -> None:
    invited = "ATTENDEE;CN=Grace Hopper:mailto:grace@example.net\r\n"
    again = f"END:VEVENT\r\nBEGIN:VEVENT\r\nUID:a\r\nRECURRENCE-ID:20300115T080000Z\r\n{text_line('SUMMARY', TITLE)}"
    after = cleaned(text_line("SUMMARY", TITLE), invited, again)
    assert after == event(text_line("SUMMARY", TITLE), invited, again).replace(b"Grace Hopper \xc2\xb7 ", b"")


def test_a_folded_line_and_words_of_other_alphabets_are_found() -> None:
    name = "Владимир Константинович Преображенский-Длинный"
    body = event(text_line("SUMMARY", f"{name} · {'Ein langes Gespräch ' * 4}"))
    assert name.encode() not in body, "it is folded"
    after = without(body, ours={}, people=(name,))
    seen = ics.read(after)
    assert seen is not None
    assert seen.summary.startswith("… · Ein langes")

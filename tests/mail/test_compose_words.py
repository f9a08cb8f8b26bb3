"""What mails say and what they must not: nothing is booked before it is, and a question is no advertising."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest

from booking_service.domain.booking import Cause, Party
from booking_service.domain.interval import Interval
from booking_service.domain.meeting import DoubleOptIn, Place
from booking_service.mail.message import OutgoingMail, assemble
from tests.mail.examples import BOOKING, GRACE, GUESTS, LINKS, MEETING, NOW, ORGANISATION, START, case, cases
from tests.world import host

LANGUAGES = ("en", "de", "nl")
UNCONFIRMED = (
    "confirm-booking",
    "hold-reminder",
    "hold-ended",
    "hold-ended-taken",
    "released",
    "host-held",
    "approve-booking",
)
SAYS_BOOKED = (
    "booked",
    "your booking",
    "gebucht",
    "ihre buchung",
    "geboekt",
    "uw boeking",
    "uw afspraak",
    "ihr termin",
)
ADVERTISES = (
    "welcome",
    "willkommen",
    "welkom",
    "newsletter",
    "discover",
    "offer",
    "questions?",
    "fragen?",
    "vragen?",
    "contact us",
    "follow",
    "folgen",
    "rabatt",
    "korting",
    "discount",
    "http://www",
    "feedback",
    "review",
    "enjoy",
    "thank",
)

spoken = pytest.mark.parametrize("language", LANGUAGES)


def all_text(mail: OutgoingMail) -> str:
    """Everything a reader could see or a program could find: headers decoded, both bodies."""
    message = message_from_bytes(assemble(mail).as_bytes(), policy=policy.default)
    bodies = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
    return "\n".join([*(f"{name}: {value}" for name, value in message.items()), *bodies])


@spoken
@pytest.mark.parametrize("name", UNCONFIRMED)
def test_before_confirmation_no_mail_says_that_anything_was_booked(name: str, language: str) -> None:
    text = all_text(case(name).of(language=language, host=host(language=language)).composed()).lower()
    assert not [word for word in SAYS_BOOKED if word in text]


@spoken
@pytest.mark.parametrize("name", ["confirm-booking", "hold-reminder"])
def test_the_question_to_the_invitee_is_no_advertising(name: str, language: str) -> None:
    mail = case(name).of(language=language).composed()
    assert not [word for word in ADVERTISES if word in all_text(mail).lower()]
    assert not [sign for sign in ("<img", "url(", "<link", "<svg") if sign in mail.html]


@spoken
@pytest.mark.parametrize("name", ["confirm-booking", "hold-reminder", "hold-ended"])
def test_a_mail_to_an_unproven_address_carries_nothing_that_anybody_typed(name: str, language: str) -> None:
    typed = {"name": "Buy Gold Now", "answers": (("topic", "cheap pills"), ("free", "win a prize"))}
    mail = case(name).of(language=language, **typed).composed()
    text = all_text(mail)
    assert not [word for word in ("Buy Gold", "pills", "prize", *GUESTS) if word in text]
    assert text.count(GRACE.email) == 1  # in To
    assert mail.calendar is None
    assert mail.to.name == ""


@spoken
def test_the_question_says_who_when_until_when_how_to_answer_and_how_not(language: str) -> None:
    text = case("confirm-booking").of(language=language).composed().text
    for expected in (
        "Ada Lovelace",
        MEETING.title,
        "03:00–03:30",
        "America/New_York (UTC−5)",
        "05:14",
        "430436",
        LINKS["confirm"],
        LINKS["not_me"],
        LINKS["privacy"],
        *ORGANISATION.imprint.splitlines(),
    ):
        assert expected in text
    assert MEETING.location not in text  # the way in is for those whose booking stands


def test_the_imprint_does_not_say_its_first_line_twice() -> None:
    assert case("confirm-booking").composed().text.count("Analytical Engines") == 1


def test_subjects_are_what_people_look_for_in_a_list() -> None:
    subjects = {each.name: each.composed().subject for each in cases()}
    assert subjects == {
        "confirm-booking": "Please confirm: Tue 24 Nov, 03:00 with Ada Lovelace",
        "hold-reminder": "Still yours until 05:14: Tue 24 Nov, 03:00 with Ada Lovelace",
        "hold-ended": "Your hold has ended: Tue 24 Nov, 03:00 with Ada Lovelace",
        "hold-ended-taken": "Your hold has ended: Tue 24 Nov, 03:00 with Ada Lovelace",
        "hold-ended-unmailed": "Your hold has ended: Tue 24 Nov, 03:00 with Ada Lovelace",
        "booked": "30-minute consultation with Ada Lovelace",
        "booked-guest": "30-minute consultation with Ada Lovelace",
        "moved": "Moved to Tue 24 Nov, 03:00: 30-minute consultation with Ada Lovelace",
        "moved-guest": "Moved to Tue 24 Nov, 03:00: 30-minute consultation with Ada Lovelace",
        "cancelled": "Cancelled: Tue 24 Nov, 03:00 with Ada Lovelace",
        "cancelled-guest": "Cancelled: Tue 24 Nov, 03:00 with Ada Lovelace",
        "released": "Not available any more: Tue 24 Nov, 03:00 with Ada Lovelace",
        "uninvited": "You are not taking part: Tue 24 Nov, 03:00 with Ada Lovelace",
        "guest-comes": "A guest is coming after all: Tue 24 Nov, 03:00",
        "host-guest-comes": "A guest is coming after all: Tue 24 Nov, 09:00",
        "guest-declined": "A guest won't come: Tue 24 Nov, 03:00",
        "host-guest-declined": "A guest won't come: Tue 24 Nov, 09:00",
        "time-offered": "Ada Lovelace offers another time: Wed 25 Nov, 03:00",
        "offer-declined": "Grace Hopper keeps Tue 24 Nov, 09:00",
        "reminder": "Tomorrow 03:00 with Ada Lovelace",
        "host-held": "Hold: Grace Hopper, Tue 24 Nov, 09:00",
        "approve-booking": "Please decide: Grace Hopper, Tue 24 Nov, 09:00",
        "host-booked": "Booked by Grace Hopper: Tue 24 Nov, 09:00",
        "host-moved": "Moved by Grace Hopper to Tue 24 Nov, 09:00",
        "host-cancelled": "Cancelled by Grace Hopper: Tue 24 Nov, 09:00",
    }


def test_an_hour_that_comes_twice_is_told_apart_in_subject_and_text() -> None:
    second = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)  # the second 02:30 of that night in Berlin
    twice = Interval(second, second + timedelta(minutes=30))
    mail = case("confirm-booking").of(zone="Europe/Berlin", time=twice).composed()
    assert "02:30 (UTC+1)" in mail.subject
    assert "02:30 (UTC+1)–03:00 (UTC+1)" in mail.text


def test_a_reminder_says_today_tomorrow_or_the_day_by_the_readers_calendar() -> None:
    given = case("reminder")
    for zone, ahead, begins in (
        ("America/New_York", timedelta(hours=2), "Today 03:00"),
        ("Asia/Kathmandu", timedelta(hours=23), "Tomorrow 13:45"),
        ("Asia/Kathmandu", timedelta(days=3), "Reminder: Tue 24 Nov, 13:45"),
    ):
        each = given.of(zone=zone)
        mail = replace(each, facts=replace(each.facts, now=START - ahead)).composed()
        assert mail.subject == f"{begins} with Ada Lovelace"
        assert LINKS["stop"] in mail.text


def test_an_ended_hold_offers_its_time_again_unless_it_is_known_to_be_gone() -> None:
    free, taken = case("hold-ended").composed(), case("hold-ended-taken").composed()
    assert LINKS["confirm"] in free.text
    assert LINKS["confirm"] not in taken.text
    assert "Somebody else has taken it in the meantime." in taken.text
    for mail in (free, taken):
        assert mail.text.count(f"{LINKS['page']}/details?start=") == 3


def test_only_the_invitee_may_move_or_cancel_and_only_a_guest_may_decline() -> None:
    invitee, guest = case("booked").composed(), case("booked-guest").composed()
    assert LINKS["manage"] in invitee.text
    assert LINKS["manage"] not in guest.text
    assert LINKS["decline"] in guest.text
    assert MEETING.location in invitee.text
    assert MEETING.location in guest.text


def test_the_last_moment_for_changes_is_named_where_there_is_one() -> None:
    strict = replace(MEETING, change_until=timedelta(hours=12))
    assert "until Monday 23 November, 15:00, America/New_York" in case("booked").of(meeting=strict).composed().text


def test_a_last_moment_that_has_passed_is_no_offer_but_says_whom_to_write_to() -> None:
    strict = replace(MEETING, change_until=timedelta(days=5))
    text = case("booked").of(meeting=strict).composed().text
    assert LINKS["manage"] not in text
    assert "It is too close to the start to be changed here. Please write to ada@example.org." in text


def test_a_name_that_reads_as_an_address_is_not_carried_to_guests() -> None:
    for name in ("Win at evil.example", "http://evil", "a@evil", "www evil"):
        assert "evil" not in all_text(case("booked-guest").of(name=name).composed())
    assert "Grace B. Hopper" not in case("booked-guest").of(name="Grace B. Hopper").composed().text
    assert "Grace Hopper Jr." in case("booked-guest").of(name="Grace Hopper Jr.").composed().text


def test_a_host_learns_what_was_answered_but_of_what_is_sensitive_only_that_it_was() -> None:
    asked, booked = case("approve-booking").composed().text, case("host-booked").composed().text
    assert "Topic: Compilers,\n  and the moth" in asked
    assert "Nuts" not in asked + booked
    assert "Allergies: answered, see the booking" in booked
    assert all(guest in booked for guest in GUESTS)


def test_an_approval_says_whether_the_address_is_proven_and_the_question_whether_the_host_decides_too() -> None:
    both = frozenset({Party.HOST, Party.INVITEE})
    never = replace(MEETING, doi=DoubleOptIn.OFF)
    assert "The email address is confirmed." in case("approve-booking").composed().text
    assert "not confirmed yet" in case("approve-booking").of(awaits=both).composed().text
    assert "The email address was not checked." in case("approve-booking").of(meeting=never).composed().text
    assert "Once you have confirmed, Ada Lovelace decides." in case("confirm-booking").of(awaits=both).composed().text
    assert "decides" not in case("confirm-booking").composed().text


def test_a_time_that_is_not_held_is_not_called_held() -> None:
    text = case("confirm-booking").of(reserves=False).composed().text
    assert "held for you until" not in text
    assert "whoever confirms first" in text
    assert "Release the time" not in text
    assert "Withdraw the request now, or stop emails to this address:" in text


def test_a_request_that_held_nothing_ends_without_talk_of_a_hold() -> None:
    mail = case("hold-ended").of(reserves=False).composed()
    assert mail.subject == "Your request has ended: Tue 24 Nov, 03:00 with Ada Lovelace"
    assert "hold" not in mail.text
    assert "released" not in mail.text


def test_who_confirmed_in_time_is_not_told_that_they_did_not() -> None:
    mail = case("hold-ended").of(awaits=frozenset({Party.HOST})).composed()
    assert "Ada Lovelace did not answer by Monday 23 November, 04:13" in mail.text
    assert "not confirmed" not in mail.text


def test_the_old_time_stands_struck_through_beside_the_new() -> None:
    mail = case("moved").composed()
    assert "Before: Monday 23 November 2026, 03:00–03:30" in mail.text
    assert re.search(
        r"<s>Monday 23 November 2026, <span[^>]*>03:00–03:30</span>, America/New_York [^/]*</span></s>", mail.html
    )


def test_who_was_never_told_of_a_booking_does_not_hear_that_it_moved() -> None:
    for name, first in (("moved", "booked"), ("moved-guest", "booked-guest"), ("host-moved", "host-booked")):
        untold = replace(case(name), facts=replace(case(name).facts, told=False, told_time=None)).composed()
        assert untold.subject == case(first).composed().subject
        assert "Before:" not in untold.text


def test_a_booking_that_moved_there_and_back_has_no_old_time() -> None:
    given = case("moved")
    back = replace(given, facts=replace(given.facts, told_time=given.facts.booking.time))
    assert "Before:" not in back.composed().text


def test_reasons_reach_the_other_side_and_an_invitees_words_no_guest() -> None:
    assert "Ada Lovelace wrote:\n  I am ill" in case("cancelled").composed().text
    assert "I am ill" in case("cancelled-guest").composed().text
    assert "My train is late" in case("host-cancelled").composed().text
    by_invitee = {"cancelled_by": Party.INVITEE, "reason": "My train is late"}
    assert "train" not in case("cancelled-guest").of(**by_invitee).composed().text
    assert "You have cancelled" in case("cancelled").of(**by_invitee).composed().text


@pytest.mark.parametrize(
    ("by", "cause", "says"),
    [
        (Party.SYSTEM, Cause.TAKEN, "is taken"),
        (Party.SYSTEM, Cause.CALENDAR, "can't be reached"),
        (Party.HOST, Cause.DELETED, "can no longer offer"),
    ],
)
def test_a_released_hold_says_why_and_offers_the_page(by: Party, cause: Cause, says: str) -> None:
    mail = case("released").of(cancelled_by=by, cause=cause).composed()
    assert says in mail.text
    assert LINKS["page"] in mail.text
    assert mail.calendar is None


def test_a_host_reads_who_cancelled() -> None:
    assert case("host-cancelled").composed().subject.startswith("Cancelled by Grace Hopper")
    by_system = case("host-cancelled").of(cancelled_by=Party.SYSTEM).composed()
    assert by_system.subject == "Cancelled: Grace Hopper, Tue 24 Nov, 09:00"


def test_a_place_without_an_address_is_named_by_its_kind() -> None:
    for place, kind in ((Place.VIDEO, "Video call"), (Place.IN_PERSON, "In person")):
        bare = replace(MEETING, place=place, location="")
        assert f"Where: {kind}" in case("booked").of(meeting=bare).composed().text


def test_a_phone_call_says_who_calls_and_can_be_dialled() -> None:
    """With a number, whoever booked calls it; without one, the host calls. The number is told once the booking stands."""
    dialled = replace(MEETING, place=Place.PHONE, location="+49 (0)30 9018-20")
    booked, asked, of_host = (
        case(name).of(meeting=dialled).composed() for name in ("booked", "confirm-booking", "host-booked")
    )
    assert "Where: Call Ada Lovelace: +49 (0)30 9018-20" in booked.text
    assert 'href="tel:+4930901820"' in booked.html
    assert "Where: You call Ada Lovelace; the number follows in the confirmation" in asked.text
    assert not any(number in asked.html for number in ("9018-20", "901820"))
    assert "Where: Grace Hopper calls you: +49 (0)30 9018-20" in of_host.text
    called = replace(MEETING, place=Place.PHONE, location="")
    assert "Where: Ada Lovelace calls you" in case("booked").of(meeting=called).composed().text
    assert "Where: You call Grace Hopper" in case("host-booked").of(meeting=called).composed().text


def test_a_location_is_a_link_only_where_it_is_a_web_address() -> None:
    script = replace(MEETING, location="javascript:alert(1)")
    assert "javascript:" not in "".join(
        part for part in case("booked").of(meeting=script).composed().html.split("href")[1:]
    )
    assert f'href="{MEETING.location}"' in case("booked").composed().html


def test_a_zone_that_the_database_lost_falls_back_to_the_hosts() -> None:
    assert "Europe/Berlin" in case("booked").of(zone="US/Atlantis").composed().text


def test_the_booking_of_these_tests_waits_for_its_invitee() -> None:
    assert BOOKING.blocks(NOW)


def test_an_american_reader_is_written_to_in_twelve_hours() -> None:
    moved = case("moved").of(language="en-US", zone="America/New_York").composed()
    assert "Tue, Nov 24, 3:00\u00a0AM" in moved.subject
    mail = case("booked").of(language="en-US", zone="Europe/Berlin").composed()
    assert re.search(r"Tuesday, November 24, 2026, 9:00–9:30\u00a0AM", mail.text)
    assert not re.search(r"\b[01]\d:\d{2}–", mail.text)

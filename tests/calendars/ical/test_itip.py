"""Invitations and cancellations as mail clients read them: golden files, and what must never be in them."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import pytest
import vobject
from hypothesis import example, given, settings
from hypothesis import strategies as st

from calendars.ical import ics, itip
from calendars.ical.lines import lines, tidy_line
from calendars.model import Address, Attendee, Event, EventStatus, Period

GOLDEN = Path(__file__).parents[1] / "data" / "golden"
NOW = datetime(2026, 2, 27, 12, 30, 5, tzinfo=UTC)
SERVICE = Address("bookings@book.example", "Ada Lovelace via Analytical Bookings")
ADA = Attendee(Address("ada@example.org", "Ada Lovelace"), accepted=True)
GRACE = Attendee(Address("grace@example.org", "Grace Hopper"))
GUESTS = (Attendee(Address("李雷@例え.example", "李雷, Büro; 2")), Attendee(Address("x@example.org")))
BOOKED = Event(
    uid="8f14e45f-ceea-467f-a8f3-000000000001",
    time=Period(datetime(2026, 3, 27, 9, 0, tzinfo=UTC), datetime(2026, 3, 27, 9, 30, tzinfo=UTC)),
    status=EventStatus.CONFIRMED,
    summary="Intro call: Grace Hopper & Ada Lovelace",
    sequence=1,
    stamped_at=datetime(2026, 2, 1, tzinfo=UTC),
    description="Reschedule or cancel: https://book.example/m/…\nQuestions; wishes, other\\things: mail us. 👩‍🔬 Ünïcødé längere Zeile, damit gefaltet wird.",
    location="Room 4; third floor, left",
    url="https://book.example/host/bookings/7",
    color="orange",
    categories=("Booking",),
    alarm_before=timedelta(minutes=15),
    marks={"X-BOOKING-ID": "7", "X-BOOKING-REVISION": "3"},
)
MOVED = replace(
    BOOKED,
    sequence=2,
    # The hour after Berlin's clocks changed: the instant is in UTC whatever zone anybody is in.
    time=Period(datetime(2026, 3, 30, 8, 0, tzinfo=UTC), datetime(2026, 3, 30, 8, 30, tzinfo=UTC)),
)
NIGHT = replace(
    BOOKED, time=Period(datetime(2026, 10, 24, 23, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
)
ALONE, WITH_GUESTS = (ADA, GRACE), (ADA, GRACE, *GUESTS)
MESSAGES = {
    f"{name}{'_guests' if people is WITH_GUESTS else ''}": write(
        event, organizer=SERVICE, attendees=people, stamped_at=NOW
    )
    for people in (ALONE, WITH_GUESTS)
    for name, write, event in (
        ("confirm", itip.request, BOOKED),
        ("move", itip.request, MOVED),
        ("night", itip.request, NIGHT),
        ("cancel", itip.cancel, replace(MOVED, sequence=3)),
        ("removed", itip.cancel, replace(BOOKED, sequence=2)),
    )
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_is_to_the_byte_what_it_was(name: str):
    assert MESSAGES[name].decode() == (GOLDEN / f"{name}.ics").read_bytes().decode()


@pytest.mark.parametrize("name", MESSAGES)
def test_two_parsers_read_a_message_without_complaint(name: str):
    calendar = icalendar.Calendar.from_ical(MESSAGES[name])
    (event,) = calendar.walk("VEVENT")
    assert calendar.errors == event.errors == []
    second = vobject.readOne(MESSAGES[name].decode())
    assert second.method.value == calendar["METHOD"]
    assert second.vevent.dtstart.value == event["DTSTART"].dt
    assert [each.value for each in second.vevent.attendee_list] == [str(each) for each in event["ATTENDEE"]]


@pytest.mark.parametrize(
    ("name", "method", "status"), [("confirm", "REQUEST", "CONFIRMED"), ("cancel", "CANCEL", "CANCELLED")]
)
def test_a_message_says_what_rfc_5546_asks(name: str, method: str, status: str):
    calendar = icalendar.Calendar.from_ical(MESSAGES[name])
    (event,) = calendar.walk("VEVENT")
    assert calendar["METHOD"] == method
    assert event["STATUS"] == status
    assert event["ORGANIZER"] == "mailto:bookings@book.example"
    assert event["ORGANIZER"].params["CN"] == SERVICE.name
    assert event["DTSTAMP"].dt == NOW
    host, invitee = event["ATTENDEE"]
    assert (host, host.params["PARTSTAT"]) == ("mailto:ada@example.org", "ACCEPTED")
    assert (invitee, invitee.params["PARTSTAT"]) == ("mailto:grace@example.org", "NEEDS-ACTION")
    assert {host.params["RSVP"], invitee.params["RSVP"]} == {"FALSE"}


def test_a_change_keeps_the_uid_and_raises_the_sequence():
    events = [icalendar.Calendar.from_ical(MESSAGES[name]).walk("VEVENT")[0] for name in ("confirm", "move", "cancel")]
    assert len({event["UID"] for event in events}) == 1
    assert [event["SEQUENCE"] for event in events] == [1, 2, 3]


@pytest.mark.parametrize("name", MESSAGES)
def test_what_is_the_hosts_stays_at_home(name: str):
    names = {each.name for each in lines(MESSAGES[name])}
    assert not {each for each in names if each.startswith("X-")}
    assert "VALARM" not in MESSAGES[name].decode()
    assert "host/bookings" not in MESSAGES[name].decode()
    assert "COLOR" not in names


def test_the_hosts_copy_names_nobody():
    body = ics.build(BOOKED)
    assert not {"ORGANIZER", "ATTENDEE"} & {each.name for each in lines(body)}
    assert b"METHOD" not in body


HOSTILE = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from("\r\n\x00\x85\u2028\\;,:\"'^n<>@ ")), max_size=60
)


@pytest.mark.capability("A05")
@settings(max_examples=120, deadline=None)
@given(name=HOSTILE, email=HOSTILE)
@example(name="\\:", email="")
@example(name="e\\\\:\\;", email="")
def test_no_name_and_no_address_becomes_a_property_or_parameter(name: str, email: str):
    body = itip.request(BOOKED, organizer=SERVICE, attendees=[Attendee(Address(email, name))], stamped_at=NOW)
    plain = itip.request(BOOKED, organizer=SERVICE, attendees=[GRACE], stamped_at=NOW)
    assert [each.name for each in lines(body)] == [each.name for each in lines(plain)]
    assert all(len(each) <= 75 for each in body.split(b"\r\n"))
    (attendee,) = (each for each in lines(body) if each.name == "ATTENDEE")
    shown = tidy_line(name).replace('"', "'")
    assert attendee.params == ({"CN": shown} if shown else {}) | {
        "CUTYPE": "INDIVIDUAL",
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "FALSE",
    }
    assert attendee.value.startswith("mailto:")
    calendar = icalendar.Calendar.from_ical(body)
    (event,) = calendar.walk("VEVENT")
    assert event.errors == []
    # That library takes a backslash in a parameter for that of a TEXT, which no parameter has (RFC 5545 §3.2).
    assert event["ATTENDEE"].params.get("CN", "") == re.sub(r"\\([\\,;:])", r"\1", shown)

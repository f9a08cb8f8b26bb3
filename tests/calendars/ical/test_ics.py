"""The host's copy of an event: nothing gets in that isn't ours, nothing of the host's gets lost."""

import contextlib
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.ical import ics
from calendars.ical.lines import escape, lines, tidy, tidy_line, unescape
from calendars.model import Event, EventStatus, Period

BERLIN = ZoneInfo("Europe/Berlin")
HOLD = Event(
    uid="8f14e45f-ceea-467f-a8f3-000000000001",
    time=Period(datetime(2026, 3, 2, 9, 0, tzinfo=UTC), datetime(2026, 3, 2, 9, 30, tzinfo=UTC)),
    status=EventStatus.TENTATIVE,
    summary="⏳ Grace Hopper? · Intro call",
    sequence=0,
    stamped_at=datetime(2026, 2, 27, 12, 0, 5, tzinfo=UTC),
    description="Not confirmed. Released automatically at 12:15 (Europe/Berlin) unless confirmed.\nNote: a, b; c\\d",
    url="https://book.example/host/bookings/7",
    color="orange",
    categories=("Booking",),
    marks={"X-BOOKING-ID": "7", "X-BOOKING-REVISION": "3"},
)
CONFIRMED = replace(
    HOLD,
    status=EventStatus.CONFIRMED,
    sequence=1,
    summary="Grace Hopper · Intro call",
    description="Grace Hopper, grace@example.org",
    location="Room 4; third floor, left",
    conference="https://meet.example/a;b?c=1,2",
    color="",
    alarm_before=timedelta(minutes=15),
    marks={"X-BOOKING-ID": "7", "X-BOOKING-REVISION": "4"},
)
WRITTEN = {
    "previous_summary": HOLD.summary,
    "previous_description": HOLD.description,
    "previous_location": HOLD.location,
    "previous_url": HOLD.url,
    "previous_conference": HOLD.conference,
    "previous_color": HOLD.color,
}
HOSTILE = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("\r\n\t\x00\x0b\x0c\x1b\x7f\x85\u2028\u2029\\;,:\"'^nN👩\u200d🔬é汉ع\u0301 "),
    ),
    max_size=120,
)


def parsed(body: bytes) -> icalendar.Event:
    """The one VEVENT of `body`, read by icalendar, which must have nothing to complain about; vobject agrees."""
    component = icalendar.Calendar.from_ical(body)
    (event,) = component.walk("VEVENT")
    assert component.errors == []
    assert event.errors == []
    second = vobject.readOne(body.decode())
    second.validate(raiseException=True)
    assert second.vevent.uid.value == str(event["UID"])
    return event


OURS = "CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://meet.example/a;b?c=1,2"


def with_line(body: bytes, written: str) -> bytes:
    return body.replace(b"END:VEVENT", f"{written}\r\nEND:VEVENT".encode()) if written else body


def lines_of(body: bytes, name: str) -> list[str]:
    return [each.raw.strip() for each in lines(body) if each.name == name]


def names(body: bytes) -> list[str]:
    return [each.name for each in lines(body)]


def test_a_hold_stands_as_a_tentative_opaque_event_without_people_or_alarm():
    event = parsed(ics.build(HOLD))
    assert event["STATUS"] == "TENTATIVE"
    assert event["TRANSP"] == "OPAQUE"
    assert event["SEQUENCE"] == 0
    assert event["DTSTART"].dt == HOLD.time.start
    assert event["DTEND"].dt == HOLD.time.end
    assert event["COLOR"] == "orange"
    assert event["CATEGORIES"].to_ical() == b"Booking"
    assert event["X-BOOKING-REVISION"] == "3"
    assert "LAST-MODIFIED" in event
    assert not {"ORGANIZER", "ATTENDEE"} & event.keys()
    assert event.subcomponents == []


def test_a_confirmed_event_rings_before_it_begins():
    event = parsed(ics.build(CONFIRMED))
    (alarm,) = event.subcomponents
    assert alarm["TRIGGER"].dt == timedelta(minutes=-15)
    assert event["LOCATION"] == "Room 4; third floor, left"
    assert event["CONFERENCE"] == "https://meet.example/a;b?c=1,2"
    assert event["CONFERENCE"].params["VALUE"] == "URI"
    assert event["URL"] == "https://book.example/host/bookings/7"
    assert "COLOR" not in event


@pytest.mark.parametrize("event", [HOLD, CONFIRMED], ids=["hold", "confirmed"])
def test_what_we_write_is_what_we_read(event: Event):
    seen = ics.read(ics.build(event))
    assert seen is not None
    assert (seen.uid, seen.time, seen.status, seen.sequence) == (event.uid, event.time, event.status, event.sequence)
    assert (seen.summary, seen.description, seen.location) == (event.summary, event.description, event.location)
    assert (seen.url, seen.conference) == (event.url, event.conference)
    assert seen.marks == event.marks
    assert seen.opaque
    assert not seen.recurring


@pytest.mark.capability("A05")
@pytest.mark.parametrize(
    "name",
    [
        "Eve\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:other",
        "Eve\nATTENDEE:mailto:victim@example.org",
        "Eve\r\nBEGIN:VALARM\r\nACTION:EMAIL\r\nEND:VALARM",
        'Eve";X-P="1',
        "Eve^nATTENDEE:mailto:victim@example.org",
        "Eve\\nATTENDEE:mailto:victim@example.org",
        "Eve\rX-INJECTED:1",
        "Eve\u2028X-INJECTED:1",
        "Eve\x85X-INJECTED:1",
    ],
)
def test_no_text_becomes_a_property(name: str):
    event = replace(CONFIRMED, summary=name, description=name, location=name, marks={"X-BOOKING-ID": name})
    body = ics.build(event)
    assert names(body) == names(ics.build(replace(CONFIRMED, marks={"X-BOOKING-ID": "7"})))
    parsed(body)
    seen = ics.read(body)
    assert seen is not None
    assert seen.description == tidy(name)


@pytest.mark.capability("A06")
@settings(max_examples=120, deadline=None)
@given(summary=HOSTILE, description=HOSTILE, location=HOSTILE)
def test_every_text_comes_back_and_no_line_is_too_long(summary: str, description: str, location: str):
    body = ics.build(replace(HOLD, summary=summary, description=description, location=location))
    text = body.decode()
    assert all(len(each) <= 75 for each in body.split(b"\r\n"))
    assert "\r" not in text.replace("\r\n", "")
    assert "\n" not in text.replace("\r\n", "")
    assert not set(text) & {chr(code) for code in [*range(9), 11, 12, *range(14, 32), *range(127, 160), 0x2028, 0x2029]}
    seen = ics.read(body)
    assert seen is not None
    assert (seen.summary, seen.description, seen.location) == (
        tidy_line(summary),
        tidy(description),
        tidy_line(location),
    )
    assert len(icalendar.Calendar.from_ical(body).walk("VEVENT")) == 1


@settings(max_examples=150, deadline=None)
@given(HOSTILE)
def test_escaping_is_undone_by_unescaping(text: str):
    assert unescape(escape(text)) == tidy(text)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"\r\n ", b"\n\t", b"\r\n"]))
def test_reading_lines_loses_no_byte(noise: bytes, between: bytes):
    body = b"BEGIN:VCALENDAR\r\nX-A:" + noise + between + noise + b"\r\nEND:VCALENDAR\r\n"
    assert "".join(each.raw for each in lines(body)).encode("utf-8", "surrogateescape") == body


def test_a_merge_that_changes_nothing_of_the_hosts_keeps_every_byte_of_it():
    standing = host_edited(ics.build(HOLD))
    merged = ics.merge(standing, CONFIRMED, **WRITTEN)
    ours = {"DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "STATUS", "TRANSP", "URL", "DESCRIPTION", "COLOR"}
    theirs = [each.raw for each in lines(standing) if each.name not in ours and not each.name.startswith("X-BOOKING")]
    left = [each.raw for each in lines(merged)]
    at = -1
    for raw in theirs:
        at = left.index(raw, at + 1)
    event = parsed(merged)
    assert event["STATUS"] == "CONFIRMED"
    assert event["SUMMARY"] == "Coffee with Grace"
    assert event["X-BOOKING-REVISION"] == "4"
    assert event["DESCRIPTION"] == CONFIRMED.description
    assert event["LOCATION"] == CONFIRMED.location
    assert "COLOR" not in event
    assert event["DTSTART"].dt == datetime(2026, 3, 2, 10, 0, tzinfo=BERLIN)
    assert event["DTSTART"].params["TZID"] == "Europe/Berlin"


def host_edited(body: bytes) -> bytes:
    """As a client writes it back: its own zone, title, order, properties, alarm and folding."""
    text = body.decode()
    text = text.replace("DTSTART:20260302T090000Z\r\n", "DTSTART;TZID=Europe/Berlin:20260302T100000\r\n")
    text = text.replace("DTEND:20260302T093000Z\r\n", "DTEND;TZID=Europe/Berlin:20260302T103000\r\n")
    text = text.replace("SUMMARY:⏳ Grace Hopper? · Intro call\r\n", "SUMMARY:Coffee\r\n  with Grace\r\n")
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nTZOFFSETFROM:+0200\r\n"
        "TZOFFSETTO:+0100\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\n"
        "DTSTART:19700329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"
        "END:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
    )
    alarm = (
        'X-MOZ-LASTACK:20260227T120500Z\r\nX-CLIENT;X-P="a;b:c":kept\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\n'
        "TRIGGER:-PT1H\r\nDESCRIPTION:mine\r\nEND:VALARM\r\n"
    )
    return text.replace("BEGIN:VEVENT", zone + "BEGIN:VEVENT").replace("END:VEVENT", alarm + "END:VEVENT").encode()


def test_the_hosts_own_notes_place_and_colour_stay():
    mine = replace(HOLD, description="my own notes", location="my office", color="teal")
    seen = ics.read(ics.merge(ics.build(mine), CONFIRMED, **WRITTEN))
    assert seen is not None
    assert (seen.description, seen.location, seen.color) == ("my own notes", "my office", "teal")
    assert seen.summary == CONFIRMED.summary


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("⏳ Grace Hopper? · Intro call (bring the plan)", "Grace Hopper · Intro call (bring the plan)"),
        ("!! ⏳ Grace Hopper? · Intro call", "!! Grace Hopper · Intro call"),
        ("⏳ Grace Hopper? · coffee", "Grace Hopper · coffee"),
        ("Coffee with Grace", "Coffee with Grace"),
    ],
)
def test_a_confirmed_event_is_not_called_a_hold_whatever_the_host_made_of_its_title(written: str, kept: str):
    standing = ics.build(replace(HOLD, summary=written))
    confirmed = ics.merge(standing, CONFIRMED, **WRITTEN)
    assert parsed(confirmed)["SUMMARY"] == kept
    again = ics.merge(confirmed, CONFIRMED, **{**WRITTEN, "previous_summary": CONFIRMED.summary})
    assert parsed(again)["SUMMARY"] == kept


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("⏳ Hold: Intro call – Grace Hopper", "Grace Hopper · Intro call"),
        ("⏳ Hold: Intro call – Grace Hopper (bring the plan)", "Grace Hopper · Intro call (bring the plan)"),
        ("Coffee with Grace", "Coffee with Grace"),
    ],
)
def test_a_title_as_it_was_written_before_is_ours_too(written: str, kept: str):
    standing = ics.build(replace(HOLD, summary=written))
    before = {**WRITTEN, "previous_summary": "⏳ Hold: Intro call – Grace Hopper"}
    assert parsed(ics.merge(standing, CONFIRMED, **before))["SUMMARY"] == kept


def test_a_note_of_the_hosts_stays_beside_our_words_which_follow_the_booking():
    standing = ics.build(replace(HOLD, description=f"Ask about the moth.\n\n{HOLD.description}"))
    merged = parsed(ics.merge(standing, CONFIRMED, **WRITTEN))
    assert merged["DESCRIPTION"] == f"Ask about the moth.\n\n{CONFIRMED.description}"


def test_texts_that_nobody_touched_follow_the_booking():
    merged = ics.merge(ics.build(HOLD), CONFIRMED, **WRITTEN)
    assert ics.read(merged) == ics.read(ics.build(CONFIRMED))
    assert parsed(merged).subcomponents[0]["TRIGGER"].dt == timedelta(minutes=-15)


def test_white_space_that_a_server_trims_is_not_the_hosts_edit():
    hold = replace(HOLD, description="first line  \n\nsecond")
    trimmed = ics.build(replace(HOLD, description="first line\nsecond"))
    seen = ics.read(ics.merge(trimmed, CONFIRMED, previous_description=hold.description))
    assert seen is not None
    assert seen.description == CONFIRMED.description


def test_a_move_writes_the_new_time_in_place_of_any_duration():
    standing = ics.build(HOLD).replace(b"DTEND:20260302T093000Z", b"DURATION:PT30M")
    later = Period(HOLD.time.start + timedelta(hours=1), HOLD.time.end + timedelta(hours=1))
    merged = ics.merge(standing, replace(CONFIRMED, time=later), **WRITTEN)
    assert "DURATION" not in names(merged)
    assert names(merged).count("DTSTART") == names(merged).count("DTEND") == 1
    event = parsed(merged)
    assert (event["DTSTART"].dt, event["DTEND"].dt) == later


def test_an_alarm_that_the_host_removed_does_not_come_back():
    without = ics.build(replace(CONFIRMED, alarm_before=None))
    assert "VALARM" not in ics.merge(without, replace(CONFIRMED, sequence=2)).decode()


def test_the_sequence_of_the_event_never_falls():
    standing = ics.build(replace(HOLD, sequence=9))
    assert parsed(ics.merge(standing, CONFIRMED))["SEQUENCE"] == 9


def test_a_category_of_the_hosts_stays():
    standing = ics.build(replace(HOLD, categories=("Sales",)))
    assert parsed(ics.merge(standing, CONFIRMED))["CATEGORIES"].to_ical() == b"Sales"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (f"URL:{HOLD.url}", ["URL:https://new.example/host/bookings/7"]),
        ("URL:https://hosts.example/own;x=1,2", ["URL:https://hosts.example/own;x=1,2"]),
        ("", ["URL:https://new.example/host/bookings/7"]),
    ],
    ids=["ours", "theirs", "none"],
)
def test_a_page_that_the_host_put_there_stays_and_ours_follows(written: str, kept: list[str]):
    standing = with_line(ics.build(replace(HOLD, url="")), written)
    merged = ics.merge(
        standing,
        replace(CONFIRMED, url="https://new.example/host/bookings/7"),
        **WRITTEN | {"previous_url": HOLD.url if written else ""},
    )
    assert lines_of(merged, "URL") == kept


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("", [OURS]),
        (OURS.replace("a;b", "before"), [OURS]),
        ("CONFERENCE;VALUE=URI:https://hosts.example/room", ["CONFERENCE;VALUE=URI:https://hosts.example/room"]),
        (f"{OURS}\r\nCONFERENCE;VALUE=URI:tel:+4930", [OURS, "CONFERENCE;VALUE=URI:tel:+4930"]),
    ],
    ids=["none", "ours", "theirs", "one more"],
)
def test_where_the_host_joins_stays_and_ours_follows(written: str, kept: list[str]):
    before = {"previous_conference": "https://meet.example/before?c=1,2" if "before" in written else ""}
    merged = ics.merge(with_line(ics.build(HOLD), written), CONFIRMED, **WRITTEN | before)
    assert lines_of(merged, "CONFERENCE") == kept


def test_a_merge_touches_only_the_master_of_a_series():
    series = ics.build(HOLD).replace(b"STATUS:TENTATIVE", b"RRULE:FREQ=DAILY;COUNT=3\r\nSTATUS:TENTATIVE")
    override = b"BEGIN:VEVENT\r\nUID:x\r\nRECURRENCE-ID:20260303T090000Z\r\nDTSTART:20260303T110000Z\r\nSTATUS:TENTATIVE\r\nEND:VEVENT\r\n"
    standing = series.replace(b"BEGIN:VEVENT", override + b"BEGIN:VEVENT", 1)
    merged = ics.merge(standing, CONFIRMED, **WRITTEN)
    assert override in merged
    seen = ics.read(merged)
    assert seen is not None
    assert seen.recurring
    assert seen.status is EventStatus.CONFIRMED


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("DTSTART;VALUE=DATE:20260302", ("2026-03-01T23:00", "2026-03-02T23:00")),
        ("DTSTART;VALUE=DATE:20260328\r\nDTEND;VALUE=DATE:20260330", ("2026-03-27T23:00", "2026-03-29T22:00")),
        ("DTSTART:20260302T090000\r\nDURATION:PT1H", ("2026-03-02T08:00", "2026-03-02T09:00")),
        ("DTSTART;TZID=America/New_York:20260302T090000\r\nDURATION:PT1H", ("2026-03-02T14:00", "2026-03-02T15:00")),
        (
            "DTSTART;TZID=W. Europe Standard Time:20260302T090000\r\nDURATION:PT1H",
            ("2026-03-02T08:00", "2026-03-02T09:00"),
        ),
        ("DTSTART;TZID=Nowhere:20260302T090000\r\nDURATION:PT1H", ("2026-03-02T08:00", "2026-03-02T09:00")),
        ("DTSTART:20260302T090000Z", ("2026-03-02T09:00", "2026-03-02T09:00")),
    ],
)
def test_any_time_a_client_may_write_is_read(written: str, expected: tuple[str, str]):
    body = ics.build(HOLD).decode().replace("DTSTART:20260302T090000Z\r\nDTEND:20260302T093000Z", written)
    seen = ics.read(body.encode(), zone=BERLIN)
    assert seen is not None
    assert tuple(f"{each:%Y-%m-%dT%H:%M}" for each in seen.time) == expected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>please sign in</html>",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260302T090000Z\r\n",
        ics.build(HOLD).replace(b"DTSTART:20260302T090000Z\r\n", b""),
        ics.build(HOLD).replace(b"20260302T090000Z", b"20260230T090000Z"),
        ics.build(HOLD).replace(b"20260302T090000Z", b"soon"),
        ics.build(HOLD).replace(b"END:VEVENT", b"END:VTODO"),
        b"\xff\xfe\x00\x01",
    ],
)
def test_what_cannot_be_read_says_so(body: bytes):
    with pytest.raises(ics.Unreadable):
        ics.read(body)


def test_an_object_without_event_is_nothing_of_ours():
    assert ics.read(b"BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:1\r\nEND:VTODO\r\nEND:VCALENDAR\r\n") is None


@pytest.mark.parametrize(
    "inside", ["X-A:1\r\n" * 1_000_000, "X-BOOKING-ID" + ";A=" * 2_000_000 + ":1\r\n"], ids=["lines", "parameters"]
)
def test_what_only_looks_like_ours_is_not_read_for_long(inside: str) -> None:
    """It is read where pages are served: of an object of eight megabytes this once took 5 s and a gigabyte."""
    body = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20300107T100000Z\r\n{inside}END:VEVENT\r\nEND:VCALENDAR\r\n"
    began = time.process_time()
    with contextlib.suppress(ics.Unreadable):
        ics.read(body.encode())
    assert time.process_time() - began < 1.2


def test_an_attached_file_of_megabytes_keeps_nobody_from_reading_our_event() -> None:
    folded = "\r\n ".join(["QUJD" * 18] * 60_000)
    body = (
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20300107T100000Z\r\n"
        f"ATTACH;ENCODING=BASE64;VALUE=BINARY:{folded}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    seen = ics.read(body.encode())
    assert seen is not None
    assert seen.uid == "a"

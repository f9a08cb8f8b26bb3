"""The audit: quiet over a service that keeps its promises, and each question answered once where one is broken by hand."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from booking_service.actions.booking import change as actions
from booking_service.actions.operations.consistency import Discrepancy, audit_all
from booking_service.domain.booking import Booking
from booking_service.mail.errors import UnsafeMessage
from calendars.errors import Unavailable
from calendars.model import EventStatus, Period
from tests.world import MONDAY, World, world

DAY = timedelta(days=1)


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def audited(ada: World) -> list[Discrepancy]:
    return audit_all(ada.rt, now=ada.now)


def questions(ada: World) -> list[str]:
    return [each.question for each in audited(ada)]


def booked(ada: World, *, days: int = 1) -> Booking:
    """Held, asked, confirmed, told: all of it done."""
    held = ada.hold(start=MONDAY + days * DAY)
    ada.drain()
    confirmed = ada.confirm(held)
    ada.drain()
    return confirmed


def write(ada: World, statement: str, **values: object) -> None:
    """What only somebody with a hand in the database can do."""
    with ada.rt.engine.begin() as connection:
        connection.execute(text(statement), values)


def uid(ada: World, booking: Booking) -> str:
    return ada.reservation(booking).uid


def test_a_service_that_keeps_its_promises_has_no_findings(ada: World) -> None:
    ada.hold(start=MONDAY + 3 * DAY)  # will end by itself
    booked(ada)
    moved = booked(ada, days=2)
    ada.calendar.host_moves(uid(ada, moved), period(ada, moved, hours=2))
    gone = booked(ada, days=4)
    ada.calendar.host_deletes(uid(ada, gone))
    ada.pass_time(minutes=61)
    ada.settle()
    assert [each.state for each in sorted(ada.all_bookings(), key=lambda b: b.time)] == [
        "confirmed",
        "confirmed",
        "expired",
        "cancelled",
    ]
    assert audited(ada) == []


def test_what_was_erased_is_no_finding(ada: World) -> None:
    """A day after it ended for a hold; after the time of keeping for what was confirmed, and for what its host deleted."""
    ada.hold(start=MONDAY + 3 * DAY)
    booked(ada)
    gone = booked(ada, days=2)
    ada.calendar.host_deletes(uid(ada, gone))
    ada.pass_time(minutes=61)
    ada.settle()
    for days in (2, ada.rt.settings.privacy.retain_days + 7):
        ada.pass_time(days=days)
        ada.settle()
        assert any(each.erased for each in ada.all_bookings())
        assert audited(ada) == []
    assert all(each.erased for each in ada.all_bookings())


def test_what_is_just_being_worked_on_is_no_finding(ada: World) -> None:
    confirmed = booked(ada)
    ada.calendar.host_moves(uid(ada, confirmed), period(ada, confirmed, hours=2))
    ada.calendar.fail_next(Unavailable(), on="create", times=5)
    with pytest.raises(Exception, match="calendar could not be written"):
        ada.hold(start=MONDAY + 3 * DAY)
    assert set(questions(ada)) <= {"Q2"}  # the move is seen at the next pull only
    ada.settle()
    assert audited(ada) == []


def test_q1_two_live_bookings_overlap(ada: World) -> None:
    booked(ada)
    second = booked(ada, days=2)
    ada.rt.engine.dispose()
    with ada.rt.engine.begin() as connection:
        (triggers,) = [
            connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        ]
        for name in triggers:
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(
            text("UPDATE stretch SET starts_at = :s, ends_at = :e WHERE booking_id = :b"),
            {"s": "2030-01-08 08:15:00.000000", "e": "2030-01-08 08:45:00.000000", "b": second.id.hex},
        )
    assert questions(ada) == ["Q1"]


def test_q2_a_confirmed_booking_lacks_its_event(ada: World) -> None:
    confirmed = booked(ada)
    ada.calendar.host_deletes(uid(ada, confirmed))
    assert [(each.question, each.booking_id) for each in audited(ada)] == [("Q2", confirmed.id)]


@pytest.mark.parametrize("edit", ["time", "status", "transparent"])
def test_q2_the_event_says_something_else(ada: World, edit: str) -> None:
    confirmed = booked(ada)
    match edit:
        case "time":
            ada.calendar.host_moves(uid(ada, confirmed), period(ada, confirmed, hours=2))
        case "status":
            ada.calendar.host_edits(uid(ada, confirmed), status=EventStatus.TENTATIVE)
        case _:
            change(ada, confirmed, b"TRANSP:OPAQUE", b"TRANSP:TRANSPARENT")
    assert questions(ada) == ["Q2"]


def test_q2_a_calendar_cannot_be_read(ada: World) -> None:
    ada.calendar.fail_next(Unavailable(), on="snapshot")
    (finding,) = audited(ada)
    assert (finding.question, "the calendar Ada can't be read" in finding.sentence) == ("Q2", True)


def test_q3_a_hold_is_kept_past_its_deadline(ada: World) -> None:
    ada.hold()
    ada.drain()
    ada.clock.advance(62 * 60)  # and nobody works
    assert set(questions(ada)) == {"Q3", "Q7"}
    ada.settle()
    assert audited(ada) == []


def test_q4_a_mail_told_of_what_never_was(ada: World) -> None:
    held = ada.hold()
    ada.drain()
    write(
        ada,
        "UPDATE history SET detail = :d WHERE booking_id = :b AND what = 'mailed'",
        b=held.id.hex,
        d='{"kind": "booked", "to": "invitee"}',
    )
    assert questions(ada) == ["Q4"]


def test_q5_a_mail_that_was_let_go_is_nowhere(ada: World) -> None:
    confirmed = booked(ada)
    write(ada, "DELETE FROM outbox WHERE key LIKE :key", key=f"mail:{confirmed.id}:booked:%")
    assert questions(ada) == ["Q5"]


def test_q5_a_booking_owes_mails_and_nothing_is_under_way(ada: World) -> None:
    confirmed = booked(ada)
    owed = '[{"kind": "booked", "to": "invitee", "occasion": "s1g0r0", "guest": ""}]'
    write(ada, "UPDATE booking SET owed = :o WHERE id = :b", o=owed, b=confirmed.id.hex)
    assert questions(ada) == []  # a minute is granted
    ada.clock.advance(61)
    assert questions(ada) == ["Q5"]


def test_q7_an_event_stands_without_its_booking(ada: World) -> None:
    confirmed = booked(ada)
    body = standing(ada, confirmed)
    actions.cancel_by_host(ada.rt, confirmed.id, reason="", now=ada.now)
    ada.drain()
    assert audited(ada) == []
    ada.calendar.host_puts(f"{uid(ada, confirmed)}.ics", body)
    ada.clock.advance(61)
    assert questions(ada) == ["Q7"]


def test_q7_an_event_of_ours_is_of_no_booking_here(ada: World) -> None:
    """As after a backup of before it was put back. Another service may use the calendar as well, and the past may be tidied."""
    booking = booked(ada)
    body = standing(ada, booking).replace(uid(ada, booking).encode(), b"of-nobody")
    other = str(UUID(int=7)).encode()
    gone = unfolded(body).replace(str(booking.id).encode(), other)
    ada.calendar.host_puts("of-nobody.ics", gone)
    (found,) = audited(ada)
    assert (found.question, found.fix, found.booking_id) == ("Q7", None, None)
    assert "2030-01-08 08:00 UTC is of a booking that is not kept here" in found.sentence
    assert "Grace" not in found.sentence
    ada.calendar.host_puts("of-nobody.ics", gone.replace(b"localhost:8000", b"other.example"))
    assert audited(ada) == []
    ada.calendar.host_puts("of-nobody.ics", gone)
    ada.clock.advance(2 * DAY.total_seconds())
    assert "Q7" not in questions(ada)


def unfolded(body: bytes) -> bytes:
    return body.replace(b"\r\n ", b"")


def test_q9_the_sequence_of_an_event_is_behind(ada: World) -> None:
    confirmed = booked(ada)
    change(ada, confirmed, b"SEQUENCE:1", b"SEQUENCE:0")
    assert questions(ada) == ["Q9"]


def test_q12_effects_were_given_up_or_are_overdue(ada: World) -> None:
    ada.mails.failing = [UnsafeMessage("two recipients")] * 2  # to the invitee, whom nobody can help, and to the host
    ada.hold(meeting="quick")
    ada.drain()
    assert questions(ada) == ["Q12"]
    ada.hold(start=MONDAY + 2 * DAY)
    ada.clock.advance(6 * 60)
    assert [each.sentence.partition(" effects ")[2][:4] for each in audited(ada)] == ["were", "are "]


def test_q13_a_timeline_skips_a_step(ada: World) -> None:
    confirmed = booked(ada)
    write(ada, "DELETE FROM history WHERE booking_id = :b AND what = 'confirmed'", b=confirmed.id.hex)
    assert "Q13" in questions(ada)


def test_q13_a_state_was_written_without_its_history(ada: World) -> None:
    confirmed = booked(ada)
    ada.calendar.host_deletes(uid(ada, confirmed))
    write(ada, "UPDATE booking SET state = 'cancelled' WHERE id = :b", b=confirmed.id.hex)
    assert questions(ada) == ["Q13"]


def test_q15_an_event_names_people(ada: World) -> None:
    held = ada.hold()
    ada.drain()
    change(ada, held, b"END:VEVENT", b"ATTENDEE:mailto:grace@example.org\r\nEND:VEVENT")
    assert questions(ada) == ["Q15"]


def period(ada: World, booking: Booking, *, hours: int) -> Period:
    later = timedelta(hours=hours)
    return Period(booking.time.start + later, booking.time.end + later)


def standing(ada: World, booking: Booking) -> bytes:
    found = ada.calendar.find(uid(ada, booking))
    assert found is not None
    return found.body


def change(ada: World, booking: Booking, before: bytes, after: bytes) -> None:
    body = standing(ada, booking)
    assert before in body
    ada.calendar.host_puts(f"{uid(ada, booking)}.ics", body.replace(before, after))

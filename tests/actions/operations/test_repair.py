"""What the audit may put right by itself, what it leaves to people, and the audit of each night."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from booking_service.actions.booking import change as actions
from booking_service.actions.operations import nightly_audit
from booking_service.actions.operations.checks import checks
from booking_service.actions.operations.consistency import Discrepancy, audit_all
from booking_service.actions.operations.findings import Check, Level
from booking_service.actions.operations.nightly_audit import audit_nightly
from booking_service.actions.operations.repair import Repaired, intended, repair
from booking_service.domain.booking import Booking
from booking_service.storage import calendars, hosts
from booking_service.storage.engine import transaction
from calendars.errors import Unavailable
from calendars.memory import MemoryCalendar, Temper
from calendars.model import Period
from tests.world import MONDAY, World, host, world

DAY = timedelta(days=1)


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def audited(ada: World) -> list[Discrepancy]:
    return audit_all(ada.rt, now=ada.now)


def repaired(ada: World) -> list[Repaired]:
    return repair(ada.rt, audited(ada), now=ada.now)


def booked(ada: World, *, days: int = 1) -> Booking:
    held = ada.hold(start=MONDAY + days * DAY)
    ada.drain()
    confirmed = ada.confirm(held)
    ada.drain()
    return confirmed


def uid(ada: World, booking: Booking) -> str:
    return ada.reservation(booking).uid


def standing(ada: World, booking: Booking) -> bytes:
    found = ada.calendar.find(uid(ada, booking))
    assert found is not None
    return found.body


def write(ada: World, statement: str, **values: object) -> None:
    with ada.rt.engine.begin() as connection:
        connection.execute(text(statement), values)


def test_an_event_without_its_booking_is_taken_out_by_a_run(ada: World) -> None:
    confirmed = booked(ada)
    body = standing(ada, confirmed)
    actions.cancel_by_host(ada.rt, confirmed.id, reason="", now=ada.now)
    ada.drain()
    ada.calendar.host_puts(f"{uid(ada, confirmed)}.ics", body)
    ada.clock.advance(61)
    (done,) = repaired(ada)
    assert (done.finding.question, done.done) == ("Q7", True)
    ada.settle()
    assert ada.calendar.find(uid(ada, confirmed)) is None
    assert audited(ada) == []


def test_an_event_that_never_stood_is_written(ada: World) -> None:
    confirmed = booked(ada)
    ada.calendar.host_deletes(uid(ada, confirmed))
    write(ada, "UPDATE reservation SET seen = 0, base = NULL, etag = NULL, run = NULL")
    write(ada, "UPDATE reservation SET unshown = 0, touched = 0")
    sent = len(ada.mails.sent)
    assert [each.done for each in repaired(ada)] == [True]
    ada.settle()
    assert standing(ada, confirmed)
    assert audited(ada) == []
    assert len(ada.mails.sent) == sent


def test_an_event_that_stood_and_is_gone_counts_as_deleted_by_its_host(ada: World) -> None:
    """The calendar forgot to tell of it, and no pull would ever have noticed."""
    confirmed = booked(ada)
    ada.calendar.host_adds("Lunch", Period(MONDAY + 5 * DAY, MONDAY + 5 * DAY + timedelta(hours=1)))
    ada.drain()
    ada.calendar.host_deletes(uid(ada, confirmed))
    assert [each.done for each in repaired(ada)] == [True]
    ada.settle()
    ada.pass_time(minutes=10)
    assert ada.booking(confirmed.id).state == "cancelled"
    assert audited(ada) == []


def test_where_much_is_gone_at_once_nothing_is_concluded_from_it(ada: World) -> None:
    every = [booked(ada, days=days) for days in (1, 2, 3, 4)]
    for each in every:
        ada.calendar.host_deletes(uid(ada, each))
    assert [each.done for each in repaired(ada)] == [True] * 4
    ada.settle()
    assert {ada.booking(each.id).state for each in every} == {"confirmed"}


def test_a_second_equal_event_is_deleted_and_one_that_says_something_else_is_not(ada: World) -> None:
    confirmed = booked(ada)
    body = standing(ada, confirmed)
    ada.calendar.host_puts("copy.ics", body)
    ada.calendar.host_puts("edited.ics", body.replace(b"Grace Hopper", b"Grace and her map"))
    found = audited(ada)
    assert [(each.question, each.fix is None) for each in found] == [("Q2", False), ("Q2", True)]
    assert [each.done for each in repair(ada.rt, found, now=ada.now)] == [True, False]
    assert ada.calendar.get("copy.ics") is None
    assert ada.calendar.get("edited.ics") is not None
    assert standing(ada, confirmed) == body


def test_a_copy_that_was_changed_since_is_left(ada: World) -> None:
    confirmed = booked(ada)
    ada.calendar.host_puts("copy.ics", standing(ada, confirmed))
    found = audited(ada)
    ada.calendar.host_puts("copy.ics", standing(ada, confirmed).replace(b"Grace Hopper", b"Grace and her map"))
    (done,) = repair(ada.rt, found, now=ada.now)
    assert not done.done
    assert done.words.startswith("was not deleted: ")
    assert ada.calendar.get("copy.ics") is not None


def test_a_mark_that_no_run_follows_gets_one(ada: World) -> None:
    confirmed = booked(ada)
    write(ada, "UPDATE reservation SET mark = mark + 1")
    (finding,) = audited(ada)
    assert (finding.question, finding.booking_id) == ("Q12", confirmed.id)
    assert [each.done for each in repaired(ada)] == [True]
    ada.drain()
    assert audited(ada) == []


def test_a_hold_past_its_deadline_is_ended_and_mails_that_are_owed_get_under_way(ada: World) -> None:
    held = ada.hold()
    ada.drain()
    ada.clock.advance(62 * 60)
    assert {each.finding.question for each in repaired(ada) if each.done} == {"Q3", "Q7"}
    assert ada.booking(held.id).state == "expired"
    ada.settle()
    owed = '[{"kind": "booked", "to": "invitee", "occasion": "s9g0r0", "guest": ""}]'
    confirmed = booked(ada, days=2)
    write(ada, "UPDATE booking SET owed = :o WHERE id = :b", o=owed, b=confirmed.id.hex)
    ada.clock.advance(61)
    assert [(each.finding.question, each.done) for each in repaired(ada)] == [("Q5", True)]
    ada.settle()
    assert audited(ada) == []


def test_what_a_person_must_look_at_is_left_and_said(ada: World) -> None:
    confirmed = booked(ada)
    write(ada, "DELETE FROM outbox WHERE key LIKE :key", key=f"mail:{confirmed.id}:booked:%")
    (finding,) = audited(ada)
    assert intended(finding) == "is for a person to look at"
    before = ada.reservation(confirmed)
    assert [each.done for each in repaired(ada)] == [False]
    assert ada.reservation(confirmed) == before


def test_the_invitation_to_a_colleagues_booking_is_no_finding(tmp_path: Path) -> None:
    """It stands in the colleague's calendar under our UID, with the people it names."""
    own, theirs = MemoryCalendar(), MemoryCalendar()
    with world(tmp_path, calendar=own, open_calendar=lambda _, url: theirs if "bob" in url else own) as ada:
        confirmed = booked(ada)
        bob = replace(host(), id=UUID(int=70), slug="bob", email="bob@example.org")
        with transaction(ada.rt.engine) as session:
            hosts.save(session, bob)
            session.flush()
            account = replace(calendars.account(session, UUID(int=4)), id=UUID(int=71), host_id=bob.id)
            calendars.save_account(session, account)
            connected = calendars.get(session, ada.calendar_id)
            changes = {
                "id": UUID(int=72),
                "account_id": account.id,
                "host_id": bob.id,
                "url": "http://localhost:1/bob/",
            }
            calendars.save(session, replace(connected, **changes), pull_at=ada.now)
        body = standing(ada, confirmed).replace(b"END:VEVENT", b"ATTENDEE:mailto:bob@example.org\r\nEND:VEVENT")
        theirs.host_puts("invitation.ics", body)
        assert audited(ada) == []
        own.host_puts(f"{uid(ada, confirmed)}.ics", body)
        assert [each.question for each in audited(ada)] == ["Q15"]


def finding(ada: World) -> Check:
    (found,) = [each for each in checks(ada.rt, now=ada.now) if each.subject == "audit"]
    return found


def test_each_night_one_worker_audits_and_administrators_read_what_it_found(ada: World) -> None:
    assert not audit_nightly(ada.rt)  # the first question only notes when counting begins
    assert (finding(ada).level, "has not run yet" in finding(ada).sentence) == (Level.UNKNOWN, True)
    confirmed = booked(ada)
    ada.pass_time(hours=18, minutes=59)
    assert not audit_nightly(ada.rt)
    ada.pass_time(minutes=1)  # 03:00
    assert audit_nightly(ada.rt)
    assert not audit_nightly(ada.rt)
    assert finding(ada).level is Level.OK
    write(ada, "DELETE FROM outbox WHERE key LIKE :key", key=f"mail:{confirmed.id}:booked:%")
    ada.pass_time(days=1)
    assert audit_nightly(ada.rt)
    trouble = finding(ada)
    assert (trouble.level, trouble.sentence) == (
        Level.PROBLEM,
        "The audit of 2030-01-09 03:00 UTC found one contradiction.",
    )
    (line,) = trouble.details
    assert line.startswith(f"Q5 booking {confirmed.id} ")
    write(ada, "UPDATE operation SET detail = :d WHERE name = 'audit'", d='{"count": 0, "findings": []}')
    ada.clock.advance(37 * 3600)
    assert (finding(ada).level, finding(ada).sentence) == (
        Level.WARNING,
        "The last audit was at 2030-01-09 03:00 UTC.",
    )


@pytest.mark.parametrize("sync", [True, False], ids=["by sync-collection", "by a listing"])
def test_a_move_that_a_server_hides_behind_an_old_etag_is_followed_the_night_after(
    tmp_path: Path, *, sync: bool
) -> None:
    calendar = MemoryCalendar(temper=Temper(sync=sync, reuses_etags=True))
    with world(tmp_path, calendar=calendar) as ada:
        assert not audit_nightly(ada.rt)
        confirmed = booked(ada, days=3)
        ada.settle()
        moved = Period(confirmed.time.start + DAY, confirmed.time.end + DAY)
        calendar.host_moves(uid(ada, confirmed), moved)
        ada.pass_time(minutes=10)
        assert ada.booking(confirmed.id).time == confirmed.time, "the ETag says that nothing changed"
        ada.clock.advance(timedelta(hours=19).total_seconds())
        assert audit_nightly(ada.rt)
        ada.settle()
        assert ada.booking(confirmed.id).time.start == moved.start
        assert any("Moved" in mail.subject for mail in ada.mails.to(confirmed.invitee.email))
        assert audited(ada) == []


def test_an_audit_whose_worker_died_is_begun_again_an_hour_later(ada: World, monkeypatch: pytest.MonkeyPatch) -> None:
    audit_nightly(ada.rt)
    ada.clock.advance(19 * 3600)

    def dies(*_: object, **__: object) -> list[Discrepancy]:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(nightly_audit, "audit_all", dies)
        with pytest.raises(MemoryError):
            audit_nightly(ada.rt)
    ada.clock.advance(59 * 60)
    assert not audit_nightly(ada.rt)
    ada.clock.advance(60)
    assert audit_nightly(ada.rt)


def test_a_calendar_that_does_not_answer_is_named_and_cannot_be_repaired(ada: World) -> None:
    ada.calendar.fail_next(Unavailable(), on="snapshot")
    assert [each.done for each in repaired(ada)] == [False]

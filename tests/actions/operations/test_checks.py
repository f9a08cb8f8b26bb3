"""What `check` finds, and the remedy it gives."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import structlog
from sqlalchemy import text

from booking_service.actions.calendar.pull import pull
from booking_service.actions.operations.checks import checks, try_mail
from booking_service.actions.operations.findings import Check, Level
from booking_service.config.sources import load
from booking_service.crypto import keys
from booking_service.mail.errors import TransportDown
from booking_service.mail.message import assemble
from booking_service.storage import hosts
from booking_service.storage.engine import transaction
from calendars.errors import CalendarError, NoCalendar, Refused, Unavailable
from calendars.model import Period
from tests.world import MONDAY, World, host, world


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        made.rt.settings.data_dir.chmod(0o700)
        for file in tmp_path.glob("booking.db*"):
            file.chmod(0o600)
        yield made


# What depends on the machine that these tests run on.
AROUND = {"python", "libraries", "zones", "clock", "dns"}


def found(ada: World, subject: str) -> list[Check]:
    return [each for each in checks(ada.rt, now=ada.now) if each.subject == subject]


def wrong(ada: World) -> set[str]:
    return {each.subject for each in checks(ada.rt, now=ada.now) if each.level is Level.PROBLEM}


def test_where_everything_is_in_order_nothing_is_a_problem(ada: World) -> None:
    ada.confirm(ada.hold())
    ada.drain()
    assert wrong(ada) == set()
    assert [each.sentence for each in found(ada, "calendar")] == ["ada/Ada was read at 2030-01-07 08:00:00 UTC."]


def test_what_is_wrong_has_a_remedy(ada: World) -> None:
    ada.rt.settings.data_dir.joinpath("secret.key").write_text("x")
    ada.rt.settings.data_dir.joinpath("secret.key").chmod(0o644)
    ada.clock.advance(20 * 60)
    trouble = [
        each for each in checks(ada.rt, now=ada.now) if each.level is not Level.OK and each.subject not in AROUND
    ]
    assert {each.subject for each in trouble} == {"files", "calendar", "backup", "audit"}
    assert all(each.remedy for each in trouble)


@pytest.mark.parametrize(
    ("error", "sentence", "remedy"),
    [
        (Refused("401"), "does not accept the user name or password", "make an app password"),
        (NoCalendar("404"), "no calendar at this address any more", "Connect the calendar again"),
        (Unavailable("timeout"), "did not answer", "check that the server runs"),
    ],
)
def test_a_failing_calendar_is_told_with_reason_since_when_and_remedy(
    ada: World, error: CalendarError, sentence: str, remedy: str
) -> None:
    ada.calendar.fail_next(error)
    with pytest.raises(type(error)):
        pull(ada.rt, ada.calendar_id)
    (check,) = found(ada, "calendar")
    assert check.level is Level.PROBLEM
    assert check.sentence.startswith("ada/Ada, since 2030-01-07 08:00 UTC: ")
    assert sentence in check.sentence
    assert remedy in check.remedy
    pull(ada.rt, ada.calendar_id)
    assert wrong(ada) == set()


def test_a_calendar_that_nobody_reads_closes_its_host(ada: World) -> None:
    ada.clock.advance(16 * 60)
    (check,) = found(ada, "calendar")
    assert (check.level, check.sentence) == (
        Level.PROBLEM,
        "ada/Ada was last read at 2030-01-07 08:00 UTC; its host's pages are closed.",
    )


def test_entries_that_could_not_be_read_whole_are_named_without_their_titles(ada: World) -> None:
    body = (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20300101T000000Z\r\n"
        b"SUMMARY:Secret\r\nDTSTART:20300108T080000Z\r\nDTEND:20300108T090000Z\r\nRRULE:FREQ=NEVER\r\n"
        b"END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    ada.calendar.host_puts("1.ics", body)
    ada.drain()
    (warning,) = [each for each in found(ada, "calendar") if each.level is Level.WARNING]
    assert warning.sentence == "ada/Ada: an entry could not be read completely."
    (detail,) = warning.details
    assert detail.startswith("event '1' of 2030-01-08: how often it repeats can't be understood, so every day counts")
    assert "Secret" not in str(warning)


def test_a_host_without_a_target_is_named(ada: World) -> None:
    with ada.rt.engine.begin() as connection:
        connection.execute(text("UPDATE calendar SET target = 0"))
    (check,) = found(ada, "host")
    assert (check.level, check.sentence) == (
        Level.WARNING,
        "Nothing can be booked with ada: no calendar takes the bookings.",
    )


def test_a_password_whose_key_is_gone_is_named(ada: World) -> None:
    other = replace(ada.rt, ring=keys.ring_of("another-secret-for-tests-0123456789-abcdefg", source="test"))
    (check,) = [each for each in checks(other, now=ada.now) if each.subject == "keys"]
    assert (check.level, "ada's account main" in check.sentence) == (Level.PROBLEM, True)


def test_a_clock_that_stands_before_what_was_written_is_noticed(ada: World) -> None:
    ada.hold()
    assert not [each for each in found(ada, "clock") if each.level is Level.PROBLEM]
    early = [each for each in checks(ada.rt, now=ada.now - timedelta(minutes=5)) if each.subject == "clock"]
    assert Level.PROBLEM in [each.level for each in early]


def test_effects_that_nobody_performs_are_told_with_their_age(ada: World) -> None:
    ada.confirm(ada.hold())
    ada.clock.advance(7 * 60)
    (check,) = found(ada, "outbox")
    assert check.level is Level.PROBLEM
    assert "the oldest by " in check.sentence


def test_a_database_that_lacks_a_migration_is_not_looked_at_further(ada: World) -> None:
    with ada.rt.engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    assert wrong(ada) == {"database"}
    assert {each.subject for each in checks(ada.rt, now=ada.now)} - AROUND == {"mail", "disk", "database"}


def test_nothing_stands_there_of_the_hosts_own_plans(ada: World) -> None:
    ada.calendar.host_adds("Secret plans", Period(MONDAY, MONDAY + timedelta(hours=1)))
    ada.drain()
    assert "Secret plans" not in str(list(checks(ada.rt, now=ada.now)))


def test_hosts_of_one_name_are_named(ada: World) -> None:
    with transaction(ada.rt.engine) as session:
        hosts.save(session, host(id=UUID(int=77), slug="countess"))
    doubtful = [each.sentence for each in found(ada, "host") if "same name" in each.sentence]
    assert doubtful == ["ada and countess have the same name, so people can't tell them apart."]


def test_data_that_follow_the_directory_of_the_command_are_pointed_out(ada: World, tmp_path: Path) -> None:
    given = {"BOOKING_BASE_URL": "https://book.example.org", "BOOKING_SMTP__FROM": "booking@example.org"}
    for data_dir, level in (("kept", Level.WARNING), (str(tmp_path / "kept"), None)):
        loaded = load(env={**given, "BOOKING_DATA_DIR": data_dir}, cwd=tmp_path)
        said = [each for each in checks(replace(ada.rt, settings=loaded), now=ada.now) if each.subject == "settings"]
        assert [each.level for each in said] == ([level] if level else [])
        assert all(f"The data is in {tmp_path / 'kept'}, as seen from here" in each.sentence for each in said)


def test_a_test_mail_is_sent_at_once_and_the_servers_answer_told(ada: World) -> None:
    taken = try_mail(ada.rt, "operator@example.net", now=ada.now)
    assert (taken.level, taken.sentence) == (Level.OK, "The mail to operator@example.net was accepted: 250 kept")
    (mail,) = ada.mails.to("operator@example.net")
    assert (mail.sender.address, mail.subject) == ("booking@example.org", "A test mail")
    assert "folder for spam" in mail.text
    assert assemble(mail)["From"] == '"Analytical Engines" <booking@example.org>'
    ada.mails.failing.append(TransportDown("the mail server refuses our sign-in: 535 wrong password"))
    refused = try_mail(ada.rt, "operator@example.net", now=ada.now)
    assert (refused.level, "535 wrong password" in refused.sentence, bool(refused.remedy)) == (
        Level.PROBLEM,
        True,
        True,
    )


def test_the_log_names_calendars_by_host_and_name(ada: World) -> None:
    with structlog.testing.capture_logs() as lines:
        ada.calendar.fail_next(Unavailable("no answer"))
        ada.drain()
        ada.drain()  # the second pull heals it
        ada.calendar.fail_next(Unavailable("no answer"), on="create")
        ada.hold()
    named = {line["event"]: line["calendar"] for line in lines if "calendar" in line}
    assert named == {"pull_failed": "ada/Ada", "calendar_asked": "ada/Ada"}


def test_a_disk_that_is_nearly_full_is_told_before_it_is(ada: World, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(ada.rt.settings.data_dir)
    for total, free, level in ((10**12, 2 * 10**9, "ok"), (10**12, 10**8, "warning"), (10**9, 2 * 10**8, "ok")):
        measured = usage._replace(total=total, free=free)
        monkeypatch.setattr(shutil, "disk_usage", lambda _path, measured=measured: measured)
        assert [each.level.value for each in found(ada, "disk")] == [level]


def test_a_database_that_lies_elsewhere_is_looked_at_where_it_lies(ada: World, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    file = elsewhere / "bookings.db"
    file.touch()
    file.chmod(0o644)
    settings = ada.rt.settings.model_copy(update={"database_url": f"sqlite:///{file}"})
    told = list(checks(replace(ada.rt, settings=settings), now=ada.now))
    assert f"Run `chmod 600 {file}`." in {each.remedy for each in told}
    assert f"There is enough disk space at {elsewhere}." in {each.sentence for each in told}


def test_backups_and_erasures_that_others_can_read_are_told(ada: World) -> None:
    backups = ada.rt.settings.data_dir / "backups"
    backups.mkdir()
    for file in (backups / "booking-20300107T080000Z.zip", ada.rt.settings.data_dir / "erasures.jsonl"):
        file.touch(mode=0o644)
        file.chmod(0o644)
        assert f"Run `chmod 600 {file}`." in {each.remedy for each in found(ada, "files")}

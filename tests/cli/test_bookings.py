"""booking, outbox, why, check and audit, over a database with bookings in it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from booking_service.actions.access import audit, mailbox_blocks
from booking_service.actions.booking import change
from booking_service.cli.bookings import instants
from booking_service.cli.refusals import CommandRefused
from booking_service.clock import utc_now
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.audit import AuditAct, Sought
from booking_service.domain.booking import BookingState, Cause
from booking_service.domain.people import Invitee
from booking_service.mail.errors import UnsafeMessage
from booking_service.storage import timeline
from booking_service.storage.engine import transaction
from tests.cli.command import Command
from tests.cli.command import command as command
from tests.world import MONDAY, World, world


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def test_bookings_are_listed_by_state_and_host(command: Command, ada: World) -> None:
    held = ada.hold()
    booked = ada.confirm(ada.hold(start=MONDAY + timedelta(days=2)))
    every = json.loads(command("booking", "list", "--json").out)
    assert [each["id"] for each in every] == [str(booked.id), str(held.id)]
    confirmed = json.loads(command("booking", "list", "--state", "confirmed", "--host", "ada", "--json").out)
    assert [each["id"] for each in confirmed] == [str(booked.id)]
    assert "Tue 2030-01-08 09:00–09:30 Europe/Berlin" in command("booking", "list").out
    assert "held, waits for Grace Hopper" in " ".join(command("booking", "list").out.split())
    assert command("booking", "list", "--host", "eve").code == 2


def test_none_that_match_are_told_from_none_at_all(command: Command, ada: World) -> None:
    assert command("booking", "list", "--state", "held").out == "There are no bookings.\n"
    ada.hold()
    assert command("booking", "list", "--state", "confirmed").out == "No bookings match.\n"


def test_a_booking_is_shown_with_everything_that_happened(command: Command, ada: World) -> None:
    held = ada.hold()
    ada.drain()
    booked = ada.confirm(held)
    ada.drain()
    with transaction(ada.rt.engine) as session:  # openings are written down some seconds after they happened
        timeline.add(session, booked.id, "opened", by="link", at=ada.now - timedelta(seconds=1))
    ran = command("booking", "show", str(booked.id)[:8])
    assert ran.code == 0
    for word in (
        "confirmed",
        "Grace Hopper <grace@example.org>",
        "held",
        "written",
        "mailed",
        "message_id",
        "250 kept",
    ):
        assert word in ran.out
    whole = json.loads(command("booking", "show", booked.public_id, "--json").out)
    (event,) = whole["events"]
    assert (event["calendar"], event["stood"]) == ("Ada", True)
    assert event["etag"].startswith('"memory-')
    times = [each["at"] for each in whole["timeline"]]
    assert (whole["timeline"][0]["what"], times) == ("opened", sorted(times))
    mailed = [each for each in whole["timeline"] if each["what"] == "mailed"]
    assert {each["detail"]["kind"] for each in mailed} >= {"confirm-booking", "booked", "host-booked"}
    assert whole["owed"] == []


@pytest.mark.parametrize("reference", ["nothing", ""])
def test_a_booking_that_is_not_there_is_a_sentence(command: Command, ada: World, reference: str) -> None:
    ran = command("booking", "show", reference)
    assert ran.code == 1
    assert "`booking-service booking list` shows them" in ran.err


def test_a_booking_is_cancelled_once(command: Command, ada: World) -> None:
    booked = ada.confirm(ada.hold())
    ada.drain()
    ran = command("booking", "cancel", str(booked.id), "--reason", "ill", "--json")
    assert json.loads(ran.out) == {"id": str(booked.id), "state": "cancelled"}
    after = ada.booking(booked.id)
    assert (after.state, after.reason) == (BookingState.CANCELLED, "ill")
    again = command("booking", "cancel", str(booked.id))
    assert (again.code, again.err) == (1, f"Booking {booked.id} is already cancelled.\n")


def test_where_a_mailbox_wants_no_mail_nobody_is_said_to_be_told(command: Command, ada: World) -> None:
    held = ada.hold()
    other = ada.hold(start=MONDAY + timedelta(days=2))
    ada.drain()
    change.not_me(ada.rt, ada.token(held, LinkPurpose.NOT_ME), block=True, now=ada.now)
    again = command("booking", "resend", str(other.id))
    assert (again.code, "no more mail" in again.err) == (1, True)
    ada.confirm(other)
    assert command("booking", "cancel", str(other.id)).out.endswith(
        "But not the invitee: no mail is wanted at that address.\n"
    )


def test_the_mail_with_the_link_is_sent_again(command: Command, ada: World) -> None:
    held = ada.hold()
    ada.drain()
    assert command("booking", "resend", str(held.id)).code == 0
    often = command("booking", "resend", str(held.id))
    assert often.code == 1
    assert often.err.startswith(
        "That was asked for too often (limits.book_per_mailbox: 1 uses). It can be done again at "
    )
    sent = command("booking", "resend", str(held.id), "--json", BOOKING_LIMITS__BOOK_PER_MAILBOX="off")
    assert json.loads(sent.out) == {"id": str(held.id), "state": "held", "email": "grace@example.org"}
    ada.drain()
    assert len(ada.mails.to("grace@example.org")) == 2
    booked = ada.confirm(held)
    ada.drain()
    assert command("booking", "resend", str(booked.id)).code == 0
    ada.drain()
    invitations = [mail for mail in ada.mails.to("grace@example.org") if mail.calendar]
    assert [mail.subject for mail in invitations] == ["Intro call with Ada Lovelace"] * 2
    assert "It can be done again at " in command("booking", "resend", str(booked.id)).err


def test_what_was_given_up_is_seen_tried_again_or_dropped(command: Command, ada: World) -> None:
    booked = [ada.hold(meeting="quick", start=MONDAY + timedelta(days=days)) for days in (1, 2)]
    ada.mails.failing = [UnsafeMessage("two recipients")] * 4  # to two invitees, whom nobody can help, and to the host
    ada.drain()
    dead = json.loads(command("outbox", "list", "--dead", "--json").out)
    assert [(each["state"], each["booking"]) for each in dead] == [("dead", str(each.id)) for each in booked]
    assert "two recipients" in command("outbox", "list").out
    assert f"Effects given up: {len(dead)}." in command("check").out
    assert command("outbox", "retry", str(dead[0]["number"])).code == 0
    ada.drain()
    assert len(ada.mails.sent) == 1
    assert command("outbox", "drop", "--dead").out == "1 dropped.\n"
    assert command("outbox", "list").out == "Nothing waits, nothing was given up.\n"


@pytest.mark.parametrize("arguments", [("retry",), ("drop",), ("retry", "4711"), ("drop", "4711")])
def test_what_is_not_in_the_outbox_is_wrong_use(command: Command, ada: World, arguments: tuple[str, ...]) -> None:
    ran = command("outbox", *arguments)
    assert ran.code == 2
    assert ran.err.count("\n") == 1


def test_why_says_every_verdict_with_its_source(command: Command, ada: World) -> None:
    ran = command("why", "ada", "intro", "2030-01-08 09:00")
    assert ran.code == 1  # the real clock is years before this world's, so nothing can be verified
    assert "ada/intro at Tue 2030-01-08 09:00 is not on offer:" in ran.out
    assert "  ✓ hours: working hours" in ran.out
    (found,) = json.loads(command("why", "ada", "intro", "2030-01-08T08:00Z", "--json").out)
    assert found["start"] == "2030-01-08T08:00:00+00:00"
    assert {each["rule"] for each in found["verdicts"]} >= {"clock", "hours", "grid", "notice", "horizon"}


def test_why_of_what_is_not_there_is_a_sentence(command: Command, ada: World) -> None:
    assert command("why", "eve", "intro", "2030-01-08 09:00").code == 2
    assert command("why", "ada", "nothing", "2030-01-08 09:00").code == 1
    assert command("why", "ada", "intro", "tomorrow").code == 2
    assert command("why", "ada", "intro", "2030-02-30 09:00").code == 2
    assert command("why", "ada", "intro", "2030-01-08 09:00", "--zone", "Berlin").code == 2


def test_a_time_of_the_clock_means_the_instants_that_show_it() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert instants("2026-11-24 09:00", berlin) == [datetime(2026, 11, 24, 8, tzinfo=UTC)]
    assert instants("2026-10-25T02:30", berlin) == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    ]
    assert instants("2026-10-25T02:30+01:00", berlin) == [datetime(2026, 10, 25, 1, 30, tzinfo=UTC)]
    with pytest.raises(CommandRefused, match="does not exist on 2027-03-28 in Europe/Berlin"):
        instants("2027-03-28 02:30", berlin)


def test_an_audit_of_a_calendar_that_cannot_be_read_finds_that(command: Command, ada: World) -> None:
    ran = command("audit")
    assert ran.code == 1
    assert "Q2 the calendar Ada can't be read" in ran.out
    assert {each["question"] for each in json.loads(command("audit", "--json").out)} == {"Q2"}


def test_what_an_audit_finds_is_put_right_only_after_it_was_shown(command: Command, ada: World) -> None:
    held = ada.hold()
    ada.drain()
    with ada.rt.engine.begin() as connection:
        connection.execute(text("UPDATE reservation SET mark = mark + 1"))
    shown = command("audit", "--repair")
    assert shown.code == 1
    assert f"Q12 booking {held.id} its event changed" in shown.out
    assert "2 findings, 1 of which can be put right safely" in shown.out
    again = json.loads(command("audit", "--repair", "--json").out)
    assert {(each["question"], each["repairable"], each["done"]) for each in again} == {
        ("Q12", True, False),
        ("Q2", False, False),
    }
    done = command("audit", "--repair", "--yes")
    assert (done.code, "1 put right or under way, 1 left for a person." in done.out) == (1, True)
    assert {each["question"] for each in json.loads(command("audit", "--json").out)} == {"Q2"}
    wrong = command("audit", "--yes")
    assert (wrong.code, wrong.err) == (2, "--yes is for --repair: by itself an audit changes nothing.\n")


def test_check_names_what_does_not_work_and_what_to_do(command: Command, ada: World) -> None:
    found = json.loads(command("check", "--json", BOOKING_SMTP__HOST="127.0.0.1", BOOKING_SMTP__PORT="1").out)
    wrong = {each["subject"]: each for each in found if each["level"] == "problem"}
    assert "127.0.0.1:1 accepts no mail: no connection to the mail server" in wrong["mail"]["sentence"]
    assert wrong["mail"]["remedy"]
    assert "keys" not in wrong
    other = "another-secret-for-tests-0123456789-abcdefghijk"
    assert "was sealed with a key that is missing" in command("check", BOOKING_SECRET_KEY=other).out


def test_check_sends_a_test_mail_where_it_is_told_to(command: Command, ada: World) -> None:
    assert command("check", "--mail-to", "nobody").code == 2
    ran = command("check", "--mail-to", "operator@example.net", BOOKING_SMTP__PORT="1")
    assert "✗ The mail to operator@example.net was not accepted: no connection to the mail server" in ran.out


def test_check_stops_at_a_database_that_lacks_something(command: Command, tmp_path: Path) -> None:
    (tmp_path / "booking.db").unlink()
    ran = command("check")
    assert ran.code == 1
    assert "✗ The database lacks 0001" in ran.out
    assert "    Run `booking-service migrate`" in ran.out


def test_a_host_s_word_is_given_by_command_too(command: Command, tmp_path: Path) -> None:
    now = utc_now().replace(microsecond=0)  # as the command's own clock has it
    with world(tmp_path, now=now) as ada:
        start = (now + timedelta(days=14 - now.weekday())).replace(hour=9, minute=0, second=0)
        held = ada.hold(start=start)
        ada.drain()

        def on_her_clock(hours: int) -> str:
            return f"{(now + timedelta(hours=hours)).astimezone(ada.host.zone):%Y-%m-%d %H:%M}"

        kept = command("booking", "keep", str(held.id)[:8])
        assert (kept.code, f"{on_her_clock(25)} Europe/Berlin" in kept.out) == (0, True), kept
        assert command("booking", "keep", str(held.id), "--until", on_her_clock(24)).code == 2
        assert command("booking", "keep", str(held.id), "--until", on_her_clock(74)).code == 1
        assert on_her_clock(40) in command("booking", "keep", str(held.id), "--until", on_her_clock(40)).out
        ada.pass_time(minutes=1)
        assert len(ada.mails.to("grace@example.org")) == 2  # the first, and the last that is true
        assert command("booking", "correct", str(held.id), "grace@").code == 2
        assert "goes to hopper@example.org" in command("booking", "correct", str(held.id), "hopper@example.org").out
        day = f"{now + timedelta(days=30):%Y-%m-%d}"
        assert json.loads(command("booking", "pause", "ada", day, "--json").out)["paused_until"] == day
        assert json.loads(command("booking", "resume", "ada", "--json").out)["paused_until"] is None
        assert command("booking", "confirm", str(held.id), "--reason", "").code == 1
        done = command("booking", "confirm", str(held.id), "--reason", "called at 10:10")
        assert "is confirmed. The invitation goes to hopper@example.org." in done.out
        assert "reason called at 10:10" in " ".join(command("booking", "show", str(held.id)).out.split())
        assert (
            json.loads(command("booking", "approve", str(held.id), "--json").out)["state"] == "confirmed"
        )  # nothing is left to approve, and no harm done


def test_somebody_who_called_is_booked_by_command(command: Command, tmp_path: Path) -> None:
    now = utc_now().replace(microsecond=0)
    with world(tmp_path, now=now) as ada:
        start = (now + timedelta(days=14 - now.weekday())).replace(hour=9, minute=0, second=0)
        time = f"{start.astimezone(ada.host.zone):%Y-%m-%d %H:%M}"
        mary = ("--name", "Mary Somerville", "--email", "mary@example.org")
        assert command("booking", "book", "ada", "intro", time, "--name", " ", "--email", "mary@example.org").code == 2
        assert command("booking", "book", "ada", "nothing", time, *mary).code == 1
        ran = command("booking", "book", "ada", "intro", time, *mary, "--confirmed", "called at 10:10")
        (booking,) = (
            ada.all_bookings()
        )  # no calendar answers where a command runs here, and nothing is promised without
        assert (ran.code, "could not be written; nothing was booked" in ran.err) == (1, True)
        assert (booking.vouched, booking.cause) == (True, Cause.CALENDAR)
        held = ada.hold(start=start)
        assert command("booking", "offer", str(held.id), time).code == 2  # it has that time
        later = f"{(start + timedelta(hours=1)).astimezone(ada.host.zone):%Y-%m-%d %H:%M}"
        assert "is asked by mail" in command("booking", "offer", str(held.id), later).out
        assert ada.booking(held.id).offered is not None


def test_the_mail_log_is_listed_for_people_and_programs(command: Command, ada: World) -> None:
    assert command("mail", "log").out == "No mail matches.\n"
    ada.mails.failing = [UnsafeMessage("two recipients")]
    ada.hold()
    ada.drain()
    alan = Invitee(name="Alan", email="alan@example.org", language="en", zone="UTC")
    ada.hold(start=MONDAY + timedelta(days=2), invitee=alan)
    ada.drain()
    found = json.loads(command("mail", "log", "--json").out)
    assert [(each["address"], each["outcome"]) for each in found] == [
        ("alan@example.org", "accepted"),
        ("grace@example.org", "failed"),
    ]
    assert set(found[0]) == {"at", "kind", "address", "outcome", "answer", "tries", "message_id"}
    assert json.loads(command("mail", "log", "ALAN", "--kind", "booked", "--json").out) == []
    shown = command("mail", "log", "--outcome", "failed", "--limit", "1").out
    assert "grace@example.org" in shown
    assert "two recipients" in shown
    for listed in (("mail", "log"), ("booking", "list")):
        ones = [command(*listed, "--json", "--limit", str(limit)) for limit in (1, 2)]
        assert [len(json.loads(each.out)) for each in ones] == [1, 2]
        assert [each.err.strip() for each in ones] == [
            "There are more than these 1: --limit says how many are listed.",
            "",
        ]
    assert command("mail", "log", "--outcome", "lost").code == 2


def test_what_is_kept_of_somebody_who_only_booked_is_handed_out_and_erased(command: Command, ada: World) -> None:
    """They are no contact yet: the same holds for them as where they ask by the page themselves."""
    booked = ada.confirm(ada.hold())
    ada.drain()
    who = booked.invitee.email
    would = json.loads(command("privacy", "erase", who.upper(), "--dry-run", "--json").out)
    assert would["coming"] == 1  # it keeps what it needs until it is over
    assert command("consents", "show", who).code == 1  # a dry run made nobody
    assert [each["state"] for each in json.loads(command("privacy", "export", who).out)["bookings"]] == ["confirmed"]
    assert command("privacy", "erase", who, "--reason", "wrote a letter").code == 0
    ada.pass_time(days=14)
    ada.drain()
    assert ada.booking(booked.id).invitee.name == ""
    unknown = command("privacy", "export", "nobody@example.net")
    assert (unknown.code, unknown.err) == (1, "Nothing is known of nobody@example.net.\n")


def test_a_mailbox_that_wanted_no_mail_is_written_to_again_at_its_holder_s_word(command: Command, ada: World) -> None:
    booking = ada.hold()
    change.not_me(ada.rt, ada.token(booking, LinkPurpose.NOT_ME), block=True, now=ada.now)
    spelt = booking.invitee.email.replace("@", "+again@").upper()
    wrong = command("mail", "unblock", spelt, "--reason", " ")
    assert (wrong.code, mailbox_blocks.stands(ada.rt, spelt)) == (2, True)
    assert json.loads(command("mail", "unblock", spelt, "--reason", "Called us", "--json").out)["lifted"] is True
    assert not mailbox_blocks.stands(ada.rt, booking.invitee.email)
    assert "is not blocked; nothing was changed" in command("mail", "unblock", spelt, "--reason", "Called us").out
    (entry,) = [each for each in audit.find(ada.rt, Sought()).entries if each.act is AuditAct.BLOCK_LIFTED]
    assert (entry.reason, booking.invitee.email in entry.about) == ("Called us", False)

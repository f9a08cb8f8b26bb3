"""A backup that is put back after a day on which the service ran on: nothing happens twice, nothing comes back to life."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from booking_service.actions.access import links, mailbox_blocks
from booking_service.actions.booking import change
from booking_service.actions.calendar import erase_event
from booking_service.actions.consent import links as contact_links
from booking_service.actions.consent import merges, noes_file, seal, verify
from booking_service.actions.consent.contacts import find_or_make
from booking_service.actions.consent.merges import By
from booking_service.actions.operations import backup, restore
from booking_service.actions.operations.backup import BackupRefused
from booking_service.actions.operations.checks import checks
from booking_service.actions.operations.consistency import audit_all
from booking_service.actions.privacy import erasure, erasure_journal
from booking_service.actions.privacy.erasure import Decider
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import BookingState
from booking_service.domain.consent import Act, Basis, How, staff
from booking_service.domain.consent_moves import OptedOut, Stopped, Withdrawn
from booking_service.domain.errors import LinkOver
from booking_service.domain.follow_ups import FollowUp
from booking_service.domain.people import Invitee
from booking_service.domain.privacy import Mode
from booking_service.domain.purposes import EVERY
from booking_service.domain.sessions import Session as SignedIn
from booking_service.domain.webhook_changes import ToldChange
from booking_service.storage import (
    contacts,
    follow_ups,
    migrations,
    outbox,
    people,
    purposes,
    sessions,
    webhook_changes,
)
from booking_service.storage.contacts import Contact
from booking_service.storage.engine import open_engine, snapshot, transaction
from booking_service.storage.migrations import RestoreUnfinished
from booking_service.storage.restore import MAY_HAVE_LEFT
from calendars.errors import Unavailable
from tests.actions.consent.people import CALLS, NEWSLETTER, People
from tests.world import MONDAY, KeptMails, World, world

HOUR = timedelta(hours=1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def ada(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    folder = tmp_path / "before"
    folder.mkdir()
    with world(folder, database_url=url) as made:
        yield made


@pytest.fixture
def new_url(ada: World, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """Where a backup is put back: on another machine each time."""
    if ada.rt.engine.name == "sqlite":
        yield lambda: f"sqlite:///{tmp_path}/{uuid4().hex}/booking.db"
        return
    cluster, names = request.getfixturevalue("postgres_cluster"), []

    def made() -> str:
        names.append(f"test_{uuid4().hex}")
        with cluster.connect() as connection:
            connection.execute(f"CREATE DATABASE {names[-1]} TEMPLATE template0")
        return str(cluster.url(names[-1]))

    yield made
    with cluster.connect() as connection:
        for name in names:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty_url(new_url: Callable[[], str]) -> str:
    return new_url()


def grace(name: str) -> Invitee:
    return Invitee(name=name, email=f"{name.lower()}@example.org", language="en", zone="Europe/Berlin")


def back_up(ada: World, tmp_path: Path) -> Path:
    file = tmp_path / "backup.zip"
    backup.create(ada.rt, file, version="1")
    return file


@contextmanager
def put_back(
    ada: World,
    file: Path,
    url: str,
    *,
    erased: tuple[Path, ...] = (),
    noes: tuple[Path, ...] = (),
    idle: bool = False,
) -> Iterator[tuple[World, restore.Restored]]:
    """The same host and calendar, a database from the backup, and a transport that keeps what leaves from now on."""
    settings = ada.rt.settings.model_copy(update={"database_url": url, "data_dir": file.parent / "after"})
    settings.data_dir.mkdir(exist_ok=True)
    with backup.opened(file) as opened:
        restore.check_key(settings, opened, without_key=True)
        restore.put_back(settings, opened, now=ada.now)
    mails, engine = KeptMails(), open_engine(url)
    try:
        with pytest.raises(RestoreUnfinished):
            migrations.upgrade(engine)  # as `serve` does: not before what follows is done
        rt = replace(ada.rt, engine=engine, settings=settings, transport=mails)
        gone = restore.erased_elsewhere(settings, erased)
        said = restore.said_no_elsewhere(settings, noes)
        done = restore.finish(rt, opened.manifest, erased=gone, noes=said, idle=idle, by="me@here", now=ada.now)
        migrations.upgrade(engine)
        yield replace(ada, rt=rt, mails=mails), done
    finally:
        engine.dispose()


def test_after_a_day_of_bookings_nothing_is_sent_twice_and_calendars_know_better(
    ada: World, tmp_path: Path, empty_url: str
) -> None:
    day = MONDAY + timedelta(days=3)
    stays, moves, goes, waits, _ = (
        ada.hold(start=day + at * HOUR, invitee=grace(name))
        for at, name in enumerate(("Stays", "Moves", "Goes", "Waits", "Ends"))
    )
    for each in (stays, moves, goes):
        ada.confirm(each)
    ada.drain()
    ada.hold(start=day + 5 * HOUR, invitee=grace("Unsent"))
    file = back_up(ada, tmp_path)
    # The service runs on for a day.
    ada.drain()
    ada.confirm(waits)
    change.move(ada.rt, ada.token(moves, LinkPurpose.MANAGE), day + timedelta(days=1), now=ada.now)
    change.cancel(ada.rt, ada.token(goes, LinkPurpose.MANAGE), reason="", now=ada.now)
    later = ada.hold(start=day + timedelta(days=1, hours=2), invitee=grace("Later"))
    ada.confirm(later)
    ada.settle()
    ada.pass_time(hours=20)
    told = {mail.to.address for mail in ada.mails.sent}
    assert {"unsent@example.org", "waits@example.org", "later@example.org"} <= told
    with put_back(ada, file, empty_url) as (after, done):
        states = {each.invitee.name: each.state for each in after.all_bookings()}
        assert states == {
            "Stays": BookingState.CONFIRMED,
            "Moves": BookingState.CONFIRMED,
            "Goes": BookingState.CANCELLED,
            "Waits": BookingState.CONFIRMED,
            "Ends": BookingState.EXPIRED,
            "Unsent": BookingState.EXPIRED,
        }
        assert after.booking(moves.id).time.start == day + timedelta(days=1)
        assert (done.found.confirmed, done.found.moved, done.found.unread) == (1, 1, [])
        assert done.found.unknown == [day + timedelta(days=1, hours=2)]
        after.drain()
        after.settle()
        assert after.mails.tried == []
        (of_no_booking,) = audit_without_dead(after)
        assert of_no_booking.endswith("is of a booking that is not kept here")
        with snapshot(after.rt.engine) as session:
            dead = outbox.dead_rows(session)
        assert done.held_back == len(dead) > 0
        assert {row.error for row in dead} == {MAY_HAVE_LEFT}
        # Invitees' links live, and what is booked later is mailed as ever.
        with snapshot(after.rt.engine) as session:
            assert links.opened(session, ada.token(stays, LinkPurpose.MANAGE), LinkPurpose.MANAGE)[0].id == stays.id
        new = after.confirm(after.hold(start=day + timedelta(days=4), invitee=grace("New")))
        after.drain()
        assert [mail.to.address for mail in after.mails.to(new.invitee.email)]
        assert {mail.to.address for mail in after.mails.sent} == {"new@example.org", "ada@example.org"}


def test_who_was_signed_in_and_links_that_decide_end_and_those_that_stop_mail_live(
    ada: World, tmp_path: Path, empty_url: str
) -> None:
    contact = Contact(id=UUID(int=70), address="grace@example.org", mailbox="grace@example.org", made_at=ada.now)
    with transaction(ada.rt.engine) as session:
        person = people.every(session)[0]
        times = {"created_at": ada.now, "seen_at": ada.now, "proved_at": ada.now}
        sessions.put(session, SignedIn(id=UUID(int=71), person_id=person.id, kept=True, **times), hash="h")
        contacts.save(session, contact)
        tokens = {
            purpose: contact_links.remember(ada.rt, session, contact, purpose, subject=UUID(int=72))
            for purpose in (
                LinkPurpose.ANSWER,
                LinkPurpose.CHANGE,
                LinkPurpose.DATA,
                LinkPurpose.EVERYTHING,
                LinkPurpose.OUT,
            )
        }
    with put_back(ada, back_up(ada, tmp_path), empty_url) as (after, done), snapshot(after.rt.engine) as session:
        assert (done.sessions, done.links) == (1, 4)
        assert sessions.find(session, "h") is None
        for purpose, token in tokens.items():
            if purpose is LinkPurpose.OUT:
                assert contact_links.opened(session, token, [purpose], now=after.now).contact == contact
            else:
                with pytest.raises(LinkOver):
                    contact_links.opened(session, token, [purpose], now=after.now)


def test_who_was_erased_after_the_backup_is_erased_again_by_the_file_of_erasures(
    ada: World, tmp_path: Path, empty_url: str
) -> None:
    booking = ada.confirm(ada.hold())
    ada.drain()
    with transaction(ada.rt.engine) as session:
        contact = find_or_make(ada.rt, session, address="anna@example.org", name="Anna Ott", now=ada.now)
    file = back_up(ada, tmp_path)
    decider = Decider(staff="t", reason="a letter")
    erasure.erase(ada.rt, "anna@example.org", decider, mode=Mode.WHOLE, now=ada.now)
    ada.pass_time(days=100)
    assert ada.booking(booking.id).erased
    written = erasure_journal.journal(ada.rt.settings)
    lines = [json.loads(line) for line in written.read_text().splitlines()]
    assert [each.get("booking", each.get("contact")) for each in lines] == [str(contact.id), str(booking.id)]
    assert written.stat().st_mode & 0o777 == 0o600
    ada.clock.advance(-99 * 86400)  # on a day when its own time would not have come
    with put_back(ada, file, empty_url, erased=(written,)) as (after, done):
        assert done.erased == 2
        assert after.booking(booking.id).erased
        with transaction(after.rt.engine) as session:
            again = contacts.get(session, contact.id)
        assert again is not None
        assert (again.address, again.name) == ("", "")
    (tmp_path / "torn").write_text('{"booking": "x')
    with pytest.raises(BackupRefused, match="torn, line 1"):
        restore.erased_elsewhere(ada.rt.settings, [tmp_path / "torn"])


def test_more_may_have_been_erased_than_one_statement_takes(ada: World, tmp_path: Path, empty_url: str) -> None:
    """PostgreSQL takes 65,535 parameters; a service of some years has erased more bookings than that."""
    booking = ada.confirm(ada.hold())
    ada.drain()
    written = tmp_path / "erasures.jsonl"
    gone = [booking.id, *(UUID(int=number) for number in range(1, 70_000))]
    written.write_text("".join(f'{{"booking": "{each}"}}\n' for each in gone))
    with put_back(ada, back_up(ada, tmp_path), empty_url, erased=(written,)) as (after, done):
        assert done.erased == 1
        assert after.booking(booking.id).erased


def test_who_said_no_after_the_backup_has_said_so_by_the_file_of_noes(
    ada: World, tmp_path: Path, empty_url: str
) -> None:
    """Who did before the backup has said so once, and may have said yes since."""
    those = People(ada.rt, ada.clock)
    with transaction(ada.rt.engine) as session:
        for each in (NEWSLETTER, CALLS):
            purposes.save(session, each)
    names = ("anna", "otto", "erna", "late", "karl")
    anna, otto, erna, late, karl = (those.contact(f"{name}@example.org") for name in names)
    for each in (anna, otto, erna, karl):
        those.double(each)
    those.say(erna, Withdrawn(How.PAGE))
    seal.seal_due(ada.rt, now=ada.now)
    those.double(erna)
    blocked = ada.hold(invitee=Invitee(name="Nina", email="nina@example.org", language="en", zone="Europe/Berlin"))
    file = back_up(ada, tmp_path)

    those.say(anna, Withdrawn(How.ONE_CLICK))
    those.say(otto, Stopped(), EVERY)
    those.say(karl, OptedOut(staff="office"))
    those.say(those.contact("new@example.org"), Withdrawn(How.PAGE))
    change.not_me(ada.rt, ada.token(blocked, LinkPurpose.NOT_ME), block=True, now=ada.now)
    ada.drain()
    written = noes_file.file(ada.rt.settings)
    assert written.stat().st_mode & 0o777 == 0o600
    assert "example.org" not in written.read_text()
    with put_back(ada, file, empty_url, noes=(written,)) as (after, done):
        there = People(after.rt, after.clock)
        assert done.noes == 3
        said = there.chain(anna)[-1]
        assert (said.act, said.how, said.by_contact) == (Act.WITHDRAWN, How.ONE_CLICK, True)
        assert there.standing(anna).basis is Basis.OUT_CONTACT
        assert there.standing(otto).stopped is not None
        assert (there.chain(karl)[-1].by, there.standing(karl).basis) == (staff("office"), Basis.OUT_USER)
        assert there.standing(erna).granted
        assert there.chain(late) == ()
        assert mailbox_blocks.stands(after.rt, "nina@example.org")
        assert not mailbox_blocks.stands(after.rt, "anna@example.org")
        assert verify.verify(after.rt, now=after.now).findings == ()
    (tmp_path / "torn").write_text('{"entry": "x')
    with pytest.raises(BackupRefused, match="torn, line 1"):
        restore.said_no_elsewhere(ada.rt.settings, [tmp_path / "torn"])


def test_a_no_gets_its_place_also_where_it_can_not_be_written_outside(ada: World) -> None:
    those = People(ada.rt, ada.clock)
    with transaction(ada.rt.engine) as session:
        purposes.save(session, NEWSLETTER)
    noes_file.file(ada.rt.settings).mkdir()
    anna = those.contact("anna@example.org")
    those.say(anna, Withdrawn(How.PAGE))
    assert seal.seal_due(ada.rt, now=ada.now) == 1
    assert verify.verify(ada.rt, now=ada.now).findings == ()


def test_of_merged_contacts_those_are_erased_again_who_were_and_nobody_who_was_parted_since(
    ada: World, tmp_path: Path, empty_url: str
) -> None:
    by, decider = By(staff="t", reason="one person"), Decider(staff="t", reason="a letter")
    addresses = ("anna@example.org", "anna@old.example.org", "mary@example.org")
    with transaction(ada.rt.engine) as session:
        made = [find_or_make(ada.rt, session, address=each, now=ada.now).id for each in addresses]
    for other in made[1:]:
        merges.merge(ada.rt, other, into=made[0], by=by, now=ada.now)
    file = back_up(ada, tmp_path)
    merges.part(ada.rt, made[2], by=by, now=ada.now)
    erasure.erase(ada.rt, addresses[1], decider, mode=Mode.WHOLE, now=ada.now)
    with put_back(ada, file, empty_url, erased=(erasure_journal.journal(ada.rt.settings),)) as (after, done):
        assert done.erased == 2
        with transaction(after.rt.engine) as session:
            again = contacts.of_ids(session, made)
        assert [again[id].address for id in made] == ["", "", "mary@example.org"]
        merges.part(after.rt, made[2], by=by, now=after.now)
        assert verify.verify(after.rt, now=after.now).findings == ()


@pytest.mark.parametrize("owed", [True, False], ids=["while it waits for the calendar", "before the wish"])
def test_a_past_event_of_somebody_who_was_erased_loses_the_name_after_a_backup_is_put_back(
    ada: World, tmp_path: Path, empty_url: str, owed: bool
) -> None:
    """Nothing that is owed to the calendar is lost, and the event that has its name back from nowhere is cleaned again."""
    ada.hold(start=MONDAY + timedelta(days=1), meeting="quick")
    ada.drain()
    ada.pass_time(days=1, hours=1)
    with transaction(ada.rt.engine) as session:
        find_or_make(ada.rt, session, address="grace@example.org", name="Grace Hopper", now=ada.now)
    before_the_wish = back_up(ada, tmp_path)
    named = ada.calendar.bodies()
    decider = Decider(staff="t", reason="a letter")
    assert erasure.erase(ada.rt, "grace@example.org", decider, mode=Mode.WHOLE, now=ada.now).events == 1
    (tmp_path / "later").mkdir()
    file = back_up(ada, tmp_path / "later") if owed else before_the_wish
    gone = () if owed else (erasure_journal.journal(ada.rt.settings),)
    assert any(b"Grace" in each for each in named)
    with put_back(ada, file, empty_url, erased=gone) as (after, _):
        assert len(erase_event.left(after.rt)) == 1
        for _ in range(4):
            after.pass_time(seconds=31)
        assert erase_event.left(after.rt) == []
        [body] = after.calendar.bodies()
        assert b"Grace" not in body
        assert b"grace@" not in body
        assert [each.erased for each in after.all_bookings()] == [True]


def test_a_hold_whose_calendar_can_not_be_asked_is_kept_longer_rather_than_ended(
    ada: World, tmp_path: Path, empty_url: str
) -> None:
    hold = ada.hold()
    ada.drain()
    file = back_up(ada, tmp_path)
    ada.confirm(hold)
    ada.pass_time(hours=2)
    ada.calendar.fail_next(Unavailable("away"), times=3)
    with put_back(ada, file, empty_url) as (after, done):
        assert (done.found.unread, done.found.kept_longer) == (["Ada"], 1)
        assert after.booking(hold.id).state is BookingState.HELD
        assert [event.uid for event in after.calendar.events()] == [after.reservation(hold).uid]


def test_where_nothing_ran_after_the_backup_what_was_owed_is_sent(ada: World, tmp_path: Path, empty_url: str) -> None:
    hold = ada.hold()
    with put_back(ada, back_up(ada, tmp_path), empty_url, idle=True) as (after, done):
        after.drain()
        assert done.held_back == 0
        assert [mail.to.address for mail in after.mails.sent] == ["grace@example.org"]
        assert after.confirm(hold).state is BookingState.CONFIRMED


def test_a_backup_goes_into_nothing_but_an_empty_database_of_its_kind(ada: World, tmp_path: Path) -> None:
    file = back_up(ada, tmp_path)
    with backup.opened(file) as opened:
        with pytest.raises(BackupRefused, match=r"there already|has tables already"):
            restore.put_back(ada.rt.settings, opened, now=ada.now)
        with pytest.raises(BackupRefused, match="key that the backup was made with"):
            restore.check_key(ada.rt.settings, opened, without_key=False)
        other = "postgresql://x@localhost/x" if opened.manifest.database == "sqlite" else f"sqlite:///{tmp_path}/new.db"
        settings = ada.rt.settings.model_copy(update={"database_url": other})
        with pytest.raises(BackupRefused, match="the backup is of"):
            restore.put_back(settings, opened, now=ada.now)
    with pytest.raises(BackupRefused, match="already exists"):
        backup.create(ada.rt, file, version="1")


def test_a_damaged_backup_is_found(ada: World, tmp_path: Path) -> None:
    file = back_up(ada, tmp_path)
    whole = file.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    for damaged in (whole[:middle], flipped, b"PK"):
        file.write_bytes(damaged)
        with pytest.raises(BackupRefused), backup.opened(file):
            pass


def test_check_says_how_old_the_last_backup_is(ada: World, tmp_path: Path) -> None:
    def said() -> list[tuple[str, str]]:
        found = [each for each in checks(ada.rt, now=ada.now) if each.subject == "backup"]
        return [(each.level.value, each.sentence) for each in found]

    assert said() == [("warning", "No backup was made yet.")]
    back_up(ada, tmp_path)
    assert said() == [("ok", "The last backup was made at 2030-01-07 08:00 UTC.")]
    ada.clock.advance(49 * 3600)
    assert said() == [("warning", "The last backup was made at 2030-01-07 08:00 UTC.")]


def test_old_backups_are_removed_by_the_instant_in_their_names_and_the_newest_stays(tmp_path: Path) -> None:
    names = [backup.file_name(MONDAY - timedelta(days=days)) for days in (50, 40, 36)]
    for name in (*names, "booking-notes.zip", "booking-20290101.zip"):
        (tmp_path / name).touch()
    removed = backup.remove_old(tmp_path, older_than=timedelta(days=35), now=MONDAY)
    assert [file.name for file in removed] == names[:2]
    assert {file.name for file in tmp_path.iterdir()} == {names[2], "booking-notes.zip", "booking-20290101.zip"}


def test_what_a_killed_backup_left_of_the_database_goes_with_the_next_one(ada: World, tmp_path: Path) -> None:
    """It is a whole copy, which nobody erases from. One that is being made beside it stays."""
    left, made_beside, others = (
        tmp_path / name for name in (".booking-backup-a", ".booking-backup-b", ".backup-of-mine")
    )
    for each in (left, made_beside, others):
        each.mkdir()
        (each / "database").write_bytes(b"Grace Hopper")
    for each in (left, others):
        os.utime(each, (0, 0))
    back_up(ada, tmp_path)
    assert {each.name for each in tmp_path.iterdir()} >= {made_beside.name, others.name, "backup.zip"}
    assert not left.exists()


def audit_without_dead(after: World) -> list[str]:
    return [each.sentence for each in audit_all(after.rt, now=after.now) if each.question != "Q12"]


def test_what_webhooks_may_have_been_told_is_held_back(ada: World, tmp_path: Path, empty_url: str) -> None:
    hook = FollowUp(id=UUID(int=9), purpose="", url="https://crm.example.org", made_at=ada.now, by="Ada")
    with transaction(ada.rt.engine) as session:
        follow_ups.save(session, hook)
    ada.hold(start=MONDAY + timedelta(days=3))
    file = back_up(ada, tmp_path)
    with put_back(ada, file, empty_url) as (after, _), snapshot(after.rt.engine) as session:
        [held] = webhook_changes.deliveries(session, hook.id, limit=9)
        assert (held.change, held.attempts, held.error) == (ToldChange.HELD, 0, MAY_HAVE_LEFT)
        assert held.dead_at is not None

"""A service that was restored before is restored again, by the files of both of its lives: what was said no to in the first is
in a file, and what was said since in the backup."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from booking_service.actions.access import limits
from booking_service.actions.consent import noes_file, seal, verify
from booking_service.actions.operations import restore
from booking_service.actions.operations.backup import BackupRefused
from booking_service.actions.operations.checks import checks
from booking_service.actions.operations.findings import Level
from booking_service.domain.consent import Act, How
from booking_service.domain.consent_moves import (
    Change,
    OptedOut,
    Recorded,
    Resumed,
    Retracted,
    Reverted,
    Stopped,
    Withdrawn,
)
from booking_service.domain.purposes import EVERY
from booking_service.storage import access, purposes
from booking_service.storage.engine import snapshot, transaction
from tests.actions.consent.people import CALLS, NEWSLETTER, People
from tests.actions.operations.test_restore import ada as ada
from tests.actions.operations.test_restore import back_up, put_back
from tests.actions.operations.test_restore import new_url as new_url
from tests.world import World

SLUGS = (NEWSLETTER.slug, CALLS.slug)


def yes(those: People, anna: UUID) -> None:
    those.double(anna)


def nothing(those: People, anna: UUID) -> None:
    """Nobody says anything."""


@pytest.mark.promise("I8")
@pytest.mark.parametrize(
    ("no", "purpose", "since", "granted"),
    [
        (Withdrawn(How.ONE_CLICK), "newsletter", nothing, {"calls"}),
        (Withdrawn(How.ONE_CLICK), "newsletter", yes, {"newsletter", "calls"}),
        (Withdrawn(How.PAGE), EVERY, nothing, set()),
        (Withdrawn(How.PAGE), EVERY, yes, {"newsletter"}),
        (OptedOut(staff="office"), "newsletter", Reverted("office"), {"newsletter", "calls"}),
        (Stopped(), EVERY, Resumed(), {"newsletter", "calls"}),
    ],
)
def test_the_last_word_counts_whichever_life_it_is_of(
    ada: World,
    tmp_path: Path,
    new_url: Callable[[], str],
    no: Change,
    purpose: str,
    since: Change | Callable[[People, UUID], None],
    granted: set[str],
) -> None:
    those = People(ada.rt, ada.clock)
    with transaction(ada.rt.engine) as session:
        for each in (NEWSLETTER, CALLS):
            purposes.save(session, each)
    anna = those.contact("anna@example.org")
    for slug in SLUGS:
        those.double(anna, slug)
    first = back_up(ada, tmp_path)
    those.say(anna, no, purpose)
    seal.seal_due(ada.rt, now=ada.now)
    files = [noes_file.file(ada.rt.settings)]
    ada.clock.advance(3600)
    with put_back(ada, first, new_url(), noes=(files[0],)) as (after, done):
        assert done.noes == 1
        those = People(after.rt, after.clock)
        if callable(since):
            since(those, anna)
        else:
            those.say(anna, since)
        seal.seal_due(after.rt, now=after.now)
        (tmp_path / "second").mkdir()
        second = back_up(after, tmp_path / "second")
        files.append(noes_file.file(after.rt.settings))
    with put_back(ada, second, new_url(), noes=tuple(files)) as (after, _):
        there = People(after.rt, after.clock)
        stands = [there.standing(anna, each) for each in (NEWSLETTER, CALLS)]
        assert {slug for slug, each in zip(SLUGS, stands, strict=True) if each.granted} == granted
        assert [each.stopped for each in stands] == [None, None]
        assert verify.verify(after.rt, now=after.now).findings == ()


@pytest.mark.promise("I8")
def test_a_no_to_everything_that_was_left_out_at_first_ends_all_but_what_was_said_yes_to_since(
    ada: World, tmp_path: Path, new_url: Callable[[], str]
) -> None:
    """The file was found only after the first restore. The mailbox is not blocked again, as it was said yes by it since."""
    those = People(ada.rt, ada.clock)
    with transaction(ada.rt.engine) as session:
        for each in (NEWSLETTER, CALLS):
            purposes.save(session, each)
    anna, otto = those.contact("anna@example.org"), those.contact("otto@example.org")
    for who in (anna, otto):
        for slug in SLUGS:
            those.double(who, slug)
    first = back_up(ada, tmp_path)
    blocked = {name: limits.mailbox_marks(ada.rt, f"{name}@example.org") for name in ("anna", "otto")}
    with transaction(ada.rt.engine) as session:
        for marks in blocked.values():
            access.block(session, marks[0], now=ada.now)
    for who in (anna, otto):
        those.say(who, Withdrawn(How.PAGE), EVERY)
    seal.seal_due(ada.rt, now=ada.now)
    written = noes_file.file(ada.rt.settings)
    ada.clock.advance(3600)
    with put_back(ada, first, new_url()) as (after, done):
        assert done.noes == 0
        People(after.rt, after.clock).double(anna)
        seal.seal_due(after.rt, now=after.now)
        (tmp_path / "second").mkdir()
        second = back_up(after, tmp_path / "second")
    with put_back(ada, second, new_url(), noes=(written,)) as (after, done):
        assert done.noes == 2
        there = People(after.rt, after.clock)
        stands = {who: [there.standing(who, each).granted for each in (NEWSLETTER, CALLS)] for who in (anna, otto)}
        assert stands == {anna: [True, False], otto: [False, False]}
        with snapshot(after.rt.engine) as session:
            assert {name: access.is_blocked(session, marks) for name, marks in blocked.items()} == {
                "anna": False,
                "otto": True,
            }


def test_a_consent_that_staff_took_back_after_the_backup_does_not_count_again(
    ada: World, tmp_path: Path, new_url: Callable[[], str]
) -> None:
    """As of a list that was brought by mistake. What its people said besides it still counts."""
    those = People(ada.rt, ada.clock)
    with transaction(ada.rt.engine) as session:
        purposes.save(session, NEWSLETTER)
    anna, otto = those.contact("anna@example.org"), those.contact("otto@example.org")
    recorded = [those.say(each, Recorded(staff="office", how=How.IMPORT)).entry for each in (anna, otto)]
    file = back_up(ada, tmp_path)
    those.double(otto)
    for who, entry in zip((anna, otto), recorded, strict=True):
        assert entry is not None
        those.say(who, Retracted("staff:office", entry))
    seal.seal_due(ada.rt, now=ada.now)
    written = noes_file.file(ada.rt.settings)
    with put_back(ada, file, new_url(), noes=(written, written)) as (after, done):
        assert done.noes == 2
        there = People(after.rt, after.clock)
        assert not there.standing(anna).granted
        assert [each.act for each in there.chain(anna)] == [Act.RECORDED, Act.RETRACTED]
        there.double(otto)
        seal.seal_due(after.rt, now=after.now)
        (tmp_path / "second").mkdir()
        second = back_up(after, tmp_path / "second")
    with put_back(ada, second, new_url(), noes=(written,)) as (after, done):
        assert done.noes == 0
        assert People(after.rt, after.clock).standing(otto).granted


def test_noes_that_a_full_disk_kept_out_of_the_file_are_written_with_the_next_entry(ada: World) -> None:
    those = People(ada.rt, ada.clock)
    with transaction(ada.rt.engine) as session:
        purposes.save(session, NEWSLETTER)
    file = noes_file.file(ada.rt.settings)
    anna, otto, erna = (those.contact(f"{name}@example.org") for name in ("anna", "otto", "erna"))
    file.mkdir()  # as a disk that takes nothing
    for each in (anna, otto):
        those.say(each, Withdrawn(How.PAGE))
        seal.seal_due(ada.rt, now=ada.now)
    [found] = [each for each in checks(ada.rt, now=ada.now) if each.subject == "noes"]
    assert (found.level, "noes.jsonl" in found.sentence) == (Level.PROBLEM, True)
    file.rmdir()
    those.double(erna)
    seal.seal_due(ada.rt, now=ada.now)
    assert [each.contact for each in noes_file.read([file])] == [anna, otto]
    assert [each for each in checks(ada.rt, now=ada.now) if each.subject == "noes"] == []
    those.say(erna, Withdrawn(How.PAGE))
    seal.seal_due(ada.rt, now=ada.now)
    assert [each.contact for each in noes_file.read([file])] == [anna, otto, erna]


def test_a_file_of_something_else_is_refused_before_anything_is_put_back(ada: World, tmp_path: Path) -> None:
    """Above all the one for the other: who only said no would be erased."""
    those = People(ada.rt, ada.clock)
    with transaction(ada.rt.engine) as session:
        purposes.save(session, NEWSLETTER)
    anna = those.contact("anna@example.org")
    those.say(anna, Withdrawn(How.PAGE))
    seal.seal_due(ada.rt, now=ada.now)
    written, settings = (
        noes_file.file(ada.rt.settings),
        ada.rt.settings.model_copy(update={"data_dir": tmp_path / "x"}),
    )
    with pytest.raises(BackupRefused, match="line 1: this is not an erasure"):
        restore.erased_elsewhere(settings, [written])
    other = tmp_path / "other"
    for content in (b"\x80\x81", b"PK\x03\x04", b'{"entry": 1}\n', b"[]\n", b"null\n"):
        other.write_bytes(content)
        with pytest.raises(BackupRefused, match="other"):
            restore.said_no_elsewhere(settings, [other])
        with pytest.raises(BackupRefused, match="other"):
            restore.erased_elsewhere(settings, [other])

"""What a run's finding means. Each test named "… never …" is a guard whose removal breaks a promise."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from booking_service.domain.booking import Booking, BookingState, Cause, Party
from booking_service.domain.effects import MailKind, SendMail
from booking_service.domain.freshness import CLOCKS_DIFFER
from booking_service.domain.publishing import (
    ANNOUNCE_AFTER,
    GRACE,
    PATIENCE,
    ClaimedState,
    Elsewhere,
    Finding,
    Gone,
    HostCancelled,
    HostMoved,
    Missing,
    Silence,
    Stands,
    Superseded,
)
from booking_service.domain.reservation import Reservation, Verdict
from booking_service.domain.settlement import (
    AT_ONCE,
    Circumstances,
    LookAgain,
    Settlement,
    retry_after,
    settle,
    shown_after,
)
from booking_service.domain.transitions import move
from tests.domain.examples import (
    NOW,
    TUESDAY_9,
    TUESDAY_10,
    asked,
    confirmed,
    held,
    invited,
    meeting,
    reservation,
    standing,
    wants,
)

SECOND = timedelta(seconds=1)
CLEAN = Circumstances(look=Verdict.CLEAN)
TAKEN = Circumstances(look=Verdict.TAKEN)
NO_ANSWER = Silence("no answer")
NOTHING = Circumstances()


def settled(
    booking: Booking, r: Reservation, finding: Finding, found: Circumstances = NOTHING, *, now=NOW, row=None
) -> Settlement | None:  # type: ignore[no-untyped-def]
    snapshot: ClaimedState = wants(r)
    return settle(row or r, snapshot, finding, booking=booking, meeting=meeting(), found=found, now=now)


def concluded(*args, **kwargs) -> Settlement:  # type: ignore[no-untyped-def]
    settlement = settled(*args, **kwargs)
    assert settlement is not None
    return settlement


def mails(settlement: Settlement) -> list[MailKind]:
    effects = settlement.decision.effects if settlement.decision else ()
    return [effect.mail.kind for effect in effects if isinstance(effect, SendMail)]


def test_a_clean_hold_is_announced() -> None:
    booking = held()
    settlement = concluded(booking, reservation(booking), Stands('"1"'), CLEAN)
    assert mails(settlement) == [MailKind.CONFIRM_BOOKING]
    assert settlement.reservation.verdict is Verdict.CLEAN
    assert settlement.reservation.base == 1
    assert settlement.reservation.etag == '"1"'
    assert settlement.reservation.lane_until is None
    assert settlement.again_at is None


def test_a_hold_over_somebody_elses_event_is_withdrawn_unannounced() -> None:
    booking = held()
    settlement = concluded(booking, reservation(booking), Stands('"1"'), TAKEN)
    assert settlement.decision is not None
    assert settlement.decision.booking.cancelled_by is Party.SYSTEM
    assert settlement.decision.booking.cause is Cause.TAKEN
    assert mails(settlement) == []


def test_a_hold_nobody_looked_at_is_never_announced() -> None:
    booking = held()
    settlement = concluded(booking, reservation(booking), Stands('"1"'))
    assert settlement.decision is None
    assert settlement.again_at == NOW


def test_a_look_without_a_verdict_is_repeated() -> None:
    booking = held()
    again = Circumstances(look=LookAgain(timedelta(seconds=3)))
    settlement = concluded(booking, reservation(booking), Stands('"1"'), again)
    assert settlement.decision is None
    assert settlement.again_at == NOW + timedelta(seconds=3)
    assert settlement.reservation.looks == 1


def test_only_the_first_verdict_counts_and_a_promise_is_never_cancelled_by_us() -> None:
    booking = asked()
    settlement = concluded(booking, standing(booking), Stands('"1"'), TAKEN)
    assert settlement.decision is None or settlement.decision.booking.live


def test_a_run_that_lost_its_lane_never_concludes_anything() -> None:
    """A later run may have written something else meanwhile."""
    booking = held()
    r = reservation(booking)
    assert settled(booking, r, Stands('"1"'), CLEAN, row=replace(r, fence=2)) is None


def test_a_run_overtaken_by_a_decision_keeps_its_write_but_never_announces_it() -> None:
    ended = replace(held(), state=BookingState.EXPIRED, revision=2)
    r = reservation(held())
    row = replace(r, revision=2, times={1: TUESDAY_9, 2: TUESDAY_9})
    settlement = concluded(ended, r, Stands('"1"'), CLEAN, row=row)
    assert settlement.decision is None
    assert settlement.again_at == NOW
    assert settlement.reservation.verdict is None
    assert (settlement.reservation.base, settlement.reservation.etag) == (1, '"1"')


def test_a_hold_past_its_deadline_is_never_announced() -> None:
    booking = held()
    settlement = concluded(booking, reservation(booking), Stands('"1"'), CLEAN, now=booking.hold_until)
    assert mails(settlement) == []


def test_a_mark_that_came_after_the_claim_survives() -> None:
    """A pull saw something this run could not know of; else an orphan would stay."""
    booking = asked()
    r = standing(booking, mark=1)
    settlement = concluded(booking, r, Stands(None), row=replace(r, mark=2))
    assert settlement.reservation.marked


def test_a_mark_that_the_run_dealt_with_is_settled() -> None:
    booking = asked()
    settlement = concluded(booking, standing(booking, mark=1), Stands(None))
    assert not settlement.reservation.marked


def test_silence_settles_no_mark() -> None:
    booking = asked()
    assert concluded(booking, standing(booking, mark=1), NO_ANSWER).reservation.marked


def test_the_hosts_move_is_the_bookings_time_and_stands_at_the_revision_it_was_found_at() -> None:
    booking = invited()
    settlement = concluded(booking, standing(booking), HostMoved(TUESDAY_10, 2))
    assert settlement.decision is not None
    assert settlement.decision.booking.time == TUESDAY_10
    assert settlement.decision.by is Party.HOST
    assert settlement.reservation.times[2] == TUESDAY_10
    assert settlement.reservation.base == 2
    assert settlement.again_at == NOW


def test_a_move_of_what_we_wrote_without_hearing_back_proves_that_this_write_stood() -> None:
    booking = invited()
    settlement = concluded(booking, standing(booking, base=1, etag=None), HostMoved(TUESDAY_10, 2))
    assert settlement.reservation.base == 2


def test_status_cancelled_by_the_host_cancels() -> None:
    settlement = concluded(invited(), standing(invited()), HostCancelled())
    assert settlement.decision is not None
    assert settlement.decision.booking.cause is Cause.DELETED
    assert mails(settlement) == [MailKind.CANCELLED]


def test_one_404_never_cancels() -> None:
    booking = invited()
    settlement = concluded(booking, standing(booking), Missing(), Circumstances(plausible=True))
    assert settlement.decision is None
    assert settlement.reservation.missing_at == NOW
    assert settlement.again_at == NOW + GRACE


def test_a_second_404_within_the_grace_time_never_cancels() -> None:
    booking = invited()
    r = standing(booking, missing_at=NOW)
    settlement = concluded(booking, r, Missing(), Circumstances(plausible=True), now=NOW + GRACE - SECOND)
    assert settlement.decision is None
    assert settlement.again_at == NOW + GRACE


def test_a_second_404_after_the_grace_time_is_the_hosts_deletion() -> None:
    booking = invited()
    r = standing(booking, missing_at=NOW)
    settlement = concluded(booking, r, Missing(), Circumstances(plausible=True), now=NOW + GRACE)
    assert settlement.decision is not None
    assert settlement.decision.booking.cancelled_by is Party.HOST


def test_a_deletion_that_is_not_plausible_never_cancels() -> None:
    booking = invited()
    settlement = concluded(booking, standing(booking, missing_at=NOW), Missing(), now=NOW + 10 * GRACE)
    assert settlement.decision is None
    assert settlement.again_at is not None


def test_an_event_that_no_look_ever_showed_was_not_deleted_by_the_host() -> None:
    """The server said that it stored the event, and shows none: the calendar failed, and nobody was told of the hold."""
    booking = held()
    r = standing(booking, missing_at=NOW, verdict=None)
    settlement = concluded(booking, r, Missing(), Circumstances(plausible=True), now=NOW + GRACE)
    assert settlement.decision is not None
    ended = settlement.decision.booking
    assert (ended.state, ended.cancelled_by, ended.cause) == (BookingState.CANCELLED, Party.SYSTEM, Cause.CALENDAR)


def test_an_event_that_is_there_again_was_never_missing() -> None:
    booking = invited()
    settlement = concluded(booking, standing(booking, missing_at=NOW), Stands(None))
    assert settlement.reservation.missing_at is None


def test_a_removal_is_proven_by_our_own_delete() -> None:
    over = replace(asked(), state=BookingState.EXPIRED)
    settlement = concluded(over, standing(over), Gone(proven=True))
    assert settlement.again_at is None
    assert not settlement.reservation.seen


def test_a_removal_is_proven_by_two_404s_with_a_grace_time_between() -> None:
    over = replace(asked(), state=BookingState.EXPIRED)
    first = concluded(over, standing(over), Gone(proven=False))
    assert first.again_at == NOW + GRACE
    early = concluded(over, first.reservation, Gone(proven=False), now=NOW + GRACE - SECOND)
    assert early.again_at == NOW + GRACE
    second = concluded(over, first.reservation, Gone(proven=False), now=NOW + GRACE)
    assert second.again_at is None
    ahead = standing(over, gone_at=NOW + timedelta(hours=3))  # by a clock that was set back since
    assert concluded(over, ahead, Gone(proven=False)).reservation.gone_at == NOW


def test_what_another_machine_noted_a_minute_ahead_of_our_clock_still_counts() -> None:
    noted = NOW + CLOCKS_DIFFER
    over = replace(asked(), state=BookingState.EXPIRED)
    assert concluded(over, standing(over, gone_at=noted), Gone(proven=False)).again_at == noted + GRACE
    booking = invited()
    assert concluded(booking, standing(booking, missing_at=noted), Missing()).again_at == noted + GRACE


def test_a_hold_without_an_event_by_choice_is_announced_after_a_clean_look() -> None:
    booking = held()
    settlement = concluded(booking, reservation(booking, touched=False), Gone(proven=True), CLEAN)
    assert mails(settlement) == [MailKind.CONFIRM_BOOKING]


@pytest.mark.parametrize(
    ("found", "finding", "after", "withdrawn"),
    [
        (Circumstances(), NO_ANSWER, timedelta(0), False),
        (Circumstances(), NO_ANSWER, PATIENCE - SECOND, False),
        (Circumstances(), NO_ANSWER, PATIENCE, True),
        (Circumstances(patient=False), NO_ANSWER, timedelta(0), True),
        (Circumstances(), Silence("401", final=True), timedelta(0), True),
    ],
)
def test_a_hold_without_a_verdict_waits_for_its_calendar_only_so_long(
    found: Circumstances, finding: Silence, after: timedelta, withdrawn: bool
) -> None:
    booking = held()
    settlement = concluded(booking, reservation(booking), finding, found, now=NOW + after)
    assert (settlement.decision is not None and not settlement.decision.booking.live) == withdrawn
    assert mails(settlement) == []


def test_a_promise_outlasts_a_silent_calendar_and_is_announced_after_a_while() -> None:
    booking = confirmed(now=NOW)
    early = concluded(booking, standing(booking), NO_ANSWER, now=NOW + ANNOUNCE_AFTER - SECOND)
    assert mails(early) == []
    assert early.again_at is not None
    assert early.again_at <= NOW + ANNOUNCE_AFTER
    late = concluded(booking, standing(booking), NO_ANSWER, now=NOW + ANNOUNCE_AFTER)
    assert mails(late) == [MailKind.BOOKED, MailKind.HOST_BOOKED]
    assert late.again_at is not None


@pytest.mark.promise("I3")
@pytest.mark.parametrize(
    ("silence", "again"),
    [
        (NO_ANSWER, timedelta(seconds=50)),
        (Silence("wait", after=timedelta(minutes=3)), timedelta(minutes=3)),
        (Silence("401", final=True), timedelta(minutes=15)),
    ],
)
def test_an_ended_booking_is_tried_until_the_server_answers(silence: Silence, again: timedelta) -> None:
    """And then its event is gone within a minute, however long there was no answer."""
    over = replace(asked(), state=BookingState.EXPIRED)
    settlement = concluded(over, standing(over), silence, Circumstances(attempts=50), now=NOW)
    assert settlement.again_at == NOW + again


def moved_booking() -> tuple[Booking, Reservation]:
    decision = move(invited(), TUESDAY_10, by=Party.INVITEE, meeting=meeting(), taken=[], now=NOW)
    booking = decision.booking
    return booking, standing(booking, verdict=None, beside=TUESDAY_9, base=2, times={2: TUESDAY_9, 3: TUESDAY_10})


def test_a_move_to_a_clean_time_frees_the_old_one_and_is_announced() -> None:
    booking, r = moved_booking()
    settlement = concluded(booking, r, Stands('"3"'), CLEAN)
    assert settlement.reservation.beside is None
    assert mails(settlement) == [MailKind.MOVED, MailKind.HOST_MOVED]


@pytest.mark.parametrize(("finding", "found"), [(Stands('"3"'), TAKEN), (Silence("403", final=True), Circumstances())])
def test_a_move_that_can_not_be_had_goes_back_and_never_cancels(finding: Finding, found: Circumstances) -> None:
    booking, r = moved_booking()
    settlement = concluded(booking, r, finding, found)
    assert settlement.decision is not None
    assert settlement.decision.booking.time == TUESDAY_9
    assert settlement.decision.booking.live
    assert settlement.reservation.verdict is Verdict.CLEAN
    assert mails(settlement) == []


def test_a_booking_deleted_by_its_host_while_it_moves_is_the_hosts_deletion_and_never_goes_back() -> None:
    booking, r = moved_booking()
    r = replace(r, missing_at=NOW - GRACE)
    settlement = concluded(booking, r, Missing(), Circumstances(plausible=True))
    assert settlement.decision is not None
    assert (settlement.decision.booking.state, settlement.decision.by) == (BookingState.CANCELLED, Party.HOST)
    assert settlement.reservation.beside is None


def test_a_newer_revision_in_the_calendar_records_nothing_while_a_newer_decision_stands() -> None:
    booking = asked()
    r = standing(booking)
    settlement = concluded(booking, r, Superseded(2), row=replace(r, revision=2))
    assert settlement.decision is None
    assert settlement.reservation == replace(r, revision=2, lane_until=None)


def test_a_revision_that_nobody_here_remembers_is_overtaken_and_never_left_to_stand() -> None:
    """The database came back from a backup; its word is the one that counts."""
    booking = asked()
    settlement = concluded(booking, standing(booking), Superseded(7))
    assert settlement.decision is not None
    assert settlement.decision.booking == replace(booking, revision=8)
    assert settlement.again_at == NOW


def test_an_event_found_at_another_place_is_looked_for_there_from_now_on() -> None:
    booking = invited()
    found = Elsewhere(UUID(int=6), "/other/u.ics")
    settlement = concluded(booking, standing(booking, missing_at=NOW), found)
    assert (settlement.reservation.calendar_id, settlement.reservation.href) == (UUID(int=6), "/other/u.ics")
    assert settlement.reservation.missing_at is None
    assert settlement.reservation.etag is None
    assert settlement.decision is None
    assert settlement.again_at == NOW


def test_an_event_that_never_stays_in_one_place_is_asked_for_with_growing_patience() -> None:
    booking, found = invited(), Elsewhere(UUID(int=6), "/other/u.ics")
    again = [
        concluded(booking, standing(booking), found, Circumstances(attempts=n)).again_at
        for n in (0, AT_ONCE - 1, AT_ONCE, 6)
    ]
    assert again == [NOW, NOW, NOW + retry_after(AT_ONCE), NOW + retry_after(6)]


@pytest.mark.parametrize("finding", [Missing(), HostCancelled()])
def test_what_the_host_removes_after_it_took_place_never_cancels(finding: Finding) -> None:
    booking = invited()
    r = standing(booking, missing_at=NOW)
    settlement = concluded(booking, r, finding, Circumstances(plausible=True), now=TUESDAY_9.end)
    assert settlement.decision is None
    assert settlement.again_at is None


def test_a_move_of_what_is_over_to_what_is_over_is_nobodys_news() -> None:
    booking = invited()
    settlement = concluded(booking, standing(booking), HostMoved(TUESDAY_10, 2), now=TUESDAY_10.end)
    assert settlement.decision is not None
    assert settlement.decision.booking.time == TUESDAY_10
    assert settlement.decision.booking.owed == ()


def test_a_write_is_unshown_until_something_is_read_or_a_pull_shows_it() -> None:
    booking = asked()
    r = standing(booking)
    once = concluded(booking, r, Stands('"1"', written=True, run="1.1")).reservation
    assert (once.unshown, once.run) == (1, "1.1")
    twice = concluded(booking, once, Stands('"2"', written=True)).reservation
    assert (twice.unshown, twice.run) == (2, "1.1")
    assert concluded(booking, twice, Stands(twice.etag)).reservation.unshown == 2, "nothing was asked"
    for read in (Stands(None), HostMoved(TUESDAY_10, 1), Missing(), Elsewhere(UUID(int=9), "x")):
        assert concluded(booking, twice, read).reservation.unshown == 0
    assert concluded(booking, twice, NO_ANSWER).reservation.unshown == 2


def test_a_deletion_is_unshown_like_any_other_write() -> None:
    over = replace(asked(), state=BookingState.CANCELLED)
    gone = concluded(over, standing(over, run="1.1"), Gone(proven=True, written=True)).reservation
    assert (gone.unshown, gone.run, gone.seen) == (1, None, False)
    assert concluded(over, gone, Gone(proven=False)).reservation.unshown == 0
    assert concluded(over, reservation(over, touched=False), Gone(proven=True)).reservation.unshown == 0


def test_what_a_server_keeps_ignoring_is_asked_for_at_longer_and_longer_intervals() -> None:
    rests = [shown_after(unshown).total_seconds() for unshown in range(1, 20)]
    assert rests[:4] == [0, 2, 4, 8]
    assert rests[-1] == 900

"""How a run asks and what it concludes. Each test named "… never …" is a guard whose removal loses something."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from booking_service.domain.freshness import CLOCKS_DIFFER
from booking_service.domain.publishing import (
    EXCHANGES,
    Absent,
    Answer,
    Ask,
    ClaimedState,
    Create,
    Delete,
    Done,
    Elsewhere,
    Find,
    Finding,
    Get,
    Gone,
    HostCancelled,
    HostMoved,
    Missing,
    NotDone,
    Present,
    Replace,
    Silence,
    Stands,
    Superseded,
    run,
)
from booking_service.domain.reservation import LEASE, Status, claim_lane
from tests.domain.examples import (
    NOW,
    TUESDAY_9,
    TUESDAY_10,
    TUESDAY_11,
    asked,
    confirmed,
    held,
    reservation,
    standing,
    wants,
)

LOST = Silence("no answer")


def driven(snapshot: ClaimedState, *answers: Answer, read_first: bool = False) -> tuple[list[Ask], Finding]:
    """What a run asks when it is answered so, and what it finds. Every answer must be used."""
    script, asked_for = list(answers), []
    exchange = run(snapshot, read_first=read_first)
    try:
        ask = next(exchange)
        while True:
            asked_for.append(ask)
            ask = exchange.send(script.pop(0))
    except StopIteration as stop:
        assert not script, f"never asked for: {script}"
        return asked_for, stop.value


def there(revision: int | None = 1, *, time=TUESDAY_9, status: Status = Status.TENTATIVE, etag: str = '"9"') -> Present:  # type: ignore[no-untyped-def]
    return Present(revision, time, status, etag)


def fresh(**changes: object) -> ClaimedState:
    return wants(reservation(held(), touched=False, **changes))


def test_a_new_hold_costs_one_request() -> None:
    assert driven(fresh(), Done('"1"')) == ([Create()], Stands('"1"', written=True))


def test_a_known_event_is_replaced_by_its_etag_in_one_request() -> None:
    booking = confirmed()
    snapshot = wants(standing(booking, base=1), status=Status.CONFIRMED)
    assert driven(snapshot, Done('"2"')) == ([Replace('"1"', merge=False)], Stands('"2"', written=True))


def test_what_is_known_to_stand_as_wanted_costs_nothing() -> None:
    assert driven(wants(standing(asked()))) == ([], Stands('"1"'))


def test_an_ended_booking_is_deleted_by_its_etag_in_one_request() -> None:
    assert driven(wants(standing(asked()), time=None), Done(None)) == ([Delete('"1"')], Gone(proven=True, written=True))


def test_what_was_never_sent_needs_no_removal() -> None:
    assert driven(wants(reservation(held(), touched=False), time=None)) == ([], Gone(proven=True))


def test_a_marked_reservation_is_read_even_if_nothing_was_ever_sent() -> None:
    late = wants(reservation(held(), touched=False, mark=1), time=None)
    assert driven(late, there(), Done(None)) == ([Get(), Delete('"9"')], Gone(proven=True, written=True))


def test_a_lost_answer_is_followed_by_reading() -> None:
    assert driven(fresh(), LOST, there()) == ([Create(), Get()], Stands(None))


def test_a_lost_answer_that_never_arrived_is_followed_by_creating() -> None:
    assert driven(fresh(), LOST, Absent(), Done('"1"')) == ([Create(), Get(), Create()], Stands('"1"', written=True))


def test_an_event_that_something_of_ours_wrote_before_is_taken_as_written() -> None:
    assert driven(fresh(), NotDone(), there()) == ([Create(), Get()], Stands(None))


def test_weak_guards_read_before_every_write() -> None:
    assert driven(replace(fresh(), guards=False), Absent(), Done('"1"'))[0] == [Get(), Create()]
    ended = wants(standing(asked()), time=None, guards=False)
    assert driven(ended, there(), Done(None))[0] == [Get(), Delete('"9"')]


def test_a_mark_is_read_before_anything_is_written() -> None:
    snapshot = wants(standing(confirmed(), mark=1, base=1), status=Status.CONFIRMED)
    asks, finding = driven(snapshot, there(), Done('"2"', clean=False))
    assert asks == [Get(), Replace('"9"', merge=True)]
    assert finding == Stands(None, written=True)


def test_the_etag_of_a_merged_write_is_never_relied_on() -> None:
    """Else the next write would go by it unread, and the host's title would be overwritten."""
    snapshot = wants(standing(confirmed(), base=1, etag=None), status=Status.CONFIRMED)
    _, finding = driven(snapshot, there(), Done('"2"', clean=False))
    assert finding == Stands(None, written=True)


def test_our_own_old_write_is_never_taken_for_the_hosts_move() -> None:
    """It shows the time of the revision it carries, not of today's row."""
    moved = replace(confirmed(), revision=3, time=TUESDAY_10)
    r = standing(moved, times={2: TUESDAY_9, 3: TUESDAY_10}, base=2, etag=None)
    snapshot = wants(r, time=TUESDAY_10, status=Status.CONFIRMED)
    asks, finding = driven(snapshot, there(2, status=Status.CONFIRMED), Done('"2"', clean=False))
    assert asks == [Get(), Replace('"9"', merge=True)]
    assert finding == Stands(None, written=True)


def test_the_hosts_move_is_found_at_the_revision_that_the_event_carries() -> None:
    snapshot = wants(standing(asked(), mark=1))
    assert driven(snapshot, there(1, time=TUESDAY_10)) == ([Get()], HostMoved(TUESDAY_10, 1))


def test_a_move_without_our_marks_is_measured_against_our_last_write() -> None:
    snapshot = wants(standing(asked(), mark=1))
    assert driven(snapshot, there(None, time=TUESDAY_10))[1] == HostMoved(TUESDAY_10, 1)


def test_a_host_move_that_was_followed_is_never_followed_again_over_a_later_decision() -> None:
    later = replace(confirmed(), revision=4, time=TUESDAY_11)
    r = standing(later, times={2: TUESDAY_10, 3: TUESDAY_10, 4: TUESDAY_11}, base=2, etag=None)
    snapshot = wants(r, time=TUESDAY_11, status=Status.CONFIRMED)
    asks, _ = driven(snapshot, there(2, time=TUESDAY_10, status=Status.CONFIRMED), Done('"3"', clean=False))
    assert asks == [Get(), Replace('"9"', merge=True)]


def test_a_newer_revision_is_left_alone() -> None:
    assert driven(wants(standing(asked(), mark=1)), there(2)) == ([Get()], Superseded(2))


def test_an_ended_booking_deletes_whatever_revision_it_finds_that_is_not_newer() -> None:
    ended = wants(standing(replace(asked(), revision=5), mark=1, times={5: TUESDAY_9}), time=None)
    assert driven(ended, there(4, time=TUESDAY_10), Done(None)) == (
        [Get(), Delete('"9"')],
        Gone(proven=True, written=True),
    )


def test_an_event_that_stood_is_never_created_again() -> None:
    """The host deleted it; creating it again would undo that."""
    assert driven(wants(standing(asked(), mark=1)), Absent(), Absent()) == ([Get(), Find()], Missing())


def test_an_event_that_stands_at_another_place_is_never_missing() -> None:
    """The host dragged it to another calendar of theirs, or the server gave it another name."""
    there_now = Elsewhere(UUID(int=6), "/other/u.ics")
    assert driven(wants(standing(asked(), mark=1)), Absent(), there_now) == ([Get(), Find()], there_now)
    ended = wants(standing(asked(), mark=1), time=None)
    assert driven(ended, Absent(), there_now) == ([Get(), Find()], there_now)


def test_a_calendar_that_does_not_answer_leaves_open_where_the_event_is() -> None:
    assert driven(wants(standing(asked(), mark=1)), Absent(), LOST) == ([Get(), Find()], LOST)


def test_a_new_event_that_is_refused_may_stand_under_another_name() -> None:
    there_now = Elsewhere(UUID(int=5), "/dav/renamed.ics")
    assert driven(fresh(), NotDone(), Absent(), there_now) == ([Create(), Get(), Find()], there_now)


def test_a_stale_etag_and_no_event_is_a_deletion_too() -> None:
    snapshot = wants(standing(confirmed(), base=1), status=Status.CONFIRMED)
    assert driven(snapshot, NotDone(), Absent(), Absent())[1] == Missing()


def test_one_404_never_proves_that_an_ended_bookings_event_is_gone() -> None:
    assert driven(wants(reservation(held()), time=None), Absent(), Absent()) == ([Get(), Find()], Gone(proven=False))
    assert driven(wants(standing(asked()), time=None), Absent(), Absent(), Absent())[1] == Gone(proven=False)


def test_a_delete_of_nothing_never_proves_it_either() -> None:
    ended = wants(standing(asked(), mark=1), time=None)
    assert driven(ended, there(), Absent()) == ([Get(), Delete('"9"')], Gone(proven=False))


def test_status_cancelled_is_the_hosts_word() -> None:
    assert driven(wants(standing(asked(), mark=1)), there(status=Status.CANCELLED))[1] == HostCancelled()


def test_a_status_reset_by_a_client_is_written_again_and_confirms_nothing() -> None:
    asks, finding = driven(wants(standing(asked(), mark=1)), there(status=Status.CONFIRMED), Done('"2"', clean=False))
    assert asks == [Get(), Replace('"9"', merge=True)]
    assert finding == Stands(None, written=True)


def test_a_look_that_did_not_see_the_event_reads_it_again() -> None:
    snapshot = wants(standing(asked()))
    assert driven(snapshot, there(), read_first=True) == ([Get()], Stands(None))


def test_a_run_gives_way_after_a_few_exchanges() -> None:
    snapshot = wants(standing(confirmed(), mark=1, base=1), status=Status.CONFIRMED)
    asks, finding = driven(snapshot, *[there(), NotDone()] * (EXCHANGES // 2))
    assert len(asks) == EXCHANGES
    assert isinstance(finding, Silence)


def test_an_answer_that_is_final_ends_the_run() -> None:
    refused = Silence("401", final=True)
    assert driven(fresh(), refused, refused) == ([Create(), Get()], refused)
    assert driven(wants(standing(asked(), mark=1)), refused)[1] is refused


def test_one_run_at_a_time_and_a_lapsed_lease_is_taken_over_under_a_new_fence() -> None:
    free = reservation(held(), lane_until=None, fence=3)
    first = claim_lane(free, now=NOW)
    assert first is not None
    assert first.fence == 4
    assert claim_lane(first, now=NOW + LEASE - (LEASE / 100)) is None
    second = claim_lane(first, now=NOW + LEASE)
    assert second is not None
    assert second.fence == 5
    ahead = NOW - CLOCKS_DIFFER  # by our clock, which is behind that of whoever holds the lane
    assert claim_lane(first, now=ahead) is None
    assert claim_lane(first, now=ahead - timedelta(microseconds=1)) is not None, "that clock was set back since"


def test_what_an_event_goes_back_to_is_remembered() -> None:
    assert driven(fresh(), Done('"1"', run="1.1"))[1] == Stands('"1"', written=True, run="1.1")
    assert driven(fresh(), LOST, replace(there(), run="1.1"))[1] == Stands(None, run="1.1")


def test_a_first_put_that_comes_late_is_never_taken_for_the_host_s_move_back() -> None:
    """What stood goes back to another one: the host moved that, and deleted it, or the first had found no room."""
    r = standing(asked(), run="1.2", times={1: TUESDAY_10, 2: TUESDAY_10}, revision=2, base=2, etag=None, mark=1)
    came_late = replace(there(), run="1.1")
    assert driven(wants(r, time=TUESDAY_10), came_late)[1] == Missing()
    unguarded = replace(wants(r, time=TUESDAY_10), guards=False)
    asked_for, finding = driven(unguarded, came_late, Done('"3"', clean=False))
    assert asked_for == [Get(), Replace('"9"', merge=True)]
    assert finding == Stands(None, written=True)


def test_an_event_that_the_host_moves_back_goes_back_to_the_same_put() -> None:
    r = standing(asked(), run="1.2", times={1: TUESDAY_10, 2: TUESDAY_10}, revision=2, base=2, etag=None, mark=1)
    for run_of_it in ("1.2", None):
        assert driven(wants(r, time=TUESDAY_10), replace(there(), run=run_of_it))[1] == HostMoved(TUESDAY_9, 1)


def test_a_late_put_of_an_ended_booking_is_deleted() -> None:
    r = standing(asked(), run="1.2", etag=None, mark=1)
    assert driven(wants(r, time=None), replace(there(), run="1.1"), Done(None))[0] == [Get(), Delete('"9"')]

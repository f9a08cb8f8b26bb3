"""Which changes of a booking others are told of, and what is said of each."""

from dataclasses import replace
from datetime import timedelta

from booking_service.domain import host_decisions, transitions
from booking_service.domain.booking import Cause, Party
from booking_service.domain.timeline import Happened
from booking_service.domain.webhook_changes import ToldChange, change_of, facts_of
from tests.domain.examples import NOW, TUESDAY_9, TUESDAY_10, asked, confirmed, held_decision, meeting


def test_each_state_has_its_word_and_a_hold_that_is_given_up_is_no_cancelled_booking() -> None:
    held = held_decision()
    booked = transitions.confirm(asked(), meeting=meeting(), now=NOW)
    assert change_of(held) is ToldChange.HELD
    assert change_of(held_decision(doi=False)) is ToldChange.CONFIRMED
    assert change_of(booked) is ToldChange.CONFIRMED
    assert change_of(transitions.expire(asked(), now=NOW + timedelta(days=1))) is ToldChange.EXPIRED
    assert change_of(transitions.cancel(asked(), by=Party.INVITEE, now=NOW)) is ToldChange.RELEASED
    assert change_of(transitions.cancel(booked.booking, by=Party.HOST, now=NOW)) is ToldChange.CANCELLED
    vouched = host_decisions.confirm_for_invitee(asked(), reason="by phone", forced=False, meeting=meeting(), now=NOW)
    assert change_of(transitions.cancel(vouched.booking, by=Party.HOST, now=NOW)) is ToldChange.CANCELLED


def test_a_move_is_told_there_and_back_and_a_conflict_that_moves_nothing_is_not() -> None:
    booked = confirmed()
    moved = transitions.move(booked, TUESDAY_10, by=Party.HOST, meeting=meeting(), taken=[], now=NOW)
    assert change_of(moved) is ToldChange.RESCHEDULED
    back = transitions.move_back(moved.booking, TUESDAY_9, cause=Cause.TAKEN, meeting=meeting(), now=NOW)
    assert change_of(back) is ToldChange.RESCHEDULED
    assert facts_of(back, now=NOW)["cause"] == "taken"
    longer = replace(TUESDAY_9, end=TUESDAY_10.end)
    assert change_of(transitions.follow(booked, longer, meeting=meeting(), conflicted=False, now=NOW)) is (
        ToldChange.RESCHEDULED
    )
    beside = transitions.follow(booked, TUESDAY_9, meeting=meeting(), conflicted=True, now=NOW)
    assert (beside.happened, change_of(beside)) == (Happened.MOVED, None)


def test_what_is_no_change_of_state_or_time_is_told_to_nobody() -> None:
    assert change_of(transitions.resend(asked(), now=NOW)) is None
    assert change_of(transitions.confirm(confirmed(), meeting=meeting(), now=NOW)) is None
    corrected = transitions.correct_address(asked(), "g@example.org", meeting=meeting(), now=NOW)
    assert change_of(corrected) is None


def test_nothing_that_is_fixed_with_a_change_names_anybody() -> None:
    cancelled = transitions.cancel(confirmed(), by=Party.HOST, reason="Grace is ill", cause=Cause.DELETED, now=NOW)
    facts = facts_of(cancelled, now=NOW)
    assert facts == {
        "at": "2030-01-07T08:00:00+00:00",
        "revision": "3",
        "state": "cancelled",
        "start": "2030-01-08T09:00:00+00:00",
        "end": "2030-01-08T09:30:00+00:00",
        "by": "host",
        "cause": "deleted",
    }
    assert facts_of(held_decision(), now=NOW)["hold_until"] == "2030-01-07T09:00:00+00:00"

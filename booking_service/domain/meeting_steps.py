"""What the settings of a meeting type mean: what happens, step by step, to somebody who opens its link now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from . import deadlines
from .booking import Party
from .interval import Interval
from .meeting import Approval, HoldPolicy, MeetingType, Place


class Step(StrEnum):
    """One thing to say; in brackets the values of its Statement that it uses."""

    OFF = "off"  # nobody can book it
    CLOSED = "closed"  # nothing is offered, as a calendar can't be read
    NOTHING = "nothing"  # no free time within the horizon
    OFFERED = "offered"  # the first time (at), the last one (until)
    HELD_IN_CALENDAR = "held-in-calendar"  # tentative there (until)
    HELD_HERE = "held-here"  # blocked for others, in no calendar (until)
    NOT_HELD = "not-held"  # the first to confirm gets it; the link works (until)
    HOST_FIRST = "host-first"  # the host is asked before the invitee (until)
    CONFIRMED = "confirmed"  # by mail it is booked, or else free again
    HOST_LAST = "host-last"  # once they confirmed, the host decides, within (length)
    AT_ONCE = "at-once"  # booked without a mail to confirm
    HOST_ALONE = "host-alone"  # no mail to confirm; the host decides (until)
    APART = "apart"  # kept free before (before) and after (length)
    NO_LINK = "no-link"  # a video call of which nobody is told how to join
    COUNT = "count"  # number of times offered next week (count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What these settings offer now: first and last time, and how many times next week.

    `closed`: nothing is offered, as a calendar can't be read.
    """

    first: Interval | None = None
    last: Interval | None = None
    next_week: int = 0
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    step: Step
    at: datetime | None = None
    until: datetime | None = None
    before: timedelta = timedelta(0)
    length: timedelta = timedelta(0)
    count: int = 0


def meaning(meeting: MeetingType, prospect: Prospect, *, doi_forced: bool, now: datetime) -> tuple[Statement, ...]:
    """The steps in their order, each with the instant at which it would happen to somebody who came now."""
    if not meeting.active:
        return (Statement(step=Step.OFF),)
    if prospect.closed:
        return (Statement(step=Step.CLOSED),)
    if prospect.first is None:
        return (Statement(step=Step.NOTHING),)
    last = prospect.last or prospect.first
    return (
        Statement(step=Step.OFFERED, at=prospect.first.start, until=last.start),
        *_becoming(meeting, prospect.first, doi=meeting.wants_doi(forced=doi_forced), now=now),
        *_apart(meeting),
        *_no_link(meeting),
        Statement(step=Step.COUNT, count=prospect.next_week),
    )


def _becoming(meeting: MeetingType, first: Interval, *, doi: bool, now: datetime) -> tuple[Statement, ...]:
    """The steps from the request to the confirmed booking."""
    parties = {Party.INVITEE: doi, Party.HOST: meeting.approval is not Approval.NONE}
    awaits = frozenset(party for party, asked in parties.items() if asked)
    until = deadlines.first(meeting, first, awaits, now=now)
    if not awaits:
        return (Statement(step=Step.AT_ONCE),)
    held = Statement(step=_HELD[meeting.hold_policy], until=until)
    if not doi:
        return (held, Statement(step=Step.HOST_ALONE, until=until))
    match meeting.approval:
        case Approval.NONE:
            return (held, Statement(step=Step.CONFIRMED))
        case Approval.BEFORE:
            return (held, Statement(step=Step.HOST_FIRST, until=until), Statement(step=Step.CONFIRMED))
        case Approval.AFTER:
            return (held, Statement(step=Step.HOST_LAST, length=meeting.approval_lifetime))


_HELD = {
    HoldPolicy.CALENDAR: Step.HELD_IN_CALENDAR,
    HoldPolicy.INTERNAL: Step.HELD_HERE,
    HoldPolicy.NONE: Step.NOT_HELD,
}


def _apart(meeting: MeetingType) -> tuple[Statement, ...]:
    before, after = meeting.rules.buffer_before, meeting.rules.buffer_after
    return (Statement(step=Step.APART, before=before, length=after),) if before or after else ()


def _no_link(meeting: MeetingType) -> tuple[Statement, ...]:
    return (Statement(step=Step.NO_LINK),) if meeting.place is Place.VIDEO and not meeting.location else ()

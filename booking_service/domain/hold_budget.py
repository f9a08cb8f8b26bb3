"""How much of a host's time unconfirmed holds may take, as anybody can ask for one and so block a calendar.

Beyond the budget a request gets no hold: its time stays on offer, and the first to confirm gets it. So nobody can block
more than the budget, and honest people still get through. The more of the budget is used, the shorter holds last.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from .availability import local_date
from .interval import Interval
from .meeting import HoldPolicy, MeetingType
from .slots import Booked, SlotFacts, slots

PRESSED_AT_LEAST = timedelta(minutes=15)  # a mail takes a moment to arrive and to be read
HALF = 0.5  # of the budget: from here on holds need a puzzle solved, and the host is told
ALARM_QUIET = timedelta(hours=6)  # below it for this long, the next rise is reported again


@dataclass(frozen=True, slots=True)
class Shares:
    """The largest share of a meeting type's free times that holds may take; 1 is no limit.

    One share of the whole horizon, and one of any single day.
    """

    of_horizon: float
    of_day: float

    @property
    def limit(self) -> bool:
        return self.of_horizon < 1 or self.of_day < 1


@dataclass(frozen=True, slots=True)
class Room:
    """Whether the budget affords one more hold, and which share of the horizon's budget is used with it.

    `used` is 0 where it would be the only hold.
    """

    afforded: bool
    used: float = 0.0


FREE = Room(afforded=True)
NO_ROOM = Room(afforded=False)


def room(facts: SlotFacts, time: Interval, window: Interval, *, shares: Shares) -> Room:
    """What the budget says to a hold of `time`. `facts` cover `window`, the whole horizon.

    It is counted in times on offer rather than minutes, so that buffers, increments and daily limits count with what
    they take away. The first hold of all, and the first of a day, is always afforded.
    """
    others = [each for each in facts.booked if each.held]
    if not others:
        return FREE
    wanted = Booked(
        time=time,
        buffer_before=facts.rules.buffer_before,
        buffer_after=facts.rules.buffer_after,
        meeting_type_id=facts.meeting_type_id,
        held=True,
    )
    unheld = replace(facts, booked=[each for each in facts.booked if not each.held])
    free = slots(unheld, window)
    left = slots(replace(facts, booked=[*facts.booked, wanted]), window)
    on = local_date(time.start, facts.zone)
    alone = all(local_date(each.time.start, facts.zone) != on for each in others)
    day = alone or _within(_on(free, on, facts), _on(left, on, facts), shares.of_day)
    taken, budget = len(free) - len(left), shares.of_horizon * len(free)
    return Room(afforded=day and taken <= budget, used=taken / budget if budget else 1.0)


def lifetime(own: timedelta, used: float, *, attacked: bool = False) -> timedelta:
    """How long a hold lasts when this share of the budget is used.

    The meeting type's `own` lifetime below a tenth, half of it below half, a quarter above; never less than
    PRESSED_AT_LEAST, which is what all get under attack, and never more than `own`.
    """
    if attacked:
        return min(own, PRESSED_AT_LEAST)
    if used < 0.1:
        return own
    return min(own, max(PRESSED_AT_LEAST, own / (2 if used < HALF else 4)))


def wants_work(used: float, *, attacked: bool) -> bool:
    """Whether holding needs a puzzle solved: from half of the budget on, and under attack. Without it there is no
    hold."""
    return attacked or used >= HALF


def pressed(meeting: MeetingType, room: Room, *, attacked: bool = False) -> MeetingType:
    """The meeting type with the shortened lifetime for the next hold. A request without a hold keeps the full one."""
    if not room.afforded or meeting.hold_policy is HoldPolicy.NONE:
        return meeting
    shorter = lifetime(meeting.hold_lifetime, room.used, attacked=attacked)
    return meeting if shorter == meeting.hold_lifetime else replace(meeting, hold_lifetime=shorter)


def held_share(facts: SlotFacts, window: Interval) -> float:
    """The share of the times in `window` that live holds take from what would be on offer. `facts` cover it."""
    free = len(slots(replace(facts, booked=[each for each in facts.booked if not each.held]), window))
    return 1 - len(slots(facts, window)) / free if free else 0.0


def _within(free: int, left: int, share: float) -> bool:
    return free - left <= share * free


def _on(times: Sequence[Interval], on: date, facts: SlotFacts) -> int:
    return sum(local_date(each.start, facts.zone) == on for each in times)

"""How much of a host's time unconfirmed holds may take: anybody can ask for a time, so a hold is a weapon.

Past the budget a request goes on without a hold: its time stays on offer, and the first to confirm wins. So nobody can
take more than the budget by asking, and honest people still get through. The more of it is used, the sooner a hold ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from .availability import local_date
from .interval import Interval
from .meeting import HoldPolicy, MeetingType
from .slots import Booked, SlotFacts, slots

PRESSED_AT_LEAST = timedelta(minutes=15)  # a mail takes a moment, and so does reading it
HALF = 0.5  # of the budget: from here on holds are worked for, and the host hears of it
ALARM_QUIET = timedelta(hours=6)  # so long below it makes the next rise news


@dataclass(frozen=True, slots=True)
class Shares:
    """The largest part of a meeting type's free times that holds may take away; 1 is no limit.

    One for its whole horizon, one for any single day."""

    of_horizon: float
    of_day: float

    @property
    def limit(self) -> bool:
        return self.of_horizon < 1 or self.of_day < 1


@dataclass(frozen=True, slots=True)
class Room:
    """What the budget says of one more hold: whether it is afforded, and which part of the horizon's budget is used once
    it stands; 0 where it would be alone."""

    afforded: bool
    used: float = 0.0


FREE = Room(afforded=True)
NO_ROOM = Room(afforded=False)


def room(facts: SlotFacts, time: Interval, window: Interval, *, shares: Shares) -> Room:
    """What the budget has for a hold of `time`. `facts` cover `window`, which is the whole horizon.

    Counted in times on offer rather than in minutes, so that buffers, steps and daily limits count with what they take
    away. The first hold, and the first of a day, is always afforded.
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
    """How long a hold lasts when this part of the budget is used: `own`, its meeting type's, below a tenth, half of it
    below half, a quarter above. Never cut below PRESSED_AT_LEAST, which all get under attack, and never longer than `own`."""
    if attacked:
        return min(own, PRESSED_AT_LEAST)
    if used < 0.1:
        return own
    return min(own, max(PRESSED_AT_LEAST, own / (2 if used < HALF else 4)))


def wants_work(used: float, *, attacked: bool) -> bool:
    """Whether a hold has to be worked for: from half of the budget on, and under attack. Who has not worked for it goes on
    without one."""
    return attacked or used >= HALF


def pressed(meeting: MeetingType, room: Room, *, attacked: bool = False) -> MeetingType:
    """The meeting type as its next hold has it. What is not held keeps its time to be confirmed: it is in nobody's way."""
    if not room.afforded or meeting.hold_policy is HoldPolicy.NONE:
        return meeting
    shorter = lifetime(meeting.hold_lifetime, room.used, attacked=attacked)
    return meeting if shorter == meeting.hold_lifetime else replace(meeting, hold_lifetime=shorter)


def held_share(facts: SlotFacts, window: Interval) -> float:
    """Which part of the times that would be on offer in `window` live holds take away. `facts` cover it."""
    free = len(slots(replace(facts, booked=[each for each in facts.booked if not each.held]), window))
    return 1 - len(slots(facts, window)) / free if free else 0.0


def _within(free: int, left: int, share: float) -> bool:
    return free - left <= share * free


def _on(times: Sequence[Interval], on: date, facts: SlotFacts) -> int:
    return sum(local_date(each.start, facts.zone) == on for each in times)

"""How much of a host's time unconfirmed holds may take: anybody can ask for a time, so a hold is a weapon.

Past the budget a request goes on without a hold: its time stays on offer, and the first to confirm wins. So nobody can
take more than the budget by asking, and honest people still get through.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from .availability import local_date
from .interval import Interval
from .slots import Booked, SlotFacts, slots


@dataclass(frozen=True, slots=True)
class Shares:
    """The largest part of a meeting type's free times that holds may take away; 1 is no limit.

    One for its whole horizon, one for any single day."""

    of_horizon: float
    of_day: float

    @property
    def limit(self) -> bool:
        return self.of_horizon < 1 or self.of_day < 1


def affords(facts: SlotFacts, time: Interval, window: Interval, *, shares: Shares) -> bool:
    """Whether a hold of `time` stays within the budget. `facts` cover `window`, which is the whole horizon.

    Counted in times on offer rather than in minutes, so that buffers, steps and daily limits count with what they take
    away. The first hold, and the first of a day, is always afforded.
    """
    others = [each for each in facts.booked if each.held]
    if not others:
        return True
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
    return day and _within(len(free), len(left), shares.of_horizon)


def held_share(facts: SlotFacts, window: Interval) -> float:
    """Which part of the times that would be on offer in `window` live holds take away. `facts` cover it."""
    free = len(slots(replace(facts, booked=[each for each in facts.booked if not each.held]), window))
    return 1 - len(slots(facts, window)) / free if free else 0.0


def _within(free: int, left: int, share: float) -> bool:
    return free - left <= share * free


def _on(times: Sequence[Interval], on: date, facts: SlotFacts) -> int:
    return sum(local_date(each.start, facts.zone) == on for each in times)

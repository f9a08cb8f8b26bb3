"""P1 and P2: what a view's slots cost against a sweep in C over prepared arrays, and how that grows.

The view: 30 days across the autumn clock change, Mon-Fri 9-17 in Berlin, 30-minute meetings every 15 minutes with
buffers. A fresh view computes openings and slots from merged busy periods, as a page does; only what the domain itself
remembers between views (the hours' instants, the grid) is warm. The row "first view" forgets that, too.
"""

import ctypes
import random
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from benchmarks.measure import Goal, Report, arguments, exponent, in_turn
from booking_service.domain import availability, grid, slots
from booking_service.domain.availability import DAY, WorkingHours, parse_spans, zone_of
from booking_service.domain.interval import Interval, merged
from booking_service.domain.slots import Horizon, SlotFacts, SlotRules

SEED = 20261025
REPEAT = 8
C_REPEAT = 50
MINUTE = timedelta(minutes=1)
WINDOW = Interval(datetime(2026, 10, 10, tzinfo=UTC), datetime(2026, 11, 9, tzinfo=UTC))
BERLIN = zone_of("Europe/Berlin")
HOURS = WorkingHours((parse_spans("9-17"),) * 5 + ((),) * 2)
RULES = SlotRules(
    duration=30 * MINUTE, increment=15 * MINUTE, buffer_before=5 * MINUTE, buffer_after=10 * MINUTE, horizon=Horizon(60)
)


def main(argv: Sequence[str]) -> int:
    out = arguments("slots").parse_args(argv).json
    report = Report("slots")
    _against_the_floor(report)
    _growth(report)
    return report.conclude(out)


def view(busy: Sequence[Interval]) -> list[Interval]:
    """What a page computes: openings, then slots."""
    opened = availability.openings(HOURS, (), BERLIN, WINDOW)
    facts = SlotFacts(
        rules=RULES,
        meeting_type_id=UUID(int=1),
        openings=opened,
        busy=busy,
        now=WINDOW.start - DAY,
        zone=BERLIN,
    )
    return slots.slots(facts, WINDOW)


def first_view(busy: Sequence[Interval]) -> list[Interval]:
    availability._openings.cache_clear()
    grid.grid.cache_clear()
    return view(busy)


def busy_periods(count: int, *, window: Interval = WINDOW, shortest: int = 15, longest: int = 60) -> list[Interval]:
    """`count` random periods of whole minutes, merged, as calendars give them."""
    dice = random.Random(SEED + count)
    minutes = window.duration // MINUTE
    starts = (window.start + dice.randrange(minutes) * MINUTE for _ in range(count))
    return merged(Interval(start, start + dice.randint(shortest, longest) * MINUTE) for start in starts)


def _against_the_floor(report: Report) -> None:
    library = _compiled()
    if library is None:
        report.remarks.append("no C compiler (cc) here: P1 has no floor to be measured against")
    for count in (50, 500, 5000):
        busy = busy_periods(count)
        runs: dict[str, Callable[[], object]] = {"view": partial(view, busy)}
        if library is not None:
            sweep = _floor(library, busy)
            runs |= {"C sweep, called once": partial(sweep, 1), "C sweep, inside": partial(sweep, C_REPEAT)}
        times = in_turn(runs, repeat=REPEAT) | in_turn({"first view": partial(first_view, busy)})
        if library is not None:
            times["C sweep, inside"] /= C_REPEAT
        report.microseconds |= {f"{name}, {count} busy ({len(busy)} merged)": value for name, value in times.items()}
        if library is not None and count == 500:
            report.goals.append(
                Goal("P1 view / C sweep, 500 busy", times["view"] / times["C sweep, called once"], 70, 28)
            )
            inside = times["view"] / times["C sweep, inside"]
            report.remarks.append(f"against the C sweep without the call from Python the view takes {inside:.0f} times")


def _growth(report: Report) -> None:
    kept = {str(count): partial(view, _kept(count)) for count in (100, 100_000)}
    in_window = {str(count): partial(view, busy_periods(count)) for count in (50, 5000)}
    separate = {str(count): partial(view, busy_periods(count, shortest=2, longest=4)) for count in (50, 5000)}
    for name, runs, times_larger, goal, moonshot in (
        ("kept busy 100 -> 100,000", kept, 1000, 0.05, 0.02),
        ("busy in the window 50 -> 5,000", in_window, 100, 0.15, 0.06),
        ("the same, of 2 to 4 minutes, so hardly any merge", separate, 100, 0.15, 0.06),
    ):
        small, large = in_turn(runs, repeat=REPEAT).values()
        report.microseconds |= {f"{name}: from": small, f"{name}: to": large}
        growth = exponent(small=small, large=large, times_larger=times_larger)
        report.goals.append(Goal(f"P2 {name}", growth, goal, moonshot))


def _kept(count: int) -> list[Interval]:
    """A hundred periods in the window, the rest in twenty years around it."""
    around = Interval(WINDOW.start - 3650 * DAY, WINDOW.start + 3650 * DAY)
    outside = (
        (
            time
            for time in busy_periods(count - 100, window=around, shortest=5, longest=30)
            if not WINDOW.padded(DAY, DAY).overlaps(time)
        )
        if count > 100
        else ()
    )
    return merged([*busy_periods(100), *outside])


def _floor(library: ctypes.CDLL, busy: Sequence[Interval]) -> Callable[[int], int]:
    """The C sweep, to be run so many times in one call. It must find what the view finds."""
    opened = availability.openings(HOURS, (), BERLIN, WINDOW)
    lengths = (RULES.duration, RULES.increment, RULES.buffer_before, RULES.buffer_after)
    rules = _seconds([length.total_seconds() for length in lengths])
    found = (ctypes.c_int64 * 10_000)()
    arguments = (*_columns(opened), *_columns(busy), rules, found)

    def sweep(repeat: int) -> int:
        count: int = library.sweep(*arguments, ctypes.c_int64(repeat))
        return count

    offered = [int(instant.timestamp()) for slot in view(busy) for instant in (slot.start, slot.end)]
    assert found[: 2 * sweep(1)] == offered, "the floor and the view disagree"
    return sweep


def _columns(times: Sequence[Interval]) -> tuple[object, ...]:
    """Starts and ends as two arrays of seconds, and their length."""
    starts, ends = [time.start.timestamp() for time in times], [time.end.timestamp() for time in times]
    return _seconds(starts), _seconds(ends), ctypes.c_int64(len(times))


def _seconds(numbers: Sequence[float]) -> ctypes.Array[ctypes.c_int64]:
    return (ctypes.c_int64 * len(numbers))(*map(int, numbers))


def _compiled() -> ctypes.CDLL | None:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "sweep.so"
        source = Path(__file__).with_name("sweep.c")
        subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, source], check=True)
        return ctypes.CDLL(str(library))

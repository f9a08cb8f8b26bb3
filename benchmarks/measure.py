"""Timing on a machine that is shared and noisy: everything in turn, several rounds, medians, ratios."""

import json
import math
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter

ROUNDS = 25


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure against its bounds: at most `goal` is the promise, at most `moonshot` the dream."""

    name: str
    value: float
    goal: float
    moonshot: float

    @property
    def verdict(self) -> str:
        return "moonshot" if self.value <= self.moonshot else "goal" if self.value <= self.goal else "MISSED"


@dataclass(slots=True)
class Report:
    """The rows (microseconds), what was counted, the goals and the remarks of one run."""

    name: str
    microseconds: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)
    goals: list[Goal] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def ratio(self, name: str, value: float, floor: float) -> None:
        """Of a figure and the bare work in it, measured right before in the same run."""
        self.ratios[name] = value / floor

    def show(self) -> None:
        for row, value in self.microseconds.items():
            print(f"{row:<52}{value:>14.2f} µs")
        for row, count in self.counts.items():
            print(f"{row:<52}{count:>14}")
        for row, ratio in self.ratios.items():
            print(f"{row:<52}{ratio:>14.1f} times")
        for goal in self.goals:
            print(
                f"{goal.name:<52}{goal.value:>14.3f}    goal {goal.goal:g}, moonshot {goal.moonshot:g}: {goal.verdict}"
            )
        for remark in self.remarks:
            print(remark)

    def conclude(self, out: Path | None) -> int:
        """Shows the report, writes it to `out`, and answers 1 if a goal was missed."""
        self.show()
        if out is not None:
            out.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        return int(any(goal.verdict == "MISSED" for goal in self.goals))


def arguments(name: str) -> ArgumentParser:
    """What each benchmark can be told, and is before it measures: `--help` and what is no option of it end it at once."""
    parser = ArgumentParser(prog=f"python -m benchmarks {name}")
    parser.add_argument("--json", type=Path, metavar="OUT", help="a file that is written with all figures")
    return parser


def in_turn(
    candidates: Mapping[str, Callable[[], object]], *, rounds: int = ROUNDS, repeat: int = 1
) -> dict[str, float]:
    """Median microseconds of one call of each. A round measures every candidate once, so that they share its noise."""
    taken: dict[str, list[float]] = {name: [] for name in candidates}
    for run in candidates.values():
        run()
    for _ in range(rounds):
        for name, run in candidates.items():
            began = perf_counter()
            for _ in range(repeat):
                run()
            taken[name].append((perf_counter() - began) / repeat * 1e6)
    return {name: median(times) for name, times in taken.items()}


def timed(run: Callable[[], object]) -> float:
    """Seconds of one call, for what takes too long to be repeated."""
    began = perf_counter()
    run()
    return perf_counter() - began


def exponent(*, small: float, large: float, times_larger: float) -> float:
    """The growth exponent e of cost ~ size**e between two measured costs; 0 is no growth, 1 is linear."""
    return math.log(large / small) / math.log(times_larger)

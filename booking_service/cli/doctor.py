"""Probing calendars, and reporting the results."""

from collections.abc import Sequence
from dataclasses import dataclass

from calendars.dav.probe import ProbeStep
from calendars.errors import CalendarError, explain
from calendars.model import Capabilities

from ..actions.calendar import accounts
from ..actions.calendar.accounts import Belonging
from ..runtime import Runtime
from .output import say
from .terminal import progress


@dataclass(frozen=True, slots=True)
class Tried:
    """The result for one calendar. `trouble`: why it could not be probed, or must not stay as it is; "" for none."""

    calendar: str
    capabilities: Capabilities | None = None
    sentences: tuple[str, ...] = ()
    steps: tuple[ProbeStep, ...] = ()
    trouble: str = ""


def try_out(rt: Runtime, meant: Sequence[Belonging]) -> list[Tried]:
    """Probe each calendar with one scratch event, and store the capabilities."""
    tried = []
    with progress("Trying calendars", total=len(meant)) as step:
        for belonging in meant:
            tried.append(_tried(rt, belonging))
            step()
    return tried


def untried_targets(rt: Runtime) -> list[Belonging]:
    """Targets that were never probed."""
    return [each for each in accounts.every(rt) if each.calendar.target and not each.calendar.capabilities]


def say_tried(tried: Sequence[Tried]) -> None:
    for each in tried:
        say(f"{each.calendar}:")
        for line in (*each.sentences, *([each.trouble] if each.trouble else ())):
            say(line, indent=2)


def _tried(rt: Runtime, belonging: Belonging) -> Tried:
    try:
        result = accounts.examine(rt, belonging, now=rt.clock.now())
    except CalendarError as error:
        explained, notes = explain(error), " ".join(getattr(error, "__notes__", ()))
        return Tried(belonging.name, trouble=f"{explained.sentence} {explained.remedy} {notes}".strip())
    unfit = belonging.calendar.target and not result.writable
    trouble = "It can't take bookings: choose another as target." if unfit else ""
    return Tried(belonging.name, result.capabilities, result.sentences, result.steps, trouble)

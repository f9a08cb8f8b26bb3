"""Where set-up leads from one step to the next, and the list of what is still to do."""

from dataclasses import dataclass

from ...actions.setup.welcome import Progress
from ...language import Language
from ..http.signed_in import SignedInRequest
from .week_form import week_length

WELCOME = "/host/welcome"
CALENDAR = f"{WELCOME}/calendar"
LOOKING = f"{WELCOME}/looking"
CHOICE = f"{WELCOME}/calendars"
TRYING = f"{WELCOME}/trying"
HOURS = f"{WELCOME}/hours"
MEETING = f"{WELCOME}/meeting"
DONE = f"{WELCOME}/done"


@dataclass(frozen=True, slots=True)
class Task:
    """One thing on the way to the first booking. `tone` of its state: "" done, "wait" next, "over" open."""

    text: str
    about: str
    href: str
    state: str
    tone: str


def tasks(request: SignedInRequest, found: Progress) -> tuple[Task, ...]:
    """What a host has done and has to do; none where all is done."""
    if found.done:
        return ()
    language = request.language
    busy = [each for each in found.calendars if each.conflicts]
    calendar = _calendar(found, len(busy), language)
    meeting = any(each.active for each in found.meetings)
    open_ = [
        (
            language.text("Connect your calendar") if found.target is None else language.text("Calendar connected"),
            calendar,
            LOOKING,
            found.target is not None,
        ),
        (language.text("Hours"), week_length(found.host.hours, language), HOURS, found.target is not None),
        (language.text("Make your first meeting type"), language.text("About a minute"), MEETING, meeting),
    ]
    upcoming = next((index for index, each in enumerate(open_) if not each[3]), len(open_))
    return tuple(
        Task(text, about, request.href(path), *_state(language, done=done, is_next=index == upcoming))
        for index, (text, about, path, done) in enumerate(open_)
    )


def next_step(found: Progress) -> str:
    """The address where set-up goes on."""
    if found.target is None:
        return CALENDAR
    return HOURS if not found.meetings else DONE


def _calendar(found: Progress, busy: int, language: Language) -> str:
    if found.target is None:
        return language.text("About two minutes; have your user name at hand")
    return language.plural(
        "Bookings go to “{name}”, {count} calendar makes you busy",
        "Bookings go to “{name}”, {count} calendars make you busy",
        busy,
        name=found.target.name,
    )


def _state(language: Language, *, done: bool, is_next: bool) -> tuple[str, str]:
    if done:
        return language.text("Done"), ""
    return (language.text("Next"), "wait") if is_next else (language.text("Not done yet"), "over")

"""The order of the set-up's steps, and the list of what is left."""

from dataclasses import dataclass

from ...actions.setup.welcome import WelcomeProgress
from ...language import Language
from ..http.signed_in_pages import SignedInRequest
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
    """One step to the first booking. `tone`: "" done, "wait" next, "over" open."""

    text: str
    about: str
    href: str
    state: str
    tone: str


def tasks(request: SignedInRequest, found: WelcomeProgress) -> tuple[Task, ...]:
    """The steps done and left; none where all are done."""
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


def next_step(found: WelcomeProgress) -> str:
    """The address of the next step."""
    if found.target is None:
        return CALENDAR
    return HOURS if not found.meetings else DONE


def _calendar(found: WelcomeProgress, busy: int, language: Language) -> str:
    if found.target is None:
        return language.text("About two minutes; have your user name ready")
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

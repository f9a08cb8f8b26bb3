"""What a booking's pages say about ticked boxes: that they get a mail of their own.

Readers who proved nothing only learn how many boxes get one, not which, nor the answers.
"""

from dataclasses import dataclass
from datetime import datetime

from ...actions.consent.ticks import SeenTick, TickState
from .booking_page import BookingPage
from .state import ENDED


@dataclass(frozen=True, slots=True)
class TickView:
    """`language`: of the name, where that differs from the page's."""

    name: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class TicksView:
    """`text`: for readers who proved nothing. `each`: for readers of the mail to the booking's address."""

    text: str = ""
    each: tuple[TickView, ...] = ()


def ticks_of(page: BookingPage) -> TicksView:
    return TicksView(text=_unnamed(page), each=tuple(_named(each, page) for each in page.seen.ticks))


def _unnamed(page: BookingPage) -> str:
    count = page.seen.asked_by_mail
    if not count or page.state in ENDED:
        return ""
    return page.language.plural(
        "There is a second email, about the box that you ticked. It counts only once you press the button there; confirming "
        "the booking does not do that.",
        "There is a second email, about the {count} boxes that you ticked. They count only once you press the buttons there; "
        "confirming the booking does not do that.",
        count,
    )


def _named(tick: SeenTick, page: BookingPage) -> TickView:
    language = "" if tick.language == page.language.code else tick.language
    return TickView(name=tick.name, language=language, text=_became(tick, page))


def _became(tick: SeenTick, page: BookingPage) -> str:
    language, time = page.language, _time(tick.at, page)
    match tick.state:
        case TickState.NOT_COUNTED_YET:
            return language.text("A separate email will ask you about it as soon as the booking is in the calendar.")
        case TickState.NOT_COUNTED:
            return language.text("It was not counted, and no email will ask you about it.")
        case TickState.ON:
            return language.text("On since {time}.", time=time)
        case TickState.ENDED:
            return language.text("It was on, and has ended.")
        case TickState.DECLINED:
            return language.text("You said no on {time}.", time=time)
        case TickState.LAPSED:
            return language.text("Nobody answered the email about it by {time}, so it does not count.", time=time)
        case TickState.CLOSED:
            return language.text("Something newer has since been said about it.")
        case _:
            return _asked(tick, page)


def _asked(tick: SeenTick, page: BookingPage) -> str:
    """About an open question."""
    language = page.language
    match tick.state:
        case TickState.ASKED:
            return language.text(
                "A separate email, sent on {time}, asks you about it. It counts only once you press the button "
                "there, which works until {until}.",
                time=_time(tick.at, page),
                until=_time(tick.until, page),
            )
        case TickState.DELAYED:
            return language.text(
                "The email that asks you about it is delayed. It is sent automatically as soon as that works."
            )
        case TickState.NOT_DELIVERED:
            return language.text("The email that asks you about it could not be delivered, so it does not count.")
        case _:
            return language.text("A separate email that asks you about it is on its way.")


def _time(instant: datetime | None, page: BookingPage) -> str:
    return page.language.instant(instant, page.zone) if instant is not None else ""

"""What a booking's page says in each of its states: a title, and what it means for the reader.

Before it is confirmed nothing says "booked": a person who reads that word stops looking for the email.
"""

from dataclasses import dataclass

from ...actions.booking.show import SeenBooking
from ...domain.booking import BookingState, Party
from ...language import Language
from .state import State
from .summary import masked


@dataclass(frozen=True, slots=True)
class StateText:
    """`good`: the booking stands."""

    title: str
    text: str
    good: bool = False


def state_text(seen: SeenBooking, state: State, language: Language, *, proven: bool) -> StateText:
    """`proven`: the reader came by a mailed link, so they hold the mailbox; others see the address masked."""
    host = seen.host.name
    match state:
        case State.WRITING:
            return StateText(
                language.text("One moment"),
                language.text("We are writing it to the calendar of {host}. This takes a few seconds.", host=host),
            )
        case State.WAITING:
            return StateText(language.text("Check your inbox"), language.text("Waiting for your confirmation."))
        case State.WITH_HOST:
            return StateText(
                language.text("Waiting for {host}", host=host),
                language.text("{host} decides whether to meet. You will get an email either way.", host=host),
            )
        case State.BOOKED:
            return StateText(language.text("Booked"), _booked(seen, language, proven=proven), good=True)
        case State.CHECKING:
            return StateText(
                language.text("Being checked with {host}", host=host),
                language.text(
                    "Your confirmation is here, but the entry is not where it was in the calendar of {host}. You "
                    "will get an email as soon as it is clear.",
                    host=host,
                ),
            )
        case _:
            return _over(seen, state, language)


def _booked(seen: SeenBooking, language: Language, *, proven: bool) -> str:
    host, email = seen.host.name, seen.booking.invitee.email
    address = email if proven else masked(email)
    if seen.booking.owed:
        return language.text(
            "It is yours. An email to {address} follows as soon as it stands in the calendar.", address=address
        )
    if seen.followed:
        return language.text(
            "{host} has moved it to this time. A copy is on its way to {address}.", host=host, address=address
        )
    return language.text(
        "{host} has it in the calendar. A copy is on its way to {address}.", host=host, address=address
    )


def _over(seen: SeenBooking, state: State, language: Language) -> StateText:
    host = seen.host.name
    match state:
        case State.EXPIRED if seen.successor:
            return StateText(
                language.text("Taken again"), language.text("This hold had ended, and you took the time again.")
            )
        case State.EXPIRED if Party.INVITEE not in seen.booking.awaits:
            return StateText(
                language.text("No answer in time"),
                language.text("{host} did not answer before the deadline. Nothing was booked.", host=host),
            )
        case State.EXPIRED | State.TAKEN | State.RELEASED:
            return _let_go(state, language) if seen.booking.reserves else _lost(state, language)
        case State.UNREACHABLE:
            return StateText(
                language.text("The calendar does not answer"),
                language.text(
                    "The calendar of {host} could not be written, so nothing was booked. Please try again in a "
                    "few minutes.",
                    host=host,
                ),
            )
        case State.CANCELLED:
            return StateText(
                language.text("Cancelled"),
                language.text("You cancelled this booking. {host} has been told.", host=host),
            )
        case State.DECLINED:
            return StateText(_declined(seen, language), _reason(seen, language))
        case _:
            return StateText(
                language.text("The email could not be delivered"),
                language.text(
                    "So the time was released, and nothing was booked. Please check the address and book again."
                ),
            )


def _let_go(state: State, language: Language) -> StateText:
    """What became of a time that was held."""
    match state:
        case State.EXPIRED:
            return StateText(
                language.text("The hold has ended"),
                language.text("The time was kept for you, but not confirmed before the deadline. Nothing was booked."),
            )
        case State.TAKEN:
            return StateText(
                language.text("This time was just taken"),
                language.text(
                    "Something else was entered in the calendar at the same moment. Nothing was booked; please "
                    "choose another time."
                ),
            )
        case _:
            return StateText(
                language.text("Released"), language.text("The time is free for others again. Nothing was booked.")
            )


def _lost(state: State, language: Language) -> StateText:
    """What became of a request that held nothing."""
    match state:
        case State.EXPIRED:
            return StateText(
                language.text("The request has ended"),
                language.text("It was not confirmed before the deadline. Nothing was booked."),
            )
        case State.TAKEN:
            return StateText(
                language.text("This time was just taken"),
                language.text(
                    "Somebody else was faster, or something was entered in the calendar. Nothing was booked; "
                    "please choose another time."
                ),
            )
        case _:
            return StateText(
                language.text("Withdrawn"), language.text("Your request is withdrawn. Nothing was booked.")
            )


def _declined(seen: SeenBooking, language: Language) -> str:
    assert seen.booking.state is BookingState.CANCELLED  # noqa: S101  # the only way here
    if seen.booking.invited:
        return language.text("{host} cancelled this booking", host=seen.host.name)
    return language.text("{host} released this time", host=seen.host.name)


def _reason(seen: SeenBooking, language: Language) -> str:
    if seen.booking.reason:
        return language.text("Reason given: {reason}", reason=seen.booking.reason)
    return language.text("You are welcome to choose another time.")

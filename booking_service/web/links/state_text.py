"""What a booking's page says in each state: a title, and what it means for the reader.

Before it is confirmed nothing says "booked": somebody who reads that stops looking for the mail.
"""

from dataclasses import dataclass

from ...domain.booking import BookingState, Party
from ...domain.people import masked_address
from ...language import Language
from .booking_page import BookingPage
from .state import PageState


@dataclass(frozen=True, slots=True)
class StateText:
    """`good`: the booking stands."""

    title: str
    text: str
    good: bool = False


def state_text(page: BookingPage) -> StateText:
    """Title and text; the address is masked for readers who have not proven the mailbox."""
    language, host = page.language, page.host.name
    match page.state:
        case PageState.WRITING:
            return StateText(
                language.text("One moment"),
                language.text("We are writing it to the calendar of {host}. This takes a few seconds.", host=host),
            )
        case PageState.WAITING:
            return StateText(language.text("Check your inbox"), language.text("Waiting for your confirmation."))
        case PageState.DELAYED:
            return StateText(
                language.text("The email is delayed"),
                language.text(
                    "Our mail server is not accepting it at the moment. It is sent automatically as soon as that "
                    "works, and your time to confirm starts then."
                ),
            )
        case PageState.WITH_HOST if page.seen.silent:
            decides = language.text("{host} decides whether to meet.", host=host)
            return StateText(language.text("Waiting for {host}", host=host), f"{decides} {no_email(page)}")
        case PageState.WITH_HOST:
            return StateText(
                language.text("Waiting for {host}", host=host),
                language.text("{host} decides whether to meet. You will get an email either way.", host=host),
            )
        case PageState.BOOKED:
            return StateText(language.text("Booked"), _booked(page), good=True)
        case PageState.CHECKING if page.seen.silent:
            sought = language.text(
                "We have your confirmation, but the entry is no longer where it was in the calendar of {host}.",
                host=host,
            )
            return StateText(language.text("Being checked with {host}", host=host), f"{sought} {no_email(page)}")
        case PageState.CHECKING:
            return StateText(
                language.text("Being checked with {host}", host=host),
                language.text(
                    "We have your confirmation, but the entry is no longer where it was in the calendar of {host}. You "
                    "will get an email as soon as this is settled.",
                    host=host,
                ),
            )
        case _:
            return _over(page)


def no_email(page: BookingPage) -> str:
    """The invitee gets no mail, as the mailbox is blocked."""
    return page.language.text(
        "We send no email to {address}, as somebody there asked us not to.", address=_address(page)
    )


def _address(page: BookingPage) -> str:
    email = page.booking.invitee.email
    return email if page.proven else masked_address(email)


def _booked(page: BookingPage) -> str:
    language, host, address = page.language, page.host.name, _address(page)
    if page.seen.silent:
        return f"{_where(page)} {no_email(page)}"
    if page.booking.owed:
        return language.text(
            "It is yours. An email to {address} follows as soon as it is in the calendar.", address=address
        )
    if page.seen.followed:
        return language.text(
            "{host} has moved it to this time. A copy is on its way to {address}.", host=host, address=address
        )
    return language.text(
        "It is in the calendar of {host}. A copy is on its way to {address}.", host=host, address=address
    )


def _where(page: BookingPage) -> str:
    language, host = page.language, page.host.name
    if page.booking.owed:
        return language.text("It is yours, and will be in the calendar of {host} soon.", host=host)
    if page.seen.followed:
        return language.text("{host} has moved it to this time.", host=host)
    return language.text("It is in the calendar of {host}.", host=host)


def _over(page: BookingPage) -> StateText:
    language, host = page.language, page.host.name
    match page.state:
        case PageState.EXPIRED if page.seen.successor:
            return StateText(
                language.text("Taken again"), language.text("This hold had ended, and you took the time again.")
            )
        case PageState.EXPIRED if Party.INVITEE not in page.booking.awaits:
            return StateText(
                language.text("No answer in time"),
                language.text("{host} did not answer before the deadline. Nothing was booked.", host=host),
            )
        case PageState.EXPIRED if not page.seen.mailed and not page.proven:
            return StateText(
                language.text("Our email could not be sent in time"),
                language.text(
                    "So you could not confirm, which was not your fault. Nothing was booked; please try again."
                ),
            )
        case PageState.EXPIRED | PageState.TAKEN | PageState.RELEASED as state:
            return _let_go(state, language) if page.booking.reserves else _lost(state, language)
        case PageState.UNREACHABLE:
            return StateText(
                language.text("The calendar does not answer"),
                language.text(
                    "We could not write to the calendar of {host}, so nothing was booked. Please try again in a few "
                    "minutes.",
                    host=host,
                ),
            )
        case PageState.CANCELLED:
            return StateText(
                language.text("Cancelled"),
                language.text("You cancelled this booking. {host} has been told.", host=host),
            )
        case PageState.DECLINED:
            return StateText(_declined(page), _reason(page))
        case _:
            return StateText(
                language.text("The email could not be delivered"),
                language.text(
                    "So the time was released, and nothing was booked. Please check the address and book again."
                ),
            )


def _let_go(state: PageState, language: Language) -> StateText:
    """What became of a hold."""
    match state:
        case PageState.EXPIRED:
            return StateText(
                language.text("The hold has ended"),
                language.text("The time was kept for you, but not confirmed before the deadline. Nothing was booked."),
            )
        case PageState.TAKEN:
            return StateText(
                language.text("This time was just taken"),
                language.text(
                    "Something else was entered in the calendar in the meantime. Nothing was booked; please choose "
                    "another time."
                ),
            )
        case _:
            return StateText(
                language.text("Released"), language.text("The time is free for others again. Nothing was booked.")
            )


def _lost(state: PageState, language: Language) -> StateText:
    """What became of a request without a hold."""
    match state:
        case PageState.EXPIRED:
            return StateText(
                language.text("The request has ended"),
                language.text("It was not confirmed before the deadline. Nothing was booked."),
            )
        case PageState.TAKEN:
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


def _declined(page: BookingPage) -> str:
    assert page.booking.state is BookingState.CANCELLED  # noqa: S101  # the only way here
    if page.booking.invited:
        return page.language.text("{host} cancelled this booking", host=page.host.name)
    return page.language.text("{host} released this time", host=page.host.name)


def _reason(page: BookingPage) -> str:
    if page.booking.reason:
        return page.language.text("Reason given: {reason}", reason=page.booking.reason)
    return page.language.text("You are welcome to choose another time.")

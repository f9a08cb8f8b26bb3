"""The page on which a guest declines, and can take that back."""

from starlette.responses import Response

from ...actions.booking import reply
from ...crypto.tokens import LinkPurpose
from ...domain.attendees import may_come_after_all
from ...domain.booking import BookingState
from ..http.request import PageRequest
from ..http.responses import see_other
from .booking_page import BookingPage
from .opened import opened
from .reply_page import ReplyButton, reply_page


def show_guest(request: PageRequest) -> Response:
    """GET /g/{token}"""
    page = opened(request, LinkPurpose.GUEST)
    language, booking = page.language, page.booking
    if page.seen.guest in booking.guests and booking.state is BookingState.CONFIRMED:
        title = language.text("Can't come?")
        text = language.text("If you decline, it takes place without you, and you get no more emails about it.")
        declining = language.text("Decline the invitation")
        acts: tuple[ReplyButton, ...] = (ReplyButton(text=declining, href=page.href(), danger=True),)
    elif booking.state is BookingState.CONFIRMED:
        title, text = language.text("You have declined"), _without_you(page)
        again = may_come_after_all(booking, page.seen.guest, now=page.now)
        acts = (ReplyButton(text=language.text("I can come after all"), href=page.href("/come")),) if again else ()
    else:
        title = language.text("You are not taking part")
        text, acts = language.text("It was cancelled. There is nothing more to do."), ()
    return reply_page(page, title=title, text=text, acts=acts)


def _without_you(page: BookingPage) -> str:
    if may_come_after_all(page.booking, page.seen.guest, now=page.now):
        return page.language.text("It takes place without you. If that was a mistake, you can take it back.")
    return page.language.text("It took place without you.")


def decline(request: PageRequest) -> Response:
    """POST /g/{token}"""
    reply.decline_as_guest(request.rt, request.params["token"], now=request.now)
    return see_other(request.href(request.page_path))


def come(request: PageRequest) -> Response:
    """POST /g/{token}/come"""
    reply.come_as_guest(request.rt, request.params["token"], now=request.now)
    return see_other(request.href(request.page_path))

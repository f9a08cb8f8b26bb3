"""The page where a guest declines."""

from starlette.responses import Response

from ...actions.booking import reply
from ...crypto.tokens import Purpose
from ...domain.booking import BookingState
from ..http.request import PageRequest
from ..http.responses import see_other
from .opened import opened
from .reply_page import Act, reply_page


def show_guest(request: PageRequest) -> Response:
    """GET /g/{token}"""
    page = opened(request, Purpose.GUEST)
    language, booking = page.language, page.booking
    coming = page.seen.guest in booking.guests and booking.state is BookingState.CONFIRMED
    title = language.text("You can't come?") if coming else language.text("You are not expected")
    contact = page.seen.organisation.contact or page.host.email
    if coming:
        text = language.text("If you decline, it takes place without you, and you get no more mail about it.")
    elif booking.state is BookingState.CONFIRMED:
        title = language.text("You have declined")
        text = language.text(
            "It takes place without you. If that was a mistake, please write to {contact}.", contact=contact
        )
    else:
        text = language.text("It was cancelled. There is nothing more to do.")
    acts = (Act(text=language.text("Decline"), href=page.href(), danger=True),) if coming else ()
    return reply_page(page, title=title, text=text, acts=acts)


def decline(request: PageRequest) -> Response:
    """POST /g/{token}"""
    reply.decline_as_guest(request.rt, request.params["token"], now=request.now)
    return see_other(request.href(request.page_path))

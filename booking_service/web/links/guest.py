"""The page where a guest declines."""

from starlette.responses import Response

from ...actions.booking import reply
from ...crypto.tokens import Purpose
from ...domain.booking import BookingState
from ..http.request import Asked
from ..http.responses import see_other
from .opened import opened, said_for
from .reply_page import Act, reply_href, reply_page


def show_guest(asked: Asked) -> Response:
    """GET /g/{token}"""
    seen = opened(asked, Purpose.GUEST)
    said = said_for(asked, seen)
    coming = seen.guest in seen.booking.guests and seen.booking.state is BookingState.CONFIRMED
    title = said.text("You can't come?") if coming else said.text("You are not expected")
    if coming:
        text = said.text("If you decline, it takes place without you, and you get no more mail about it.")
    elif seen.booking.state is BookingState.CONFIRMED:
        text = said.text("It takes place without you. There is nothing more to do.")
    else:
        text = said.text("It was cancelled. There is nothing more to do.")
    acts = (Act(text=said.text("Decline"), href=reply_href(asked), danger=True),) if coming else ()
    return reply_page(asked, seen, said, title=title, text=text, acts=acts)


def decline(asked: Asked) -> Response:
    """POST /g/{token}"""
    reply.decline_as_guest(asked.rt, asked.params["token"], now=asked.now)
    return see_other(reply_href(asked))

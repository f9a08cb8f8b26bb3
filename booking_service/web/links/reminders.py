"""The page where reminders of a booking are stopped."""

from starlette.responses import HTMLResponse, Response

from ...actions.booking import reply
from ...crypto.tokens import Purpose
from ..http.request import Asked
from ..http.responses import see_other
from ..http.security import PRIVATE
from .opened import opened, said_for
from .reply_page import Act, reply_href, reply_page

ONE_CLICK = "List-Unsubscribe"  # what a mail program sends by itself (RFC 8058 §3.1)


def show_stop(asked: Asked) -> Response:
    """GET /s/{token}"""
    seen = opened(asked, Purpose.STOP)
    said = said_for(asked, seen)
    wanted = seen.booking.reminders
    title = said.text("Stop reminders?") if wanted else said.text("No more reminders")
    text = (
        said.text("You still hear of it if this booking is moved or cancelled.")
        if wanted
        else said.text("You get no more reminders of this booking. You still hear of it if it is moved or cancelled.")
    )
    acts = (Act(text=said.text("Stop reminders of this booking"), href=reply_href(asked)),) if wanted else ()
    return reply_page(asked, seen, said, title=title, text=text, acts=acts)


def stop(asked: Asked) -> Response:
    """POST /s/{token}: from the page, or by a mail program's own button, which wants an answer without a redirect."""
    reply.stop_reminders(asked.rt, asked.params["token"], now=asked.now)
    if ONE_CLICK in asked.form:
        return HTMLResponse("", 200, PRIVATE)
    return see_other(reply_href(asked))

"""The page on which reminders of a booking are stopped."""

from starlette.responses import Response

from ...actions.booking import reply
from ...crypto.tokens import LinkPurpose
from ..http.request import PageRequest
from ..http.responses import see_other
from .one_click import done, is_one_click
from .opened import opened
from .reply_page import ReplyButton, reply_page


def show_stop(request: PageRequest) -> Response:
    """GET /s/{token}"""
    page = opened(request, LinkPurpose.STOP)
    language, wanted = page.language, page.booking.reminders
    title = language.text("Stop reminders?") if wanted else language.text("No more reminders")
    text = (
        language.text("You will still be told if this booking is moved or cancelled.")
        if wanted
        else language.text(
            "You will get no more reminders about this booking. You will still be told if it is moved or cancelled."
        )
    )
    acts = (ReplyButton(text=language.text("Stop reminders about this booking"), href=page.href()),) if wanted else ()
    return reply_page(page, title=title, text=text, acts=acts)


def stop(request: PageRequest) -> Response:
    """POST /s/{token}: from the page, or by a mail program's button, which expects no redirect."""
    reply.stop_reminders(request.rt, request.params["token"], now=request.now)
    if is_one_click(request):
        return done()
    return see_other(request.href(request.page_path))

"""The page behind the manage link: the booking, and giving it up. Each change has a page of its own and a POST."""

from dataclasses import dataclass, replace

from starlette.responses import Response

from ...actions.booking import change
from ...crypto.tokens import LinkPurpose
from ...domain.errors import TooLate
from ...domain.text import NOTE_LENGTH, several_lines
from ..http.forms import REASON_LENGTH, too_long
from ..http.request import PageRequest
from ..http.responses import see_other
from .booking_page import BookingPage
from .change_links import giving_up, giving_up_asked, locked
from .live_booking import standing_page
from .opened import opened
from .outcome import outcome_page
from .state import ENDED
from .summary import PageFacts, facts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelView:
    """`button`: the label of giving up. `passed_on`: who reads the reason. `wrong`: about the reason."""

    title: str
    button: str
    passed_on: str
    facts: PageFacts
    action: str
    back: str
    reason: str
    wrong: str


def show(request: PageRequest) -> Response:
    """GET /m/{token}"""
    page = opened(request, LinkPurpose.MANAGE)
    return outcome_page(page) if page.state in ENDED else standing_page(page, locked=locked(page))


def show_cancel(request: PageRequest) -> Response:
    """GET /m/{token}/cancel: the question; cancels nothing."""
    page = opened(request, LinkPurpose.MANAGE)
    if page.state in ENDED:
        return outcome_page(page)
    if why := locked(page):
        return standing_page(page, locked=why)
    return _cancel_page(page)


def cancel(request: PageRequest) -> Response:
    """POST /m/{token}/cancel. A booking that is over is simply shown."""
    reason = several_lines(request.form.get("reason", ""))
    if len(reason) > REASON_LENGTH:
        return _cancel_page(opened(request, LinkPurpose.MANAGE), reason=reason[:NOTE_LENGTH], count=len(reason))
    try:
        change.cancel(request.rt, request.params["token"], reason=reason, now=request.now)
    except TooLate:
        page = opened(request, LinkPurpose.MANAGE)
        return standing_page(page, locked=locked(page), status=409)
    return see_other(request.href(request.page_path))


def _cancel_page(page: BookingPage, *, reason: str = "", count: int = 0) -> Response:
    """`count`: the length of a reason that is too long."""
    language = page.language
    view = CancelView(
        title=giving_up_asked(page.booking, language),
        button=giving_up(page.booking, language),
        passed_on=language.text("{name} will read it.", name=page.host.name),
        facts=facts_of(page),
        action=page.href("/cancel"),
        back=page.href(),
        reason=reason,
        wrong=too_long(language, REASON_LENGTH, count) if count else "",
    )
    frame = replace(page.frame, here=page.href("/cancel")) if count else page.frame
    return page.respond("links/cancel.html", view, frame=frame, status=422 if count else 200)

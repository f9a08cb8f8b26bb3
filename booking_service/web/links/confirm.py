"""The page behind the mailed link: its one button confirms; viewing changes nothing."""

from dataclasses import dataclass, replace

from starlette.responses import Response

from ...actions.booking import change, hold, show
from ...actions.booking import confirm as confirm_actions
from ...crypto.tokens import LinkPurpose
from ...domain.errors import BookingCancelled, HoldExpired, SlotTaken
from ...domain.slots import NotOffered
from ..http.request import PageRequest
from ..http.responses import Step, see_other
from .booking_page import BookingPage
from .loss import lost_to_others
from .opened import note_visit, opened, opened_again
from .outcome import outcome_page
from .state import ENDED, PageState
from .summary import PageFacts, confirming, decides, facts_of, kept_until, minutes_left, unheld
from .ticks import TicksView, ticks_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmView:
    """`unheld`: the time is not kept. `decides`: the host decides afterwards. `not_asked`: the text of `release`."""

    title: str
    button: str
    facts: PageFacts
    ticks: TicksView
    kept: str
    left: str
    unheld: str
    decides: str
    confirm: str
    release: str
    not_asked: str


def show_confirm(request: PageRequest) -> Response:
    """GET /c/{token}"""
    return _answer(opened(request, LinkPurpose.CONFIRM))


def confirm(request: PageRequest) -> Response:
    """POST /c/{token}: confirm. A late press is answered on the same page."""
    try:
        booking = confirm_actions.confirm(request.rt, request.params["token"], network=request.network, now=request.now)
    except SlotTaken:  # it was not held
        return outcome_page(replace(_refused(request), state=PageState.TAKEN), status=409)
    except (HoldExpired, BookingCancelled):
        return _answer(_refused(request), status=410)
    note_visit(request, booking.id, LinkPurpose.CONFIRM)
    return see_other(request.href(request.page_path))


def take_again(request: PageRequest) -> Response:
    """POST /c/{token}/again: take the time again, which confirms it, as the mailbox is proven."""
    try:
        booking = hold.take_again(request.rt, request.params["token"], network=request.network, now=request.now)
    except (NotOffered, SlotTaken, BookingCancelled):
        return _answer(opened_again(request, LinkPurpose.CONFIRM), status=409)
    return see_other(request.href(show.link(request.rt, booking, LinkPurpose.CONFIRM)))


def release(request: PageRequest) -> Response:
    """POST /c/{token}/release: the reader did not ask for it."""
    change.not_me(request.rt, request.params["token"], block=False, link=LinkPurpose.CONFIRM, now=request.now)
    return see_other(request.href(request.page_path))


def _refused(request: PageRequest) -> BookingPage:
    page = opened_again(request, LinkPurpose.CONFIRM)
    note_visit(request, page.booking.id, LinkPurpose.CONFIRM)
    return page


def _answer(opened_page: BookingPage, *, status: int = 200) -> Response:
    page = lost_to_others(opened_page)
    if page.state in (PageState.WAITING, PageState.DELAYED):  # the mail arrived, although its delivery is not noted yet
        frame = replace(page.frame, step=Step.CONFIRM)
        return page.respond("links/confirm.html", _view(page), frame=frame, status=status)
    gone = max(status, 410) if page.state in ENDED else status
    return outcome_page(page, status=gone, again=page.href("/again"))


def _view(page: BookingPage) -> ConfirmView:
    language = page.language
    return ConfirmView(
        title=language.text("Confirm your request") if decides(page) else language.text("Confirm your booking"),
        button=confirming(page),
        facts=facts_of(page),
        ticks=ticks_of(page),
        kept=kept_until(page),
        left=minutes_left(page),
        unheld=unheld(page),
        decides=decides(page),
        confirm=page.href(),
        release=page.href("/release"),
        not_asked=(
            language.text("I did not ask for this: release the time")
            if page.booking.reserves
            else language.text("I did not ask for this: withdraw the request")
        ),
    )

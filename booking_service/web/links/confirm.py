"""The page behind the mailed link. Looking at it changes nothing, however often and by whatever machine; its one button
confirms."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.booking import change, hold
from ...actions.booking import confirm as confirm_actions
from ...actions.booking import show as views
from ...actions.booking.show import SeenBooking
from ...crypto.tokens import Purpose
from ...domain.errors import BookingCancelled, HoldExpired, SlotTaken
from ...domain.slots import NotOffered
from ..http.request import PageRequest
from ..http.responses import Step, page, see_other
from .opened import language_for, note_visit, opened
from .outcome import outcome_page
from .state import ENDED, State, page_state
from .summary import PageFacts, decides, facts_of, kept_until, minutes_left, unheld, zone_for


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmView:
    """`unheld`: that the time is not kept. `decides`: that the host decides after this.
    `not_asked`: what `release` says."""

    facts: PageFacts
    kept: str
    left: str
    unheld: str
    decides: str
    confirm: str
    release: str
    not_asked: str


def show(request: PageRequest) -> Response:
    """GET /c/{token}"""
    return _show(request, opened(request, Purpose.CONFIRM))


def confirm(request: PageRequest) -> Response:
    """POST /c/{token}: the one button. What came too late is told on the same page."""
    path = f"/c/{request.params['token']}"
    note_visit(request, views.opened(request.rt, request.params["token"], Purpose.CONFIRM), Purpose.CONFIRM)
    try:
        confirm_actions.confirm(request.rt, request.params["token"], network=request.network, now=request.now)
    except SlotTaken:  # it was not held
        seen = views.opened(request.rt, request.params["token"], Purpose.CONFIRM)
        return outcome_page(request, seen, State.TAKEN, language_for(request, seen), proven=True, status=409)
    except (HoldExpired, BookingCancelled):
        return _show(request, views.opened(request.rt, request.params["token"], Purpose.CONFIRM), status=410)
    return see_other(request.href(path))


def take_again(request: PageRequest) -> Response:
    """POST /c/{token}/again: the mailbox is proven, so taking the time again confirms it in the same act."""
    try:
        booking = hold.take_again(request.rt, request.params["token"], network=request.network, now=request.now)
    except (NotOffered, SlotTaken, BookingCancelled):
        return _show(request, views.opened(request.rt, request.params["token"], Purpose.CONFIRM), status=409)
    return see_other(request.href(views.link(request.rt, booking, Purpose.CONFIRM)))


def release(request: PageRequest) -> Response:
    """POST /c/{token}/release: they did not ask for it."""
    change.not_me(request.rt, request.params["token"], block=False, link=Purpose.CONFIRM, now=request.now)
    return see_other(request.href(f"/c/{request.params['token']}"))


def _show(request: PageRequest, seen: SeenBooking, *, status: int = 200) -> Response:
    language, state = language_for(request, seen), page_state(request, seen)
    if state is not State.WAITING:
        gone = status if state not in ENDED else max(status, 410)
        return outcome_page(
            request,
            seen,
            state,
            language,
            proven=True,
            status=gone,
            again=request.href(f"/c/{request.params['token']}/again"),
        )
    zone, path = zone_for(request, seen), f"/c/{request.params['token']}"
    view = ConfirmView(
        facts=facts_of(seen, zone, language, state, proven=True),
        kept=kept_until(seen, zone, now=request.now, language=language),
        left=minutes_left(seen.booking.hold_until, now=request.now, language=language),
        unheld=unheld(seen, language),
        decides=decides(seen, language),
        confirm=request.href(path),
        release=request.href(f"{path}/release"),
        not_asked=(
            language.text("I did not ask for this: release the time")
            if seen.booking.reserves
            else language.text("I did not ask for this: withdraw the request")
        ),
    )
    return page(
        request,
        "links/confirm.html",
        view,
        language=language,
        organisation=seen.organisation,
        brand=seen.host.name,
        home=f"/{seen.host.slug}",
        status=status,
        private=True,
        step=Step.CONFIRM,
    )

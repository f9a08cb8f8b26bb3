"""Rescheduling: by the manage link, and for a hold also from its waiting page."""

from collections.abc import Callable, Mapping
from datetime import datetime

from starlette.responses import Response

from ...actions.booking import change, show
from ...crypto.tokens import LinkPurpose
from ...domain.booking import Booking, BookingState
from ...domain.errors import BookingError, StorageBusy, TooLate, TooManyMoves, UnknownBooking
from ...domain.localized_text import LocalizedText
from ..http import errors, refusal_words
from ..http.parsing import read_instant
from ..http.request import PageRequest
from ..http.responses import see_other
from ..parts.when import when
from ..public.pick import pick_page
from ..public.times import Errand
from .booking_page import BookingPage
from .change_links import locked
from .live_booking import standing_page
from .opened import opened, waited_for
from .outcome import outcome_page
from .state import ENDED

Door = Callable[[PageRequest], BookingPage]


def show_move(request: PageRequest) -> Response:
    """GET /m/{token}/move: the free times, including those that this booking gives up."""
    return _show(_by_link(request))


def move(request: PageRequest) -> Response:
    """POST /m/{token}/move"""
    token = request.params["token"]
    return _move(request, _by_link, lambda start: change.move(request.rt, token, start, now=request.now))


def show_move_of_hold(request: PageRequest) -> Response:
    """GET /b/{id}/move"""
    return _show(waited_for(request))


def move_hold(request: PageRequest) -> Response:
    """POST /b/{id}/move"""
    public_id = request.params["id"]
    return _move(request, waited_for, lambda start: change.move_hold(request.rt, public_id, start, now=request.now))


def _by_link(request: PageRequest) -> BookingPage:
    return opened(request, LinkPurpose.MANAGE)


def _show(page: BookingPage) -> Response:
    confirmed = page.booking.state is BookingState.CONFIRMED
    if page.state in ENDED or (confirmed and not page.proven):
        return outcome_page(page)
    if why := locked(page, moving=True):
        return standing_page(page, locked=why)
    return _times(page)


def _move(request: PageRequest, door: Door, act: Callable[[datetime], Booking]) -> Response:
    start = read_instant(request.form.get("start", ""))
    if start is None:
        page = door(request)  # raises for an unknown link
        return see_other(page.href("/move"))
    try:
        act(start)
    except UnknownBooking:
        raise
    except (BookingError, StorageBusy) as error:
        return _refused(request, door, error)
    return see_other(request.href(request.page_path, did="moved"))


def _refused(request: PageRequest, door: Door, error: BookingError | StorageBusy) -> Response:
    """The free times again, with the reason, and that the present time still stands."""
    if request.wants_json:
        return errors.answer(request, error)
    page = door(request)
    if page.state in ENDED:
        return outcome_page(page, status=410)
    if isinstance(error, TooLate | TooManyMoves):
        return standing_page(page, locked=locked(page, moving=True), status=409)
    title, text = refusal_words.words(error, page.language, request=request, zone=page.zone)
    notice = (title, f"{text} {page.language.text('Your current time is still yours.')}")
    status, headers = errors.status_of(error), errors.retry(error, now=request.now)
    return _times(page, notice=notice, status=status, headers=headers)


def _times(
    page: BookingPage,
    *,
    notice: tuple[str, str] | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    page.request.look("slots_per_network")
    zone, time, path = page.zone, page.booking.time, page.request.page_path
    current = when(time, zone, page.host, page.language)
    errand = Errand(
        base=f"{path}/move",
        action=f"{path}/move",
        method="post",
        button=page.language.text("Take this time instead"),
        title=LocalizedText(page.language.text("Choose another time")),
        current=f"{current.full} · {current.zone}",
        back=page.href(),
        zone=zone,
        day=time.start.astimezone(zone).date(),
        private=True,
        step=None,
        notice=notice,
    )
    offering = show.offering_of(page.rt, page.seen, now=page.now)
    return pick_page(page.request, offering, errand, page.language, but=page.booking, status=status, headers=headers)

"""The page behind an offer's link: take the other time, or keep the present one."""

from starlette.responses import Response

from ...actions.booking import time_offer
from ...crypto.tokens import LinkPurpose
from ...domain.booking import Booking, BookingState
from ...domain.errors import BookingError, StorageBusy, UnknownBooking
from ...language import zone_label
from ..http import errors, refusal_words
from ..http.parsing import read_instant
from ..http.request import PageRequest
from ..http.responses import see_other
from ..parts.slots import slot_value
from .booking_page import BookingPage
from .live_booking import standing_page
from .opened import opened, opened_again
from .outcome import outcome_page
from .reply_page import ReplyButton, reply_page
from .state import ENDED


def show(request: PageRequest) -> Response:
    """GET /m/{token}/offered: changes nothing."""
    return _page(opened(request, LinkPurpose.MANAGE))


def take(request: PageRequest) -> Response:
    """POST /m/{token}/offered?start=: the time of the button, not one offered since."""
    start = read_instant(request.query.get("start", ""))
    if start is None:
        return see_other(request.href(f"{request.page_path}/offered"))
    try:
        time_offer.take_offered(request.rt, request.params["token"], start, now=request.now)
    except UnknownBooking:
        raise
    except (BookingError, StorageBusy) as error:
        page = opened_again(request, LinkPurpose.MANAGE)
        title, text = refusal_words.words(error, page.language, request=request, zone=page.zone)
        still = page.language.text("Your current time is still yours.")
        return _page(page, refused=(title, f"{text} {still}"), status=errors.status_of(error))
    return see_other(request.href(request.page_path, did="moved"))


def keep(request: PageRequest) -> Response:
    """POST /m/{token}/offered/keep"""
    time_offer.keep_present(request.rt, request.params["token"], now=request.now)
    return see_other(request.href(request.page_path))


def _page(page: BookingPage, *, refused: tuple[str, str] | None = None, status: int = 200) -> Response:
    if page.state in ENDED:
        return outcome_page(page, status=max(status, 410) if refused else status)
    booking, language = page.booking, page.language
    if refused is not None:
        return reply_page(page, title=refused[0], text=refused[1], acts=_keeping(page, booking), status=status)
    if booking.on_offer is None or booking.on_offer.start <= page.now:
        return standing_page(page, locked="")
    time = language.when(booking.on_offer.start, booking.on_offer.end, page.zone)
    text = language.text(
        "{host} offers you {time}, {zone}. If you take it, you give up the time below. Until then, that time stays "
        "yours, and the time on offer is not held for you.",
        host=page.host.name,
        time=time,
        zone=zone_label(booking.on_offer.start, page.zone),
    )
    href = page.request.href(f"{page.request.page_path}/offered", start=slot_value(booking.on_offer.start))
    taking = ReplyButton(text=language.text("Take the new time"), href=href)
    return reply_page(
        page, title=language.text("Take another time?"), text=text, acts=(taking, *_keeping(page, booking))
    )


def _keeping(page: BookingPage, booking: Booking) -> tuple[ReplyButton, ...]:
    if booking.on_offer is None:
        return ()
    text = (
        page.language.text("Keep the time I have")
        if booking.state is BookingState.CONFIRMED
        else page.language.text("Keep the time that is held")
    )
    return (ReplyButton(text=text, href=page.href("/offered/keep"), quiet=True),)

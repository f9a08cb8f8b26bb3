"""The page behind the link of an offer: another time, taken by a press, or not."""

from starlette.responses import Response

from ...actions.booking import offer
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
    """GET /m/{token}/offered: nothing is changed before a button there is pressed."""
    return _page(opened(request, LinkPurpose.MANAGE))


def take(request: PageRequest) -> Response:
    """POST /m/{token}/offered?start=: the time that the button named, and no other that was offered since."""
    start = read_instant(request.query.get("start", ""))
    if start is None:
        return see_other(request.href(f"{request.page_path}/offered"))
    try:
        offer.take_offered(request.rt, request.params["token"], start, now=request.now)
    except UnknownBooking:
        raise
    except (BookingError, StorageBusy) as error:
        page = opened_again(request, LinkPurpose.MANAGE)
        title, text = refusal_words.words(error, page.language, request=request, zone=page.zone)
        still = page.language.text("Your present time is still yours.")
        return _page(page, refused=(title, f"{text} {still}"), status=errors.status_of(error))
    return see_other(request.href(request.page_path, did="moved"))


def keep(request: PageRequest) -> Response:
    """POST /m/{token}/offered/keep"""
    offer.keep_present(request.rt, request.params["token"], now=request.now)
    return see_other(request.href(request.page_path))


def _page(page: BookingPage, *, refused: tuple[str, str] | None = None, status: int = 200) -> Response:
    if page.state in ENDED:
        return outcome_page(page, status=max(status, 410) if refused else status)
    booking, language = page.booking, page.language
    if refused is not None:
        return reply_page(page, title=refused[0], text=refused[1], acts=_keeping(page, booking), status=status)
    if booking.offered is None or booking.offered.start <= page.now:
        return standing_page(page, locked="")
    time = language.when(booking.offered.start, booking.offered.end, page.zone)
    text = language.text(
        "{host} offers you {time}, {zone}. If you take it, the time below is given up. Until then that stays yours, and the "
        "time on offer is not held for you.",
        host=page.host.name,
        time=time,
        zone=zone_label(booking.offered.start, page.zone),
    )
    href = page.request.href(f"{page.request.page_path}/offered", start=slot_value(booking.offered.start))
    taking = ReplyButton(text=language.text("Take the new time"), href=href)
    return reply_page(
        page, title=language.text("Take another time?"), text=text, acts=(taking, *_keeping(page, booking))
    )


def _keeping(page: BookingPage, booking: Booking) -> tuple[ReplyButton, ...]:
    if booking.offered is None:
        return ()
    text = (
        page.language.text("Keep the time I have")
        if booking.state is BookingState.CONFIRMED
        else page.language.text("Keep the time that is held")
    )
    return (ReplyButton(text=text, href=page.href("/offered/keep"), quiet=True),)

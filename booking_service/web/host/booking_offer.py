"""Offering an invitee another time: choosing it, and the act."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.booking import time_offer
from ...domain.booking import Booking
from ...domain.errors import BookingError, NotFound, StorageBusy
from ..http import errors, refusal_words
from ..http.parsing import read_instant
from ..http.responses import page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame
from .booking_acts import may_offer
from .booking_result import back_href, back_of, led_back
from .booking_view import Wrong, own
from .booking_words import people
from .time_choice import TimeChoice, time_choice


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """`present`: the present time, which stays until the invitee takes another. `on_offer`: an earlier offer."""

    who: str
    present: str
    on_offer: str
    times: TimeChoice
    day: str
    action: str
    came_from: str
    back: str
    wrong: Wrong | None


def ask(request: SignedInRequest) -> Response:
    """GET /host/bookings/{id}/offer?day="""
    booking = own(request)
    if not may_offer(booking, now=request.now):
        return see_other(request.href(f"/host/bookings/{booking.id}"))
    return _page(request, booking)


def make(request: SignedInRequest) -> Response:
    """POST /host/bookings/{id}/offer"""
    booking, start = own(request), read_instant(request.form.get("start", ""))
    if start is None:
        text = request.language.text("Choose one of the times below.")
        return _page(request, booking, wrong=Wrong(request.language.text("No time chosen"), text), status=422)
    try:
        after = time_offer.offer_time(request.rt, booking.id, start, now=request.now)
    except NotFound:
        raise
    except (BookingError, StorageBusy) as error:
        wrong = Wrong(*refusal_words.words(error, request.language, request=request, zone=request.person.zone))
        return _page(request, booking, wrong=wrong, status=errors.status_of(error))
    return led_back(request, after, "offered")


def _page(request: SignedInRequest, booking: Booking, *, wrong: Wrong | None = None, status: int = 200) -> Response:
    language, zone, path = request.language, request.person.zone, f"/host/bookings/{booking.id}/offer"
    back = back_of(request)
    view = OfferView(
        who=people(booking, language),
        present=language.when(booking.time.start, booking.time.end, zone),
        on_offer=language.when(booking.on_offer.start, booking.on_offer.end, zone) if booking.on_offer else "",
        times=time_choice(
            request,
            path,
            lambda window: time_offer.times_for(request.rt, booking, window, now=request.now),
            otherwise=booking.time.start.astimezone(zone).date(),
            back=back,
        ),
        day=request.query.get("day", "")[:10] or request.form.get("day", "")[:10],
        action=request.href(path),
        came_from=back,
        back=back_href(request, booking),
        wrong=wrong,
    )
    return page(request, "host/booking_offer.html", view, desk_frame(request), status=status)

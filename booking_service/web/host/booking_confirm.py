"""Confirming for an invitee: the page that asks how the host knows, and the act."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.booking import host_decisions
from ...actions.booking.find import whole
from ...domain.booking import Booking
from ...domain.errors import BookingError, NotFound, StorageBusy
from ...domain.localized_text import LocalizedText
from ..http import errors, refusal_words
from ..http.forms import REASON_LENGTH, too_long
from ..http.responses import page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame
from .booking_acts import may_confirm_for
from .booking_reason import reason_of
from .booking_result import back_href, back_of, led_back
from .booking_view import Wrong, booking_page, own
from .booking_words import people, title


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmForView:
    """`email`: the unproven address. `wrong`: about the reason."""

    when: str
    who: str
    what: LocalizedText
    email: str
    reason: str
    wrong: str
    action: str
    came_from: str
    back: str


def ask(request: SignedInRequest) -> Response:
    """GET /host/bookings/{id}/confirm: the consequences. Where impossible, leads to the booking's page."""
    booking = own(request)
    if not may_confirm_for(request, booking):
        return see_other(request.href(f"/host/bookings/{booking.id}"))
    return _page(request, booking)


def confirm(request: SignedInRequest) -> Response:
    """POST /host/bookings/{id}/confirm"""
    booking, reason = own(request), reason_of(request)
    if may_confirm_for(request, booking) and (wrong := _wrong(request, reason)):
        return _page(request, booking, wrong=wrong)
    try:
        after = host_decisions.confirm_for_invitee(request.rt, booking.id, reason=reason, now=request.now)
    except NotFound:
        raise
    except (BookingError, StorageBusy) as error:
        refused = Wrong(*refusal_words.words(error, request.language, request=request, zone=request.person.zone))
        status, headers = errors.status_of(error), errors.retry(error, now=request.now)
        return booking_page(request, booking, wrong=refused, status=status, headers=headers)
    return led_back(request, after, "confirmed")


def _wrong(request: SignedInRequest, reason: str) -> str:
    if not reason:
        return request.language.text("Say how you know that the invitee wants this time, in a few words.")
    return too_long(request.language, REASON_LENGTH, len(reason)) if len(reason) > REASON_LENGTH else ""


def _page(request: SignedInRequest, booking: Booking, *, wrong: str = "") -> Response:
    language, meeting = request.language, whole(request.rt, booking.id).line.meeting
    view = ConfirmForView(
        when=language.when(booking.time.start, booking.time.end, request.person.zone),
        who=people(booking, language),
        what=title(meeting, language),
        email=booking.invitee.email,
        reason=reason_of(request),
        wrong=wrong,
        action=request.href(f"/host/bookings/{booking.id}/confirm"),
        came_from=back_of(request),
        back=back_href(request, booking),
    )
    status = 422 if wrong else 200
    return page(request, "host/booking_confirm.html", view, desk_frame(request), status=status)

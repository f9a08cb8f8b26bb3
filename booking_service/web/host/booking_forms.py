"""Acts of a host on a booking, and the question before ending one."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from ...actions.access import mailbox_blocks
from ...actions.booking import address, change, host_decisions, reply
from ...actions.booking.find import whole
from ...domain.booking import Booking, BookingState, Party
from ...domain.errors import BookingError, NotFound, StorageBusy, TooLate
from ...domain.meeting import MeetingType
from ..http import errors, refusal_words
from ..http.forms import REASON_LENGTH
from ..http.mail_address import read_email
from ..http.parsing import read_instant
from ..http.responses import page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame
from .booking_reason import reason_of
from .booking_result import back_href, back_of, led_back
from .booking_view import Wrong, booking_page, own
from .booking_words import host_is_asked, people, short_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingView:
    """The question before a booking is ended. `state`: that the host saw. `wrong`: it is another one now."""

    title: str
    lead: str
    consequences: tuple[str, ...]
    reason_for: str
    reason: str
    state: str
    action: str
    button: str
    came_from: str
    back: str
    keep: str
    wrong: Wrong | None


def resend(request: SignedInRequest) -> Response:
    """POST /host/bookings/{id}/resend"""
    return _act(
        request, "resent", lambda each: address.resend(request.rt, each.public_id, by=Party.HOST, now=request.now)
    )


def invite_again(request: SignedInRequest) -> Response:
    """POST /host/bookings/{id}/invite"""
    return _act(request, "invited", lambda each: host_decisions.invite_again(request.rt, each.id, now=request.now))


def correct_address(request: SignedInRequest) -> Response:
    """POST /host/bookings/{id}/address"""
    booking, typed = own(request), request.form.get("email", "")
    email, wrong = read_email(typed, request.language)
    if wrong:
        refused = Wrong(request.language.text("The address is not changed"), wrong, "email", typed[:254])
        return booking_page(request, booking, wrong=refused, status=422)
    return _act(
        request,
        "corrected" if email != booking.invitee.email else "resent",
        lambda each: address.correct_address(request.rt, each.public_id, email, by=Party.HOST, now=request.now),
        field="email",
    )


def approve(request: SignedInRequest) -> Response:
    """POST /host/bookings/{id}/approve"""
    return _act(request, "approved", lambda each: reply.approve_by_host(request.rt, each.id, now=request.now))


def keep_longer(request: SignedInRequest) -> Response:
    """POST /host/bookings/{id}/longer: until the time that the button named, so a second press changes nothing."""
    until = read_instant(request.form.get("until", ""))
    if until is None:
        return see_other(request.href(f"/host/bookings/{own(request).id}"))
    return _act(
        request, "longer", lambda each: host_decisions.keep_longer(request.rt, each.id, until=until, now=request.now)
    )


def keep(request: SignedInRequest) -> Response:
    """POST /host/bookings/{id}/keep: keep it beside the other appointment."""
    return _act(request, "kept", lambda each: reply.keep_by_host(request.rt, each.id, now=request.now))


def ask_to_cancel(request: SignedInRequest) -> Response:
    """GET /host/bookings/{id}/cancel: the consequences. Where it is over, leads to its page."""
    return _ending_page(request, own(request))


def cancel(request: SignedInRequest) -> Response:
    """POST /host/bookings/{id}/cancel. If its state changed since the question, asks again."""
    booking = own(request)
    given = request.form.get("state", "")
    seen = BookingState(given) if given in set(BookingState) else None
    if seen is None:
        return _ending_page(request, booking)
    try:
        change.cancel_by_host(request.rt, booking.id, reason=_reason(request), seen=seen, now=request.now)
    except TooLate:
        language = request.language
        changed = Wrong(
            language.text("It was confirmed in the meantime"),
            language.text("Nothing is cancelled yet. What happens next is different now, so please decide again."),
        )
        return _ending_page(request, own(request), wrong=changed, status=409)
    return led_back(request, booking, "cancelled")


def _act(request: SignedInRequest, done: str, act: Callable[[Booking], Booking], *, field: str = "") -> Response:
    """Act and lead to the booking's page; if refused, show that page with the reason, at the `field` it is about."""
    booking = own(request)
    try:
        act(booking)
    except NotFound:
        raise
    except (BookingError, StorageBusy) as error:
        title, text = refusal_words.words(error, request.language, request=request, zone=request.person.zone)
        wrong = Wrong(title, text, field, request.form.get(field, "")[:254] if field else "")
        status, headers = errors.status_of(error), errors.retry(error, now=request.now)
        return booking_page(request, booking, wrong=wrong, status=status, headers=headers)
    return led_back(request, booking, done)


def _reason(request: SignedInRequest) -> str:
    return reason_of(request)[:REASON_LENGTH]


def _ending_page(
    request: SignedInRequest, booking: Booking, *, wrong: Wrong | None = None, status: int = 200
) -> Response:
    base = f"/host/bookings/{booking.id}"
    if not booking.blocks(request.now):
        return see_other(request.href(base))
    language, meeting = request.language, whole(request.rt, booking.id).line.meeting
    title, button, keeping = _words(request, booking, meeting)
    view = EndingView(
        title=title,
        lead=_lead(request, booking),
        consequences=_consequences(request, booking),
        reason_for=language.text("It stands in the email to {name} as you write it.", name=booking.invitee.name)
        if booking.asked or booking.invited
        else "",
        reason=_reason(request),
        state=str(booking.state),
        action=request.href(f"{base}/cancel"),
        button=button,
        came_from=back_of(request),
        back=back_href(request, booking),
        keep=keeping,
        wrong=wrong,
    )
    return page(request, "host/booking_cancel.html", view, desk_frame(request), status=status)


def _words(request: SignedInRequest, booking: Booking, meeting: MeetingType) -> tuple[str, str, str]:
    """The title, and the labels of the buttons that end it and that don't."""
    language, zone = request.language, request.person.zone
    local = booking.time.start.astimezone(zone)
    when = f"{language.day(local.date())}, {language.clock(booking.time.start, zone)}"
    if booking.state is BookingState.CONFIRMED:
        title = language.text("Cancel {when}?", when=when)
        return title, language.text("Cancel the booking"), language.text("Keep the booking")
    if host_is_asked(booking, meeting):
        title = language.text("Decline {when}?", when=when)
        return title, language.text("Decline the request"), language.text("Back")
    title = language.text("Release {when}?", when=when)
    return title, language.text("Release the time"), language.text("Keep the hold")


def _lead(request: SignedInRequest, booking: Booking) -> str:
    language = request.language
    if booking.state is BookingState.CONFIRMED:
        return language.text("Booked by {people}.", people=people(booking, language))
    until = short_instant(booking.hold_until, request.person.zone, language, now=request.now)
    return language.text("Held for {people} until {time}.", people=people(booking, language), time=until)


def _consequences(request: SignedInRequest, booking: Booking) -> tuple[str, ...]:
    language, name = request.language, booking.invitee.name
    free = language.text("The entry leaves your calendar, and the time can be booked by others at once.")
    if mailbox_blocks.stands(request.rt, booking.invitee.email):
        told = language.text("{name} wants no email at this address. Please tell them yourself.", name=name)
    elif booking.state is BookingState.CONFIRMED and booking.guests:
        told = language.plural(
            "{name} and {count} guest will be told by email.",
            "{name} and {count} guests will be told by email.",
            len(booking.guests),
            name=name,
        )
    elif booking.asked or booking.invited:
        told = language.text("{name} will be told by email, with a way to choose another time.", name=name)
    else:
        told = language.text("{name} has not been written to yet, and will not be told.", name=name)
    return (free, told)

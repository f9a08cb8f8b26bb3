"""Pages where people answer a mail that is not about confirming: a guest declines, a reader wants no more reminders, a
host approves a request or keeps a booking. GET shows, one button each changes."""

from collections.abc import Callable

from starlette.responses import Response

from ...actions.booking import reply
from ...actions.booking.show import SeenBooking
from ...crypto.tokens import Purpose
from ...domain.booking import Booking, BookingState, Party
from ...domain.errors import BookingCancelled, HoldExpired, SlotTaken, UnknownBooking
from ...domain.text import several_lines
from ...language import Language
from ..http.request import PageRequest
from ..http.responses import see_other
from . import mass_deletion
from .opened import opened
from .reply_page import Act, reply_href, reply_page
from .state import state_of
from .summary import facts_of

REASON_LENGTH = 500


def show_act(request: PageRequest) -> Response:
    """GET /a/{token}: what the host is asked, in the host's language and zone."""
    return _show_act(request, did=request.query.get("did", ""))


def _show_act(request: PageRequest, *, did: str) -> Response:
    """`did`: what was pressed just now, as far as the booking bears it out."""
    try:
        seen = opened(request, Purpose.ACT)
    except UnknownBooking:
        return mass_deletion.show(request)
    language = request.choose_language(seen.organisation, stored=seen.host.language, host=seen.host.language)
    title, text, acts = _for_host(request, seen, language, did)
    facts = facts_of(seen, seen.host.zone, language, state_of(seen, now=request.now), proven=True)
    return reply_page(request, seen, language, title=title, text=text, acts=acts, facts=facts)


def approve(request: PageRequest) -> Response:
    """POST /a/{token}: the host agrees. What came too late is told on the same page."""
    return _acted(request, "approved", lambda: reply.approve(request.rt, request.params["token"], now=request.now))


def decline_request(request: PageRequest) -> Response:
    """POST /a/{token}/decline: the host does not agree, or offers another time;
    the invitee is told, with the reason."""
    reason = several_lines(request.form.get("reason", ""))[:REASON_LENGTH]
    token = request.params["token"]
    return _acted(request, "", lambda: reply.decline_as_host(request.rt, token, reason=reason, now=request.now))


def keep(request: PageRequest) -> Response:
    """POST /a/{token}/keep: the host knows of the other appointment."""
    return _acted(request, "kept", lambda: reply.keep(request.rt, request.params["token"], now=request.now))


def _acted(request: PageRequest, done: str, act: Callable[[], Booking]) -> Response:
    try:
        act()
    except (HoldExpired, BookingCancelled):
        return _with_status(show_act(request), 410)
    except SlotTaken:  # it was not held
        return _with_status(_show_act(request, did="taken"), 409)
    return see_other(reply_href(request, did=done))


def _with_status(response: Response, status: int) -> Response:
    response.status_code = status
    return response


def _for_host(
    request: PageRequest, seen: SeenBooking, language: Language, did: str
) -> tuple[str, str, tuple[Act, ...]]:
    booking, name = seen.booking, seen.booking.invitee.name
    if not booking.blocks(request.now):
        return _over(seen, language)
    if Party.HOST in booking.awaits:
        text = (
            language.text("This time is taken meanwhile. If you decline, {name} hears of it.", name=name)
            if did == "taken"
            else language.text("{name} waits for your answer.", name=name)
        )
        approving = Act(text=language.text("Approve"), href=reply_href(request))
        return (
            language.text("Approve this request?"),
            text,
            (approving, _declining(request, seen, language, language.text("Decline"))),
        )
    if did == "approved":
        return language.text("Approved"), _approved(seen, language), ()
    if did == "kept":
        return language.text("It stays as it is"), language.text("Nothing changes for {name}.", name=name), ()
    text = (
        language.text("{name} has this time. If you keep it, nothing changes.", name=name)
        if booking.state is BookingState.CONFIRMED
        else language.text("{name} has not confirmed yet. If you keep it, nothing changes.", name=name)
    )
    title = (
        language.text("This booking stands")
        if booking.state is BookingState.CONFIRMED
        else language.text("Keep this time?")
    )
    keeping = Act(text=language.text("Keep it"), href=reply_href(request, "/keep"))
    return title, text, (keeping, _declining(request, seen, language, language.text("Cancel and offer another time")))


def _declining(request: PageRequest, seen: SeenBooking, language: Language, text: str) -> Act:
    read_by = language.text("{name} gets to read it.", name=seen.booking.invitee.name)
    return Act(text=text, href=reply_href(request, "/decline"), danger=True, why_read_by=read_by)


def _approved(seen: SeenBooking, language: Language) -> str:
    name = seen.booking.invitee.name
    if Party.INVITEE in seen.booking.awaits:
        return language.text("{name} is asked by email to confirm. You hear of it when they do.", name=name)
    return language.text("{name} is told by email.", name=name)


def _over(seen: SeenBooking, language: Language) -> tuple[str, str, tuple[Act, ...]]:
    """What became of it; who ended it themselves reads that it arrived."""
    booking, nothing = seen.booking, language.text("There is nothing more to do.")
    if booking.cancelled_by is not Party.HOST:
        return language.text("This request is over"), nothing, ()
    title = language.text("Cancelled") if booking.invited else language.text("Declined")
    return title, f"{language.text('{name} is told by email.', name=booking.invitee.name)} {nothing}", ()

"""The page on which a host approves or declines a request, or decides about a conflicting appointment."""

from collections.abc import Callable

from starlette.responses import Response

from ...actions.booking import reply, show
from ...crypto.tokens import LinkPurpose
from ...domain.booking import Booking, BookingState, Party
from ...domain.errors import BookingCancelled, HoldExpired, SlotTaken
from ...domain.text import several_lines
from ...language import zone_label
from ..http.forms import REASON_LENGTH
from ..http.request import PageRequest
from ..http.responses import see_other
from .booking_page import BookingPage
from .opened import opened
from .reply_page import ReplyButton, reply_page


def show_question(request: PageRequest) -> Response:
    """GET /a/{token}: the question, in the host's language and zone. Raises UnknownBooking."""
    return _question(request, did=request.query.get("did", ""))


def approve(request: PageRequest) -> Response:
    """POST /a/{token}: approve. A late press is answered on the same page."""
    return _acted(request, "approved", lambda: reply.approve(request.rt, request.params["token"], now=request.now))


def decline_request(request: PageRequest) -> Response:
    """POST /a/{token}/decline: decline; the invitee reads the reason."""
    reason = several_lines(request.form.get("reason", ""))[:REASON_LENGTH]
    token = request.params["token"]
    return _acted(request, "", lambda: reply.decline_as_host(request.rt, token, reason=reason, now=request.now))


def keep(request: PageRequest) -> Response:
    """POST /a/{token}/keep: keep it beside the other appointment."""
    return _acted(request, "kept", lambda: reply.keep(request.rt, request.params["token"], now=request.now))


def _acted(request: PageRequest, done: str, act: Callable[[], Booking]) -> Response:
    try:
        act()
    except (HoldExpired, BookingCancelled):
        return _question(request, did=request.query.get("did", ""), status=410)
    except SlotTaken:  # it was not held
        return _question(request, did="taken", status=409)
    return see_other(request.href(request.page_path, did=done))


def _question(request: PageRequest, *, did: str, status: int = 200) -> Response:
    """`did`: what was just pressed, as far as the booking confirms it."""
    page = opened(request, LinkPurpose.ACT)
    title, text, acts = _asked(page, did)
    beside = _beside(page) if acts and Party.HOST not in page.booking.awaits else ()
    return reply_page(page, title=title, text=text, acts=acts, beside=beside, status=status)


def _asked(page: BookingPage, did: str) -> tuple[str, str, tuple[ReplyButton, ...]]:
    language, booking, name = page.language, page.booking, page.booking.invitee.name
    if not booking.blocks(page.now):
        return _over(page)
    if Party.HOST in booking.awaits:
        return _approval(page, taken=did == "taken")
    if did == "approved":
        return language.text("Approved"), _approved(page), ()
    if did == "kept":
        return language.text("It stays as it is"), language.text("Nothing changes for {name}.", name=name), ()
    return _beside_another(page)


def _approval(page: BookingPage, *, taken: bool) -> tuple[str, str, tuple[ReplyButton, ...]]:
    language, name = page.language, page.booking.invitee.name
    text = (
        language.text("This time has been taken in the meantime. If you decline, {name} will be told.", name=name)
        if taken
        else language.text("{name} is waiting for your answer.", name=name)
    )
    approving = ReplyButton(text=language.text("Approve"), href=page.href())
    acts = (approving, _declining(page, language.text("Decline")))
    return language.text("Approve this request?"), text, acts


def _beside_another(page: BookingPage) -> tuple[str, str, tuple[ReplyButton, ...]]:
    """Keep or cancel the booking beside another appointment of the host."""
    language, name = page.language, page.booking.invitee.name
    confirmed = page.booking.state is BookingState.CONFIRMED
    text = (
        language.text("{name} has this time. If you keep it, nothing changes.", name=name)
        if confirmed
        else language.text("{name} has not confirmed yet. If you keep it, nothing changes.", name=name)
    )
    if not confirmed and page.meeting.calendar_wins:
        text = f"{text} {language.text('Unless you keep it, whoever confirms it will be offered other times instead.')}"
    title = language.text("This booking stands") if confirmed else language.text("Keep this time?")
    keeping = ReplyButton(text=language.text("Keep it"), href=page.href("/keep"))
    return title, text, (keeping, _declining(page, language.text("Cancel and offer another time")))


def _beside(page: BookingPage) -> tuple[str, ...]:
    """Each other appointment at this time: when, and whose or in which calendar."""
    language, zone = page.language, page.zone
    found = []
    for each in show.beside(page.rt, page.booking, now=page.now):
        time = f"{language.when(each.time.start, each.time.end, zone)}, {zone_label(each.time.start, zone)}"
        what = each.name or language.text("an event in your calendar “{calendar}”", calendar=each.calendar)
        found.append(f"{time}: {what}")
    return tuple(found)


def _declining(page: BookingPage, text: str) -> ReplyButton:
    read_by = page.language.text("{name} will read it.", name=page.booking.invitee.name)
    return ReplyButton(text=text, href=page.href("/decline"), danger=True, why_read_by=read_by)


def _approved(page: BookingPage) -> str:
    language, name = page.language, page.booking.invitee.name
    if Party.INVITEE in page.booking.awaits:
        return language.text("{name} is being asked by email to confirm. You will be told when they do.", name=name)
    return language.text("{name} will be told by email.", name=name)


def _over(page: BookingPage) -> tuple[str, str, tuple[ReplyButton, ...]]:
    """What became of it; a host who ended it themselves reads that this worked."""
    language, booking = page.language, page.booking
    nothing = language.text("There is nothing more to do.")
    if booking.cancelled_by is not Party.HOST:
        return language.text("This request has ended"), nothing, ()
    title = language.text("Cancelled") if booking.invited else language.text("Declined")
    return title, f"{language.text('{name} will be told by email.', name=booking.invitee.name)} {nothing}", ()

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
from ..http.request import Asked
from ..http.responses import see_other
from . import mass_deletion
from .opened import opened
from .reply_page import Act, reply_href, reply_page
from .state import state_of
from .summary import facts_of

REASON_LENGTH = 500


def show_act(asked: Asked) -> Response:
    """GET /a/{token}: what the host is asked, in the host's language and zone."""
    return _show_act(asked, did=asked.query.get("did", ""))


def _show_act(asked: Asked, *, did: str) -> Response:
    """`did`: what was pressed just now, as far as the booking bears it out."""
    try:
        seen = opened(asked, Purpose.ACT)
    except UnknownBooking:
        return mass_deletion.show(asked)
    said = asked.speak(seen.organisation, stored=seen.host.language, host=seen.host.language)
    title, text, acts = _for_host(asked, seen, said, did)
    facts = facts_of(seen, seen.host.zone, said, state_of(seen, now=asked.now), proven=True)
    return reply_page(asked, seen, said, title=title, text=text, acts=acts, facts=facts)


def approve(asked: Asked) -> Response:
    """POST /a/{token}: the host agrees. What came too late is told on the same page."""
    return _acted(asked, "approved", lambda: reply.approve(asked.rt, asked.params["token"], now=asked.now))


def decline_request(asked: Asked) -> Response:
    """POST /a/{token}/decline: the host does not agree, or offers another time;
    the invitee is told, with the reason."""
    reason = several_lines(asked.form.get("reason", ""))[:REASON_LENGTH]
    token = asked.params["token"]
    return _acted(asked, "", lambda: reply.decline_as_host(asked.rt, token, reason=reason, now=asked.now))


def keep(asked: Asked) -> Response:
    """POST /a/{token}/keep: the host knows of the other appointment."""
    return _acted(asked, "kept", lambda: reply.keep(asked.rt, asked.params["token"], now=asked.now))


def _acted(asked: Asked, done: str, act: Callable[[], Booking]) -> Response:
    try:
        act()
    except (HoldExpired, BookingCancelled):
        return _with_status(show_act(asked), 410)
    except SlotTaken:  # it was not held
        return _with_status(_show_act(asked, did="taken"), 409)
    return see_other(reply_href(asked, did=done))


def _with_status(response: Response, status: int) -> Response:
    response.status_code = status
    return response


def _for_host(asked: Asked, seen: SeenBooking, said: Language, did: str) -> tuple[str, str, tuple[Act, ...]]:
    booking, name = seen.booking, seen.booking.invitee.name
    if not booking.blocks(asked.now):
        return _over(seen, said)
    if Party.HOST in booking.awaits:
        text = (
            said.text("This time is taken meanwhile. If you decline, {name} hears of it.", name=name)
            if did == "taken"
            else said.text("{name} waits for your answer.", name=name)
        )
        approving = Act(text=said.text("Approve"), href=reply_href(asked))
        return (
            said.text("Approve this request?"),
            text,
            (approving, _declining(asked, seen, said, said.text("Decline"))),
        )
    if did == "approved":
        return said.text("Approved"), _approved(seen, said), ()
    if did == "kept":
        return said.text("It stays as it is"), said.text("Nothing changes for {name}.", name=name), ()
    text = (
        said.text("{name} has this time. If you keep it, nothing changes.", name=name)
        if booking.state is BookingState.CONFIRMED
        else said.text("{name} has not confirmed yet. If you keep it, nothing changes.", name=name)
    )
    title = (
        said.text("This booking stands") if booking.state is BookingState.CONFIRMED else said.text("Keep this time?")
    )
    keeping = Act(text=said.text("Keep it"), href=reply_href(asked, "/keep"))
    return title, text, (keeping, _declining(asked, seen, said, said.text("Cancel and offer another time")))


def _declining(asked: Asked, seen: SeenBooking, said: Language, text: str) -> Act:
    read_by = said.text("{name} gets to read it.", name=seen.booking.invitee.name)
    return Act(text=text, href=reply_href(asked, "/decline"), danger=True, why_read_by=read_by)


def _approved(seen: SeenBooking, said: Language) -> str:
    name = seen.booking.invitee.name
    if Party.INVITEE in seen.booking.awaits:
        return said.text("{name} is asked by email to confirm. You hear of it when they do.", name=name)
    return said.text("{name} is told by email.", name=name)


def _over(seen: SeenBooking, said: Language) -> tuple[str, str, tuple[Act, ...]]:
    """What became of it; who ended it themselves reads that it arrived."""
    booking, nothing = seen.booking, said.text("There is nothing more to do.")
    if booking.cancelled_by is not Party.HOST:
        return said.text("This request is over"), nothing, ()
    title = said.text("Cancelled") if booking.invited else said.text("Declined")
    return title, f"{said.text('{name} is told by email.', name=booking.invitee.name)} {nothing}", ()

"""Pages where people answer a mail that is not about confirming: a guest declines, a reader wants no more reminders, a host
approves a request or keeps a booking. GET shows, one button each changes."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import HTMLResponse, Response

from ..actions import answering
from ..actions.views import Seen
from ..domain.booking import Booking, BookingState, Party
from ..domain.errors import BookingCancelled, HoldExpired, UnknownBooking
from ..domain.text import several_lines
from ..language import Language
from ..tokens import Purpose
from . import landslide
from .answers import page, see_other
from .asked import Asked
from .confirming import opened, said_for
from .outcome import Facts, facts_of
from .security import PRIVATE
from .wording import state_of, zone_for

ONE_CLICK = "List-Unsubscribe"  # what a mail program sends by itself (RFC 8058 §3.1)
REASON_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A button. `asks_why`: a field for a reason stands above it."""

    text: str
    href: str
    danger: bool = False
    asks_why: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyView:
    """`done`: what the page has to say once there is nothing to press any more."""

    title: str
    text: str
    facts: Facts
    acts: tuple[Act, ...] = ()
    done: bool = False


def show_guest(asked: Asked) -> Response:
    """GET /g/{token}"""
    seen = opened(asked, Purpose.GUEST)
    guest = answering.asked(asked.rt, asked.params["token"], Purpose.GUEST).guest
    said = said_for(asked, seen)
    coming = guest in seen.booking.guests and seen.booking.state is BookingState.CONFIRMED
    title = said.text("You can't come?") if coming else said.text("You are not expected")
    text = (
        said.text("The meeting takes place without you, and you get no more mail about it.")
        if coming
        else said.text("You have declined, or the meeting was cancelled. There is nothing more to do.")
    )
    acts = (Act(text=said.text("Decline"), href=_here(asked), danger=True),) if coming else ()
    return _page(asked, seen, said, title=title, text=text, acts=acts)


def decline(asked: Asked) -> Response:
    """POST /g/{token}"""
    answering.decline_as_guest(asked.rt, asked.params["token"], now=asked.now)
    return see_other(_here(asked))


def show_stop(asked: Asked) -> Response:
    """GET /s/{token}"""
    seen = opened(asked, Purpose.STOP)
    said = said_for(asked, seen)
    wanted = seen.booking.reminders
    title = said.text("Stop reminders?") if wanted else said.text("No more reminders")
    text = (
        said.text("You still hear of it if this booking is moved or cancelled.")
        if wanted
        else said.text("You get no more reminders of this booking. You still hear of it if it is moved or cancelled.")
    )
    acts = (Act(text=said.text("Stop reminders of this booking"), href=_here(asked)),) if wanted else ()
    return _page(asked, seen, said, title=title, text=text, acts=acts)


def stop(asked: Asked) -> Response:
    """POST /s/{token}: from the page, or by a mail program's own button, which wants an answer without a redirect."""
    answering.stop_reminders(asked.rt, asked.params["token"], now=asked.now)
    if ONE_CLICK in asked.form:
        return HTMLResponse("", 200, PRIVATE)
    return see_other(_here(asked))


def show_act(asked: Asked) -> Response:
    """GET /a/{token}: what the host is asked, in the host's language and zone."""
    try:
        seen = opened(asked, Purpose.ACT)
    except UnknownBooking:
        return landslide.show(asked)
    said = asked.speak(seen.organisation, stored=seen.host.language, host=seen.host.language)
    title, text, acts = _for_host(asked, seen, said)
    facts = facts_of(seen, seen.host.zone, said, state_of(seen, now=asked.now), owner=True)
    return _page(asked, seen, said, title=title, text=text, acts=acts, facts=facts)


def approve(asked: Asked) -> Response:
    """POST /a/{token}: the host agrees. What came too late is told on the same page."""
    return _acted(asked, lambda: answering.approve(asked.rt, asked.params["token"], now=asked.now))


def decline_request(asked: Asked) -> Response:
    """POST /a/{token}/decline: the host does not agree, or offers another time; the invitee is told, with the reason."""
    reason = several_lines(asked.form.get("reason", ""))[:REASON_LENGTH]
    token = asked.params["token"]
    return _acted(asked, lambda: answering.decline_as_host(asked.rt, token, reason=reason, now=asked.now))


def keep(asked: Asked) -> Response:
    """POST /a/{token}/keep: the host knows of the other appointment."""
    return _acted(asked, lambda: answering.keep(asked.rt, asked.params["token"], now=asked.now))


def _acted(asked: Asked, act: Callable[[], Booking]) -> Response:
    try:
        act()
    except (HoldExpired, BookingCancelled):
        return _with_status(show_act(asked), 410)
    return see_other(_here(asked))


def _with_status(response: Response, status: int) -> Response:
    response.status_code = status
    return response


def _for_host(asked: Asked, seen: Seen, said: Language) -> tuple[str, str, tuple[Act, ...]]:
    booking, name = seen.booking, seen.booking.invitee.name
    if booking.state is BookingState.HELD and Party.HOST in booking.awaits and booking.blocks(asked.now):
        acts = (
            Act(text=said.text("Approve"), href=_here(asked)),
            Act(text=said.text("Decline"), href=_here(asked, "/decline"), danger=True, asks_why=True),
        )
        return said.text("Approve this request?"), said.text("{name} waits for your answer.", name=name), acts
    if booking.blocks(asked.now):
        acts = (
            Act(text=said.text("Keep it"), href=_here(asked, "/keep")),
            Act(
                text=said.text("Cancel and offer another time"),
                href=_here(asked, "/decline"),
                danger=True,
                asks_why=True,
            ),
        )
        text = said.text("{name} has this time. If you keep it, nothing changes.", name=name)
        confirmed = booking.state is BookingState.CONFIRMED
        return said.text("This booking stands") if confirmed else said.text("Keep this time?"), text, acts
    return said.text("This request is over"), said.text("There is nothing more to do."), ()


def _page(
    asked: Asked,
    seen: Seen,
    said: Language,
    *,
    title: str,
    text: str,
    acts: tuple[Act, ...],
    facts: Facts | None = None,
) -> Response:
    shown = facts or facts_of(seen, zone_for(asked, seen), said, state_of(seen, now=asked.now), owner=False)
    view = ReplyView(title=title, text=text, facts=shown, acts=acts, done=not acts)
    return page(
        asked, "booking/reply.html", view, said=said, organisation=seen.organisation, brand=seen.host.name,
        home=f"/{seen.host.slug}", private=True,
    )  # fmt: skip


def _here(asked: Asked, act: str = "") -> str:
    """The page itself, also from one of its buttons' addresses, or where such a button leads."""
    return asked.href("/".join(asked.path.split("/")[:3]) + act)

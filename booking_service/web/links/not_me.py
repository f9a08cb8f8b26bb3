"""The page for somebody who got a mail they did not ask for."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.booking import change as actions
from ...actions.booking.show import SeenBooking
from ...crypto.tokens import Purpose
from ...domain.booking import BookingState
from ...language import Language
from ..http.request import PageRequest
from ..http.responses import Link, page, see_other
from .change_links import changes
from .opened import language_for, opened
from .state import state_of
from .summary import PageFacts, facts_of, zone_for


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMeView:
    """`held`: there is still something to give up, and `button` says what; `over`: what became of it. `booked`: it was
    confirmed meanwhile; `changes` lead on then."""

    facts: PageFacts
    address: str
    title: str
    held: bool
    booked: bool
    done: str
    over: str
    button: str
    action: str
    changes: tuple[Link, ...]


def show(request: PageRequest) -> Response:
    """GET /x/{token}: says what happened, and changes nothing."""
    seen = opened(request, Purpose.NOT_ME)
    language = language_for(request, seen)
    booked = seen.booking.state is BookingState.CONFIRMED
    held = seen.booking.blocks(request.now) and not booked
    done = request.query.get("did", "") if request.query.get("did") in {"released", "blocked"} else ""
    view = NotMeView(
        facts=facts_of(seen, zone_for(request, seen), language, state_of(seen, now=request.now), proven=True),
        address=seen.booking.invitee.email,
        title=language.text("Done") if done else language.text("Did you not ask for this?"),
        held=held,
        booked=booked,
        done=done,
        over=_over(seen, language),
        button=_button(seen, language) if held else language.text("Send"),
        action=request.href(f"/x/{request.params['token']}"),
        changes=changes(request, seen, language) if booked else (),
    )
    return page(
        request,
        "links/not_me.html",
        view,
        language=language,
        organisation=seen.organisation,
        brand=seen.host.name,
        home=f"/{seen.host.slug}",
        private=True,
    )


def _button(seen: SeenBooking, language: Language) -> str:
    return language.text("Release the time now") if seen.booking.reserves else language.text("Withdraw the request now")


def _over(seen: SeenBooking, language: Language) -> str:
    if seen.booking.state is BookingState.CONFIRMED:
        return language.text("This booking was confirmed already, so it still stands.")
    if not seen.booking.reserves:
        return language.text("The request is withdrawn.")
    return language.text("The time is free for others again.")


def release(request: PageRequest) -> Response:
    """POST /x/{token}: the time is free again; with the box ticked nobody writes to this mailbox any more."""
    block = request.form.get("block") == "yes"
    actions.not_me(request.rt, request.params["token"], block=block, now=request.now)
    return see_other(request.href(f"/x/{request.params['token']}", did="blocked" if block else "released"))

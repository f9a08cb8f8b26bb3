"""The page for somebody who got a mail they did not ask for."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.booking import change as actions
from ...actions.booking.show import SeenBooking
from ...crypto.tokens import Purpose
from ...domain.booking import BookingState
from ...language import Language
from ..http.request import Asked
from ..http.responses import Link, page, see_other
from .change_links import changes
from .opened import opened, said_for
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


def show(asked: Asked) -> Response:
    """GET /x/{token}: says what happened, and changes nothing."""
    seen = opened(asked, Purpose.NOT_ME)
    said = said_for(asked, seen)
    booked = seen.booking.state is BookingState.CONFIRMED
    held = seen.booking.blocks(asked.now) and not booked
    done = asked.query.get("did", "") if asked.query.get("did") in {"released", "blocked"} else ""
    view = NotMeView(
        facts=facts_of(seen, zone_for(asked, seen), said, state_of(seen, now=asked.now), proven=True),
        address=seen.booking.invitee.email,
        title=said.text("Done") if done else said.text("Did you not ask for this?"),
        held=held,
        booked=booked,
        done=done,
        over=_over(seen, said),
        button=_button(seen, said) if held else said.text("Send"),
        action=asked.href(f"/x/{asked.params['token']}"),
        changes=changes(asked, seen, said) if booked else (),
    )
    return page(
        asked, "booking/not_me.html", view, said=said, organisation=seen.organisation, brand=seen.host.name,
        home=f"/{seen.host.slug}", private=True,
    )  # fmt: skip


def _button(seen: SeenBooking, said: Language) -> str:
    return said.text("Release the time now") if seen.booking.reserves else said.text("Withdraw the request now")


def _over(seen: SeenBooking, said: Language) -> str:
    if seen.booking.state is BookingState.CONFIRMED:
        return said.text("This booking was confirmed already, so it still stands.")
    if not seen.booking.reserves:
        return said.text("The request is withdrawn.")
    return said.text("The time is free for others again.")


def release(asked: Asked) -> Response:
    """POST /x/{token}: the time is free again; with the box ticked nobody writes to this mailbox any more."""
    block = asked.form.get("block") == "yes"
    actions.not_me(asked.rt, asked.params["token"], block=block, now=asked.now)
    return see_other(asked.href(f"/x/{asked.params['token']}", did="blocked" if block else "released"))

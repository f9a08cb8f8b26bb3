"""The page for somebody who got a mail they did not ask for."""

from dataclasses import dataclass

from starlette.responses import Response

from ..actions import booking as actions
from ..domain.booking import BookingState
from ..tokens import Purpose
from .answers import page, see_other
from .asked import Asked
from .confirming import opened, said_for
from .outcome import Facts, Way, changes, facts_of
from .wording import state_of, zone_for


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMeView:
    """`held`: there is still something to release. `booked`: it was confirmed meanwhile; `changes` lead on then."""

    facts: Facts
    address: str
    held: bool
    booked: bool
    done: str
    action: str
    changes: tuple[Way, ...]


def show(asked: Asked) -> Response:
    """GET /x/{token}: says what happened, and changes nothing."""
    seen = opened(asked, Purpose.NOT_ME)
    said = said_for(asked, seen)
    booked = seen.booking.state is BookingState.CONFIRMED
    view = NotMeView(
        facts=facts_of(seen, zone_for(asked, seen), said, state_of(seen, now=asked.now), owner=True),
        address=seen.booking.invitee.email,
        held=seen.booking.blocks(asked.now) and not booked,
        booked=booked,
        done=asked.query.get("did", "") if asked.query.get("did") in {"released", "blocked"} else "",
        action=asked.href(f"/x/{asked.params['token']}"),
        changes=changes(asked, seen, said) if booked else (),
    )
    return page(
        asked, "booking/not_me.html", view, said=said, organisation=seen.organisation, brand=seen.host.name,
        home=f"/{seen.host.slug}", private=True,
    )  # fmt: skip


def release(asked: Asked) -> Response:
    """POST /x/{token}: the time is free again; with the box ticked nobody writes to this mailbox any more."""
    block = asked.form.get("block") == "yes"
    actions.not_me(asked.rt, asked.params["token"], block=block, now=asked.now)
    return see_other(asked.href(f"/x/{asked.params['token']}", did="blocked" if block else "released"))

"""The page behind the mailed link. Looking at it changes nothing, however often and by whatever machine; its one button
confirms."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.booking import change, hold
from ...actions.booking import confirm as confirm_actions
from ...actions.booking import show as views
from ...actions.booking.show import SeenBooking
from ...crypto.tokens import Purpose
from ...domain.errors import BookingCancelled, HoldExpired, SlotTaken
from ...domain.slots import NotOffered
from ..http.request import Asked
from ..http.responses import Step, page, see_other
from .opened import note_visit, opened, said_for
from .outcome import outcome_page
from .state import ENDED, State, page_state
from .summary import PageFacts, decides, facts_of, kept_until, minutes_left, unheld, zone_for


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmView:
    """`unheld`: that the time is not kept. `decides`: that the host decides after this.
    `not_asked`: what `release` says."""

    facts: PageFacts
    kept: str
    left: str
    unheld: str
    decides: str
    confirm: str
    release: str
    not_asked: str


def show(asked: Asked) -> Response:
    """GET /c/{token}"""
    return _show(asked, opened(asked, Purpose.CONFIRM))


def confirm(asked: Asked) -> Response:
    """POST /c/{token}: the one button. What came too late is told on the same page."""
    path = f"/c/{asked.params['token']}"
    note_visit(asked, views.opened(asked.rt, asked.params["token"], Purpose.CONFIRM), Purpose.CONFIRM)
    try:
        confirm_actions.confirm(asked.rt, asked.params["token"], network=asked.network, now=asked.now)
    except SlotTaken:  # it was not held
        seen = views.opened(asked.rt, asked.params["token"], Purpose.CONFIRM)
        return outcome_page(asked, seen, State.TAKEN, said_for(asked, seen), proven=True, status=409)
    except (HoldExpired, BookingCancelled):
        return _show(asked, views.opened(asked.rt, asked.params["token"], Purpose.CONFIRM), status=410)
    return see_other(asked.href(path))


def take_again(asked: Asked) -> Response:
    """POST /c/{token}/again: the mailbox is proven, so taking the time again confirms it in the same act."""
    try:
        booking = hold.take_again(asked.rt, asked.params["token"], network=asked.network, now=asked.now)
    except (NotOffered, SlotTaken, BookingCancelled):
        return _show(asked, views.opened(asked.rt, asked.params["token"], Purpose.CONFIRM), status=409)
    return see_other(asked.href(views.link(asked.rt, booking, Purpose.CONFIRM)))


def release(asked: Asked) -> Response:
    """POST /c/{token}/release: they did not ask for it."""
    change.not_me(asked.rt, asked.params["token"], block=False, link=Purpose.CONFIRM, now=asked.now)
    return see_other(asked.href(f"/c/{asked.params['token']}"))


def _show(asked: Asked, seen: SeenBooking, *, status: int = 200) -> Response:
    said, state = said_for(asked, seen), page_state(asked, seen)
    if state is not State.WAITING:
        gone = status if state not in ENDED else max(status, 410)
        return outcome_page(
            asked, seen, state, said, proven=True, status=gone, again=asked.href(f"/c/{asked.params['token']}/again")
        )  # fmt: skip
    zone, path = zone_for(asked, seen), f"/c/{asked.params['token']}"
    view = ConfirmView(
        facts=facts_of(seen, zone, said, state, proven=True),
        kept=kept_until(seen, zone, now=asked.now, said=said),
        left=minutes_left(seen.booking.hold_until, now=asked.now, said=said),
        unheld=unheld(seen, said),
        decides=decides(seen, said),
        confirm=asked.href(path),
        release=asked.href(f"{path}/release"),
        not_asked=(
            said.text("I did not ask for this: release the time")
            if seen.booking.reserves
            else said.text("I did not ask for this: withdraw the request")
        ),
    )
    return page(
        asked, "booking/confirm.html", view, said=said, organisation=seen.organisation, brand=seen.host.name,
        home=f"/{seen.host.slug}", status=status, private=True, step=Step.CONFIRM,
    )  # fmt: skip

"""The page behind the manage link: what is booked, and giving it up. Each change is a page of its own and a POST."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.booking import change as actions
from ...actions.booking.show import SeenBooking
from ...crypto.tokens import Purpose
from ...domain.booking import BookingState
from ...domain.errors import TooLate
from ...domain.text import NOTE_LENGTH, several_lines
from ...language import Language
from ..http.request import Asked
from ..http.responses import Link, page, see_other
from .change_links import changes, giving_up, giving_up_asked, locked
from .opened import opened, said_for
from .outcome import outcome_page
from .state import ENDED, State, state_of
from .summary import PageFacts, facts_of, zone_for

REASON_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ManageView:
    """`held`: that it is not confirmed yet. `locked`: why it can't be changed here any more, and whom to write to.
    `done`: what was just done."""

    title: str
    facts: PageFacts
    held: str
    changes: tuple[Link, ...]
    locked: str
    file: str
    done: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelView:
    """`button`: what giving it up is called. `passed_on`: who gets to read the reason.
    `wrong`: what is wrong with it."""

    title: str
    button: str
    passed_on: str
    facts: PageFacts
    action: str
    back: str
    reason: str
    wrong: str


def show(asked: Asked) -> Response:
    """GET /m/{token}"""
    seen = opened(asked, Purpose.MANAGE)
    said, state = said_for(asked, seen), state_of(seen, now=asked.now)
    if state in ENDED:
        return outcome_page(asked, seen, state, said, proven=True)
    return manage_page(asked, seen, state, said, locked=locked(asked, seen, said))


def show_cancel(asked: Asked) -> Response:
    """GET /m/{token}/cancel: nothing is cancelled before the button there is pressed."""
    seen = opened(asked, Purpose.MANAGE)
    said, state = said_for(asked, seen), state_of(seen, now=asked.now)
    if state in ENDED:
        return outcome_page(asked, seen, state, said, proven=True)
    if why := locked(asked, seen, said):
        return manage_page(asked, seen, state, said, locked=why)
    return _cancel_page(asked, seen, said)


def cancel(asked: Asked) -> Response:
    """POST /m/{token}/cancel. What is over already is simply shown."""
    token = asked.params["token"]
    reason = several_lines(asked.form.get("reason", ""))
    if len(reason) > REASON_LENGTH:
        seen = opened(asked, Purpose.MANAGE)
        return _cancel_page(asked, seen, said_for(asked, seen), reason=reason[:NOTE_LENGTH], count=len(reason))
    try:
        actions.cancel(asked.rt, token, reason=reason, now=asked.now)
    except TooLate:
        seen = opened(asked, Purpose.MANAGE)
        said, state = said_for(asked, seen), state_of(seen, now=asked.now)
        return manage_page(asked, seen, state, said, locked=locked(asked, seen, said), status=409)
    return see_other(asked.href(f"/m/{token}"))


def manage_page(
    asked: Asked,
    seen: SeenBooking,
    state: State,
    said: Language,
    *,
    locked: str = "",
    proven: bool = True,
    status: int = 200,
) -> Response:
    """`proven`: the reader came by the manage link, so there are links to change what is booked."""
    confirmed, booked = seen.booking.state is BookingState.CONFIRMED, state is State.BOOKED
    view = ManageView(
        title=said.text("Your booking") if confirmed else said.text("Your hold"),
        facts=facts_of(seen, zone_for(asked, seen), said, state, proven=proven),
        held="" if confirmed else said.text("It is not confirmed yet."),
        changes=changes(asked, seen, said) if proven else (),
        locked=locked,
        file=asked.href(f"/b/{seen.booking.public_id}/invite.ics") if booked else "",
        done=said.text("Moved. An email with the new time is on its way.") if asked.query.get("did") == "moved" else "",
    )
    return page(
        asked, "booking/manage.html", view, said=said, organisation=seen.organisation, brand=seen.host.name,
        home=f"/{seen.host.slug}", status=status, private=True,
    )  # fmt: skip


def _cancel_page(asked: Asked, seen: SeenBooking, said: Language, *, reason: str = "", count: int = 0) -> Response:
    """`count`: the length of a reason that is too long."""
    base, state = f"/m/{asked.params['token']}", state_of(seen, now=asked.now)
    wrong = (
        said.text("Shorten this to {most} characters or fewer: it has {count} now", most=REASON_LENGTH, count=count)
        if count
        else ""
    )
    view = CancelView(
        title=giving_up_asked(seen.booking, said), button=giving_up(seen.booking, said),
        passed_on=said.text("{name} gets to read it.", name=seen.host.name),
        facts=facts_of(seen, zone_for(asked, seen), said, state, proven=True), action=asked.href(f"{base}/cancel"),
        back=asked.href(base), reason=reason, wrong=wrong,
    )  # fmt: skip
    return page(
        asked, "booking/cancel.html", view, said=said, organisation=seen.organisation, brand=seen.host.name,
        home=f"/{seen.host.slug}", status=422 if count else 200, private=True,
        here=asked.href(f"{base}/cancel") if count else None,
    )  # fmt: skip

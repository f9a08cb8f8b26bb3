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
from ..http.request import PageRequest
from ..http.responses import Link, page, see_other
from .change_links import changes, giving_up, giving_up_asked, locked
from .opened import language_for, opened
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


def show(request: PageRequest) -> Response:
    """GET /m/{token}"""
    seen = opened(request, Purpose.MANAGE)
    language, state = language_for(request, seen), state_of(seen, now=request.now)
    if state in ENDED:
        return outcome_page(request, seen, state, language, proven=True)
    return manage_page(request, seen, state, language, locked=locked(request, seen, language))


def show_cancel(request: PageRequest) -> Response:
    """GET /m/{token}/cancel: nothing is cancelled before the button there is pressed."""
    seen = opened(request, Purpose.MANAGE)
    language, state = language_for(request, seen), state_of(seen, now=request.now)
    if state in ENDED:
        return outcome_page(request, seen, state, language, proven=True)
    if why := locked(request, seen, language):
        return manage_page(request, seen, state, language, locked=why)
    return _cancel_page(request, seen, language)


def cancel(request: PageRequest) -> Response:
    """POST /m/{token}/cancel. What is over already is simply shown."""
    token = request.params["token"]
    reason = several_lines(request.form.get("reason", ""))
    if len(reason) > REASON_LENGTH:
        seen = opened(request, Purpose.MANAGE)
        return _cancel_page(request, seen, language_for(request, seen), reason=reason[:NOTE_LENGTH], count=len(reason))
    try:
        actions.cancel(request.rt, token, reason=reason, now=request.now)
    except TooLate:
        seen = opened(request, Purpose.MANAGE)
        language, state = language_for(request, seen), state_of(seen, now=request.now)
        return manage_page(request, seen, state, language, locked=locked(request, seen, language), status=409)
    return see_other(request.href(f"/m/{token}"))


def manage_page(
    request: PageRequest,
    seen: SeenBooking,
    state: State,
    language: Language,
    *,
    locked: str = "",
    proven: bool = True,
    status: int = 200,
) -> Response:
    """`proven`: the reader came by the manage link, so there are links to change what is booked."""
    confirmed, booked = seen.booking.state is BookingState.CONFIRMED, state is State.BOOKED
    view = ManageView(
        title=language.text("Your booking") if confirmed else language.text("Your hold"),
        facts=facts_of(seen, zone_for(request, seen), language, state, proven=proven),
        held="" if confirmed else language.text("It is not confirmed yet."),
        changes=changes(request, seen, language) if proven else (),
        locked=locked,
        file=request.href(f"/b/{seen.booking.public_id}/invite.ics") if booked else "",
        done=language.text("Moved. An email with the new time is on its way.")
        if request.query.get("did") == "moved"
        else "",
    )
    return page(
        request,
        "links/manage.html",
        view,
        language=language,
        organisation=seen.organisation,
        brand=seen.host.name,
        home=f"/{seen.host.slug}",
        status=status,
        private=True,
    )


def _cancel_page(
    request: PageRequest, seen: SeenBooking, language: Language, *, reason: str = "", count: int = 0
) -> Response:
    """`count`: the length of a reason that is too long."""
    base, state = f"/m/{request.params['token']}", state_of(seen, now=request.now)
    wrong = (
        language.text("Shorten this to {most} characters or fewer: it has {count} now", most=REASON_LENGTH, count=count)
        if count
        else ""
    )
    view = CancelView(
        title=giving_up_asked(seen.booking, language),
        button=giving_up(seen.booking, language),
        passed_on=language.text("{name} gets to read it.", name=seen.host.name),
        facts=facts_of(seen, zone_for(request, seen), language, state, proven=True),
        action=request.href(f"{base}/cancel"),
        back=request.href(base),
        reason=reason,
        wrong=wrong,
    )
    return page(
        request,
        "links/cancel.html",
        view,
        language=language,
        organisation=seen.organisation,
        brand=seen.host.name,
        home=f"/{seen.host.slug}",
        status=422 if count else 200,
        private=True,
        here=request.href(f"{base}/cancel") if count else None,
    )

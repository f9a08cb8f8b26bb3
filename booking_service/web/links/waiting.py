"""The waiting page: what to do now, how long the time is kept, and, later, what became of it.

Its address proves nothing but having held the time. Who has it may send the email again, mend the address, or let the
time go; it confirms nothing but by the code of the mail, and shows the address masked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from starlette.responses import JSONResponse, Response

from ...actions.booking import address as address_actions
from ...actions.booking import change as change_actions
from ...actions.booking import confirm
from ...actions.booking import show as views
from ...actions.booking.show import SeenBooking
from ...domain.booking import Booking
from ...domain.errors import BookingError, StorageBusy, UnknownBooking
from ...language import Language
from ..http import errors
from ..http.forms import likely_meant, read_email
from ..http.request import PageRequest
from ..http.responses import Step, page, see_other
from ..http.security import PRIVATE
from .change_links import giving_up
from .opened import language_for, waited_for
from .outcome import outcome_page
from .state import State, page_state, state_of
from .state_text import StateText, state_text
from .summary import PageFacts, decides, facts_of, kept_until, masked, minutes_left, unheld, zone_for


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingView:
    """`done`: what was just done here. `wrong`: the field (code or email) that was refused, and why; `typed` is what
    stood in it. `unheld`: that the time is not kept. `moved`: that the host moved it. `decides`: that the host decides
    in the end. `meant`: the provider's name where the address looks misspelt."""

    state_text: StateText
    facts: PageFacts
    address: str
    meant: str
    kept: str
    left: str
    unheld: str
    moved: str
    decides: str
    sender: str
    base: str
    poll: str
    state: str
    change: str
    giving_up: str
    done: str
    wrong: tuple[str, str] | None
    typed: str


def show(request: PageRequest) -> Response:
    """GET /b/{id}"""
    seen = waited_for(request)
    language = language_for(request, seen)
    state = page_state(request, seen)
    if state in (State.WAITING, State.WITH_HOST):
        return _page(request, seen, state, language)
    return outcome_page(request, seen, state, language, proven=False)


def state_json(request: PageRequest) -> Response:
    """GET /b/{id}/state.json: what the page asks for while it is open."""
    seen = waited_for(request)
    language, state = language_for(request, seen), page_state(request, seen)
    words = state_text(seen, state, language, proven=False)
    left = minutes_left(seen.booking.hold_until, now=request.now, language=language) if state is State.WAITING else ""
    return JSONResponse({"state": str(state), "title": words.title, "text": words.text, "left": left}, headers=PRIVATE)


def resend(request: PageRequest) -> Response:
    return _act(request, "resent", lambda: address_actions.resend(request.rt, request.params["id"], now=request.now))


def correct_address(request: PageRequest) -> Response:
    seen = waited_for(request)
    language = language_for(request, seen)
    email, wrong = read_email(request.form.get("email", ""), language)
    if wrong:
        return _page_or_outcome(request, seen, language, wrong=("email", wrong), status=422)
    public_id = seen.booking.public_id
    act = partial(
        address_actions.correct_address, request.rt, public_id, email, network=request.network, now=request.now
    )
    return _act(request, "corrected", act, field="email")


def confirm_by_code(request: PageRequest) -> Response:
    code = request.form.get("code", "")[:20]
    act = partial(confirm.confirm_by_code, request.rt, request.params["id"], code, now=request.now)
    return _act(request, "", act, field="code")


def release(request: PageRequest) -> Response:
    return _act(request, "", lambda: change_actions.release(request.rt, request.params["id"], now=request.now))


def calendar_file(request: PageRequest) -> Response:
    """GET /b/{id}/invite.ics, once it is booked."""
    seen = waited_for(request)
    if state_of(seen, now=request.now) is not State.BOOKED:
        raise UnknownBooking("there is no calendar file before a booking stands")
    body = views.calendar_file(request.rt, seen, language=language_for(request, seen), now=request.now)
    headers = {**PRIVATE, "Content-Disposition": 'attachment; filename="invite.ics"'}
    return Response(body, headers=headers, media_type="text/calendar")


def _act(request: PageRequest, done: str, act: Callable[[], Booking], *, field: str = "") -> Response:
    """Do it and show the page anew; refused, show it with the reason, at the `field` if it is about one."""
    request.look("waiting_per_network")
    try:
        act()
    except UnknownBooking:
        raise
    except (BookingError, StorageBusy) as error:
        return _refused(request, error, field=field)
    return see_other(request.href(f"/b/{request.params['id']}", did=done))


def _refused(request: PageRequest, error: BookingError | StorageBusy, *, field: str) -> Response:
    seen = views.waiting(request.rt, request.params["id"])
    language = language_for(request, seen)
    if request.wants_json:
        return errors.answer(request, error)
    title, text = errors.words(error, language, request=request, zone=zone_for(request, seen))
    status, headers = errors.status_of(error), errors.retry(error, now=request.now)
    return _page_or_outcome(request, seen, language, wrong=(field, f"{title}. {text}"), status=status, headers=headers)


def _page_or_outcome(
    request: PageRequest,
    seen: SeenBooking,
    language: Language,
    *,
    wrong: tuple[str, str],
    status: int,
    headers: dict[str, str] | None = None,
) -> Response:
    state = page_state(request, seen)
    if state in (State.WAITING, State.WITH_HOST):
        return _page(request, seen, state, language, wrong=wrong, status=status, headers=headers)
    return outcome_page(request, seen, state, language, proven=False, status=status)


def _page(
    request: PageRequest,
    seen: SeenBooking,
    state: State,
    language: Language,
    *,
    wrong: tuple[str, str] | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    view = _view(request, seen, state, language, wrong=wrong)
    return page(
        request,
        "links/waiting.html",
        view,
        language=language,
        organisation=seen.organisation,
        brand=seen.host.name,
        home=f"/{seen.host.slug}",
        status=status,
        private=True,
        step=Step.CONFIRM,
        headers=headers,
        here=request.href(f"/b/{seen.booking.public_id}") if request.method == "POST" else None,
    )


def _view(
    request: PageRequest, seen: SeenBooking, state: State, language: Language, *, wrong: tuple[str, str] | None
) -> WaitingView:
    booking, zone = seen.booking, zone_for(request, seen)
    base = f"/b/{booking.public_id}"
    meant = likely_meant(booking.invitee.email)
    return WaitingView(
        state_text=state_text(seen, state, language, proven=False),
        facts=facts_of(seen, zone, language, state, proven=False),
        address=masked(booking.invitee.email),
        meant=meant.rpartition("@")[2] if meant else "",
        kept=kept_until(seen, zone, now=request.now, language=language),
        left=minutes_left(booking.hold_until, now=request.now, language=language),
        unheld=unheld(seen, language),
        moved=language.text("{host} has moved it to this time.", host=seen.host.name) if seen.followed else "",
        decides=decides(seen, language),
        sender=request.rt.settings.smtp.sender or "",
        base=request.plain(base),
        poll=request.href(f"{base}/state.json"),
        state=str(state),
        change=request.href(f"{base}/move"),
        giving_up=giving_up(booking, language),
        done=_done(request.query.get("did", ""), booking, language),
        wrong=wrong,
        typed=request.form.get(wrong[0], "")[:254] if wrong and wrong[0] else "",
    )


def _done(what: str, booking: Booking, language: Language) -> str:
    match what:
        case "resent":
            return language.text("The email is on its way again.")
        case "corrected":
            return language.text("The email goes to the new address. The link in the first one is dead.")
        case "moved" if booking.reserves:
            return language.text("The new time is kept for you.")
        case _:
            return ""

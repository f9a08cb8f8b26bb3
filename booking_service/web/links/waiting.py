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
from ..http.request import Asked
from ..http.responses import Step, page, see_other
from ..http.security import PRIVATE
from .change_links import giving_up
from .opened import said_for, waited_for
from .outcome import outcome_page
from .state import State, page_state, state_of
from .state_text import Told, told
from .summary import PageFacts, decides, facts_of, kept_until, masked, minutes_left, unheld, zone_for


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingView:
    """`done`: what was just done here. `wrong`: the field (code or email) that was refused, and why; `typed` is what
    stood in it. `unheld`: that the time is not kept. `moved`: that the host moved it. `decides`: that the host decides
    in the end. `meant`: the provider's name where the address looks misspelt."""

    told: Told
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


def show(asked: Asked) -> Response:
    """GET /b/{id}"""
    seen = waited_for(asked)
    said = said_for(asked, seen)
    state = page_state(asked, seen)
    if state in (State.WAITING, State.WITH_HOST):
        return _page(asked, seen, state, said)
    return outcome_page(asked, seen, state, said, proven=False)


def state_json(asked: Asked) -> Response:
    """GET /b/{id}/state.json: what the page asks for while it is open."""
    seen = waited_for(asked)
    said, state = said_for(asked, seen), page_state(asked, seen)
    words = told(seen, state, said, proven=False)
    left = minutes_left(seen.booking.hold_until, now=asked.now, said=said) if state is State.WAITING else ""
    return JSONResponse(
        {"state": str(state), "title": words.title, "text": words.text, "left": left}, headers=PRIVATE
    )  # fmt: skip


def resend(asked: Asked) -> Response:
    return _act(asked, "resent", lambda: address_actions.resend(asked.rt, asked.params["id"], now=asked.now))


def correct_address(asked: Asked) -> Response:
    seen = waited_for(asked)
    said = said_for(asked, seen)
    email, wrong = read_email(asked.form.get("email", ""), said)
    if wrong:
        return _page_or_outcome(asked, seen, said, wrong=("email", wrong), status=422)
    public_id = seen.booking.public_id
    act = partial(address_actions.correct_address, asked.rt, public_id, email, network=asked.network, now=asked.now)
    return _act(asked, "corrected", act, field="email")


def confirm_by_code(asked: Asked) -> Response:
    code = asked.form.get("code", "")[:20]
    act = partial(confirm.confirm_by_code, asked.rt, asked.params["id"], code, now=asked.now)
    return _act(asked, "", act, field="code")


def release(asked: Asked) -> Response:
    return _act(asked, "", lambda: change_actions.release(asked.rt, asked.params["id"], now=asked.now))


def calendar_file(asked: Asked) -> Response:
    """GET /b/{id}/invite.ics, once it is booked."""
    seen = waited_for(asked)
    if state_of(seen, now=asked.now) is not State.BOOKED:
        raise UnknownBooking("there is no calendar file before a booking stands")
    body = views.calendar_file(asked.rt, seen, said=said_for(asked, seen), now=asked.now)
    headers = {**PRIVATE, "Content-Disposition": 'attachment; filename="invite.ics"'}
    return Response(body, headers=headers, media_type="text/calendar")


def _act(asked: Asked, done: str, act: Callable[[], Booking], *, field: str = "") -> Response:
    """Do it and show the page anew; refused, show it with the reason, at the `field` if it is about one."""
    asked.look("waiting_per_network")
    try:
        act()
    except UnknownBooking:
        raise
    except (BookingError, StorageBusy) as error:
        return _refused(asked, error, field=field)
    return see_other(asked.href(f"/b/{asked.params['id']}", did=done))


def _refused(asked: Asked, error: BookingError | StorageBusy, *, field: str) -> Response:
    seen = views.waiting(asked.rt, asked.params["id"])
    said = said_for(asked, seen)
    if asked.wants_json:
        return errors.answer(asked, error)
    title, text = errors.words(error, said, asked=asked, zone=zone_for(asked, seen))
    status, headers = errors.status_of(error), errors.retry(error, now=asked.now)
    return _page_or_outcome(asked, seen, said, wrong=(field, f"{title}. {text}"), status=status, headers=headers)


def _page_or_outcome(
    asked: Asked, seen: SeenBooking, said: Language, *, wrong: tuple[str, str], status: int,
    headers: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    state = page_state(asked, seen)
    if state in (State.WAITING, State.WITH_HOST):
        return _page(asked, seen, state, said, wrong=wrong, status=status, headers=headers)
    return outcome_page(asked, seen, state, said, proven=False, status=status)


def _page(
    asked: Asked, seen: SeenBooking, state: State, said: Language, *, wrong: tuple[str, str] | None = None,
    status: int = 200, headers: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    view = _view(asked, seen, state, said, wrong=wrong)
    return page(
        asked, "booking/waiting.html", view, said=said, organisation=seen.organisation, brand=seen.host.name,
        home=f"/{seen.host.slug}", status=status, private=True, step=Step.CONFIRM, headers=headers,
        here=asked.href(f"/b/{seen.booking.public_id}") if asked.method == "POST" else None,
    )  # fmt: skip


def _view(
    asked: Asked, seen: SeenBooking, state: State, said: Language, *, wrong: tuple[str, str] | None
) -> WaitingView:
    booking, zone = seen.booking, zone_for(asked, seen)
    base = f"/b/{booking.public_id}"
    meant = likely_meant(booking.invitee.email)
    return WaitingView(
        told=told(seen, state, said, proven=False),
        facts=facts_of(seen, zone, said, state, proven=False),
        address=masked(booking.invitee.email),
        meant=meant.rpartition("@")[2] if meant else "",
        kept=kept_until(seen, zone, now=asked.now, said=said),
        left=minutes_left(booking.hold_until, now=asked.now, said=said),
        unheld=unheld(seen, said),
        moved=said.text("{host} has moved it to this time.", host=seen.host.name) if seen.followed else "",
        decides=decides(seen, said),
        sender=asked.rt.settings.smtp.sender or "",
        base=asked.plain(base),
        poll=asked.href(f"{base}/state.json"),
        state=str(state),
        change=asked.href(f"{base}/move"),
        giving_up=giving_up(booking, said),
        done=_done(asked.query.get("did", ""), booking, said),
        wrong=wrong,
        typed=asked.form.get(wrong[0], "")[:254] if wrong and wrong[0] else "",
    )


def _done(what: str, booking: Booking, said: Language) -> str:
    match what:
        case "resent":
            return said.text("The email is on its way again.")
        case "corrected":
            return said.text("The email goes to the new address. The link in the first one is dead.")
        case "moved" if booking.reserves:
            return said.text("The new time is kept for you.")
        case _:
            return ""

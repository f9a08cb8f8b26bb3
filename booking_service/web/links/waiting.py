"""The waiting page: what to do now, how long the time is kept, and later what became of it.

Its address only proves having requested the time. Its reader may send the mail again, correct the address, or release
the time; confirming takes the code in the mail. The address is shown masked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from starlette.responses import JSONResponse, Response

from ...actions.booking import address as address_actions
from ...actions.booking import change as change_actions
from ...actions.booking import confirm
from ...actions.booking import show as show_actions
from ...domain.booking import Booking
from ...domain.errors import BookingError, StorageBusy, UnknownBooking
from ...domain.people import masked_address
from ...language import Language
from ..http import errors, refusal_words
from ..http.mail_address import likely_meant, read_email
from ..http.request import PageRequest
from ..http.responses import Step, see_other
from ..http.security import PRIVATE
from .booking_page import BookingPage
from .change_links import giving_up
from .loss import lost_to_others
from .opened import waited_for, waited_for_again
from .outcome import outcome_page
from .state import PageState
from .state_text import StateText, state_text
from .summary import PageFacts, confirming, decides, facts_of, kept_until, minutes_left, unheld
from .ticks import TicksView, ticks_of


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingView:
    """`done`: what was just done. `wrong`: the refused field (code or email) and the reason; `typed`: its value.

    `unheld`: the time is not kept. `moved`: the host moved it. `decides`: the host decides afterwards. `meant`: the
    provider that a misspelt address probably means. `resend_from`: from when the mail can be sent again; "" for now.
    """

    state_text: StateText
    facts: PageFacts
    ticks: TicksView
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
    resend_from: str
    button: str


def show(request: PageRequest) -> Response:
    """GET /b/{id}"""
    return _page_or_outcome(waited_for(request))


def state_json(request: PageRequest) -> Response:
    """GET /b/{id}/state.json: requested by the open page."""
    page = lost_to_others(waited_for(request))
    words, left = state_text(page), minutes_left(page) if page.state in (PageState.WAITING, PageState.DELAYED) else ""
    body = {"state": str(page.state), "title": words.title, "text": words.text, "left": left}
    return JSONResponse(body, headers=PRIVATE)


def resend(request: PageRequest) -> Response:
    return _act(request, "resent", lambda: address_actions.resend(request.rt, request.params["id"], now=request.now))


def correct_address(request: PageRequest) -> Response:
    page = waited_for(request)
    email, wrong = read_email(request.form.get("email", ""), page.language)
    if wrong:
        return _page_or_outcome(page, wrong=("email", wrong), status=422)
    public_id = page.booking.public_id
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
    """GET /b/{id}/invite.ics, once it is confirmed."""
    page = waited_for(request)
    if page.state is not PageState.BOOKED:
        raise UnknownBooking("there is no calendar file before a booking stands")
    body = show_actions.calendar_file(request.rt, page.seen, language=page.language, now=request.now)
    headers = {**PRIVATE, "Content-Disposition": 'attachment; filename="invite.ics"'}
    return Response(body, headers=headers, media_type="text/calendar")


def _act(request: PageRequest, done: str, act: Callable[[], Booking], *, field: str = "") -> Response:
    """Act and show the page again; if refused, with the reason, at the `field` it is about."""
    request.look("waiting_per_network")
    try:
        act()
    except UnknownBooking:
        raise
    except (BookingError, StorageBusy) as error:
        return _refused(request, error, field=field)
    return see_other(request.href(request.page_path, did=done))


def _refused(request: PageRequest, error: BookingError | StorageBusy, *, field: str) -> Response:
    page = waited_for_again(request)
    if request.wants_json:
        return errors.answer(request, error)
    title, text = refusal_words.words(error, page.language, request=request, zone=page.zone)
    status, headers = errors.status_of(error), errors.retry(error, now=request.now)
    return _page_or_outcome(page, wrong=(field, f"{title}. {text}"), status=status, headers=headers)


def _page_or_outcome(
    opened_page: BookingPage,
    *,
    wrong: tuple[str, str] | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    page = lost_to_others(opened_page)
    if page.state not in (PageState.WAITING, PageState.DELAYED, PageState.WITH_HOST):
        return outcome_page(page, status=status)
    frame = replace(page.frame, step=Step.CONFIRM)
    return page.respond("links/waiting.html", _view(page, wrong=wrong), frame=frame, status=status, headers=headers)


def _view(page: BookingPage, *, wrong: tuple[str, str] | None) -> WaitingView:
    request, booking, language = page.request, page.booking, page.language
    meant = likely_meant(booking.invitee.email)
    return WaitingView(
        state_text=state_text(page),
        facts=facts_of(page),
        ticks=ticks_of(page),
        address=masked_address(booking.invitee.email),
        meant=meant.rpartition("@")[2] if meant else "",
        kept=kept_until(page),
        left=minutes_left(page),
        unheld=unheld(page),
        moved=language.text("{host} has moved it to this time.", host=page.host.name) if page.seen.followed else "",
        decides=decides(page),
        sender=request.rt.settings.smtp.sender or "",
        base=request.plain(request.page_path),
        poll=page.href("/state.json"),
        state=str(page.state),
        change=page.href("/move"),
        giving_up=giving_up(booking, language),
        done=_done(request.query.get("did", ""), booking, language),
        wrong=wrong,
        typed=request.form.get(wrong[0], "")[:254] if wrong and wrong[0] else "",
        button=confirming(page),
        resend_from=_resend_from(page) if page.state is PageState.WAITING else "",
    )


def _resend_from(page: BookingPage) -> str:
    again_at = page.seen.resend_from
    if again_at is None:
        return ""
    time = refusal_words.from_when(again_at, page.language, now=page.now, zone=page.zone)
    return page.language.text("It can be sent again from {time}.", time=time)


def _done(what: str, booking: Booking, language: Language) -> str:
    match what:
        case "resent":
            return language.text("The email is on its way again.")
        case "corrected":
            return language.text("The email goes to the new address. The link in the first one no longer works.")
        case "moved" if booking.reserves:
            return language.text("The new time is kept for you.")
        case _:
            return ""

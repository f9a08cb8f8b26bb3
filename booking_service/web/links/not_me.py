"""The page for somebody who got a mail that they did not ask for."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.access import mailbox_blocks
from ...actions.booking import change
from ...crypto.tokens import LinkPurpose
from ...domain.booking import BookingState
from ..http.request import PageRequest
from ..http.responses import Link, see_other
from .booking_page import BookingPage
from .change_links import changes
from .contact_page import press_of
from .opened import opened
from .summary import PageFacts, facts_of

_PAGE = "/x"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMeView:
    """`held`: something can be given up by `button`. `over`: what became of it. `booked`: it was confirmed; see
    `changes`.

    `take_back`: where the mailbox is unblocked; "" where it isn't blocked.
    """

    facts: PageFacts
    address: str
    title: str
    held: bool
    booked: bool
    done: str
    over: str
    button: str
    action: str
    take_back: str
    changes: tuple[Link, ...]


def show(request: PageRequest) -> Response:
    """GET /x/{token}: what happened; changes nothing."""
    page = opened(request, LinkPurpose.NOT_ME)
    booking, language = page.booking, page.language
    booked = booking.state is BookingState.CONFIRMED
    held = booking.blocks(page.now) and not booked
    blocked = mailbox_blocks.stands(request.rt, booking.invitee.email)
    done = _done(request.query.get("did", ""), blocked=blocked)
    view = NotMeView(
        facts=facts_of(page),
        address=booking.invitee.email,
        title=_title(page, done, blocked=blocked),
        held=held,
        booked=booked,
        done=done,
        over=_over(page),
        button=_button(page) if held else language.text("Send"),
        action=page.href(),
        take_back=page.href("/again") if blocked else "",
        changes=changes(page) if booked else (),
    )
    return page.respond("links/not_me.html", view)


def release(request: PageRequest) -> Response:
    """POST /x/{token}: free the time; with the box ticked also block the mailbox and end all use."""
    block, language = request.form.get("block") == "yes", opened(request, LinkPurpose.NOT_ME).language
    press = press_of(request, language, page=_PAGE)
    change.not_me(request.rt, request.params["token"], block=block, press=press, now=request.now)
    return see_other(request.href(request.page_path, did="blocked" if block else "released"))


def write_again(request: PageRequest) -> Response:
    """POST /x/{token}/again: unblock the mailbox."""
    mailbox_blocks.take_back(request.rt, request.params["token"], now=request.now)
    return see_other(request.href(request.page_path, did="again"))


def _done(did: str, *, blocked: bool) -> str:
    """What was just done, as far as it is still so."""
    known = {"released", "blocked"} if blocked else {"released", "again"}
    return did if did in known else ""


def _title(page: BookingPage, done: str, *, blocked: bool) -> str:
    if done:
        return page.language.text("Done")
    if blocked:
        return page.language.text("We send no email to this address")
    return page.language.text("Did you not ask for this?")


def _button(page: BookingPage) -> str:
    language = page.language
    return language.text("Release the time now") if page.booking.reserves else language.text("Withdraw the request now")


def _over(page: BookingPage) -> str:
    language = page.language
    if page.booking.state is BookingState.CONFIRMED:
        return language.text("This booking has already been confirmed, so it still stands.")
    if not page.booking.reserves:
        return language.text("The request is withdrawn.")
    return language.text("The time is free for others again.")

"""The page of a live booking, with what can be changed, or why nothing can."""

from dataclasses import dataclass

from starlette.responses import Response

from ...domain.booking import BookingState
from ..http.responses import Link
from .booking_page import BookingPage
from .change_links import changes
from .state import PageState
from .state_text import no_email
from .summary import PageFacts, facts_of
from .ticks import TicksView, ticks_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingView:
    """`held`: it is not confirmed yet. `locked`: why it can't be changed here, and whom to write to. `done`: just
    done."""

    title: str
    facts: PageFacts
    ticks: TicksView
    held: str
    changes: tuple[Link, ...]
    locked: str
    file: str
    done: str


def standing_page(page: BookingPage, *, locked: str, status: int = 200) -> Response:
    """The page; only the manage link gets links for changes."""
    language = page.language
    confirmed, booked = page.booking.state is BookingState.CONFIRMED, page.state is PageState.BOOKED
    view = StandingView(
        title=language.text("Your booking") if confirmed else language.text("Your hold"),
        facts=facts_of(page),
        ticks=ticks_of(page),
        held="" if confirmed else language.text("It is not confirmed yet."),
        changes=changes(page) if page.proven else (),
        locked=locked,
        file=page.request.href(f"/b/{page.booking.public_id}/invite.ics") if booked else "",
        done=_moved(page) if page.request.query.get("did") == "moved" else "",
    )
    return page.respond("links/manage.html", view, status=status)


def _moved(page: BookingPage) -> str:
    language = page.language
    if page.seen.silent:
        return f"{language.text('Moved.')} {no_email(page)}"
    return language.text("Moved. An email with the new time is on its way.")

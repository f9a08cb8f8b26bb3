"""The booking behind the link or the waiting page of a request."""

from ...actions.access.link_opens import note
from ...actions.booking import show as views
from ...actions.booking.show import SeenBooking
from ...crypto.tokens import Purpose
from ...domain.errors import UnknownBooking
from ...domain.text import one_line
from ...language import Language
from ..http.request import PageRequest


def opened(request: PageRequest, purpose: Purpose) -> SeenBooking:
    """The booking behind the link of a page. Raises UnknownBooking, and TooManyRequests for who tries many."""
    request.look("open_link_per_network")
    request.refuse_guessing()
    try:
        seen = views.opened(request.rt, request.params["token"], purpose)
    except UnknownBooking:
        request.look("unknown_links_per_network")
        raise
    note_visit(request, seen, purpose)
    return seen


def note_visit(request: PageRequest, seen: SeenBooking, purpose: Purpose) -> None:
    """For the timeline: who opens links before, or instead of, a person."""
    note(
        request.rt,
        seen.booking.id,
        purpose=str(purpose),
        method=request.method,
        agent=one_line(request.headers.get("user-agent", "")),
        network=request.network,
        now=request.now,
    )


def language_for(request: PageRequest, seen: SeenBooking) -> Language:
    return request.choose_language(seen.organisation, stored=seen.booking.invitee.language, host=seen.host.language)


def waited_for(request: PageRequest) -> SeenBooking:
    """The booking of a waiting page. Raises UnknownBooking,
    and TooManyRequests for who asks without end or tries many."""
    request.look("waiting_per_network")
    request.refuse_guessing()
    try:
        return views.waiting(request.rt, request.params["id"])
    except UnknownBooking:
        request.look("unknown_links_per_network")
        raise

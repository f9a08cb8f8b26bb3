"""The booking behind a request's link or waiting page."""

from collections.abc import Callable
from uuid import UUID
from zoneinfo import ZoneInfo

from ...actions.access.link_opens import note
from ...actions.booking import show
from ...actions.booking.show import SeenBooking
from ...crypto.tokens import LinkPurpose
from ...domain.errors import UnknownBooking
from ...domain.meeting import shown_zone
from ...domain.text import one_line
from ...language import Language
from ..http.request import PageRequest
from .booking_page import BookingPage
from .state import state_of

_PROVING = frozenset({LinkPurpose.CONFIRM, LinkPurpose.MANAGE, LinkPurpose.NOT_ME, LinkPurpose.ACT})


def opened(request: PageRequest, purpose: LinkPurpose) -> BookingPage:
    """The page of a mailed link's booking.

    Raises UnknownBooking; TooManyRequests: the network opens many links, or tries many unknown ones.
    """
    request.look("open_link_per_network")
    page = _found(request, purpose, lambda: show.opened(request.rt, request.params["token"], purpose, now=request.now))
    note_visit(request, page.booking.id, purpose)
    return page


def opened_again(request: PageRequest, purpose: LinkPurpose) -> BookingPage:
    """The page again within one request, after an attempt; nothing is counted or noted again."""
    return _page(request, show.opened(request.rt, request.params["token"], purpose, now=request.now), purpose)


def waited_for(request: PageRequest) -> BookingPage:
    """The page of a waiting page's booking; its address proves nothing.

    Raises UnknownBooking; TooManyRequests: the network asks too often, or tries many unknown ones.
    """
    request.look("waiting_per_network")
    return _found(request, None, lambda: show.waiting(request.rt, request.params["id"], now=request.now))


def waited_for_again(request: PageRequest) -> BookingPage:
    """The page again within one request, after an attempt; nothing is counted again."""
    return _page(request, show.waiting(request.rt, request.params["id"], now=request.now), None)


def note_visit(request: PageRequest, booking_id: UUID, purpose: LinkPurpose) -> None:
    """Note for the timeline who opened a link, as programs open links before people do."""
    note(
        request.rt,
        booking_id,
        purpose=str(purpose),
        method=request.method,
        agent=one_line(request.headers.get("user-agent", "")),
        network=request.network,
        now=request.now,
    )


def _found(request: PageRequest, purpose: LinkPurpose | None, look: Callable[[], SeenBooking]) -> BookingPage:
    return _page(request, request.known(look, UnknownBooking), purpose)


def _page(request: PageRequest, seen: SeenBooking, purpose: LinkPurpose | None) -> BookingPage:
    language, zone = _reader(request, seen, purpose)
    return BookingPage(
        request=request,
        seen=seen,
        language=language,
        zone=zone,
        state=state_of(seen, now=request.now),
        proven=purpose in _PROVING,
    )


def _reader(request: PageRequest, seen: SeenBooking, purpose: LinkPurpose | None) -> tuple[Language, ZoneInfo]:
    """The reader's language and zone."""
    host, invitee = seen.host, seen.booking.invitee
    if purpose is LinkPurpose.ACT:
        return request.choose_language(seen.organisation, stored=host.language, host=host.language), host.zone
    language = request.choose_language(seen.organisation, stored=invitee.language, host=host.language)
    return language, shown_zone(seen.meeting, host.zone, chosen=request.zone, kept=invitee.zone)

"""The filter of a list of bookings in its address."""

from collections.abc import Sequence
from uuid import UUID

from ...domain.booking_filter import BookingFilter, Which
from ...domain.errors import NotFound
from ...domain.meeting import MeetingType
from ..http.signed_in_pages import SignedInRequest

LONGEST = 100  # of the search text


def host_id_of(request: SignedInRequest) -> UUID:
    if request.person.host_id is None:
        raise NotFound("nobody can book the time of this person")
    return request.person.host_id


def wanted_in(request: SignedInRequest, kinds: Sequence[MeetingType]) -> BookingFilter:
    """The filter; unreadable parts are ignored."""
    state, slug = request.query.get("state", ""), request.query.get("type", "")
    return BookingFilter(
        which=Which(state) if state in set(Which) else Which.UPCOMING,
        meeting_id=next((each.id for each in kinds if each.slug == slug), None),
        text=" ".join(request.query.get("q", "")[:LONGEST].split()),
    )

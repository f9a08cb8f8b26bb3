"""Which bookings a list is asked for, read from its address."""

from collections.abc import Sequence
from uuid import UUID

from ...domain.errors import NotFound
from ...domain.meeting import MeetingType
from ...domain.search import Wanted, Which
from ..http.signed_in import SignedInRequest

LONGEST = 100  # of what is looked for


def host_id_of(request: SignedInRequest) -> UUID:
    if request.person.host_id is None:
        raise NotFound("nobody can book the time of this person")
    return request.person.host_id


def wanted_in(request: SignedInRequest, kinds: Sequence[MeetingType]) -> Wanted:
    """What the address asks for; what can't be read is as if it were not there."""
    state, slug = request.query.get("state", ""), request.query.get("type", "")
    return Wanted(
        which=Which(state) if state in set(Which) else Which.UPCOMING,
        meeting_id=next((each.id for each in kinds if each.slug == slug), None),
        text=" ".join(request.query.get("q", "")[:LONGEST].split()),
    )

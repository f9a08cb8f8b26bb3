"""The offering that a public address names."""

from ...actions.times.offers import Offering, find_public
from ..http.request import PageRequest


def offering_of(request: PageRequest) -> Offering:
    """Raises UnknownMeeting; OneTimeOnly: it needs a one-time link."""
    host, meeting = request.params["host"], request.params["meeting"]
    return find_public(request.rt, host, meeting, one_time=request.one_time is not None, now=request.now)

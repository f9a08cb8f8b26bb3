"""Why a password of a calendar was not tried, in the host's language."""

from ...domain.errors import TooManyRequests
from ..http.signed_in import SignedInRequest


def too_many_tries(request: SignedInRequest, refused: TooManyRequests) -> str:
    """That a password was not tried, and from when on it will be."""
    zone = request.person.zone
    again = request.language.instant(refused.again_at, zone, today=request.now.astimezone(zone).date())
    return request.language.text(
        "It was not tried: too many passwords were tried at this server, which would lock the account there. Try again from "
        "{time} on, and enter it again then.",
        time=again,
    )

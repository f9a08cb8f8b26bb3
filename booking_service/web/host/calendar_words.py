"""When a calendar was last read, and why a password was not tried, in the host's language."""

from datetime import timedelta

from ...domain.errors import TooManyRequests
from ...language import Language
from ..http.signed_in_pages import SignedInRequest


def too_many_tries(request: SignedInRequest, refused: TooManyRequests) -> str:
    """A password was not tried, and from when on it can be."""
    zone = request.person.zone
    again = request.language.instant(refused.again_at, zone, today=request.now.astimezone(zone).date())
    return request.language.text(
        "We did not try it: too many passwords were tried on this server, and another would lock the "
        "account there. Enter it again after {time}.",
        time=again,
    )


def read_ago(length: timedelta, language: Language) -> str:
    """ "Read 2 minutes ago"; "just now" within the first minute."""
    if length < timedelta(minutes=1):
        return language.text("Read just now")
    return language.text("Read {time} ago", time=language.duration(length))

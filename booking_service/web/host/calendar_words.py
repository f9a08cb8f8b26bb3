"""When a calendar was read, and why a password of it was not tried, in the host's language."""

from datetime import timedelta

from ...domain.errors import TooManyRequests
from ...language import Language
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


def read_ago(length: timedelta, language: Language) -> str:
    """Read 2 minutes ago; within the first minute, just now"""
    if length < timedelta(minutes=1):
        return language.text("Read just now")
    return language.text("Read {time} ago", time=language.duration(length))

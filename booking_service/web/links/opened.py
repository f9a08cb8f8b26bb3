"""The booking behind the link or the waiting page of a request."""

from ...actions.access.link_opens import note
from ...actions.booking import show as views
from ...actions.booking.show import SeenBooking
from ...crypto.tokens import Purpose
from ...domain.errors import UnknownBooking
from ...domain.text import one_line
from ...language import Language
from ..http.request import Asked


def opened(asked: Asked, purpose: Purpose) -> SeenBooking:
    """The booking behind the link of a page. Raises UnknownBooking, and TooManyRequests for who tries many."""
    asked.look("open_link_per_network")
    asked.refuse_guessing()
    try:
        seen = views.opened(asked.rt, asked.params["token"], purpose)
    except UnknownBooking:
        asked.look("unknown_links_per_network")
        raise
    note_visit(asked, seen, purpose)
    return seen


def note_visit(asked: Asked, seen: SeenBooking, purpose: Purpose) -> None:
    """For the timeline: who opens links before, or instead of, a person."""
    note(
        asked.rt, seen.booking.id, purpose=str(purpose), method=asked.method,
        agent=one_line(asked.headers.get("user-agent", "")), network=asked.network, now=asked.now,
    )  # fmt: skip


def said_for(asked: Asked, seen: SeenBooking) -> Language:
    return asked.speak(seen.organisation, stored=seen.booking.invitee.language, host=seen.host.language)


def waited_for(asked: Asked) -> SeenBooking:
    """The booking of a waiting page. Raises UnknownBooking,
    and TooManyRequests for who asks without end or tries many."""
    asked.look("waiting_per_network")
    asked.refuse_guessing()
    try:
        return views.waiting(asked.rt, asked.params["id"])
    except UnknownBooking:
        asked.look("unknown_links_per_network")
        raise

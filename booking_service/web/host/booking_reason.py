"""What a host writes about something they do: to the invitee, or for the record."""

from ...domain.text import NOTE_LENGTH, several_lines
from ..http.request import PageRequest


def reason_of(request: PageRequest) -> str:
    """What was typed, no longer than a page can show again; more than REASON_LENGTH is refused."""
    return several_lines(request.form.get("reason", ""))[:NOTE_LENGTH]

"""A host's reason or message about an act."""

from ...domain.text import NOTE_LENGTH, several_lines
from ..http.request import PageRequest


def reason_of(request: PageRequest) -> str:
    """The text as typed, at most what a page can show again; more than REASON_LENGTH is refused later."""
    return several_lines(request.form.get("reason", ""))[:NOTE_LENGTH]

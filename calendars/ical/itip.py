"""Scheduling messages (iTIP, RFC 5546): what invitees and guests get by mail, and what their clients reply."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from ..model import Address, Attendee, Event, EventStatus
from .ics import calendar, properties
from .lines import line, tidy_line

# Properties for the host's calendar only, such as marks and the page behind the sign-in.
_AT_HOME = {"LAST-MODIFIED", "COLOR", "CATEGORIES", "URL"}


def request(event: Event, *, organizer: Address, attendees: Sequence[Attendee], stamped_at: datetime) -> bytes:
    """METHOD:REQUEST (RFC 5546 §3.2.2): an invitation, or its update with a higher SEQUENCE."""
    return _message(
        "REQUEST", replace(event, status=EventStatus.CONFIRMED, stamped_at=stamped_at), organizer, attendees
    )


def cancel(event: Event, *, organizer: Address, attendees: Sequence[Attendee], stamped_at: datetime) -> bytes:
    """METHOD:CANCEL (RFC 5546 §3.2.5) to those who had a REQUEST. The caller raises SEQUENCE."""
    return _message("CANCEL", replace(event, status=EventStatus.CANCELLED, stamped_at=stamped_at), organizer, attendees)


def _message(method: str, event: Event, organizer: Address, attendees: Iterable[Attendee]) -> bytes:
    ours = [text for name, text in properties(replace(event, marks={})) if name not in _AT_HOME]
    return calendar([*ours, *people(organizer, attendees)], method=method)


def people(organizer: Address, attendees: Iterable[Attendee], *, agent: str = "") -> Iterator[str]:
    """ORGANIZER and ATTENDEEs. `agent`: who mails the attendees, SERVER or CLIENT (RFC 6638 §7.1)."""
    yield line("ORGANIZER", f"mailto:{_mailbox(organizer.email)}", _name(organizer))
    for each in attendees:
        yield line(
            "ATTENDEE",
            f"mailto:{_mailbox(each.address.email)}",
            [
                *_name(each.address),
                ("CUTYPE", "INDIVIDUAL"),
                ("ROLE", "REQ-PARTICIPANT"),
                ("PARTSTAT", "ACCEPTED" if each.accepted else "NEEDS-ACTION"),
                ("RSVP", "FALSE"),
                *([("SCHEDULE-AGENT", agent)] if agent else []),
            ],
        )


def _name(address: Address) -> list[tuple[str, str]]:
    return [("CN", address.name)] if tidy_line(address.name) else []


def _mailbox(email: str) -> str:
    """A mail address as part of a URI, escaped so that it can't end the line or begin another value."""
    return "".join(char for char in tidy_line(email) if char not in ' ",;:<>\\')

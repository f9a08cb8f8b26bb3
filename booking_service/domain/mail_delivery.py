"""Whether mails of a booking reach its invitee, as told by its timeline."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from .effects import MailKind, MailRole
from .timeline import Happened

TELLING = frozenset({Happened.MAILED, Happened.MAIL_DEAD, Happened.ADDRESS_CORRECTED, Happened.OPENED})
_WITH_THE_LINK = frozenset({MailKind.CONFIRM_BOOKING, MailKind.HOLD_REMINDER})


@dataclass(frozen=True, slots=True)
class MailDelivery:
    """Delivery to the invitee's present address.

    `link_sent_at`: the last mail with the link. `opened_at`: the last time that a link of the booking was opened.
    `failed`: the newest mail could not be delivered, for the reason `answer` that the mail server gave.
    """

    link_sent_at: datetime | None = None
    opened_at: datetime | None = None
    failed: bool = False
    answer: str = ""


UNKNOWN = MailDelivery()


def delivery(happened: Iterable[tuple[Happened, datetime, Mapping[str, str]]]) -> MailDelivery:
    """Read a timeline: word, instant and details of each entry, oldest first."""
    found = UNKNOWN
    for what, at, detail in happened:
        to_invitee = detail.get("to") == MailRole.INVITEE
        match what:
            case Happened.ADDRESS_CORRECTED:
                found = UNKNOWN
            case Happened.OPENED:
                found = replace(found, opened_at=at)
            case Happened.MAIL_DEAD if to_invitee:
                found = replace(found, failed=True, answer=detail.get("answer", ""))
            case Happened.MAILED if to_invitee and detail.get("kind") in _WITH_THE_LINK:
                found = replace(found, link_sent_at=at, failed=False, answer="")
            case Happened.MAILED if to_invitee:
                found = replace(found, failed=False, answer="")
            case _:
                pass
    return found

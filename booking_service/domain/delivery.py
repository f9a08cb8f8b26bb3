"""Whether the mails of a booking reach its invitee, as far as its timeline tells."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from .effects import MailKind, MailRole
from .timeline import Happened

TELLING = frozenset({Happened.MAILED, Happened.MAIL_DEAD, Happened.ADDRESS_CORRECTED, Happened.OPENED})
_WITH_THE_LINK = frozenset({MailKind.CONFIRM_BOOKING, MailKind.HOLD_REMINDER})


@dataclass(frozen=True, slots=True)
class Delivery:
    """Of mails to the invitee's present address. `link_sent_at`: when the link to confirm left last; `opened_at`: when one of
    the booking's links was opened last. `failed`: the newest of all mails to them could not be delivered, and `answer`:
    what the other server said."""

    link_sent_at: datetime | None = None
    opened_at: datetime | None = None
    failed: bool = False
    answer: str = ""


UNKNOWN = Delivery()


def delivery(happened: Iterable[tuple[Happened, datetime, Mapping[str, str]]]) -> Delivery:
    """What happened, when, and what is known beside; in the order in which it did."""
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

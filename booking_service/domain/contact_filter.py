"""Which contacts a list shows."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from .consent import Act, Asked, Basis

NEVER, EXPIRED, STOPPED = "never", "expired", "stopped"  # `standing` beside bases and questions
EVER_ASKED = "asked"  # whatever came of the question
STANDINGS = (
    *(NEVER, EVER_ASKED, Asked.PENDING.value, *(each.value for each in Basis if each is not Basis.NONE)),
    *(Asked.DECLINED.value, Asked.LAPSED.value, EXPIRED, STOPPED),
)
NO_SOURCE = "no-source"  # the source or date of a consent given elsewhere is missing
NO_ADDRESS = "no-address"  # a consent to mails, without an address
NO_NUMBER = "no-number"  # a consent to calls, without a number
CONTRADICTORY = "contradictory"  # given for another number than the contact has now
LACKING = (NO_SOURCE, NO_ADDRESS, NO_NUMBER, CONTRADICTORY)
LISTS = (*STANDINGS, *LACKING)
MOVES_NOBODY = (Act.MAILED, Act.USED, Act.FORGOTTEN)  # entries about mails, uses and deleted details


class ContactCursor(NamedTuple):
    """Where a contact stands in a list: by its latest change.

    A contact that changes while pages are turned moves to the first page; no other is left out or shown twice.
    """

    changed_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which contacts are wanted; an empty field matches all.

    `standing`: one of LISTS; all of STANDINGS exclude each other, but for "asked". `text`: words in the name or
    address, a phone number, or the id of a consent.
    """

    purpose: str = ""
    standing: str = ""
    source: str = ""
    given_from: date | None = None
    given_to: date | None = None
    optin_id: str = ""
    text: str = ""

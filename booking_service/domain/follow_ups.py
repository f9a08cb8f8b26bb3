"""What follows from an answer about a purpose: who is told of a yes, and, if they were, of its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from .purposes import PurposeKind

OLD_SECRET_LASTS = timedelta(hours=24)  # beside the new one, so that receivers can change over
ADDRESS_LENGTH = 500
GIVEN_UP_AFTER = timedelta(hours=48)  # where it rests meanwhile, and is tried less often than others
_RESTS_AFTER = 3  # tries in a row that failed: one thing that it refuses keeps no other back
_FIRST_REST = timedelta(minutes=1)
_LONGEST_REST = timedelta(hours=1)


class FollowUpEvent(StrEnum):
    """What happened; the spelling is the type that webhooks carry."""

    GRANTED = "consent.granted"
    ENDED = "consent.ended"


class Audience(StrEnum):
    """Who is told; partners and staff by mail."""

    WEBHOOK = "webhook"
    PARTNER = "partner"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """`url`: the webhook that is told; `address`: who is told by mail in place of one. `secret` and `old_secret` are sealed; the old one signs as well, until `old_until`.

    `failures`: tries that failed since one succeeded, the first of them at `failing_since`, the last for the reason `error`;
    `rests_until`: nothing is tried before then.
    """

    id: UUID
    purpose: str
    url: str = ""
    secret: str = ""
    audience: Audience = Audience.WEBHOOK
    address: str = ""
    old_secret: str = ""
    old_until: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    error: str = ""
    rests_until: datetime | None = None
    made_at: datetime
    by: str

    @property
    def secret_mark(self) -> str:
        """Tells its secret from those before and after it, without showing it."""
        return sha256(self.secret.encode()).hexdigest()[:16]


def rest(failures: int) -> timedelta | None:
    """For how long nothing is told after so many tries in a row that failed; each of these pauses is twice the one before."""
    if failures < _RESTS_AFTER:
        return None
    return min(_FIRST_REST * (1 << min(failures - _RESTS_AFTER, 10)), _LONGEST_REST)


def covered(kind: PurposeKind, *, address: str, phone: str, name: str) -> Mapping[str, str]:
    """What of a contact a consent of this kind lets others have: for mails no number, for calls no address."""
    known = {"address": address, "phone": phone, "name": name}
    left_out = {PurposeKind.EMAIL: "phone", PurposeKind.PHONE: "address"}.get(kind)
    return {what: text for what, text in known.items() if text and what != left_out}

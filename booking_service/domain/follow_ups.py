"""Who is told of what happens here: of answers about a purpose, a yes and its end; or of bookings and calendars."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from .purposes import PurposeKind

OLD_SECRET_LASTS = timedelta(hours=24)  # beside the new one, so that receivers have time to change over
ADDRESS_LENGTH = 500
GIVEN_UP_AFTER = timedelta(hours=48)  # it rests in between, and is tried less often than others
_WAITS = tuple(timedelta(minutes=each) for each in (1, 5, 15, 30, 60, 120, 240, 360, 600))  # ten tries in 24 hours
_RESTS_AFTER = 3  # failed tries in a row; a single refused item delays no other
_FIRST_REST = timedelta(minutes=1)
_LONGEST_REST = timedelta(hours=1)


class FollowUpEvent(StrEnum):
    """What happened. The value is the event type in a webhook's body."""

    GRANTED = "consent.granted"
    ENDED = "consent.ended"


class Audience(StrEnum):
    """Who is told: webhooks, or partners and staff by mail."""

    WEBHOOK = "webhook"
    PARTNER = "partner"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """Whom a rule tells: the webhook at `url`, or by mail the `address`.

    `purpose`: of answers to this one. Where it is "", of bookings and calendars: of the host `host_id`, or of everybody
    where that is None. `secret`, `old_secret`: sealed; the old one signs as well until `old_until`. `failures`: failed
    tries since the last success, the first at `failing_since`, the last for the reason `error`. `rests_until`: no try
    before then.
    """

    id: UUID
    purpose: str
    host_id: UUID | None = None
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
        """A mark by which a change of the secret is noticed without showing it."""
        return sha256(self.secret.encode()).hexdigest()[:16]


def retry_after(tries: int) -> timedelta | None:
    """How long one message waits after so many tries that failed; None: it was tried often enough."""
    return _WAITS[tries - 1] if tries <= len(_WAITS) else None


def rest(failures: int) -> timedelta | None:
    """The pause after so many failed tries in a row, each twice the one before; None for no pause."""
    if failures < _RESTS_AFTER:
        return None
    return min(_FIRST_REST * (1 << min(failures - _RESTS_AFTER, 10)), _LONGEST_REST)


def covered(kind: PurposeKind, *, address: str, phone: str, name: str) -> Mapping[str, str]:
    """The details of a contact that a consent of this kind covers: no number for mails, no address for calls."""
    known = {"address": address, "phone": phone, "name": name}
    left_out = {PurposeKind.EMAIL: "phone", PurposeKind.PHONE: "address"}.get(kind)
    return {what: text for what, text in known.items() if text and what != left_out}

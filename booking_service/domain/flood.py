"""Whether the service is being flooded: many small requests from many networks, each within its limits."""

from dataclasses import dataclass
from enum import StrEnum

from .hold_budget import HALF

_UNCONFIRMED = 3  # times as many as confirmed ones
_FEW = 10  # so many end unconfirmed on any ordinary day


class Flood(StrEnum):
    """By what a flood is noticed."""

    MAILS = "mails"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCounts:
    """What was asked for lately.

    `mails`: to invitees who have confirmed nothing, including waiting ones, of the `most` that may leave (0: no limit).
    `unconfirmed`, `confirmed`: bookings of the last day.
    """

    mails: int = 0
    most: int = 0
    unconfirmed: int = 0
    confirmed: int = 0

    @property
    def floods(self) -> tuple[Flood, ...]:
        """The floods that are going on now."""
        found = {
            Flood.MAILS: 0 < self.most * HALF <= self.mails,
            Flood.UNCONFIRMED: self.unconfirmed > max(_FEW, _UNCONFIRMED * self.confirmed),
        }
        return tuple(flood for flood, is_on in found.items() if is_on)

"""Whether so much is asked for that nobody confirms that whoever runs the service is to look: many small requests from many
networks each keep within the limits."""

from dataclasses import dataclass
from enum import StrEnum

from .hold_budget import HALF

_UNCONFIRMED = 3  # times as many as were confirmed
_FEW = 10  # end unconfirmed on any day


class Flood(StrEnum):
    """By what it is known."""

    MAILS = "mails"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for lately. `mails`: to invitees who have confirmed nothing, those that wait among them, of the `most` that
    may leave; 0 where any number may. `unconfirmed`, `confirmed`: bookings of the last day."""

    mails: int = 0
    most: int = 0
    unconfirmed: int = 0
    confirmed: int = 0

    @property
    def floods(self) -> tuple[Flood, ...]:
        """Those that go on now."""
        found = {
            Flood.MAILS: 0 < self.most * HALF <= self.mails,
            Flood.UNCONFIRMED: self.unconfirmed > max(_FEW, _UNCONFIRMED * self.confirmed),
        }
        return tuple(flood for flood, is_on in found.items() if is_on)

"""Whether people may change a field of their profile, on their own page and by the mailed link that confirms it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .privacy import PendingChange


class Unchangeable(StrEnum):
    """Why a person can't change a field, or why a mailed link changes nothing."""

    UNKNOWN = "unknown"  # the field was deleted
    NOT_THEIRS = "not-theirs"  # the organisation does not let people change it
    STOPPED = "stopped"  # all use of their data is stopped
    ENDED = "ended"  # they ended the consent that allows to keep it
    NOT_ALLOWED = "not-allowed"  # they never gave the consent that allows to keep it
    REPLACED = "replaced"  # they asked for another value since
    NEWER = "newer"  # the value was set after they asked
    FORGOTTEN = "forgotten"  # what they typed is no longer stored
    UNREADABLE = "unreadable"  # no key of this installation decrypts it


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldOfPerson:
    """A field as one person has it.

    `stopped`: all use of their data is stopped. `locked`: they ended the consent that allows to keep it. `allowed`:
    that consent stands, or none is needed. `set_at`: when the present value was set; None where nobody recorded that.
    """

    editable: bool
    stopped: bool
    locked: bool
    allowed: bool
    set_at: datetime | None = None

    def refusal(self) -> Unchangeable | None:
        """Why the person can't change it now; None where they can."""
        if not self.editable:
            return Unchangeable.NOT_THEIRS
        if self.stopped:
            return Unchangeable.STOPPED
        if self.locked:
            return Unchangeable.ENDED
        return None if self.allowed else Unchangeable.NOT_ALLOWED


def press_refusal(change: PendingChange, field: FieldOfPerson | None) -> Unchangeable | None:
    """Why pressing the button behind the mailed link would change nothing; None where it would. `field`: None once
    deleted.

    A value set after they asked wins, as they may not know of it; they are told so.
    """
    if change.replaced:
        return Unchangeable.REPLACED
    if field is None:
        return Unchangeable.UNKNOWN
    if (refused := field.refusal()) is not None:
        return refused
    if field.set_at is not None and field.set_at > change.made_at:
        return Unchangeable.NEWER
    return Unchangeable.FORGOTTEN if change.forgotten else None

"""Whether people may change what stands in a field of theirs, on their own page and by the press behind the mailed link."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .privacy import PendingChange


class Unchangeable(StrEnum):
    """Why a person can't change a field, or a press behind a mailed link changes nothing."""

    UNKNOWN = "unknown"  # there is no such field any more
    NOT_THEIRS = "not-theirs"  # the organisation does not let people change it
    STOPPED = "stopped"  # all use of their data is
    ENDED = "ended"  # they ended what allows to keep it
    NOT_ALLOWED = "not-allowed"  # nobody agreed to what allows to keep it
    REPLACED = "replaced"  # they asked for something else since
    NEWER = "newer"  # what stands there was set since they asked
    FORGOTTEN = "forgotten"  # what they typed is not kept any more
    UNREADABLE = "unreadable"  # no key here opens it


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldOfPerson:
    """A field as it is for one person. `stopped`: all use of their data; `locked`: they ended what allows to keep it; `allowed`: what
    has to allow it does, or nothing has to; `set_at`: since when what stands there counts, None of what nobody wrote down."""

    editable: bool
    stopped: bool
    locked: bool
    allowed: bool
    set_at: datetime | None = None

    def refusal(self) -> Unchangeable | None:
        """Why the person can't have anything else stand in it now."""
        if not self.editable:
            return Unchangeable.NOT_THEIRS
        if self.stopped:
            return Unchangeable.STOPPED
        if self.locked:
            return Unchangeable.ENDED
        return None if self.allowed else Unchangeable.NOT_ALLOWED


def press_refusal(change: PendingChange, field: FieldOfPerson | None) -> Unchangeable | None:
    """Why the press behind the link of a change would change nothing. What was set since they asked stays: they may not know of
    it, and are told. None of `field`: it is not there any more."""
    if change.replaced:
        return Unchangeable.REPLACED
    if field is None:
        return Unchangeable.UNKNOWN
    if (refused := field.refusal()) is not None:
        return refused
    if field.set_at is not None and field.set_at > change.made_at:
        return Unchangeable.NEWER
    return Unchangeable.FORGOTTEN if change.forgotten else None

"""The new value of a field while it waits for its mailed link; sealed for a sensitive field."""

from dataclasses import replace

from ...crypto import keys
from ...domain.privacy import PendingChange
from ...runtime import Runtime


def closed(rt: Runtime, change: PendingChange) -> PendingChange:
    """The change with its value sealed."""
    if not change.value:
        return change
    return replace(change, value="", sealed=keys.seal(rt.ring, change.value.encode(), context=_context(change)))


def opened(rt: Runtime, change: PendingChange) -> str:
    """The value; "" where the field is to be emptied. Raises KeyTrouble."""
    if not change.sealed:
        return change.value
    return keys.unseal(rt.ring, change.sealed, context=_context(change)).decode()


def resealed(rt: Runtime, change: PendingChange) -> PendingChange:
    """Sealed with the newest key. Raises KeyTrouble."""
    if not change.sealed:
        return change
    return replace(change, sealed=keys.reseal(rt.ring, change.sealed, context=_context(change)))


def _context(change: PendingChange) -> str:
    return f"pending.change:{change.id}"

"""Work that a browser does for a hold while many ask at once: nobody is named by it, and nothing is stored with them."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...crypto import puzzles
from ...crypto.puzzles import Puzzle
from ...runtime import Runtime
from ...storage import access
from . import limits

_RULE = "puzzle"  # no setting: which answers were used, for as long as they would be good


def new(rt: Runtime, meeting_id: UUID, start: datetime, *, now: datetime) -> Puzzle:
    """A puzzle for one time of a meeting type, so that none can be worked out for another."""
    return puzzles.new_puzzle(rt.ring, _about(meeting_id, start), now=now)


def use(rt: Runtime, session: Session, meeting_id: UUID, start: datetime, answer: str, *, now: datetime) -> bool:
    """Whether this answers a puzzle for this time and was not used before; it is now. A transaction that is rolled back
    has used nothing."""
    salt = puzzles.solved(rt.ring, _about(meeting_id, start), answer, now=now)
    if salt is None:
        return False
    which = limits.mark(rt, salt)
    access.one_at_a_time(session, _RULE, which)
    if access.newest_attempt(session, _RULE, which) is not None:
        return False
    access.note_attempt(session, _RULE, which, now=now)
    return True


def _about(meeting_id: UUID, start: datetime) -> str:
    return f"{meeting_id} {start.timestamp():.0f}"

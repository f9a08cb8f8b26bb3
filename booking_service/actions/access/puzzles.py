"""Proof of work for a hold while many are requested. It names nobody, and nothing is stored with it."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...crypto import puzzles
from ...crypto.puzzles import Puzzle
from ...runtime import Runtime
from ...storage import access
from . import limits

_RULE = "puzzle"  # not a setting: which answers were used, while they are valid


def new(rt: Runtime, meeting_id: UUID, start: datetime, *, now: datetime) -> Puzzle:
    """A puzzle for one time of a meeting type; its answer is of no use for another time."""
    return puzzles.new_puzzle(rt.ring, _about(meeting_id, start), now=now)


def use(rt: Runtime, session: Session, meeting_id: UUID, start: datetime, answer: str, *, now: datetime) -> bool:
    """Whether this answers a puzzle for this time and was not used before; it is used now, unless rolled back."""
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

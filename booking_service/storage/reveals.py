"""Who saw what in clear that is otherwise hidden, or took it away: values, lists, proofs. Nothing here is changed, but that who
did it may add why, once. It is kept for a year."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, delete, select, update

from .tables.consent import RevealRow

FIELD, PROOF = "field", "proof"  # the kinds of `what` whose reason may be given afterwards


@dataclass(frozen=True, slots=True, kw_only=True)
class Reveal:
    """`by`: who it was, as the evidence names staff. `what`: in a word, with what it was about behind a colon. `press`: of which
    button, each of which shows something once; "" for a command."""

    id: UUID
    at: datetime
    contact_id: UUID | None = None
    by: str
    what: str
    why: str = ""
    press: str = ""

    def wants_reason(self, by: str) -> bool:
        """Whether this person may still say why, unless whom it is about was erased: of what they saw or took themselves. Of a
        list `why` has the lines."""
        kind = self.what.partition(":")[0]
        return self.by == by and not self.why and kind in (FIELD, PROOF)


def add(session: Session, reveal: Reveal) -> None:
    session.add(RevealRow(**{name: getattr(reveal, name) for name in _COLUMNS}))


def get(session: Session, id: UUID) -> Reveal | None:
    row = session.get(RevealRow, id, populate_existing=True)
    return _reveal(row) if row else None


def of_press(session: Session, contact_id: UUID, press: str) -> Reveal | None:
    """What a press showed of a contact before."""
    found = select(RevealRow).where(RevealRow.contact_id == contact_id, RevealRow.press == press)
    row = session.exec(found).first()
    return _reveal(row) if row else None


def give_reason(session: Session, id: UUID, *, why: str) -> bool:
    """False: one was given before, and stays."""
    unsaid = update(RevealRow).where(col(RevealRow.id) == id, col(RevealRow.why) == "")
    return bool(session.exec(unsaid.values(why=why)).rowcount)


def forget_reasons(session: Session, contact_id: UUID) -> None:
    """Why their values were looked at; it may name the person."""
    theirs = update(RevealRow).where(col(RevealRow.contact_id) == contact_id)
    session.exec(theirs.where(col(RevealRow.what).startswith(FIELD) | (col(RevealRow.what) == PROOF)).values(why=""))


def latest(session: Session, *, behind: UUID | None = None, limit: int) -> list[Reveal]:
    """The newest first, from behind one on."""
    query = select(RevealRow).order_by(col(RevealRow.id).desc()).limit(limit)
    rows = session.exec(query if behind is None else query.where(col(RevealRow.id) < behind))
    return [_reveal(row) for row in rows]


def of_kind(session: Session, what: str, *, limit: int) -> list[Reveal]:
    """Those that were about the same thing, the newest first."""
    query = select(RevealRow).where(RevealRow.what == what).order_by(col(RevealRow.id).desc()).limit(limit)
    return [_reveal(row) for row in session.exec(query)]


def of_contact(session: Session, contact_id: UUID) -> list[Reveal]:
    """The oldest first."""
    query = select(RevealRow).where(RevealRow.contact_id == contact_id)
    rows = session.exec(query.order_by(col(RevealRow.at), col(RevealRow.id)))
    return [_reveal(row) for row in rows]


def forget(session: Session, *, before: datetime) -> None:
    """What is a year old."""
    session.exec(delete(RevealRow).where(col(RevealRow.at) < before))


def _reveal(row: RevealRow) -> Reveal:
    return Reveal(**{name: getattr(row, name) for name in _COLUMNS})


_COLUMNS = tuple(Reveal.__dataclass_fields__)

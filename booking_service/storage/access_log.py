"""Who saw or took away data that is otherwise hidden: values, lists, proofs. Kept for a year.

Entries are never changed, except that the person may add a reason, once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, delete, func, select, update

from ..domain.access_log import EVERY_LINE, SoughtAccess
from .contact_lists import called
from .tables.consent import ContactRow, RevealRow

OWN_PAGE = "own-page"  # the page that the contact sees of itself
NUMBER = "number"  # a phone number was given, changed or removed
FIELD, PROOF = "field", "proof"  # the kinds of `what` that may get a reason later


@dataclass(frozen=True, slots=True, kw_only=True)
class Reveal:
    """`by`: the person, as evidence names staff. `what`: a word, with the thing it was about behind a colon.

    `press`: the id of the press of a button, each of which reveals something once; "" for a command.
    """

    id: UUID
    at: datetime
    contact_id: UUID | None = None
    by: str
    what: str
    why: str = ""
    press: str = ""

    def wants_reason(self, by: str) -> bool:
        """Whether this person may still add a reason: for what they saw or took themselves, unless the contact was
        erased.

        For lists `why` holds the lines.
        """
        kind = self.what.partition(":")[0]
        return self.by == by and not self.why and kind in (FIELD, PROOF)


def add(session: Session, reveal: Reveal) -> None:
    session.add(RevealRow(**{name: getattr(reveal, name) for name in _COLUMNS}))


def get(session: Session, id: UUID) -> Reveal | None:
    row = session.get(RevealRow, id, populate_existing=True)
    return _reveal(row) if row else None


def of_press(session: Session, contact_id: UUID, press: str) -> Reveal | None:
    """What this press has already revealed of a contact."""
    found = select(RevealRow).where(RevealRow.contact_id == contact_id, RevealRow.press == press)
    row = session.exec(found).first()
    return _reveal(row) if row else None


def give_reason(session: Session, id: UUID, *, why: str) -> bool:
    """Add a reason. False: there is one already, which stays."""
    unsaid = update(RevealRow).where(col(RevealRow.id) == id, col(RevealRow.why) == "")
    return bool(session.exec(unsaid.values(why=why)).rowcount)


def forget_reasons(session: Session, contact_id: UUID) -> None:
    """Delete the reasons, which may name the person."""
    theirs = update(RevealRow).where(col(RevealRow.contact_id) == contact_id)
    session.exec(theirs.where(col(RevealRow.what).startswith(FIELD) | (col(RevealRow.what) == PROOF)).values(why=""))


def latest(
    session: Session,
    sought: SoughtAccess = EVERY_LINE,
    *,
    by: Collection[str] = (),
    behind: UUID | None = None,
    limit: int,
) -> list[Reveal]:
    """Matching entries, newest first, after `behind`. `by`: whose names match the search text."""
    query = select(RevealRow).where(*_sought(sought, by)).order_by(col(RevealRow.id).desc()).limit(limit)
    rows = session.exec(query if behind is None else query.where(col(RevealRow.id) < behind))
    return [_reveal(row) for row in rows]


def of_kind(session: Session, what: str, *, limit: int) -> list[Reveal]:
    """Entries about the same thing, newest first."""
    query = select(RevealRow).where(RevealRow.what == what).order_by(col(RevealRow.id).desc()).limit(limit)
    return [_reveal(row) for row in session.exec(query)]


def of_contact(session: Session, contact_id: UUID) -> list[Reveal]:
    """Entries about a contact, oldest first."""
    query = select(RevealRow).where(RevealRow.contact_id == contact_id)
    rows = session.exec(query.order_by(col(RevealRow.at), col(RevealRow.id)))
    return [_reveal(row) for row in rows]


def forget(session: Session, *, before: datetime) -> None:
    """Delete entries that are a year old."""
    session.exec(delete(RevealRow).where(col(RevealRow.at) < before))


def _sought(sought: SoughtAccess, by: Collection[str]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if sought.text:
        whose = select(ContactRow.id).where(col(ContactRow.id) == col(RevealRow.contact_id), called(sought.text))
        found.append(
            or_(
                col(RevealRow.by).in_(by),
                col(RevealRow.by).contains(sought.text, autoescape=True),
                whose.exists(),
                func.lower(RevealRow.why).contains(sought.text.lower(), autoescape=True),
                col(RevealRow.why).contains(sought.text, autoescape=True),
            )
        )
    if sought.what:
        of_kind = col(RevealRow.what).startswith(f"{sought.what}:", autoescape=True)
        found.append(or_(col(RevealRow.what) == sought.what, of_kind))
    if sought.since:
        found.append(col(RevealRow.at) >= sought.since)
    if sought.until:
        found.append(col(RevealRow.at) < sought.until)
    return found


def _reveal(row: RevealRow) -> Reveal:
    return Reveal(**{name: getattr(row, name) for name in _COLUMNS})


_COLUMNS = tuple(Reveal.__dataclass_fields__)

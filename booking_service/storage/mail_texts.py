"""Texts of mails by hosts and the organisation, and which of them are in use. Versions are added, never changed."""

from uuid import UUID

from sqlalchemy import bindparam
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from ..domain.effects import MailKind
from ..domain.mail_texts import ORGANISATION, ChosenText, MailText
from .statements import rows_of
from .tables.mail_text import MailTextChoiceRow, MailTextRow

_CHOICES = select(MailTextChoiceRow).where(col(MailTextChoiceRow.owner).in_(bindparam("owners", expanding=True)))


class VersionTaken(Exception):
    """This version of the text exists already."""


def versions(session: Session, owner: UUID, kind: MailKind, *, name: str, language: str) -> list[MailText]:
    """All versions, newest first."""
    rows = session.exec(
        select(MailTextRow)
        .where(
            MailTextRow.owner == owner,
            MailTextRow.kind == kind,
            MailTextRow.name == name,
            MailTextRow.language == language,
        )
        .order_by(col(MailTextRow.version).desc())
    )
    return [_text(row) for row in rows]


def latest(session: Session, chosen: ChosenText, kind: MailKind, *, language: str) -> MailText | None:
    """The latest version of the chosen text; None for the usual one, or where it is not written in this language."""
    if not chosen.name:
        return None
    row = session.exec(
        select(MailTextRow)
        .where(
            MailTextRow.owner == chosen.owner,
            MailTextRow.kind == kind,
            MailTextRow.name == chosen.name,
            MailTextRow.language == language,
        )
        .order_by(col(MailTextRow.version).desc())
        .limit(1)
    ).first()
    return _text(row) if row else None


def newest(session: Session, owner: UUID) -> list[MailText]:
    """The newest version of each text of an owner, by kind, name and language."""
    last = (
        select(func.max(col(MailTextRow.id)))
        .where(MailTextRow.owner == owner)
        .group_by(col(MailTextRow.kind), col(MailTextRow.name), col(MailTextRow.language))
    )
    ordered = (col(MailTextRow.kind), col(MailTextRow.name), col(MailTextRow.language))
    return [
        _text(row) for row in session.exec(select(MailTextRow).where(col(MailTextRow.id).in_(last)).order_by(*ordered))
    ]


def names(session: Session, kind: MailKind, *owners: UUID) -> list[ChosenText]:
    """All texts of these owners for this kind of mail, by name."""
    rows = session.exec(
        select(MailTextRow.owner, MailTextRow.name)
        .where(col(MailTextRow.owner).in_(owners), MailTextRow.kind == kind)
        .group_by(col(MailTextRow.owner), col(MailTextRow.name))
        .order_by(col(MailTextRow.name))
    )
    return [ChosenText(owner, name) for owner, name in rows]


def add(session: Session, text: MailText) -> None:
    """Raises VersionTaken: somebody else wrote this version at the same time."""
    session.add(
        MailTextRow(
            owner=text.owner,
            kind=text.kind,
            name=text.name,
            language=text.language,
            version=text.version,
            subject=text.subject,
            text=text.text,
            at=text.at,
            by=text.by,
        )
    )
    try:
        session.flush()
    except IntegrityError as error:
        raise VersionTaken("another version was saved at the same time") from error


def choices(session: Session, owner: UUID) -> dict[tuple[UUID, MailKind], ChosenText]:
    """The choices of the owner and the organisation, by owner and kind; nothing where none was made."""
    rows = rows_of(session, _CHOICES, owners=[owner, ORGANISATION])
    return {(row.owner, MailKind(row.kind)): ChosenText(row.of, row.name) for row in rows}


def chosen(session: Session, owner: UUID, kind: MailKind) -> ChosenText:
    """The text in force for the owner's mails of this kind: their choice, else the organisation's, else the usual
    text."""
    found = choices(session, owner)
    return found.get((owner, kind)) or found.get((ORGANISATION, kind)) or ChosenText()


def in_use(session: Session, owner: UUID, kind: MailKind, *, language: str) -> MailText | None:
    """The text of the owner's mails of this kind in this language; None for the usual one."""
    return latest(session, chosen(session, owner, kind), kind, language=language)


def choose(session: Session, owner: UUID, kind: MailKind, what: ChosenText | None) -> None:
    """Store a choice; None deletes it, so the organisation's counts."""
    standing = session.get(MailTextChoiceRow, (owner, kind))
    if what is not None:
        session.merge(MailTextChoiceRow(owner=owner, kind=kind, of=what.owner, name=what.name))
    elif standing is not None:
        session.delete(standing)


def _text(row: MailTextRow) -> MailText:
    return MailText(
        owner=row.owner,
        kind=MailKind(row.kind),
        name=row.name,
        language=row.language,
        version=row.version,
        subject=row.subject,
        text=row.text,
        at=row.at,
        by=row.by,
    )

"""Mails owed to people about their accounts."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlmodel import Session

from ...domain.effects import MailKind
from ...storage import outbox


def owe(
    session: Session, kind: MailKind, person_id: UUID, occasion: str = "", /, *, now: datetime, **about: str | UUID
) -> None:
    """Owe a person a mail; once for each `occasion`. `about`: ids or words, looked up when the mail is written."""
    payload = {"kind": str(kind), "person_id": str(person_id), **{name: str(value) for name, value in about.items()}}
    key = f"account:{kind}:{f'{person_id}:{occasion}' if occasion else uuid4()}"
    outbox.add_once(session, key, kind="account", lane=f"account:{person_id}", payload=payload, due_at=now, now=now)

"""Mails that are owed to people about how they get in."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlmodel import Session

from ...domain.effects import MailKind
from ...storage import outbox


def owe(
    session: Session, kind: MailKind, person_id: UUID, occasion: str = "", /, *, now: datetime, **about: str | UUID
) -> None:
    """Owe a person one mail; of one `occasion` only one, whoever asks for it. `about`: what it is about, by id or in a word, as
    the mail is written when it is sent."""
    payload = {"kind": str(kind), "person_id": str(person_id), **{name: str(value) for name, value in about.items()}}
    key = f"account:{kind}:{f'{person_id}:{occasion}' if occasion else uuid4()}"
    outbox.add_once(session, key, kind="account", lane=f"account:{person_id}", payload=payload, due_at=now, now=now)

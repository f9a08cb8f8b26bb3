"""What administrators are mailed about, as they may not open Today for weeks: something was given up, or backups stopped."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from ...domain.effects import MailKind
from ...domain.roles import Role
from ...runtime import Runtime
from ...storage import operations, outbox, people
from ...storage.operations import Noted
from . import account_mails

QUIET = timedelta(days=1)  # from one such mail to the next, whatever happens
OWN = f"account:{MailKind.ADMIN_NOTICE}:"  # how the keys of these mails begin: one that was given up causes no other


@dataclass(frozen=True, slots=True)
class Needs:
    """`given_up`: how many effects, the newest at `newest`. `backup_at`: of the last backup, where it is too old; one that was
    never made is for whoever sets the service up, whom `check` and Today tell."""

    given_up: int = 0
    newest: datetime | None = None
    backup_at: datetime | None = None

    def __bool__(self) -> bool:
        return bool(self.given_up or self.backup_at)


def needs(rt: Runtime, session: Session, *, now: datetime) -> Needs:
    """What there is just now."""
    given_up, newest = outbox.given_up(session, but=OWN)
    last = operations.noted(session, operations.BACKUP)
    return Needs(given_up, newest, last.at if last and backup_is_old(rt, last, now=now) else None)


def backup_is_old(rt: Runtime, last: Noted, *, now: datetime) -> bool:
    return now - last.at > rt.settings.backup.warn_after


def tell_due(rt: Runtime, session: Session, *, now: datetime) -> None:
    """Owe each administrator one mail where there is something that they were not told of yet; one a day at most."""
    told = operations.noted(session, operations.ADMINS_TOLD)
    if told is not None and timedelta(0) <= now - told.at < QUIET:
        return
    found = needs(rt, session, now=now)
    known = dict(told.detail) if told else {}
    seen = {"given_up": _stored(found.newest), "backup": _stored(found.backup_at)}
    if all(at <= known.get(what, "") for what, at in seen.items()):
        return
    operations.note(
        session, operations.ADMINS_TOLD, at=now, detail={**known, **{k: at for k, at in seen.items() if at}}
    )
    for person in people.every(session):
        if Role.ADMIN in person.roles:
            about = ":".join(seen.values())  # what several workers see at one moment is one mail
            account_mails.owe(session, MailKind.ADMIN_NOTICE, person.id, about, now=now)


def _stored(at: datetime | None) -> str:
    """In an order of its own: the later, the greater."""
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}" if at else ""

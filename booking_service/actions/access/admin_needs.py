"""What administrators are mailed about, as they may not look at Today for weeks.

Effects that were given up, missing backups, and floods of unconfirmed requests.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from ...domain.effects import MailKind
from ...domain.roles import Role
from ...domain.sentences import Sentence
from ...runtime import Runtime
from ...storage import operations, outbox, people
from ...storage.operations import Noted
from . import account_mails, flood

QUIET = timedelta(days=1)  # between two such mails, except about a flood
OWN = f"account:{MailKind.ADMIN_NOTICE}:"  # prefix of these mails' keys: a given-up one causes no further mail


@dataclass(frozen=True, slots=True)
class AdminNeeds:
    """`given_up`: number of effects, the newest at `newest`. `backup_at`: the last backup, where it is too old.

    A backup that was never made is reported by `check` and Today. `floods`: more is requested than confirmed.
    """

    given_up: int = 0
    newest: datetime | None = None
    backup_at: datetime | None = None
    floods: tuple[Sentence, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.given_up or self.backup_at or self.floods)


def needs(rt: Runtime, session: Session, *, now: datetime) -> AdminNeeds:
    """The present needs."""
    given_up, newest = outbox.given_up(session, but=OWN)
    last = operations.noted(session, operations.BACKUP)
    backup_at = last.at if last and backup_is_old(rt, last, now=now) else None
    floods = flood.signs(operations.noted(session, operations.FLOOD), now=now)
    return AdminNeeds(given_up, newest, backup_at, floods)


def backup_is_old(rt: Runtime, last: Noted, *, now: datetime) -> bool:
    return now - last.at > rt.settings.backup.warn_after


def tell_due(rt: Runtime, session: Session, *, now: datetime) -> None:
    """Owe each administrator one mail where something is new: at most one a day, but at once for floods."""
    if rise := flood.look(rt, session, now=now):
        _owe(session, f"flood:{rise}", now=now)
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
    _owe(session, ":".join(seen.values()), now=now)


def _owe(session: Session, about: str, *, now: datetime) -> None:
    """`about`: what several workers may notice at the same moment, for which one mail is owed."""
    for person in people.every(session):
        if Role.ADMIN in person.roles:
            account_mails.owe(session, MailKind.ADMIN_NOTICE, person.id, about, now=now)


def _stored(at: datetime | None) -> str:
    """A sortable spelling."""
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}" if at else ""

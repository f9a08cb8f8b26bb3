"""The link in mails about a new browser or a changed address: whoever did not do it ends everything at once.

They then sign in with the previous address again.
"""

import hmac
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlmodel import Session as Database

from ...crypto.tokens import LinkPurpose, candidates, well_formed
from ...domain.audit import Actor
from ...domain.errors import UnknownLink
from ...domain.people import Person
from ...domain.sessions import AddressChange, KnownBrowser
from ...runtime import Runtime
from ...storage import address_changes, browsers, people, sessions
from ...storage.engine import snapshot, transaction
from . import address_change, api_tokens, identities, passwords
from .people import hold_addresses
from .sessions import end_all


class AccountNotice(NamedTuple):
    """What the mail was about, and whose it is. `undone`: the change of address that will be reverted with it.

    None where there is none, or that address is theirs again, or somebody else's now.
    """

    what: KnownBrowser | AddressChange
    person: Person
    undone: AddressChange | None = None

    @property
    def address(self) -> str:
        """The address with which they will sign in; "" where it stays."""
        return self.undone.before if self.undone else ""

    @property
    def since(self) -> datetime:
        return self.what.changed_at if isinstance(self.what, AddressChange) else self.what.created_at


def path(rt: Runtime, doubted_id: UUID) -> str:
    """The path of the link about a browser or a change of address."""
    token = candidates(rt.ring, purpose=LinkPurpose.SIGN_OUT, subject=doubted_id, generation=0)[0]
    return f"/{LinkPurpose.SIGN_OUT}/{doubted_id}/{token}"


def opened(rt: Runtime, doubted_id: UUID, token: str, *, real_now: datetime) -> AccountNotice:
    """Whom the link would sign out, and what it is about. Raises UnknownLink."""
    with snapshot(rt.engine) as database:
        return _opened(rt, database, doubted_id, token, real_now=real_now)


def stop(rt: Runtime, doubted_id: UUID, token: str, *, by: Actor, now: datetime, real_now: datetime) -> None:
    """Sign the person out everywhere, and remove their password and linked accounts.

    Tokens made since then are revoked, and a changed address is reverted and told, without another link. A second
    factor stays: whoever only reads the mails must not be able to remove it.

    Raises UnknownLink.
    """
    with transaction(rt.engine) as database:
        hold_addresses(database)
        doubted = _opened(rt, database, doubted_id, token, real_now=real_now)
        end_all(database, doubted.person, by=by, now=now)
        person = _with_address_from_before(database, doubted, by=by, now=now, real_now=real_now)
    passwords.remove_password(rt, person, by=by, now=now)
    for each in identities.linked(rt, person.id):
        identities.unlink(rt, person, each.id, by=by, now=now)
    api_tokens.revoke_made(rt, person, since=doubted.since, by=by, now=now)


def _with_address_from_before(
    database: Database, doubted: AccountNotice, *, by: Actor, now: datetime, real_now: datetime
) -> Person:
    sessions.end_sign_ins(database, doubted.person.id, now=real_now)
    if doubted.undone is None:
        return doubted.person
    before, after = doubted.person, replace(doubted.person, email=doubted.undone.before)
    people.save(database, after, now=now)
    address_change.note_taken_back(
        database, before, after, first=doubted.undone, doubted_id=doubted.what.id, by=by, now=now
    )
    return after


def _opened(rt: Runtime, database: Database, doubted_id: UUID, token: str, *, real_now: datetime) -> AccountNotice:
    good = candidates(rt.ring, purpose=LinkPurpose.SIGN_OUT, subject=doubted_id, generation=0)
    what = browsers.get(database, doubted_id) or address_changes.get(database, doubted_id)
    over = isinstance(what, AddressChange) and what.ends_at <= real_now
    if what is None or over or not (well_formed(token) and any(hmac.compare_digest(token, each) for each in good)):
        raise UnknownLink("nothing answers to this link")
    doubted = AccountNotice(what, people.get(database, what.person_id))
    return doubted._replace(undone=_first_change(database, doubted, real_now=real_now))


def _first_change(database: Database, doubted: AccountNotice, *, real_now: datetime) -> AddressChange | None:
    changes = address_changes.since(database, doubted.person.id, doubted.since)
    first = next((each for each in changes if real_now < each.ends_at), None)
    return first if first is not None and people.by_email(database, first.before) is None else None

"""The link in the mails about a new browser and about another address to sign in with: whoever did not do it ends everything at
once, and signs in with the address from before again."""

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
from . import api_tokens, identities, new_address, passwords
from .people import hold_addresses
from .sessions import end_all


class Doubted(NamedTuple):
    """What a mail asked about, and whose it is. `undone`: the change of the address that is taken back with it; None where there is
    none, or the address from before is theirs now, or somebody else's."""

    what: KnownBrowser | AddressChange
    person: Person
    undone: AddressChange | None = None

    @property
    def address(self) -> str:
        """With which they will sign in again; "" where that stays as it is."""
        return self.undone.before if self.undone else ""

    @property
    def since(self) -> datetime:
        return self.what.changed_at if isinstance(self.what, AddressChange) else self.what.created_at


def path(rt: Runtime, doubted_id: UUID) -> str:
    """The path of the link that is mailed about a browser, or about a change of the address."""
    token = candidates(rt.ring, purpose=LinkPurpose.SIGN_OUT, subject=doubted_id, generation=0)[0]
    return f"/{LinkPurpose.SIGN_OUT}/{doubted_id}/{token}"


def opened(rt: Runtime, doubted_id: UUID, token: str, *, real_now: datetime) -> Doubted:
    """Whom the link would sign out, and what it was mailed about. Raises UnknownLink."""
    with snapshot(rt.engine) as database:
        return _opened(rt, database, doubted_id, token, real_now=real_now)


def stop(rt: Runtime, doubted_id: UUID, token: str, *, by: Actor, now: datetime, real_now: datetime) -> None:
    """Sign its person out everywhere, and let neither their password nor an account of the identity provider sign in any more.
    Tokens that were made since end as well, and so does an address to sign in with that was put in place of theirs since: they
    sign in with theirs again, and that one is told, by a mail that takes nothing back. A second factor stays: who reads the mails alone must not be rid of it.

    Raises UnknownLink."""
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
    database: Database, doubted: Doubted, *, by: Actor, now: datetime, real_now: datetime
) -> Person:
    sessions.end_sign_ins(database, doubted.person.id, now=real_now)
    if doubted.undone is None:
        return doubted.person
    before, after = doubted.person, replace(doubted.person, email=doubted.undone.before)
    people.save(database, after, now=now)
    new_address.note_taken_back(
        database, before, after, first=doubted.undone, doubted_id=doubted.what.id, by=by, now=now
    )
    return after


def _opened(rt: Runtime, database: Database, doubted_id: UUID, token: str, *, real_now: datetime) -> Doubted:
    good = candidates(rt.ring, purpose=LinkPurpose.SIGN_OUT, subject=doubted_id, generation=0)
    what = browsers.get(database, doubted_id) or address_changes.get(database, doubted_id)
    over = isinstance(what, AddressChange) and what.ends_at <= real_now
    if what is None or over or not (well_formed(token) and any(hmac.compare_digest(token, each) for each in good)):
        raise UnknownLink("nothing answers to this link")
    doubted = Doubted(what, people.get(database, what.person_id))
    return doubted._replace(undone=_first_change(database, doubted, real_now=real_now))


def _first_change(database: Database, doubted: Doubted, *, real_now: datetime) -> AddressChange | None:
    changes = address_changes.since(database, doubted.person.id, doubted.since)
    first = next((each for each in changes if real_now < each.ends_at), None)
    return first if first is not None and people.by_email(database, first.before) is None else None

"""Changing one's sign-in address: a link is mailed to the new one, and works where its person is signed in.

The link alone changes nothing, so a typing error hands the account to nobody. Nobody is told whether somebody else has
the address: every request gets the same answer after the same work, and the worker drops a mail that would tell.
"""

import hmac
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session as Database

from ...crypto.ids import new_id
from ...crypto.tokens import LinkPurpose, candidates, hash_of, well_formed
from ...domain.audit import Actor, AuditAct, named
from ...domain.effects import MailKind
from ...domain.errors import NotFound, SignInOver
from ...domain.people import Person, sign_in_key
from ...domain.sessions import AddressChange, SignIn
from ...runtime import Runtime
from ...storage import address_changes, browsers, people, second_steps, sessions
from ...storage.engine import snapshot, transaction
from . import account_mails, audit, limits, sign_in
from .people import hold_addresses


def ask(rt: Runtime, person: Person, email: str, *, agent: str, now: datetime, real_now: datetime) -> SignIn:
    """Mail a link to the address with which this person wants to sign in. Raises TooManyRequests.

    Counted apart from requests without a session, for the person and for the address.
    """
    with transaction(rt.engine) as database:
        for who in (f"new address of {person.id}", f"new address {sign_in_key(email)}"):
            limits.use(rt, database, "sign_in_per_address", who, now=now)
        made = sign_in.make(
            rt, database, email, person, onwards="", agent=agent, now=real_now, purpose=LinkPurpose.NEW_ADDRESS
        )
        account_mails.owe(database, MailKind.CONFIRM_ADDRESS, person.id, sign_in_id=made.id, now=now)
    return made


def opened(rt: Runtime, person_id: UUID, token: str, *, real_now: datetime) -> SignIn:
    """The request of this link. Changes nothing. Raises NotFound: somebody else's; SignInOver."""
    with snapshot(rt.engine) as database:
        return _opened(rt, database, person_id, token, real_now=real_now)


def take(
    rt: Runtime, person_id: UUID, token: str, *, here: UUID, by: Actor, now: datetime, real_now: datetime
) -> Person:
    """Change the person's address to the one that the link was mailed to; the previous address is told.

    Ends all sessions but `here`, and all links mailed to the person before. Raises NotFound, SignInOver.
    """
    with transaction(rt.engine) as database:
        hold_addresses(database)
        asked = _opened(rt, database, person_id, token, real_now=real_now)
        if not sessions.use_sign_in(database, asked.id, now=real_now):
            raise _over(asked)
        before = people.get(database, person_id)
        after = replace(before, email=asked.email)
        people.save(database, after, now=now)
        sessions.end_sign_ins(database, person_id, now=real_now)
        sessions.end_others(database, person_id, but=here)
        second_steps.end_all(database, person_id)
        note(database, before, after, by=by, now=now, real_now=real_now)
    return after


def note(database: Database, before: Person, after: Person, *, by: Actor, now: datetime, real_now: datetime) -> None:
    """Record a change of address, and tell the previous address, whose mail can revert it."""
    change = AddressChange(id=new_id(real_now), person_id=after.id, before=before.email, changed_at=real_now)
    address_changes.put(database, change)
    _tell(database, before, after, by=by, now=now, change_id=change.id)


def note_taken_back(
    database: Database,
    before: Person,
    after: Person,
    *,
    first: AddressChange,
    by: Actor,
    doubted_id: UUID,
    now: datetime,
) -> None:
    """Record that a change of address was reverted, which is final.

    Mails to the addresses that came after it can no longer revert anything, nor sign anybody out, except for the one
    that was used.
    """
    address_changes.forget_after(database, first)
    browsers.forget_since(database, after.id, first.changed_at, but=doubted_id)
    _tell(database, before, after, by=by, now=now)


def _tell(database: Database, before: Person, after: Person, *, by: Actor, now: datetime, **more: UUID) -> None:
    act = AuditAct.ADDRESS_CHANGED
    about: dict[str, str | UUID] = {"what": act, "mail_to": before.email, **more}
    account_mails.owe(database, MailKind.ACCOUNT_CHANGED, after.id, **about, now=now)
    audit.record(database, act, by=by, about=named(before), before=before.email, after=after.email, now=now)


def _opened(rt: Runtime, database: Database, person_id: UUID, token: str, *, real_now: datetime) -> SignIn:
    found = sessions.sign_in_of(database, hash_of(token)) if well_formed(token) else None
    if found is None or found.person_id != person_id or not _is_of(rt, found, token):
        raise NotFound("this person asked for no address by this link")
    if not found.is_open(real_now) or people.by_email(database, found.email) is not None:
        raise _over(found)
    return found


def _is_of(rt: Runtime, asked: SignIn, token: str) -> bool:
    """Whether the link was made for changing the address, not for signing in."""
    good = candidates(rt.ring, purpose=LinkPurpose.NEW_ADDRESS, subject=asked.id, generation=0)
    return any(hmac.compare_digest(token, each) for each in good)


def _over(asked: SignIn) -> SignInOver:
    return SignInOver("this link was used, is over, or its address was taken", email=asked.email, used_at=asked.used_at)

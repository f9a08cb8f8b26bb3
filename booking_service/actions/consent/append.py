"""Writing to the ledger: a change is decided, appended and cached in one transaction, under a lock."""

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from ...crypto.ids import new_id
from ...domain.chain import SALT_BYTES, commitment
from ...domain.consent import Act, Detail, Entry, Standing, staff_id
from ...domain.consent_moves import Change, ConsentRefused, Draft, OptedOut, Resumed, Stopped, Withdrawn, decide
from ...domain.errors import ContactErased, UnknownPurpose
from ...domain.purposes import EVERY, Purpose, PurposeKind
from ...runtime import Runtime
from ...storage import contacts, ledger, purposes, standings
from ...storage.ledger import ChainLink
from . import owed_follow_ups, profile, question_fields, staff_names
from .contacts import Circle, locked

_NEXT = timedelta(microseconds=1)  # the precision of stored instants
_OF_ALL = Withdrawn | OptedOut | Stopped | Resumed  # changes that can be about all purposes at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The result of a change: its entry (None where nothing changed), and the standing before and after."""

    entry: Entry | None
    before: Standing
    after: Standing
    circle: Circle


def change(
    rt: Runtime,
    session: Session,
    contact_id: UUID,
    purpose: str,
    change: Change,
    *,
    detail: Detail | None = None,
    now: datetime,
) -> Changed:
    """Change the standing of a contact for a purpose ("*": all), as far as the rules allow.

    Needs a deciding transaction (`storage.engine.transaction`); what follows from the change goes into the same one.
    Raises ConsentRefused, UnknownPurpose, LookupError.
    """
    circle = locked(rt, session, contact_id)
    return change_in(session, circle, purpose, change, detail=detail, now=now)


def change_in(
    session: Session, circle: Circle, purpose: str, change: Change, *, detail: Detail | None = None, now: datetime
) -> Changed:
    """As `change`, in a circle that the caller has locked. Raises ContactErased: erased while waiting for the lock."""
    if circle.contact.erased_at is not None:
        raise ContactErased(f"contact {circle.contact.id} was erased")
    slug = EVERY if isinstance(change, Stopped | Resumed) else purpose
    if slug == EVERY and not isinstance(change, _OF_ALL):
        raise UnknownPurpose("name one purpose: all at once can only be ended")
    wanted = None if slug == EVERY else known_purpose(session, slug)
    at = instant(circle, now)
    before = _standing(circle, wanted)
    draft = _decided(session, circle, wanted, before, change, slug, now=at)
    if draft is None:
        return Changed(entry=None, before=before, after=before, circle=circle)
    grown = append(session, circle, draft, detail=detail, now=at)
    entry, after = grown.own[-1], _standing(grown, wanted)
    profile.follow(session, grown.contact, entry)
    question_fields.follow(session, grown.contact, entry, now=now)
    owed_follow_ups.owe(session, grown, entry, after, now=now)
    return Changed(entry=entry, before=before, after=after, circle=grown)


def _decided(
    session: Session,
    circle: Circle,
    wanted: Purpose | None,
    before: Standing,
    change: Change,
    slug: str,
    *,
    now: datetime,
) -> Draft | None:
    """Raises ConsentRefused, with the name of the member of staff concerned."""
    try:
        if wanted is not None:
            return draft_in(circle, wanted, change, before=before, now=now)
        draft = decide(before, change, purpose=slug, now=now, own=circle.own_standing(None))
        return draft or _ending_one(session, circle, change, now=now)
    except ConsentRefused as refusal:
        by = refusal.entry.by if refusal.entry else ""
        if staff_id(by) is None:
            raise
        raise refusal.naming(staff_names.names(session, [by])[by]) from refusal


def draft_in(
    circle: Circle, purpose: Purpose, change: Change, *, before: Standing | None = None, now: datetime
) -> Draft | None:
    """The entry that a change writes in a circle; None where nothing would change. `before`: the standing, if known.

    A no that the person said before is written again if somebody in the circle agreed since. Raises ConsentRefused.
    """
    stands, own = before or circle.standing(purpose), circle.own_standing(purpose)
    draft = decide(stands, change, purpose=purpose.slug, now=now, lasts=purpose.lasts, own=own)
    if draft is None and own is not None and isinstance(change, Withdrawn):
        others = (circle.of(each).standing(purpose) for each in circle.members(purpose.kind))
        if any(each.granted or each.question is not None for each in others):
            return decide(Standing(), change, purpose=purpose.slug, now=now)
    return draft


def _ending_one(session: Session, circle: Circle, change: Change, *, now: datetime) -> Draft | None:
    """The entry where a no to every purpose was said before: it is written again if it ends anything agreed to since.

    The same for a stop, if others in the circle have lifted theirs.
    """
    if isinstance(change, Stopped):
        lifted = any(circle.of(each).standing_for_every().stopped is None for each in circle.members(PurposeKind.EMAIL))
        return decide(Standing(), change, purpose=EVERY, now=now) if lifted else None
    if not isinstance(change, Withdrawn | OptedOut):
        return None
    each_alone = (draft_in(circle, each, change, now=now) for each in purposes.every(session))
    return next((replace(draft, purpose=EVERY) for draft in each_alone if draft is not None), None)


def append(session: Session, circle: Circle, draft: Draft, *, detail: Detail | None = None, now: datetime) -> Circle:
    """Append an entry to the contact's chain without checking the rules. The circle is locked.

    For `change`, and for acts that change no standing (a mail, a use, a merge).
    """
    link = drafted(circle, draft, detail=detail, now=now)
    ledger.add(session, [link])
    grown = _marked(session, circle, link.entry).plus(link.entry)
    refresh(session, grown, purpose=draft.purpose)
    return grown


def drafted(circle: Circle, draft: Draft, *, detail: Detail | None = None, now: datetime) -> ChainLink:
    """The entry as it would be appended, with its number and hashes; nothing is written."""
    last = circle.own[-1] if circle.own else None
    at = instant(circle, now)
    id = new_id(at, after=last.id if last else None)
    part = ledger.kept(id, detail, salt=secrets.token_bytes(SALT_BYTES)) if detail is not None else None
    entry = Entry(
        id=id,
        contact_id=circle.contact.id,
        number=last.number + 1 if last else 1,
        purpose=draft.purpose,
        act=draft.act,
        by=draft.by,
        how=draft.how,
        implied=draft.implied,
        at=at,
        until=draft.until.astimezone(UTC) if draft.until else None,
        wording=draft.wording,
        refers=draft.refers,
        detail=commitment(salt=part.salt, body=part.body) if part else None,
        previous=last.hash if last else b"",
        given_on=part.given_on if part else None,
    ).sealed()
    return ChainLink(entry, part)


def refresh(session: Session, circle: Circle, *, purpose: str = EVERY) -> None:
    """Write the cached standings of a circle: after an entry about a purpose, or after the circle changed."""
    standings.let_in(session, purpose)
    concerned = purposes.every(session) if purpose == EVERY else [known_purpose(session, purpose)]
    for each in concerned:
        found = [(member.id, circle.of(member).standing(each)) for member in circle.members(each.kind)]
        standings.write(session, each.slug, found)


def known_purpose(session: Session, slug: str) -> Purpose:
    """Raises UnknownPurpose."""
    found = purposes.find(session, slug)
    if found is None:
        raise UnknownPurpose(f"there is no purpose {slug!r}")
    return found


def _standing(circle: Circle, purpose: Purpose | None) -> Standing:
    return circle.standing(purpose) if purpose is not None else circle.standing_for_every()


def instant(circle: Circle, now: datetime) -> datetime:
    """When the statement counts: not before the last one by the contact or by anybody tied to it by noes.

    If a clock says otherwise, right after that. Clocks differ and are set back: a no could come before the yes that it
    ends.
    """
    members = {each.id for each in (circle.contact, *circle.by_mailbox, *circle.by_phone)}
    last = max((chain[-1].at for id in members if (chain := circle.entries.get(id))), default=None)
    at = now.astimezone(UTC)
    return at if last is None or at >= last else last + _NEXT


def _marked(session: Session, circle: Circle, entry: Entry) -> Circle:
    """Update the contact's row with what lists and pages read directly."""
    if entry.act not in (Act.STOPPED, Act.RESUMED):
        return circle
    contact = replace(circle.contact, stopped_at=entry.at if entry.act is Act.STOPPED else None)
    contacts.save(session, contact)
    return Circle(
        contact=contact,
        by_mailbox=tuple(contact if each.id == contact.id else each for each in circle.by_mailbox),
        by_phone=tuple(contact if each.id == contact.id else each for each in circle.by_phone),
        entries=circle.entries,
    )

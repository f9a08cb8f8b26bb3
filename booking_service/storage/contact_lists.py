"""Lists of contacts: a page of those for whom something stands, newest first, and how many there are."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, false, literal, not_, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from ..domain.consent import Act, Basis
from ..domain.contact_filter import (
    CONTRADICTORY,
    EVER_ASKED,
    EXPIRED,
    LACKING,
    NEVER,
    NO_ADDRESS,
    NO_NUMBER,
    STOPPED,
    Filter,
)
from ..domain.purposes import Purpose
from .contacts import Contact, to_contact
from .standings import brought, stands
from .tables.consent import ContactRow, ContactValueRow, StandingRow
from .tables.ledger import LedgerDetailRow, LedgerEntryRow


def page_of(
    session: Session, wanted: Filter, purpose: Purpose, *, now: datetime, after: UUID | None, limit: int
) -> list[Contact]:
    """Contacts of the list, those made last first, from behind `after` on. Merged and erased ones are in none."""
    query = _listed(select(ContactRow), wanted, purpose, now=now)
    if after is not None:
        query = query.where(col(ContactRow.id) < after)
    return [to_contact(row) for row in session.exec(query.order_by(col(ContactRow.id).desc()).limit(limit))]


def across(
    session: Session, wanted: Filter, purposes: Iterable[Purpose], *, now: datetime, limit: int
) -> list[tuple[UUID, str]]:
    """The same of several purposes, each contact with each, in the order in which they were made; where no standing is wanted, only
    those of whom something was said."""
    found: list[tuple[UUID, str]] = []
    for each in purposes:
        query = _listed(select(ContactRow.id), wanted, each, now=now)
        if not wanted.standing:
            query = query.where(col(StandingRow.contact_id).is_not(None))
        found += [(id, each.slug) for id in session.exec(query.order_by(col(ContactRow.id)).limit(limit))]
    return sorted(found)[:limit]


def was(act: Act) -> ColumnElement[bool]:
    """That an entry is of this act; written out, as an index of some acts only is not found by a parameter."""
    return col(LedgerEntryRow.act) == bindparam(None, act.value, literal_execute=True)


def ids(session: Session, wanted: Filter, purpose: Purpose, *, now: datetime, limit: int) -> list[UUID]:
    """Those of the list, the newest first."""
    query = _listed(select(ContactRow.id), wanted, purpose, now=now)
    return list(session.exec(query.order_by(col(ContactRow.id).desc()).limit(limit)))


def count(
    session: Session,
    wanted: Filter,
    purpose: Purpose,
    *,
    on: Collection[Basis] | None = None,
    now: datetime,
    most: int,
) -> int:
    """How many there are, counted no further than to `most`. `on`: only those whose consent has one of these bases, is not too
    old, and of whom nothing is stopped."""
    counted = _listed(select(ContactRow.id), wanted, purpose, now=now)
    if on is not None:
        based = col(StandingRow.basis).in_([each.value for each in on])
        counted = counted.where(based, col(StandingRow.stopped_at).is_(None), not_(_over(purpose, now=now)))
    return session.exec(select(func.count()).select_from(counted.limit(most).subquery())).one()


def stops(session: Session, purpose: str, *, limit: int) -> list[tuple[UUID, datetime]]:
    """Who stopped all use and when, the latest first, where it holds still. By what stands for a purpose, whichever: a stop counts
    for each; and by whose entry it is, as it counts for whoever is the same person, too."""
    stopped = and_(col(LedgerEntryRow.contact_id) == col(StandingRow.contact_id), was(Act.STOPPED))
    query = (
        select(StandingRow.contact_id, LedgerEntryRow.at)
        .join(LedgerEntryRow, stopped)
        .where(StandingRow.purpose == purpose, col(StandingRow.stopped_at) == col(LedgerEntryRow.at))
        .where(col(StandingRow.stopped_at).is_not(None))
    )
    return list(session.exec(query.order_by(col(LedgerEntryRow.at).desc()).limit(limit)))


def _listed(query: Any, wanted: Filter, purpose: Purpose, *, now: datetime) -> Any:
    of_purpose = and_(col(StandingRow.contact_id) == col(ContactRow.id), col(StandingRow.purpose) == purpose.slug)
    from_outside = brought(wanted)
    anybody = wanted.standing in ("", NEVER, EVER_ASKED) and not from_outside
    query = query.outerjoin(StandingRow, of_purpose) if anybody else query.join(StandingRow, of_purpose)
    if from_outside:
        query = query.join(LedgerDetailRow, col(LedgerDetailRow.entry_id) == col(StandingRow.entry_id))
    current = col(ContactRow.merged_into).is_(None), col(ContactRow.erased_at).is_(None)
    return query.where(*current, *from_outside, *_standing(wanted, purpose, now=now), *_text(wanted.text))


def _standing(wanted: Filter, purpose: Purpose, *, now: datetime) -> list[ColumnElement[bool]]:
    """What is expired, or stopped, is in no other list than that, and in the one of those who were ever asked."""
    in_use = col(StandingRow.stopped_at).is_(None)
    match wanted.standing:
        case "":
            return stands(wanted, now=now)
        case str(standing) if standing == STOPPED:
            return [not_(in_use)]
        case str(standing) if standing == NEVER:
            none = and_(col(StandingRow.basis) == Basis.NONE.value, col(StandingRow.question) == "")
            return [in_use, or_(col(StandingRow.contact_id).is_(None), none)]
        case str(standing) if standing == EVER_ASKED:
            entry = select(LedgerEntryRow.id).where(LedgerEntryRow.purpose == purpose.slug, was(Act.ASKED))
            return [entry.where(col(LedgerEntryRow.contact_id) == col(ContactRow.id)).exists()]
        case str(standing) if standing in LACKING:
            return lacking(standing)
        case str(standing) if standing == EXPIRED:
            return [in_use, col(StandingRow.basis).in_(_GRANTED), _over(purpose, now=now)]
        case str(standing) if standing in _GRANTED:
            return [in_use, *stands(wanted, now=now), not_(_over(purpose, now=now))]
        case _:
            return [in_use, *stands(wanted, now=now)]


def lacking(what: str) -> list[ColumnElement[bool]]:
    """That a consent lacks where or when it was given elsewhere, or one to emails its address, or one to calls its number, or that it
    was given for another number than its contact has. `what`: one of LACKING."""
    if what == NO_ADDRESS:
        return [col(StandingRow.basis).in_(_GRANTED), col(ContactRow.address_key) == ""]
    if what == NO_NUMBER:
        return [col(StandingRow.basis).in_(_GRANTED), col(ContactRow.phone) == ""]
    if what == CONTRADICTORY:
        return [col(StandingRow.basis).in_(_GRANTED), col(ContactRow.phone) != "", _names_another_number()]
    unknown = or_(col(LedgerDetailRow.source) == "", col(LedgerDetailRow.given_on).is_(None))
    return [col(StandingRow.basis).in_([Basis.USER.value, Basis.IMPLIED.value]), _detail(unknown)]


def _names_another_number() -> ColumnElement[bool]:
    """That the detail of an entry, which is canonical JSON, has a number, and not that of its contact; or none, and who gave it, who
    may be merged with the contact, had another one then."""
    body, number = col(LedgerDetailRow.body), literal('"phone":"').concat(col(ContactRow.phone)).concat('"')
    names_one = body.contains('"phone":"')
    of_entry = select(_GIVER.id).join(LedgerEntryRow, col(LedgerEntryRow.contact_id) == col(_GIVER.id))
    given = of_entry.where(
        col(LedgerEntryRow.id) == col(StandingRow.entry_id), col(StandingRow.since) <= col(_GIVER.phone_set_at)
    )
    before = and_(not_(names_one), given.correlate(StandingRow).exists())
    return _detail(or_(and_(names_one, not_(body.contains(number))), before))


_GIVER = aliased(ContactRow)


def _detail(*like_this: ColumnElement[bool]) -> ColumnElement[bool]:
    """That what is kept beside the entry of a standing is like this. It is looked for anew also where a list joins it already."""
    of_entry = select(LedgerDetailRow.entry_id).where(col(LedgerDetailRow.entry_id) == col(StandingRow.entry_id))
    return of_entry.where(*like_this).correlate(ContactRow, StandingRow).exists()


def _over(purpose: Purpose, *, now: datetime) -> ColumnElement[bool]:
    """That a consent is older than its purpose lets it become."""
    return col(StandingRow.since) <= now - purpose.lasts if purpose.lasts is not None else false()


def _text(text: str) -> list[ColumnElement[bool]]:
    """The words in name or address; the whole of a number, or of an id that a consent came with; what may be seen of a
    sensitive field."""
    if not text:
        return []
    carries = (
        select(LedgerEntryRow.contact_id)
        .join(LedgerDetailRow, col(LedgerDetailRow.entry_id) == col(LedgerEntryRow.id))
        .where(col(LedgerDetailRow.optin_id) == text)
    )
    return [or_(called(text), col(ContactRow.id).in_(carries))]


def called(text: str) -> ColumnElement[bool]:
    """That a contact has these words in name or address, this number, or this as what may be seen of a sensitive field."""
    number = "".join(each for each in text if each in "+0123456789")
    return or_(
        col(ContactRow.address_key).contains(text.lower(), autoescape=True),
        func.lower(ContactRow.name).contains(text.lower(), autoescape=True),
        col(ContactRow.name).contains(text, autoescape=True),
        col(ContactRow.id).in_(_exposing(text)),
        *([col(ContactRow.phone).endswith(number, autoescape=True)] if len(number) > _DIGITS else []),
    )


def _exposing(text: str) -> Any:
    """Whose sensitive fields end in this, as far as they may be seen: the whole value finds nothing."""
    return select(ContactValueRow.contact_id).where(ContactValueRow.sealed != "", ContactValueRow.exposed == text)


_GRANTED = [each.value for each in (Basis.IMPLIED, Basis.FORM, Basis.USER, Basis.DOUBLE)]
_DIGITS = 3  # fewer are no number that somebody looks for

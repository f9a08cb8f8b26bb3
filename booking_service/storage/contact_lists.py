"""Lists of contacts with a standing: a page of them, the latest change first, and their number."""

from collections.abc import Collection, Iterable
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, false, literal, not_, or_, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from ..domain.consent import Act, Basis
from ..domain.consent_columns import searched_id
from ..domain.contact_filter import (
    CONTRADICTORY,
    EVER_ASKED,
    EXPIRED,
    LACKING,
    NEVER,
    NO_ADDRESS,
    NO_NUMBER,
    STOPPED,
    ContactCursor,
    Filter,
)
from ..domain.purposes import Purpose
from .contacts import Contact, to_contact
from .standings import brought, stands
from .statements import past_indexes
from .tables.consent import ContactRow, ContactValueRow, StandingRow
from .tables.ledger import LedgerDetailRow, LedgerEntryRow


class ContactsPage(NamedTuple):
    """`further`: the place after which the next page begins, None on the last one."""

    contacts: list[Contact]
    further: ContactCursor | None


def page_of(
    session: Session,
    wanted: Filter,
    purpose: Purpose,
    *,
    now: datetime,
    after: ContactCursor | None = None,
    limit: int,
    long: bool = False,
) -> ContactsPage:
    """Contacts of the list after `after`, the latest change first, without merged and erased ones.

    A `long` list is read in its order until the page is full, a short one is selected by standing and then sorted.
    """
    query = _listed(select(ContactRow), wanted, purpose, now=now, in_order=long)
    if after is not None:
        query = query.where(tuple_(*_PLACE) < tuple_(*after))
    rows = session.exec(query.order_by(*_LATEST_FIRST).limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return ContactsPage(
        [to_contact(row) for row in rows[:limit]], ContactCursor(last.changed_at, last.id) if last is not None else None
    )


def across(
    session: Session, wanted: Filter, purposes: Iterable[Purpose], *, now: datetime, limit: int
) -> list[tuple[UUID, str]]:
    """As `page_of` over several purposes: contact and purpose, the latest change first.

    Where no standing is wanted, only contacts with an entry for the purpose.
    """
    found: list[tuple[ContactCursor, str]] = []
    for each in purposes:
        query = _listed(select(*_PLACE), wanted, each, now=now)
        if not wanted.standing:
            query = query.where(col(StandingRow.contact_id).is_not(None))
        found += [(ContactCursor(*row), each.slug) for row in session.exec(query.order_by(*_LATEST_FIRST).limit(limit))]
    found.sort(key=itemgetter(0), reverse=True)
    return [(place.id, slug) for place, slug in found[:limit]]


def was(act: Act) -> ColumnElement[bool]:
    """The condition that an entry is of this act, as a literal: the partial index is not used for a parameter."""
    return col(LedgerEntryRow.act) == bindparam(None, act.value, literal_execute=True)


def ids(session: Session, wanted: Filter, purpose: Purpose, *, now: datetime, limit: int) -> list[UUID]:
    """The ids of the list, newest first."""
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
    """The number of contacts in the list, counted up to `most`.

    `on`: only unexpired consents on one of these bases, of contacts without a stop.
    """
    counted = _listed(select(ContactRow.id), wanted, purpose, now=now)
    if on is not None:
        based = col(StandingRow.basis).in_([each.value for each in on])
        counted = counted.where(based, col(StandingRow.stopped_at).is_(None), not_(_over(purpose, now=now)))
    return session.exec(select(func.count()).select_from(counted.limit(most).subquery())).one()


def stops(session: Session, purpose: str, *, limit: int) -> list[tuple[UUID, datetime]]:
    """Who stopped all use and when, latest first, where the stop still holds.

    Read by one purpose, whichever, as a stop counts for each; and by its entry's own contact, as it counts for merged
    ones too.
    """
    stopped = and_(col(LedgerEntryRow.contact_id) == col(StandingRow.contact_id), was(Act.STOPPED))
    query = (
        select(StandingRow.contact_id, LedgerEntryRow.at)
        .join(LedgerEntryRow, stopped)
        .where(StandingRow.purpose == purpose, col(StandingRow.stopped_at) == col(LedgerEntryRow.at))
        .where(col(StandingRow.stopped_at).is_not(None))
    )
    return list(session.exec(query.order_by(col(LedgerEntryRow.at).desc()).limit(limit)))


def _listed(query: Any, wanted: Filter, purpose: Purpose, *, now: datetime, in_order: bool = False) -> Any:
    """`in_order`: written so that the database reads contacts in their order, and not by their standing."""
    of_purpose = and_(col(StandingRow.contact_id) == col(ContactRow.id), col(StandingRow.purpose) == purpose.slug)
    from_outside = brought(wanted)
    anybody = wanted.standing in ("", NEVER, EVER_ASKED) and not from_outside
    query = query.outerjoin(StandingRow, of_purpose) if anybody or in_order else query.join(StandingRow, of_purpose)
    if from_outside:
        of_standing = col(LedgerDetailRow.entry_id) == col(StandingRow.entry_id)
        query = query.join(LedgerDetailRow, of_standing, isouter=in_order)
    current = col(ContactRow.merged_into).is_(None), col(ContactRow.erased_at).is_(None)
    conditions = *current, *from_outside, *_standing(wanted, purpose, now=now), *_text(wanted.text)
    if not in_order:
        return query.where(*conditions)
    there = [] if anybody else [col(StandingRow.contact_id).is_not(None)]
    return query.where(past_indexes(and_(*there, *conditions)))


def _standing(wanted: Filter, purpose: Purpose, *, now: datetime) -> list[ColumnElement[bool]]:
    """The conditions of the wanted standing. An expired or stopped one is in that list and "asked" only."""
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
    """The condition that a consent lacks something. `what`: one of LACKING."""
    if what == NO_ADDRESS:
        return [col(StandingRow.basis).in_(_GRANTED), col(ContactRow.address_key) == ""]
    if what == NO_NUMBER:
        return [col(StandingRow.basis).in_(_GRANTED), col(ContactRow.phone) == ""]
    if what == CONTRADICTORY:
        return [col(StandingRow.basis).in_(_GRANTED), col(ContactRow.phone) != "", _names_another_number()]
    unknown = or_(col(LedgerDetailRow.source) == "", col(LedgerDetailRow.given_on).is_(None))
    return [col(StandingRow.basis).in_([Basis.USER.value, Basis.IMPLIED.value]), _detail(unknown)]


def _names_another_number() -> ColumnElement[bool]:
    """The condition that an entry's detail (canonical JSON) has another number than its contact.

    Or it has none, and the contact that gave it, who may be merged with this one, had another number then.
    """
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
    """The condition that the detail behind a standing fulfils these, in a subquery, even where a list has joined it."""
    of_entry = select(LedgerDetailRow.entry_id).where(col(LedgerDetailRow.entry_id) == col(StandingRow.entry_id))
    return of_entry.where(*like_this).correlate(ContactRow, StandingRow).exists()


def _over(purpose: Purpose, *, now: datetime) -> ColumnElement[bool]:
    """The condition that a consent is expired."""
    return col(StandingRow.since) <= now - purpose.lasts if purpose.lasts is not None else false()


def _text(text: str) -> list[ColumnElement[bool]]:
    """The conditions of the search text: words of name or address; a whole number or consent id; a sensitive field's
    end."""
    if not text:
        return []
    carries = (
        select(LedgerEntryRow.contact_id)
        .join(LedgerDetailRow, col(LedgerDetailRow.entry_id) == col(LedgerEntryRow.id))
        .where(col(LedgerDetailRow.optin_id) == searched_id(text))
    )
    return [or_(called(text), col(ContactRow.id).in_(carries))]


def called(text: str) -> ColumnElement[bool]:
    """The condition that a contact has these words in name or address, this number, or such a sensitive field."""
    number = "".join(each for each in text if each in "+0123456789")
    return or_(
        col(ContactRow.address_key).contains(text.lower(), autoescape=True),
        func.lower(ContactRow.name).contains(text.lower(), autoescape=True),
        col(ContactRow.name).contains(text, autoescape=True),
        col(ContactRow.id).in_(_exposing(text)),
        *([col(ContactRow.phone).endswith(number, autoescape=True)] if len(number) > _DIGITS else []),
    )


def _exposing(text: str) -> Any:
    """Contacts with a sensitive field that ends so, within its readable end: a whole value finds nothing."""
    return select(ContactValueRow.contact_id).where(ContactValueRow.sealed != "", ContactValueRow.exposed == text)


_PLACE = col(ContactRow.changed_at), col(ContactRow.id)
_LATEST_FIRST = tuple(each.desc() for each in _PLACE)
_GRANTED = [each.value for each in (Basis.IMPLIED, Basis.FORM, Basis.USER, Basis.DOUBLE)]
_DIGITS = 3  # fewer digits are no number worth searching for

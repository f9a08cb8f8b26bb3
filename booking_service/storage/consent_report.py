"""How many contacts there are of each standing, and which records lack something."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import case, or_
from sqlmodel import Session, col, func, select

from ..domain.consent import Asked, Basis
from ..domain.contact_filter import EXPIRED
from ..domain.purposes import Purpose
from .standings import DECLINED, PENDING
from .tables.consent import ContactRow, StandingRow
from .tables.ledger import LedgerDetailRow, LedgerEntryRow

_GRANTED = [each.value for each in (Basis.IMPLIED, Basis.FORM, Basis.USER, Basis.DOUBLE)]
_CURRENT = col(ContactRow.merged_into).is_(None), col(ContactRow.erased_at).is_(None)
_OF_CONTACT = col(StandingRow.contact_id) == col(ContactRow.id)


def counts(session: Session, *, now: datetime) -> dict[str, Mapping[str, int]]:
    """By purpose, how many contacts answer to each standing that a list can be filtered by. One that stands on something and
    is asked anew counts for both."""
    lapsed = case((col(StandingRow.until) <= now, 1), else_=0)
    columns: Any = select  # its overloads end at four
    by = col(StandingRow.purpose), col(StandingRow.basis), col(StandingRow.question), lapsed
    grouped = columns(*by, func.count()).join(ContactRow, _OF_CONTACT).where(*_CURRENT)
    found: dict[str, Counter[str]] = {}
    for purpose, basis, question, over, count in session.execute(grouped.group_by(*by)):
        of_purpose = found.setdefault(purpose, Counter())
        if basis != Basis.NONE.value:
            of_purpose[basis] += count
        if question == PENDING:
            of_purpose[Asked.LAPSED.value if over else Asked.PENDING.value] += count
        elif question == DECLINED:
            of_purpose[Asked.DECLINED.value] += count
    return dict(found)


def expired(session: Session, purpose: Purpose, *, now: datetime) -> dict[str, int]:
    """How many grants of a purpose are older than it lets them become."""
    if purpose.lasts is None:
        return {}
    older = col(StandingRow.basis).in_(_GRANTED), col(StandingRow.since) <= now - purpose.lasts
    query = select(func.count()).select_from(StandingRow).join(ContactRow, _OF_CONTACT)
    return {EXPIRED: session.exec(query.where(StandingRow.purpose == purpose.slug, *older, *_CURRENT)).one()}


def by_wording(session: Session, purpose: str) -> dict[bytes | None, int]:
    """How many consents rest on each text of a purpose, by its hash; None: on none of ours, as they were given elsewhere."""
    columns = select(LedgerEntryRow.wording, func.count()).join(
        StandingRow, col(StandingRow.entry_id) == col(LedgerEntryRow.id)
    )
    rested = columns.join(ContactRow, _OF_CONTACT).where(
        StandingRow.purpose == purpose, col(StandingRow.basis).in_(_GRANTED), *_CURRENT
    )
    return {wording: count for wording, count in session.exec(rested.group_by(col(LedgerEntryRow.wording)))}


def without_source(session: Session, purpose: str) -> int:
    """Consents brought from outside of which nobody wrote down where they were given, or when."""
    lacking = or_(col(LedgerDetailRow.source) == "", col(LedgerDetailRow.given_on).is_(None))
    brought = col(StandingRow.basis).in_([Basis.USER.value, Basis.IMPLIED.value])
    query = select(func.count()).select_from(StandingRow).join(ContactRow, _OF_CONTACT)
    query = query.join(LedgerDetailRow, col(LedgerDetailRow.entry_id) == col(StandingRow.entry_id))
    return session.exec(query.where(StandingRow.purpose == purpose, brought, lacking, *_CURRENT)).one()


def without_number(session: Session, purpose: str) -> int:
    """Consents to calls of contacts whose number nobody knows."""
    query = select(func.count()).select_from(StandingRow).join(ContactRow, _OF_CONTACT)
    of_it = StandingRow.purpose == purpose, col(StandingRow.basis).in_(_GRANTED), ContactRow.phone == ""
    return session.exec(query.where(*of_it, *_CURRENT)).one()

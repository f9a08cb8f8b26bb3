"""Numbers of contacts by standing, and of records that lack something."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import case
from sqlmodel import Session, col, func, select

from ..domain.consent import Act, Asked, Basis
from ..domain.contact_filter import EXPIRED, STOPPED
from ..domain.purposes import Purpose
from .contact_lists import lacking as lacks
from .contact_lists import was
from .standings import DECLINED, PENDING
from .tables.consent import ContactRow, StandingRow
from .tables.ledger import LedgerEntryRow

_AGREED = [each.value for each in (Basis.FORM, Basis.USER, Basis.DOUBLE)]
_GRANTED = [Basis.IMPLIED.value, *_AGREED]
_CURRENT = col(ContactRow.merged_into).is_(None), col(ContactRow.erased_at).is_(None)
_IN_USE = col(StandingRow.stopped_at).is_(None)
_OF_CONTACT = col(StandingRow.contact_id) == col(ContactRow.id)


def counts(session: Session, known: Iterable[Purpose], *, now: datetime) -> dict[str, Mapping[str, int]]:
    """By purpose, the number of contacts of each standing that lists can be filtered by.

    A contact with a consent that is being asked again counts for both; expired ones, and those with all use stopped,
    count as that alone.
    """
    found = _as_written(session, now=now)
    return {each.slug: _apart(session, each, found.get(each.slug, Counter()), now=now) for each in known}


def _as_written(session: Session, *, now: datetime) -> dict[str, Counter[str]]:
    """As `counts`, without regard to expiry."""
    lapsed, stopped = case((col(StandingRow.until) <= now, 1), else_=0), case((_IN_USE, 0), else_=1)
    columns: Any = select  # its overloads end at four columns
    by = col(StandingRow.purpose), stopped, col(StandingRow.basis), col(StandingRow.question), lapsed
    grouped = columns(*by, func.count()).join(ContactRow, _OF_CONTACT).where(*_CURRENT)
    found: dict[str, Counter[str]] = {}
    for purpose, is_stopped, basis, question, over, count in session.execute(grouped.group_by(*by)):
        of_purpose = found.setdefault(purpose, Counter())
        if is_stopped:
            of_purpose[STOPPED] += count
            continue
        if basis != Basis.NONE.value:
            of_purpose[basis] += count
        if question == PENDING:
            of_purpose[Asked.LAPSED.value if over else Asked.PENDING.value] += count
        elif question == DECLINED:
            of_purpose[Asked.DECLINED.value] += count
    return found


def _apart(session: Session, purpose: Purpose, found: Counter[str], *, now: datetime) -> Mapping[str, int]:
    over = _expired(session, purpose, now=now)
    apart = found - over + Counter({EXPIRED: over.total()})
    return {standing: count for standing, count in apart.items() if count}


def _expired(session: Session, purpose: Purpose, *, now: datetime) -> Counter[str]:
    """The number of expired grants of a purpose, by basis."""
    if purpose.lasts is None:
        return Counter()
    older = col(StandingRow.basis).in_(_GRANTED), col(StandingRow.since) <= now - purpose.lasts
    query = select(StandingRow.basis, func.count()).join(ContactRow, _OF_CONTACT)
    query = query.where(StandingRow.purpose == purpose.slug, *older, *_CURRENT, _IN_USE)
    return Counter(dict(session.exec(query.group_by(StandingRow.basis)).all()))


def asked(session: Session, purpose: str) -> tuple[int, int]:
    """How many contacts were ever asked for a purpose, and how many of them confirmed, whatever happened since."""
    current = select(func.count()).select_from(ContactRow).where(*_CURRENT)
    of_it = select(LedgerEntryRow.contact_id).where(LedgerEntryRow.purpose == purpose)
    asked, agreed = (
        session.exec(current.where(col(ContactRow.id).in_(of_it.where(was(act))))).one()
        for act in (Act.ASKED, Act.CONFIRMED)
    )
    return asked, agreed


def by_wording(session: Session, purpose: str) -> dict[bytes | None, int]:
    """The number of consents by the hash of the wording they rest on; None for those given elsewhere."""
    columns = select(LedgerEntryRow.wording, func.count()).join(
        StandingRow, col(StandingRow.entry_id) == col(LedgerEntryRow.id)
    )
    rested = columns.join(ContactRow, _OF_CONTACT).where(
        StandingRow.purpose == purpose, col(StandingRow.basis).in_(_AGREED), *_CURRENT
    )
    return {wording: count for wording, count in session.exec(rested.group_by(col(LedgerEntryRow.wording)))}


def lacking(session: Session, purpose: str, what: str) -> int:
    """The number of consents that lack something. `what`: one of LACKING."""
    query = select(func.count()).select_from(StandingRow).join(ContactRow, _OF_CONTACT)
    return session.exec(query.where(StandingRow.purpose == purpose, *lacks(what), *_CURRENT)).one()

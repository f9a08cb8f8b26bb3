"""Purposes, the versions of their wordings, and what the organisation decided for all of them."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, func, select

from ..domain.localized_text import HostText, InLanguages
from ..domain.purposes import (
    Accepts,
    Condition,
    ConsentRules,
    NewsRules,
    OptIn,
    PageRules,
    Purpose,
    PurposeKind,
    TellNews,
    Wording,
)
from .statements import first_of
from .tables.purpose import PurposeRow, WordingRow
from .tables.setup import OrganisationRow


def rules(session: Session) -> ConsentRules:
    """The rules for all purposes; the most careful ones where nobody decided."""
    row = session.get(OrganisationRow, 1)
    kept, usual = row.consents if row else {}, ConsentRules()
    return ConsentRules(
        opt_in=kept.get("opt_in", usual.opt_in),
        accepts=Accepts(kept.get("accepts", usual.accepts)),
        implied=kept.get("implied", usual.implied),
        remind_every=_days(kept.get("remind_every"), usual.remind_every),
        reminders=kept.get("reminders", usual.reminders),
        remind_unproven=kept.get("remind_unproven", usual.remind_unproven),
        question_lasts=_days(kept.get("question_lasts"), usual.question_lasts),
        erase_after=_days(kept.get("erase_after"), usual.erase_after),
        confirm_withdrawals_too=kept.get("confirm_withdrawals_too", usual.confirm_withdrawals_too),
        page=PageRules(
            statement=_text(kept.get("statement", "")),
            footer=_text(kept.get("footer", "")),
            conditions=read_conditions(kept.get("page_conditions", [])),
            active=kept.get("page", usual.page.active),
        ),
        news=NewsRules(
            tell=TellNews(kept.get("news", usual.news.tell)),
            conditions=read_conditions(kept.get("news_conditions", [])),
        ),
    )


def save_rules(session: Session, rules: ConsentRules) -> None:
    """Save the rules of an existing organisation."""
    row = session.exec(select(OrganisationRow)).one()
    row.consents = {
        "opt_in": rules.opt_in,
        "accepts": rules.accepts.value,
        "implied": rules.implied,
        "remind_every": rules.remind_every.days,
        "reminders": rules.reminders,
        "remind_unproven": rules.remind_unproven,
        "question_lasts": rules.question_lasts.days,
        "erase_after": rules.erase_after.days,
        "confirm_withdrawals_too": rules.confirm_withdrawals_too,
        "statement": _kept(rules.page.statement),
        "footer": _kept(rules.page.footer),
        "page_conditions": kept_conditions(rules.page.conditions),
        "page": rules.page.active,
        "news": rules.news.tell.value,
        "news_conditions": kept_conditions(rules.news.conditions),
    }
    session.add(row)


def every(session: Session) -> list[Purpose]:
    """In the order that people gave them."""
    return [
        _purpose(row) for row in session.exec(select(PurposeRow).order_by(col(PurposeRow.position), col(PurposeRow.id)))
    ]


def find(session: Session, slug: str) -> Purpose | None:
    row = first_of(session, _OF_SLUG, slug=slug)
    return _purpose(row) if row else None


def lock(session: Session, slug: str) -> Purpose | None:
    """The purpose, locked with its texts until the transaction ends."""
    query = select(PurposeRow).where(PurposeRow.slug == slug).with_for_update()
    row = session.exec(query.execution_options(populate_existing=True)).first()
    return _purpose(row) if row else None


def save(session: Session, purpose: Purpose, *, position: int | None = None) -> None:
    """Insert or update. Without `position` it keeps its place; a new one is first."""
    standing = session.get(PurposeRow, purpose.id)
    session.merge(
        PurposeRow(
            id=purpose.id,
            slug=purpose.slug,
            position=position if position is not None else standing.position if standing else 0,
            kind=purpose.kind.value,
            field=purpose.allows_field,
            doi=purpose.opt_in.value,
            accepts=purpose.accepts.value if purpose.accepts else "",
            implied=purpose.implied,
            lasts=purpose.lasts.days if purpose.lasts is not None else None,
            conditions=kept_conditions(purpose.conditions),
            template=purpose.template,
            reminder_template=purpose.reminder_template,
            review_on=purpose.review_on,
            rules=dict(purpose.rules),
            active=purpose.active,
        )
    )
    session.flush()


def add_wording(session: Session, wording: Wording) -> None:
    """Add a new version; earlier ones stay."""
    session.add(
        WordingRow(
            hash=wording.hash,
            purpose=wording.purpose,
            language=wording.language,
            version=wording.version,
            texts=wording.texts,
            made_at=wording.made_at,
            made_by=wording.made_by,
        )
    )
    session.flush()


def wording(session: Session, hash: bytes) -> Wording | None:
    row = session.get(WordingRow, hash)
    return to_wording(row) if row else None


def current_wordings(session: Session, purpose: str) -> dict[str, Wording]:
    """A purpose's newest wordings, by language."""
    newest = (
        select(WordingRow.language, func.max(WordingRow.version))
        .where(WordingRow.purpose == purpose)
        .group_by(col(WordingRow.language))
    )
    versions = set(session.exec(newest))
    rows = session.exec(select(WordingRow).where(WordingRow.purpose == purpose))
    return {row.language: to_wording(row) for row in rows if (row.language, row.version) in versions}


def versions(session: Session, purpose: str) -> list[Wording]:
    """All wordings of a purpose, by language, newest first."""
    rows = select(WordingRow).where(WordingRow.purpose == purpose)
    return [
        to_wording(row) for row in session.exec(rows.order_by(col(WordingRow.language), col(WordingRow.version).desc()))
    ]


def newest_wordings(session: Session) -> dict[str, dict[str, Wording]]:
    """The newest wordings of all purposes, by slug and language."""
    found: dict[str, dict[str, Wording]] = {}
    for row in session.exec(select(WordingRow).order_by(col(WordingRow.version))):
        found.setdefault(row.purpose, {})[row.language] = to_wording(row)
    return found


def wordings(session: Session, hashes: Collection[bytes]) -> dict[bytes, Wording]:
    """The wordings with these hashes."""
    rows = session.exec(select(WordingRow).where(col(WordingRow.hash).in_(hashes)))
    return {row.hash: to_wording(row) for row in rows}


def every_wording(session: Session) -> Iterable[tuple[bytes, Wording]]:
    """All wordings, with their hashes."""
    for row in session.exec(select(WordingRow)):
        yield row.hash, to_wording(row)


def to_wording(row: WordingRow) -> Wording:
    return Wording(
        purpose=row.purpose,
        language=row.language,
        version=row.version,
        texts=row.texts,
        made_at=row.made_at,
        made_by=row.made_by,
    )


def read_conditions(kept: Iterable[dict[str, Any]]) -> tuple[Condition, ...]:
    """Read conditions from JSON."""
    return tuple(Condition(each["field"], tuple(each["values"])) for each in kept)


def kept_conditions(conditions: Iterable[Condition]) -> list[dict[str, Any]]:
    """Conditions as JSON."""
    return [{"field": each.field, "values": list(each.values)} for each in conditions]


_OF_SLUG = select(PurposeRow).where(PurposeRow.slug == bindparam("slug"))


def _purpose(row: PurposeRow) -> Purpose:
    return Purpose(
        id=row.id,
        slug=row.slug,
        kind=PurposeKind(row.kind),
        allows_field=row.field,
        opt_in=OptIn(row.doi),
        accepts=Accepts(row.accepts) if row.accepts else None,
        implied=row.implied,
        lasts=timedelta(days=row.lasts) if row.lasts is not None else None,
        conditions=read_conditions(row.conditions),
        template=row.template,
        reminder_template=row.reminder_template,
        review_on=row.review_on,
        rules=dict(row.rules),
        active=row.active,
    )


def _text(kept: str | dict[str, str]) -> HostText:
    return kept if isinstance(kept, str) else InLanguages(tuple(kept.items()))


def _kept(text: HostText) -> str | dict[str, str]:
    return text if isinstance(text, str) else dict(text.versions)


def _days(kept: int | None, usual: timedelta) -> timedelta:
    return usual if kept is None else timedelta(days=kept)

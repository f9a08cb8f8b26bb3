"""Purposes between setup file and database. Changed texts become a new version."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime

from sqlmodel import Session

from ....crypto.ids import new_id
from ....domain.effects import MailKind
from ....domain.mail_texts import ORGANISATION
from ....domain.meeting import ConsentBlock
from ....domain.purposes import ConsentRules, Purpose, PurposeKind, Wording
from ....runtime import Runtime
from ....storage import hosts, mail_texts, purposes
from ...consent import news, purpose_standings
from .purpose_tables import WantedPurpose
from .write import Tree

_WARNING = (
    "double opt-in is off, so that a tick counts at once, though anybody can type an address: such consents are legally "
    "doubtful, and nothing is sent on them unless they are accepted. Double opt-in is recommended"
)
_WAITING_NO = (
    "what people end on their page waits for a mailed link, though ending has to be as easy as agreeing (Art. 7(3) GDPR): who does "
    "not press that link goes on getting what they wanted to end. Leaving it off is recommended"
)


def store(rt: Runtime, session: Session, wanted: Iterable[WantedPurpose], *, by: str, now: datetime) -> list[str]:
    """Make the purposes as the file says. Returns problems: a purpose can't change its kind, which evidence relies
    on."""
    problems = []
    for position, each in enumerate(wanted):
        standing = purposes.find(session, each.purpose.slug)
        if standing is not None and standing.kind is not each.purpose.kind:
            problems.append(
                f"purposes.{standing.slug}.kind: it is {standing.kind} for good; make a purpose of another name"
            )
            continue
        purpose = replace(
            each.purpose,
            id=standing.id if standing else new_id(now),
            rules=standing.rules if standing else {},
        )
        if purpose != standing:
            purposes.save(session, purpose, position=position)
        if standing is None or standing.lasts != purpose.lasts:
            purpose_standings.write_down(rt, session, purpose)
        _texts(session, each, by=by, now=now)
        if purpose.active and (standing is None or not standing.active):
            news.switched_on(session, purpose.slug, by=by, now=now)
    return problems


def store_rules(session: Session, wanted: ConsentRules, *, by: str, now: datetime) -> list[str]:
    """Store the rules for all purposes. Returns problems: the organisation needs a name."""
    if not hosts.organisation(session).name:
        return ["consents: name the organisation first, with [organisation]"]
    before = purposes.rules(session)
    if before != wanted:
        purposes.save_rules(session, wanted)
    if wanted.page.active and not before.page.active:
        news.switched_on(session, news.PAGE, by=by, now=now)
    return []


def consents_tree(rules: ConsentRules) -> Tree:
    return {
        "opt_in": rules.opt_in,
        "accepts": rules.accepts.value,
        "implied": rules.implied,
        "remind_every": rules.remind_every,
        "reminders": rules.reminders,
        "remind_unproven": rules.remind_unproven,
        "question_lasts": rules.question_lasts,
        "erase_after": rules.erase_after,
        "confirm_withdrawals_too": rules.confirm_withdrawals_too,
        "statement": rules.page.statement,
        "footer": rules.page.footer,
        "page": rules.page.active,
        "page_conditions": [asdict(each) for each in rules.page.conditions] or None,
        "news": rules.news.tell.value,
        "news_conditions": [asdict(each) for each in rules.news.conditions] or None,
    }


def purposes_tree(session: Session) -> Tree:
    return {each.slug: purpose_tree(session, each) for each in purposes.every(session)}


def purpose_tree(session: Session, purpose: Purpose) -> Tree:
    """A purpose with its present texts."""
    current = purposes.current_wordings(session, purpose.slug)
    return {
        "kind": purpose.kind.value,
        "field": purpose.allows_field,
        "opt_in": purpose.opt_in.value,
        "accepts": purpose.accepts.value if purpose.accepts else None,
        "implied": purpose.implied,
        "lasts": purpose.lasts,
        "template": purpose.template,
        "reminder_template": purpose.reminder_template,
        "review_on": purpose.review_on,
        "active": purpose.active,
        "conditions": [{"field": each.field, "values": list(each.values)} for each in purpose.conditions] or None,
        "wording": {language: json.loads(wording.texts) for language, wording in sorted(current.items())} or None,
    }


def _texts(session: Session, wanted: WantedPurpose, *, by: str, now: datetime) -> None:
    """Texts of languages that the file no longer mentions stay, as entries refer to them."""
    current = purposes.current_wordings(session, wanted.purpose.slug)
    for language, texts in wanted.texts.items():
        standing = current.get(language)
        if standing is not None and standing.texts == texts:
            continue
        version = standing.version + 1 if standing else 1
        slug = wanted.purpose.slug
        purposes.add_wording(
            session,
            Wording(purpose=slug, language=language, version=version, texts=texts, made_at=now, made_by=by),
        )


def left_alone(session: Session, wanted: Iterable[WantedPurpose]) -> Iterable[str]:
    mentioned = {each.purpose.slug for each in wanted}
    return (f"purposes.{each.slug}" for each in purposes.every(session) if each.slug not in mentioned)


def unknown(session: Session, offered: Mapping[str, Iterable[ConsentBlock]]) -> Iterable[str]:
    """Problems of meeting types that offer unknown purposes. `offered`: blocks by their place in the file."""
    known = {each.slug for each in purposes.every(session)}
    for where, blocks in offered.items():
        for block in blocks:
            if block.purpose not in known:
                yield f"{where}.purposes: there is no purpose {block.purpose!r}: write [purposes.{block.purpose}]"


def unknown_texts(session: Session, wanted: Iterable[WantedPurpose]) -> Iterable[str]:
    """Problems of mails and reminders that use unwritten texts."""
    known = [each.name for each in mail_texts.names(session, MailKind.CONFIRM_CONSENT, ORGANISATION)]
    named = ", ".join(f'"{each}"' for each in known)
    advice = f"write one of {named}, or leave it out" if known else f"write [mails.{MailKind.CONFIRM_CONSENT}] first"
    for each in wanted:
        chosen = {"template": each.purpose.template, "reminder_template": each.purpose.reminder_template}
        for key, name in chosen.items():
            if name and name not in known:
                yield f"purposes.{each.purpose.slug}.{key}: there is no text {name!r} of the mail that asks: {advice}"


def doubtful(session: Session) -> dict[str, str]:
    """Warnings about legally doubtful settings.

    Purposes whose ticks need no confirmation by mail, and withdrawals that need one.
    """
    rules = purposes.rules(session)
    waiting = {"consents.confirm_withdrawals_too": _WAITING_NO} if rules.confirm_withdrawals_too else {}
    return waiting | {
        f"purposes.{each.slug}": _WARNING
        for each in purposes.every(session)
        if each.active and each.kind is not PurposeKind.PHONE and not each.asks_by_mail(rules)
    }

"""Own texts of mails between setup file and database. A changed text becomes a new version."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ....domain.mail_texts import ORGANISATION, RULES, USUAL, ChosenText, MailText, chosen_of, use_of, written_by
from ....storage import mail_texts
from .mail_tables import WantedMail
from .write import Tree


def store(session: Session, owner: UUID, wanted: Iterable[WantedMail], *, by: str, now: datetime) -> list[str]:
    """Make the owner's mails as the file says; unmentioned texts stay. Returns problems."""
    problems = []
    for each in wanted:
        _write(session, owner, each, by=by, now=now)
        usable = mail_texts.names(session, each.kind, *{owner, ORGANISATION})
        try:
            chosen = chosen_of(owner, each.use)
        except ValueError:
            chosen = ChosenText(owner, each.use)
        if chosen is None or not chosen.name or chosen in usable:
            mail_texts.choose(session, owner, each.kind, chosen)
        else:
            problems.append(f"{each.where}.use: there is no such text; write one of {_choices(owner, usable)}")
    session.flush()
    return problems


def mails_tree(session: Session, owner: UUID) -> Tree:
    """The kinds of mail for which the owner chose or wrote a text, in the newest version."""
    choices = mail_texts.choices(session, owner)
    tree: Tree = {}
    newest = mail_texts.newest(session, owner)
    for kind in written_by(owner):
        texts: Tree = {}
        for each in newest:
            if each.kind is kind:
                subject = {} if RULES[kind].fixed_subject else {"subject": each.subject}
                texts.setdefault(each.name, {})[each.language] = {**subject, "text": each.text}
        use = use_of(owner, choices.get((owner, kind)))
        if use or texts:
            tree[kind.value] = {"use": use, "texts": texts or None}
    return tree


def left_alone(session: Session, owner: UUID, wanted: Iterable[WantedMail], *, above: str) -> Iterable[str]:
    """Texts in the database that the file does not mention."""
    mentioned = {(each.kind, *key) for each in wanted for key in each.texts}
    for each in mail_texts.newest(session, owner):
        if (each.kind, each.name, each.language) not in mentioned:
            yield f"{above}mails.{each.kind}.texts.{each.name}.{each.language}"


def _write(session: Session, owner: UUID, wanted: WantedMail, *, by: str, now: datetime) -> None:
    for (name, language), own in wanted.texts.items():
        standing = mail_texts.latest(session, ChosenText(owner, name), wanted.kind, language=language)
        if standing is not None and (standing.subject, standing.text) == (own.subject, own.text):
            continue
        text = MailText(
            owner=owner,
            kind=wanted.kind,
            name=name,
            language=language,
            version=standing.version + 1 if standing else 1,
            subject=own.subject,
            text=own.text,
            at=now,
            by=by,
        )
        mail_texts.add(session, text)


def _choices(owner: UUID, usable: Iterable[ChosenText]) -> str:
    return ", ".join(f'"{use_of(owner, each) or USUAL}"' for each in (ChosenText(), *usable))

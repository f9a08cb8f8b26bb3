"""Mails in the words of a host or the organisation: written, chosen, looked at, and sent to try them out."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID, uuid4

from sqlmodel import Session

from ...domain.audit import Actor
from ...domain.availability import WorkingHours, zone_of
from ...domain.effects import MailKind
from ...domain.errors import NotFound
from ...domain.mail_kinds import ROWS, Subject
from ...domain.mail_texts import ORGANISATION, RULES, Chosen, Fault, MailText, faults, use_of, written_by
from ...domain.people import Host, Organisation, Person
from ...domain.roles import Role
from ...language import Language
from ...mail.compose import compose_example, compose_example_notice
from ...mail.errors import MailError
from ...mail.example import ExampleContext, example_facts, example_mail
from ...mail.example_notices import example_notice, example_to_contact, example_to_person
from ...mail.facts import OwnText
from ...mail.letters.defaults import starting_text
from ...mail.message import OutgoingMail
from ...mail.text_faults import sentence
from ...runtime import Runtime
from ...storage import access, changes, hosts, mail_texts
from ...storage.changes import Recorded
from ...storage.engine import snapshot, transaction
from .facts import base_url, sender

__all__ = [
    "InUse",
    "MailSetup",
    "OwnText",
    "TextChanged",
    "TextRefused",
    "TrialNotSent",
    "choose",
    "example",
    "find",
    "find_all",
    "kind_of",
    "save",
    "send_test",
    "sentence",
    "usual",
]


class TextRefused(Exception):
    """It can't be saved like this: `faults` says why."""

    def __init__(self, found: tuple[Fault, ...]) -> None:
        super().__init__("the text has faults")
        self.faults = found


class TrialNotSent(Exception):
    """The mail server did not take it; the text says what it answered."""


class TextChanged(Exception):
    """Somebody saved another version since this one was shown: `standing`."""

    def __init__(self, standing: MailText | None) -> None:
        super().__init__("another version was saved")
        self.standing = standing


@dataclass(frozen=True, slots=True)
class InUse:
    """What the owner's mails of a kind say. `own`: what they chose themselves, None: as the organisation has it."""

    kind: MailKind
    chosen: Chosen
    own: Chosen | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSetup:
    """One kind of mail, as it is set up. `texts`: all that can be chosen; `versions`: of the shown text in one language, the
    newest first."""

    in_use: InUse
    texts: tuple[Chosen, ...]
    versions: tuple[MailText, ...]


def find_all(rt: Runtime, owner: UUID) -> list[InUse]:
    """Every kind of mail that the owner can write anew."""
    with snapshot(rt.engine) as session:
        found = mail_texts.choices(session, owner)
    return [_in_use(kind, owner, found) for kind in written_by(owner)]


def find(rt: Runtime, owner: UUID, kind: MailKind, *, name: str, language: Language) -> MailSetup:
    """`name`: of the text to be shown; it is one of the owner's own."""
    with snapshot(rt.engine) as session:
        found = mail_texts.choices(session, owner)
        return MailSetup(
            in_use=_in_use(kind, owner, found),
            texts=tuple(mail_texts.names(session, kind, *{owner, ORGANISATION})),
            versions=tuple(mail_texts.versions(session, owner, kind, name=name, language=language.code)),
        )


def save(rt: Runtime, text: MailText, *, by: Actor) -> MailText:
    """Make it the newest version, and what the owner's mails say from now on. `text.version`: the one it follows.

    Raises TextRefused, TextChanged.
    """
    if wrong := faults(text.kind, subject=text.subject, text=text.text):
        raise TextRefused(wrong)
    after = replace(text, version=text.version + 1, by=by.name)
    try:
        with transaction(rt.engine) as session:
            standing = _not_old(session, text)
            mail_texts.add(session, after)
            _choose(session, text.owner, text.kind, Chosen(text.owner, text.name), by=by, now=text.at)
            _record_text(session, standing, after)
    except mail_texts.VersionTaken as error:
        with snapshot(rt.engine) as session:
            raise TextChanged(_latest(session, text)) from error
    return after


def choose(rt: Runtime, owner: UUID, kind: MailKind, what: Chosen | None, *, by: Actor, now: datetime) -> None:
    """Which text the owner's mails of this kind have. None: as the organisation has it. Raises NotFound: there is no such."""
    with transaction(rt.engine) as session:
        if what is not None and what.name and what not in mail_texts.names(session, kind, *{owner, ORGANISATION}):
            raise NotFound("there is no such text")
        _choose(session, owner, kind, what, by=by, now=now)


def example(
    rt: Runtime, owner: UUID, kind: MailKind, *, language: Language, own: OwnText | None, to: str, now: datetime
) -> OutgoingMail:
    """The mail with example data: in these words, else in the usual ones."""
    with snapshot(rt.engine) as session:
        organisation = hosts.organisation(session)
        host = _example_host(organisation) if owner == ORGANISATION else hosts.get(session, owner)
    context = ExampleContext(
        organisation=organisation, language=language, own=own, base_url=base_url(rt), sender=sender(rt), now=now
    )
    match ROWS[kind].subject:
        case Subject.BOOKING:
            return compose_example(example_mail(kind), facts=example_facts(kind, context, host=host), to=to)
        case Subject.CALENDAR:
            return compose_example_notice(kind, facts=example_notice(kind, context, host=host), to=to)
        case Subject.CONTACT:
            return compose_example_notice(kind, facts=example_to_contact(kind, context), to=to)
        case Subject.PERSON:
            person = _example_person(host, email=to)
            return compose_example_notice(kind, facts=example_to_person(kind, context, person=person), to=to)
        case _:
            assert_never(ROWS[kind].subject)


def send_test(
    rt: Runtime, owner: UUID, kind: MailKind, *, language: Language, own: OwnText, to: str, now: datetime
) -> None:
    """Send the example at once. Raises TrialNotSent."""
    try:
        rt.transport.send(example(rt, owner, kind, language=language, own=own, to=to, now=now))
    except MailError as error:
        raise TrialNotSent(str(error)) from error


def usual(kind: MailKind, language: Language) -> OwnText:
    """Where one begins."""
    return starting_text(kind, language)


def kind_of(written: str, owner: UUID) -> MailKind:
    """Raises NotFound: there is no mail of this kind that the owner can write anew."""
    if written not in {*written_by(owner)}:
        raise NotFound("there is no such kind of mail")
    return MailKind(written)


def _not_old(session: Session, text: MailText) -> MailText | None:
    standing = _latest(session, text)
    if (standing.version if standing else 0) != text.version:
        raise TextChanged(standing)
    return standing


def _choose(session: Session, owner: UUID, kind: MailKind, what: Chosen | None, *, by: Actor, now: datetime) -> None:
    access.one_at_a_time(session, "mail texts", f"{owner} {kind}")
    before = mail_texts.choices(session, owner).get((owner, kind))
    mail_texts.choose(session, owner, kind, what)
    was, is_now = use_of(owner, before) or None, use_of(owner, what) or None
    if was != is_now:
        key = f"{_key(session, owner, kind)}.use"
        changes.add(session, Recorded(now, by.name, key, was, is_now, page=True))


def _record_text(session: Session, before: MailText | None, after: MailText) -> None:
    """By the keys of the setup file, as all that pages set up is."""
    above = f"{_key(session, after.owner, after.kind)}.texts.{after.name}.{after.language}"
    parts = [("text", before.text if before else None, after.text)]
    if not RULES[after.kind].fixed_subject:
        parts.insert(0, ("subject", before.subject if before else None, after.subject))
    for name, was, is_now in parts:
        if was != is_now:
            changes.add(session, Recorded(after.at, after.by, f"{above}.{name}", was, is_now, page=True))


def _key(session: Session, owner: UUID, kind: MailKind) -> str:
    return f"mails.{kind}" if owner == ORGANISATION else f"hosts.{hosts.get(session, owner).slug}.mails.{kind}"


def _latest(session: Session, text: MailText) -> MailText | None:
    return mail_texts.latest(session, Chosen(text.owner, text.name), text.kind, language=text.language)


def _in_use(kind: MailKind, owner: UUID, found: dict[tuple[UUID, MailKind], Chosen]) -> InUse:
    own = found.get((owner, kind))
    return InUse(kind, own or found.get((ORGANISATION, kind)) or Chosen(), own)


def _example_host(organisation: Organisation) -> Host:
    """Somebody of the organisation's, as an example."""
    return Host(
        id=uuid4(),
        slug="example",
        name="Ada Lovelace",
        email="ada@example.org",
        zone=zone_of("Europe/Berlin"),
        language=organisation.default_language,
        hours=WorkingHours(((),) * 7),
    )


def _example_person(host: Host, *, email: str) -> Person:
    return Person(id=host.id, email=email, name=host.name, zone=host.zone, roles=frozenset({Role.HOST}))

"""Texts of mails by a host or the organisation: written, chosen, previewed, and sent as a test."""

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
from ...domain.mail_texts import ORGANISATION, RULES, ChosenText, Fault, MailText, faults, use_of, written_by
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
from ...storage import access, changes, hosts, mail_texts, meetings
from ...storage.changes import SetupChange
from ...storage.engine import snapshot, transaction
from .facts import base_url, sender

__all__ = [
    "InUse",
    "MailSetup",
    "OwnText",
    "TextHasFaults",
    "TextVersionChanged",
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


class TextHasFaults(Exception):
    """The text can't be saved. `faults`: why."""

    def __init__(self, found: tuple[Fault, ...]) -> None:
        super().__init__("the text has faults")
        self.faults = found


class TrialNotSent(Exception):
    """The mail server refused it; the message is its reply."""


class TextVersionChanged(Exception):
    """Somebody saved another version since this one was shown: `standing`."""

    def __init__(self, standing: MailText | None) -> None:
        super().__init__("another version was saved")
        self.standing = standing


@dataclass(frozen=True, slots=True)
class InUse:
    """The text of an owner's mails of one kind. `own`: their choice; None: the organisation's.

    `off`: no such mail is sent with the present setup.
    """

    kind: MailKind
    chosen: ChosenText
    own: ChosenText | None
    off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSetup:
    """One kind of mail. `texts`: the possible choices. `versions`: of the shown text in one language, newest first."""

    in_use: InUse
    texts: tuple[ChosenText, ...]
    versions: tuple[MailText, ...]


def find_all(rt: Runtime, owner: UUID) -> list[InUse]:
    """Every kind of mail whose text the owner can write."""
    with snapshot(rt.engine) as session:
        found, off = mail_texts.choices(session, owner), _switched_off(rt, session, owner)
    return [replace(_in_use(kind, owner, found), off=kind in off) for kind in written_by(owner)]


def find(rt: Runtime, owner: UUID, kind: MailKind, *, name: str, language: Language) -> MailSetup:
    """`name`: of the owner's text to be shown."""
    with snapshot(rt.engine) as session:
        found = mail_texts.choices(session, owner)
        return MailSetup(
            in_use=_in_use(kind, owner, found),
            texts=tuple(mail_texts.names(session, kind, *{owner, ORGANISATION})),
            versions=tuple(mail_texts.versions(session, owner, kind, name=name, language=language.code)),
        )


def save(rt: Runtime, text: MailText, *, by: Actor) -> MailText:
    """Save as the newest version, and use it from now on. `text.version`: the one that it replaces.

    Raises TextHasFaults, TextVersionChanged.
    """
    if wrong := faults(text.kind, subject=text.subject, text=text.text):
        raise TextHasFaults(wrong)
    after = replace(text, version=text.version + 1, by=by.name)
    try:
        with transaction(rt.engine) as session:
            standing = _not_old(session, text)
            mail_texts.add(session, after)
            _choose(session, text.owner, text.kind, ChosenText(text.owner, text.name), by=by, now=text.at)
            _record_text(session, standing, after)
    except mail_texts.VersionTaken as error:
        with snapshot(rt.engine) as session:
            raise TextVersionChanged(_latest(session, text)) from error
    return after


def choose(rt: Runtime, owner: UUID, kind: MailKind, what: ChosenText | None, *, by: Actor, now: datetime) -> None:
    """Choose the text of a kind of mail; None: the organisation's. Raises NotFound: no such text."""
    with transaction(rt.engine) as session:
        if what is not None and what.name and what not in mail_texts.names(session, kind, *{owner, ORGANISATION}):
            raise NotFound("there is no such text")
        _choose(session, owner, kind, what, by=by, now=now)


def example(
    rt: Runtime, owner: UUID, kind: MailKind, *, language: Language, own: OwnText | None, to: str, now: datetime
) -> OutgoingMail:
    """The mail with example data, in these words or the usual ones."""
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
    """The text to begin with."""
    return starting_text(kind, language)


def kind_of(written: str, owner: UUID) -> MailKind:
    """Raises NotFound: no such kind of mail, or not the owner's to write."""
    if written not in {*written_by(owner)}:
        raise NotFound("there is no such kind of mail")
    return MailKind(written)


def _not_old(session: Session, text: MailText) -> MailText | None:
    standing = _latest(session, text)
    if (standing.version if standing else 0) != text.version:
        raise TextVersionChanged(standing)
    return standing


def _choose(
    session: Session, owner: UUID, kind: MailKind, what: ChosenText | None, *, by: Actor, now: datetime
) -> None:
    access.one_at_a_time(session, "mail texts", f"{owner} {kind}")
    before = mail_texts.choices(session, owner).get((owner, kind))
    mail_texts.choose(session, owner, kind, what)
    was, is_now = use_of(owner, before) or None, use_of(owner, what) or None
    if was != is_now:
        key = f"{_key(session, owner, kind)}.use"
        changes.add(session, SetupChange(now, by.name, key, was, is_now, page=True))


def _record_text(session: Session, before: MailText | None, after: MailText) -> None:
    """Record the change under the keys of the setup file."""
    above = f"{_key(session, after.owner, after.kind)}.texts.{after.name}.{after.language}"
    parts = [("text", before.text if before else None, after.text)]
    if not RULES[after.kind].fixed_subject:
        parts.insert(0, ("subject", before.subject if before else None, after.subject))
    for name, was, is_now in parts:
        if was != is_now:
            changes.add(session, SetupChange(after.at, after.by, f"{above}.{name}", was, is_now, page=True))


def _key(session: Session, owner: UUID, kind: MailKind) -> str:
    return f"mails.{kind}" if owner == ORGANISATION else f"hosts.{hosts.get(session, owner).slug}.mails.{kind}"


def _latest(session: Session, text: MailText) -> MailText | None:
    return mail_texts.latest(session, ChosenText(text.owner, text.name), text.kind, language=text.language)


def _in_use(kind: MailKind, owner: UUID, found: dict[tuple[UUID, MailKind], ChosenText]) -> InUse:
    own = found.get((owner, kind))
    return InUse(kind, own or found.get((ORGANISATION, kind)) or ChosenText(), own)


def _switched_off(rt: Runtime, session: Session, owner: UUID) -> set[MailKind]:
    """The kinds of mail that none of a host's meeting types sends; for the organisation, that the service never
    sends."""
    kinds = meetings.of_host(session, owner)
    wanted = {
        MailKind.HOLD_REMINDER: rt.settings.hold.reminder_at > 0,
        MailKind.REMINDER: owner == ORGANISATION or any(each.remind_before for each in kinds),
        MailKind.HOST_HELD: owner == ORGANISATION or any(each.tell_of_holds for each in kinds),
    }
    return {kind for kind, sent in wanted.items() if not sent}


def _example_host(organisation: Organisation) -> Host:
    """An example host of the organisation."""
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

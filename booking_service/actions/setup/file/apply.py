"""Applying a setup file to the database, and exporting the database as one.

Applying is one transaction and may be repeated. Hosts, accounts, calendars and meeting types that the file does not
mention stay as they are and are reported. Of those it mentions every key counts, and a missing one means its default.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ....domain.mail_texts import ORGANISATION
from ....domain.meeting import DoubleOptIn
from ....domain.people import Host
from ....domain.purposes import ConsentRules
from ....runtime import Runtime
from ....storage import calendars, hosts, meetings, pictures, purposes
from ....storage import changes as recorded
from ....storage.calendars import Connected
from ....storage.changes import SetupChange
from ....storage.engine import snapshot, transaction
from ..doubts import doubts
from . import fields as profile_fields
from . import mails as own_mails
from . import purposes as consent_purposes
from .read import SetupFile, SetupRefused, WantedHost
from .store import Change, Known, Writing, look_up, same
from .write import Tree, account_tree, differences, host_tree, meeting_tree, organisation_tree, to_toml

__all__ = ["Applied", "Change", "apply", "export", "export_pictures"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The changes, real or planned. `left_alone`: what is in the database but not in the file.

    `remarks`: passwords that stay because the file's reference leads nowhere.
    """

    changes: tuple[Change, ...]
    left_alone: tuple[str, ...]
    remarks: tuple[str, ...]


def apply(
    rt: Runtime,
    file: SetupFile,
    *,
    by: str,
    reason: str = "",
    now: datetime,
    dry_run: bool = False,
    overwrite: bool = False,
) -> Applied:
    """Make the database say what the file says. `dry_run`: only find the changes.

    `by` and `reason` are recorded with each change. Calendars given by name are looked up at their servers first. A
    change made on a page since the last apply is only undone with `overwrite`. Raises SetupRefused.
    """
    known = look_up(rt, file)
    with snapshot(rt.engine) if dry_run else transaction(rt.engine) as session:
        before, doubtful = _tree(session), consent_purposes.doubtful(session)
        writing = _written(rt, session, file, known, by=by, now=now)
        warned = consent_purposes.doubtful(session)
        warnings = [Change(f"{key} (warning)", None, warned[key]) for key in warned if key not in doubtful]
        found = [*(Change(*each) for each in differences(before, _tree(session))), *writing.changes, *warnings]
        _record(session, found, by=by, reason=reason, overwrite=overwrite, now=now)
        return Applied(
            changes=tuple(found),
            left_alone=tuple(_left_alone(session, file)),
            remarks=(
                *writing.remarks,
                *_overruled(session),
                *doubts(session),
                *(f"{key}: {warning}" for key, warning in warned.items()),
            ),
        )


def changes(rt: Runtime, *, what: str = "", limit: int = 200) -> list[SetupChange]:
    """The recorded changes, newest first."""
    with snapshot(rt.engine) as session:
        return recorded.latest(session, what=what, limit=limit)


def export(rt: Runtime) -> str:
    """The setup file of the database. In place of passwords it names environment variables."""
    with snapshot(rt.engine) as session:
        return to_toml(_tree(session))


def export_pictures(rt: Runtime) -> Mapping[str, bytes]:
    """The pictures that the setup file refers to, by file name, to lie beside it."""
    with snapshot(rt.engine) as session:
        return {each.name: each.content for each in pictures.every(session)}


def _written(rt: Runtime, session: Session, file: SetupFile, known: Known, *, by: str, now: datetime) -> Writing:
    """All that the file says, in the database. Raises SetupRefused with every problem at once."""
    writing = Writing(rt, session, known, now, file.pictures)
    if file.organisation is not None:
        writing.organisation(file.organisation)
    if file.consents is not None:
        writing.problems += consent_purposes.store_rules(session, file.consents, by=by, now=now)
    writing.problems += consent_purposes.store(rt, session, file.purposes, by=by, now=now)
    writing.problems += profile_fields.store(session, file.fields, now=now)
    writing.problems += own_mails.store(session, ORGANISATION, file.mails, by=by, now=now)
    writing.problems += consent_purposes.unknown_texts(session, file.purposes)
    for wanted in file.hosts:
        writing.host(wanted)
        written = hosts.by_slug(session, wanted.host.slug)
        if written is not None:
            writing.problems += own_mails.store(session, written.id, wanted.mails, by=by, now=now)
    offered = {
        f"{wanted.where}.meetings.{each.slug}": each.purposes for wanted in file.hosts for each in wanted.meetings
    }
    writing.problems += consent_purposes.unknown(session, offered)
    writing.problems += profile_fields.misfits(session, file.hosts)
    if writing.problems:
        raise SetupRefused(tuple(writing.problems))
    return writing


def _record(session: Session, found: Sequence[Change], *, by: str, reason: str, overwrite: bool, now: datetime) -> None:
    """Write down the changes. Raises SetupRefused: one would undo what was changed on a page, without `overwrite`."""
    by_hand = {} if overwrite else recorded.by_hand(session)
    if undone := [by_hand[each.key] for each in found if each.key in by_hand]:
        raise SetupRefused(tuple(_changed_by_hand(each) for each in undone))
    for each in found:
        recorded.add(session, SetupChange(now, by, each.key, each.before, each.after, reason=reason))
    if recorded.by_hand(session):
        recorded.add(session, SetupChange(now, by, recorded.APPLIED, None, None))


def _tree(session: Session) -> Tree:
    """Everything that is set up, without an unnamed organisation and without default consent rules."""
    organisation = hosts.organisation(session)
    tree: Tree = {"organisation": organisation_tree(organisation)} if organisation.name else {}
    rules = purposes.rules(session)
    if rules != ConsentRules():
        tree["consents"] = consent_purposes.consents_tree(rules)
    tree |= {"purposes": consent_purposes.purposes_tree(session), "fields": profile_fields.fields_tree(session)}
    tree["mails"] = own_mails.mails_tree(session, ORGANISATION)
    here = (host for host in hosts.every(session) if host.left_at is None)
    return {**tree, "hosts": {host.slug: _host(session, host) for host in here}}


def _host(session: Session, host: Host) -> Tree:
    connected: dict[UUID, list[Connected]] = {}
    for each in calendars.of_host(session, host.id):
        connected.setdefault(each.account_id, []).append(each)
    return {
        **host_tree(host),
        "accounts": {
            account.key: account_tree(account, connected.get(account.id, []))
            for account in calendars.accounts(session, host.id)
        },
        "meetings": {meeting.slug: meeting_tree(meeting) for meeting in meetings.of_host(session, host.id)},
        "mails": own_mails.mails_tree(session, host.id),
    }


def _changed_by_hand(change: SetupChange) -> str:
    return (
        f"{change.what}: was changed on a page by {change.by}, {change.at:%Y-%m-%d %H:%M} UTC; take that over into the "
        "file (`booking-service export-setup` writes it), or say --overwrite"
    )


def _overruled(session: Session) -> Iterable[str]:
    """Choices without effect, because the organisation's policy overrides them."""
    if not hosts.organisation(session).doi_forced:
        return
    for host in hosts.every(session):
        for each in meetings.of_host(session, host.id):
            if each.doi is DoubleOptIn.OFF:
                yield (
                    f"hosts.{host.slug}.meetings.{each.slug}: doi is off, but has to be confirmed by mail all the same, "
                    "as the organisation asks for it everywhere (doi_forced)"
                )


def _left_alone(session: Session, file: SetupFile) -> Iterable[str]:
    """Hosts, meeting types, accounts and calendars in the database that the file does not mention."""
    yield from consent_purposes.left_alone(session, file.purposes)
    yield from profile_fields.left_alone(session, file.fields)
    yield from own_mails.left_alone(session, ORGANISATION, file.mails, above="")
    mentioned = {wanted.host.slug: wanted for wanted in file.hosts}
    for host in hosts.every(session):
        wanted = mentioned.get(host.slug)
        if wanted is None and host.left_at is not None:
            continue
        if wanted is None:
            yield f"hosts.{host.slug}"
            continue
        slugs = {each.slug for each in wanted.meetings}
        yield from (
            f"hosts.{host.slug}.meetings.{each.slug}"
            for each in meetings.of_host(session, host.id)
            if each.slug not in slugs
        )
        yield from _accounts_left_alone(session, host, wanted)
        yield from own_mails.left_alone(session, host.id, wanted.mails, above=f"hosts.{host.slug}.")


def _accounts_left_alone(session: Session, host: Host, wanted: WantedHost) -> Iterable[str]:
    accounts = {each.key: each for each in wanted.accounts}
    connected = calendars.of_host(session, host.id)
    for account in calendars.accounts(session, host.id):
        place = f"hosts.{host.slug}.accounts.{account.key}"
        if account.key not in accounts:
            yield place
            continue
        own = [each for each in connected if each.account_id == account.id]
        meant = [same(own, each) for each in accounts[account.key].calendars]
        yield from (f"{place}: the calendar {each.name}" for each in own if each not in meant)

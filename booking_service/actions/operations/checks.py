"""Checks of the whole service for its operator: what was checked, what was found, and what to do about it."""

import importlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from calendars.errors import explain_kind

from ... import tracing
from ...config.sources import exposed_files
from ...domain.errors import StorageBusy
from ...domain.identities import ProviderRefused
from ...domain.people import Host
from ...mail.errors import MailError
from ...mail.sender_domain import RecordState, is_reserved, records_of
from ...mail.transport import SmtpTransport
from ...mail.trial import compose_trial
from ...runtime import Runtime
from ...storage import busy, calendars, consistency, hosts, ledger_guards, migrations, operations, outbox, people
from ...storage.calendars import Connected
from ...storage.engine import snapshot
from ...storage.operations import Noted
from ..access import attack, identity_provider
from ..calendar.accounts import stored_password
from ..mail.facts import sender
from ..setup.doubtful import doubts_among
from . import nightly
from .backup import backup_due
from .findings import Check, Level
from .machine import database_clock, machine
from .readiness import OVERDUE

CLOCK_TOLERANCE = timedelta(minutes=1)
AUDIT_OLD = timedelta(hours=36)
DISK_FREE = 10**9  # octets that should be free, or a tenth of a smaller disk
_LEVELS = {
    RecordState.FOUND: Level.OK,
    RecordState.UNKNOWN: Level.UNKNOWN,
    RecordState.DOUBTFUL: Level.WARNING,
    RecordState.MISSING: Level.WARNING,
}
_REMEDIES = {
    "SPF": "Publish the TXT record that your mail provider names; docs/operators/mail.md shows one.",
    "DKIM": "Have the mail server sign, publish its key, and set smtp.dkim_selector; docs/operators/mail.md shows how.",
    "DMARC": "Publish a TXT record at _dmarc, at first with p=none; docs/operators/mail.md shows one.",
}
NAMED = 3  # entries that could not be read whole, of each calendar


def checks(rt: Runtime, *, now: datetime) -> Iterator[Check]:
    """Look at one thing after the other. Where the database can't be used, what lies behind it is not looked at."""
    yield from _settings(rt)
    yield from machine(rt.settings, now=now)
    yield _mail_server(rt)
    yield from _sender_domain(rt)
    yield from _identity_provider(rt, now=now)
    yield from _collector(rt)
    yield from _files(rt)
    if rt.settings.data_dir.exists():
        yield _disk(rt)
    try:
        usable = False
        for check in _database(rt):
            usable = check.level is Level.OK
            yield check
        if usable:
            yield from database_clock(rt.engine, now=now)
            with snapshot(rt.engine) as session:
                yield from _stored(rt, session, now=now)
    except StorageBusy as error:
        remedy = "Look at the database's own log, its disk and its rights; database_url says where it is."
        yield Check("database", Level.PROBLEM, f"The database can't be used: {error}.", remedy)


def try_mail(rt: Runtime, address: str, *, now: datetime) -> Check:
    """Send a test mail to `address`, at once and past the outbox. What the server answers is told as it says it."""
    with snapshot(rt.engine) as session:
        organisation = hosts.organisation(session)
    try:
        delivered = rt.transport.send(compose_trial(address, sender=sender(rt), organisation=organisation, now=now))
    except MailError as error:
        remedy = "Compare smtp.host, port, security, user, password and from with what the mail provider says."
        return Check("mail", Level.PROBLEM, f"The mail to {address} was not taken: {error}.", remedy)
    remedy = "Look whether it arrived, in the folder for spam too."
    return Check("mail", Level.OK, f"The mail to {address} was taken: {delivered.answer}", remedy)


def _stored(rt: Runtime, session: Session, *, now: datetime) -> Iterator[Check]:
    everyone, connected = hosts.every(session), calendars.every(session)
    slugs = {host.id: host.slug for host in everyone}
    yield _clock(session, now=now)
    yield from _passwords(rt, session, slugs)
    yield from _calendars(rt, connected, slugs, busy.warnings(session), now=now)
    yield from _hosts(everyone, connected)
    yield from _people(session)
    yield _ledger(session)
    yield from _outbox(session, now=now)
    noted = operations.every(session)
    yield from _attack(noted.get(operations.ATTACK), now=now)
    yield _backup(rt, noted.get(operations.BACKUP), now=now)
    yield _audit(noted.get(operations.AUDIT), now=now)


def _attack(noted: operations.Noted | None, *, now: datetime) -> Iterator[Check]:
    found = attack.attack_of(noted)
    if found is not None and found.on(now):
        sentence = f'"Under attack" is on until {found.until:%Y-%m-%d %H:%M} UTC, set by {found.by}.'
        remedy = "Holds last 15 minutes and need a computation. `booking-service attack off` ends it sooner."
        yield Check("attack", Level.WARNING, sentence, remedy)


def _settings(rt: Runtime) -> Iterator[Check]:
    if not rt.settings.base_url:
        yield Check("settings", Level.PROBLEM, "No mailed link can be made.", "Set base_url, the public address.")
    if not rt.settings.smtp.sender:
        yield Check("settings", Level.WARNING, "The address that mails come from is a guess.", "Set smtp.from.")
    if rt.settings.data_dir_is_relative:
        sentence = f"The data are in {rt.settings.data_dir}, as seen from here: data_dir is relative."
        remedy = f'A command that is started elsewhere has other data. Set data_dir = "{rt.settings.data_dir}".'
        yield Check("settings", Level.WARNING, sentence, remedy)


def _mail_server(rt: Runtime) -> Check:
    smtp = rt.settings.smtp
    if not smtp.host:
        return Check("mail", Level.PROBLEM, "There is no mail server, so nothing can be confirmed.", "Set smtp.host.")
    if isinstance(rt.transport, SmtpTransport):
        try:
            rt.transport.sign_in()
        except MailError as error:
            remedy = "Compare smtp.host, port, security, user and password with what the mail provider says."
            return Check("mail", Level.PROBLEM, f"{smtp.host}:{smtp.port} takes no mail: {error}.", remedy)
    return Check("mail", Level.OK, f"{smtp.host}:{smtp.port} answers and accepts our sign-in.")


def _sender_domain(rt: Runtime) -> Iterator[Check]:
    """What receivers look for before they believe who a mail is from."""
    smtp, domain = rt.settings.smtp, sender(rt).rpartition("@")[2]
    if is_reserved(domain):
        sentence = f"SPF, DKIM and DMARC can't be looked up: {domain} is no domain of the public DNS."
        yield Check("dns", Level.UNKNOWN, sentence, "Set smtp.from to an address of a domain of yours.")
        return
    for record in records_of(domain, selector=smtp.dkim_selector, server=smtp.resolver):
        level = _LEVELS[record.state]
        remedy = "" if level is Level.OK else _REMEDIES[record.what]
        yield Check("dns", level, f"{record.what} of {domain} {record.words}.", remedy)


def _identity_provider(rt: Runtime, *, now: datetime) -> Iterator[Check]:
    """What is fetched when somebody signs in, without signing anybody in."""
    if not identity_provider.is_set_up(rt):
        return
    label = rt.settings.oidc.label
    if identity_provider.lacks_package():
        sentence = f"Nobody can sign in with {label}: a package is missing."
        yield Check("sign-in", Level.PROBLEM, sentence, "pip install 'booking-service[oidc]', and restart.")
        return
    try:
        count = identity_provider.look(rt, now=now)
    except ProviderRefused as error:
        remedy = (
            "Compare oidc.issuer with what the provider says, and look whether it runs; mailed links sign in meanwhile."
        )
        yield Check("sign-in", Level.PROBLEM, f"Nobody can sign in with {label}: {error}.", remedy)
        return
    callback = identity_provider.callback(rt)
    yield Check("sign-in", Level.OK, f"{label} answers, and publishes {_keys(count)}; it must know {callback}.")


def _collector(rt: Runtime) -> Iterator[Check]:
    """Whether traces arrive: a message without any is sent."""
    chosen = rt.settings.tracing
    if chosen.endpoint is None:
        return
    if tracing.lacks_package():
        yield Check("traces", Level.PROBLEM, "No traces are made: a package is missing.", tracing.INSTALL)
        return
    otlp: Any = importlib.import_module("booking_service.otlp")  # only its extra brings what it imports
    try:
        otlp.look(chosen)
    except otlp.NotTaken as error:
        sentence = f"Traces are lost: {chosen.endpoint} does not take them: {error}."
        remedy = "Look whether the collector runs and speaks OTLP over HTTP; in a private network, name it in tracing.allowed_networks."
        yield Check("traces", Level.WARNING, sentence, remedy)
        return
    yield Check("traces", Level.OK, f"{chosen.endpoint} takes traces.")


def _keys(count: int) -> str:
    return "a key" if count == 1 else f"{count} keys"


def _files(rt: Runtime) -> Iterator[Check]:
    for path in exposed_files(rt.settings):
        yield Check("files", Level.PROBLEM, f"{path} is open to everybody on this machine.", f"chmod 600 {path}")


def _disk(rt: Runtime) -> Check:
    """Of the data directory: the database of SQLite, and backups wherever the database is."""
    found = shutil.disk_usage(rt.settings.data_dir)
    if found.free >= min(DISK_FREE, found.total // 10):
        return Check("disk", Level.OK, f"The disk has room at {rt.settings.data_dir}.")
    remedy = "Make room: a full disk refuses every booking. Old backups go with `backup create --keep-days`."
    sentence = f"Only {found.free // 10**6} MB are free at {rt.settings.data_dir}."
    return Check("disk", Level.WARNING, sentence, remedy)


def _database(rt: Runtime) -> Iterator[Check]:
    pending = migrations.pending(rt.engine)
    if pending:
        sentence = f"The database lacks {', '.join(pending)}."
        yield Check("database", Level.PROBLEM, sentence, "Run `booking-service migrate`; `serve` does it, too.")
        return
    yield Check("database", Level.OK, "The database answers and is up to date.")


def _clock(session: Session, *, now: datetime) -> Check:
    last = consistency.written_last(session)
    if last is not None and last - now > CLOCK_TOLERANCE:
        sentence = (
            f"The clock shows {now:%Y-%m-%d %H:%M:%S} UTC, but something was written at {last:%Y-%m-%d %H:%M:%S}."
        )
        return Check("clock", Level.PROBLEM, sentence, "Set the clock, and let NTP keep it.")
    return Check("clock", Level.OK, f"The clock shows {now:%Y-%m-%d %H:%M:%S} UTC.")


def _passwords(rt: Runtime, session: Session, slugs: Mapping[UUID, str]) -> Iterator[Check]:
    unreadable = [a for a in calendars.accounts(session) if a.password and stored_password(rt, a) is None]
    for account in unreadable:
        slug = slugs[account.host_id]
        sentence = f"The password of {slug}'s account {account.key} was sealed with a key that is not there."
        remedy = (
            "Bring back the old secret_key beside the new one, or set the password again with `booking-service apply`."
        )
        yield Check("keys", Level.PROBLEM, sentence, remedy)
    if not unreadable:
        yield Check("keys", Level.OK, "Every stored password can be read.")


def _calendars(
    rt: Runtime,
    every: list[Connected],
    slugs: Mapping[UUID, str],
    warnings: Mapping[UUID, Sequence[str]],
    *,
    now: datetime,
) -> Iterator[Check]:
    for connected in calendars.looked_at(every):
        name = f"{slugs[connected.host_id]}/{connected.name}"
        yield _calendar(connected, name, now=now, within=rt.settings.calendar.freshness_max)
        odd = warnings.get(connected.id, ())
        if odd:
            remedy = "Open these entries in a calendar program and save them again, or delete them."
            sentence = f"{name}: {len(odd)} entries could not be read whole: {_few(odd)}."
            yield Check("calendar", Level.WARNING, sentence, remedy)
        if connected.doubtful_since is not None:
            sentence = f"{name}: many of our events vanished at once, so none was cancelled."
            yield Check("calendar", Level.WARNING, sentence, "The host was asked by mail what is meant.")


def _few(warnings: Sequence[str]) -> str:
    more = len(warnings) - NAMED
    return "; ".join((*warnings[:NAMED], f"and {more} more") if more > 0 else warnings)


def _calendar(connected: Connected, name: str, *, now: datetime, within: timedelta) -> Check:
    if connected.failing_since is not None:
        explained = explain_kind(connected.failure)
        sentence = f"{name}, since {connected.failing_since:%Y-%m-%d %H:%M} UTC: {explained.sentence}"
        return Check("calendar", Level.PROBLEM, sentence, explained.remedy)
    if connected.fresh(now=now, within=within):
        return Check("calendar", Level.OK, f"{name} was read at {connected.pulled_at:%Y-%m-%d %H:%M:%S} UTC.")
    read = (
        f"was read last at {connected.pulled_at:%Y-%m-%d %H:%M} UTC" if connected.pulled_at else "has not been read yet"
    )
    remedy = "A worker has to run: `booking-service serve`, or `booking-service worker` beside it."
    return Check("calendar", Level.PROBLEM, f"{name} {read}; its host's pages are closed.", remedy)


def _hosts(everyone: Sequence[Host], connected: Sequence[Connected]) -> Iterator[Check]:
    with_target = {each.host_id for each in connected if each.target}
    for host in everyone:
        if host.active and host.id not in with_target:
            sentence = f"Nothing can be booked with {host.slug}: no calendar takes the bookings."
            yield Check(
                "host", Level.WARNING, sentence, f"`booking-service calendar add {host.slug} ADDRESS --target NAME`"
            )
    for doubt in doubts_among(everyone, connected):
        yield Check("host", Level.WARNING, f"{doubt}.", "Nothing has to be done if that is meant.")


def _people(session: Session) -> Iterator[Check]:
    for slug, email in people.hosts_without_one(session):
        sentence = f"Nobody can sign in as {slug}: somebody else signs in with {email}."
        yield Check("people", Level.WARNING, sentence, f"Give {slug} an address of their own, and apply it.")


def _ledger(session: Session) -> Check:
    missing = ledger_guards.missing(session)
    if not missing:
        return Check("ledger", Level.OK, "The database keeps the consent ledger from being changed.")
    sentence = f"The database would let the consent ledger be changed; guards that are missing: {', '.join(missing)}."
    remedy = "Find out who took them away. Restore a backup whose `consents verify` is in order."
    return Check("ledger", Level.PROBLEM, sentence, remedy)


def _outbox(session: Session, *, now: datetime) -> Iterator[Check]:
    found = outbox.backlog(session, late_before=now - OVERDUE)
    if found.dead:
        remedy = "`booking-service outbox list` says why; then `outbox retry` or `outbox drop`."
        yield Check("outbox", Level.WARNING, f"Effects that were given up: {found.dead}.", remedy)
    if found.unsent:
        remedy = "`booking-service outbox list` says what the mail server answers. They leave once it takes them."
        yield Check("mail", Level.PROBLEM, f"Mails that wait for the mail server: {found.unsent}.", remedy)
    if found.late and found.oldest_due_at:
        minutes = int((now - found.oldest_due_at).total_seconds()) // 60
        remedy = "A worker has to run: `booking-service serve`, or `booking-service worker` beside it."
        yield Check(
            "outbox", Level.PROBLEM, f"Effects that are overdue: {found.late}, the oldest by {minutes} min.", remedy
        )
    if not found.dead and not found.late:
        yield Check(
            "outbox", Level.OK, f"Effects that wait for their time: {found.waiting}. None is overdue or given up."
        )


def _backup(rt: Runtime, last: Noted | None, *, now: datetime) -> Check:
    if last is not None and not backup_due(rt, last, now=now):
        return Check("backup", Level.OK, f"The last backup was made at {last.at:%Y-%m-%d %H:%M} UTC.")
    made = f"The last backup was made at {last.at:%Y-%m-%d %H:%M} UTC." if last else "No backup was made yet."
    remedy = "Run `booking-service backup create`, each night by a timer. backup.warn_after says what is old."
    return Check("backup", Level.WARNING, made, remedy)


def _audit(noted: Noted | None, *, now: datetime) -> Check:
    if noted is None:
        remedy = "A worker makes one each night, at 03:00 UTC; `booking-service audit` makes one now."
        return Check("audit", Level.UNKNOWN, "Nobody has compared database, mails and calendars yet.", remedy)
    last = nightly.audited(noted)
    made = f"The audit of {last.at:%Y-%m-%d %H:%M} UTC"
    if last.count:
        remedy = "`booking-service audit` looks again, and `audit --repair` says what can be put right by itself."
        return Check("audit", Level.PROBLEM, f"{made} found {_contradictions(last.count)}.", remedy, last.findings)
    if now - last.at > AUDIT_OLD:
        remedy = "A worker has to run at night: `booking-service serve`, or `booking-service worker` beside it."
        return Check("audit", Level.WARNING, f"{made} was the last.", remedy)
    return Check("audit", Level.OK, f"{made} found that database, mails and calendars say the same.")


def _contradictions(count: int) -> str:
    return "one contradiction" if count == 1 else f"{count} contradictions"

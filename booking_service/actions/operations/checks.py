"""Checks of the whole service for its operator: what was checked, the result, and what to do about it."""

import importlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import Session

from calendars.errors import explain_kind

from ...config.sources import exposed_files
from ...domain.errors import StorageBusy
from ...domain.identities import ProviderRefused
from ...domain.people import Host
from ...domain.sentences import CountedSentence, Sentence
from ...mail.errors import MailError
from ...mail.sender_domain import RecordState, is_reserved, records_of
from ...mail.transport import SmtpTransport
from ...mail.trial import compose_trial
from ...runtime import Runtime
from ...storage import busy, calendars, consistency, hosts, ledger_guards, migrations, operations, outbox, people
from ...storage.calendars import Connected
from ...storage.engine import snapshot
from ...storage.migrations import SchemaTooNew
from ...storage.operations import Noted
from ...telemetry import tracing
from ..access import identity_provider
from ..calendar.accounts import stored_password
from ..mail.facts import sender
from ..setup.doubts import doubts_among
from . import nightly_audit
from .attack_check import attacked
from .backup import backup_due
from .findings import Check, Level
from .machine import database_clock, machine
from .noes_check import unwritten_noes
from .readiness import OVERDUE
from .write_check import unusable

CLOCK_TOLERANCE = timedelta(minutes=1)
AUDIT_OLD = timedelta(hours=36)
DISK_FREE = 10**9  # octets that should be free; a tenth of a smaller disk
_LEVELS = {
    RecordState.FOUND: Level.OK,
    RecordState.UNKNOWN: Level.UNKNOWN,
    RecordState.DOUBTFUL: Level.WARNING,
    RecordState.MISSING: Level.WARNING,
}
_ADVICE = {
    "SPF": Sentence("Publish the TXT record that your mail provider names; docs/operators/mail.md shows one."),
    "DKIM": Sentence(
        "Get your mail server to sign, publish its key, and set smtp.dkim_selector; docs/operators/mail.md shows how."
    ),
    "DMARC": Sentence("Publish a TXT record at _dmarc, at first with p=none; docs/operators/mail.md shows one."),
}
_RUN_A_WORKER = Sentence("A worker has to run: `booking-service serve`, or `booking-service worker` beside it.")
NAMED = 3  # partly unreadable entries named for each calendar


def checks(rt: Runtime, *, now: datetime) -> Iterator[Check]:
    """Check one thing after the other; without a usable database, nothing that depends on it."""
    yield from _settings(rt)
    yield from machine(rt.settings, now=now)
    yield _mail_server(rt)
    yield from _sender_domain(rt)
    yield from _identity_provider(rt, now=now)
    yield from _collector(rt)
    yield from _files(rt)
    yield from map(_disk, _folders(rt))
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
        yield unusable(error)


def try_mail(rt: Runtime, address: str, *, now: datetime) -> Check:
    """Send a test mail to `address` at once, without the outbox; reports the server's reply."""
    with snapshot(rt.engine) as session:
        organisation = hosts.organisation(session)
    try:
        delivered = rt.transport.send(compose_trial(address, sender=sender(rt), organisation=organisation, now=now))
    except MailError as error:
        found = Sentence("The mail to {address} was not accepted: {error}.", address=address, error=error)
        advice = Sentence(
            "Compare smtp.host, port, security, user, password and from with what your mail provider says."
        )
        return Check("mail", Level.PROBLEM, found, advice)
    found = Sentence("The mail to {address} was accepted: {answer}", address=address, answer=delivered.answer)
    return Check("mail", Level.OK, found, Sentence("Check whether it arrived, in the spam folder too."))


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
    yield from attacked(noted, now=now)
    yield from unwritten_noes(rt, noted)
    yield _backup(rt, noted.get(operations.BACKUP), now=now)
    yield _audit(noted.get(operations.AUDIT), now=now)


def _settings(rt: Runtime) -> Iterator[Check]:
    if not rt.settings.base_url:
        found = Sentence("No mailed link can be made.")
        yield Check("settings", Level.PROBLEM, found, Sentence("Set base_url, the public address."))
    if not rt.settings.smtp.sender:
        found = Sentence("The address that mails come from is a guess.")
        yield Check("settings", Level.WARNING, found, Sentence("Set smtp.from."))
    if rt.settings.data_dir_is_relative:
        folder = rt.settings.data_dir
        found = Sentence("The data is in {folder}, as seen from here: data_dir is relative.", folder=folder)
        advice = Sentence(
            'A command started from another folder would use other data. Set `data_dir = "{folder}"`.', folder=folder
        )
        yield Check("settings", Level.WARNING, found, advice)


def _mail_server(rt: Runtime) -> Check:
    smtp = rt.settings.smtp
    if not smtp.host:
        found = Sentence("There is no mail server, so nothing can be confirmed.")
        return Check("mail", Level.PROBLEM, found, Sentence("Set smtp.host."))
    server = f"{smtp.host}:{smtp.port}"
    if isinstance(rt.transport, SmtpTransport):
        try:
            rt.transport.sign_in()
        except MailError as error:
            found = Sentence("{server} accepts no mail: {error}.", server=server, error=error)
            advice = Sentence("Compare smtp.host, port, security, user and password with what your mail provider says.")
            return Check("mail", Level.PROBLEM, found, advice)
    return Check("mail", Level.OK, Sentence("{server} answers and accepts our sign-in.", server=server))


def _sender_domain(rt: Runtime) -> Iterator[Check]:
    """What receivers check before they believe a sender."""
    smtp, domain = rt.settings.smtp, sender(rt).rpartition("@")[2]
    if is_reserved(domain):
        found = Sentence(
            "SPF, DKIM and DMARC can't be looked up: {domain} is not a domain of the public DNS.", domain=domain
        )
        yield Check("dns", Level.UNKNOWN, found, Sentence("Set smtp.from to an address in a domain of yours."))
        return
    for record in records_of(domain, selector=smtp.dkim_selector, server=smtp.resolver):
        level = _LEVELS[record.state]
        yield Check("dns", level, record.sentence, None if level is Level.OK else _ADVICE[record.what])


def _identity_provider(rt: Runtime, *, now: datetime) -> Iterator[Check]:
    """Fetch what a sign-in fetches, without signing anybody in."""
    if not identity_provider.is_set_up(rt):
        return
    label = rt.settings.oidc.label
    if identity_provider.lacks_package():
        found = Sentence("Nobody can sign in with {label}: a package is missing.", label=label)
        advice = Sentence("Run `pip install 'booking-service[oidc]'`, and restart.")
        yield Check("sign-in", Level.PROBLEM, found, advice)
        return
    try:
        count = identity_provider.look(rt, now=now)
    except ProviderRefused as error:
        found = Sentence("Nobody can sign in with {label}: {error}.", label=label, error=error)
        advice = Sentence(
            "Compare oidc.issuer with what the provider says, and check whether it runs; in the meantime people can "
            "sign in by mailed links."
        )
        yield Check("sign-in", Level.PROBLEM, found, advice)
        return
    found = CountedSentence(
        "{label} answers, and publishes a key; it must know {callback}.",
        "{label} answers, and publishes {count} keys; it must know {callback}.",
        count,
        label=label,
        callback=identity_provider.callback(rt),
    )
    yield Check("sign-in", Level.OK, found)


def _collector(rt: Runtime) -> Iterator[Check]:
    """Whether traces arrive: an empty message is sent."""
    chosen = rt.settings.tracing
    if chosen.endpoint is None:
        return
    if tracing.lacks_package():
        found = Sentence("No traces are recorded: a package is missing.")
        yield Check("traces", Level.PROBLEM, found, Sentence("Run `pip install 'booking-service[otel]'`, and restart."))
        return
    otlp: Any = importlib.import_module("booking_service.telemetry.otlp")  # only the extra brings its dependency
    try:
        otlp.look(chosen)
    except otlp.NotTaken as error:
        address = chosen.endpoint
        found = Sentence("Traces are lost: {address} does not accept them: {error}.", address=address, error=error)
        advice = Sentence(
            "Check whether the collector runs and speaks OTLP over HTTP; if it is in a private network, name "
            "it in tracing.allowed_networks."
        )
        yield Check("traces", Level.WARNING, found, advice)
        return
    yield Check("traces", Level.OK, Sentence("{address} accepts traces.", address=chosen.endpoint))


def _files(rt: Runtime) -> Iterator[Check]:
    for path in exposed_files(rt.settings):
        found = Sentence("{path} is open to everybody on this machine.", path=path)
        yield Check("files", Level.PROBLEM, found, Sentence("Run `chmod 600 {path}`.", path=path))


def _folders(rt: Runtime) -> Iterator[Path]:
    """The folders that are written to: the data directory (backups are there), and that of SQLite."""
    database, data = rt.settings.sqlite_file, rt.settings.data_dir
    folders = [data] if database is None or database.parent == data else [data, database.parent]
    return (folder for folder in folders if folder.exists())


def _disk(folder: Path) -> Check:
    room = shutil.disk_usage(folder)
    if room.free >= min(DISK_FREE, room.total // 10):
        return Check("disk", Level.OK, Sentence("There is enough disk space at {folder}.", folder=folder))
    found = Sentence("Only {megabytes} MB are free at {folder}.", megabytes=room.free // 10**6, folder=folder)
    advice = Sentence(
        "Free some space: a full disk refuses every booking. `backup create --keep-days` removes old backups."
    )
    return Check("disk", Level.WARNING, found, advice)


def _database(rt: Runtime) -> Iterator[Check]:
    try:
        pending = migrations.pending(rt.engine)
    except SchemaTooNew as error:
        found = Sentence("The database is at {revision}, which this version does not know.", revision=error.revision)
        advice = Sentence("Start the version used last, or restore a backup made before the change.")
        yield Check("database", Level.PROBLEM, found, advice)
        return
    if pending:
        found = Sentence("The database lacks {pending}.", pending=", ".join(pending))
        advice = Sentence("Run `booking-service migrate`; `serve` does it, too.")
        yield Check("database", Level.PROBLEM, found, advice)
        return
    yield Check("database", Level.OK, Sentence("The database answers and is up to date."))


def _clock(session: Session, *, now: datetime) -> Check:
    last = consistency.written_last(session)
    if last is not None and last - now > CLOCK_TOLERANCE:
        found = Sentence(
            "The clock shows {now}, but something was written at {last}.", now=_second(now), last=_second(last)
        )
        return Check("clock", Level.PROBLEM, found, Sentence("Set the clock, and let NTP keep it right."))
    return Check("clock", Level.OK, Sentence("The clock shows {now}.", now=_second(now)))


def _passwords(rt: Runtime, session: Session, slugs: Mapping[UUID, str]) -> Iterator[Check]:
    unreadable = [a for a in calendars.accounts(session) if a.password and stored_password(rt, a) is None]
    for account in unreadable:
        found = Sentence(
            "The password of {host}'s account {account} was sealed with a key that is missing.",
            host=slugs[account.host_id],
            account=account.key,
        )
        advice = Sentence(
            "Put the old secret_key back beside the new one, or set the password again with `booking-service apply`."
        )
        yield Check("keys", Level.PROBLEM, found, advice)
    if not unreadable:
        yield Check("keys", Level.OK, Sentence("Every stored password can be read."))


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
            found = CountedSentence(
                "{calendar}: an entry could not be read completely.",
                "{calendar}: {count} entries could not be read completely.",
                len(odd),
                calendar=name,
            )
            advice = Sentence("Open these entries in a calendar program and save them again, or delete them.")
            yield Check("calendar", Level.WARNING, found, advice, _few(odd))
        if connected.doubtful_since is not None:
            gone = Sentence("{calendar}: many of our events disappeared at once, so none was cancelled.", calendar=name)
            advice = Sentence("We asked the host by mail what was meant.")
            yield Check("calendar", Level.WARNING, gone, advice)


def _few(warnings: Sequence[str]) -> Sequence[str]:
    more = len(warnings) - NAMED
    return (*warnings[:NAMED], f"and {more} more") if more > 0 else tuple(warnings)


def _calendar(connected: Connected, name: str, *, now: datetime, within: timedelta) -> Check:
    if connected.failing_since is not None:
        explained = explain_kind(connected.failure)
        found = Sentence(
            "{calendar}, since {since}: {why}",
            calendar=name,
            since=_minute(connected.failing_since),
            why=Sentence(explained.sentence),
        )
        return Check("calendar", Level.PROBLEM, found, Sentence(explained.remedy))
    if connected.pulled_at is None:
        found = Sentence("{calendar} has not been read yet; its host's pages are closed.", calendar=name)
        return Check("calendar", Level.PROBLEM, found, _RUN_A_WORKER)
    if connected.fresh(now=now, within=within):
        at = _second(connected.pulled_at)
        return Check("calendar", Level.OK, Sentence("{calendar} was read at {at}.", calendar=name, at=at))
    found = Sentence(
        "{calendar} was last read at {at}; its host's pages are closed.",
        calendar=name,
        at=_minute(connected.pulled_at),
    )
    return Check("calendar", Level.PROBLEM, found, _RUN_A_WORKER)


def _hosts(everyone: Sequence[Host], connected: Sequence[Connected]) -> Iterator[Check]:
    with_target = {each.host_id for each in connected if each.target}
    for host in everyone:
        if host.active and host.id not in with_target:
            found = Sentence("Nothing can be booked with {host}: no calendar takes the bookings.", host=host.slug)
            advice = Sentence("Run `booking-service calendar add {host} ADDRESS --target NAME`.", host=host.slug)
            yield Check("host", Level.WARNING, found, advice)
    for doubt in doubts_among(everyone, connected):
        yield Check("host", Level.WARNING, doubt, Sentence("If that is intended, there is nothing to do."))


def _people(session: Session) -> Iterator[Check]:
    for slug, email in people.hosts_without_one(session):
        found = Sentence("Nobody can sign in as {host}: somebody else signs in with {email}.", host=slug, email=email)
        advice = Sentence("Give {host} an address of their own, and apply the setup again.", host=slug)
        yield Check("people", Level.WARNING, found, advice)


def _ledger(session: Session) -> Check:
    missing = ledger_guards.missing(session)
    if not missing:
        return Check("ledger", Level.OK, Sentence("The database keeps the consent ledger from being changed."))
    found = Sentence(
        "The database would let the consent ledger be changed; missing guards: {missing}.",
        missing=", ".join(missing),
    )
    advice = Sentence("Find out who removed them. Restore a backup that passes `consents verify`.")
    return Check("ledger", Level.PROBLEM, found, advice)


def _outbox(session: Session, *, now: datetime) -> Iterator[Check]:
    found = outbox.backlog(session, late_before=now - OVERDUE)
    if found.dead:
        dead = Sentence("Effects given up: {number}.", number=found.dead)
        advice = Sentence("`booking-service outbox list` says why; then `outbox retry` or `outbox drop`.")
        yield Check("outbox", Level.WARNING, dead, advice)
    if found.unsent:
        unsent = Sentence("Mails waiting for the mail server: {number}.", number=found.unsent)
        advice = Sentence(
            "`booking-service outbox list` says what the mail server answers. They are sent once it accepts them."
        )
        yield Check("mail", Level.PROBLEM, unsent, advice)
    if found.late and found.oldest_due_at:
        minutes = int((now - found.oldest_due_at).total_seconds()) // 60
        late = Sentence("Overdue effects: {number}, the oldest by {minutes} min.", number=found.late, minutes=minutes)
        yield Check("outbox", Level.PROBLEM, late, _RUN_A_WORKER)
    if not found.dead and not found.late:
        waiting = Sentence(
            "Effects waiting for their time: {number}. None is overdue or given up.", number=found.waiting
        )
        yield Check("outbox", Level.OK, waiting)


def _backup(rt: Runtime, last: Noted | None, *, now: datetime) -> Check:
    advice = Sentence(
        "Run `booking-service backup create` every night, by a timer. backup.warn_after sets how old is too old."
    )
    if last is None:
        return Check("backup", Level.WARNING, Sentence("No backup was made yet."), advice)
    made = Sentence("The last backup was made at {at}.", at=_minute(last.at))
    if backup_due(rt, last, now=now):
        return Check("backup", Level.WARNING, made, advice)
    return Check("backup", Level.OK, made)


def _audit(noted: Noted | None, *, now: datetime) -> Check:
    if noted is None:
        found = Sentence("The nightly comparison of database, mails and calendars has not run yet.")
        advice = Sentence(
            "A worker runs it at 03:00 UTC; `booking-service audit` compares now, but does not record the result here."
        )
        return Check("audit", Level.UNKNOWN, found, advice)
    last = nightly_audit.audited(noted)
    at = _minute(last.at)
    if last.count:
        found = CountedSentence(
            "The audit of {at} found one contradiction.",
            "The audit of {at} found {count} contradictions.",
            last.count,
            at=at,
        )
        advice = Sentence(
            "`booking-service audit` checks again, and `audit --repair` says what can be repaired automatically."
        )
        return Check("audit", Level.PROBLEM, found, advice, last.findings)
    if now - last.at > AUDIT_OLD:
        found = Sentence("The last audit was at {at}.", at=at)
        advice = Sentence(
            "A worker has to run at night: `booking-service serve`, or `booking-service worker` beside it."
        )
        return Check("audit", Level.WARNING, found, advice)
    found = Sentence("The audit of {at} found that database, mails and calendars agree.", at=at)
    return Check("audit", Level.OK, found)


def _minute(instant: datetime) -> str:
    """As in logs, whatever the language."""
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _second(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"

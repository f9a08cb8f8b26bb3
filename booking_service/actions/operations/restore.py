"""Restoring a backup, without doing things twice.

After the backup the service ran on: it sent mails, ended sessions and links, erased people. The backup knows none of
that, so whatever may have been done already is not repeated automatically:

- a mail that is due now is held back as given up, as it may have been sent, and so are reminders and notes due since
  then; later mails are not, as nobody sends ahead of time.
- sessions end, and so do links mailed to contacts that decide or show something. Links that only stop mail, and all
  links to bookings, still work.
- erased people are erased again, from the files that record erasures; noes are said again, from the files that record
  those.
- calendars are read from the start, and what they know better is followed (`reconcile`).
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from ...config.settings import Settings
from ...crypto import keys
from ...crypto.keys import FILE_NAME as KEY_FILE
from ...crypto.tokens import LinkPurpose
from ...domain.owed import announce
from ...runtime import Runtime
from ...storage import bookings, changes, consistency, database_copies, migrations, operations, restore, retention
from ...storage.changes import SetupChange
from ...storage.engine import open_engine, snapshot, transaction
from ..calendar import erase_event
from ..consent import ask_by_form, noes_file, question_fields
from ..consent.noes_file import OutsideNo
from ..privacy import erasure, erasure_journal
from ..privacy.erasure_journal import Erasures
from .backup import BackupRefused, Manifest, OpenedBackup
from .reconcile import Reconciled, reconcile
from .timers import tick

STAYING = frozenset({LinkPurpose.OUT.value, LinkPurpose.PREFERENCES.value})  # they stop mail, and are in every mail
NO_MAILS = (
    "publish",
    ask_by_form.KIND,
    question_fields.KIND,
    erase_event.KIND,
    erasure.KIND_OF_BOOKING,
    erasure.KIND_OF_GUEST,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was done so that nothing happens twice. `held_back`: mails that a person may still send.

    `noes`: those that ended something again.
    """

    sessions: int
    links: int
    held_back: int
    erased: int
    noes: int
    calendars: int
    found: Reconciled


def check_key(settings: Settings, opened: OpenedBackup, *, without_key: bool) -> None:
    """Whether the backup's passwords can be read here; installs its key where there is none.

    Raises BackupRefused, KeyRefused.
    """
    file = settings.data_dir / KEY_FILE
    brought = opened.secrets.get("secret_key")
    if settings.secret_key is None and not file.exists() and brought:
        keys.write_ring(settings.data_dir, brought.split())
    if without_key:
        return
    given = settings.secret_key.get_secret_value() if settings.secret_key else None
    here = keys.open_ring(settings.data_dir, secret_key=given).keys if given or file.exists() else ()
    if opened.manifest.keys[0] not in {key.id for key in here}:
        raise BackupRefused(
            f"The key that the backup was made with is not here. Put it into {file} (or secret_key), or say --without-key: "
            "then the passwords of calendars have to be entered again"
        )


def put_back(settings: Settings, opened: OpenedBackup, *, now: datetime) -> None:
    """The backup as the database, migrated to this version, not usable yet. Raises BackupRefused."""
    try:
        database_copies.put_back(opened.database, settings.database_url, kind=opened.manifest.database, at=now)
    except database_copies.CopyFailed as error:
        raise BackupRefused(str(error)) from error
    engine = open_engine(settings.database_url)
    try:
        migrations.upgrade(engine, restoring=True)
    finally:
        engine.dispose()


def erased_elsewhere(settings: Settings, files: Collection[Path]) -> Erasures:
    """The erasures in these files and this machine's own. Raises BackupRefused, OSError."""
    own = erasure_journal.journal(settings)
    try:
        return erasure_journal.read([*files, *([own] if own.exists() else [])])
    except erasure_journal.ErasuresRefused as error:
        raise BackupRefused(str(error)) from error


def said_no_elsewhere(settings: Settings, files: Collection[Path]) -> list[OutsideNo]:
    """The noes in these files and this machine's own. Raises BackupRefused, OSError."""
    own = noes_file.file(settings)
    try:
        return noes_file.read([*files, *([own] if own.exists() else [])])
    except noes_file.NoesRefused as error:
        raise BackupRefused(str(error)) from error


def finish(
    rt: Runtime,
    manifest: Manifest,
    *,
    erased: Erasures | None = None,
    noes: Sequence[OutsideNo] = (),
    idle: bool = False,
    by: str,
    now: datetime,
) -> Restored:
    """Prevent repetitions, and let the service run again. Raises StorageBusy.

    `idle`: nothing ran after the backup, so what was owed then still is.
    """
    with transaction(rt.engine) as session:
        restore.free_lanes(session)
        restore.drop_sign_in_mails(session, kind="account", now=now)
        sessions = restore.end_sessions(session)
        links = restore.end_contact_links(session, but=STAYING, now=now)
        gone = erased or Erasures()
        to_erase = restore.unerased_bookings(session, gone.bookings)
        people = erasure.erase_again(rt, session, gone.contacts, now=now)  # first, as events are found by bookings
        retention.erase(session, restore.unerased_bookings(session, to_erase), now=now)
        said_again = noes_file.say_again(rt, session, noes, now=now)
        read_anew = restore.read_all_calendars(session, now=now)
    found = Reconciled()
    if not idle:
        found = reconcile(rt, now=now)
        _let_go_of_what_is_owed(rt, now=now)
        tick(rt, now=now)
    with transaction(rt.engine) as session:
        held_back = 0 if idle else restore.hold_back(session, but=NO_MAILS, now=now)
        done = Restored(
            sessions=sessions,
            links=links,
            held_back=held_back,
            erased=len(to_erase) + people,
            noes=said_again,
            calendars=read_anew,
            found=found,
        )
        _note(session, manifest, done, by=by, now=now)
    return done


def _let_go_of_what_is_owed(rt: Runtime, *, now: datetime) -> None:
    """Hold back what a booking owes once its event stands, as that may have been sent too."""
    with snapshot(rt.engine) as session:
        owing = [each.id for each in consistency.every_booking(session) if each.live and each.owed]
    for booking_id in owing:
        with transaction(rt.engine) as session:
            bookings.record(session, announce(bookings.lock(session, booking_id)), now=now)


def _note(session: Session, manifest: Manifest, done: Restored, *, by: str, now: datetime) -> None:
    found = asdict(done.found) | {"unknown": len(done.found.unknown)}
    detail = {**asdict(done), "found": found, "made_at": manifest.made_at.isoformat()}
    operations.note(session, operations.RESTORED, at=now, detail=detail)
    operations.forget(session, operations.RESTORING)
    before, after = None, f"the backup of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC"
    changes.add(session, SetupChange(now, by, "restored", before, after))

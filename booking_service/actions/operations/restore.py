"""Putting a backup back, and what keeps a restored service from doing things twice.

Between the backup and now the service ran on: it sent mails, signed people out, ended links, erased people. None of that is in
the backup. So what might have been done already is not done by itself again:

- a mail that is due now is held back among the dead letters, as it may have left; one whose time comes later is not, since
  nobody sends ahead of time. The same of reminders and notes that fell due between.
- whoever was signed in signs in again; links that were mailed to contacts and decide or show something end. Those that only
  stop mail, and all links to bookings, live.
- who was erased is erased again, by the files that erasures are written down in; who said no has said so again, by the files of
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
from ...storage import bookings, changes, consistency, copies, fences, migrations, operations, retention
from ...storage.changes import Recorded
from ...storage.engine import open_engine, snapshot, transaction
from ..calendar import erase_event
from ..consent import ask_by_form, noes_outside, question_fields
from ..consent.noes_outside import OutsideNo
from ..privacy import erasure, journal
from ..privacy.journal import Erasures
from .backup import BackupRefused, Manifest, Opened
from .reconcile import Reconciled, reconcile
from .timers import tick

STAYING = frozenset(
    {LinkPurpose.OUT.value, LinkPurpose.PREFERENCES.value}
)  # they stop mail, and lie under every one of them
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
    """What was done so that nothing happens twice. `held_back`: mails that a person may still send; `noes`: those of people
    that ended something again."""

    sessions: int
    links: int
    held_back: int
    erased: int
    noes: int
    calendars: int
    found: Reconciled


def check_key(settings: Settings, opened: Opened, *, without_key: bool) -> None:
    """Whether the passwords in the backup can be read here; a key that the backup brings along is put down where there is
    none. Raises BackupRefused, KeyRefused."""
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


def put_back(settings: Settings, opened: Opened, *, now: datetime) -> None:
    """The backup as the database, with the schema of this version, not yet to be used. Raises BackupRefused."""
    try:
        copies.put_back(opened.database, settings.database_url, kind=opened.manifest.database, at=now)
    except copies.CopyFailed as error:
        raise BackupRefused(str(error)) from error
    engine = open_engine(settings.database_url)
    try:
        migrations.upgrade(engine, restoring=True)
    finally:
        engine.dispose()


def erased_elsewhere(settings: Settings, files: Collection[Path]) -> Erasures:
    """Of the files named, and of this machine's own. Raises BackupRefused, OSError."""
    own = journal.journal(settings)
    try:
        return journal.read([*files, *([own] if own.exists() else [])])
    except journal.ErasuresRefused as error:
        raise BackupRefused(str(error)) from error


def said_no_elsewhere(settings: Settings, files: Collection[Path]) -> list[OutsideNo]:
    """As `erased_elsewhere`, of what people said no to."""
    own = noes_outside.file(settings)
    try:
        return noes_outside.read([*files, *([own] if own.exists() else [])])
    except noes_outside.NoesRefused as error:
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
    """Let nothing happen twice, and let the service run again. `idle`: nothing ran after the backup, so that what was owed
    then still is. Raises StorageBusy."""
    with transaction(rt.engine) as session:
        fences.free_lanes(session)
        fences.drop_sign_in_mails(session, kind="account", now=now)
        sessions = fences.end_sessions(session)
        links = fences.end_contact_links(session, but=STAYING, now=now)
        gone = erased or Erasures()
        to_erase = fences.unerased_bookings(session, gone.bookings)
        people = erasure.erase_again(rt, session, gone.contacts, now=now)  # first: events are found by bookings
        retention.erase(session, fences.unerased_bookings(session, to_erase), now=now)
        said_again = noes_outside.say_again(rt, session, noes, now=now)
        read_anew = fences.read_all_calendars(session, now=now)
    found, held_back = Reconciled(), 0
    if not idle:
        found = reconcile(rt, now=now)
        _let_go_of_what_is_owed(rt, now=now)
        tick(rt, now=now)
    with transaction(rt.engine) as session:
        held_back = 0 if idle else fences.hold_back(session, but=NO_MAILS, now=now)
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
    """What a booking owes once it stands in the calendar may have been sent, too: it is held back with the others."""
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
    changes.add(session, Recorded(now, by, "restored", before, after))

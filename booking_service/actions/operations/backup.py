"""Backups: one file with the database as of one instant, a manifest and the settings; verified by opening it.

A ZIP of `manifest.json`, the database (a SQLite file, or pg_dump's custom format), `settings.json`, and only on request
`secrets.json`. Without the key in that, stored calendar passwords can't be read.
"""

import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog
from pydantic import SecretStr

from ...config.settings import Settings
from ...config.sources import describe
from ...runtime import Runtime
from ...storage import database_copies, operations
from ...storage.database_copies import CopyFailed
from ...storage.engine import snapshot, transaction
from ..access.admin_needs import backup_is_old

FORMAT = 1
SUFFIX = ".zip"
_PREFIX = "booking-"
_UNFINISHED = ".booking-backup-"  # how folders begin in which a backup is made or unpacked
_ABANDONED_AFTER = timedelta(hours=12)
_DATABASE, _MANIFEST, _SETTINGS, _SECRETS = "database", "manifest.json", "settings.json", "secrets.json"

log = structlog.get_logger()


class BackupRefused(Exception):
    """A backup can't be made, opened or restored, as the message says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The facts about a backup, as of `made_at` or later. `keys`: ids of the keys it needs, newest first.

    `schema`: the last migration. `head_size`, `head_root`: the head of the consent ledger.
    """

    format: int
    made_at: datetime
    version: str
    database: str
    schema: str
    bookings: int
    contacts: int
    head_size: int
    head_root: str
    keys: tuple[str, ...]
    secrets: bool
    sha256: str


@dataclass(frozen=True, slots=True)
class OpenedBackup:
    """A backup whose database was read completely. `secrets`: by setting, if it has them."""

    manifest: Manifest
    database: Path
    secrets: Mapping[str, str]


def file_name(now: datetime) -> str:
    return f"{_PREFIX}{now.astimezone(UTC):%Y%m%dT%H%M%SZ}{SUFFIX}"


def create(
    rt: Runtime, target: Path, *, secrets: bool = False, version: str, step: Callable[[], None] = lambda: None
) -> Manifest:
    """Make a backup while others read and write, open it, and record it. Raises BackupRefused."""
    now = rt.clock.now()
    if target.exists():
        raise BackupRefused(f"{target} already exists: nothing is overwritten")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=_UNFINISHED, dir=target.parent) as folder, _translated():
        _remove_abandoned(Path(folder))
        database = Path(folder, _DATABASE)
        facts = database_copies.copy(rt.engine, database, step=step)
        manifest = Manifest(
            format=FORMAT,
            made_at=now,
            version=version,
            database=rt.engine.name,
            keys=tuple(key.id for key in rt.ring.keys),
            secrets=secrets,
            sha256=_digest(database),
            **asdict(facts),
        )
        whole = Path(folder, "backup")
        _write(whole, manifest, database, rt.settings, _secrets(rt) if secrets else None)
        database.unlink()
        with opened(whole, beside=Path(folder)):
            _move_into_place(whole, target)
    with transaction(rt.engine) as session:
        detail = {"file": str(target.absolute()), "bytes": target.stat().st_size}
        operations.note(session, operations.BACKUP, at=now, detail=detail)
    return manifest


def last(rt: Runtime) -> operations.Noted | None:
    """The last backup that was made and verified."""
    with snapshot(rt.engine) as session:
        return operations.noted(session, operations.BACKUP)


def backup_due(rt: Runtime, last: operations.Noted | None, *, now: datetime) -> bool:
    """Whether there is no backup, or only one that is too old."""
    return last is None or backup_is_old(rt, last, now=now)


def remove_old(folder: Path, *, older_than: timedelta, now: datetime) -> list[Path]:
    """Remove old backups from a folder by the instant in their names; the newest always stays. Returns those
    removed."""
    made = sorted((at, file) for file in folder.glob(f"{_PREFIX}*{SUFFIX}") if (at := _made_at(file)) is not None)
    old = [file for at, file in made[:-1] if at < now - older_than]
    for file in old:
        file.unlink()
    return old


@contextmanager
def opened(file: Path, *, beside: Path | None = None) -> Iterator[OpenedBackup]:
    """Unpack a backup and read all of its database; what is unpacked goes again. Raises BackupRefused, OSError."""
    with TemporaryDirectory(prefix=_UNFINISHED, dir=beside) as folder:
        yield _opened(file, Path(folder))


def _remove_abandoned(own: Path) -> None:
    """Remove what killed processes left beside this folder: copies of the database that nobody erases from. One that can't be
    removed keeps no backup from being made."""
    before = own.stat().st_mtime - _ABANDONED_AFTER.total_seconds()
    for folder in own.parent.glob(f"{_UNFINISHED}*"):
        try:
            if folder.stat().st_mtime < before:
                shutil.rmtree(folder)
        except OSError as error:
            log.warning("unfinished_backup_stays", folder=str(folder), error=str(error))


def _opened(file: Path, folder: Path) -> OpenedBackup:
    database = folder / _DATABASE
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _manifest(json.loads(archive.read(_MANIFEST)))
            secrets = json.loads(archive.read(_SECRETS)) if manifest.secrets else {}
            with archive.open(_DATABASE) as packed, database.open("wb") as unpacked:
                shutil.copyfileobj(packed, unpacked, 1 << 20)
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, EOFError) as error:
        raise BackupRefused(f"{file} is not a backup of this service, or is damaged: {error}") from error
    if _digest(database) != manifest.sha256:
        raise BackupRefused(f"{file} is damaged: its database is not the one that was packed")
    with _translated():
        facts = database_copies.checked(database, kind=manifest.database)
    if facts is not None and asdict(facts) != {name: getattr(manifest, name) for name in asdict(facts)}:
        raise BackupRefused(f"{file} is damaged: its database contains something other than it says")
    return OpenedBackup(manifest, database, secrets)


def _manifest(kept: dict[str, Any]) -> Manifest:
    if kept.get("format") != FORMAT:
        raise ValueError(f"its format is {kept.get('format')}, this version reads {FORMAT}")
    made_at = datetime.fromisoformat(kept["made_at"])
    return Manifest(**{**kept, "made_at": made_at, "keys": tuple(kept["keys"])})


def _write(
    file: Path, manifest: Manifest, database: Path, settings: Settings, secrets: Mapping[str, str] | None
) -> None:
    written = {**asdict(manifest), "made_at": manifest.made_at.isoformat()}
    shown = {each.key: each.value for each in describe(settings) if each.key in settings.origins}
    with zipfile.ZipFile(file, "x", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_MANIFEST, json.dumps(written, indent=2))
        archive.writestr(_SETTINGS, json.dumps(shown, indent=2, ensure_ascii=False))
        if secrets is not None:
            archive.writestr(_SECRETS, json.dumps(secrets, indent=2))
        archive.write(database, _DATABASE)


def _secrets(rt: Runtime) -> dict[str, str]:
    """What can't be made again: the key ring, and secret settings."""
    password: SecretStr | None = rt.settings.smtp.password
    return {
        "secret_key": " ".join(key.secret.decode("ascii") for key in rt.ring.keys),
        "smtp.password": password.get_secret_value() if password else "",
        "database_url": rt.settings.database_url,
    }


def _move_into_place(whole: Path, target: Path) -> None:
    whole.chmod(0o600)
    with whole.open("rb") as file:
        os.fsync(file.fileno())
    try:
        os.link(whole, target)
    except FileExistsError as error:
        raise BackupRefused(f"{target} was created in the meantime: nothing is overwritten") from error


def _made_at(file: Path) -> datetime | None:
    try:
        return datetime.strptime(file.name, f"{_PREFIX}%Y%m%dT%H%M%SZ{SUFFIX}").replace(tzinfo=UTC)
    except ValueError:
        return None


def _digest(file: Path) -> str:
    with file.open("rb") as opened_:
        return file_digest(opened_, "sha256").hexdigest()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except CopyFailed as error:
        raise BackupRefused(str(error)) from error

"""backup: copies of everything, and putting one back."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from ..actions.operations import backup as backups
from ..actions.operations import restore as restoring
from ..actions.operations.backup import Manifest
from ..actions.operations.reconcile import Reconciled
from ..actions.operations.restore import Restored
from ..bootstrap import runtime
from ..clock import utc_now
from ..storage.database_copies import steps
from .context import opened, settings, who_sits_here
from .options import Json
from .output import say, say_json, shown
from .terminal import progress
from .version import installed_version

backup = typer.Typer(no_args_is_help=True, help="Copies of everything, and restoring one.")

File = Annotated[Path, typer.Argument(help="The backup.")]


@backup.command()
def create(
    context: typer.Context,
    target: Annotated[
        Path | None, typer.Argument(metavar="[FILE|FOLDER]", help="Where to write it; DATA/backups by default.")
    ] = None,
    secrets: Annotated[
        bool, typer.Option("--secrets", help="Include the keys and passwords; guard the file well.")
    ] = False,
    keep_days: Annotated[
        int | None, typer.Option("--keep-days", min=1, help="Then remove backups older than this from that folder.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Copy the database as of one instant while the service runs, and open the copy to see that it is complete."""
    with opened(context, migrate=False) as rt:
        now = rt.clock.now()
        given = target or rt.settings.data_dir / "backups"
        file = given if given.suffix == backups.SUFFIX else given / backups.file_name(now)
        with progress("Backing up", total=steps(rt.engine)) as step:
            made = backups.create(rt, file, secrets=secrets, version=installed_version(), step=step)
        removed = []
        if keep_days is not None:
            removed = backups.remove_old(file.parent, older_than=timedelta(days=keep_days), now=now)
    if as_json:
        return say_json({"file": file.absolute(), "removed": removed, "backup": made})
    say(f"{file} is whole: {_holds(made)}.")
    for old in removed:
        say(f"Removed: {old}")
    if secrets:
        return say("It holds the keys and passwords: whoever can read it can read the hosts' calendars.")
    where = rt.settings.data_dir / "secret.key" if rt.settings.secret_key is None else "the secret_key of the settings"
    return say(f"The keys are not in it. Keep {where} somewhere else: you need it to restore the backup.")


@backup.command()
def verify(file: File, as_json: Json = False) -> None:
    """Open a backup, and read all of it. Exit 1 if it is damaged."""
    with progress("Reading"), backups.opened(file) as found:
        manifest = found.manifest
    if as_json:
        return say_json(manifest)
    return say(f"{file} is whole: {_holds(manifest)}.")


@backup.command()
def restore(
    context: typer.Context,
    file: File,
    erased: Annotated[
        list[Path] | None,
        typer.Option("--erasures", help="The erasures.jsonl of each other machine; this one's is read automatically."),
    ] = None,
    noes: Annotated[
        list[Path] | None,
        typer.Option("--noes", help="The noes.jsonl of each other machine; this one's is read automatically."),
    ] = None,
    idle: Annotated[
        bool, typer.Option("--idle", help="Nothing ran after the backup was made, so mails owed then are sent.")
    ] = False,
    without_key: Annotated[
        bool,
        typer.Option(
            "--without-key", help="Restore although the key is lost: calendar passwords then have to be entered again."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Restore a backup into an empty database, so that nothing is done twice. Stop `serve` and `worker` before."""
    chosen, now = settings(context, {"log.level": "warning"}), utc_now()
    elsewhere = restoring.erased_elsewhere(chosen, erased or [])
    said_no = restoring.said_no_elsewhere(chosen, noes or [])
    with progress("Putting back"), backups.opened(file) as found:
        restoring.check_key(chosen, found, without_key=without_key)
        restoring.put_back(chosen, found, now=now)
    with progress("Comparing with the calendars"), runtime(chosen, migrate=False) as rt:
        by, at = who_sits_here(), rt.clock.now()
        done = restoring.finish(rt, found.manifest, erased=elsewhere, noes=said_no, idle=idle, by=by, now=at)
    if as_json:
        return say_json({"backup": found.manifest, "restored": done})
    say(f"{file} is put back: {_holds(found.manifest)}.")
    for line in (*_fences(done), *_calendars(done.found), *_head(found.manifest)):
        say(line, indent=2)
    return say("Next: `booking-service check`, then start `serve`.")


def _holds(made: Manifest) -> str:
    return f"{made.bookings} bookings and {made.contacts} contacts as of {shown(made.made_at)}"


def _fences(done: Restored) -> list[str]:
    lines = [f"Signed out: {done.sessions}. Ended links of contacts: {done.links}. Links to bookings work as before."]
    if done.held_back:
        lines.append(
            f"Mails held back, as they may have been sent before: {done.held_back}. `booking-service outbox list --dead` "
            "names them, `outbox retry` sends them."
        )
    if done.erased:
        lines.append(f"Erased again: {done.erased} bookings or contacts.")
    if done.noes:
        lines.append(f"Said no since: {done.noes} consents or other uses have ended again.")
    return lines


def _calendars(found: Reconciled) -> list[str]:
    changes = (("confirmed", found.confirmed), ("moved", found.moved), ("over", found.ended))
    lines = [f"Bookings that are {word} by their calendars: {count}." for word, count in changes if count]
    if found.unread:
        kept = f" Holds kept a day longer: {found.kept_longer}." if found.kept_longer else ""
        lines.append(f"Calendars that could not be read: {', '.join(found.unread)}.{kept}")
    if found.doubtful:
        lines.append(f"Calendars in which much is missing, so nothing was concluded: {', '.join(found.doubtful)}.")
    if found.unknown:
        times = ", ".join(f"{at:%Y-%m-%d %H:%M}" for at in sorted(found.unknown))
        lines.append(f"Booked after the backup, so only in the calendar, where it blocks its time: {times} UTC.")
    return lines


def _head(made: Manifest) -> list[str]:
    if not made.head_size:
        return []
    return [
        f"The consent ledger ends with {made.head_size}:{made.head_root}. What was said later is lost, and heads that were "
        "kept since do not match any more: write down that this restore is why."
    ]

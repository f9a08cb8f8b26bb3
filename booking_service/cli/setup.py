"""setup init, apply and export-setup: organisation, hosts, calendars and meeting types as a file."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from ..actions.setup.file import apply as setup
from ..actions.setup.file.apply import Applied, Change
from ..actions.setup.file.read import SetupFile, parse
from ..domain.text import one_line
from .context import opened, who_sits_here
from .doctor import say_tried, try_out, untried_targets
from .options import DryRun, Json
from .output import first_of, say, say_file, say_json
from .refusals import WRONG_USE, CommandRefused
from .terminal import progress, say_table

_LONG = 60

setup_file = typer.Typer(no_args_is_help=True, help="The setup file: what can be booked, with whom, and when.")


@setup_file.command("init")
def init(
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")] = Path("setup.toml"),
) -> None:
    """Write a setup file with every key and a comment to each, to be changed and given to `apply`."""
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(_example())
    except FileExistsError as error:
        raise CommandRefused(f"{output} already exists, and is left as it is.", code=WRONG_USE) from error
    except OSError as error:
        raise CommandRefused(f"{output} can't be written: {error.strerror}.", code=WRONG_USE) from error
    say(f"{output} is written. Adapt it to your needs, then: booking-service apply {output} --dry-run")


def apply(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The setup file (TOML).")],
    dry_run: DryRun = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Also undo what was changed on pages since the last time.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why, as the audit log keeps it.")] = "",
    as_json: Json = False,
) -> None:
    """Set up hosts, calendars, meeting types and hours as FILE says, and try out calendars that will take bookings.

    May be repeated.
    """
    text = _read(file)
    with opened(context) as rt:
        wanted = _parsed(file, text, hold_minutes=rt.settings.hold.minutes)
        with progress("Applying"):
            by, now = who_sits_here(), rt.clock.now()
            applied = setup.apply(
                rt, wanted, by=by, reason=one_line(reason), now=now, dry_run=dry_run, overwrite=overwrite
            )
        tried = [] if dry_run else try_out(rt, untried_targets(rt))
    if as_json:
        return say_json(
            {
                "dry_run": dry_run,
                "changes": applied.changes,
                "left_alone": applied.left_alone,
                "remarks": applied.remarks,
                "tried": tried,
            }
        )
    _tell(applied, dry_run=dry_run)
    say_tried(tried)
    return None if dry_run or not applied.changes else _tell_next(wanted, base_url=rt.settings.base_url)


def export_setup(
    context: typer.Context,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Standard output by default.")] = None,
) -> None:
    """Write what is set up in the form that `apply` reads. Passwords are left out; references take their place.

    Pictures are written beside FILE if --output names one.
    """
    with opened(context) as rt:
        text, pictures = setup.export(rt), setup.export_pictures(rt)
    if output is None:
        return say_file(text)
    output.write_text(text, encoding="utf-8")
    for name, content in pictures.items():
        (output.parent / name).write_bytes(content)
    beside = f", and {len(pictures)} picture{'s' * (len(pictures) != 1)} beside it" if pictures else ""
    return say(f"{output} is written{beside}.")


def changes(
    context: typer.Context,
    what: Annotated[str, typer.Argument(help="Only keys that begin with this, such as organisation.doi_forced.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 200,
    as_json: Json = False,
) -> None:
    """What was changed in the setup, when, and by whom; the newest first."""
    with opened(context) as rt:
        found = first_of(setup.changes(rt, what=what, limit=limit + 1), limit)
    if as_json:
        return say_json(found)
    rows = [(each.at, each.by, each.what, _short(each.before), _short(each.after)) for each in found]
    return say_table(("when", "by", "what", "before", "after"), rows, empty="Nothing was changed yet.")


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise CommandRefused(f"{file} is not UTF-8: save it as UTF-8 text.", code=WRONG_USE) from error
    except OSError as error:
        raise CommandRefused(f"{file} can't be read: {error.strerror}.", code=WRONG_USE) from error


def _parsed(file: Path, text: str, *, hold_minutes: int) -> SetupFile:
    return parse(text, env=os.environ, folder=file.absolute().parent, hold_lifetime=timedelta(minutes=hold_minutes))


def _example() -> str:
    """The commented example: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "docs" / "setup.example.toml"
    file = installed if installed.is_file() else package.parent / "docs" / "setup.example.toml"
    return file.read_text("utf-8")


def _tell_next(wanted: SetupFile, *, base_url: str | None) -> None:
    """Print where the setup can be booked, and what to do next."""
    pages = [
        f"/{each.host.slug}/{meeting.slug}" for each in wanted.hosts for meeting in each.meetings if meeting.active
    ]
    if pages:
        say("Can be booked at:")
        for page in pages:
            say(f"{base_url or ''}{page}", indent=4)
    if not base_url:
        say(
            "Set base_url, the public address of the pages, in the settings: booking-service config init > booking.toml"
        )
    say("Next: `booking-service check` says whether anything is missing, `booking-service serve` answers.")


def _tell(applied: Applied, *, dry_run: bool) -> None:
    for change in applied.changes:
        say(_line(change))
    for remark in applied.remarks:
        say(f"Note: {remark}.")
    if applied.left_alone:
        say(f"Not in the file, and left as it is: {', '.join(applied.left_alone)}.")
    count = len(applied.changes)
    if not count:
        return say("Nothing differs from the file.")
    changes = f"{count} change{'s' * (count != 1)}"
    return say(f"{changes}; nothing was changed, this was a dry run." if dry_run else f"{changes} applied.")


def _line(change: Change) -> str:
    if change.before is None:
        return f"+ {change.key} = {_short(change.after)}"
    if change.after is None:
        return f"- {change.key} (was {_short(change.before)})"
    return f"~ {change.key}: {_short(change.before)} → {_short(change.after)}"


def _short(value: str | None) -> str:
    text = one_line(value or "")
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"

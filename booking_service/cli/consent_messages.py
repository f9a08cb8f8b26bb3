"""consents write: a message to one contact, or to everybody with a consent to a purpose, each through the gate."""

import sys
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from ..actions.consent import find, messages
from ..actions.consent.messages import ShownMessage
from ..domain.audit import Actor
from ..domain.errors import NotFound
from ..domain.ids import read_id
from ..domain.messages import MessageOutcome, MessageState
from ..domain.purposes import Condition
from ..runtime import Runtime
from .context import opened, who_sits_here
from .options import Json
from .output import say, say_json
from .refusals import PROBLEMS, WRONG_USE, CommandRefused
from .terminal import say_table


def write(
    context: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(metavar="[ADDRESS] PURPOSE", help="To whom, and under which consent; with --list for all."),
    ],
    subject: Annotated[str, typer.Option(help="Subject of the mail, one line.")],
    file: Annotated[Path, typer.Option("--file", help="Its text, in UTF-8; - for standard input.")],
    as_list: Annotated[bool, typer.Option("--list", help="To everybody with a consent to the purpose.")] = False,
    field: Annotated[
        list[str] | None,
        typer.Option(
            help="With --list: only to contacts whose profile has this, like region=EU; repeat it for another value or field."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say who would get it, and send nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Write to one contact, or to everybody with a consent to a purpose.

    Each consent is checked when the mail is queued, and again right before it is sent. The worker sends it.
    """
    if len(words) != (1 if as_list else 2):
        raise CommandRefused("Write ADDRESS PURPOSE, or PURPOSE with --list.", code=WRONG_USE)
    among = _conditions(field or [])
    if among and not as_list:
        raise CommandRefused("--field goes with --list.", code=WRONG_USE)
    text = _content(file)
    with opened(context) as rt:
        to = None if as_list else find.shown(rt, words[0], now=rt.clock.now()).contact.id
        if unknown := {each.field for each in among} - find.fields_for(rt, "en").keys():
            raise CommandRefused(f"There is no field {', '.join(sorted(unknown))} to choose by.", code=WRONG_USE)
        found = _written(rt, words[-1], subject, text, to=to, among=among, dry_run=dry_run)
    if as_json:
        say_json({"dry_run": dry_run, **_whole(found)})
    else:
        _say(found, dry_run=dry_run)
    if to is not None and found.refused:
        raise typer.Exit(PROBLEMS)


def writing(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="[MESSAGE]", help="One message, by its id; all without it.")] = "",
    stop: Annotated[bool, typer.Option("--stop", help="Send nothing more of it.")] = False,
    carry_on: Annotated[bool, typer.Option("--carry-on", help="Send the rest of what was stopped.")] = False,
    as_json: Json = False,
) -> None:
    """Messages that were started, and how far they are."""
    if (stop or carry_on) and not id:
        raise CommandRefused("Say which message: consents writing MESSAGE --stop.", code=WRONG_USE)
    if stop and carry_on:
        raise CommandRefused("Either --stop or --carry-on.", code=WRONG_USE)
    with opened(context) as rt:
        now = rt.clock.now()
        try:
            if id and (stop or carry_on):
                changed(rt, read_id(id), stop=stop)
            found = (
                [messages.look(rt, read_id(id), language="en", now=now)]
                if id
                else messages.latest(rt, language="en", now=now, limit=50)
            )
        except NotFound as error:
            raise CommandRefused(f"There is no message {id}.", code=WRONG_USE) from error
    if as_json:
        return say_json([_whole(each) for each in found])
    rows = [
        (
            each.message.id,
            each.message.purpose,
            each.message.subject,
            each.message.state.value,
            *progress(each),
        )
        for each in found
    ]
    return say_table(
        ("Message", "Purpose", "Subject", "State", "Sent", "Left", "Refused", "Failed"), rows, empty="None yet."
    )


def progress(found: ShownMessage) -> tuple[int, int, int, int]:
    """Numbers of mails sent, left, refused and failed."""
    sent, failed = (found.counts.get(each, 0) for each in (MessageOutcome.SENT, MessageOutcome.FAILED))
    return sent, found.left, sum(found.refused.values()), failed


def outcomes(found: ShownMessage) -> dict[str, object]:
    """The same for programs, with reasons."""
    state = found.message.state
    return {
        "state": state,
        "will_get_it": found.will_get_it if state is MessageState.DRAFT else found.left,
        "contacts": {outcome.value or "open": count for outcome, count in found.counts.items()},
        "refused": found.refused,
    }


def changed(rt: Runtime, id: UUID, *, stop: bool) -> None:
    """Stop or resume it, or neither. Raises NotFound."""
    by, now = Actor(name=who_sits_here()), rt.clock.now()
    if stop:
        messages.stop(rt, id, by=by, now=now)
    elif messages.look(rt, id, language="en", now=now).message.state in (MessageState.STOPPED, MessageState.PAUSED):
        messages.start(rt, id, by=by, now=now)


def _written(
    rt: Runtime,
    purpose: str,
    subject: str,
    text: str,
    *,
    to: UUID | None,
    among: tuple[Condition, ...],
    dry_run: bool,
) -> ShownMessage:
    now, sits_here = rt.clock.now(), who_sits_here()
    would = messages.would(rt, purpose, subject=subject, text=text, contact_id=to, among=among, language="en", now=now)
    if dry_run or (to is None and not would.will_get_it):
        return would
    id = messages.draft(
        rt,
        purpose,
        subject=subject,
        text=text,
        contact_id=to,
        among=among,
        by=sits_here,
        called=sits_here,
        now=now,
    )
    messages.start(rt, id, by=Actor(name=sits_here), now=now)
    return messages.look(rt, id, language="en", now=now)


def _conditions(typed: list[str]) -> tuple[Condition, ...]:
    """Values of one field are alternatives; all fields must match."""
    values: dict[str, list[str]] = {}
    for each in typed:
        field, _, value = each.partition("=")
        if not field or not value:
            raise CommandRefused("Write --field like region=EU.", code=WRONG_USE)
        values.setdefault(field, []).append(value)
    return tuple(Condition(field, tuple(found)) for field, found in values.items())


def _say(found: ShownMessage, *, dry_run: bool) -> None:
    for why, count in sorted(found.refused.items()):
        say(f"Refused, {why}: {count}")
    if dry_run:
        return say(f"Would get it: {found.will_get_it}")
    if found.left:
        say(f"Will get it: {found.left}")
        say(f"`consents writing {found.message.id}` says how far it is; --stop ends it.")
    elif not found.refused:
        say("Nobody has a consent to this.")
    return None


def _whole(found: ShownMessage) -> dict[str, object]:
    message = found.message
    return {
        "message": message.id if message.state is not MessageState.DRAFT else None,
        "purpose": message.purpose,
        "subject": message.subject,
        **outcomes(found),
    }


def _content(file: Path) -> str:
    try:
        return (sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()).decode()
    except OSError as error:
        raise CommandRefused(f"{file}: {error.strerror}", code=WRONG_USE) from error
    except UnicodeDecodeError as error:
        raise CommandRefused(f"{file}: this is not UTF-8 text.", code=WRONG_USE) from error

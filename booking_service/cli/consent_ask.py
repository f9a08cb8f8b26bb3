"""consents ask: one contact or a list is asked by email, and only the button behind the link answers."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ..actions.consent import ask_by_hand, ask_list, find
from ..actions.consent.ask_list import ShownAskList
from ..domain.ask_list import AskVerdict, RunState
from ..domain.audit import Actor
from ..domain.consent_file import ConsentFile, read
from ..domain.contact_filter import LISTS, Filter
from ..domain.errors import NotFound
from ..domain.ids import read_id
from ..runtime import Runtime
from .context import opened, who_sits_here
from .options import GivenFrom, GivenTo, Json, Source
from .output import say, say_json
from .refusals import WRONG_USE, CommandRefused
from .terminal import say_table

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say who would be asked, and ask nobody.")]


def ask(
    context: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(metavar="[ADDRESS] PURPOSE", help="Whom to ask, and for what; with --list only for what."),
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why; it goes on record. Needed for one contact.")] = "",
    as_list: Annotated[bool, typer.Option("--list", help="A list of contacts, chosen by the options below.")] = False,
    standing: Annotated[str, typer.Option(help=f"Only these: {', '.join(LISTS)}.")] = "",
    source: Source = "",
    given_from: GivenFrom = None,
    given_to: GivenTo = None,
    file: Annotated[Path | None, typer.Option(help="The contacts that this CSV names in its column “email”.")] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Ask one contact by mail, whatever is on record, or a list: only those on it with a consent on record.

    Only the button behind the mailed link answers. The worker works through a list, a few contacts every three minutes.
    """
    if len(words) != (1 if as_list else 2):
        raise CommandRefused("Write ADDRESS PURPOSE, or PURPOSE with --list.", code=WRONG_USE)
    if not as_list:
        return _one(context, *words, reason=reason, dry_run=dry_run, as_json=as_json)
    if standing and standing not in LISTS:
        raise CommandRefused(f"--standing is one of {', '.join(LISTS)}.", code=WRONG_USE)
    wanted: Filter | ConsentFile = Filter(
        standing=standing,
        source=source,
        given_from=given_from.date() if given_from else None,
        given_to=given_to.date() if given_to else None,
    )
    if file is not None:
        wanted = read(_content(file))
    with opened(context) as rt:
        found = _list(rt, words[0], wanted, file=file, reason=reason, dry_run=dry_run)
    if as_json:
        return say_json({"dry_run": dry_run, **_whole(found)})
    return _say(found, dry_run=dry_run)


def asking(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="[LIST]", help="One list, by its id; all without it.")] = "",
    stop: Annotated[bool, typer.Option("--stop", help="Ask nobody else on it.")] = False,
    as_json: Json = False,
) -> None:
    """Lists that are asked, how far they are, and what was answered."""
    if stop and not id:
        raise CommandRefused("Say which list: consents asking LIST --stop.", code=WRONG_USE)
    with opened(context) as rt:
        now = rt.clock.now()
        try:
            if stop:
                ask_list.stop(rt, read_id(id), by=Actor(name=who_sits_here()), now=now)
            found = (
                [ask_list.look(rt, read_id(id), language="en", now=now)]
                if id
                else ask_list.latest(rt, language="en", now=now, limit=50)
            )
        except NotFound as error:
            raise CommandRefused(f"There is no list {id}.", code=WRONG_USE) from error
    if as_json:
        return say_json([_whole(each) for each in found])
    rows = [
        (
            each.run.id,
            each.run.purpose,
            each.run.state.value,
            each.asked,
            each.left if each.run.state is RunState.RUNNING else 0,
            each.answers.yes,
            each.answers.no,
            each.answers.waiting,
        )
        for each in found
    ]
    return say_table(("List", "Purpose", "State", "Asked", "Left", "Yes", "No", "Waiting"), rows, empty="None yet.")


def _one(context: typer.Context, who: str, purpose: str, *, reason: str, dry_run: bool, as_json: bool) -> None:
    with opened(context) as rt:
        now, sits_here = rt.clock.now(), who_sits_here()
        contact = find.shown(rt, who, now=now).contact
        asked = ask_by_hand.one(rt, contact.id, purpose, staff=sits_here, reason=reason, now=now, dry_run=dry_run)
    if as_json:
        entry_id = asked.id if asked and not dry_run else None
        return say_json({"dry_run": dry_run, "changed": asked is not None, "entry_id": entry_id})
    if asked is None:
        return say("They have already been asked, and have not answered yet.")
    return say("Would be asked by mail." if dry_run else "They are asked by mail.")


def _list(
    rt: Runtime, purpose: str, wanted: Filter | ConsentFile, *, file: Path | None, reason: str, dry_run: bool
) -> ShownAskList:
    now, sits_here = rt.clock.now(), who_sits_here()
    found = ask_list.would(rt, purpose, wanted, language="en", now=now)
    if dry_run or not found.asked:
        return found
    name = file.name if file else ""
    id = ask_list.draft(rt, purpose, wanted, file_name=name, by=sits_here, called=sits_here, now=now)
    ask_list.start(rt, id, reason=reason, by=Actor(name=sits_here), now=now)
    return replace(found, run=ask_list.look(rt, id, language="en", now=now).run)


def _say(found: ShownAskList, *, dry_run: bool) -> None:
    would = "Would be asked" if dry_run else "Are asked"
    for verdict in AskVerdict:
        if found.counts.get(verdict):
            outcome = would if verdict is AskVerdict.ASKED else f"Not asked, {verdict.value}"
            say(f"{outcome}: {found.counts[verdict]}")
    if found.run.among.get("unknown"):
        say(f"No contact of yours: {found.run.among['unknown']} lines of the file")
    if found.asked:
        say(f"The last of them about {found.last_at:%Y-%m-%d %H:%M} UTC.")
    if found.run.state is not RunState.DRAFT:
        say(f"`consents asking {found.run.id}` says how far it is; --stop ends it.")


def _whole(found: ShownAskList) -> dict[str, object]:
    return {
        "list": found.run.id if found.run.state is not RunState.DRAFT else None,
        "purpose": found.run.purpose,
        "state": found.run.state,
        "contacts": {verdict.value: count for verdict, count in found.counts.items()},
        "left": found.left,
        "unknown_lines": found.run.among.get("unknown", 0),
        "answers": found.answers,
        "last_at": found.last_at,
    }


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CommandRefused(f"{file}: {error.strerror}", code=WRONG_USE) from error

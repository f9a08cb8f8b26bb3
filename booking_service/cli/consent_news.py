"""consents news: contacts are told once that the preferences page or a purpose was switched on."""

from dataclasses import replace
from typing import Annotated

import typer

from ..actions.consent import messages, news
from ..actions.consent.messages import ShownMessage
from ..domain.errors import NotFound
from ..domain.ids import read_id
from ..domain.messages import MessageState
from .consent_messages import changed, outcomes, progress
from .context import opened, who_sits_here
from .options import Json
from .output import say, say_json
from .refusals import WRONG_USE, CommandRefused
from .terminal import say_table

MessageId = Annotated[str, typer.Argument(metavar="MESSAGE", help="Its id, as `consents news list` shows it.")]

news_commands = typer.Typer(
    no_args_is_help=True, help="Tell contacts once about the preferences page, or about a purpose."
)


@news_commands.command()
def send(
    context: typer.Context,
    purpose: Annotated[str, typer.Argument(metavar="[PURPOSE]", help="About which purpose; or --page.")] = "",
    page: Annotated[bool, typer.Option("--page", help="About the preferences page.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say who would be told, and tell nobody.")] = False,
    as_json: Json = False,
) -> None:
    """Tell those whom it concerns, slowly, each once; never anybody who said no to it. It records no consent.

    The rule of the setup file says who: `news_conditions` in [consents].
    """
    if page == bool(purpose):
        raise CommandRefused("Say which purpose, or --page.", code=WRONG_USE)
    about = news.PAGE if page else purpose
    with opened(context) as rt:
        now, sits_here = rt.clock.now(), who_sits_here()
        found = news.would(rt, about, language="en", now=now)
        if not dry_run and found.will_get_it:
            id = news.tell(rt, about, by=sits_here, called=sits_here, now=now)
            found = replace(found, message=messages.look(rt, id, language="en", now=now).message)
    if as_json:
        return say_json({"dry_run": dry_run, **_whole(found)})
    for why, count in sorted(found.refused.items()):
        say(f"Not told, {why}: {count}")
    if found.message.state is MessageState.DRAFT:
        return say(f"Would be told: {found.will_get_it}")
    say(f"Are told: {found.left}")
    return say(f"`consents news list` says how far it is; `consents news stop {found.message.id}` ends it.")


@news_commands.command("list")
def list_news(context: typer.Context, as_json: Json = False) -> None:
    """News that was started, and how far it is."""
    with opened(context) as rt:
        found = news.latest(rt, language="en", now=rt.clock.now(), limit=50)
    if as_json:
        return say_json([_whole(each) for each in found])
    rows = [(each.message.id, each.message.purpose, each.message.state.value, *progress(each)) for each in found]
    return say_table(("Message", "Of", "State", "Sent", "Left", "Refused", "Failed"), rows, empty="None yet.")


@news_commands.command()
def stop(context: typer.Context, id: MessageId, as_json: Json = False) -> None:
    """Tell nobody else; what has not started yet never does."""
    _change(context, id, stop=True, as_json=as_json)


@news_commands.command("carry-on")
def carry_on(context: typer.Context, id: MessageId, as_json: Json = False) -> None:
    """Tell the rest of what was stopped."""
    _change(context, id, stop=False, as_json=as_json)


def _change(context: typer.Context, id: str, *, stop: bool, as_json: bool) -> None:
    with opened(context) as rt:
        try:
            changed(rt, read_id(id), stop=stop)
            found = messages.look(rt, read_id(id), language="en", now=rt.clock.now())
        except NotFound as error:
            raise CommandRefused(f"There is no message {id}.", code=WRONG_USE) from error
    if as_json:
        return say_json(_whole(found))
    return say(f"{found.message.state.value}: {found.left} left")


def _whole(found: ShownMessage) -> dict[str, object]:
    message = found.message
    return {
        "message": message.id if message.state is not MessageState.DRAFT else None,
        "of": message.purpose,
        **outcomes(found),
    }

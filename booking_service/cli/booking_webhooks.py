"""webhooks: programs that are told of bookings and calendars."""

from typing import Annotated
from uuid import UUID

import typer

from ..actions.consent import follow_ups
from ..actions.consent.follow_ups import FailingWebhook, OfChanges
from ..actions.setup import hosts
from ..domain.audit import Actor
from ..domain.webhook_changes import Delivery
from ..runtime import Runtime
from .context import opened, who_sits_here
from .options import Json
from .output import first_of, say, say_json, tell
from .refusals import WRONG_USE, CommandRefused
from .terminal import say_table
from .webhooks import failing_facts

webhooks = typer.Typer(no_args_is_help=True, help="Programs that are told of bookings and calendars as they change.")
Id = Annotated[str, typer.Argument(help="As `webhooks list` shows it.")]


@webhooks.command()
def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where each change is posted.")],
    host: Annotated[
        str, typer.Option(metavar="HOST", help="Of this host's bookings and calendars; without it, of everybody's.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Add a webhook that is told of each change from now on. Its secret is shown now, and never again."""
    with opened(context) as rt:
        made, secret = follow_ups.add_of_changes(
            rt, url, host_id=_host(rt, host), by=Actor(name=who_sits_here()), now=rt.clock.now()
        )
    if as_json:
        return say_json({"id": made.id, "secret": secret})
    return say(f"{secret}\nIts id: {made.id}")


@webhooks.command("list")
def list_webhooks(context: typer.Context, as_json: Json = False) -> None:
    """Every webhook, and whose bookings it is told of; for one that fails, since when, why, and when it is tried again."""
    with opened(context) as rt:
        found, failing = follow_ups.of_changes(rt), {each.rule.id: each for each in follow_ups.failing(rt)}
    if as_json:
        return say_json([_told(each, failing.get(each.rule.id)) for each in found])
    rows = [
        (
            str(each.rule.id),
            each.host.slug if each.host else "everybody",
            each.rule.url,
            each.rule.made_at,
            each.rule.failing_since or "",
            each.rule.error,
        )
        for each in found
    ]
    return say_table(("id", "of", "address", "since", "failing since", "why"), rows, empty="There are no webhooks.")


@webhooks.command("test")
def send_test(context: typer.Context, id: Id, as_json: Json = False) -> None:
    """Send a webhook a test message. Its log shows what came of it."""
    with opened(context) as rt:
        follow_ups.send_test(rt, _found(rt, id), now=rt.clock.now())
    tell("A worker sends it now. `booking-service webhooks log` says what came of it.", as_json=as_json, id=id)


@webhooks.command()
def log(
    context: typer.Context,
    id: Id,
    limit: Annotated[int, typer.Option(min=1, help="How many at most, the latest first.")] = 50,
    as_json: Json = False,
) -> None:
    """The messages of a month, the latest first, with what became of each."""
    with opened(context) as rt:
        found = first_of(follow_ups.deliveries(rt, _found(rt, id), limit=limit + 1), limit)
    if as_json:
        return say_json([_message(each) for each in found])
    rows = [
        (str(each.number), each.change.value, each.created_at, each.done_at or "", each.dead_at or "", each.error)
        for each in found
    ]
    return say_table(("number", "what", "when", "told", "given up", "why"), rows, empty="Nothing has been sent yet.")


@webhooks.command()
def redeliver(
    context: typer.Context,
    id: Id,
    number: Annotated[int, typer.Argument(min=1, help="Of the message, as `webhooks log` shows it.")],
    as_json: Json = False,
) -> None:
    """Send one message again, under the same id."""
    with opened(context) as rt:
        follow_ups.redeliver(rt, _found(rt, id), number, now=rt.clock.now())
    tell("A worker sends it now.", as_json=as_json, id=id, number=number)


@webhooks.command()
def retry(context: typer.Context, id: Id, as_json: Json = False) -> None:
    """Send a failing or resting webhook now what waits for it and what was given up."""
    with opened(context) as rt:
        count = follow_ups.retry(rt, _found(rt, id), now=rt.clock.now())
    if as_json:
        return say_json({"retried": count})
    return say(f"{count} will be tried again by the next worker.")


@webhooks.command()
def rotate(context: typer.Context, id: Id, as_json: Json = False) -> None:
    """Give a webhook a new secret. For a day the old one signs as well."""
    with opened(context) as rt:
        secret = follow_ups.rotate(rt, _found(rt, id), by=Actor(name=who_sits_here()), now=rt.clock.now())
    if as_json:
        return say_json({"secret": secret})
    return say(secret)


@webhooks.command()
def remove(context: typer.Context, id: Id, as_json: Json = False) -> None:
    """Remove a webhook. It is told nothing more, not even what is waiting."""
    with opened(context) as rt:
        follow_ups.remove(rt, _found(rt, id), by=Actor(name=who_sits_here()), now=rt.clock.now())
    tell("It is no longer told anything.", as_json=as_json, id=id)


def _host(rt: Runtime, name: str) -> UUID | None:
    """None: everybody. Raises UnknownHost."""
    return hosts.summary(rt, name, now=rt.clock.now()).host.id if name else None


def _found(rt: Runtime, written: str) -> UUID:
    found = next((each.rule.id for each in follow_ups.of_changes(rt) if str(each.rule.id) == written), None)
    if found is None:
        raise CommandRefused(
            f"there is no webhook {written!r}; `booking-service webhooks list` shows them", code=WRONG_USE
        )
    return found


def _told(each: OfChanges, failing: FailingWebhook | None) -> dict[str, object]:
    rule = each.rule
    told = {"id": rule.id, "host": each.host.slug if each.host else None, "url": rule.url}
    return {**told, "made_at": rule.made_at, "made_by": rule.by, **failing_facts(rule, failing)}


def _message(each: Delivery) -> dict[str, object]:
    return {
        "number": each.number,
        "type": each.change.value,
        "at": each.created_at,
        "told_at": each.done_at,
        "given_up_at": each.dead_at,
        "again_at": None if each.done_at or each.dead_at else each.due_at,
        "tries": each.attempts,
        "error": each.error,
    }

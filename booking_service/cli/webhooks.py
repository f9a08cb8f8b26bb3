"""consents webhook: who is told of answers about a purpose."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from ..actions.consent import follow_ups
from ..actions.consent.follow_ups import FailingWebhook
from ..domain.audit import Actor
from ..domain.follow_ups import FollowUp
from .context import opened, who_sits_here
from .options import Json
from .output import say, say_json, tell
from .refusals import WRONG_USE, CommandRefused
from .terminal import say_table

webhook = typer.Typer(no_args_is_help=True, help="Webhooks that are told of answers about a purpose.")
Id = Annotated[str, typer.Argument(help="As `consents webhook list` shows it.")]


@webhook.command()
def add(
    context: typer.Context,
    purpose: Annotated[str, typer.Argument(metavar="PURPOSE", help="The purpose, by its name in the setup.")],
    url: Annotated[str, typer.Argument(metavar="URL", help="Where each yes is posted, and its end.")],
    as_json: Json = False,
) -> None:
    """Add a webhook that is told of answers from now on. Its secret is shown now, and never again."""
    with opened(context) as rt:
        made, secret = follow_ups.add(rt, purpose, url, by=Actor(name=who_sits_here()), now=rt.clock.now())
    if as_json:
        return say_json({"id": made.id, "secret": secret})
    return say(f"{secret}\nIts id: {made.id}")


@webhook.command("list")
def list_webhooks(context: typer.Context, as_json: Json = False) -> None:
    """Every webhook with its purpose; for one that fails, since when, why, and when it is tried again."""
    with opened(context) as rt:
        found, failing = follow_ups.listed(rt), {each.rule.id: each for each in follow_ups.failing(rt)}
    if as_json:
        return say_json([_told(each, failing.get(each.id)) for each in found])
    rows = [
        (
            str(each.id),
            each.purpose,
            each.url,
            each.made_at,
            each.failing_since or "",
            each.error,
            _again(each, failing),
        )
        for each in found
    ]
    columns = ("id", "purpose", "address", "since", "failing since", "why", "tried again")
    return say_table(columns, rows, empty="There are no webhooks.")


@webhook.command()
def retry(context: typer.Context, id: Id, as_json: Json = False) -> None:
    """Send a failing or resting webhook now what waits for it and what was given up."""
    with opened(context) as rt:
        count = follow_ups.retry(rt, _id(id), now=rt.clock.now())
    if as_json:
        return say_json({"retried": count})
    return say(f"{count} will be tried again by the next worker.")


@webhook.command()
def rotate(context: typer.Context, id: Id, as_json: Json = False) -> None:
    """Give a webhook a new secret. For a day the old one signs as well."""
    with opened(context) as rt:
        secret = follow_ups.rotate(rt, _id(id), by=Actor(name=who_sits_here()), now=rt.clock.now())
    if as_json:
        return say_json({"secret": secret})
    return say(secret)


@webhook.command()
def remove(context: typer.Context, id: Id, as_json: Json = False) -> None:
    """Remove a webhook. It is told nothing more, not even what is waiting."""
    with opened(context) as rt:
        follow_ups.remove(rt, _id(id), by=Actor(name=who_sits_here()), now=rt.clock.now())
    tell("It is no longer told anything.", as_json=as_json, id=id)


def _told(rule: FollowUp, failing: FailingWebhook | None) -> dict[str, object]:
    told = {"id": rule.id, "purpose": rule.purpose, "url": rule.url, "made_at": rule.made_at, "made_by": rule.by}
    return told | failing_facts(rule, failing)


def failing_facts(rule: FollowUp, failing: FailingWebhook | None) -> dict[str, object]:
    """Since when one fails, why, and what waits; all of it None for one that does not."""
    return {
        "failing_since": rule.failing_since if failing else None,
        "error": rule.error if failing else None,
        "rests_until": rule.rests_until if failing else None,
        "again_at": failing.again_at if failing else None,
        "waiting": failing.waiting if failing else None,
        "given_up": failing.given_up if failing else None,
    }


def _again(rule: FollowUp, failing: Mapping[UUID, FailingWebhook]) -> datetime | str:
    found = failing.get(rule.id)
    return found.again_at if found and found.again_at else ""


def _id(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError as error:
        raise CommandRefused("an id is like 0198c1f2-…, as `consents webhook list` shows it", code=WRONG_USE) from error

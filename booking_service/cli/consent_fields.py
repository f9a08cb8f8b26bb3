"""consents fields: what is kept about contacts besides name and address, and taking it away."""

from typing import Annotated

import typer

from ..actions.consent.profile_fields import FieldStillNeeded
from ..actions.setup import fields as setup
from ..actions.setup.fields import FieldChanged, FieldShown
from ..domain.audit import Actor
from ..runtime import Runtime
from .context import opened, who_sits_here
from .options import DryRun, Json
from .output import say, say_json
from .refusals import WRONG_USE, CommandRefused
from .terminal import say_table

fields_commands = typer.Typer(
    no_args_is_help=True, help="Fields of contacts: what is kept about them besides name and address."
)

Slug = Annotated[str, typer.Argument(metavar="FIELD", help="The field, by its name in the setup.")]


@fields_commands.command("list")
def list_fields(context: typer.Context, as_json: Json = False) -> None:
    """Each field with its kind, for how many contacts it is filled in, and what refers to it."""
    with opened(context) as rt:
        found = setup.find_all(rt, language="en")
    if as_json:
        return say_json(
            [
                {
                    "field": each.field.slug,
                    "labels": each.field.labels,
                    "personal": each.field.personal,
                    "sensitive": each.field.sensitive,
                    "editable": each.field.editable,
                    "contacts": each.kept.values,
                    "named_by": each.needs.keys(),
                }
                for each in found
            ]
        )
    rows = [
        (
            each.field.slug,
            each.field.label("en"),
            each.field.personal,
            each.field.sensitive,
            each.field.editable,
            each.kept.values,
            ", ".join(each.needs.keys()),
        )
        for each in found
    ]
    headings = ("Field", "Name", "Personal", "Sensitive", "Editable", "Contacts", "Named by")
    return say_table(headings, rows, empty="There is no field yet.")


@fields_commands.command()
def delete(
    context: typer.Context,
    field: Slug,
    values_only: Annotated[
        bool, typer.Option("--values-only", help="Keep the field and its locks, and empty it for everybody.")
    ] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Delete a field with its content, for good; not while a purpose, a condition or a message refers to it."""
    with opened(context) as rt:
        found = _found(rt, field)
        by, now = Actor(name=who_sits_here()), rt.clock.now()
        try:
            count = setup.delete(rt, found.field, values_only=values_only, by=by, now=now, dry_run=dry_run)
        except FieldStillNeeded as refusal:
            told = f"{field} stays while something names it: {', '.join(refusal.needs.keys())}."
            if refusal.needs.allowing:
                told += " What people said about that purpose is kept for good; --values-only empties the field."
            raise CommandRefused(told) from refusal
        except FieldChanged as refusal:
            raise CommandRefused(f"{refusal}. Try again.") from refusal
    if as_json:
        return say_json({"dry_run": dry_run, "field": field, "contacts": count, "values_only": values_only})
    would, what = "Would delete" if dry_run else "Deleted", "what stood in" if values_only else "the field"
    return say(f"{would} {what} {field}: it was filled in for {count} contacts.")


def _found(rt: Runtime, slug: str) -> FieldShown:
    found = next((each for each in setup.find_all(rt, language="en") if each.field.slug == slug), None)
    if found is None:
        raise CommandRefused(f"There is no field {slug!r}.", code=WRONG_USE)
    return found

"""policies: what the organisation decided for every host, by whom and why."""

from typing import Annotated

import typer

from ..actions.setup import policies as stored
from .context import opened
from .options import Json
from .output import say_json
from .terminal import say_table

_SHORT = 60


def policies(
    context: typer.Context,
    as_json: Json = False,
    reasons: Annotated[bool, typer.Option("--reasons", help="Only those that somebody gave a reason for.")] = False,
) -> None:
    """What the organisation decided for every host, with who decided it, when and why. `apply` and the page change it."""
    with opened(context) as rt:
        standing = stored.show(rt)
    rows = [
        (key, value, found.by if found else "", found.at if found else None, found.reason if found else "")
        for key, value in stored.keys_of(standing.policies).items()
        for found in [standing.set_by.get(key)]
        if not reasons or (found and found.reason)
    ]
    if as_json:
        names = ("key", "value", "by", "at", "reason")
        return say_json([dict(zip(names, row, strict=True)) for row in rows])
    shown = [(key, value if len(value) <= _SHORT else f"{value[:_SHORT]}…", *rest) for key, value, *rest in rows]
    return say_table(("policy", "is", "set by", "when", "reason"), shown, empty="Nothing was decided yet.")

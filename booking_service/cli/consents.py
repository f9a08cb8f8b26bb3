"""consents: what people said about the use of their data, and whether the evidence is in order."""

import re
from typing import Annotated

import typer

from ..actions.consent.verify import KeptHead
from ..actions.consent.verify import verify as verified
from .context import opened
from .errors import PROBLEMS, WRONG_USE, CommandRefused
from .options import Json
from .output import say, say_json
from .terminal import progress

consents = typer.Typer(no_args_is_help=True, help="Consents: what people said, and the evidence of it.")
_HEAD = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


@consents.command()
def verify(
    context: typer.Context,
    head: Annotated[
        str,
        typer.Option("--head", metavar="SIZE:ROOT", help="A head that was kept elsewhere, as this command says it."),
    ] = "",
    as_json: Json = False,
) -> None:
    """Check the evidence: chains, hashes, details, texts, the tree, guards. Exit 1 if anything is not as it was written.

    Keep the head that it says at the end somewhere else: only that shows if all of it was rewritten together.
    """
    kept = _head(head) if head else None
    with opened(context, migrate=False) as rt, progress("Checking"):
        found = verified(rt, now=rt.clock.now(), kept=kept)
    if as_json:
        say_json({"size": found.size, "root": found.root.hex(), "findings": found.findings})
    else:
        for each in found.findings:
            say(f"✗ {each.kind}: {each.sentence}")
        say("" if found.findings else "✓ Everything is as it was written.")
        say(f"Head: {found.size}:{found.root.hex()}")
    raise typer.Exit(PROBLEMS if found.findings else 0)


def _head(text: str) -> KeptHead:
    match = _HEAD.fullmatch(text.strip().lower())
    if match is None:
        raise CommandRefused("A head is SIZE:ROOT, as `consents verify` says it: 1234:9f86…", code=WRONG_USE)
    return KeptHead(int(match[1]), bytes.fromhex(match[2]))

"""keys: the secrets that stored passwords are sealed with and mailed links are made from."""

from collections.abc import Callable

import typer

from ..actions.access import sealed_answers, second_factor
from ..actions.calendar import erase_event
from ..actions.calendar.accounts import seal_anew
from ..actions.consent import follow_ups, import_cells, profile
from ..crypto import keys as rings
from ..runtime import Runtime
from .context import opened, settings
from .options import Json
from .output import say, say_json
from .terminal import progress

_SEALED = (
    seal_anew,
    sealed_answers.seal_anew,
    profile.seal_anew,
    import_cells.seal_anew,
    follow_ups.seal_anew,
    second_factor.seal_anew,
    erase_event.seal_anew,
)
keys = typer.Typer(no_args_is_help=True, help="The service's secret keys.")


@keys.command()
def rotate(context: typer.Context, as_json: Json = False) -> None:
    """Put a fresh key in front, and seal stored passwords, answers and fields with it. Mailed links go on working.

    Where secret_key is set, the new key comes first: put it there, in front of the old one and a blank.
    """
    chosen = settings(context)
    fresh = chosen.secret_key is None
    if fresh:
        rings.rotate(chosen.data_dir)
    with opened(context) as rt:
        count = len(rt.ring.keys)
        with progress("Sealing anew", total=len(_SEALED)) as step:
            sealed, lost = _sealed_anew(rt, step)
    if as_json:
        return say_json({"keys": count, "fresh": fresh, "sealed": sealed, "lost": lost})
    if fresh:
        say(f"A fresh key stands in front; {chosen.data_dir / rings.FILE_NAME} now has {count}. Back it up.")
    elif count == 1:
        say("secret_key has one key: put a new one in front of it, separated by a blank, and run this again.")
    say(f"Passwords, answers and fields sealed with it: {sealed}.")
    if lost:
        say(
            f"Passwords, answers and fields that no key here can read: {lost}. `booking-service apply` sets passwords again."
        )
    return say("Start `serve` and `worker` again: until then they seal and make links with the key before it.")


def _sealed_anew(rt: Runtime, step: Callable[[], None]) -> tuple[int, int]:
    """How many there are, and how many no key could read. `step` is called after each kind."""
    sealed = lost = 0
    for seal in _SEALED:
        done, unread = seal(rt)
        sealed, lost = sealed + done, lost + unread
        step()
    return sealed, lost

"""keys: the secrets that stored passwords are sealed with and mailed links are made from."""

from collections.abc import Callable

import typer

from ..actions.access import sealed_answers, second_factor
from ..actions.calendar import erase_event
from ..actions.calendar.accounts import seal_anew
from ..actions.consent import contact_marks, follow_ups, import_cells, profile
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
    """Put a fresh key in front, and seal stored passwords, answers and fields with it. Mailed links keep working.

    If secret_key is set, put the new key there first, followed by a blank and the old one.
    """
    chosen = settings(context)
    fresh = chosen.secret_key is None
    if fresh:
        rings.rotate(chosen.data_dir)
    with opened(context) as rt:
        count = len(rt.ring.keys)
        with progress("Sealing anew", total=len(_SEALED) + 1) as step:
            sealed, lost = _sealed_anew(rt, step)
            marked = contact_marks.mark_anew(rt)
            step()
    if as_json:
        return say_json({"keys": count, "fresh": fresh, "sealed": sealed, "lost": lost, "marked": marked})
    if fresh:
        say(f"A fresh key now comes first; {chosen.data_dir / rings.FILE_NAME} now has {count}. Back it up.")
    elif count == 1:
        say("secret_key has one key: put a new one in front of it, separated by a space, and run this again.")
    say(f"Passwords, answers and fields sealed with it: {sealed}.")
    if lost:
        say(
            f"Passwords, answers and fields that no key here can read: {lost}. `booking-service apply` sets passwords again."
        )
    if marked:
        say(f"Contacts marked with it, to be recognised once they were erased: {marked}.")
    if not fresh and count > 1:
        say("Until they are started again, `serve` and `worker` don't recognise mailboxes that were blocked with it.")
    return say("Start `serve` and `worker` again: until then they seal and make links with the previous key.")


def _sealed_anew(rt: Runtime, step: Callable[[], None]) -> tuple[int, int]:
    """How many values there are, and how many no key here can decrypt. `step` is called after each kind."""
    sealed = lost = 0
    for seal in _SEALED:
        done, unread = seal(rt)
        sealed, lost = sealed + done, lost + unread
        step()
    return sealed, lost

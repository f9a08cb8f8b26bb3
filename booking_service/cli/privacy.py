"""privacy: what is kept of one person, handed to them, erased, or shown as proof after that."""

import sys
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from ..actions.calendar import erase_event
from ..actions.privacy import by_hand, data, decisions, erasure, requests, vault
from ..actions.privacy.erasure import Decider, Erased
from ..domain.consent import staff
from ..domain.privacy import Mode
from .context import opened, who_sits_here
from .errors import PROBLEMS, CommandRefused
from .options import Json
from .output import say, say_json
from .terminal import say_table

privacy = typer.Typer(no_args_is_help=True, help="What is kept of one person: handed out, erased, kept as proof.")

Who = Annotated[str, typer.Argument(metavar="ADDRESS", help="A mail address, or a phone number like +49 30 1234567.")]
Field = Annotated[str, typer.Argument(metavar="FIELD", help="The field, by its name in the setup file.")]
Reference = Annotated[
    str, typer.Argument(metavar="REFERENCE", help="What `privacy requests` calls it, like DL-12AB34.")
]
Told = Annotated[str, typer.Option("--reason", help="Why; the person reads it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it goes on record.")]


@privacy.command()
def export(context: typer.Context, who: Who) -> None:
    """All that is kept of one person, as JSON to hand to them. On record; of encrypted values only what may be seen."""
    with opened(context) as rt:
        by = staff(who_sits_here())
        say_json(data.given_to_staff(rt, who, by=by, language="", now=rt.clock.now()))


@privacy.command()
def erase(
    context: typer.Context,
    who: Who,
    reason: Reason = "",
    ours: Annotated[
        bool, typer.Option("--ours", help="Our own decision, no wish of theirs: an import may bring them back.")
    ] = False,
    personal_only: Annotated[
        bool, typer.Option("--personal-only", help="Keep fields that identify nobody, for statistics.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and erase nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Erase what is kept of one person, at once. What proves their consents is sealed, and opens by their address only."""
    if not dry_run and not reason.strip():
        raise CommandRefused("Say why with --reason: it goes on record. --dry-run says what would go.", code=PROBLEMS)
    mode = Mode.PERSONAL if personal_only else Mode.WHOLE
    with opened(context) as rt:
        decider = Decider(staff=who_sits_here(), theirs=not ours, reason=reason)
        erased = erasure.erase(rt, who, decider, mode=mode, now=rt.clock.now(), dry_run=dry_run)
    if as_json:
        say_json(erased)
    else:
        say(_sentence(erased, dry_run=dry_run))


@privacy.command("fill")
def fill_field(context: typer.Context, who: Who, field: Field) -> None:
    """Write into a field of a contact what stands on standard input; nothing empties it."""
    with opened(context) as rt:
        changed = by_hand.fill(rt, who, field, sys.stdin.read().strip())
        say(f"Now in {field}: {changed or 'nothing'}")


@privacy.command("reveal")
def reveal_field(context: typer.Context, who: Who, field: Field, reason: Reason = "") -> None:
    """A sensitive field of a contact in full; on record as seen by you."""
    with opened(context) as rt:
        say(by_hand.reveal(rt, who, field, by=staff(who_sits_here()), why=reason, now=rt.clock.now()))


@privacy.command("requests")
def list_requests(context: typer.Context, as_json: Json = False) -> None:
    """Who wished to be erased, and when it is done by itself; the first due first."""
    with opened(context) as rt:
        waiting = requests.waiting(rt)
    if as_json:
        say_json(
            [
                {
                    "reference": each.request.reference,
                    "address": each.contact.address or each.contact.phone,
                    "asked_at": each.request.made_at,
                    "due_at": each.request.due_at,
                }
                for each in waiting
            ]
        )
    else:
        rows = [
            (
                each.request.reference,
                each.contact.address or each.contact.phone,
                each.request.made_at,
                each.request.due_at,
            )
            for each in waiting
        ]
        say_table(("reference", "who", "asked", "due"), rows, empty="Nobody waits to be erased.")


@privacy.command("events")
def list_events(context: typer.Context, as_json: Json = False) -> None:
    """Past events that still name somebody who was erased, as their calendars did not take the change yet."""
    with opened(context) as rt:
        found = [
            {
                "number": each.number,
                "host": each.host,
                "calendar": each.calendar,
                "booked_at": each.booked_at,
                "since": each.since,
                "again_at": None if each.dead else each.again_at,
                "trouble": each.trouble.sentence if each.trouble else "",
            }
            for each in erase_event.left(rt)
        ]
    if as_json:
        return say_json(found)
    columns = ("No.", "Host", "Calendar", "Event of", "Erased", "Next try", "Trouble")
    say_table(columns, [tuple(each.values()) for each in found], empty="No calendar has anything left to do.")
    if found:
        say("`booking-service outbox retry NO.` tries one again, `outbox drop NO.` says that it was done by hand.")
    return None


@privacy.command("do-now")
def do_now(
    context: typer.Context,
    reference: Reference,
    personal_only: Annotated[
        bool, typer.Option("--personal-only", help="Keep fields that identify nobody, for statistics.")
    ] = False,
) -> None:
    """Have a wish to be erased done within seconds, after the last mail."""
    mode = Mode.PERSONAL if personal_only else Mode.WHOLE
    with opened(context) as rt:
        id = decisions.find(rt, reference)
        decisions.do_now(rt, id, mode=mode, staff=who_sits_here(), now=rt.clock.now())
    say("It is done within seconds, after the last mail.")


@privacy.command("refuse")
def refuse(context: typer.Context, reference: Reference, reason: Told) -> None:
    """Refuse a wish to be erased. The person is told why by email."""
    with opened(context) as rt:
        decisions.refuse(rt, decisions.find(rt, reference), reason=reason, staff=who_sits_here(), now=rt.clock.now())
    say("Refused. The person is told why by email.")


@privacy.command("put-off")
def put_off(
    context: typer.Context,
    reference: Reference,
    reason: Told,
    until: Annotated[datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="The day on which it is done, UTC.")],
) -> None:
    """Do a wish to be erased later. The person is told why by email."""
    with opened(context) as rt:
        id, now = decisions.find(rt, reference), rt.clock.now()
        decisions.put_off(
            rt, id, until=until.date(), zone=ZoneInfo("UTC"), reason=reason, staff=who_sits_here(), now=now
        )
    say(f"It is done on {until:%Y-%m-%d}. The person is told why by email.")


@privacy.command("vault")
def open_vault(context: typer.Context, who: Who, reason: Reason = "") -> None:
    """The proof of what somebody agreed to who was erased since, as JSON. It opens by their own address only, on record."""
    with opened(context) as rt:
        say_json(vault.open_(rt, who, by=staff(who_sits_here()), why=reason, now=rt.clock.now()))


def _sentence(erased: Erased, *, dry_run: bool) -> str:
    would = "Would erase" if dry_run else "Erased"
    kept = f" The proof is kept, sealed, until {erased.kept_until:%Y-%m-%d}." if erased.kept_until else ""
    coming = f" {erased.coming} coming bookings keep what they need until they are over." if erased.coming else ""
    events = (
        f" The name goes out of {erased.events} past events as soon as their calendars answer." if erased.events else ""
    )
    return (
        f"{would} {erased.bookings} bookings, {erased.values} fields, {erased.details} details of consents, and who it was."
        f"{events}{coming}{kept}"
    )

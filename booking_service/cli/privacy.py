"""privacy: what is kept of one person, handed to them, erased, or shown as proof after that."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import typer

from ..actions.calendar import erase_event
from ..actions.consent import access_log
from ..actions.privacy import decisions, erasure, own_data, requests, staff_acts, vault
from ..actions.privacy.erasure import Decider, Erased
from ..domain.access_log import EVERY_LINE, KINDS, SoughtAccess
from ..domain.consent import staff
from ..domain.errors import NotFound
from ..domain.ids import read_id
from ..domain.privacy import Mode
from ..domain.text import one_line
from ..storage.contacts import Contact
from .context import opened, who_sits_here
from .options import Json, KeptContact
from .output import say, say_json, tell
from .refusals import PROBLEMS, WRONG_USE, CommandRefused
from .terminal import say_table

privacy = typer.Typer(no_args_is_help=True, help="What is kept about one person: handed out, erased, kept as proof.")

Who = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS", help="A mail address, or a phone number like +49 30 1234567, or the id of a contact."
    ),
]
Field = Annotated[str, typer.Argument(metavar="FIELD", help="The field, by its name in the setup file.")]
Reference = Annotated[
    str, typer.Argument(metavar="REFERENCE", help="What `privacy requests` calls it, like DL-12AB34.")
]
Told = Annotated[str, typer.Option("--reason", help="Why; the person reads it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it goes on record.")]


@privacy.command()
def export(context: typer.Context, who: KeptContact) -> None:
    """Everything kept about one person, as JSON to hand to them, on record. Of encrypted values, only the visible part."""
    with opened(context) as rt:
        by = staff(who_sits_here())
        say_json(own_data.given_to_staff(rt, who, by=by, language="", now=rt.clock.now()))


@privacy.command()
def erase(
    context: typer.Context,
    who: KeptContact,
    reason: Reason = "",
    ours: Annotated[
        bool, typer.Option("--ours", help="Our own decision, not their request: an import may bring them back.")
    ] = False,
    personal_only: Annotated[
        bool, typer.Option("--personal-only", help="Keep fields that identify nobody, for statistics.")
    ] = False,
    told: Annotated[
        bool,
        typer.Option(
            "--tell",
            help="They asked you for it: tell them by a last email first. A worker then erases within seconds.",
        ),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and erase nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Erase what is kept about one person, at once and without an email unless you --tell. The proof of their consents is sealed, and opens only with their address."""
    if not dry_run and not reason.strip():
        raise CommandRefused("Say why with --reason: it goes on record. --dry-run says what would go.", code=PROBLEMS)
    if told and ours:
        raise CommandRefused("--tell is for somebody who asked for it; with --ours nobody did.", code=WRONG_USE)
    mode = Mode.PERSONAL if personal_only else Mode.WHOLE
    if told and not dry_run:
        with opened(context) as rt:
            wish = decisions.pass_on(rt, who, mode=mode, staff=who_sits_here(), reason=reason, now=rt.clock.now())
        return tell("It is done within seconds, after the last mail.", as_json=as_json, reference=wish.reference)
    with opened(context) as rt:
        decider = Decider(staff=who_sits_here(), theirs=not ours, reason=reason)
        erased = erasure.erase(rt, who, decider, mode=mode, now=rt.clock.now(), dry_run=dry_run)
    if as_json:
        return say_json(erased)
    return say(_sentence(erased, dry_run=dry_run))


@privacy.command()
def stop(context: typer.Context, who: KeptContact, reason: Reason = "", as_json: Json = False) -> None:
    """Stop all use of somebody's data, as they asked. Only they can lift that; they are told so by email."""
    with opened(context) as rt:
        stopped = staff_acts.stop(rt, who, staff=who_sits_here(), reason=reason, now=rt.clock.now())
    said = "All use has stopped. Only the person can lift that." if stopped else "Nothing to change: it is so already."
    tell(said, as_json=as_json, changed=stopped)


@privacy.command("fill")
def fill_field(context: typer.Context, who: KeptContact, field: Field, as_json: Json = False) -> None:
    """Write standard input into a field of a contact; if it is empty, the field is emptied."""
    try:
        typed = sys.stdin.buffer.read().decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise CommandRefused("Standard input is not UTF-8 text.", code=WRONG_USE) from error
    with opened(context) as rt:
        changed = staff_acts.fill(rt, who, field, typed, now=rt.clock.now())
    tell(f"Now in {field}: {changed or 'nothing'}", as_json=as_json, field=field, now=changed)


@privacy.command("reveal")
def reveal_field(
    context: typer.Context, who: KeptContact, field: Field, reason: Reason = "", as_json: Json = False
) -> None:
    """Show a sensitive field of a contact in full, on record as seen by you. Say why afterwards with `privacy give-reason`."""
    with opened(context) as rt:
        seen = staff_acts.reveal(rt, who, field, by=staff(who_sits_here()), why=reason, now=rt.clock.now())
    if as_json:
        return say_json({"line": seen.id, "value": seen.text})
    return say(seen.text)


@privacy.command("access-log")
def list_access(
    context: typer.Context,
    find: Annotated[
        str, typer.Option("--find", help="Words in the name of who looked, in whose data it was, or in the reason.")
    ] = "",
    what: Annotated[str, typer.Option("--what", help="field, field:NAME, list, proof, export, vault or number.")] = "",
    since: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="Then or later (UTC).")] = None,
    to: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Then or before (UTC).")] = None,
    behind: Annotated[str, typer.Option("--behind", metavar="LINE", help="Only those before this line.")] = "",
    as_json: Json = False,
) -> None:
    """Who looked at something that is otherwise hidden, or took away a list or a proof; the newest first, a page at a time."""
    if what and what.partition(":")[0] not in KINDS:
        raise CommandRefused(f"--what is one of {', '.join(KINDS)}, or field:NAME.", code=WRONG_USE)
    sought = SoughtAccess(
        text=one_line(find),
        what=what,
        since=since.replace(tzinfo=UTC) if since else None,
        until=to.replace(tzinfo=UTC) + timedelta(days=1) if to else None,
    )
    with opened(context) as rt:
        found = access_log.show(rt, sought, language="en", behind=read_id(behind) if behind else None)
    lines = [
        {
            "line": each.id,
            "at": each.at,
            "by": found.staff.get(each.by, each.by),
            "who": _called(found.contacts, each.contact_id),
            "what": each.what,
            "why": each.why,
        }
        for each in found.lines
    ]
    if as_json:
        return say_json({"lines": lines, "further": found.further})
    columns = ("line", "at", "by", "who", "what", "why")
    say_table(
        columns,
        [tuple(each.values()) for each in lines],
        empty="No line." if sought != EVERY_LINE else "Nobody looked at anything yet.",
    )
    if found.further:
        say(f"Older ones: --behind {found.further}")
    return None


@privacy.command("give-reason")
def give_reason(
    context: typer.Context,
    line: Annotated[
        str, typer.Argument(metavar="LINE", help="As `privacy access-log` and `privacy reveal --json` show it.")
    ],
    reason: Reason,
    as_json: Json = False,
) -> None:
    """Say why you looked at a value or took a proof, afterwards and once."""
    if not reason.strip():
        raise CommandRefused("Say why with --reason: it goes on record.", code=PROBLEMS)
    with opened(context) as rt:
        try:
            access_log.give_reason(rt, read_id(line), why=one_line(reason), by=staff(who_sits_here()))
        except NotFound as error:
            raise CommandRefused(
                "You have no such line without a reason: it is somebody else’s, already has one, or its person was erased.",
                code=WRONG_USE,
            ) from error
    if as_json:
        return say_json({"line": line, "why": one_line(reason)})
    return say("Now on record.")


@privacy.command("requests")
def list_requests(context: typer.Context, as_json: Json = False) -> None:
    """Deletion requests: who asked to be erased, and when it is done automatically; the first due first."""
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
    """Past events that still name an erased person, because their calendars have not accepted the change yet."""
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
    as_json: Json = False,
) -> None:
    """Carry out a deletion request within seconds, after the last mail."""
    mode = Mode.PERSONAL if personal_only else Mode.WHOLE
    with opened(context) as rt:
        id = decisions.find(rt, reference)
        decisions.do_now(rt, id, mode=mode, staff=who_sits_here(), now=rt.clock.now())
    tell("It is done within seconds, after the last mail.", as_json=as_json, reference=reference.strip().upper())


@privacy.command("refuse")
def refuse(context: typer.Context, reference: Reference, reason: Told, as_json: Json = False) -> None:
    """Refuse a deletion request. The person is told why by email."""
    with opened(context) as rt:
        decisions.refuse(rt, decisions.find(rt, reference), reason=reason, staff=who_sits_here(), now=rt.clock.now())
    tell("Refused. The person is told why by email.", as_json=as_json, reference=reference.strip().upper())


@privacy.command("put-off")
def put_off(
    context: typer.Context,
    reference: Reference,
    reason: Told,
    until: Annotated[datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="The day on which it is done, UTC.")],
    as_json: Json = False,
) -> None:
    """Put off a deletion request. The person is told why by email."""
    with opened(context) as rt:
        id, now = decisions.find(rt, reference), rt.clock.now()
        decisions.put_off(
            rt, id, until=until.date(), zone=ZoneInfo("UTC"), reason=reason, staff=who_sits_here(), now=now
        )
    said = f"It is done on {until:%Y-%m-%d}. The person is told why by email."
    tell(said, as_json=as_json, reference=reference.strip().upper(), until=until.date())


@privacy.command("take-back")
def take_back(context: typer.Context, reference: Reference, as_json: Json = False) -> None:
    """Mail a person the link to take back their deletion request, as they told you. Until they press it, it stays due."""
    with opened(context) as rt:
        id = decisions.find(rt, reference)
        mailed = decisions.ask_to_keep(rt, id, staff=who_sits_here(), now=rt.clock.now())
    if as_json:
        return say_json({"reference": reference.strip().upper(), "mailed": mailed})
    if mailed:
        return say("The link to take it back is mailed to them. Until they press, it stays due.")
    return say("They were already asked by email, and have not pressed the button yet. Nothing was sent.")


@privacy.command("vault")
def open_vault(context: typer.Context, who: Who, reason: Reason = "") -> None:
    """The sealed proof of what somebody agreed to who has since been erased or said no long ago, as JSON.

    It opens only with their own address, on record.
    """
    with opened(context) as rt:
        say_json(vault.open_(rt, who, by=staff(who_sits_here()), why=reason, now=rt.clock.now()))


def _called(known: Mapping[UUID, Contact], id: UUID | None) -> str:
    return known[id].called if id in known and id is not None else ""


def _sentence(erased: Erased, *, dry_run: bool) -> str:
    would = "Would erase" if dry_run else "Erased"
    kept = f" The proof is kept, sealed, until {erased.kept_until:%Y-%m-%d}." if erased.kept_until else ""
    coming = f" {erased.coming} coming bookings keep what they need until they are over." if erased.coming else ""
    others = f" With it of {', '.join(erased.merged)}, merged with it." if erased.merged else ""
    events = (
        f" The name goes out of {erased.events} past events as soon as their calendars answer." if erased.events else ""
    )
    return (
        f"{would} {erased.bookings} bookings, {erased.values} fields, {erased.details} details of consents, and who it was."
        f"{others}{events}{coming}{kept}"
    )

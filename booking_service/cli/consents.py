"""consents: what people said about the use of their data, by hand and by the evidence."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

import typer

from ..actions.consent import find, merges, new_contact, staff_entries, timestamps
from ..actions.consent import phone_number as numbers
from ..actions.consent.append import Changed
from ..actions.consent.find import Held, Listed, Shown
from ..actions.consent.merges import By
from ..actions.consent.verify import KeptHead
from ..actions.consent.verify import verify as verified
from ..domain.contact_filter import LISTS, Filter
from ..domain.text import NAME_LENGTH, one_line
from ..domain.timestamps import NotStamped
from ..language import LANGUAGES
from ..outgoing_requests import NotPosted
from ..runtime import Runtime
from ..storage.ledger import ChainLink, read_body
from . import consent_ask, consent_files, consent_imports, consent_messages, consent_report
from .consent_fields import fields_commands
from .consent_news import news_commands
from .consent_purposes import purposes
from .context import opened, who_sits_here
from .mail_rules import rule
from .options import DryRun, GivenFrom, GivenTo, Json, KeptContact, Source
from .output import first_of, say, say_json, tell
from .refusals import PROBLEMS, WRONG_USE, CommandRefused
from .schema import refuse_other_schema
from .terminal import progress, say_table
from .webhooks import webhook

consents = typer.Typer(no_args_is_help=True, help="Consents: what people said, and the evidence of it.")
_HEAD = re.compile(r"(\d{1,18}):([0-9a-f]{64})")

Who = Annotated[str, typer.Argument(metavar="ADDRESS", help="A mail address, or a phone number like +49 30 1234567.")]
Slug = Annotated[str, typer.Argument(metavar="PURPOSE", help="The purpose, by its name in the setup.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it goes on record.")]


@consents.command("list")
def list_consents(
    context: typer.Context,
    purpose: Annotated[str, typer.Option(help="Only of this purpose.")] = "",
    standing: Annotated[str, typer.Option(help=f"Only these: {', '.join(LISTS)}.")] = "",
    source: Source = "",
    given_from: GivenFrom = None,
    given_to: GivenTo = None,
    optin_id: Annotated[str, typer.Option("--optin-id", help="The consent that carries this id.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 200,
    as_json: Json = False,
) -> None:
    """Contacts by their standing for a purpose, the latest change first, and whether it may be used now.

    Without --standing: everybody about whom something was said.
    """
    if standing and standing not in LISTS:
        raise CommandRefused(f"--standing is one of {', '.join(LISTS)}.", code=WRONG_USE)
    wanted = Filter(
        purpose=purpose,
        standing=standing,
        source=source,
        given_from=_date(given_from),
        given_to=_date(given_to),
        optin_id=optin_id,
    )
    with opened(context) as rt:
        found = first_of(find.listed(rt, wanted, now=rt.clock.now(), limit=limit + 1), limit)
    if as_json:
        return say_json([_row(each) for each in found])
    rows = [
        (
            each.contact.address or each.contact.phone,
            each.contact.name,
            each.held.purpose,
            each.held.word,
            each.held.since,
            each.held.refusal or "yes",
        )
        for each in found
    ]
    return say_table(("Contact", "Name", "Purpose", "Standing", "Since", "May be used"), rows, empty="Nobody.")


@consents.command()
def show(context: typer.Context, who: KeptContact, as_json: Json = False) -> None:
    """One contact: what stands for each purpose, and everything that was said, oldest first."""
    with opened(context) as rt:
        found = find.shown(rt, who, now=rt.clock.now())
    if as_json:
        return say_json(_whole(found))
    say(f"{found.contact.name or 'No name'}, {found.contact.address or found.contact.phone}")
    if found.into is not None:
        say(f"Merged into {found.into.address or found.into.phone}, which takes its place in lists.")
    say_table(
        ("Purpose", "Standing", "Since", "May be used"),
        [(each.purpose, each.word, each.since, each.refusal or "yes") for each in found.held],
        empty="There is no purpose yet.",
    )
    return say_table(("When", "Purpose", "What", "By", "How", "Said"), [_said(each) for each in found.links], empty="")


@consents.command()
def record(
    context: typer.Context,
    who: Who,
    purpose: Slug,
    reason: Reason,
    optin_who: Annotated[str, typer.Option("--who", help="Who gave it, as they were called.")] = "",
    source: Annotated[str, typer.Option(help="How and where.")] = "",
    given_on: Annotated[str, typer.Option("--date", help="When, as YYYY-MM-DD.")] = "",
    optin_id: Annotated[str, typer.Option("--id", help="Its id at the source.")] = "",
    description: Annotated[str, typer.Option(help="In words, for people who ask later.")] = "",
    implied: Annotated[bool, typer.Option("--implied", help="Not said, but from an existing relationship.")] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Record a consent that was given elsewhere: single opt-in by you. This never makes it double opt-in."""
    brought = {
        "optin_who": optin_who,
        "optin_source": source,
        "optin_date": given_on,
        "optin_id": optin_id,
        "optin_description": description,
    }

    def done(rt: Runtime) -> Changed:
        return staff_entries.record(
            rt,
            who,
            purpose,
            staff=who_sits_here(),
            brought=brought,
            reason=reason,
            implied=implied,
            now=rt.clock.now(),
            dry_run=dry_run,
        )

    _change(context, done, dry_run=dry_run, as_json=as_json)


@consents.command("add")
def add_contact(
    context: typer.Context,
    who: Who,
    name: Annotated[str, typer.Option(help="What they are called.")] = "",
    phone: Annotated[str, typer.Option(help="A phone number beside the address, like +49 30 1234567.")] = "",
    language: Annotated[str, typer.Option(help="The language to write to them in, like en.")] = "",
    as_json: Json = False,
) -> None:
    """Add a contact with no consent recorded yet. Nobody is written to."""
    if language and language not in LANGUAGES:
        raise CommandRefused(f"--language is one of {', '.join(LANGUAGES)}.", code=WRONG_USE)
    if "@" in phone:
        raise CommandRefused("--phone is a phone number like +49 30 1234567.", code=WRONG_USE)
    if len(one_line(name)) > NAME_LENGTH:
        raise CommandRefused(f"--name has {len(one_line(name))} characters, and {NAME_LENGTH} fit.", code=WRONG_USE)
    with opened(context) as rt:
        address, number = staff_entries.identifier(who)
        number = staff_entries.identifier(phone)[1] if phone and address else number
        made = new_contact.make(
            rt, address=address, phone=number, name=one_line(name), language=language, now=rt.clock.now()
        )
    if as_json:
        return say_json({"id": made.id, "new": made.new})
    return say("Added." if made.new else "This contact was there already. Nothing was changed.")


@consents.command("number")
def change_number(
    context: typer.Context,
    who: KeptContact,
    reason: Reason,
    number: Annotated[str, typer.Option("--to", help="The number, like +49 30 1234567.")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Stop keeping a number for them.")] = False,
    as_json: Json = False,
) -> None:
    """Give, change or remove the number to call of a contact. A yes to calls is valid for the number that it was given with."""
    if bool(number) == remove or "@" in number:
        raise CommandRefused("Name a number with --to, like +49 30 1234567; or --remove.", code=WRONG_USE)
    with opened(context) as rt:
        wanted = staff_entries.identifier(number)[1] if number else ""
        id = staff_entries.id_of(rt, who)
        changed = numbers.change(rt, id, wanted, reason=reason, by=who_sits_here(), now=rt.clock.now())
    said = f"The number is {wanted}." if wanted else "No number is kept any more."
    tell(said if changed else "It was so already.", as_json=as_json, number=wanted, changed=changed)


@consents.command("opt-out")
def opt_out(
    context: typer.Context,
    who: Who,
    purpose: Annotated[str, typer.Argument(metavar="PURPOSE", help="The purpose, or * for all of them.")],
    reason: Reason,
    theirs: Annotated[
        bool,
        typer.Option("--theirs/--ours", help="They asked for it, and only they can lift it; or it is your decision."),
    ],
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """End a purpose for somebody, at once."""

    def done(rt: Runtime) -> Changed:
        now, sits_here = rt.clock.now(), who_sits_here()
        return staff_entries.opt_out(
            rt, who, purpose, staff=sits_here, theirs=theirs, reason=reason, now=now, dry_run=dry_run
        )

    _change(context, done, dry_run=dry_run, as_json=as_json)


@consents.command()
def revert(
    context: typer.Context,
    who: KeptContact,
    purpose: Slug,
    reason: Reason,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take back an opt-out of yours. What people ended themselves stays ended, and double opt-in does not come back.

    It is then recorded as single opt-in, by you, even if they had agreed to nothing: --dry-run says so, and you can then leave the opt-out as it is.
    """

    def done(rt: Runtime) -> Changed:
        return staff_entries.revert(
            rt, who, purpose, staff=who_sits_here(), reason=reason, now=rt.clock.now(), dry_run=dry_run
        )

    changed = _change(context, done, dry_run=dry_run, as_json=as_json)
    if not as_json and not staff_entries.had_agreed(changed, purpose):
        say(
            f"They had given no consent before it, so this {'would record' if dry_run else 'recorded'} one. If you know of none, "
            "leave the opt-out: if they tick the box on a form, they are still asked."
        )


@consents.command()
def merge(
    context: typer.Context,
    who: KeptContact,
    into: Annotated[str, typer.Option("--into", metavar="ADDRESS", help="The contact that stays in lists.")],
    reason: Reason,
    as_json: Json = False,
) -> None:
    """Merge two contacts that are one person. A no of either counts for both; a yes to mail stays with its mailbox."""
    with opened(context) as rt:
        by = By(staff=who_sits_here(), reason=reason)
        merges.merge(rt, staff_entries.id_of(rt, who), into=staff_entries.id_of(rt, into), by=by, now=rt.clock.now())
    tell("Merged.", as_json=as_json, merged=who, into=into)


@consents.command()
def part(context: typer.Context, who: KeptContact, reason: Reason, as_json: Json = False) -> None:
    """Separate a contact again from the one it was merged into."""
    with opened(context) as rt:
        by = By(staff=who_sits_here(), reason=reason)
        merges.part(rt, staff_entries.id_of(rt, who), by=by, now=rt.clock.now())
    tell("Separated. Each has its own noes again.", as_json=as_json, parted=who)


@consents.command()
def verify(
    context: typer.Context,
    head: Annotated[
        str,
        typer.Option("--head", metavar="SIZE:ROOT", help="A head that was kept elsewhere, as this command prints it."),
    ] = "",
    as_json: Json = False,
) -> None:
    """Check the evidence: chains, hashes, details, texts, the tree, guards. Exit 1 if anything was changed after it was written.

    Keep the head that it prints at the end somewhere else: only that shows whether all of it was rewritten together.
    """
    kept = _head(head) if head else None
    with opened(context, migrate=False) as rt, progress("Checking"):
        refuse_other_schema(rt)
        found = verified(rt, now=rt.clock.now(), kept=kept)
    if as_json:
        say_json({"size": found.size, "root": found.root.hex(), "findings": found.findings})
    else:
        for each in found.findings:
            say(f"✗ {each.kind}: {each.sentence}")
        if not found.findings:
            say("✓ Everything is as it was written.")
        say(f"Head: {found.size}:{found.root.hex()}")
    raise typer.Exit(PROBLEMS if found.findings else 0)


@consents.command()
def anchor(context: typer.Context, as_json: Json = False) -> None:
    """Have the head of the ledger stamped now by the time-stamp server of the settings, as the worker does once a day."""
    with opened(context) as rt, progress("Asking"):
        if rt.settings.anchor.url is None:
            raise CommandRefused("no time-stamp server is named: set anchor.url (BOOKING_ANCHOR__URL)", code=WRONG_USE)
        try:
            found = timestamps.stamp(rt, now=rt.clock.now())
        except (NotPosted, NotStamped) as error:
            raise CommandRefused(f"it was not stamped: {error}") from error
    if found is None:
        raise CommandRefused("there is nothing to stamp: nobody said anything yet")
    if as_json:
        return say_json({"size": found.size, "root": found.root.hex(), "at": found.at})
    return say(f"Stamped at {found.at:%Y-%m-%d %H:%M:%S} UTC: {found.size}:{found.root.hex()}")


consents.command("report")(consent_report.report)
consents.command("ask")(consent_ask.ask)
consents.command("asking")(consent_ask.asking)
consents.command("write")(consent_messages.write)
consents.command("writing")(consent_messages.writing)
consents.add_typer(webhook, name="webhook")
consents.add_typer(rule, name="rule")
consents.add_typer(news_commands, name="news")
consents.command("import")(consent_files.bring)
consents.command("imports")(consent_imports.look)
consents.command("export")(consent_files.take_away)
consents.command("check-proof")(consent_files.check)
consents.add_typer(purposes, name="purposes")
consents.add_typer(fields_commands, name="fields")


def _change(context: typer.Context, done: Callable[[Runtime], Changed], *, dry_run: bool, as_json: bool) -> Changed:
    with opened(context) as rt:
        changed = done(rt)
        now = rt.clock.now()
    before, after = (
        ", ".join(filter(None, (each.basis.value, asked.value if (asked := each.asked(now=now)) else "")))
        for each in (changed.before, changed.after)
    )
    entry_id = changed.entry.id if changed.entry and not dry_run else None
    if as_json:
        say_json(
            {
                "dry_run": dry_run,
                "changed": changed.entry is not None,
                "before": before,
                "after": after,
                "entry_id": entry_id,
            }
        )
    elif changed.entry is None:
        say(f"Nothing to change: it is already {before}.")
    elif before == after:
        say(f"{'Would end' if dry_run else 'Ended'} what stands since: {after}.")
    else:
        say(f"{'Would change' if dry_run else 'Changed'}: {before} → {after}.")
    return changed


def _row(listed: Listed) -> dict[str, Any]:
    contact = listed.contact
    return {"contact": _identity(contact.address, contact.phone, contact.name), **_stands(listed.held)}


def _whole(shown: Shown) -> dict[str, Any]:
    contact, into = shown.contact, shown.into
    return {
        "contact": _identity(contact.address, contact.phone, contact.name),
        "merged_into": _identity(into.address, into.phone, into.name) if into is not None else None,
        "stopped_at": contact.stopped_at,
        "erased_at": contact.erased_at,
        "standings": [_stands(each) for each in shown.held],
        "entries": [_entry(each) for each in shown.links],
    }


def _identity(address: str, phone: str, name: str) -> dict[str, str]:
    return {"address": address, "phone": phone, "name": name}


def _stands(held: Held) -> dict[str, Any]:
    return {
        "purpose": held.purpose,
        **held.told,
    }


def _entry(link: ChainLink) -> dict[str, Any]:
    entry = link.entry
    return {
        "id": entry.id,
        "number": entry.number,
        "at": entry.at,
        "purpose": entry.purpose,
        "act": entry.act,
        "by": entry.by,
        "how": entry.how,
        "implied": entry.implied,
        "refers": entry.refers,
        "detail": read_body(link.detail.body) if link.detail else None,
    }


def _said(link: ChainLink) -> tuple[object, ...]:
    entry, body = link.entry, read_body(link.detail.body) if link.detail else {}
    words = [str(body[key]) for key in ("who", "source", "given_on", "description", "reason") if body.get(key)]
    what = f"{entry.act.value}, implied" if entry.implied else entry.act.value
    by = f"{entry.by}, passed on by {body['staff']}" if entry.by_contact and body.get("staff") else entry.by
    return entry.at, entry.purpose, what, by, entry.how.value, " · ".join(words)


def _date(given: datetime | None) -> date | None:
    return given.date() if given else None


def _head(text: str) -> KeptHead:
    match = _HEAD.fullmatch(text.strip().lower())
    if match is None:
        raise CommandRefused("A head is SIZE:ROOT, as `consents verify` prints it: 1234:9f86…", code=WRONG_USE)
    return KeptHead(int(match[1]), bytes.fromhex(match[2]))

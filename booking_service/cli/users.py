"""user: hosts, their names and their public addresses, and who may sign in."""

from collections.abc import Iterable
from typing import Annotated

import typer

from ..actions.access import identities, people, second_factor
from ..actions.access.sign_in import link_by_hand
from ..actions.setup import departures, hosts, rights
from ..actions.setup.departures import Fate, Leaver
from ..actions.setup.hosts import HostSummary
from ..crypto.tokens import LinkPurpose
from ..domain.audit import Actor, AuditAct
from ..domain.people import Person
from ..domain.roles import Permission, Rights, Role
from .context import opened, who_sits_here
from .options import Json
from .output import say, say_json, tell
from .refusals import WRONG_USE, CommandRefused
from .terminal import say_table

user = typer.Typer(no_args_is_help=True, help="Hosts, whose time is booked, and everybody who signs in.")


@user.command()
def add(
    context: typer.Context,
    who: Annotated[str, typer.Argument(help="A host's name in addresses, like ada, or with --admin a mail address.")],
    name: Annotated[str, typer.Option(help="As invitees read it.")] = "",
    email: Annotated[str, typer.Option(help="Where the host is told of bookings, and signs in.")] = "",
    zone: Annotated[str, typer.Option(help="The time zone of the host's hours, like Europe/Berlin.")] = "",
    language: Annotated[str | None, typer.Option(help="en, de or nl.")] = None,
    admin: Annotated[bool, typer.Option("--admin", help="An administrator, who need not be a host.")] = False,
    invite: Annotated[
        str,
        typer.Option(help="Mail a link to ADDRESS instead: their roles and permissions, as in 'host,staff,consents'."),
    ] = "",
    as_json: Json = False,
) -> None:
    """Add a host, with hours from Monday to Friday, 9 to 17. `apply` sets everything else. With --admin: an administrator."""
    if invite:
        return _invite(context, who, invite, name=name, zone=zone, language=language, as_json=as_json)
    if admin:
        return _add_admin(context, who, name=name, zone=zone, language=language, as_json=as_json)
    missing = [f"--{option}" for option, given in (("name", name), ("email", email), ("zone", zone)) if not given]
    if missing:
        raise CommandRefused(f"a host also needs {', '.join(missing)}", code=WRONG_USE)
    with opened(context) as rt:
        hosts.add(rt, who, name=name, email=email, zone=zone, language=language or "en")
    said = f"{who} is added. Next: `booking-service calendar add {who} ADDRESS`, and meeting types with `apply`."
    return tell(said, as_json=as_json, host=who, email=email)


def _add_admin(
    context: typer.Context, email: str, *, name: str, zone: str, language: str | None, as_json: bool
) -> None:
    with opened(context) as rt:
        now = rt.clock.now()
        by = Actor(name=who_sits_here())
        made = people.add(rt, email, role=Role.ADMIN, name=name, zone=zone or "UTC", language=language, by=by, now=now)
        page = f"{rt.settings.base_url or ''}/{LinkPurpose.SIGN_IN}"
    said = f"{made.email} is an administrator, and signs in at {page}"
    by_hand = f"Where no mail leaves yet: `booking-service user link --sign-in {made.email}`."
    tell(f"{said}\n{by_hand}", as_json=as_json, **_facts(made), page=page)


def _invite(
    context: typer.Context, email: str, words: str, *, name: str, zone: str, language: str | None, as_json: bool
) -> None:
    given, by = _rights(words.split(",")), Actor(name=who_sits_here())
    with opened(context) as rt:
        now = rt.clock.now()
        made = people.invite(rt, email, rights=given, name=name, zone=zone or "UTC", language=language, by=by, now=now)
    said = f"{made.email} is invited as {made.rights}. The link in the mail signs in once, within a week."
    tell(said, as_json=as_json, **_facts(made))


def _facts(person: Person) -> dict[str, object]:
    return {"email": person.email, "roles": person.roles, "permissions": person.permissions}


def _rights(words: Iterable[str]) -> Rights:
    given = {word.strip() for word in words if word.strip()}
    if unknown := given - {*Role, *Permission}:
        known = ", ".join((*Role, *Permission))
        raise CommandRefused(
            f"neither a role nor a permission: {', '.join(sorted(unknown))}. There are: {known}", code=WRONG_USE
        )
    return Rights(
        roles=frozenset(each for each in Role if each in given),
        permissions=frozenset(each for each in Permission if each in given),
    )


@user.command()
def role(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="The address with which the person signs in.")],
    words: Annotated[
        list[str] | None,
        typer.Argument(help="From now on: host, staff, admin, consents, reveal, vault. Nothing: say what they have."),
    ] = None,
    as_json: Json = False,
) -> None:
    """What a person may do: all their roles and permissions. The person is told by mail."""
    with opened(context) as rt:
        person = people.by_address(rt, email)
        if words:
            by = Actor(name=who_sits_here())
            person = rights.change(rt, person.id, _rights(words), by=by, now=rt.clock.now())
    tell(f"{person.email}: {person.rights}", as_json=as_json, **_facts(person))


@user.command("second-factor")
def second_factor_of(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="The address with which the person signs in.")],
    reset: Annotated[
        bool, typer.Option("--reset", help="Remove it, for somebody who lost app and recovery codes.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Whether signing in also asks a person for a code from their app. --reset ends that; they are told by mail."""
    with opened(context) as rt:
        person = people.by_address(rt, email)
        by, act = Actor(name=who_sits_here()), AuditAct.SECOND_FACTOR_RESET
        done = reset and second_factor.turn_off(rt, person, by=by, now=rt.clock.now(), act=act)
        state = second_factor.state(rt, person.id)
    if reset:
        outcome = "has no second factor any more." if done else "had none."
    else:
        on = f"on since {state.since:%Y-%m-%d}, recovery codes left: {state.recovery_codes}." if state.since else ""
        outcome = on or "off."
    known = {"since": state.since, "recovery_codes": state.recovery_codes}
    tell(f"{person.email}: {outcome}", as_json=as_json, email=person.email, **known)


@user.command()
def accounts(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="The address with which the person signs in.")],
    unlink: Annotated[bool, typer.Option("--unlink", help="Let none of them sign in any more.")] = False,
    as_json: Json = False,
) -> None:
    """The accounts at the identity provider that sign in as a person. --unlink removes them; the person is told by mail."""
    with opened(context) as rt:
        person = people.by_address(rt, email)
        found = identities.linked(rt, person.id)
        for each in found if unlink else ():
            identities.unlink(rt, person, each.id, by=Actor(name=who_sits_here()), now=rt.clock.now())
    told = [
        {"issuer": each.issuer, "subject": each.subject, "email": each.email, "since": each.linked_at} for each in found
    ]
    lines = [
        f"{person.email}: {each.email or each.subject} of {each.issuer}, "
        f"{'unlinked' if unlink else f'since {each.linked_at:%Y-%m-%d}'}."
        for each in found
    ]
    said = "\n".join(lines) or f"{person.email}: none."
    tell(said, as_json=as_json, email=person.email, accounts=told, unlinked=unlink)


@user.command()
def remove(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="The address with which the person signs in.")],
    bookings: Annotated[Fate | None, typer.Option(help="What happens to upcoming bookings, if there are any.")] = None,
    word: Annotated[str, typer.Option(help="A word to the invitees whose times are cancelled.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and remove nobody.")] = False,
    as_json: Json = False,
) -> None:
    """Remove a person: they can no longer sign in, a host's page closes, holds end, bookings are kept or cancelled."""
    with opened(context) as rt:
        now, person = rt.clock.now(), people.by_address(rt, email)
        if dry_run:
            leaver = departures.show(rt, person.id, now=now)
        else:
            by = Actor(name=who_sits_here())
            leaver = departures.leave(rt, person.id, fate=bookings, words=word, by=by, now=now)
    facts = {"email": leaver.person.email, "host": leaver.host.slug if leaver.host else None, "held": leaver.held}
    said = _what_became(leaver, bookings, dry_run=dry_run)
    tell(said, as_json=as_json, **facts, coming=leaver.coming, bookings=bookings, removed=not dry_run)


def _what_became(leaver: Leaver, fate: Fate | None, *, dry_run: bool) -> str:
    outcome = f"{leaver.person.email} {'would be' if dry_run else 'is'} removed."
    if leaver.host is None:
        return outcome
    came = {Fate.KEEP: "kept", Fate.CANCEL: "cancelled", None: "to come: say --bookings keep or cancel"}[fate]
    coming = f" Bookings {came}: {leaver.coming}." if leaver.coming else ""
    return f"{outcome} The page /{leaver.host.slug} closes. Holds that end: {leaver.held}.{coming}"


@user.command("list")
def list_users(
    context: typer.Context,
    everybody: Annotated[bool, typer.Option("--people", help="Everybody who can sign in, with their roles.")] = False,
    as_json: Json = False,
) -> None:
    """Every host, with meeting types, calendars, and whether anything is on offer. With --people: who can sign in."""
    if everybody:
        return _list_people(context, as_json=as_json)
    with opened(context) as rt:
        found = hosts.summaries(rt, now=rt.clock.now())
    if as_json:
        return say_json(
            [
                {
                    "slug": each.host.slug,
                    "name": each.host.name,
                    "email": each.host.email,
                    "zone": each.host.zone.key,
                    "language": each.host.language,
                    "active": each.host.active,
                    "listed": each.host.listed,
                    "meetings": [meeting.slug for meeting in each.meetings],
                    "calendars": [calendar.name for calendar in each.calendars],
                    "closed": each.closed,
                }
                for each in found
            ]
        )
    rows = [
        (
            each.host.slug,
            each.host.name,
            each.host.email,
            each.host.zone.key,
            ", ".join(meeting.slug for meeting in each.meetings),
            ", ".join(c.name for c in each.calendars),
            _page(each),
        )
        for each in found
    ]
    columns = ("Host", "Name", "Mail", "Zone", "Meeting types", "Calendars", "Page")
    return say_table(columns, rows, empty="There is no host yet: `booking-service user add`, or `apply` a file.")


def _page(found: HostSummary) -> str:
    if found.closed:
        return f"closed: {found.closed}"
    return "open" if any(meeting.active for meeting in found.meetings) else "empty: no meeting type"


def _list_people(context: typer.Context, *, as_json: bool) -> None:
    with opened(context) as rt:
        found, slugs = (
            people.everybody(rt),
            {each.host.id: each.host.slug for each in hosts.summaries(rt, now=rt.clock.now())},
        )
    listed = [
        {
            "email": each.email,
            "name": each.name,
            "roles": sorted(each.roles),
            "permissions": sorted(each.permissions),
            "host": slugs[each.host_id] if each.host_id else None,
        }
        for each in found
    ]
    if as_json:
        return say_json(listed)
    rows = [
        (each.email, each.name, ", ".join(sorted(each.roles)), slugs[each.host_id] if each.host_id else "")
        for each in found
    ]
    return say_table(
        ("Mail", "Name", "Roles", "Host"),
        rows,
        empty="Nobody can sign in yet: `booking-service user add EMAIL --admin`.",
    )


@user.command()
def link(
    context: typer.Context,
    who: Annotated[str, typer.Argument(help="The host; with --sign-in a person's mail address.")],
    sign_in: Annotated[bool, typer.Option("--sign-in", help="A link that signs this person in.")] = False,
    as_json: Json = False,
) -> None:
    """The public addresses of a host. With --sign-in: a link that signs a person in, once and within 15 minutes."""
    with opened(context) as rt:
        if sign_in:
            path, made = link_by_hand(rt, who, real_now=rt.clock.real_now())
            found = [f"{rt.settings.base_url or ''}{path}"]
        else:
            found, made = hosts.addresses(rt, hosts.summary(rt, who, now=rt.clock.now())), None
    if as_json:
        return say_json({"url": found[0], "ends_at": made.ends_at.isoformat()} if made else found)
    return say("\n".join(found))

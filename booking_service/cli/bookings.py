"""booking and why: what became of bookings, and why a time is on offer or not."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from ..actions.access import mailbox_blocks
from ..actions.booking import address, change, find, host_decisions
from ..actions.booking.find import ListedBooking, Whole
from ..actions.setup.hosts import summary
from ..actions.times.why import Explained
from ..actions.times.why import why as explained
from ..domain.availability import zone_of
from ..domain.booking import BookingState, Party
from ..domain.localized_text import worded
from ..domain.owed import asked_party
from ..language import SOURCE
from .context import opened
from .options import Json
from .output import first_of, say, say_json, tell
from .refusals import PROBLEMS, WRONG_USE, CommandRefused
from .terminal import say_table

booking = typer.Typer(no_args_is_help=True, help="Bookings and everything that happened to them.")

Reference = Annotated[
    str, typer.Argument(help="The booking's id, its first characters, or the id of its waiting page.")
]
_UNTOLD = " But not the invitee: no mail is wanted at that address."
_FOR_PROGRAMS = ("who", "starts_at", "ends_at")  # in --json only, as the table is wide enough
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::\d{2})?(Z|[+-]\d{2}:\d{2})?", re.ASCII)


@booking.command("list")
def list_bookings(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="One host only.")] = None,
    state: Annotated[list[BookingState] | None, typer.Option(help="Only these.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most, latest start first.")] = 100,
    as_json: Json = False,
) -> None:
    """Bookings, latest start first, times on the clock of their host."""
    with opened(context) as rt:
        found = first_of(find.listed(rt, host=host, states=state or (), limit=limit + 1), limit)
        any_at_all = bool(found or find.listed(rt, limit=1))
    if as_json:
        return say_json([_as_json(each) for each in found])
    rows = [
        (
            str(each.booking.id)[:8],
            each.host.slug,
            each.meeting.slug,
            _when(each),
            _state(each),
            each.booking.invitee.name,
            each.booking.invitee.email,
        )
        for each in found
    ]
    columns = ("Id", "Host", "Meeting", "Time", "State", "Invitee", "Mail")
    return say_table(columns, rows, empty="No bookings match." if any_at_all else "There are no bookings.")


@booking.command()
def show(context: typer.Context, reference: Reference, as_json: Json = False) -> None:
    """One booking: its state, its event, and its timeline with what was mailed and written."""
    with opened(context) as rt:
        found = find.whole(rt, find.find(rt, reference).id)
    if as_json:
        return say_json(_whole_as_json(found))
    _tell(found)
    return None


@booking.command()
def cancel(
    context: typer.Context,
    reference: Reference,
    reason: Annotated[str, typer.Option(help="The invitee reads it.")] = "",
    as_json: Json = False,
) -> None:
    """Cancel on behalf of the host. Calendar and mails follow."""
    with opened(context) as rt:
        meant = find.find(rt, reference)
        if not meant.live:
            raise CommandRefused(f"Booking {meant.id} is already {meant.state}.")
        after = change.cancel_by_host(rt, meant.id, reason=reason, now=rt.clock.now())
        but = _UNTOLD if mailbox_blocks.stands(rt, meant.invitee.email) else ""
    if as_json:
        return say_json({"id": after.id, "state": after.state})
    return say(f"Booking {after.id} is {after.state}. Everybody who knew of it is told by mail.{but}")


@booking.command()
def resend(context: typer.Context, reference: Reference, as_json: Json = False) -> None:
    """Send the mail with the link to confirm once more; if it is confirmed, the invitation."""
    with opened(context) as rt:
        meant, now = find.find(rt, reference), rt.clock.now()
        if meant.state is BookingState.CONFIRMED:
            after = host_decisions.invite_again(rt, meant.id, now=now)
        else:
            after = address.resend(rt, meant.public_id, now=now)
    said = f"The mail to {after.invitee.email} is on its way again."
    tell(said, as_json=as_json, id=after.id, state=after.state, email=after.invitee.email)


def why(
    context: typer.Context,
    host: Annotated[str, typer.Argument(help="The host.")],
    meeting: Annotated[str, typer.Argument(help="The meeting type.")],
    time: Annotated[
        str, typer.Argument(help='Like "2026-11-24 09:00", or with an offset: 2026-11-24T09:00+01:00, …Z.')
    ],
    zone: Annotated[str | None, typer.Option(help="The zone of TIME; the host's by default.")] = None,
    as_json: Json = False,
) -> None:
    """Why a time is on offer, or is not: every rule, booking and busy period for or against it. Exit 1 if it is not."""
    with opened(context) as rt:
        now = rt.clock.now()
        starts = instants(time, _zone(zone) if zone else summary(rt, host, now=now).host.zone)
        found = [explained(rt, host, meeting, start, now=now) for start in starts]
    if as_json:
        say_json([_explained_as_json(each) for each in found])
    else:
        for each in found:
            _explain(each)
    raise typer.Exit(0 if any(each.offered for each in found) else PROBLEMS)


def instants(text: str, zone: ZoneInfo) -> list[datetime]:
    """The instants that a person means by a time in `zone`: two where that time occurs twice (PEP 495).

    Raises CommandRefused: no time, or one that a clock change skips.
    """
    try:
        matched = _TIME.fullmatch(text.strip())
        written = datetime.fromisoformat(text.strip()) if matched else None
    except ValueError:
        written = None
    if written is None:
        raise CommandRefused(f'{text!r} is not a time: write it like "2026-11-24 09:00".', code=WRONG_USE)
    if written.tzinfo is not None:
        return [written.astimezone(UTC)]
    meant = sorted({written.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)})
    shown = [each for each in meant if each.astimezone(zone).replace(tzinfo=None, fold=0) == written]
    if not shown:
        raise CommandRefused(
            f"{written:%H:%M} does not exist on {written:%Y-%m-%d} in {zone.key}: the clocks skip it.", code=WRONG_USE
        )
    return shown


def _state(each: ListedBooking) -> str:
    """The state, and whom a hold waits for."""
    asked = asked_party(each.booking.awaits, each.meeting) if each.booking.state is BookingState.HELD else None
    names = {Party.HOST: each.host.name, Party.INVITEE: each.booking.invitee.name}
    return f"{each.booking.state}, waits for {names[asked]}" if asked in names else str(each.booking.state)


def _zone(name: str) -> ZoneInfo:
    try:
        return zone_of(name)
    except ValueError as error:
        raise CommandRefused(str(error), code=WRONG_USE) from error


def _explain(found: Explained) -> None:
    where = f"{found.offering.host.slug}/{found.offering.meeting.slug}"
    verdict = "is on offer" if found.offered else "is not on offer"
    say(f"{where} at {found.start.astimezone(found.offering.host.zone):%a %Y-%m-%d %H:%M} {verdict}:")
    for each in found.verdicts:
        say(f"{'✓' if each.passes else '✗'} {each.rule}: {each.text}", indent=2)
    if found.closed:
        say(f"✗ closed: nothing of {found.offering.host.slug} is offered now ({found.closed})", indent=2)


def _explained_as_json(found: Explained) -> dict[str, object]:
    return {"start": found.start, "offered": found.offered, "closed": found.closed, "verdicts": found.verdicts}


def _when(line: ListedBooking) -> str:
    zone = line.host.zone
    start, end = line.booking.time.start.astimezone(zone), line.booking.time.end.astimezone(zone)
    return f"{start:%a %Y-%m-%d %H:%M}–{end:%H:%M} {zone.key}"


def _as_json(line: ListedBooking) -> dict[str, object]:
    held = line.booking
    return {
        "id": held.id,
        "host": line.host.slug,
        "meeting": line.meeting.slug,
        "state": held.state,
        "start": held.time.start,
        "end": held.time.end,
        "hold_until": held.hold_until,
        "awaits": held.awaits,
        "name": held.invitee.name,
        "email": held.invitee.email,
        "zone": held.invitee.zone,
        "language": held.invitee.language,
        "guests": held.guests,
        "created_at": held.created_at,
        "decided_at": held.decided_at,
        "sequence": held.sequence,
        "revision": held.revision,
        "cancelled_by": held.cancelled_by,
        "cause": held.cause,
        "reason": held.reason,
        "conflicted": held.conflicted,
    }


def _whole_as_json(found: Whole) -> dict[str, object]:
    return {
        **_as_json(found.line),
        "events": [
            {
                "calendar": each.calendar,
                "uid": each.reservation.uid,
                "href": each.reservation.href,
                "etag": each.reservation.etag,
                "stood": each.reservation.seen,
                "written_revision": each.reservation.base,
                "missing_at": each.reservation.missing_at,
            }
            for each in found.events
        ],
        "timeline": found.timeline,
        "owed": found.owed,
    }


def _tell(found: Whole) -> None:
    held, host, meeting = found.line.booking, found.line.host, found.line.meeting
    rows = [
        ("Booking", held.id),
        (
            "What",
            f"{worded(meeting.title, SOURCE, writer=host.language).text} with {host.name} ({host.slug}/{meeting.slug})",
        ),
        ("When", _when(found.line)),
        ("State", f"{held.state} by {held.cancelled_by}" if held.cancelled_by else held.state),
        ("Held until", held.hold_until if held.state is BookingState.HELD else None),
        ("Invitee", f"{held.invitee.name} <{held.invitee.email}>, {held.invitee.zone}, {held.invitee.language}"),
        ("Guests", ", ".join(held.guests)),
        ("Reason", held.reason),
        *(("Event", f"{each.reservation.uid} in {each.calendar or 'no calendar'}") for each in found.events),
    ]
    say_table(("", ""), [row for row in rows if row[1]], empty="")
    say("")
    timeline = [(each.at, each.what, each.by, _detail(each.detail)) for each in found.timeline]
    say_table(("At", "What", "By", "Detail"), timeline, empty="Nothing happened yet.")
    for owed in found.owed:
        say(f"{'Given up' if owed.dead else 'Still owed'}: {owed.what} {owed.error}")


def _detail(detail: Mapping[str, str]) -> str:
    return ", ".join(f"{key} {value}" for key, value in detail.items() if value and key not in _FOR_PROGRAMS)

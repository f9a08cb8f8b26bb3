"""booking keep, confirm, approve and correct: what a host does about a booking, by the person at this machine for them."""

from datetime import datetime
from typing import Annotated

import typer

from ..actions.booking import address, find, host_decisions, reply
from ..actions.booking import time_offer as offers
from ..actions.booking.book_for import Call, book_for
from ..actions.booking.find import ListedBooking
from ..actions.setup import pause
from ..actions.setup.hosts import summary
from ..domain.booking import Booking, BookingState, Party
from ..domain.people import Invitee, is_mail_address
from ..domain.text import one_line
from ..language import LANGUAGES
from .bookings import Reference, booking, instants
from .context import opened, who_sits_here
from .options import Json
from .output import tell
from .refusals import WRONG_USE, CommandRefused


@booking.command()
def keep(
    context: typer.Context,
    reference: Reference,
    until: Annotated[
        str, typer.Option(help='Until when, on the host\'s clock, like "2026-11-24 09:00"; a day longer by default.')
    ] = "",
    as_json: Json = False,
) -> None:
    """Keep a hold longer on behalf of the host: 72 hours from now at most. The invitee is mailed the new deadline."""
    with opened(context) as rt:
        found = find.whole(rt, find.find(rt, reference).id).line
        wanted = instants(until, found.host.zone)[-1] if until else None
        if wanted is not None and wanted <= found.booking.hold_until:
            raise CommandRefused(f"It is already kept until {_local(found)}.", code=WRONG_USE)
        host_decisions.keep_longer(rt, found.booking.id, until=wanted, now=rt.clock.now())
        after = find.whole(rt, found.booking.id).line
    told = f"; {after.booking.invitee.email} is mailed the new deadline" if after.booking.asked else ""
    said = f"Booking {after.booking.id} is held until {_local(after)}{told}."
    tell(said, as_json=as_json, **_facts(after.booking))


@booking.command()
def confirm(
    context: typer.Context,
    reference: Reference,
    reason: Annotated[str, typer.Option(help="How the host knows that the invitee wants this time. It is kept.")],
    as_json: Json = False,
) -> None:
    """Confirm on behalf of the invitee, on the host's word. This confirms no consent. Calendar and mails follow."""
    with opened(context) as rt:
        meant = find.find(rt, reference)
        after = host_decisions.confirm_for_invitee(rt, meant.id, reason=reason, now=rt.clock.now())
    said = f"Booking {after.id} is {after.state}. The invitation goes to {after.invitee.email}."
    tell(said, as_json=as_json, **_facts(after))


@booking.command()
def approve(context: typer.Context, reference: Reference, as_json: Json = False) -> None:
    """Approve a request on behalf of the host; `booking cancel` declines it."""
    with opened(context) as rt:
        after = reply.approve_by_host(rt, find.find(rt, reference).id, now=rt.clock.now())
    waits = f" It waits for {after.invitee.email} to confirm." if Party.INVITEE in after.awaits else ""
    tell(f"Booking {after.id} is approved, and {after.state}.{waits}", as_json=as_json, **_facts(after))


@booking.command()
def book(
    context: typer.Context,
    host: Annotated[str, typer.Argument(help="The host.")],
    meeting: Annotated[str, typer.Argument(help="The meeting type.")],
    time: Annotated[str, typer.Argument(help='On the host\'s clock, like "2026-11-24 09:00".')],
    name: Annotated[str, typer.Option(help="Who it is for.")],
    email: Annotated[str, typer.Option(help="Their address.")],
    language: Annotated[str, typer.Option(help="Language of their mails; the host's by default.")] = "",
    confirmed: Annotated[
        str,
        typer.Option(
            metavar="REASON", help="Confirm at once on the host's word: say how they know. Otherwise it is held."
        ),
    ] = "",
    beyond: Annotated[bool, typer.Option(help="Ignore the notice and the limits per day and week.")] = False,
    as_json: Json = False,
) -> None:
    """Book on behalf of a host for somebody who called: held until they confirm by mail, or confirmed at once."""
    if not is_mail_address(email) or not one_line(name):
        raise CommandRefused("A booking needs a name, and an address that mail can be sent to.", code=WRONG_USE)
    with opened(context) as rt:
        whose, now = summary(rt, host, now=rt.clock.now()).host, rt.clock.now()
        spoken = language if language in LANGUAGES else whose.language
        call = Call(
            meeting=meeting,
            start=instants(time, whose.zone)[0],
            invitee=Invitee(name=one_line(name), email=email, language=spoken, zone=whose.zone.key),
            outcome=BookingState.CONFIRMED if confirmed else BookingState.HELD,
            reason=confirmed,
            beyond=beyond,
        )
        after = book_for(rt, whose.id, call, now=now)
    said = f"Booking {after.id} is {after.state}. {after.invitee.email} is mailed."
    tell(said, as_json=as_json, **_facts(after))


@booking.command()
def offer(
    context: typer.Context,
    reference: Reference,
    time: Annotated[str, typer.Argument(help='Another time, on the host\'s clock, like "2026-11-24 09:00".')],
    as_json: Json = False,
) -> None:
    """Offer the invitee another time on behalf of the host. They decide; until then they keep theirs."""
    with opened(context) as rt:
        found = find.whole(rt, find.find(rt, reference).id).line
        start = instants(time, found.host.zone)[0]
        if start == found.booking.time.start:
            raise CommandRefused("It already has that time.", code=WRONG_USE)
        after = offers.offer_time(rt, found.booking.id, start, now=rt.clock.now())
    said = f"{after.invitee.email} is asked by mail whether to take it. Until then booking {after.id} stays as it is."
    tell(said, as_json=as_json, **_facts(after), offered=start)


@booking.command("pause")
def pause_page(
    context: typer.Context,
    host: Annotated[str, typer.Argument(help="The host.")],
    until: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="The day on which bookings are taken again.")],
    as_json: Json = False,
) -> None:
    """Pause a host's pages: they take no bookings before a given day. Existing bookings stay."""
    with opened(context) as rt:
        now = rt.clock.now()
        try:
            pause.pause(rt, summary(rt, host, now=now).host.id, until.date(), by=who_sits_here(), now=now)
        except pause.PauseRefused as error:
            raise CommandRefused(f"Not paused: {error}.", code=WRONG_USE) from error
    said = f"The pages of {host} take no bookings before {until:%Y-%m-%d}."
    tell(said, as_json=as_json, host=host, paused_until=until.date())


@booking.command()
def resume(
    context: typer.Context, host: Annotated[str, typer.Argument(help="The host.")], as_json: Json = False
) -> None:
    """End a pause: a host's pages take bookings again."""
    with opened(context) as rt:
        now = rt.clock.now()
        pause.resume(rt, summary(rt, host, now=now).host.id, by=who_sits_here(), now=now)
    tell(f"The pages of {host} take bookings.", as_json=as_json, host=host, paused_until=None)


@booking.command()
def correct(
    context: typer.Context,
    reference: Reference,
    email: Annotated[str, typer.Argument(help="Where the link goes instead.")],
    as_json: Json = False,
) -> None:
    """Correct the invitee's address before anybody confirmed. The old link stops working, a new one is mailed."""
    if not is_mail_address(email):
        raise CommandRefused(f"{email!r} is not an address that mail can be sent to.", code=WRONG_USE)
    with opened(context) as rt:
        public_id = find.find(rt, reference).public_id
        after = address.correct_address(rt, public_id, email, by=Party.HOST, now=rt.clock.now())
    tell(f"The link of booking {after.id} goes to {after.invitee.email}.", as_json=as_json, **_facts(after))


def _facts(held: Booking) -> dict[str, object]:
    return {
        "id": held.id,
        "state": held.state,
        "start": held.time.start,
        "end": held.time.end,
        "hold_until": held.hold_until,
        "awaits": held.awaits,
        "email": held.invitee.email,
    }


def _local(line: ListedBooking) -> str:
    return f"{line.booking.hold_until.astimezone(line.host.zone):%a %Y-%m-%d %H:%M} {line.host.zone.key}"

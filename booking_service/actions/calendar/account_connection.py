"""Connecting an account on pages: discovering calendars, storing the choice, trying the target.

The worker asks the servers and writes each step down; pages only read. If a host begins anew, a running step finds its
row gone and stores nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

from sqlmodel import Session

from calendars.dav.account import DavAccount, FoundCalendar
from calendars.dav.discovery import Discovered, make_calendar
from calendars.errors import CalendarError, Explanation, Forbidden, explain_kind

from ...crypto import keys
from ...domain.errors import NotFound
from ...runtime import Runtime
from ...storage import account_connections, calendars, hosts, outbox
from ...storage.account_connections import KEEP, NEW, Connecting, FoundThere, Stage, StepTaken, connecting_context
from ...storage.calendars import Connected
from ...storage.engine import lock_host, snapshot, transaction
from ...storage.outbox import Claimed
from ..access import calendar_password_limits
from . import accounts
from .accounts import Belonging, ChosenCalendar

__all__ = ["KEEP", "NEW", "Connecting", "Stage", "StepTaken"]

KIND = "connect"


def standing(rt: Runtime, host_id: UUID) -> Connecting | None:
    """The host's connection in progress; None where there is none."""
    with snapshot(rt.engine) as session:
        return account_connections.of_host(session, host_id)


def begin(
    rt: Runtime, host_id: UUID, *, address: str, user: str, password: str, provider: str = "", now: datetime
) -> UUID:
    """Discover the calendars at an address, replacing an earlier connection. Raises TooManyRequests."""
    id = uuid4()
    sealed = keys.seal(rt.ring, password.encode(), context=connecting_context(id))
    with transaction(rt.engine) as session:
        lock_host(session, host_id)
        calendar_password_limits.use(rt, session, host_id, address=address, user=user, now=now)
        begun = Connecting(
            id=id,
            host_id=host_id,
            provider=provider,
            address=address,
            username=user,
            password=sealed,
            stage=Stage.LOOKING,
            started_at=now,
        )
        account_connections.begin(session, begun)
        _wake(session, begun, now=now)
    return id


def choose(rt: Runtime, host_id: UUID, *, busy: Sequence[str], target: str, new_name: str, now: datetime) -> None:
    """Store the chosen calendars and try `target`: an address of one, NEW, or KEEP for the present target elsewhere.

    Raises NotFound: nothing was found, or not this calendar. Never raises TwoTargets: the former target gives way.
    """
    with transaction(rt.engine) as session:
        lock_host(session, host_id)
        found = account_connections.of_host(session, host_id)
        if found is None or found.stage not in (Stage.FOUND, Stage.UNUSABLE, Stage.TRIED):
            raise NotFound("nothing was found to choose from")
        there = {each.url for each in found.found}
        if target not in (NEW, KEEP) and target not in there:
            raise NotFound("there is no such calendar")
        account_connections.choose(
            session, found.id, busy=[each for each in busy if each in there], target=target, new_name=new_name
        )
        _wake(session, found, now=now)


def stop(rt: Runtime, host_id: UUID) -> None:
    """Stop connecting. Accounts that are stored already stay."""
    with transaction(rt.engine) as session:
        account_connections.forget(session, host_id)


def target(rt: Runtime, found: Connecting) -> Connected | None:
    """The calendar that was tried as target; None where none was stored."""
    if found.target_id is None:
        return None
    with snapshot(rt.engine) as session:
        return calendars.get(session, found.target_id)


def explained(found: Connecting) -> Explanation:
    """What went wrong, and what to do (texts to translate)."""
    return explain_kind(found.failure)


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Do the next step of a connection; nothing where the host began anew."""
    with snapshot(rt.engine) as session:
        found = account_connections.get(session, UUID(claimed.payload["id"]))
    if found is not None and found.stage is Stage.LOOKING:
        _look(rt, found)
    elif found is not None and found.stage is Stage.TRYING:
        _try(rt, found)
    with transaction(rt.engine) as session:
        outbox.finish(session, claimed, now=rt.clock.now())


def _wake(session: Session, found: Connecting, *, now: datetime) -> None:
    payload, key = {"id": str(found.id)}, f"{KIND}:{found.id}"
    outbox.wake(session, key, kind=KIND, lane=key, payload=payload, due_at=now, now=now)


def _look(rt: Runtime, found: Connecting) -> None:
    try:
        discovered = _followed(rt, found)
    except CalendarError as error:
        with transaction(rt.engine) as session:
            account_connections.note_failure(
                session, found.id, Stage.FAILED, word=type(error).__name__, text=str(error)
            )
        return
    there = [FoundThere(each.url, each.name, each.writable) for each in discovered.calendars]
    with transaction(rt.engine) as session:
        account = discovered.account
        account_connections.note_found(session, found.id, account_url=account.url, username=account.user, found=there)


def _followed(rt: Runtime, found: Connecting) -> Discovered:
    """Discover, writing down each step as it succeeds. Raises CalendarError."""
    password = keys.unseal(rt.ring, found.password, context=connecting_context(found.id)).decode()
    looking = accounts.discovering(rt, found.address, user=found.username, password=password)
    steps: list[StepTaken] = []
    while True:
        try:
            step = next(looking)
        except StopIteration as end:
            discovered: Discovered = end.value
            return discovered
        steps.append(StepTaken(step.name, step.ok, step.text, step.values))
        with transaction(rt.engine) as session:
            account_connections.note_steps(session, found.id, steps)


def _try(rt: Runtime, found: Connecting) -> None:
    """Create the new calendar if wanted, store account and calendars, and probe the target."""
    try:
        target = _kept(rt, found)
        if target is not None and not accounts.examine(rt, target, now=rt.clock.now()).writable:
            raise Forbidden("the calendar may not be written to")
    except CalendarError as error:
        with transaction(rt.engine) as session:
            account_connections.note_failure(
                session, found.id, Stage.UNUSABLE, word=type(error).__name__, text=str(error)
            )
        return
    with transaction(rt.engine) as session:
        account_connections.note_tried(session, found.id)


def _kept(rt: Runtime, found: Connecting) -> Belonging | None:
    """Store account and calendars. Returns the target; None where none of them is."""
    access = _access(rt, found)
    with snapshot(rt.engine) as session:
        known = {each.url for each in calendars.of_host(session, found.host_id)}
    chosen = [
        ChosenCalendar(_calendar(each), conflicts=each.url in found.busy, target=each.url == found.target)
        for each in found.found
        if each.url in known or each.url in found.busy or each.url == found.target
    ]
    if found.target == NEW:
        made = make_calendar(access, found.new_name, key=found.id.hex)
        chosen.append(ChosenCalendar(made, conflicts=True, target=True))
    now = rt.clock.now()
    with snapshot(rt.engine) as session:
        host = hosts.get(session, found.host_id)
        same = _standing(session, found)
        key = same.key if same else _new_key(found, calendars.accounts(session, found.host_id))
    for each in chosen:
        if each.target:
            accounts.give_up_target(rt, found.host_id, but=each.calendar.url)
    discovered = Discovered(access, tuple(each.calendar for each in chosen))
    kept = accounts.connect(rt, host.slug, key=key, discovered=discovered, chosen=chosen, now=now)
    target = calendars.target_of(kept)
    with transaction(rt.engine) as session:
        account_connections.note_kept(session, found.id, target.id if target else None)
        return Belonging(host, calendars.account(session, target.account_id), target) if target else None


def _access(rt: Runtime, found: Connecting) -> DavAccount:
    """The account with the password that was typed, or the one stored by an earlier try."""
    reached = partial(accounts.signing_in, rt.settings, url=found.account_url, user=found.username)
    if found.password:
        return reached(password=keys.unseal(rt.ring, found.password, context=connecting_context(found.id)).decode())
    with snapshot(rt.engine) as session:
        kept = _standing(session, found)
    return reached(password=(accounts.stored_password(rt, kept) if kept else None) or "")


def _standing(session: Session, found: Connecting) -> calendars.Account | None:
    """The account that is connected already: of this user, at this address or with one of the calendars.

    A setup file may name any address of a server, while discovery ends at the principal's; a calendar's address is
    unique.
    """
    there = {each.url for each in found.found}
    holding = {each.account_id for each in calendars.of_host(session, found.host_id) if each.url in there}
    mine = [each for each in calendars.accounts(session, found.host_id) if each.username == found.username]
    at_address = (each for each in mine if each.url == found.account_url)
    return next(at_address, None) or next((each for each in mine if each.id in holding), None)


def _new_key(found: Connecting, standing: Sequence[calendars.Account]) -> str:
    """The new account's key in the setup file, after its host name."""
    base, taken = found.provider or "calendar", {each.key for each in standing}
    return next(key for key in (base, *(f"{base}-{n}" for n in range(2, 100))) if key not in taken)


def _calendar(there: FoundThere) -> FoundCalendar:
    return FoundCalendar(url=there.url, name=there.name, writable=there.writable, components=frozenset())

"""Calendar accounts: discovering and connecting them, their passwords, and probing their servers."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from time import perf_counter
from typing import cast
from uuid import UUID, uuid4

from sqlmodel import Session

from calendars.dav.account import DavAccount, FoundCalendar
from calendars.dav.addresses import AllowedNetwork
from calendars.dav.discovery import Discovered, Steps, discover, found
from calendars.dav.invite_probe import invitation
from calendars.dav.probe import Probed, ProbeResult, probe

from ...config.settings import Settings
from ...crypto import keys
from ...crypto.keys import KeyTrouble
from ...domain.errors import UnknownHost
from ...domain.people import Host
from ...runtime import Runtime
from ...storage import calendars, hosts
from ...storage.calendars import Account, Connected, account_context
from ...storage.engine import snapshot, transaction
from ...telemetry import process_figures, tracing

AGENT_CLIENT = "agent_client"  # the capability that only a person can verify


class UnknownCalendar(Exception):
    """No connected calendar has this name."""


class TwoTargets(Exception):
    """Another calendar is the host's target already."""


@dataclass(frozen=True, slots=True)
class ChosenCalendar:
    """A discovered calendar, and what it is to be used for."""

    calendar: FoundCalendar
    conflicts: bool = True
    target: bool = False


@dataclass(frozen=True, slots=True)
class Belonging:
    """A connected calendar with its host and account."""

    host: Host
    account: Account
    calendar: Connected

    @property
    def name(self) -> str:
        return f"{self.host.slug}/{self.calendar.name}"


def signing_in(settings: Settings, *, url: str, user: str, password: str, auth: str = "auto") -> DavAccount:
    """How a server is reached, within what the operator allows."""
    chosen = settings.calendar
    return DavAccount(
        url=url,
        user=user,
        password=password,
        auth=auth,  # type: ignore[arg-type]  # one of AuthKind, checked where it is typed
        allow_private=chosen.allow_private,
        allowed_networks=tuple(AllowedNetwork(str(each.network), each.port) for each in chosen.allowed_networks),
        timeout_s=chosen.timeout.total_seconds(),
        watch=_asked,
    )


@contextmanager
def _asked(method: str) -> Iterator[Callable[[int], None]]:
    """Trace and count one request to a calendar server, without its address, which may contain user names."""
    outcome = "none"

    def told(status: int) -> None:
        nonlocal outcome
        outcome = f"{status // 100}xx"
        tell(status)

    began = perf_counter()
    try:
        with tracing.asked(method) as tell:
            yield told
    finally:
        process_figures.CALENDAR_REQUESTS.add(perf_counter() - began, method, outcome)


def stored_password(rt: Runtime, account: Account) -> str | None:
    """The password of a stored account; None where no key here decrypts it."""
    try:
        return keys.unseal(rt.ring, account.password, context=account_context(account.id)).decode()
    except KeyTrouble:
        return None


def seal_anew(rt: Runtime) -> tuple[int, int]:
    """Seal every stored password with the newest key. Returns how many, and how many no key here can decrypt."""
    sealed = lost = 0
    with transaction(rt.engine) as session:
        for account in calendars.locked_accounts(session):
            try:
                again = keys.reseal(rt.ring, account.password, context=account_context(account.id))
            except KeyTrouble:
                lost += 1
                continue
            if again != account.password:
                calendars.save_account(session, replace(account, password=again))
                sealed += 1
    return sealed, lost


def discovering(rt: Runtime, address: str, *, user: str, password: str, auth: str = "auto") -> Steps:
    """Discover the calendars of a mail address, a domain or any address of a server, step by step."""
    return discover(signing_in(rt.settings, url=address, user=user, password=password, auth=auth))


def listed(access: DavAccount) -> tuple[FoundCalendar, ...]:
    """The calendars of an account whose address is known. Raises CalendarError."""
    return found(discover(access)).calendars


def connect(
    rt: Runtime, slug: str, *, key: str, discovered: Discovered, chosen: Sequence[ChosenCalendar], now: datetime
) -> list[Connected]:
    """Store the account and the chosen calendars, and make their pulls due. Raises UnknownHost, TwoTargets.

    With a known `key` the account is updated; calendars that are connected already are set anew.
    """
    with transaction(rt.engine) as session:
        host = hosts.by_slug(session, slug)
        if host is None:
            raise UnknownHost(f"there is no host {slug!r}")
        account = _account(rt, session, host.id, key, discovered.account)
        connected = [_connected(session, account, each) for each in chosen]
        for each in connected:
            calendars.save(session, each, pull_at=now)
        targets = [each.name for each in calendars.of_host(session, host.id) if each.target]
        if len(targets) > 1:
            raise TwoTargets(f"bookings are written to one calendar, and {targets[0]!r} is it already")
        hosts.offers_changed(session, host.id)
        return connected


def give_up_target(rt: Runtime, host_id: UUID, *, but: str) -> None:
    """Let no other calendar than the one at `but` be the host's target any more.

    Events that stand in a former target stay there and are still followed.
    """
    with transaction(rt.engine) as session:
        for each in calendars.of_host(session, host_id):
            if each.target and each.url != but:
                calendars.save(session, replace(each, target=False))


def every(rt: Runtime, *, slug: str | None = None) -> list[Belonging]:
    """All connected calendars, or one host's. Raises UnknownHost."""
    with snapshot(rt.engine) as session:
        known = {host.id: host for host in hosts.every(session)}
        accounts = {account.id: account for account in calendars.accounts(session)}
        if slug is not None and slug not in {host.slug for host in known.values()}:
            raise UnknownHost(f"there is no host {slug!r}")
        belonging = [Belonging(known[c.host_id], accounts[c.account_id], c) for c in calendars.every(session)]
    return [each for each in belonging if slug is None or each.host.slug == slug]


def named(rt: Runtime, name: str) -> list[Belonging]:
    """The calendars that `name` means: HOST/CALENDAR, a calendar's name, id or address. Raises UnknownCalendar."""
    there = every(rt)
    meant = [
        each for each in there if name in (each.name, each.calendar.name, str(each.calendar.id), each.calendar.url)
    ]
    if not meant:
        names = ", ".join(each.name for each in there) or "none"
        raise UnknownCalendar(f"no calendar is called {name!r}; there are: {names}")
    return meant


def examine(rt: Runtime, belonging: Belonging, *, now: datetime) -> ProbeResult:
    """Probe the server with a scratch event and store the capabilities. Raises CalendarError."""
    opened = cast(Probed, rt.open_calendar(belonging.account, belonging.calendar.url))  # as both kinds are
    result = probe(opened, now=now)
    with transaction(rt.engine) as session:
        kept = calendars.get(session, belonging.calendar.id)
        known = asdict(result.capabilities) | {AGENT_CLIENT: kept.capabilities.get(AGENT_CLIENT, False)}
        calendars.save(session, replace(kept, capabilities=known))
    return result


@contextmanager
def inviting(rt: Runtime, belonging: Belonging, address: str, *, now: datetime) -> Iterator[None]:
    """While the block runs, an event names `address` as attendee and asks the server not to invite it. Raises
    CalendarError."""
    opened = rt.open_calendar(belonging.account, belonging.calendar.url)
    with invitation(opened, organizer=belonging.host.email, attendee=address, now=now):
        yield


def keep_inviting(rt: Runtime, belonging: Belonging, *, invites: bool) -> None:
    """Store whether the server invited the attendee all the same, as somebody saw in that mailbox."""
    with transaction(rt.engine) as session:
        kept = calendars.get(session, belonging.calendar.id)
        calendars.save(session, replace(kept, capabilities=kept.capabilities | {AGENT_CLIENT: not invites}))


def _account(rt: Runtime, session: Session, host_id: UUID, key: str, access: DavAccount) -> Account:
    standing = next((each for each in calendars.accounts(session, host_id) if each.key == key), None)
    account_id = standing.id if standing else uuid4()
    account = Account(
        id=account_id,
        host_id=host_id,
        key=key,
        url=access.url,
        username=access.user,
        auth=access.auth,
        password=keys.seal(rt.ring, access.password.encode(), context=account_context(account_id)),
    )
    calendars.save_account(session, account)
    return account


def _connected(session: Session, account: Account, chosen: ChosenCalendar) -> Connected:
    there = [each for each in calendars.of_host(session, account.host_id) if each.account_id == account.id]
    standing = next((each for each in there if each.url == chosen.calendar.url), None)
    fresh = Connected(
        id=uuid4(),
        account_id=account.id,
        host_id=account.host_id,
        url=chosen.calendar.url,
        name=chosen.calendar.name,
        capabilities={},
    )
    return replace(standing or fresh, conflicts=chosen.conflicts, target=chosen.target)

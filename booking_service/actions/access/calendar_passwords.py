"""How often passwords may be tried at other people's servers: whoever signs in here could otherwise guess them from here, or
have their owners locked out there."""

from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from sqlmodel import Session

from ...runtime import Runtime
from . import limits


def use(rt: Runtime, session: Session, host_id: UUID, *, address: str, user: str, now: datetime) -> None:
    """Count one try, right or wrong, of this user at the server of an address. Raises TooManyRequests, and then counts
    nothing once the transaction is rolled back. Always in this order, as two may wait for one another."""
    server = server_of(address)
    limits.use(rt, session, "calendar_passwords_per_host", host_id, now=now)
    limits.use(rt, session, "calendar_passwords_per_account", f"{_named(address, user)} {server}", now=now)
    limits.use(rt, session, "calendar_passwords_per_server", server, now=now)


def server_of(address: str) -> str:
    """The name of the server that an address leads to as it was typed: a URL, with or without its scheme, or an email
    address. What is neither is its own server."""
    written = address.strip().lower()
    try:
        named = urlsplit(written if "://" in written else f"//{written}").hostname
    except ValueError:
        named = None
    return (named or written).rstrip(".")


def _named(address: str, user: str) -> str:
    """Who signs in: an email address without a user stands for both."""
    return (user or address).strip().lower().partition("@")[0]

"""Limits on trying passwords at calendar servers.

Otherwise whoever signs in here could guess others' passwords there, or lock their owners out.
"""

from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from sqlmodel import Session

from ...runtime import Runtime
from . import limits


def use(rt: Runtime, session: Session, host_id: UUID, *, address: str, user: str, now: datetime) -> None:
    """Count one try, right or wrong, of this user at the server. Raises TooManyRequests: nothing is counted after a
    rollback.

    The limits are locked in a fixed order, to avoid deadlocks.
    """
    server = server_of(address)
    limits.use(rt, session, "calendar_passwords_per_host", host_id, now=now)
    limits.use(rt, session, "calendar_passwords_per_account", f"{_named(address, user)} {server}", now=now)
    limits.use(rt, session, "calendar_passwords_per_server", server, now=now)


def server_of(address: str) -> str:
    """The host name in what was typed: a URL with or without scheme, or a mail address; else the text itself."""
    written = address.strip().lower()
    try:
        named = urlsplit(written if "://" in written else f"//{written}").hostname
    except ValueError:
        named = None
    return (named or written).rstrip(".")


def _named(address: str, user: str) -> str:
    """The user; a mail address without a user stands for both."""
    return (user or address).strip().lower().partition("@")[0]

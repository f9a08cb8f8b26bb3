"""A calendar account: how it is reached, and which calendars were found in it."""

from dataclasses import dataclass, field

from .addresses import AllowedNetwork
from .credentials import AuthKind
from .session import Watch, unwatched


@dataclass(frozen=True, slots=True, kw_only=True)
class DavAccount:
    """How a host's calendars are reached. `url`: any address of the server.

    `allowed_networks`: vouched for by the operator (plain HTTP is allowed there, and any port unless one is named).
    `allow_private`: the same for all private networks and loopback. `put_statuses`: what counts as stored; not 200,
    which captive portals and gateways answer to anything. `watch`: is told of each request.
    """

    url: str
    user: str
    password: str = field(repr=False)
    auth: AuthKind = "auto"
    allow_private: bool = False
    allowed_networks: tuple[AllowedNetwork, ...] = ()
    timeout_s: float = 20.0
    put_statuses: frozenset[int] = frozenset({201, 204})
    watch: Watch = field(default=unwatched, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCalendar:
    """A calendar collection that the account can see. `color`: as the server says it (`#rrggbbaa`), or empty."""

    url: str
    name: str
    writable: bool
    components: frozenset[str]
    color: str = ""

"""What every action needs, assembled once at the start (bootstrap). Frozen, without methods."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Engine

from calendars.port import Calendar

from .cache import Cache
from .clock import Clock
from .config.settings import Settings
from .crypto.keys import KeyRing
from .link_visits import Visits
from .mail.transport import Transport
from .page_turns import PageTurns
from .page_views import PageViews
from .pools import HostPools
from .storage.calendars import Account
from .telemetry.response_counts import ResponseCounts
from .telemetry.tracing import Tracer

OpenCalendar = Callable[[Account, str], Calendar]


@dataclass(frozen=True, slots=True)
class Runtime:
    """`open_calendar`: the calendar at an address of an account, over that account's one client. `tracer`: None unless
    configured."""

    engine: Engine
    clock: Clock
    ring: KeyRing
    settings: Settings
    transport: Transport
    open_calendar: OpenCalendar
    pools: HostPools
    cache: Cache = field(default_factory=Cache)
    visits: Visits = field(default_factory=Visits)
    page_turns: PageTurns = field(default_factory=PageTurns)
    page_views: PageViews = field(default_factory=PageViews)
    responses: ResponseCounts = field(default_factory=ResponseCounts)
    tracer: Tracer | None = None

"""Assembly: settings → engine, keys, transports → Runtime. The only module that knows every part by name."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import structlog
from sqlalchemy import make_url

from calendars.port import Calendar

from . import log
from .clock import Clock
from .config.settings import Settings
from .crypto import keys
from .late_imports import imported, late_import
from .mail.transport import Security, SmtpSettings, SmtpTransport, Transport
from .pools import HostPools
from .runtime import Runtime
from .storage import migrations
from .storage.calendars import Account
from .storage.engine import open_engine
from .telemetry import tracing

CALENDARS = "booking_service.actions.calendar.clients"  # imported late, with the CalDAV client
_CLIENT = "calendars.dav.client"

_said = structlog.get_logger()


@contextmanager
def runtime(
    settings: Settings, *, clock: Clock | None = None, migrate: bool = True, traced: bool = False
) -> Iterator[Runtime]:
    """Open everything in order, and close it in reverse. `migrate`: bring the schema up to date first.

    `traced`: for a long-running process, whose traces are sent if configured. Raises KeyRefused, SchemaTooNew,
    StorageBusy.
    """
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    ring = open_ring(settings)
    log.configure(_redaction(settings, ring), format=settings.log.format, level=settings.log.level)
    engine, pools = open_engine(settings.database_url), HostPools()
    tracer = _tracer(settings) if traced else None
    try:
        if migrate:
            migrations.upgrade(engine)
        yield Runtime(
            engine=engine,
            clock=clock or Clock(),
            ring=ring,
            settings=settings,
            transport=transport(settings),
            open_calendar=partial(_open, settings, ring),
            pools=pools,
            tracer=tracer,
        )
    finally:
        pools.close()
        if tracer is not None:
            tracer.close()
        if (client := imported(_CLIENT)) is not None:
            client.disconnect_all()
        engine.dispose()


def open_ring(settings: Settings) -> keys.KeyRing:
    secret = settings.secret_key.get_secret_value() if settings.secret_key else None
    return keys.open_ring(settings.data_dir, secret_key=secret)


def transport(settings: Settings) -> Transport:
    smtp = settings.smtp
    return SmtpTransport(
        SmtpSettings(
            host=smtp.host or "localhost",
            port=smtp.port,
            user=smtp.user,
            password=smtp.password.get_secret_value() if smtp.password else None,
            security=Security(smtp.security),
        )
    )


def _tracer(settings: Settings) -> tracing.Tracer | None:
    """None where tracing is not configured, or its package is not installed: bookings don't depend on it."""
    if settings.tracing.endpoint is None:
        return None
    if tracing.lacks_package():
        _said.warning("no_traces", do=tracing.INSTALL)
        return None
    otlp: Any = importlib.import_module("booking_service.telemetry.otlp")  # only the extra brings its dependency
    made: tracing.Tracer = otlp.Tracer(settings.tracing)
    return made


def _open(settings: Settings, ring: keys.KeyRing, account: Account, url: str) -> Calendar:
    """Raises PasswordUnknown."""
    calendar: Calendar = late_import(CALENDARS).opened(settings, ring, account, url)
    return calendar


def _redaction(settings: Settings, ring: keys.KeyRing) -> log.Redaction:
    secrets = (settings.smtp.password, settings.oidc.client_secret, settings.secret_key)
    words = [word for each in secrets if each for word in (each.get_secret_value(), *each.get_secret_value().split())]
    known = [*words, make_url(settings.database_url).password]
    return log.redaction(ring, addresses=settings.privacy.log_addresses, known=known)

"""Putting it together: settings → engine, keys, transports → Runtime. The only place that knows every part by name."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from sqlalchemy import make_url

from calendars.dav.client import connect, disconnect_all
from calendars.errors import PasswordUnknown
from calendars.port import Calendar

from . import log, tracing
from .actions.calendar.accounts import signing_in
from .clock import Clock
from .config.settings import Settings
from .crypto import keys
from .mail.transport import Security, SmtpSettings, SmtpTransport, Transport
from .pools import HostPools
from .runtime import Runtime
from .storage import calendars, migrations
from .storage.engine import open_engine

_said = structlog.get_logger()


@contextmanager
def runtime(
    settings: Settings, *, clock: Clock | None = None, migrate: bool = True, traced: bool = False
) -> Iterator[Runtime]:
    """Everything that runs, opened in order and closed in reverse. `migrate` brings the schema up to date first; `traced`: for
    what stays and works, of which traces are sent where settings say so.

    Raises what its parts raise: KeyRefused, SchemaTooNew, StorageBusy.
    """
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    ring = open_ring(settings)
    log.configure(_redaction(settings, ring), format=settings.log.format, level=settings.log.level)
    engine = open_engine(settings.database_url)
    if migrate:
        migrations.upgrade(engine)
    pools = HostPools()
    tracer = _tracer(settings) if traced else None
    try:
        yield Runtime(
            engine=engine,
            clock=clock or Clock(),
            ring=ring,
            settings=settings,
            transport=transport(settings),
            open_calendar=lambda account, url: _open(settings, ring, account, url),
            pools=pools,
            tracer=tracer,
        )
    finally:
        pools.close()
        if tracer is not None:
            tracer.close()
        disconnect_all()
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
    """None where nobody wants traces, or what makes them is not installed: bookings don't depend on it."""
    if settings.tracing.endpoint is None:
        return None
    if tracing.lacks_package():
        _said.warning("no_traces", do=tracing.INSTALL)
        return None
    otlp: Any = importlib.import_module("booking_service.otlp")  # only its extra brings what it imports
    made: tracing.Tracer = otlp.Tracer(settings.tracing)
    return made


def _open(settings: Settings, ring: keys.KeyRing, account: calendars.Account, url: str) -> Calendar:
    """Raises PasswordUnknown, as whatever is wrong with one account must close that one only."""
    try:
        password = _password(settings, ring, account)
    except keys.KeyTrouble as error:
        raise PasswordUnknown(f"the password of account {account.key} can't be read") from error
    access = signing_in(settings, url=account.url, user=account.username, password=password, auth=account.auth)
    return connect(access).calendar(url)


def _password(settings: Settings, ring: keys.KeyRing, account: calendars.Account) -> str:
    context = calendars.account_context(account.id)
    try:
        return keys.unseal(ring, account.password, context=context).decode()
    except keys.KeyLost:  # `keys rotate` has put another in front since this process read them
        return keys.unseal(open_ring(settings), account.password, context=context).decode()


def _redaction(settings: Settings, ring: keys.KeyRing) -> log.Redaction:
    secrets = (settings.smtp.password, settings.oidc.client_secret, settings.secret_key)
    words = [word for each in secrets if each for word in (each.get_secret_value(), *each.get_secret_value().split())]
    known = [*words, make_url(settings.database_url).password]
    return log.redaction(ring, addresses=settings.privacy.log_addresses, known=known)

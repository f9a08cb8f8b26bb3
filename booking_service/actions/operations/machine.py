"""Checks of what stands under the service: Python, libraries, time zones, the clock, and how the process was started."""

import platform
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Engine

from ...clock import kernel_keeps_time
from ...config.notation import is_loopback
from ...config.settings import Settings
from ...mail.transport import python_headers_are_safe
from ...storage.engine import time_of_database
from ...versions import below_floor, zones_in_use
from .findings import Check, Level

OLDEST_PYTHON = (3, 11)
DATABASE_CLOCK_TOLERANCE = timedelta(seconds=5)


def machine(settings: Settings, *, now: datetime) -> Iterator[Check]:
    yield _python()
    yield _libraries()
    yield _zones(now=now)
    yield _synchronised()
    yield from _started(settings)


def database_clock(engine: Engine, *, now: datetime) -> Iterator[Check]:
    """Several machines work on one PostgreSQL, and each believes its own clock. Raises StorageBusy."""
    theirs = time_of_database(engine)
    off = abs(theirs - now) if theirs is not None else timedelta()
    if off > DATABASE_CLOCK_TOLERANCE:
        sentence = f"This machine's clock and the database's are {off.total_seconds():.0f} s apart."
        yield Check("clock", Level.PROBLEM, sentence, "Let NTP keep the clocks of all machines.")


def _python() -> Check:
    version = platform.python_version()
    if sys.version_info[:2] < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        return Check("python", Level.PROBLEM, f"Python {version} is too old.", f"Take Python {wanted} or newer.")
    if python_headers_are_safe():
        return Check("python", Level.OK, f"Python {version} writes mail headers safely.")
    return Check(
        "python",
        Level.WARNING,
        f"Python {version} lets a line break into mail headers (CVE-2024-6923).",
        "Our mails don't depend on it. Take Python 3.11.10, 3.12.5 or newer all the same.",
    )


def _libraries() -> Check:
    found = below_floor()
    if found is None:
        remedy = "Install it with pip, which writes down what it needs."
        return Check(
            "libraries", Level.UNKNOWN, "What this program needs of libraries is not written down here.", remedy
        )
    if found:
        remedy = (
            "Install this version again with `pip install --constraint constraints.txt .`, as deploy/README.md says."
        )
        return Check("libraries", Level.PROBLEM, "Libraries are older than this version needs.", remedy, found)
    return Check("libraries", Level.OK, "Every library is as new as this version needs.")


def _zones(*, now: datetime) -> Check:
    zones = zones_in_use()
    if zones is None:
        remedy = "Install tzdata from the system or with pip, where its version stands."
        return Check("zones", Level.UNKNOWN, "Nobody can tell how old the rules of time zones are.", remedy)
    if zones.year < now.year - 1:
        remedy = "Update tzdata of the system, or set PYTHONTZPATH to nothing so that the one from pip counts."
        sentence = f"The rules of time zones are of {zones.version}: changes since then are not known."
        return Check("zones", Level.WARNING, sentence, remedy)
    return Check("zones", Level.OK, f"The rules of time zones are of {zones.version}.")


def _synchronised() -> Check:
    kept = kernel_keeps_time()
    if kept is None:
        sentence = "Nobody can tell whether the clock is kept right, as this machine's kernel does not say."
        return Check("clock", Level.UNKNOWN, sentence, "See to it that NTP keeps it, here or on the machine around.")
    if not kept:
        sentence = "Nothing keeps the clock right: by the kernel's word it runs free."
        return Check("clock", Level.WARNING, sentence, "Run systemd-timesyncd or chrony.")
    return Check("clock", Level.OK, "The kernel says that the clock is kept right.")


def _started(settings: Settings) -> Iterator[Check]:
    if settings.log.level == "debug" or sys.flags.dev_mode:
        how = "log.level is debug" if settings.log.level == "debug" else "Python is in development mode"
        sentence = f"This runs for debugging, slower and more talkative than it should be: {how}."
        yield Check("debug", Level.WARNING, sentence, "Set log.level to info, and start Python without -X dev.")
    public = settings.base_url is not None and settings.base_url.startswith("https://")
    if public and is_loopback(settings.listen.host) and not settings.trusted_proxies:
        sentence = "Everybody seems to come from one network, the proxy's, and shares its limits."
        remedy = 'Set trusted_proxies to the address of the proxy in front, as "127.0.0.1, ::1".'
        yield Check("proxy", Level.WARNING, sentence, remedy)

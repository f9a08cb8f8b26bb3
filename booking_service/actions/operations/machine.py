"""Checks of what the service runs on: Python, libraries, time zones, clock, command line."""

import platform
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Engine

from ...clock import kernel_keeps_time
from ...config.notation import is_loopback
from ...config.settings import Settings
from ...domain.sentences import Sentence
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
    """Compare the clocks, as several machines with one PostgreSQL each believe their own. Raises StorageBusy."""
    theirs = time_of_database(engine)
    off = abs(theirs - now) if theirs is not None else timedelta()
    if off > DATABASE_CLOCK_TOLERANCE:
        seconds = f"{off.total_seconds():.0f}"
        found = Sentence("This machine's clock and the database's are {seconds} s apart.", seconds=seconds)
        yield Check("clock", Level.PROBLEM, found, Sentence("Let NTP keep the clocks of all machines right."))


def _python() -> Check:
    version = platform.python_version()
    if sys.version_info[:2] < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        found = Sentence("Python {version} is too old.", version=version)
        return Check("python", Level.PROBLEM, found, Sentence("Install Python {wanted} or newer.", wanted=wanted))
    if python_headers_are_safe():
        return Check("python", Level.OK, Sentence("Python {version} writes mail headers safely.", version=version))
    return Check(
        "python",
        Level.WARNING,
        Sentence("Python {version} lets a line break into mail headers (CVE-2024-6923).", version=version),
        Sentence("Our mails don't depend on it. Install Python 3.11.10, 3.12.5 or newer all the same."),
    )


def _libraries() -> Check:
    older = below_floor()
    if older is None:
        found = Sentence("It is not recorded here which libraries this program needs.")
        advice = Sentence("Install it with pip, which records what it needs.")
        return Check("libraries", Level.UNKNOWN, found, advice)
    if older:
        found = Sentence("Some libraries are older than this version needs.")
        advice = Sentence(
            "Install this version again with `pip install --constraint constraints.txt .`, as deploy/README.md says."
        )
        return Check("libraries", Level.PROBLEM, found, advice, older)
    return Check("libraries", Level.OK, Sentence("Every library is as new as this version needs."))


def _zones(*, now: datetime) -> Check:
    zones = zones_in_use()
    if zones is None:
        found = Sentence("The age of the time zone data is unknown.")
        advice = Sentence("Install tzdata from the system or with pip; both record its version.")
        return Check("zones", Level.UNKNOWN, found, advice)
    if zones.year < now.year - 1:
        version = zones.version
        found = Sentence("The time zone data is version {version}: later changes are missing.", version=version)
        advice = Sentence(
            "Update the system's tzdata, or set PYTHONTZPATH to an empty value so that the one from pip is used."
        )
        return Check("zones", Level.WARNING, found, advice)
    return Check("zones", Level.OK, Sentence("The time zone data is version {version}.", version=zones.version))


def _synchronised() -> Check:
    kept = kernel_keeps_time()
    if kept is None:
        found = Sentence("It is unknown whether the clock is kept right, because this machine's kernel does not say.")
        advice = Sentence("Make sure that NTP keeps it right, here or on the host machine.")
        return Check("clock", Level.UNKNOWN, found, advice)
    if not kept:
        found = Sentence("Nothing keeps the clock right: the kernel says that it runs free.")
        return Check("clock", Level.WARNING, found, Sentence("Run systemd-timesyncd or chrony."))
    return Check("clock", Level.OK, Sentence("The kernel says that the clock is kept right."))


def _started(settings: Settings) -> Iterator[Check]:
    if settings.log.level == "debug" or sys.flags.dev_mode:
        by_log = settings.log.level == "debug"
        how = Sentence("log.level is debug") if by_log else Sentence("Python is in development mode")
        found = Sentence("This runs in debugging mode, slower and more talkative than it should: {how}.", how=how)
        advice = Sentence("Set log.level to info, and start Python without -X dev.")
        yield Check("debug", Level.WARNING, found, advice)
    public = settings.base_url is not None and settings.base_url.startswith("https://")
    if public and is_loopback(settings.listen.host) and not settings.trusted_proxies:
        found = Sentence("Everybody seems to come from one network, the proxy's, and so shares its limits.")
        advice = Sentence('Set trusted_proxies to the address of the proxy in front, such as "127.0.0.1, ::1".')
        yield Check("proxy", Level.WARNING, found, advice)

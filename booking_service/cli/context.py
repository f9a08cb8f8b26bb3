"""Settings and runtime for commands."""

import getpass
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import typer
from sqlalchemy import Engine

from ..bootstrap import runtime
from ..config import sources
from ..config.settings import Settings
from ..runtime import Runtime
from ..storage.engine import open_engine
from .options import Root


def settings(context: typer.Context, overrides: Mapping[str, object] | None = None) -> Settings:
    """All settings. Raises ConfigError."""
    return sources.load(overrides, config_file=config_file(context))


def config_file(context: typer.Context) -> Path | None:
    root = context.find_object(Root)
    return root.config_file if root else None


@contextmanager
def opened(context: typer.Context, *, migrate: bool = True) -> Iterator[Runtime]:
    """The runtime for one command; logs warnings and above, unless the settings say otherwise."""
    chosen = settings(context)
    if "log.level" not in chosen.origins:
        chosen = settings(context, {"log.level": "warning"})
    with runtime(chosen, migrate=migrate) as rt:
        yield rt


@contextmanager
def database(chosen: Settings) -> Iterator[Engine]:
    """The database alone, not migrated."""
    chosen.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = open_engine(chosen.database_url)
    try:
        yield engine
    finally:
        engine.dispose()


def who_sits_here() -> str:
    """The user at this machine, for the record."""
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (KeyError, OSError):  # a user id without a name
        return f"user {os.getuid()}@{socket.gethostname()}"

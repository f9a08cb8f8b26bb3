"""Refusals of commands, and reasons not to start."""

import stat
from pathlib import Path

from sqlalchemy import make_url

from ..config.settings import Settings
from ..config.sources import ConfigError

PROBLEMS, WRONG_USE = 1, 2


class CommandRefused(Exception):
    """The command can't do this. `code`: PROBLEMS, or WRONG_USE for wrong arguments."""

    def __init__(self, message: str, *, code: int = PROBLEMS) -> None:
        super().__init__(message)
        self.code = code


def refuse_unready(chosen: Settings) -> None:
    """Raises ConfigError: a setting is missing without which nothing can be promised."""
    needed = {
        "base_url": (chosen.base_url, "the public address that mails link to, like https://book.example.org"),
        "smtp.host": (chosen.smtp.host, "the server that takes our mail, without which nothing can be confirmed"),
    }
    problems = tuple(
        f"{key} is missing: {meaning} (in the settings file, or {_variable(key)})"
        for key, (value, meaning) in needed.items()
        if not value
    )
    if problems:
        raise ConfigError(problems)


def refuse_exposed(chosen: Settings) -> None:
    """Raises CommandRefused: private files can be read by everybody with an account on this machine."""
    url = make_url(chosen.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return
    file = Path(url.database)
    if not file.exists() or not file.parent.stat().st_mode & stat.S_IXOTH:
        return
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o007:
        raise CommandRefused(f"{file} is open to everybody on this machine (mode {mode:04o}): chmod 600 {file}")


def _variable(key: str) -> str:
    return f"BOOKING_{key.upper().replace('.', '__')}"

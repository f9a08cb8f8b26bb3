"""Where settings come from. The first source that has a key decides:

    command line > BOOKING_… in the environment > BOOKING_…_FILE > the TOML file > default

Each value keeps its origin for `config show` and error messages. pydantic checks the values; its own settings sources
could neither name origins nor refuse unknown environment variables.
"""

import difflib
import json
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from textwrap import wrap
from typing import Any, NamedTuple

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from .notation import Rate, show_duration, show_rates
from .section import Section
from .settings import Settings

DOTS = "••••"
_PREFIX = "BOOKING_"
_PLACES = (Path("booking.toml"), Path("/etc/booking-service/booking.toml"))
_NO_SETTINGS = ("BOOKING_CONFIG", "BOOKING_VENV", "BOOKING_HANDED_OVER")
# Kubernetes sets such variables in every pod for a service called "booking" or "booking-service".
_KUBERNETES = re.compile(r"BOOKING_(SERVICE_)?(SERVICE_(HOST|PORT(_\w+)?)|PORT(_[0-9]+_(TCP|UDP)(_\w+)?)?)")


class ConfigError(Exception):
    """The settings are invalid. `problems`: one sentence for each, without secrets."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Described(NamedTuple):
    """One setting as shown to a person."""

    key: str
    value: str
    origin: str


class _Given(NamedTuple):
    """A raw value with its origin, in words that follow "from", and its file if it has one."""

    value: object
    origin: str
    file: Path | None = None


def load(
    overrides: Mapping[str, object] | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    *,
    config_file: Path | None = None,
) -> Settings:
    """All settings, checked. `overrides`: the command line's, by key (`{"smtp.host": "localhost"}`); None is not given.

    `config_file`: of --config. Raises ConfigError: with all problems at once.
    """
    env = os.environ if env is None else env
    cwd = Path.cwd() if cwd is None else cwd
    problems: list[str] = []
    given = {
        **_from_toml(_toml_file(config_file, env, cwd), problems),
        **_from_environment(env, problems),
        **_from_command_line(overrides or {}, problems),
    }
    try:
        settings = Settings.model_validate(_nested(given), context={"cwd": cwd})
    except ValidationError as error:
        problems += [_sentence(detail, given) for detail in error.errors() if not _follows_another(detail)]
        raise ConfigError(tuple(problems)) from None  # pydantic's own message may contain what was typed
    if problems:
        raise ConfigError(tuple(problems))
    return settings


def describe(settings: Settings) -> list[Described]:
    """Every key with value and origin, in the order of the file; secrets are shown as dots."""
    return [
        Described(key, _shown(key, _value_of(settings, key)), settings.origins.get(key, "default")) for key in _KEYS
    ]


def commented_example() -> str:
    """A TOML file with every key, its meaning and default, all commented out."""
    lines = ["# Settings of the booking service. Everything has a default; remove the # in front of what you change."]
    section = ""
    for key, info in _KEYS.items():
        table, _, name = key.rpartition(".")
        if table != section:
            section = table
            lines += ["", f"[{section}]  # {_SECTIONS[section].__doc__}"]
        meaning = wrap(f"{(info.description or name).rstrip('.')}.", 110)
        lines += ["", *(f"# {line}" for line in meaning), f"# {name} = {_example(info)}"]
    return "\n".join(lines) + "\n"


def without_limits() -> dict[str, object]:
    """Overrides that lift all limits, for the demo and tests, where all visits come from one address."""
    return {
        key: "off" if isinstance(info.default, tuple) else 1_000_000
        for key, info in _KEYS.items()
        if key.startswith("limits.")
    }


# Mounted into one container, in which Docker and Podman make them readable to all.
OF_CONTAINER = Path("/run/secrets")


def exposed_files(settings: Settings) -> tuple[Path, ...]:
    """Files that everybody on this machine can read or write and that should be private.

    The database, files in the data directory, and files of secret settings.
    """
    database = settings.sqlite_file
    paths = [database.with_name(database.name + end) for end in ("", "-wal", "-shm")] if database is not None else []
    paths += [settings.data_dir / each for each in ("secret.key", "erasures.jsonl", "noes.jsonl")]
    paths += settings.data_dir.glob("backups/*.zip")
    named = {settings.files[key].resolve() for key in _SECRETS if key in settings.files}
    paths += sorted(each for each in named if not each.is_relative_to(OF_CONTAINER))
    return tuple(path for path in paths if path.exists() and path.stat().st_mode & 0o007)


def _toml_file(named: Path | None, env: Mapping[str, str], cwd: Path) -> Path | None:
    if named is None and env.get("BOOKING_CONFIG"):
        named = Path(env["BOOKING_CONFIG"])
    if named is not None:
        return cwd / named
    return next((cwd / place for place in _PLACES if _is_there(place, cwd)), None)


def _is_there(place: Path, cwd: Path) -> bool:
    """Whether a settings file exists, or can't be seen; reading it will say so then.

    A command run as another user (`runuser`) may be in a folder that it can't enter: it has no file there.
    """
    try:
        return (cwd / place).exists()
    except PermissionError:
        return place.is_absolute()


def _from_toml(path: Path | None, problems: list[str]) -> dict[str, _Given]:
    if path is None:
        return {}
    try:
        tree = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path} can't be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}")
        return {}
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{path} is not TOML: {error}")
        return {}
    given = {key: _Given(value, str(path), path) for key, value in _flat(tree)}
    problems += [f"{path}: {_unknown(key, _KEYS)}" for key in given if key not in _KEYS]
    return {key: value for key, value in given.items() if key in _KEYS}


def _flat(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, object]]:
    for name, value in tree.items():
        if isinstance(value, dict) and f"{above}{name}" not in _KEYS:
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _from_environment(env: Mapping[str, str], problems: list[str]) -> dict[str, _Given]:
    """An empty variable counts as unset: compose files write `BOOKING_X: ${X:-}`."""
    values: dict[str, _Given] = {}
    files: dict[str, _Given] = {}
    for name, text in env.items():
        if not name.startswith(_PREFIX) or not text or name in _NO_SETTINGS or _KUBERNETES.fullmatch(name):
            continue
        if name in _VARIABLES:
            values[_VARIABLES[name]] = _Given(text, name)
        elif (key := _VARIABLES.get(name.removesuffix("_FILE"))) is not None:
            files |= _from_value_file(key, Path(text), name, problems)
        else:
            problems.append(f"environment: {_unknown(name, _VARIABLES)}")
    return files | values


def _from_value_file(key: str, path: Path, name: str, problems: list[str]) -> dict[str, _Given]:
    try:
        return {key: _Given(path.read_text("utf-8").strip(), f"{path} ({name})", path.absolute())}
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{name}: {path} can't be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}")
        return {}


def _from_command_line(overrides: Mapping[str, object], problems: list[str]) -> dict[str, _Given]:
    problems += [f"command line: {_unknown(key, _KEYS)}" for key in overrides if key not in _KEYS]
    return {
        key: _Given(value, "the command line") for key, value in overrides.items() if key in _KEYS and value is not None
    }


def _unknown(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"{name} is not a setting" + (f"; did you mean {close[0]}?" if close else "")


def _nested(given: Mapping[str, _Given]) -> dict[str, Any]:
    tree: dict[str, Any] = {
        "origins": {key: each.origin for key, each in given.items()},
        "files": {key: each.file for key, each in given.items() if each.file is not None},
    }
    for key, (value, *_) in given.items():
        *tables, name = key.split(".")
        branch = tree
        for table in tables:
            branch = branch.setdefault(table, {})
        branch[name] = value
    tree["data_dir_is_relative"] = not Path(str(tree.get("data_dir", "data"))).is_absolute()
    return tree


def _follows_another(detail: ErrorDetails) -> bool:
    """A default that could not be computed from an invalid value, which is reported itself."""
    return detail["type"] == "default_factory_not_called"


def _sentence(detail: ErrorDetails, given: Mapping[str, _Given]) -> str:
    """`smtp.port: …, from BOOKING_SMTP__PORT`; without the value, which may be a misplaced secret."""
    parts = [str(part) for part in detail["loc"]]
    key = next(name for end in range(len(parts), -1, -1) if (name := ".".join(parts[:end])) in _KEYS or not end)
    cause = detail.get("ctx", {}).get("error")
    problem = str(cause) if isinstance(cause, ValueError) else detail["msg"][:1].lower() + detail["msg"][1:]
    return f"{key}: {problem} (from {given[key].origin})" if key in given else f"{key}: {problem}"


def _value_of(settings: Settings, key: str) -> object:
    *tables, name = key.split(".")
    holder: Section = settings
    for table in tables:
        holder = getattr(holder, table)
    return getattr(
        holder, next(field for field, info in type(holder).model_fields.items() if (info.alias or field) == name)
    )


def _shown(key: str, value: object) -> str:
    match value:
        case None:
            return ""
        case SecretStr():
            return DOTS
        case bool():
            return str(value).lower()
        case timedelta():
            return show_duration(value)
        case tuple() if key.startswith("limits."):
            return show_rates(value)
        case tuple() if not hasattr(value, "_fields"):
            return ", ".join(str(part) for part in value)
        case _ if key == "database_url":
            return _without_password(str(value))
        case _:
            return str(value)


def _without_password(url: str) -> str:
    hidden = re.sub(r"(://[^:/@]*:)[^@/]*@", rf"\1{DOTS}@", url)
    return re.sub(r"([?&](?:ssl)?password=)[^&]*", rf"\1{DOTS}", hidden)


def _example(info: FieldInfo) -> str:
    """The default in TOML, or an example where there is none."""
    value = info.examples[0] if info.examples else info.default
    match value:
        case None:
            return '"…"'
        case bool() | int() | float():
            return json.dumps(value)
        case timedelta():
            return json.dumps(show_duration(value))
        case tuple() if value and isinstance(value[0], Rate):
            return json.dumps(show_rates(value))
        case tuple() if not hasattr(value, "_fields"):
            return json.dumps(list(value))
        case _:
            return json.dumps(str(value))


def _keys_of(section: type[Section], above: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, info in section.model_fields.items():
        inner = info.annotation
        if isinstance(inner, type) and issubclass(inner, Section):
            yield from _keys_of(inner, f"{above}{name}.")
        elif not info.exclude:
            yield f"{above}{info.alias or name}", info


_KEYS: dict[str, FieldInfo] = dict(_keys_of(Settings))
_SECRETS = ("secret_key", "smtp.password", "database_url", "oidc.client_secret", "metrics.token")
_SECTIONS = {name: info.annotation for name, info in Settings.model_fields.items() if info.annotation is not None}
_VARIABLES = {_PREFIX + key.upper().replace(".", "__"): key for key in _KEYS}

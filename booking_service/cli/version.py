"""Which version of the service this is, and what it is made of."""

import json
import platform
import sqlite3
import ssl
from typing import Annotated

import typer

from ..versions import installed, libraries, zones_in_use
from .options import Json
from .output import say, say_file, say_json
from .sbom import document

Verbose = Annotated[bool, typer.Option("--verbose", help="Also the versions of what it runs on, for a bug report.")]
Sbom = Annotated[bool, typer.Option("--sbom", help="Every library in it, as a list for programs (CycloneDX 1.6).")]


def version(verbose: Verbose = False, sbom: Sbom = False, as_json: Json = False) -> None:
    """The version of the service, and the Python it runs on."""
    if sbom:
        return say_file(json.dumps(document(), indent=2) + "\n")
    python = platform.python_version()
    if as_json:
        more = {"under_it": _under_it(), "libraries": libraries()} if verbose else {}
        return say_json({"version": installed_version(), "python": python, **more})
    say(f"booking-service {installed_version()} (Python {python})")
    if verbose:
        for name, found in {**_under_it(), **libraries()}.items():
            say(f"{name} {found}", indent=2)
    return None


def installed_version() -> str:
    return installed() or "from a directory that was not installed"


def _under_it() -> dict[str, str]:
    """The system parts that pip does not install; no settings, and no name of the machine."""
    zones = zones_in_use()
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "SQLite": sqlite3.sqlite_version,
        "OpenSSL": ssl.OPENSSL_VERSION.removeprefix("OpenSSL "),
        "time zones": f"{zones.version} ({zones.origin})" if zones else "of no known version",
    }

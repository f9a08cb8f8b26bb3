"""Which version of the service this is."""

import platform
from importlib import metadata

from .options import Json
from .output import say, say_json


def version(as_json: Json = False) -> None:
    """The version of the service, and the Python it runs on."""
    python = platform.python_version()
    if as_json:
        return say_json({"version": installed_version(), "python": python})
    return say(f"booking-service {installed_version()} (Python {python})")


def installed_version() -> str:
    try:
        return metadata.version("booking-service")
    except metadata.PackageNotFoundError:
        return "from a directory that was not installed"

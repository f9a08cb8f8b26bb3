"""Which names hosts and meeting types may have in addresses."""

import re
import unicodedata
from collections.abc import Iterable

from ...domain.availability import WorkingHours, parse_spans

# First parts of addresses that have another meaning, or may get one.
RESERVED = frozenset(
    {"api", "a", "b", "c", "g", "m", "s", "x", "host", "admin", "demo", "static", "embed", "embed.js"}
    | {"preferences", "privacy", "imprint", "accessibility", "healthz", "readyz", "metrics", ".well-known"}
)
RESERVED_FOR_LINKS = frozenset({"o"})  # second parts of addresses that are not meeting types
DEFAULT_HOURS = WorkingHours((*(parse_spans("9-17") for _ in range(5)), (), ()))
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_LENGTH = 40
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def check_name(name: str) -> str:
    """A name for an address: lower-case letters, digits, inner hyphens. Raises ValueError."""
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{name[:64]!r} can't be used in an address: use lowercase letters, digits and hyphens, like ada-l"
        )
    return name


def check_meeting_name(name: str) -> str:
    """As `check_name`, for a meeting type; some names are reserved for one-time links. Raises ValueError."""
    if name in RESERVED_FOR_LINKS:
        raise ValueError(f"{name!r} is reserved for links of the service: choose another name")
    return check_name(name)


def check_host_name(name: str) -> str:
    """As `check_name`, for a host; some names are reserved. Raises ValueError."""
    if name in RESERVED:
        raise ValueError(f"{name!r} is reserved for pages of the service: choose another name")
    return check_name(name)


def address_part(title: str, *, language: str) -> str:
    """A title as part of an address: Ada Lovelace → ada-lovelace; "" where nothing of it can be used.

    German umlauts become ae, oe, ue; other languages drop the dots.
    """
    small = title.lower().replace("ß", "ss")
    small = small.translate(_GERMAN) if language.partition("-")[0] == "de" else small
    plain = unicodedata.normalize("NFKD", small).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LENGTH].strip("-")


def free_name(title: str, taken: Iterable[str], *, language: str) -> str:
    """A name for an address, made of a title in `language`, that is not taken yet."""
    name = address_part(title, language=language) or "meeting"
    others = {*taken, *RESERVED_FOR_LINKS}
    return next(each for each in (name, *(f"{name}-{n}" for n in range(2, 9999))) if each not in others)

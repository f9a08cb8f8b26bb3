"""Addresses of a calendar server, joined and split."""

from urllib.parse import SplitResult, urljoin, urlsplit

from ..errors import AddressRefused


def split(url: str) -> SplitResult:
    """The parts of an address. Raises AddressRefused: host or port can't be told (RFC 3986 §3.2).

    Brackets hold an IPv6 address, a port is at most 65535.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port, parts.hostname
    except ValueError as error:
        raise AddressRefused("that is not an address") from error
    return parts


def joined(base: str, href: str) -> str:
    """`href` resolved against `base` (RFC 3986 §5.2). Raises AddressRefused: the result is no address."""
    try:
        return urljoin(base, href)
    except ValueError as error:
        raise AddressRefused("that is not an address") from error


def path_at(base: str, href: str) -> str:
    """The path of `href` resolved against `base`, spelt as it was."""
    return href if href.startswith("/") else split(joined(base, href)).path or "/"

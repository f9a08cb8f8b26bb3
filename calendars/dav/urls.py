"""Addresses of a calendar server, put together and taken apart; what is none is refused in words."""

from urllib.parse import SplitResult, urljoin, urlsplit

from ..errors import AddressRefused


def split(url: str) -> SplitResult:
    """The parts of an address. Raises AddressRefused where its host or port can't be told (RFC 3986 §3.2): brackets hold
    an IPv6 address, a port is at most 65535."""
    try:
        parts = urlsplit(url)
        _ = parts.port, parts.hostname
    except ValueError as error:
        raise AddressRefused("that is not an address") from error
    return parts


def joined(base: str, href: str) -> str:
    """`href` as it is meant at `base` (RFC 3986 §5.2). Raises AddressRefused where that is no address."""
    try:
        return urljoin(base, href)
    except ValueError as error:
        raise AddressRefused("that is not an address") from error


def path_at(base: str, href: str) -> str:
    """The path of `href` at `base`, spelled as it was."""
    return href if href.startswith("/") else split(joined(base, href)).path or "/"

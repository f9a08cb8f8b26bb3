"""Which web sites may show a booking page inside their own pages."""

from urllib.parse import urlsplit

_LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
_DEFAULT_PORTS = {"https": 443, "http": 80}


def read_origin(written: str) -> str:
    """The origin of a web site (RFC 6454 §6.1), as `frame-ancestors` takes it. Raises ValueError: no such origin.

    Only https, as whoever can change the surrounding page can change the booking; http for this machine alone.
    """
    try:
        parts = urlsplit(written.strip().lower())
        name, port = parts.hostname or "", parts.port
        host = name.encode("idna").decode() if not name.isascii() else name
    except (ValueError, UnicodeError):
        raise _refused(written) from None
    host = f"[{host}]" if ":" in host else host
    if parts.scheme not in _DEFAULT_PORTS or parts.username or parts.path.strip("/") or parts.query or parts.fragment:
        raise _refused(written)
    if not host or not all(c.isalnum() or c in "-.[]:" for c in host):
        raise _refused(written)
    if parts.scheme == "http" and host not in _LOCAL:
        raise ValueError("write the address of the web site with https://: only this machine may embed over http")
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != _DEFAULT_PORTS[parts.scheme] else "")


def _refused(written: str) -> ValueError:
    return ValueError(
        f'write the address of a web site without a path, like "https://www.example.org", not "{written}"'
    )

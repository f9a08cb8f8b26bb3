"""Requests to addresses that people enter: public ones over TLS, or what the operator allows; never a redirect."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from calendars.dav.addresses import AllowedNetwork, Reach, look_up
from calendars.dav.credentials import Credentials
from calendars.dav.session import GuardedSession
from calendars.errors import AddressRefused, CalendarError

from .config.settings import Anchor, Oidc, Webhooks
from .telemetry import tracing

_MOST_OCTETS = 100_000  # of a response; the rest is not read


@dataclass(frozen=True, slots=True)
class PostResponse:
    """A response, whatever its status."""

    status: int
    content: bytes


class NotPosted(Exception):
    """It did not arrive, or possibly not. `retry`: whether that may help."""

    def __init__(self, message: str, *, retry: bool) -> None:
        super().__init__(message)
        self.retry = retry


def post(chosen: Webhooks | Anchor, url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Post, and return the body of a successful response (2xx). Raises NotPosted."""
    answer = exchange(chosen, "POST", url, body=body, headers=headers)
    if not 200 <= answer.status < 300:
        raise NotPosted(f"it answered {answer.status}", retry=answer.status != 410)
    return answer.content


def admit(chosen: Webhooks | Anchor | Oidc, url: str) -> None:
    """Check that a request to this address would be allowed; an unknown name passes, as it may be known later.

    Raises NotPosted: it would be refused.
    """
    target = urlsplit(url)
    reach, host = _reach(chosen), target.hostname or ""
    try:
        port = target.port or (443 if target.scheme == "https" else 80)
        found = look_up(host, port, timeout_s=chosen.timeout.total_seconds())
        reach.admit(found, scheme=target.scheme, host=host, port=port)
    except (AddressRefused, ValueError) as error:
        raise NotPosted(f"the address may not be called: {error}", retry=False) from error
    except CalendarError:
        return


def _reach(chosen: Webhooks | Anchor | Oidc) -> Reach:
    return Reach(networks=tuple(AllowedNetwork(str(each.network), each.port) for each in chosen.allowed_networks))


def exchange(
    chosen: Webhooks | Anchor | Oidc,
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> PostResponse:
    """Send a request, and return its response, whatever the status. Raises NotPosted."""
    try:
        session = GuardedSession(
            url,
            Credentials("", "", "none"),
            reach=_reach(chosen),
            deadline_s=chosen.timeout.total_seconds(),
            max_bytes=_MOST_OCTETS,
            watch=tracing.asked,
        )
        try:
            answer = session.exchange(method, url, body=body, headers=headers)
        finally:
            session.close()
    except AddressRefused as error:
        raise NotPosted(f"the address may not be called: {error}", retry=False) from error
    except CalendarError as error:
        raise NotPosted(str(error), retry=error.retry) from error
    return PostResponse(answer.status_code, answer.content)

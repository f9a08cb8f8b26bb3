"""How an account signs its requests: Basic, Digest (RFC 7616), Bearer (RFC 6750)."""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Literal

import httpx2

AuthKind = Literal["auto", "basic", "digest", "bearer", "none"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs in. `auto` sends Basic, and turns to Digest where a server offers nothing else; with `bearer`, password
    is the token."""

    user: str
    password: str = field(repr=False)
    kind: AuthKind = "auto"


def authentication(credentials: Credentials) -> httpx2.Auth:
    """How requests are signed. One object for all requests of an account, as Digest counts under one challenge."""
    match credentials.kind:
        case "basic":
            return httpx2.BasicAuth(credentials.user, credentials.password)
        case "digest":
            return httpx2.DigestAuth(credentials.user, credentials.password)
        case "bearer":
            return _Bearer(credentials.password)
        case "none":
            return httpx2.Auth()
        case "auto":
            return _BasicUnlessDigest(credentials.user, credentials.password)


class _Bearer(httpx2.Auth):
    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


class _BasicUnlessDigest(httpx2.Auth):
    """Basic without waiting for a challenge; Digest from then on where a server offers only that.

    A wrong password costs one request: providers count failures and lock accounts.
    """

    def __init__(self, user: str, password: str) -> None:
        self._basic, self._digest = httpx2.BasicAuth(user, password), httpx2.DigestAuth(user, password)
        self._digests = False

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        if self._digests:
            yield from self._digest.auth_flow(request)
            return
        answer = yield next(self._basic.auth_flow(request))
        if answer.status_code != 401 or not _offers_only_digest(answer):
            return
        self._digests = True
        del request.headers["Authorization"]
        flow = self._digest.auth_flow(request)
        next(flow)  # its first request has just been answered
        yield flow.send(answer)


def _offers_only_digest(answer: httpx2.Response) -> bool:
    schemes = [value.split(" ", 1)[0].lower() for value in answer.headers.get_list("www-authenticate")]
    return "digest" in schemes and "basic" not in schemes

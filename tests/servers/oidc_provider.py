"""An OpenID provider that is not ours: oidc-provider-mock, which stands on Authlib, as a process on loopback.

Whoever registers as a client is known to it from then on, and nobody else. People sign in there by pressing a button with the
name of their account.
"""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests.servers.process import free_port, running


@dataclass(frozen=True)
class OidcProvider:
    issuer: str

    def register(self, callback: str) -> tuple[str, str]:
        """The id and the secret of a client that answers may be sent to at this address (OpenID Connect Dynamic Client
        Registration 1.0)."""
        made = self._asked("POST", "/oauth2/clients", json={"redirect_uris": [callback]}).json()
        return made["client_id"], made["client_secret"]

    def knows(self, account: str, **claims: object) -> None:
        """From now on this account has these claims."""
        self._asked("PUT", f"/users/{account}", json=claims)

    def press(self, address: str, **pressed: str) -> str:
        """Look at the page that a browser was led to, and press a button there. Returns where that leads."""
        assert self._asked("GET", address).status_code == 200
        return str(self._asked("POST", address, data=pressed).headers["location"])

    def _asked(self, method: str, address: str, **more: object) -> httpx2.Response:
        where = address if address.startswith(self.issuer) else f"{self.issuer}{address}"
        with httpx2.Client(trust_env=False, timeout=20) as client:
            answer = client.request(method, where, **more)  # type: ignore[arg-type]
        assert answer.status_code < 400, f"{answer.status_code}: {answer.text[:500]}"
        return answer


@contextlib.contextmanager
def oidc_provider(folder: Path) -> Iterator[OidcProvider]:
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    command += ["--require-registration", "true", "--require-nonce", "true"]
    with running(command, port=port, log=folder / "oidc-provider.log"):
        yield OidcProvider(f"http://127.0.0.1:{port}")

"""An OpenID provider on loopback: real HTTP, real keys, and a will of its own where a test wants one.

Whoever comes is signed in at once, as `account`. It holds clients to the rules itself: a code counts once, for its client, its
address and its verifier (PKCE).
"""

import base64
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwk, jws

CLIENT, SECRET = "booking", "a secret of & its own"


def new_key(algorithm: str) -> Any:
    name = {"kid": secrets.token_hex(4), "use": "sig"}
    match algorithm:
        case "RS256":
            return jwk.RSAKey.generate_key(2048, name)
        case "ES256":
            return jwk.ECKey.generate_key("P-256", name)
        case _:
            return jwk.OKPKey.generate_key("Ed25519", name)


@cache
def _first_key() -> Any:
    """One for all, as making it takes longer than most tests."""
    return new_key("RS256")


def coded(raw: bytes) -> str:
    """base64url as JSON Web Signatures have it."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class IdentityProvider:
    """`now`: its clock. `account`: claims about whoever comes. `changed`: what it does to the claims of a token, and `signed`:
    to the token itself. `answers`: what it says instead at a path, first to last; None: nothing until `let_go`. `asked`: what
    came, by path. `answered`: what it adds to the answer, or takes from it (None). `codes`: what was asked for with each that it
    gave out, and of whom (`sub`), where that is another account; `forgets_nothing`: each counts any number of times."""

    account: dict[str, object]
    url: str = ""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    algorithm: str = "RS256"
    changed: dict[str, object] = field(default_factory=dict)
    signed: Callable[[dict[str, object]], str] | None = None
    answered: dict[str, str | None] = field(default_factory=dict)
    metadata: dict[str, object] = field(default_factory=dict)
    told_apart: dict[str, object] | None = None
    answers: dict[str, list[tuple[int, bytes] | None]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    let_go: Event = field(default_factory=Event)
    forgets_nothing: bool = False

    def __post_init__(self) -> None:
        self.keys = [_first_key()]
        self.codes: dict[str, dict[str, str]] = {}

    def rotate(self, algorithm: str | None = None) -> None:
        """Another key, and that one only."""
        self.algorithm = algorithm or self.algorithm
        self.keys = [new_key(self.algorithm)]

    def token(self, claims: dict[str, object], *, algorithm: str | None = None, key: Any = None, **header: str) -> str:
        chosen = key or self.keys[0]
        named = {"alg": algorithm or self.algorithm, "kid": chosen.kid, **header}
        if named["alg"] == "EdDSA":  # the older name of Ed25519, which joserfc only reads
            text = ".".join(coded(json.dumps(each).encode()) for each in (named, claims))
            return f"{text}.{coded(chosen.private_key.sign(text.encode()))}"
        registry = jws.JWSRegistry(algorithms=["RS256", "ES256", "HS256"])
        return jws.serialize_compact(named, json.dumps(claims), chosen, registry=registry)

    def page(self, method: str, address: str, body: str, authorization: str) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(address)
        self.asked.append(parts.path)
        waiting = self.answers.get(parts.path)
        if waiting:
            instead = waiting.pop(0)
            if instead is None:
                self.let_go.wait(20)
                return 503, {}, b""
            return instead[0], {}, instead[1]
        match method, parts.path:
            case "GET", "/.well-known/openid-configuration":
                return _json(self._metadata())
            case "GET", "/keys":
                return _json({"keys": [{**each.as_dict(private=False), "alg": self.algorithm} for each in self.keys]})
            case "GET", "/authorize":
                return 303, {"Location": self._authorized(dict(parse_qsl(parts.query)))}, b""
            case "POST", "/token":
                return self._redeemed(dict(parse_qsl(body)), authorization)
            case "GET", "/userinfo":
                return _json(self.told_apart or {"sub": self.account["sub"]})
            case _:
                return 404, {}, b""

    def _metadata(self) -> dict[str, object]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "authorization_response_iss_parameter_supported": True,
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            **self.metadata,
        }

    def _authorized(self, asked: dict[str, str]) -> str:
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.url, **self.answered}
        return f"{asked['redirect_uri']}?{urlencode({name: each for name, each in answer.items() if each is not None})}"

    def _redeemed(self, asked: dict[str, str], authorization: str) -> tuple[int, dict[str, str], bytes]:
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode() if authorization else ""
        by_form = (asked.get("client_id"), asked.get("client_secret"))
        if pair != "booking:a+secret+of+%26+its+own" and by_form != (CLIENT, SECRET):
            return _json({"error": "invalid_client"}, 401)
        code = asked["code"]
        begun = self.codes.get(code) if self.forgets_nothing else self.codes.pop(code, None)
        challenge = coded(sha256(asked["code_verifier"].encode()).digest())
        if begun is None or begun["code_challenge"] != challenge or begun["redirect_uri"] != asked["redirect_uri"]:
            return _json({"error": "invalid_grant"}, 400)
        now = int(self.now().timestamp())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": begun["nonce"]}
        account = {**self.account, **({"sub": begun["sub"]} if "sub" in begun else {})}
        whole = {name: each for name, each in {**claims, **account, **self.changed}.items() if each is not None}
        token = self.signed(whole) if self.signed else self.token(whole)
        return _json({"access_token": "of-the-account", "token_type": "Bearer", "id_token": token})


@contextmanager
def identity_provider(account: dict[str, object]) -> Iterator[IdentityProvider]:
    """A provider that knows this account, on a free port, until the test is over."""
    made = IdentityProvider(account)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, body: str) -> None:
            status, headers, content = made.page(self.command, self.path, body, self.headers.get("Authorization", ""))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(ConnectionError):  # whoever asked has heard enough
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield made
        finally:
            made.let_go.set()
            server.shutdown()
            thread.join()


def _json(said: object, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": "application/json"}, json.dumps(said).encode()

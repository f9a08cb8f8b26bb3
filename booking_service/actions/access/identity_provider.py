"""The organisation's identity provider (OpenID Connect Core 1.0, authorization code flow with PKCE).

Its metadata is cached for an hour. An unknown signing key causes a refresh, at most once a minute.
"""

import base64
import hmac
import importlib
import importlib.util
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit
from uuid import UUID

from ...crypto import keys
from ...crypto.keys import KeyTrouble
from ...domain.id_tokens import SKEW, IdTokenRefused, check_claims, shows_second_factor, signed_in_at
from ...domain.identities import AWAY_FOR, Away, Errand, ProviderFault, ProviderRefused, Vouched
from ...outgoing_requests import NotPosted, PostResponse, exchange
from ...runtime import Runtime
from ...storage.engine import transaction
from . import limits

CALLBACK = "/host/oidc/callback"
_KEPT_FOR = timedelta(hours=1)
_KEYS_AGAIN_AFTER = timedelta(minutes=1)
_CONTEXT = "away at the identity provider"
_LONGEST_CODE = 4096
# A request with max_age returns auth_time. Some providers ignore a max_age of 0.
_ANEW = {"prompt": "login", "max_age": "60"}
_PLAIN = re.compile(r"[!-~]{1,2000}")
# A slow provider must not occupy all threads that answer requests.
_asking = BoundedSemaphore(8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The provider's metadata (OpenID Connect Discovery 1.0 §3).

    `takes_basic`: how this service authenticates there. `names_itself`: responses include the issuer (RFC 9207).
    """

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    takes_basic: bool
    names_itself: bool


@dataclass(frozen=True, slots=True)
class Departure:
    """The address that a browser is sent to, and what it stores meanwhile."""

    address: str
    kept: str


@dataclass(frozen=True, slots=True)
class _Kept:
    at: datetime
    value: Any


def is_set_up(rt: Runtime) -> bool:
    return rt.settings.oidc.issuer is not None


def lacks_package() -> bool:
    """Whether the extra `oidc` is not installed."""
    return importlib.util.find_spec("joserfc") is None


def callback(rt: Runtime) -> str:
    """The redirect URI, to be registered with the provider."""
    return f"{rt.settings.base_url or ''}{CALLBACK}"


def begin(rt: Runtime, errand: Errand, *, network: str, now: datetime, real_now: datetime) -> Departure:
    """Send somebody to the provider.

    Whoever proves who they are must sign in there again, and the response must say when they did (OpenID Connect Core
    1.0 §3.1.2.1). Raises ProviderRefused, TooManyRequests.
    """
    with transaction(rt.engine) as database:
        limits.use(rt, database, "sign_in_per_network", network, now=now)
    provider = discover(rt, real_now=real_now)
    away = Away(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        errand=errand,
        ends_at=real_now + AWAY_FOR,
    )
    query = urlencode(
        {
            "response_type": "code",
            "client_id": rt.settings.oidc.client_id or "",
            "redirect_uri": callback(rt),
            "scope": " ".join(rt.settings.oidc.scopes),
            "state": away.state,
            "nonce": away.nonce,
            "code_challenge": _unpadded(sha256(away.verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        | (_ANEW if errand.proving else {})
    )
    address = provider.authorization_endpoint
    return Departure(f"{address}{'&' if '?' in address else '?'}{query}", _sealed(rt, away))


def back(rt: Runtime, kept: str, *, state: str, now: datetime, real_now: datetime) -> Away:
    """What began in the browser that stores this; usable once. Raises ProviderRefused: another state, or expired."""
    try:
        written = json.loads(keys.unseal(rt.ring, kept, context=_CONTEXT))
    except KeyTrouble as error:
        raise ProviderRefused(ProviderFault.OVER, "this browser was not sent to the provider") from error
    errand = written["errand"] | {
        name: UUID(written["errand"][name]) if written["errand"][name] else None for name in ("linking", "proving")
    }
    away = Away(**written | {"errand": Errand(**errand), "ends_at": datetime.fromisoformat(written["ends_at"])})
    if not hmac.compare_digest(away.state.encode(), state.encode(errors="replace")):
        raise ProviderRefused(ProviderFault.OVER, "this browser was sent there for something else since")
    if real_now >= away.ends_at:
        raise ProviderRefused(ProviderFault.OVER, "it took too long")
    with transaction(rt.engine) as database:
        if not limits.first_time(rt, database, "provider_answer", away.state, within=AWAY_FOR, now=now):
            raise ProviderRefused(ProviderFault.OVER, "this answer came before")
    return away


def vouched(rt: Runtime, away: Away, answer: Mapping[str, str], *, real_now: datetime) -> Vouched:
    """The person whom the provider vouches for in this response (its query). Raises ProviderRefused."""
    provider = discover(rt, real_now=real_now)
    _refuse_mix_up(rt, provider, answer)
    if error := answer.get("error"):
        fault = ProviderFault.DENIED if error == "access_denied" else ProviderFault.AWAY
        raise ProviderRefused(fault, f"the provider answered {error[:60]!r}")
    code = answer.get("code", "")
    if not 0 < len(code) <= _LONGEST_CODE:
        raise ProviderRefused(ProviderFault.UNTRUSTED, "there is no code in the answer")
    tokens = _redeemed(rt, provider, away, code)
    claims = _verified(rt, provider, str(tokens.get("id_token", "")), real_now=real_now)
    subject, at = _subject(rt, away, claims, real_now=real_now)
    if away.errand.proving and (at is None or at < away.began_at - SKEW):
        raise ProviderRefused(ProviderFault.STALE, "the provider does not say that they signed in there anew")
    if "email" not in claims and provider.userinfo_endpoint:
        userinfo = _userinfo(rt, provider, str(tokens.get("access_token", "")), subject)
        claims = {
            **claims,
            **{name: userinfo[name] for name in ("email", "email_verified", "name") if name in userinfo},
        }
    return Vouched(
        issuer=rt.settings.oidc.issuer or "",
        subject=subject,
        email=_text(claims, "email"),
        verified=claims.get("email_verified") is True,  # only a true value counts, not one that reads like it
        name=_text(claims, "name"),
        second_factor=shows_second_factor(claims, acr=rt.settings.oidc.second_factor_acr),
        signed_in_at=at,
    )


def look(rt: Runtime, *, now: datetime) -> int:
    """The number of keys that the provider publishes now. Raises ProviderRefused."""
    provider = _fetched(rt)
    listed = published_keys(rt, provider, real_now=now, older_than=timedelta(0)).get("keys")
    if not isinstance(listed, list) or not listed:
        raise ProviderRefused(ProviderFault.AWAY, "the provider publishes no keys")
    return len(listed)


def discover(rt: Runtime, *, real_now: datetime) -> Provider:
    """The provider's metadata. Raises ProviderRefused."""
    name = ("identity provider", rt.settings.oidc.issuer)
    kept = rt.cache.get(name)
    if isinstance(kept, _Kept) and real_now - kept.at < _KEPT_FOR:
        found: Provider = kept.value
        return found
    provider = _fetched(rt)
    rt.cache.put(name, _Kept(real_now, provider))
    return provider


def published_keys(
    rt: Runtime, provider: Provider, *, real_now: datetime, older_than: timedelta
) -> Mapping[str, object]:
    """The provider's keys, fetched again if the cached ones are older. Raises ProviderRefused."""
    name = ("identity provider's keys", provider.jwks_uri)
    kept = rt.cache.get(name)
    if isinstance(kept, _Kept) and real_now - kept.at < older_than:
        known: Mapping[str, object] = kept.value
        return known
    fetched = _object(_ask(rt, "GET", provider.jwks_uri))
    rt.cache.put(name, _Kept(real_now, fetched))
    return fetched


def _fetched(rt: Runtime) -> Provider:
    issuer = rt.settings.oidc.issuer or ""
    return _read(_object(_ask(rt, "GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")), issuer=issuer)


def _read(document: Mapping[str, object], *, issuer: str) -> Provider:
    if document.get("issuer") != issuer:
        named = str(document.get("issuer", ""))[:200]
        raise ProviderRefused(
            ProviderFault.AWAY, f"the provider calls itself {named!r}: set oidc.issuer so, if it is it"
        )
    found = {name: _endpoint(document, name, issuer=issuer) for name in _ENDPOINTS}
    ways = document.get("token_endpoint_auth_methods_supported")
    return Provider(
        **found,
        takes_basic=not isinstance(ways, list) or "client_secret_basic" in ways or "client_secret_post" not in ways,
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )


_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")


def _endpoint(document: Mapping[str, object], name: str, *, issuer: str) -> str:
    """An https address, or on this machine one like the provider's; "" for a missing userinfo endpoint."""
    address = document.get(name, "" if name == "userinfo_endpoint" else None)
    if address == "":
        return ""
    schemes = {"https", urlsplit(issuer).scheme}
    try:
        parts = (
            urlsplit(address) if isinstance(address, str) and address.isascii() and _PLAIN.fullmatch(address) else None
        )
        fits = parts is not None and parts.scheme in schemes and bool(parts.hostname) and not parts.fragment
    except ValueError:
        fits = False
    if not fits or not isinstance(address, str):
        raise ProviderRefused(ProviderFault.AWAY, f"the provider names no usable {name}")
    return address


def _refuse_mix_up(rt: Runtime, provider: Provider, answer: Mapping[str, str]) -> None:
    """Refuse a response that another provider issued (RFC 9207 §2.4)."""
    named = answer.get("iss")
    if named is None and not provider.names_itself:
        return
    if named != rt.settings.oidc.issuer:
        raise ProviderRefused(ProviderFault.UNTRUSTED, "the answer is another issuer's")


def _redeemed(rt: Runtime, provider: Provider, away: Away, code: str) -> Mapping[str, object]:
    """Exchange the code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.5)."""
    chosen = rt.settings.oidc
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": callback(rt),
        "code_verifier": away.verifier,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    name, secret = chosen.client_id or "", chosen.client_secret.get_secret_value() if chosen.client_secret else ""
    if secret and provider.takes_basic:
        pair = f"{quote_plus(name)}:{quote_plus(secret)}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        form |= {"client_id": name} | ({"client_secret": secret} if secret else {})
    answer = _ask(rt, "POST", provider.token_endpoint, body=urlencode(form).encode(), headers=headers)
    if answer.status in (400, 401):
        error = _text(_whole(answer), "error")
        fault = ProviderFault.OVER if error == "invalid_grant" else ProviderFault.AWAY
        raise ProviderRefused(fault, f"the provider gave nothing for the code: {error[:60]!r}")
    return _object(answer)


def _verified(rt: Runtime, provider: Provider, token: str, *, real_now: datetime) -> Mapping[str, object]:
    id_tokens: Any = importlib.import_module(
        "booking_service.crypto.id_tokens"
    )  # imported late, as only the extra brings its dependency
    known = published_keys(rt, provider, real_now=real_now, older_than=_KEPT_FOR)
    try:
        try:
            claims: Mapping[str, object] = id_tokens.read_id_token(token, known)
        except id_tokens.UnknownKey:
            known = published_keys(rt, provider, real_now=real_now, older_than=_KEYS_AGAIN_AFTER)
            claims = id_tokens.read_id_token(token, known)
    except (IdTokenRefused, id_tokens.UnknownKey) as error:
        raise ProviderRefused(ProviderFault.UNTRUSTED, f"the ID token is refused: {error}") from error
    return claims


def _subject(
    rt: Runtime, away: Away, claims: Mapping[str, object], *, real_now: datetime
) -> tuple[str, datetime | None]:
    """The subject of the token, and when they signed in there."""
    chosen = rt.settings.oidc
    issuer, client_id = chosen.issuer or "", chosen.client_id or ""
    try:
        subject = check_claims(claims, issuer=issuer, client_id=client_id, nonce=away.nonce, now=real_now)
        return subject, signed_in_at(claims, now=real_now)
    except IdTokenRefused as error:
        raise ProviderRefused(ProviderFault.UNTRUSTED, f"the ID token is refused: {error}") from error


def _userinfo(rt: Runtime, provider: Provider, token: str, subject: str) -> Mapping[str, object]:
    """The userinfo (OpenID Connect Core 1.0 §5.3), if it is about the same account."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    claims = _object(_ask(rt, "GET", provider.userinfo_endpoint, headers=headers))
    if claims.get("sub") != subject:
        raise ProviderRefused(ProviderFault.UNTRUSTED, "userinfo is about somebody else")
    return claims


def _ask(
    rt: Runtime, method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> PostResponse:
    if not _asking.acquire(blocking=False):
        raise ProviderRefused(ProviderFault.AWAY, "too many wait for the provider already")
    try:
        return exchange(rt.settings.oidc, method, url, body=body, headers=headers)
    except NotPosted as error:
        raise ProviderRefused(ProviderFault.AWAY, f"{urlsplit(url).hostname}: {error}") from error
    finally:
        _asking.release()


def _object(answer: PostResponse) -> Mapping[str, object]:
    """The JSON object of a successful response."""
    if answer.status != 200:
        raise ProviderRefused(ProviderFault.AWAY, f"the provider answered {answer.status}")
    return _whole(answer)


def _whole(answer: PostResponse) -> Mapping[str, object]:
    try:
        document = json.loads(answer.content)
    except (ValueError, RecursionError) as error:
        raise ProviderRefused(ProviderFault.AWAY, "the provider's answer is no JSON") from error
    if not isinstance(document, dict):
        raise ProviderRefused(ProviderFault.AWAY, "the provider's answer is no object")
    return document


def _text(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""


def _sealed(rt: Runtime, away: Away) -> str:
    written = asdict(away) | {"ends_at": away.ends_at.isoformat()}
    return keys.seal(rt.ring, json.dumps(written, default=str).encode(), context=_CONTEXT)


def _unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

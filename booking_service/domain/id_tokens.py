"""What the claims of an ID token must say (OpenID Connect Core 1.0 §3.1.3.7).

The signature is checked in crypto/id_tokens.py.
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

SKEW = timedelta(minutes=2)  # tolerated difference between the provider's clock and ours
OLDEST = timedelta(minutes=10)  # maximum age of a token
_LAST = 253_402_300_799 - 86_400  # a day before the last possible datetime
_SUBJECT_LENGTH = 255  # OpenID Connect Core 1.0 §2


class IdTokenRefused(Exception):
    """The token proves nothing. The message is for the log."""


def check_claims(claims: Mapping[str, object], *, issuer: str, client_id: str, nonce: str, now: datetime) -> str:
    """The subject of a valid token for this client. Raises IdTokenRefused: a claim is missing or wrong."""
    if claims.get("iss") != issuer:
        raise IdTokenRefused("it is another issuer's")
    if client_id not in _audience(claims):
        raise IdTokenRefused("it is for somebody else")
    if claims.get("azp", client_id) != client_id or (len(_audience(claims)) > 1 and "azp" not in claims):
        raise IdTokenRefused("it was given to somebody else")
    if now >= _instant(claims, "exp") + SKEW:
        raise IdTokenRefused("it has expired")
    issued = _instant(claims, "iat")
    if issued > now + SKEW or issued < now - OLDEST:
        raise IdTokenRefused("it was not made now")
    if "nbf" in claims and _instant(claims, "nbf") > now + SKEW:
        raise IdTokenRefused("it is not valid yet")
    returned = claims.get("nonce")
    if not isinstance(returned, str) or not hmac.compare_digest(returned.encode(), nonce.encode()):
        raise IdTokenRefused("it answers another request")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT_LENGTH:
        raise IdTokenRefused("it names nobody")
    return subject


def signed_in_at(claims: Mapping[str, object], *, now: datetime) -> datetime | None:
    """When the person signed in at the provider; None where the token does not say. Raises IdTokenRefused: not an
    instant."""
    if "auth_time" not in claims:
        return None
    at = _instant(claims, "auth_time")
    if at > now + SKEW:
        raise IdTokenRefused("its auth_time is yet to come")
    return min(at, now)


def shows_second_factor(claims: Mapping[str, object], *, acr: tuple[str, ...]) -> bool:
    """Whether the provider says that it asked for a second factor: `mfa` in amr (RFC 8176 §2), or one of these acr
    values."""
    methods = claims.get("amr")
    return (isinstance(methods, list) and "mfa" in methods) or claims.get("acr") in acr


def _audience(claims: Mapping[str, object]) -> list[object]:
    named = claims.get("aud")
    return named if isinstance(named, list) else [named]


def _instant(claims: Mapping[str, object], name: str) -> datetime:
    """A NumericDate (RFC 7519 §2): seconds since 1970 in UTC."""
    seconds = claims.get(name)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= _LAST:
        raise IdTokenRefused(f"its {name} is no instant")
    return datetime.fromtimestamp(seconds, UTC)

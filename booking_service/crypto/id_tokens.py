"""Verifying the signature of an ID token. The only module that imports joserfc, which the extra `oidc` brings.

It is imported by name, where somebody signs in with a provider (actions/access/identity_provider.py).
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any

from joserfc import jwk, jws
from joserfc.errors import JoseError

from ..domain.id_tokens import IdTokenRefused

# Algorithms, by kind of key. Nothing symmetric: the provider's public key would be its secret.
_KEY_OF = {"RS256": ("RSA", None), "ES256": ("EC", "P-256"), "EdDSA": ("OKP", "Ed25519"), "Ed25519": ("OKP", "Ed25519")}
_MEMBERS = ("kty", "crv", "n", "e", "x", "y")
_RSA_BITS = (2048, 8192)
_MOST_KEYS = 50


class UnknownKey(Exception):
    """The token is signed by an unknown key: the provider may have new ones."""


class _Registry(jws.JWSRegistry):
    """Accepts headers with whole certificates, and EdDSA.

    That is the older name of Ed25519 (RFC 9864), which providers still use.
    """

    max_header_length = 16_000
    max_signature_length = 2_000  # of an 8192-bit RSA key: 1366

    def get_alg(self, name: str) -> Any:
        return super().get_alg("Ed25519" if name == "EdDSA" else name)


def read_id_token(token: str, keys: Mapping[str, object]) -> Mapping[str, object]:
    """The claims of a token signed by one of these keys (JWK Set, RFC 7517 §5). Raises UnknownKey, IdTokenRefused."""
    algorithm, named = _header(token)
    chosen = list(_usable(keys, algorithm, named))
    if not chosen:
        raise UnknownKey("none of the provider's keys is the token's")
    registry = _Registry(algorithms=["RS256", "ES256", "Ed25519"], strict_check_header=False)
    for key in chosen:
        try:
            signed = jws.deserialize_compact(token, key, registry=registry)
            claims = json.loads(signed.payload)
        except (JoseError, ValueError, RecursionError):
            continue
        if isinstance(claims, dict):
            return claims
    raise IdTokenRefused("its signature is wrong")


def _header(token: str) -> tuple[str, str | None]:
    """The algorithm and the key id."""
    try:
        header = json.loads(_raw(token.partition(".")[0]))
    except (ValueError, RecursionError) as error:
        raise IdTokenRefused("it is no token") from error
    if not isinstance(header, dict) or header.get("alg") not in _KEY_OF:
        raise IdTokenRefused("it is not signed in a way that is accepted")
    named = header.get("kid")
    if "crit" in header or not isinstance(named, str | None):
        raise IdTokenRefused("its header asks for what is not known")
    return header["alg"], named


def _usable(keys: Mapping[str, object], algorithm: str, named: str | None) -> Iterator[Any]:
    """The keys that may have signed; only their key material is read."""
    listed = keys.get("keys")
    kind, curve = _KEY_OF[algorithm]
    for each in (listed if isinstance(listed, list) else [])[:_MOST_KEYS]:
        if not isinstance(each, dict) or (each.get("kty"), each.get("crv")) != (kind, curve):
            continue
        if each.get("use", "sig") != "sig" or (named is not None and each.get("kid") != named):
            continue
        members = {name: each[name] for name in _MEMBERS if isinstance(each.get(name), str)}
        if kind == "RSA" and not _RSA_BITS[0] <= _bits(members.get("n", "")) <= _RSA_BITS[1]:
            continue
        try:
            yield jwk.import_key(members)
        except (JoseError, ValueError, TypeError):
            continue


def _bits(number: str) -> int:
    try:
        return int.from_bytes(_raw(number), "big").bit_length()
    except ValueError:
        return 0


def _raw(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("this is not base64url") from error

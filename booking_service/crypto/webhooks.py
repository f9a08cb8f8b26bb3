"""Signing what is posted to others, in the form of Standard Webhooks (specification 1.0): who receives it can tell that it is
ours, whole, and not sent again by somebody else."""

import base64
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

_PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """As both sides keep it: whsec_ and 32 random bytes in base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def headers(id: str, at: datetime, body: bytes, *, keys: Sequence[str]) -> dict[str, str]:
    """The three headers of a delivery: its id, which stays over retries, the instant of this try in seconds since 1970, and one
    signature for each secret that counts at present."""
    seconds = str(int(at.timestamp()))
    signed = b".".join((id.encode(), seconds.encode(), body))
    return {
        "webhook-id": id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{_signature(key, signed)}" for key in keys),
    }


def _signature(key: str, signed: bytes) -> str:
    secret = base64.b64decode(key.removeprefix(_PREFIX))
    return base64.b64encode(hmac.new(secret, signed, sha256).digest()).decode()

"""Accounts of an identity provider (OpenID Connect) by which people sign in here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

AWAY_FOR = timedelta(minutes=10)  # how long somebody may take at the provider


class ProviderFault(StrEnum):
    """Why an account of the provider signs nobody in."""

    DENIED = "denied"  # whoever was there did not want to go on
    OVER = "over"  # it took too long, was begun in another browser, or was done already
    AWAY = "away"  # the provider can't be reached, or does not do its part
    UNTRUSTED = "untrusted"  # what came back is not proved to be the provider's answer to us
    UNVERIFIED = "unverified"  # the provider does not vouch for the address
    NOBODY = "nobody"  # there is no person here for this account
    TAKEN = "taken"  # the account is linked with somebody else


class ProviderRefused(Exception):
    """Nobody is signed in by the provider, for the reason given. The message is for the log, and holds no secret."""

    def __init__(self, fault: ProviderFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """What a browser keeps, sealed, while its person is at the provider. `state` and `nonce` bind the answer to it,
    `verifier` the code (RFC 7636). `onwards`: the path to go to afterwards; `linking`: who wants the account linked, None where somebody wants to be signed in."""

    state: str
    nonce: str
    verifier: str
    onwards: str
    linking: UUID | None
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """What the provider says of who was there. `subject`: its own name for the account, which never changes; `email`: empty
    where it did not say; `verified`: it vouches for the address; `second_factor`: it asked for one."""

    issuer: str
    subject: str
    email: str
    verified: bool
    name: str
    second_factor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An account that is linked with a person. `email`: the address that it had then, to be recognised by."""

    id: UUID
    person_id: UUID
    issuer: str
    subject: str
    email: str
    linked_at: datetime

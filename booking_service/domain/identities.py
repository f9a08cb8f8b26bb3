"""Accounts of an identity provider (OpenID Connect) by which people sign in here."""

from collections.abc import Mapping
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
    OTHER = "other"  # whoever was to show again who they are came back with an account that is not linked with them
    STALE = "stale"  # the provider does not say that they signed in there just now
    ONE_FACTOR = "one-factor"  # nor that it asked for a second factor


class ProviderRefused(Exception):
    """The provider signs nobody in and proves nothing, for the reason given. The message is for the log, and holds no secret."""

    def __init__(self, fault: ProviderFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What somebody is sent to the provider for. `linking`: who wants the account linked; `proving`: the session whose person
    shows again who they are; neither: to be signed in, and with `keep` to stay so on this device. `onwards`: the path to go to
    afterwards; `typed`: the form that waits there, None where the page was only looked at."""

    onwards: str = ""
    keep: bool = False
    linking: UUID | None = None
    proving: UUID | None = None
    typed: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """What a browser keeps, sealed, while its person is at the provider. `state` and `nonce` bind the answer to it,
    `verifier` the code (RFC 7636)."""

    state: str
    nonce: str
    verifier: str
    errand: Errand
    ends_at: datetime

    @property
    def began_at(self) -> datetime:
        return self.ends_at - AWAY_FOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """What the provider says of who was there. `subject`: its own name for the account, which never changes; `email`: empty
    where it did not say; `verified`: it vouches for the address; `second_factor`: it asked for one. `signed_in_at`: when they
    signed in there, which may be long ago; None where it did not say."""

    issuer: str
    subject: str
    email: str
    verified: bool
    name: str
    second_factor: bool
    signed_in_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An account that is linked with a person. `email`: the address that it had then, to be recognised by."""

    id: UUID
    person_id: UUID
    issuer: str
    subject: str
    email: str
    linked_at: datetime

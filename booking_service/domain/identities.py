"""Accounts at an identity provider (OpenID Connect) with which people sign in here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

AWAY_FOR = timedelta(minutes=10)  # how long a visit at the provider may take


class ProviderFault(StrEnum):
    """Why an account at the provider does not sign anybody in."""

    DENIED = "denied"  # the person declined there
    OVER = "over"  # it took too long, began in another browser, or is already done
    AWAY = "away"  # the provider is unreachable, or answers wrongly
    UNTRUSTED = "untrusted"  # the answer is not proven to be the provider's to our request
    UNVERIFIED = "unverified"  # the provider does not vouch for the mail address
    NOBODY = "nobody"  # no person here has this account
    TAKEN = "taken"  # the account is linked with another person
    OTHER = "other"  # a person who was to prove who they are used an account not linked with them
    STALE = "stale"  # the provider does not say that they just signed in there
    ONE_FACTOR = "one-factor"  # the provider does not say that it asked for a second factor


class ProviderRefused(Exception):
    """The provider signs nobody in and proves nothing. The message is for the log, and holds no secret."""

    def __init__(self, fault: ProviderFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Why somebody is sent to the provider.

    `linking`: the person with whom the account is to be linked. `proving`: the session whose person proves again who
    they are. With neither, to sign in; `keep`: to stay signed in on this device. `onwards`: the path to go to
    afterwards. `typed`: the form waiting there; None where the page was only viewed.
    """

    onwards: str = ""
    keep: bool = False
    linking: UUID | None = None
    proving: UUID | None = None
    typed: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """What a browser keeps, sealed, while its person is at the provider.

    `state` and `nonce` bind the provider's answer to it, `verifier` binds the code (RFC 7636).
    """

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
    """What the provider says about who signed in there.

    `subject`: the provider's permanent id of the account. `email`: "" where it is not told. `verified`: the provider
    vouches for the address. `second_factor`: it asked for one. `signed_in_at`: possibly long ago; None where it is not
    told.
    """

    issuer: str
    subject: str
    email: str
    verified: bool
    name: str
    second_factor: bool
    signed_in_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An account at the provider, linked with a person. `email`: its address when it was linked, for recognition
    only."""

    id: UUID
    person_id: UUID
    issuer: str
    subject: str
    email: str
    linked_at: datetime

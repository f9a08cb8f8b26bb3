"""API tokens for programs. A token acts as a person and never has more rights than that person."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from .roles import CONSENTS, HOSTS, STAFF, Need

NAME_LENGTH = 60


class Scope(StrEnum):
    """What a token may be used for."""

    READ = "consents:read"
    WRITE = "consents:write"
    BOOKINGS = "bookings:read"
    SETUP = "setup:read"  # meeting types, hours, calendars
    WEBHOOKS = "webhooks:write"

    @property
    def need(self) -> Need:
        """What the token's person must be allowed to do for the token to work."""
        match self:
            case Scope.READ:
                return STAFF
            case Scope.WRITE:
                return CONSENTS
            case Scope.BOOKINGS | Scope.SETUP | Scope.WEBHOOKS:
                return HOSTS
            case _:
                assert_never(self)


OF_CONSENTS = (Scope.READ, Scope.WRITE)  # tokens of administrators, who say as whom each acts
OF_HOSTS = (Scope.BOOKINGS, Scope.SETUP, Scope.WEBHOOKS)  # tokens that hosts make for themselves


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A token of one person. Only the `hash` of its secret is kept; the secret is shown once, when the token is made.

    `used_at`: of the last use, to the hour. `by`: the name, at that time, of whoever made it.
    """

    id: UUID
    hash: str
    name: str
    person_id: UUID
    scopes: frozenset[Scope]
    by: str
    created_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None

"""Tokens by which programs come in: each acts as a person, and may no more than that person may."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from .roles import CONSENTS, STAFF, Need

NAME_LENGTH = 60


class Scope(StrEnum):
    """What a token may be used for."""

    READ = "consents:read"
    WRITE = "consents:write"

    @property
    def need(self) -> Need:
        """What the person has to be that the token acts as."""
        return STAFF if self is Scope.READ else CONSENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """`hash`: of what was shown once, when it was made. `used_at`: to the hour. `by`: who made it, as they were then called."""

    id: UUID
    hash: str
    name: str
    person_id: UUID
    scopes: frozenset[Scope]
    by: str
    created_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None

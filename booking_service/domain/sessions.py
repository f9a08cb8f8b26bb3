"""Sessions and sign-ins: how long each lasts. They run on real time, also in the demo."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from .audit import SignInMethod

LINK_FOR = timedelta(minutes=15)
INVITATION_FOR = timedelta(days=7)
SECOND_STEP_FOR = timedelta(minutes=10)  # from the first factor to the code of the second
FRESH_FOR = timedelta(minutes=10)  # how long a proof of identity counts as recent
KNOWN_FOR = timedelta(days=365)  # how long a browser is remembered after the last sign-in there
TAKEN_BACK_FOR = timedelta(days=7)  # how long the previous address can be restored by its owner
SEEN_EVERY = timedelta(minutes=5)  # accuracy of a session's last use

_IDLE = {False: timedelta(hours=8), True: timedelta(days=30)}
_LONGEST = {False: timedelta(days=7), True: timedelta(days=90)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One request to sign in.

    `person_id`: None where nobody has this address, which is told by mail only. `agent`: the browser's User-Agent.
    `onwards`: the path to go to afterwards.
    """

    id: UUID
    person_id: UUID | None
    email: str
    asked_at: datetime
    ends_at: datetime
    used_at: datetime | None = None
    agent: str = ""
    onwards: str = ""

    def is_open(self, now: datetime) -> bool:
        return self.used_at is None and now < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser in which a person is signed in.

    `kept`: they chose to stay signed in on this device. `proved_at`: when they last proved who they are.
    `second_at_provider`: they came by the identity provider, which was trusted to have asked for a second factor.
    `network`: masked, for its owner to recognise.
    """

    id: UUID
    person_id: UUID
    kept: bool
    created_at: datetime
    seen_at: datetime
    proved_at: datetime
    second_at_provider: bool = False
    agent: str = ""
    network: str = ""

    @property
    def ends_at(self) -> datetime:
        """When it ends unless it is used: after 8 hours idle, 7 days at most; kept sessions 30 and 90 days."""
        return min(self.seen_at + _IDLE[self.kept], self.created_at + longest(kept=self.kept))

    def is_open(self, now: datetime) -> bool:
        return now < self.ends_at

    def is_fresh(self, now: datetime) -> bool:
        """Whether its person proved their identity recently enough to change how they sign in."""
        return now < self.proved_at + FRESH_FOR


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondStep:
    """A browser in which a person gave the first factor, by `way`, and is asked for the second. `kept`: stay signed in
    there."""

    id: UUID
    person_id: UUID
    way: SignInMethod
    kept: bool
    ends_at: datetime

    def is_open(self, now: datetime) -> bool:
        return now < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBrowser:
    """A browser in which a person first signed in at `created_at`. `network`: masked."""

    id: UUID
    person_id: UUID
    agent: str
    network: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChange:
    """A person's sign-in address was `before` until `changed_at`."""

    id: UUID
    person_id: UUID
    before: str
    changed_at: datetime

    @property
    def ends_at(self) -> datetime:
        """Until when it can be reverted."""
        return self.changed_at + TAKEN_BACK_FOR


def longest(*, kept: bool) -> timedelta:
    return _LONGEST[kept]

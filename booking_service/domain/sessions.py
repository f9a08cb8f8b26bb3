"""Being signed in, and asking to be: how long each lasts. Both run on real time, also in the demo."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from .audit import Way

LINK_FOR = timedelta(minutes=15)
INVITATION_FOR = timedelta(days=7)
SECOND_STEP_FOR = timedelta(minutes=10)  # from one way in to the code of the second factor
FRESH_FOR = timedelta(minutes=10)  # how long it counts that somebody showed who they are
KNOWN_FOR = timedelta(days=365)  # how long a browser is known after the last time somebody signed in there
TAKEN_BACK_FOR = timedelta(days=7)  # how long the address from before may still be put back by who reads its mails
SEEN_EVERY = timedelta(minutes=5)  # how exactly it is kept when a session was used last

_IDLE = {False: timedelta(hours=8), True: timedelta(days=30)}
_LONGEST = {False: timedelta(days=7), True: timedelta(days=90)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One request to be signed in. `person_id` None: nobody has this address, which only its mail would tell. `agent`:
    what the browser that asked calls itself. `onwards`: the path to go to afterwards."""

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
    """One browser in which a person is signed in. `kept`: they ticked to stay so on this device. `proved_at`: when they
    last showed who they are. `second_at_provider`: they came by the identity provider, which was trusted to have asked for a
    second factor. `network`: masked, to be recognised by its owner."""

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
        """When it is over unless it is used before: 8 hours idle and 7 days at most; kept, 30 and 90 days."""
        return min(self.seen_at + _IDLE[self.kept], self.created_at + longest(kept=self.kept))

    def is_open(self, now: datetime) -> bool:
        return now < self.ends_at

    def is_fresh(self, now: datetime) -> bool:
        """Whether its person showed so lately who they are that they may change how one gets in here."""
        return now < self.proved_at + FRESH_FOR


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondStep:
    """A browser in which a person showed in one way, by `way`, who they are, and whose second factor is asked for. `kept`:
    they want to stay signed in there."""

    id: UUID
    person_id: UUID
    way: Way
    kept: bool
    ends_at: datetime

    def is_open(self, now: datetime) -> bool:
        return now < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBrowser:
    """A browser in which a person signed in for the first time at `created_at`. `network`: masked."""

    id: UUID
    person_id: UUID
    agent: str
    network: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChange:
    """That a person signs in with another address than `before` since `changed_at`."""

    id: UUID
    person_id: UUID
    before: str
    changed_at: datetime

    @property
    def ends_at(self) -> datetime:
        """Until when it may be taken back."""
        return self.changed_at + TAKEN_BACK_FOR


def longest(*, kept: bool) -> timedelta:
    return _LONGEST[kept]

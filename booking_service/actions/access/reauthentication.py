"""Proving again who one is: required for changes to signing in, and for exporting contacts."""

from datetime import datetime
from uuid import UUID

from ...crypto.tokens import code_matches
from ...domain.errors import SignInOver, WrongCode
from ...domain.people import Person
from ...domain.sessions import Session, SignIn
from ...runtime import Runtime
from ...storage import sessions
from ...storage.engine import transaction
from . import limits, sign_in


def ask(rt: Runtime, person: Person, *, onwards: str, agent: str, now: datetime, real_now: datetime) -> SignIn:
    """Mail a code to somebody who is signed in; the link beside it signs in again. Raises TooManyRequests.

    Counted apart from requests without a session, so that no stranger can use up the limit.
    """
    with transaction(rt.engine) as database:
        limits.use(rt, database, "sign_in_per_address", _who(person.id), now=now)
        made = sign_in.make(rt, database, person.email, person, onwards=onwards, agent=agent, now=real_now)
        sign_in.owe_link(database, made, now=now)
    return made


def by_code(rt: Runtime, session: Session, sign_in_id: UUID, typed: str, *, now: datetime, real_now: datetime) -> None:
    """Count the session as proved by the mailed six digits. Raises WrongCode, TooManyRequests, SignInOver, NotFound."""
    asked = sign_in.asked(rt, sign_in_id)
    with transaction(rt.engine) as database:  # counted even if the code is wrong
        what = f"{asked.id} {typed}"
        limits.use_once(rt, database, "sign_in_codes_per_address", _who(session.person_id), what=what, now=now)
    with transaction(rt.engine) as database:
        if asked.person_id != session.person_id or not code_matches(rt.ring, asked.id, 0, typed=typed):
            raise WrongCode("the code of this mail is another one")
        if not sessions.use_sign_in(database, asked.id, now=real_now):
            raise SignInOver("this code was used, or is over", email=asked.email, used_at=asked.used_at)
        sessions.proved(database, session.id, now=real_now)


def _who(person_id: UUID) -> str:
    return f"proof {person_id}"

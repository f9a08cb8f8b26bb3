"""Signing in by mail: a link and a six-digit code are sent, and either opens a session, once.

Only the mailbox learns whether it has an account: every request gets the same answer after the same work, and the
worker drops a mail for nobody.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlmodel import Session as Database

from ...crypto.tokens import (
    LinkPurpose,
    candidates,
    code_matches,
    hash_of,
    token_for,
    well_formed,
)
from ...domain.audit import SignInMethod
from ...domain.effects import MailKind
from ...domain.errors import NotFound, SignInOver, WrongCode
from ...domain.people import Person, sign_in_key
from ...domain.sessions import LINK_FOR, SignIn
from ...runtime import Runtime
from ...storage import outbox, people, sessions
from ...storage.engine import snapshot, transaction
from . import limits, networks
from .session_start import AGENT_LENGTH, Entering, Halfway, StartedSession, begin, known_browser


def ask(rt: Runtime, email: str, entering: Entering, *, onwards: str) -> SignIn:
    """Mail a link and a code to this address, if somebody has it. Raises TooManyRequests.

    `onwards`: the path requested without a session. Strangers' requests lock nobody out: known browsers are counted
    apart, and half of an address's limit is reserved for networks without earlier requests.
    """
    now, visitor = entering.now, entering.visitor
    with transaction(rt.engine) as database:
        limits.use(rt, database, "sign_in_per_network", visitor.network, now=now)
        person = people.by_email(database, email)
        known = known_browser(database, person, entering) if person else None
        if known is not None:
            limits.use(rt, database, "sign_in_per_address", known.id, now=now)
        else:
            networks.use_for(rt, database, "sign_in_per_address", sign_in_key(email), visitor.network, now=now)
        made = make(rt, database, email, person, onwards=onwards, agent=visitor.agent, now=entering.real_now)
        owe_link(database, made, now=now)
    return made


def owe_link(database: Database, made: SignIn, *, now: datetime) -> None:
    """Owe the mail with this request's link and code."""
    payload = {"kind": str(MailKind.SIGN_IN), "sign_in_id": str(made.id)}
    key, lane = f"account:{MailKind.SIGN_IN}:{made.id}", f"account:{made.id}"
    outbox.add_once(database, key, kind="account", lane=lane, payload=payload, due_at=now, now=now)


def link_by_hand(rt: Runtime, email: str, *, real_now: datetime, lasts: timedelta = LINK_FOR) -> tuple[str, SignIn]:
    """The path of a sign-in link for the operator to hand over, as where no mail leaves. Raises NotFound."""
    with transaction(rt.engine) as database:
        person = people.by_email(database, email)
        if person is None:
            raise NotFound(f"nobody signs in as {email}; `booking-service user list --people` shows everybody")
        made = make(rt, database, email, person, onwards="", agent="", now=real_now, lasts=lasts)
    return f"/{LinkPurpose.SIGN_IN}/{token(rt, made)}", made


def token(rt: Runtime, sign_in: SignIn, *, purpose: LinkPurpose = LinkPurpose.SIGN_IN) -> str:
    """The token in this request's mail: always the same, even after the key ring was rotated."""
    made = candidates(rt.ring, purpose=purpose, subject=sign_in.id, generation=0)
    with snapshot(rt.engine) as database:
        kept = sessions.hash_of_sign_in(database, sign_in.id)
    return next((each for each in made if hash_of(each) == kept), made[0])


def opened(rt: Runtime, token: str, *, real_now: datetime) -> tuple[SignIn, Person]:
    """Whom a link would sign in. Changes nothing. Raises SignInOver, NotFound."""
    with snapshot(rt.engine) as database:
        return _opened(database, token, real_now=real_now)


def asked(rt: Runtime, sign_in_id: UUID) -> SignIn:
    """A request as its page shows it, whether or not the address has an account. Raises NotFound."""
    with snapshot(rt.engine) as database:
        found = sessions.find_sign_in(database, sign_in_id)
    if found is None:
        raise NotFound("no sign-in of this id was asked for lately")
    return found


def enter(rt: Runtime, token: str, entering: Entering) -> tuple[StartedSession | Halfway, SignIn]:
    """Sign in by the mailed link; returns what the browser is to store. Raises SignInOver, NotFound."""
    with transaction(rt.engine) as database:
        sign_in, person = _opened(database, token, real_now=entering.real_now)
        _use_up(database, sign_in, real_now=entering.real_now)
        return begin(database, person, entering, way=SignInMethod.LINK), sign_in


def enter_by_code(
    rt: Runtime, sign_in_id: UUID, typed: str, entering: Entering
) -> tuple[StartedSession | Halfway, SignIn]:
    """Sign in by the mailed six digits, in the browser that requested them.

    Raises WrongCode, SignInOver, NotFound; TooManyRequests: the link still works.
    """
    sign_in = asked(rt, sign_in_id)
    with transaction(rt.engine) as database:  # counted even if the code is wrong
        who, what = sign_in_key(sign_in.email), f"{sign_in.id} {typed}"
        limits.use_once(rt, database, "sign_in_codes_per_address", who, what=what, now=entering.now)
    with transaction(rt.engine) as database:
        if not sign_in.is_open(entering.real_now):
            raise _over(sign_in)
        right = code_matches(rt.ring, sign_in.id, 0, typed=typed)
        if sign_in.person_id is None or not right:
            raise WrongCode("the code of this sign-in is another one")
        person = people.get(database, sign_in.person_id)
        if not _still_theirs(person, sign_in):
            raise _over(sign_in)
        _use_up(database, sign_in, real_now=entering.real_now)
        return begin(database, person, entering, way=SignInMethod.CODE), sign_in


def make(
    rt: Runtime,
    database: Database,
    email: str,
    person: Person | None,
    *,
    onwards: str,
    agent: str,
    now: datetime,
    lasts: timedelta = LINK_FOR,
    purpose: LinkPurpose = LinkPurpose.SIGN_IN,
) -> SignIn:
    """Create a request to sign in, or by `purpose` to change the address to `email`; its mail is not owed yet."""
    made = SignIn(
        id=uuid4(),
        person_id=person.id if person else None,
        email=email,
        asked_at=now,
        ends_at=now + lasts,
        agent=agent[:AGENT_LENGTH],
        onwards=onwards,
    )
    kept = hash_of(token_for(rt.ring, purpose=purpose, subject=made.id, generation=0))
    sessions.put_sign_in(database, made, hash=kept)
    return made


def _opened(database: Database, token: str, *, real_now: datetime) -> tuple[SignIn, Person]:
    found = sessions.sign_in_of(database, hash_of(token)) if well_formed(token) else None
    if found is None or found.person_id is None:
        raise NotFound("no sign-in answers to this link")
    if not found.is_open(real_now):
        raise _over(found)
    person = people.get(database, found.person_id)
    if not _still_theirs(person, found):
        raise NotFound("this link was mailed to another address than its person's")
    return found, person


def _still_theirs(person: Person, sign_in: SignIn) -> bool:
    """Whether it was mailed to the person's present sign-in address; a future one signs nobody in."""
    return sign_in_key(person.email) == sign_in_key(sign_in.email)


def _use_up(database: Database, sign_in: SignIn, *, real_now: datetime) -> None:
    if not sessions.use_sign_in(database, sign_in.id, now=real_now):
        raise _over(sessions.find_sign_in(database, sign_in.id) or sign_in)


def _over(sign_in: SignIn) -> SignInOver:
    return SignInOver("this sign-in was used, or is over", email=sign_in.email, used_at=sign_in.used_at)

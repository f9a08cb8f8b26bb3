"""Signing in: a link and a six-digit code are mailed, and either of them opens a session, once.

Whether somebody has an account is told to nobody but its mailbox: whoever asks for a link gets the same answer after the
same work, and the mail that nobody is owed is dropped by the worker.
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
from ...domain.audit import Way
from ...domain.effects import MailKind
from ...domain.errors import NotFound, SignInOver, WrongCode
from ...domain.people import Person, sign_in_key
from ...domain.sessions import LINK_FOR, SignIn
from ...runtime import Runtime
from ...storage import outbox, people, sessions
from ...storage.engine import snapshot, transaction
from . import limits, networks
from .session_start import AGENT_LENGTH, Entering, Halfway, Opened, begin, known_browser


def ask(rt: Runtime, email: str, entering: Entering, *, onwards: str) -> SignIn:
    """Have a link and a code mailed to this address, if somebody signs in with it. Raises TooManyRequests.

    `onwards`: the path that was asked for without being signed in. What strangers ask for keeps nobody out: browsers in which
    its owner signed in before are counted apart, and half of what an address has is kept for networks that did not ask yet.
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
    """Have the link and the code of this request mailed."""
    payload = {"kind": str(MailKind.SIGN_IN), "sign_in_id": str(made.id)}
    key, lane = f"account:{MailKind.SIGN_IN}:{made.id}", f"account:{made.id}"
    outbox.add_once(database, key, kind="account", lane=lane, payload=payload, due_at=now, now=now)


def link_by_hand(rt: Runtime, email: str, *, real_now: datetime, lasts: timedelta = LINK_FOR) -> tuple[str, SignIn]:
    """The path of a sign-in link for whoever runs the service to hand over, as where no mail leaves. Raises NotFound."""
    with transaction(rt.engine) as database:
        person = people.by_email(database, email)
        if person is None:
            raise NotFound(f"nobody signs in as {email}; `booking-service user list --people` has everybody")
        made = make(rt, database, email, person, onwards="", agent="", now=real_now, lasts=lasts)
    return f"/{LinkPurpose.SIGN_IN}/{token(rt, made)}", made


def token(rt: Runtime, sign_in: SignIn, *, purpose: LinkPurpose = LinkPurpose.SIGN_IN) -> str:
    """The token that this request's mail carries: the same each time, also after the key ring was rotated."""
    made = candidates(rt.ring, purpose=purpose, subject=sign_in.id, generation=0)
    with snapshot(rt.engine) as database:
        kept = sessions.hash_of_sign_in(database, sign_in.id)
    return next((each for each in made if hash_of(each) == kept), made[0])


def opened(rt: Runtime, token: str, *, real_now: datetime) -> tuple[SignIn, Person]:
    """Whom a link would sign in. Changes nothing. Raises SignInOver, NotFound."""
    with snapshot(rt.engine) as database:
        return _opened(database, token, real_now=real_now)


def asked(rt: Runtime, sign_in_id: UUID) -> SignIn:
    """A request as its page shows it, whether anybody has the address or not. Raises NotFound."""
    with snapshot(rt.engine) as database:
        found = sessions.find_sign_in(database, sign_in_id)
    if found is None:
        raise NotFound("no sign-in of this id was asked for lately")
    return found


def enter(rt: Runtime, token: str, entering: Entering) -> tuple[Opened | Halfway, SignIn]:
    """Sign in by the mailed link. Returns what the browser is to keep. Raises SignInOver, NotFound."""
    with transaction(rt.engine) as database:
        sign_in, person = _opened(database, token, real_now=entering.real_now)
        _use_up(database, sign_in, real_now=entering.real_now)
        return begin(database, person, entering, way=Way.LINK), sign_in


def enter_by_code(rt: Runtime, sign_in_id: UUID, typed: str, entering: Entering) -> tuple[Opened | Halfway, SignIn]:
    """Sign in by the six digits of the mail, in the browser that asked for it.

    Raises WrongCode, TooManyRequests (then the link still works), SignInOver, NotFound.
    """
    sign_in = asked(rt, sign_in_id)
    with transaction(rt.engine) as database:  # counted also where the code turns out wrong
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
        return begin(database, person, entering, way=Way.CODE), sign_in


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
    """A request to be signed in, or by `purpose` to sign in with `email` from now on, of which its mail is not owed yet."""
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
    """Whether it was mailed to the address with which the person signs in now: one that is to be theirs signs in nobody."""
    return sign_in_key(person.email) == sign_in_key(sign_in.email)


def _use_up(database: Database, sign_in: SignIn, *, real_now: datetime) -> None:
    if not sessions.use_sign_in(database, sign_in.id, now=real_now):
        raise _over(sessions.find_sign_in(database, sign_in.id) or sign_in)


def _over(sign_in: SignIn) -> SignInOver:
    return SignInOver("this sign-in was used, or is over", email=sign_in.email, used_at=sign_in.used_at)

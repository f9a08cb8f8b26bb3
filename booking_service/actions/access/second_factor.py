"""The second factor: codes of an app, and recovery codes for who has lost it.

Codes count only after a first factor, so no stranger can use up anybody's tries; each counts once. A person with a
second factor proves who they are by it alone.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session as Database

from ...crypto import keys
from ...crypto import second_factor as codes
from ...crypto.keys import KeyTrouble
from ...crypto.tokens import hash_of, well_formed
from ...domain.audit import Actor, AuditAct, SecondFactorMethod, named
from ...domain.effects import MailKind
from ...domain.errors import SignInOver, WrongSecondFactor
from ...domain.people import Person
from ...domain.sessions import SecondStep
from ...runtime import Runtime
from ...storage import credentials, hosts, people, second_steps, sessions
from ...storage.engine import snapshot, transaction
from . import account_mails, audit, limits
from .session_start import Entering, StartedSession, complete, known_browser

RECOVERY_CODES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """A secret that is not in use yet. `sealed`: to be sent back by the form. `address`: what the app scans."""

    secret: str
    sealed: str
    address: str


@dataclass(frozen=True, slots=True)
class SecondFactorState:
    """Since when a person has a second factor (None: not), and the number of recovery codes left."""

    since: datetime | None
    recovery_codes: int


def state(rt: Runtime, person_id: UUID) -> SecondFactorState:
    with snapshot(rt.engine) as database:
        credential = credentials.get(database, person_id)
        return SecondFactorState(credential.totp_set_at, second_steps.recovery_codes_left(database, person_id))


def begin(rt: Runtime, person: Person, session_id: UUID, *, sealed: str = "") -> Setup:
    """A secret for setting up an app; the one that this session got before, where `sealed` has it."""
    secret = _secret(rt, sealed, context=_setup_context(session_id)) or codes.new_secret()
    with snapshot(rt.engine) as database:
        issuer = hosts.organisation(database).name or "Booking service"
    return Setup(
        secret=secret,
        sealed=keys.seal(rt.ring, secret.encode(), context=_setup_context(session_id)),
        address=codes.address_of(secret, account=person.email, issuer=issuer),
    )


def turn_on(
    rt: Runtime, person: Person, typed: str, *, sealed: str, here: UUID, by: Actor, now: datetime, real_now: datetime
) -> tuple[str, ...]:
    """Require codes of this app from now on. Ends all sessions but `here` and mails the owner.

    `sealed`: from `begin`. `typed`: the first code. Returns the recovery codes, which can't be shown again. Raises
    WrongSecondFactor; SignInOver: there is a second factor already.
    """
    secret = _secret(rt, sealed, context=_setup_context(here))
    step = codes.matching_step(secret, typed, now=real_now) if secret else None
    if secret is None or step is None:
        raise WrongSecondFactor("the app's first code is another one")
    with transaction(rt.engine) as database:
        credential = credentials.held(database, person.id)
        if credential.totp is not None:
            raise SignInOver("this person has a second factor already")
        kept = keys.seal(rt.ring, secret.encode(), context=_context(person.id))
        credentials.save(database, replace(credential, totp=kept, totp_set_at=now))
        credentials.use_step(database, person.id, step)
        sessions.end_others(database, person.id, but=here)
        _changed(database, person, AuditAct.SECOND_FACTOR_ON, by=by, now=now)
        return _new_recovery_codes(database, person.id)


def renew_recovery_codes(rt: Runtime, person: Person, *, by: Actor, now: datetime) -> tuple[str, ...]:
    """Replace the recovery codes; none without a second factor."""
    with transaction(rt.engine) as database:
        if credentials.get(database, person.id).totp is None:
            return ()
        _changed(database, person, AuditAct.RECOVERY_CODES_MADE, by=by, now=now)
        return _new_recovery_codes(database, person.id)


def turn_off(
    rt: Runtime, person: Person, *, by: Actor, now: datetime, act: AuditAct = AuditAct.SECOND_FACTOR_OFF
) -> bool:
    """Require no second factor any more; the owner is mailed. False: there was none."""
    with transaction(rt.engine) as database:
        credential = credentials.held(database, person.id)
        if credential.totp is None:
            return False
        credentials.save(database, replace(credential, totp=None, totp_set_at=None))
        second_steps.put_recovery_codes(database, person.id, ())
        second_steps.end_all(database, person.id)
        _changed(database, person, act, by=by, now=now)
        return True


def waiting(rt: Runtime, token: str, *, real_now: datetime) -> Person:
    """Whose second factor this browser is asked for. Changes nothing. Raises SignInOver."""
    with snapshot(rt.engine) as database:
        return people.get(database, _step(database, token, real_now=real_now).person_id)


def enter(rt: Runtime, token: str, typed: str, entering: Entering) -> StartedSession:
    """Sign in by the second factor, after the first. Raises WrongSecondFactor, TooManyRequests, SignInOver."""
    with transaction(rt.engine) as database:  # counted even if it is wrong
        step = _step(database, token, real_now=entering.real_now)
        person = people.get(database, step.person_id)
        known = known_browser(database, person, entering)
        _count(rt, database, known.id if known else person.id, typed, now=entering.now)
    with transaction(rt.engine) as database:
        by = Actor.of(person, agent=entering.visitor.agent, network=entering.visitor.network)
        second = _used(rt, database, person, typed, by=by, now=entering.now, real_now=entering.real_now)
        if not second_steps.take(database, step.id):
            raise SignInOver("this sign-in went on in the meantime", email=person.email)
        return complete(database, person, replace(entering, keep=step.kept), way=step.way, second=second)


def prove(
    rt: Runtime, person: Person, session_id: UUID, typed: str, *, by: Actor, now: datetime, real_now: datetime
) -> None:
    """Count a session as proved by its person's second factor. Raises WrongSecondFactor, TooManyRequests."""
    with transaction(rt.engine) as database:
        _count(rt, database, session_id, typed, now=now)
    with transaction(rt.engine) as database:
        _used(rt, database, person, typed, by=by, now=now, real_now=real_now)
        sessions.proved(database, session_id, now=real_now)


def seal_anew(rt: Runtime) -> tuple[int, int]:
    """Seal every secret with the newest key. Returns how many, and how many no key here can decrypt."""
    done = lost = 0
    with transaction(rt.engine) as database:
        for person_id in sorted(credentials.with_second_factor(database)):
            credential = credentials.held(database, person_id)
            if credential.totp is None:
                continue  # removed meanwhile
            try:
                again = keys.reseal(rt.ring, credential.totp, context=_context(person_id))
            except KeyTrouble:
                lost += 1
                continue
            if again != credential.totp:
                credentials.save(database, replace(credential, totp=again))
                done += 1
    return done, lost


def _step(database: Database, token: str, *, real_now: datetime) -> SecondStep:
    found = second_steps.find(database, hash_of(token)) if well_formed(token) else None
    if found is None or not found.is_open(real_now):
        raise SignInOver("nobody is half signed in in this browser")
    return found


def _count(rt: Runtime, database: Database, who: UUID, typed: str, *, now: datetime) -> None:
    limits.use_once(rt, database, "second_factors_per_person", who, what=typed, now=now)


def _used(
    rt: Runtime, database: Database, person: Person, typed: str, *, by: Actor, now: datetime, real_now: datetime
) -> SecondFactorMethod:
    """Use up the typed code. Raises WrongSecondFactor: wrong, or used before."""
    sealed = credentials.get(database, person.id).totp
    if sealed is None:
        raise SignInOver("this person has no second factor any more", email=person.email)
    secret = _secret(rt, sealed, context=_context(person.id))
    step = codes.matching_step(secret, typed, now=real_now) if secret else None
    if step is not None and credentials.use_step(database, person.id, step):
        return SecondFactorMethod.APP
    if second_steps.use_recovery_code(database, person.id, codes.hash_of_recovery_code(typed)):
        _changed(database, person, AuditAct.RECOVERY_CODE_USED, by=by, now=now)
        return SecondFactorMethod.RECOVERY
    raise WrongSecondFactor("this is no code of the app and no recovery code, or was used before")


def _secret(rt: Runtime, sealed: str, *, context: str) -> str | None:
    """The secret; None where no key here decrypts it. Then recovery codes count, or an administrator resets it."""
    try:
        return keys.unseal(rt.ring, sealed, context=context).decode()
    except KeyTrouble:
        return None


def _new_recovery_codes(database: Database, person_id: UUID) -> tuple[str, ...]:
    made = tuple(codes.new_recovery_code() for _ in range(RECOVERY_CODES))
    second_steps.put_recovery_codes(database, person_id, map(codes.hash_of_recovery_code, made))
    return made


def _changed(database: Database, person: Person, act: AuditAct, *, by: Actor, now: datetime) -> None:
    """Record the act in the audit log, and mail it to the person."""
    account_mails.owe(database, MailKind.ACCOUNT_CHANGED, person.id, what=act, now=now)
    audit.record(database, act, by=by, about=named(person), now=now)


def _context(person_id: UUID) -> str:
    return f"credential.totp:{person_id}"


def _setup_context(session_id: UUID) -> str:
    return f"totp setup:{session_id}"

"""Sending mails to people about their accounts. They are on no timeline, and soon useless."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog
from sqlmodel import Session

from ...crypto.tokens import LinkPurpose, code_for
from ...domain.audit import AuditAct
from ...domain.effects import MailKind
from ...domain.mail_log import Outcome
from ...domain.mail_texts import ORGANISATION
from ...domain.people import Person
from ...domain.roles import Role
from ...mail.compose import compose_account
from ...mail.errors import MailError
from ...mail.letters.account import AccountFacts
from ...mail.message import OutgoingMail
from ...mail.transport import retry_after
from ...runtime import Runtime
from ...storage import browsers, hosts, mail_log, outbox, people, sessions
from ...storage.engine import snapshot, transaction
from ...storage.outbox import Claimed
from ..access import admin_needs, not_me, sign_in
from .facts import base_url, own_text, sender
from .log import note
from .send import reason

log = structlog.get_logger()


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Send one mail about an account; drop it where nothing is to be told, or to nobody. Raises StorageBusy."""
    now = rt.clock.now()
    facts = _facts(rt, claimed, now=now)
    if facts is None:
        return _drop(rt, claimed, now=now)
    outgoing = compose_account(MailKind(claimed.payload["kind"]), facts=facts)
    try:
        answer = rt.transport.send(outgoing).answer
    except MailError as error:
        return _not_sent(rt, claimed, outgoing, error, now=now)
    with transaction(rt.engine) as session:
        outbox.finish(session, claimed, now=now)
        note(session, claimed, outgoing, Outcome.ACCEPTED, answer, now=now)
    log.info("account_mailed", effect=claimed.key)


def _facts(rt: Runtime, claimed: Claimed, *, now: datetime) -> AccountFacts | None:
    with snapshot(rt.engine) as session:
        facts = _gathered(rt, session, claimed, now=now)
        if facts is None:
            return None
        kind, language = MailKind(claimed.payload["kind"]), facts.person.language
        return replace(facts, own=own_text(session, ORGANISATION, kind, language=language))


def _gathered(rt: Runtime, session: Session, claimed: Claimed, *, now: datetime) -> AccountFacts | None:
    kind = MailKind(claimed.payload["kind"])
    if kind in (MailKind.SIGN_IN, MailKind.INVITED):
        return _of_sign_in(rt, session, UUID(claimed.payload["sign_in_id"]), now=now)
    person = people.find(session, UUID(claimed.payload["person_id"]))
    if person is None:
        return None
    if kind is MailKind.NEW_BROWSER:
        return _of_browser(rt, session, person, UUID(claimed.payload["browser_id"]), now=now)
    if kind is MailKind.CONFIRM_ADDRESS:
        return _of_new_address(rt, session, person, UUID(claimed.payload["sign_in_id"]), now=now)
    if kind is MailKind.ADMIN_NOTICE:
        return _of_needs(rt, session, person, occasion=claimed.key, now=now)
    what = claimed.payload["what"]
    return AccountFacts(
        person=replace(person, email=claimed.payload.get("mail_to", person.email)),
        address=person.email,
        organisation=hosts.organisation(session),
        sender=sender(rt),
        occasion=claimed.key,
        url=_taken_back_at(rt, claimed) if what == AuditAct.ADDRESS_CHANGED else f"{base_url(rt)}/host/profile",
        at=claimed.created_at,
        what=what,
        now=now,
    )


def _taken_back_at(rt: Runtime, claimed: Claimed) -> str:
    """The instant as text; "" for a change from before changes could be reverted."""
    change = claimed.payload.get("change_id")
    return f"{base_url(rt)}{not_me.path(rt, UUID(change))}" if change else ""


def _of_sign_in(rt: Runtime, session: Session, sign_in_id: UUID, *, now: datetime) -> AccountFacts | None:
    asked = sessions.find_sign_in(session, sign_in_id)
    if asked is None or asked.person_id is None or not asked.is_open(rt.clock.real_now()):
        return None
    return AccountFacts(
        person=people.get(session, asked.person_id),
        organisation=hosts.organisation(session),
        sender=sender(rt),
        occasion=str(asked.id),
        url=f"{base_url(rt)}/{LinkPurpose.SIGN_IN}/{sign_in.token(rt, asked)}",
        code=code_for(rt.ring, asked.id, 0),
        at=asked.asked_at,
        ends_at=asked.ends_at,
        agent=asked.agent,
        now=now,
    )


def _of_new_address(
    rt: Runtime, session: Session, person: Person, sign_in_id: UUID, *, now: datetime
) -> AccountFacts | None:
    """None where somebody has the address already, which only its mailbox may learn."""
    asked = sessions.find_sign_in(session, sign_in_id)
    if asked is None or not asked.is_open(rt.clock.real_now()) or people.by_email(session, asked.email) is not None:
        return None
    return AccountFacts(
        person=replace(person, email=asked.email),
        address=person.email,
        organisation=hosts.organisation(session),
        sender=sender(rt),
        occasion=str(asked.id),
        url=f"{base_url(rt)}/{LinkPurpose.NEW_ADDRESS}/{sign_in.token(rt, asked, purpose=LinkPurpose.NEW_ADDRESS)}",
        at=asked.asked_at,
        ends_at=asked.ends_at,
        agent=asked.agent,
        now=now,
    )


def _of_needs(rt: Runtime, session: Session, person: Person, *, occasion: str, now: datetime) -> AccountFacts | None:
    """None where somebody has taken care of it meanwhile."""
    found = admin_needs.needs(rt, session, now=now)
    if not found or Role.ADMIN not in person.roles:
        return None
    return AccountFacts(
        person=person,
        organisation=hosts.organisation(session),
        sender=sender(rt),
        occasion=occasion,
        url=f"{base_url(rt)}/host",
        at=now,
        given_up=found.given_up,
        backup_at=found.backup_at,
        floods=found.floods,
        now=now,
    )


def _of_browser(
    rt: Runtime, session: Session, person: Person, browser_id: UUID, *, now: datetime
) -> AccountFacts | None:
    browser = browsers.get(session, browser_id)
    if browser is None:
        return None
    return AccountFacts(
        person=person,
        organisation=hosts.organisation(session),
        sender=sender(rt),
        occasion=str(browser.id),
        url=f"{base_url(rt)}{not_me.path(rt, browser.id)}",
        at=browser.created_at,
        agent=browser.agent,
        network=browser.network,
        now=now,
    )


def _drop(rt: Runtime, claimed: Claimed, *, now: datetime) -> None:
    with transaction(rt.engine) as session:
        outbox.finish(session, claimed, now=now)
        mail_log.drop(session, claimed)
    log.info("account_mail_dropped", effect=claimed.key)


def _not_sent(rt: Runtime, claimed: Claimed, outgoing: OutgoingMail, error: MailError, *, now: datetime) -> None:
    """Schedule the next try if that can help; whoever waits for the mail asks again long before it is given up."""
    log.warning("mail_not_sent", kind=claimed.payload["kind"], error=type(error).__name__, attempts=claimed.attempts)
    wait, answer = retry_after(claimed.attempts) if error.retry else None, reason(error)
    with transaction(rt.engine) as session:
        if wait is None:
            outbox.bury(session, claimed, now=now, error=answer)
        else:
            outbox.postpone(session, claimed, until=now + wait, error=answer)
        outcome = Outcome.FAILED if wait is None else Outcome.LATER
        note(session, claimed, outgoing, outcome, answer, now=now)

"""Sending one owed mail to a contact: gather → drop if no longer true → compose → send → record.

What a question's mail said, and the server's reply, become evidence with the question.
"""

from datetime import datetime
from uuid import UUID

import structlog
from sqlmodel import Session

from ...crypto.tokens import hash_of
from ...domain.consent import SYSTEM, Act, Detail, How
from ...domain.consent_moves import Draft
from ...domain.effects import MailKind
from ...domain.gate import NEWS, Refusal
from ...domain.mail_log import Outcome
from ...domain.messages import MessageOutcome
from ...domain.purposes import EVERY
from ...mail.compose import ContactFacts, compose_to_contact
from ...mail.errors import MailError
from ...mail.message import OutgoingMail
from ...mail.transport import retry_after
from ...runtime import Runtime
from ...storage import contacts, ledger, mail_log, outbox
from ...storage.engine import transaction
from ...storage.outbox import Claimed
from ..access import limits
from ..consent import append, gate, mails, messages, reminders
from ..consent.contacts import Circle, locked
from ..consent.mails import OwedMail
from .contact_facts import gather
from .log import note, without_addresses
from .send import reason

KIND = mails.KIND
_LISTED = {MailKind.MESSAGE, *NEWS}
_LONGEST = 300  # characters of a server's reply
_NOTICES = "notices_per_mailbox"
_LIMITS = ("consent_mails_per_mailbox", "mails_per_mailbox")  # for questions, and for all mails to a mailbox

log = structlog.get_logger()


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Send one owed mail to a contact, drop it, or schedule the next try. Raises StorageBusy."""
    now, owed = rt.clock.now(), mails.read(claimed)
    with transaction(rt.engine) as session:
        refused = _refused(rt, session, owed, now=now) or _told_enough(rt, session, owed, now=now)
        facts = refused or gather(rt, session, owed, now=now)
        wait = _room_from(rt, session, owed, facts, now=now)
    if isinstance(facts, str):
        return _drop(rt, claimed, owed, why=facts, now=now)
    if wait is not None:
        with transaction(rt.engine) as session:
            return outbox.defer(session, claimed, until=wait, error="this mailbox got its share of such mails")
    outgoing = compose_to_contact(owed.kind, facts=facts)
    try:
        answer = rt.transport.send(outgoing).answer
    except MailError as error:
        return _not_sent(rt, claimed, owed, outgoing, error, now=now)
    with transaction(rt.engine) as session:
        asks = owed.kind is MailKind.CONFIRM_CONSENT
        circle = locked(rt, session, owed.contact_id) if asks else None  # before its mail, as by who erases it
        outbox.finish(session, claimed, now=now)
        note(session, claimed, outgoing, Outcome.ACCEPTED, answer, contact_id=owed.contact_id, now=now)
        if owed.kind in _LISTED:
            messages.settle(session, owed, MessageOutcome.SENT, now=now)
        if owed.kind is MailKind.CONSENT_ENDED:
            limits.note(rt, session, _NOTICES, _mailbox(session, owed.contact_id), now=now)
        if circle is not None:
            _put_on_record(rt, session, circle, owed, outgoing, facts, answer, now=now)


def _told_enough(rt: Runtime, session: Session, owed: OwedMail, *, now: datetime) -> str:
    """Why the mailbox gets no more mails about noes today; "" where it does, and always for the end of all use.

    They are dropped, not postponed: whoever has a forwarded link could otherwise delay all mails to its owner.
    """
    if owed.kind is not MailKind.CONSENT_ENDED:
        return ""
    told = ledger.find(session, owed.entries[0]) if owed.entries else None
    if told is None or told.entry.purpose == EVERY:
        return ""
    wait = limits.free_from(rt, session, _NOTICES, _mailbox(session, owed.contact_id), now=now)
    return "this mailbox got its share of such mails" if wait else ""


def _room_from(
    rt: Runtime, session: Session, owed: OwedMail, facts: ContactFacts | str, *, now: datetime
) -> datetime | None:
    """From when the mailbox may get another question; None: now, or it is no question."""
    if owed.kind is not MailKind.CONFIRM_CONSENT or isinstance(facts, str):
        return None
    mailbox = _mailbox(session, owed.contact_id)
    limited = [limits.free_from(rt, session, rule, mailbox, now=now) for rule in _LIMITS]
    return max((instant for instant in limited if instant), default=None)


def _refused(rt: Runtime, session: Session, owed: OwedMail, *, now: datetime) -> str:
    """The gate's reason against it; "" for none."""
    if contacts.get(session, owed.contact_id) is None:
        return ""
    if owed.kind in _LISTED:
        return messages.refused(rt, session, owed, now=now)
    decided = gate.ask(rt, session, owed.contact_id, owed.kind, now=now)
    return decided.word if isinstance(decided, Refusal) else ""


def _put_on_record(
    rt: Runtime,
    session: Session,
    circle: Circle,
    owed: OwedMail,
    outgoing: OutgoingMail,
    facts: ContactFacts,
    answer: str,
    *,
    now: datetime,
) -> None:
    """Record the mail as it went, its token as a hash, the server's reply, and when the next mail is due.

    Nothing of a contact that was erased while the mail server had the mail. The circle is locked.
    """
    contact = circle.contact
    if contact.erased_at is not None:
        return
    for rule in _LIMITS:
        limits.note(rt, session, rule, contact.mailbox, now=now)
    token = facts.links["answer"].rpartition("/")[2]
    sent = {"message_id": outgoing.message_id, "answer": answer, "text": outgoing.text.replace(token, hash_of(token))}
    for asked in [each for each in circle.own if each.id in owed.entries]:
        draft = Draft(purpose=asked.purpose, act=Act.MAILED, by=SYSTEM, how=How.TIMER, refers=asked.id)
        circle = append.append(session, circle, draft, detail=Detail(address=facts.address, mail=sent), now=now)
    reminders.mailed(session, owed.entries, now=now)


def _mailbox(session: Session, contact_id: UUID) -> str:
    contact = contacts.get(session, contact_id)
    return contact.mailbox if contact else ""


def _drop(rt: Runtime, claimed: Claimed, owed: OwedMail, *, why: str, now: datetime) -> None:
    with transaction(rt.engine) as session:
        outbox.finish(session, claimed, now=now)
        mail_log.drop(session, claimed)
        if owed.kind in _LISTED:
            messages.settle(session, owed, MessageOutcome.REFUSED, why=why, now=now)
    log.info("contact_mail_dropped", effect=claimed.key, why=why)


def _not_sent(
    rt: Runtime, claimed: Claimed, owed: OwedMail, outgoing: OutgoingMail, error: MailError, *, now: datetime
) -> None:
    """Schedule the next try for up to two days, if that can help."""
    answer = reason(error)
    log.warning("mail_not_sent", effect=claimed.key, error=type(error).__name__, attempts=claimed.attempts)
    wait = retry_after(claimed.attempts) if error.retry else None
    with transaction(rt.engine) as session:
        if wait is not None:
            outbox.postpone(session, claimed, until=now + wait, error=answer)
        else:
            outbox.bury(session, claimed, now=now, error=answer)
            if owed.kind in _LISTED:
                messages.settle(session, owed, MessageOutcome.FAILED, why=without_addresses(answer)[:_LONGEST], now=now)
        outcome = Outcome.FAILED if wait is None else Outcome.LATER
        note(session, claimed, outgoing, outcome, answer, contact_id=owed.contact_id, now=now)

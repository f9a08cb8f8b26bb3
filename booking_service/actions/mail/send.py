"""Sending one owed mail about a booking: gather → drop if no longer true → compose → send → record.

After a crash between the server's reply and the record it is sent again, with the same Message-ID.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlmodel import Session

from ...domain import transitions as rules
from ...domain.booking import Booking, BookingState, Cause, Party
from ...domain.effects import Mail, MailKind, MailRole, Occasion
from ...domain.mail_kinds import ROWS, Subject
from ...domain.mail_log import Outcome
from ...domain.timeline import Happened
from ...mail.compose import MailFacts, compose, compose_host_notice
from ...mail.errors import MailError, RecipientRefused, TransportDown, UnsafeMessage
from ...mail.facts import recipient
from ...mail.message import OutgoingMail
from ...mail.superseded import superseded
from ...mail.transport import retry_after
from ...runtime import Runtime
from ...storage import bookings, mail_log, outbox, timeline
from ...storage.engine import snapshot, transaction
from ...storage.outbox import Claimed
from ..access import mail_limits
from .facts import gather, host_notice_facts, mark, wants_no_mail, with_nearby
from .log import note, without_addresses

UNSETTLED_AGAIN = timedelta(seconds=10)  # a newer decision is being written to the calendar, with a mail of its own

log = structlog.get_logger()


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Send one owed mail, drop it, or schedule the next try. Raises StorageBusy."""
    now = rt.clock.now()
    if ROWS[MailKind(claimed.payload["kind"])].subject is Subject.CALENDAR:
        _perform_host_notice(rt, claimed, now=now)
    else:
        _perform_mail(rt, claimed, bookings.to_mail(claimed.payload), now=now)


def _perform_mail(rt: Runtime, claimed: Claimed, mail: Mail, *, now: datetime) -> None:
    with snapshot(rt.engine) as session:
        booking = bookings.get(session, UUID(claimed.payload["booking_id"]))
        facts = gather(rt, session, claimed, mail, booking, now=now)
        blocked = mail.to is not MailRole.HOST and wants_no_mail(rt, session, _address(mail, facts))
    if _unsettled(mail, booking):
        return _not_yet(rt, claimed, until=now + UNSETTLED_AGAIN, why="a newer decision is being written")
    if blocked:
        return _drop(rt, claimed, mail, facts, why="blocked")
    if mail.kind is MailKind.HOLD_ENDED:
        facts = with_nearby(rt, facts)
    outgoing = compose(mail, facts=facts)
    if outgoing is None:
        return _drop(rt, claimed, mail, facts, why=superseded(mail, facts) or "")
    if again_at := _not_its_turn(rt, claimed, mail, facts):
        return _not_yet(rt, claimed, until=again_at, why="it is not its turn")
    if mail.kind is MailKind.CONFIRM_BOOKING and facts.thread is None:
        facts, outgoing = _with_time_to_answer(rt, mail, facts, outgoing)
    _send(rt, claimed, mail, facts, outgoing)


def _with_time_to_answer(
    rt: Runtime, mail: Mail, facts: MailFacts, outgoing: OutgoingMail
) -> tuple[MailFacts, OutgoingMail]:
    """The first mail that asks, with the deadline that applies if it leaves now."""
    if rules.ask_late(facts.booking, meeting=facts.meeting, now=facts.now).happened is None:
        return facts, outgoing
    with transaction(rt.engine) as session:
        booking = bookings.lock(session, facts.booking.id)
        decision = rules.ask_late(booking, meeting=facts.meeting, now=facts.now)
        facts = replace(facts, booking=bookings.record(session, decision, now=facts.now))
    return facts, compose(mail, facts=facts) or outgoing


def _send(rt: Runtime, claimed: Claimed, mail: Mail, facts: MailFacts, outgoing: OutgoingMail) -> None:
    try:
        delivered = rt.transport.send(outgoing)
    except MailError as error:
        return _not_sent(rt, claimed, mail, facts, outgoing, error)
    detail = {
        **_detail(rt, mail, facts),
        "message_id": outgoing.message_id,
        "answer": without_addresses(delivered.answer),
        "starts_at": facts.booking.time.start.isoformat(),
        "ends_at": facts.booking.time.end.isoformat(),
    }
    with transaction(rt.engine) as session:
        outbox.finish(session, claimed, now=facts.now)
        _note(session, claimed, mail, facts, outgoing, Outcome.ACCEPTED, delivered.answer)
        timeline.add(session, facts.booking.id, Happened.MAILED, by="mail", at=facts.now, detail=detail)
    log.info("mail_sent", booking=str(facts.booking.id), kind=mail.kind, to=mail.to)


def _not_sent(
    rt: Runtime, claimed: Claimed, mail: Mail, facts: MailFacts, outgoing: OutgoingMail, error: MailError
) -> None:
    """Schedule the next try for up to two days if that can help; otherwise give up at once.

    What only an unproven invitee could correct goes to the timeline, not to the operator.
    """
    answer = reason(error)
    failed = {"error": type(error).__name__, "attempts": claimed.attempts}
    log.warning("mail_not_sent", booking=str(facts.booking.id), kind=mail.kind, to=mail.to, **failed)
    wait = retry_after(claimed.attempts) if error.retry else None
    if wait is not None:
        with transaction(rt.engine) as session:
            outbox.postpone(session, claimed, until=facts.now + wait, error=answer)
            return _note(session, claimed, mail, facts, outgoing, Outcome.LATER, answer)
    unreachable = mail.to is not MailRole.HOST and isinstance(error, RecipientRefused | UnsafeMessage)
    nobody_can_confirm = unreachable and mail.kind is MailKind.CONFIRM_BOOKING and facts.thread is None
    with transaction(rt.engine) as session:
        held = bookings.lock(session, facts.booking.id) if nobody_can_confirm else None  # before the effect
        if unreachable:
            outbox.finish(session, claimed, now=facts.now)
        else:
            outbox.bury(session, claimed, now=facts.now, error=answer)
        _note(session, claimed, mail, facts, outgoing, Outcome.FAILED, answer)
        detail = {**_detail(rt, mail, facts), "error": type(error).__name__, "answer": answer}
        timeline.add(session, facts.booking.id, Happened.MAIL_DEAD, by="mail", at=facts.now, detail=detail)
        if held is not None:
            _release(session, mail, held, now=facts.now)


def _note(
    session: Session,
    claimed: Claimed,
    mail: Mail,
    facts: MailFacts,
    outgoing: OutgoingMail,
    outcome: Outcome,
    answer: str,
) -> None:
    """Record in the mail log; mails to the host name nobody who is erased with the booking."""
    booking_id = None if mail.to is MailRole.HOST else facts.booking.id
    note(session, claimed, outgoing, outcome, answer, booking_id=booking_id, now=facts.now)


def _release(session: Session, mail: Mail, booking: Booking, *, now: datetime) -> None:
    """Nothing can be mailed to the address, so nobody can confirm: release the time; the waiting page says why."""
    if booking.state is BookingState.HELD and Occasion.read(mail.occasion).same("g", booking.generation):
        decision = rules.cancel(booking, by=Party.SYSTEM, cause=Cause.UNDELIVERABLE, now=now)
        bookings.record(session, decision, now=now)


def _not_its_turn(rt: Runtime, claimed: Claimed, mail: Mail, facts: MailFacts) -> datetime | None:
    """From when the mail may leave, where a limit is reached; retries were counted at the first try."""
    if claimed.attempts > 1 or not mail_limits.is_limited(mail, facts.booking):
        return None
    address = _address(mail, facts)
    with transaction(rt.engine) as session:
        return mail_limits.wait(rt, session, facts.booking, mail, address, key=claimed.key, now=facts.now)


def _not_yet(rt: Runtime, claimed: Claimed, *, until: datetime, why: str) -> None:
    """Postpone without counting a try: somebody who was never mailed gets no METHOD:CANCEL."""
    with transaction(rt.engine) as session:
        outbox.defer(session, claimed, until=until, error=why)


def _drop(rt: Runtime, claimed: Claimed, mail: Mail, facts: MailFacts, *, why: str) -> None:
    """Drop the mail. `tries` 0: it never left, not even in a try without a reply."""
    detail = {**_detail(rt, mail, facts), "why": why, "tries": str(claimed.attempts - 1)}
    with transaction(rt.engine) as session:
        outbox.finish(session, claimed, now=facts.now)
        mail_log.drop(session, claimed)
        timeline.add(session, facts.booking.id, Happened.MAIL_DROPPED, by="mail", at=facts.now, detail=detail)


def _unsettled(mail: Mail, booking: Booking) -> bool:
    """Whether a newer mail to this recipient waits for the calendar to be written."""
    return any(owed.queue == mail.queue for owed in booking.owed)


def _detail(rt: Runtime, mail: Mail, facts: MailFacts) -> dict[str, str]:
    return {"kind": str(mail.kind), "to": str(mail.to), "who": mark(rt, facts.booking, _address(mail, facts))}


def _address(mail: Mail, facts: MailFacts) -> str:
    return recipient(mail, booking=facts.booking, host=facts.host)


def reason(error: MailError) -> str:
    """Why a mail was not sent, in words for outbox and timeline."""
    answer = without_addresses(str(error))
    return f"{outbox.NO_MAIL_LEAVES}{answer}" if isinstance(error, TransportDown) else answer


def _perform_host_notice(rt: Runtime, claimed: Claimed, *, now: datetime) -> None:
    """Send a notice about calendars, unless they work again; one about a single booking goes on its timeline."""
    with snapshot(rt.engine) as session:
        facts = host_notice_facts(rt, session, claimed.payload, now=now)
    outgoing = compose_host_notice(MailKind(claimed.payload["kind"]), facts=facts)
    if outgoing is None:
        with transaction(rt.engine) as session:
            outbox.finish(session, claimed, now=now)
            return mail_log.drop(session, claimed)
    try:
        answer = without_addresses(rt.transport.send(outgoing).answer)
    except MailError as error:
        return _host_notice_not_sent(rt, claimed, outgoing, error, now=now)
    with transaction(rt.engine) as session:
        outbox.finish(session, claimed, now=now)
        note(session, claimed, outgoing, Outcome.ACCEPTED, answer, now=now)
        if facts.booking is not None:
            detail = {"kind": claimed.payload["kind"], "message_id": outgoing.message_id, "answer": answer}
            timeline.add(session, facts.booking.id, Happened.HOST_ASKED, by="mail", at=now, detail=detail)
    log.info("alarm_mailed", effect=claimed.key, answer=answer)


def _host_notice_not_sent(
    rt: Runtime, claimed: Claimed, outgoing: OutgoingMail, error: MailError, *, now: datetime
) -> None:
    answer = reason(error)
    wait = retry_after(claimed.attempts) if error.retry else None
    with transaction(rt.engine) as session:
        if wait is not None:
            outbox.postpone(session, claimed, until=now + wait, error=answer)
        else:
            outbox.bury(session, claimed, now=now, error=answer)
        outcome = Outcome.FAILED if wait is None else Outcome.LATER
        note(session, claimed, outgoing, outcome, answer, now=now)

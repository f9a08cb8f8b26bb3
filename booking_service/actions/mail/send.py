"""Sending what is owed: gather → drop what is no longer true → compose → send → put on record, one mail at a time.

A crash after the server took a mail and before that is on disk sends it again, with the same Message-ID.
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

UNSETTLED_AGAIN = timedelta(seconds=10)  # a newer decision is being written to the calendar; its mail comes next

log = structlog.get_logger()


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Send one mail that the outbox owes, or drop it, or say when to try again. Raises StorageBusy only."""
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
    """The first mail that asks, with the deadline that its invitee has if it leaves now."""
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
    """Try again where that can help, for two days at most; give up at once where it can't. What only its stranger could
    mend stands on the timeline, and not among what waits for the operator."""
    answer = reason(error)
    failed = {"error": type(error).__name__, "attempts": claimed.attempts}
    log.warning("mail_not_sent", booking=str(facts.booking.id), kind=mail.kind, to=mail.to, **failed)
    wait = retry_after(claimed.attempts) if error.retry else None
    if wait is not None:
        with transaction(rt.engine) as session:
            outbox.postpone(session, claimed, until=facts.now + wait, error=answer)
            return _note(session, claimed, mail, facts, outgoing, Outcome.LATER, answer)
    unreachable = mail.to is not MailRole.HOST and isinstance(error, RecipientRefused | UnsafeMessage)
    with transaction(rt.engine) as session:
        if unreachable:
            outbox.finish(session, claimed, now=facts.now)
        else:
            outbox.bury(session, claimed, now=facts.now, error=answer)
        _note(session, claimed, mail, facts, outgoing, Outcome.FAILED, answer)
        detail = {**_detail(rt, mail, facts), "error": type(error).__name__, "answer": answer}
        timeline.add(session, facts.booking.id, Happened.MAIL_DEAD, by="mail", at=facts.now, detail=detail)
        if unreachable and mail.kind is MailKind.CONFIRM_BOOKING and facts.thread is None:
            _give_up(session, mail, facts)


def _note(
    session: Session,
    claimed: Claimed,
    mail: Mail,
    facts: MailFacts,
    outgoing: OutgoingMail,
    outcome: Outcome,
    answer: str,
) -> None:
    """In the mail log. What went to the host names nobody who is erased with the booking."""
    booking_id = None if mail.to is MailRole.HOST else facts.booking.id
    note(session, claimed, outgoing, outcome, answer, booking_id=booking_id, now=facts.now)


def _give_up(session: Session, mail: Mail, facts: MailFacts) -> None:
    """Nothing can be sent to the address: nobody can confirm, so the time is free again and the waiting page says why."""
    booking = bookings.lock(session, facts.booking.id)
    if booking.state is BookingState.HELD and Occasion.read(mail.occasion).same("g", booking.generation):
        decision = rules.cancel(booking, by=Party.SYSTEM, cause=Cause.UNDELIVERABLE, now=facts.now)
        bookings.record(session, decision, now=facts.now)


def _not_its_turn(rt: Runtime, claimed: Claimed, mail: Mail, facts: MailFacts) -> datetime | None:
    """From when the mail may leave, where its recipient gets or all get too many; a retry was counted before."""
    if claimed.attempts > 1 or not mail_limits.is_limited(mail, facts.booking):
        return None
    address = _address(mail, facts)
    with transaction(rt.engine) as session:
        return mail_limits.wait(rt, session, facts.booking, mail, address, key=claimed.key, now=facts.now)


def _not_yet(rt: Runtime, claimed: Claimed, *, until: datetime, why: str) -> None:
    """Not a try: whoever was never written to gets no METHOD:CANCEL."""
    with transaction(rt.engine) as session:
        outbox.defer(session, claimed, until=until, error=why)


def _drop(rt: Runtime, claimed: Claimed, mail: Mail, facts: MailFacts, *, why: str) -> None:
    """`tries` 0: it never left, not even in a try whose answer was lost."""
    detail = {**_detail(rt, mail, facts), "why": why, "tries": str(claimed.attempts - 1)}
    with transaction(rt.engine) as session:
        outbox.finish(session, claimed, now=facts.now)
        mail_log.drop(session, claimed)
        timeline.add(session, facts.booking.id, Happened.MAIL_DROPPED, by="mail", at=facts.now, detail=detail)


def _unsettled(mail: Mail, booking: Booking) -> bool:
    """Whether the booking owes this recipient a newer mail that waits for its calendar to be written."""
    return any(owed.queue == mail.queue for owed in booking.owed)


def _detail(rt: Runtime, mail: Mail, facts: MailFacts) -> dict[str, str]:
    return {"kind": str(mail.kind), "to": str(mail.to), "who": mark(rt, facts.booking, _address(mail, facts))}


def _address(mail: Mail, facts: MailFacts) -> str:
    return recipient(mail, booking=facts.booking, host=facts.host)


def reason(error: MailError) -> str:
    """Why a mail was not sent, for the outbox and the timeline."""
    answer = without_addresses(str(error))
    return f"{outbox.NO_MAIL_LEAVES}{answer}" if isinstance(error, TransportDown) else answer


def _perform_host_notice(rt: Runtime, claimed: Claimed, *, now: datetime) -> None:
    """Tell a host about their calendar, unless that has healed meanwhile. What it asks about one booking stands on that
    booking's timeline; the rest belongs to none."""
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

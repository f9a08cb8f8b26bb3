"""Whether so much is requested that administrators are told; checked by the worker, noted for pages."""

from dataclasses import asdict
from datetime import datetime, timedelta

from sqlmodel import Session

from ...domain.booking import BookingState
from ...domain.flood import Flood, RequestCounts
from ...domain.freshness import CLOCKS_DIFFER
from ...domain.hold_budget import ALARM_QUIET
from ...domain.sentences import Sentence
from ...runtime import Runtime
from ...storage import gauges, operations
from ...storage.engine import snapshot
from ...storage.operations import Noted
from . import mail_limits

_NOW = timedelta(minutes=2)  # a flood that a worker noticed this recently is still going on


def show(rt: Runtime) -> tuple[Sentence, ...]:
    with snapshot(rt.engine) as session:
        return signs(operations.noted(session, operations.FLOOD), now=rt.clock.now())


def signs(noted: Noted | None, *, now: datetime) -> tuple[Sentence, ...]:
    """The signs found by the latest check; none if that was too long ago."""
    if noted is None or not -CLOCKS_DIFFER <= now - noted.at < _NOW:
        return ()
    asked = RequestCounts(**noted.detail["asked"])
    return tuple(_sentence(flood, asked) for flood in asked.floods)


def look(rt: Runtime, session: Session, *, now: datetime) -> str:
    """The id of a flood that begins now, the same for all workers that notice it; "" where none begins or it was
    told."""
    found = _asked(rt, session, now=now)
    floods = found.floods
    if not floods:
        return ""
    noted = operations.noted(session, operations.FLOOD)
    seen: dict[str, str] = noted.detail["seen"] if noted else {}
    rising = [f"{flood}:{seen.get(flood, '')}" for flood in floods if _ago(seen.get(flood), now) >= ALARM_QUIET]
    detail = {"asked": asdict(found), "seen": seen | dict.fromkeys(floods, now.isoformat())}
    operations.note(session, operations.FLOOD, at=now, detail=detail)
    return ":".join(rising)


def _sentence(flood: Flood, asked: RequestCounts) -> Sentence:
    match flood:
        case Flood.MAILS:
            return Sentence(
                "Of at most {most} emails asking strangers to confirm, {mails} have been sent or are waiting.",
                most=asked.most,
                mails=asked.mails,
            )
        case Flood.UNCONFIRMED:
            return Sentence(
                "Within 24 hours {unconfirmed} requests were not confirmed in time, and only {confirmed} were booked.",
                unconfirmed=asked.unconfirmed,
                confirmed=asked.confirmed,
            )


def _asked(rt: Runtime, session: Session, *, now: datetime) -> RequestCounts:
    decided = gauges.decided(session, now=now)
    unconfirmed, confirmed = decided[BookingState.EXPIRED], decided[BookingState.CONFIRMED]
    used = mail_limits.fullest(rt, session, now=now)
    if used is None:
        return RequestCounts(unconfirmed=unconfirmed, confirmed=confirmed)
    mails, rate = used
    return RequestCounts(mails=mails, most=rate.count, unconfirmed=unconfirmed, confirmed=confirmed)


def _ago(stored: str | None, now: datetime) -> timedelta:
    """How long ago it was last noticed. An instant in the future, by a clock set back since, counts as never."""
    at = datetime.fromisoformat(stored) if stored else None
    return timedelta.max if at is None or at > now + CLOCKS_DIFFER else now - at

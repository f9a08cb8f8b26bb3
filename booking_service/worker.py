"""The worker: claim → perform → settle, and timers. Threads in `serve`, or a process of its own.

A tick decides nothing itself; it calls actions, each of which is independent. So any number of workers may run, and one
that dies loses nothing: leases expire, and performing again does no harm.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog

from .actions.access import sealed_answers
from .actions.calendar import account_connection, erase_event, move_event
from .actions.calendar.publish import publish
from .actions.calendar.pull import pull_due
from .actions.consent import (
    ask_by_form,
    ask_list,
    import_retract,
    imports,
    ledger_check,
    mails,
    messages,
    owed_follow_ups,
    profile,
    purpose_standings,
    question_fields,
    timestamps,
)
from .actions.consent.seal import seal_due
from .actions.mail import account, ledger_heads, rule_mails, send, to_contacts
from .actions.operations.nightly_audit import audit_nightly
from .actions.operations.timers import each_half_minute, each_second, tick
from .actions.privacy import erasure
from .clock import Jumps
from .domain.errors import StorageBusy
from .jobs import Job, Jobs, tried
from .runtime import Runtime
from .storage import operations, outbox
from .storage.engine import snapshot, transaction
from .storage.outbox import Claimed
from .telemetry.tracing import Attributes, SpanKind, begun

IDLE = 0.5  # seconds between two looks at an empty outbox; a process publishes its own decisions at once
POISON_AFTER = 20  # attempts of an effect with unforeseen failures
MAILS = ("account", "mail", "alarm", to_contacts.KIND, ask_by_form.KIND)
FAR = timedelta(minutes=10)  # a clock is not corrected by that much
SETTLES_AFTER = timedelta(minutes=5)
CALENDAR_FIRST = timedelta(
    seconds=5
)  # how long mails about ended holds wait: many end at once, and their events go first
_AGAIN = timedelta(seconds=30)

log = structlog.get_logger()


def perform_one(rt: Runtime, *, kinds: Sequence[str] = ()) -> bool:
    """Perform the effect that has been due longest, of these kinds. False: nothing is due, or another worker was
    faster."""
    with transaction(rt.engine) as session:
        claimed = outbox.claim(session, now=rt.clock.now(), kinds=kinds)
    return _performed(rt, claimed)


def tell_one(rt: Runtime) -> bool:
    """Tell a webhook or mail recipient about a due answer. False: nothing is due, or all receivers are busy or
    resting."""
    with transaction(rt.engine) as session:
        claimed = owed_follow_ups.claim(session, now=rt.clock.now())
    try:
        return _performed(rt, claimed)
    finally:
        if claimed is not None:
            with transaction(rt.engine) as session:
                owed_follow_ups.give_back(session, claimed, now=rt.clock.now())


def _performed(rt: Runtime, claimed: Claimed | None) -> bool:
    if claimed is None:
        return False
    failed = tried(partial(_perform, rt, claimed))
    if isinstance(failed, StorageBusy):
        raise failed
    if failed is not None:
        _put_aside(rt, claimed, failed)
    return True


def drain(rt: Runtime, *, limit: int = 10_000) -> int:
    """Perform everything that is due now, including pulls, until nothing is. Returns how much.

    For the demo's clock, `worker --once` and tests: afterwards nothing is left to do at this instant.
    """
    performed = 0
    tick(rt, now=rt.clock.now())
    while performed < limit:
        if not (perform_one(rt) or pull_due(rt)):
            return performed
        performed += 1
    return performed


class Worker(Jobs):
    """Performs effects, pulls calendars, and runs timers.

    After the clock leapt forward, ending, reminding and erasing wait a little, as it may be set right; mails and
    calendar writes don't.
    """

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._jumps = Jumps(beyond=FAR, settles_after=SETTLES_AFTER)
        threads = rt.settings.worker.concurrency
        jobs: list[Job] = [("holds", self.sweep, 1.0), ("reminders", self.sweep_slowly, 30.0)]
        # One thread each, so that slow servers of one kind don't delay the others.
        jobs += [("mails", partial(perform_one, rt, kinds=MAILS), IDLE)]
        jobs += [("writes", partial(perform_one, rt, kinds=("publish",)), IDLE)]
        jobs += [("connections", partial(perform_one, rt, kinds=(account_connection.KIND,)), IDLE)]
        # Two, so that one slow receiver does not delay the others.
        jobs += [(f"follow-ups-{n}", partial(tell_one, rt), IDLE) for n in range(2)]
        others = tuple(_PERFORMING.keys() - {owed_follow_ups.KIND})
        jobs += [(f"effects-{n}", partial(self.perform, others), IDLE) for n in range(max(1, threads - 2))]
        jobs += [("audit", partial(audit_nightly, rt), 60.0)]
        jobs += [(f"pulls-{n}", self._pulls, IDLE) for n in range(max(1, threads // 2))]
        super().__init__(jobs, turns=rt.page_turns)

    def sweep(self) -> bool:
        """What is due each second. Holds always end; their events are removed beside it, by host."""
        now = self._rt.clock.now()
        if self._restoring():
            return False
        if self._settled():
            each_second(self._rt, begin=self._aside, mails_after=CALENDAR_FIRST, now=now)
        else:
            seal_due(self._rt, within_s=1.0, now=now)
        return False

    def sweep_slowly(self) -> bool:
        """What is due each half minute."""
        if self._settled() and not self._restoring():
            each_half_minute(self._rt, now=self._rt.clock.now())
        return False

    def perform(self, kinds: Sequence[str]) -> bool:
        """Perform an effect of these kinds, which no page waits for."""
        return self._settled() and perform_one(self._rt, kinds=kinds)

    def _aside(self, host_id: UUID, work: Callable[[], None]) -> None:
        """Do work aside; if it fails or finds no thread, its effects are performed later."""
        self._rt.pools.aside(host_id, partial(_logged, work))

    def _settled(self) -> bool:
        return self._jumps.settled(self._rt.clock.real_now())

    def _restoring(self) -> bool:
        """Whether a backup is being put back into this database, by somebody who left this worker running."""
        with snapshot(self._rt.engine) as session:
            return operations.noted(session, operations.RESTORING) is not None

    def _pulls(self) -> bool:
        return pull_due(self._rt)


def _perform(rt: Runtime, claimed: Claimed) -> None:
    if claimed.kind not in _PERFORMING:
        raise LookupError(f"nobody performs {claimed.kind!r}")
    facts: Attributes = {"booking.effect": claimed.key, "booking.attempt": claimed.attempts}
    with (
        structlog.contextvars.bound_contextvars(effect=claimed.key),
        begun(rt.tracer, f"effect {claimed.kind}", SpanKind.CONSUMER, facts, caused_by=claimed.caused_by),
    ):
        _PERFORMING[claimed.kind](rt, claimed)


def _logged(work: Callable[[], None]) -> None:
    failed = tried(work)
    if isinstance(failed, StorageBusy):
        log.warning("database_busy", error=str(failed))
    elif failed is not None:
        log.error("release_failed", exc_info=failed)


def _publish(rt: Runtime, claimed: Claimed) -> None:
    publish(rt, UUID(claimed.payload["reservation_id"]), attempts=claimed.attempts - 1)


_PERFORMING: Mapping[str, Callable[[Runtime, Claimed], None]] = {
    "publish": _publish,
    "mail": send.perform,
    "alarm": send.perform,
    "account": account.perform,
    to_contacts.KIND: to_contacts.perform,
    mails.BULK: to_contacts.perform,
    sealed_answers.KIND: sealed_answers.perform,
    imports.KIND: imports.perform,
    import_retract.KIND: import_retract.perform,
    ask_list.KIND: ask_list.perform,
    messages.KIND: messages.perform,
    account_connection.KIND: account_connection.perform,
    move_event.KIND: move_event.perform,
    erase_event.KIND: erase_event.perform,
    ask_by_form.KIND: ask_by_form.count,
    profile.KIND: profile.seal_open,
    question_fields.KIND: question_fields.perform,
    purpose_standings.KIND: purpose_standings.perform,
    ledger_check.KIND: ledger_check.perform,
    timestamps.KIND: timestamps.perform,
    ledger_heads.KIND: ledger_heads.perform,
    owed_follow_ups.KIND: rule_mails.perform,
    erasure.KIND: erasure.perform,
    erasure.KIND_OF_BOOKING: erasure.erase_booking,
    erasure.KIND_OF_GUEST: erasure.erase_guest,
}


def _put_aside(rt: Runtime, claimed: Claimed, error: Exception) -> None:
    """Postpone an effect after an unforeseen failure, and give up after many."""
    log.error("effect_failed", effect=claimed.key, attempts=claimed.attempts, exc_info=error)
    now, reason = rt.clock.now(), f"{type(error).__name__}: {error}"[:500]
    with transaction(rt.engine) as session:
        if claimed.attempts >= POISON_AFTER and claimed.kind != "publish":
            outbox.bury(session, claimed, now=now, error=reason)
        else:
            outbox.postpone(session, claimed, until=now + _AGAIN * min(claimed.attempts, 20), error=reason)

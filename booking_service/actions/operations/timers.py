"""What is due because time passed: ending holds, reminders, erasure, notices about unreadable calendars."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from ...domain.mail_log import KEPT
from ...domain.privacy import PENDING_KEPT
from ...domain.retention import cutoffs
from ...runtime import Runtime
from ...storage import (
    access,
    access_log,
    audit,
    calendars,
    changes,
    disclosures,
    gate_log,
    hosts,
    mail_log,
    one_time_links,
    outbox,
    pending_changes,
    retention,
    vault,
)
from ...storage.engine import lock_hosts, transaction
from ..access import admin_needs, limits, network_blocks, sessions
from ..access.link_opens import write_down
from ..booking import statistics
from ..booking.expire import expired_by_host
from ..calendar import host_notices, release
from ..consent import ask_list, gate, imports, mails, messages, owed_follow_ups, question_fields, reminders, timestamps
from ..consent.seal import seal_due
from ..mail import ledger_heads
from ..mail.reminders import reminders_due
from ..privacy import erasure_journal, own_field_changes
from ..setup import departures

_RETRIED = ("account", "alarm", "mail", mails.KIND, mails.BULK)  # by kind: retried after an hour at most
_OVER = (
    "account",
    mails.BULK,
    owed_follow_ups.KIND,
    question_fields.KIND,
    ledger_heads.KIND,
)  # done effects that are never owed again, or anew where they come again
_DONE_KEPT = KEPT + timedelta(days=1)  # as the mail log refers to effects by id
_FORGOTTEN_AT_ONCE = 1000


_SEALING_S = 1.0  # behind it the ends of holds wait
Begin = Callable[[UUID, Callable[[], None]], object]  # starts work that asks a host's calendar server


def here(_host_id: UUID, work: Callable[[], None]) -> None:
    """Do the work at once."""
    work()


def each_second(rt: Runtime, *, begin: Begin = here, mails_after: timedelta = timedelta(0), now: datetime) -> None:
    """What must not wait: holds end at their deadline, evidence is sealed.

    `begin`: how events of ended holds are removed. `mails_after`: how long their mails wait for that.
    """
    ended = expired_by_host(rt, publish_after=release.INLINE, mails_after=mails_after, now=now)
    for host_id, booking_ids in ended:
        begin(host_id, partial(release.remove_events, rt, host_id, booking_ids))
    seal_due(rt, within_s=_SEALING_S, now=now)


def each_half_minute(rt: Runtime, *, now: datetime) -> None:
    """What may wait a little and reads many rows."""
    reminders_due(rt, now=now)
    reminders.remind_due(rt, now=now)
    timestamps.owe_due(rt, now=now)
    ledger_heads.owe_due(rt, now=now)
    write_down(rt)
    statistics.write_views(rt)
    statistics.count_bookings(rt, now=now)
    erase_due(rt, now=now)
    departures.forget_accounts(rt, now=now)
    sessions.forget_old(rt, real_now=rt.clock.real_now())
    with transaction(rt.engine) as session:
        longest = max(rt.settings.calendar.pull_every, calendars.PAUSE_AT_MOST)
        calendars.due_after_clock_step(session, now=now, at_most=longest)
        outbox.due_after_clock_step(session, retried=_RETRIED, at_most=calendars.PAUSE_AT_MOST, now=now)
        host_notices.tell_of_failing(session, now=now)
        admin_needs.tell_due(rt, session, now=now)
        access.forget_attempts(session, before=now - limits.longest(rt))
        organisation = hosts.organisation(session)
        one_time_links.forget(
            session, before=now - timedelta(days=organisation.days_kept(rt.settings.privacy.retain_days))
        )
        network_blocks.forget(session, now=now)
        audit.forget(session, before=now - timedelta(days=organisation.audit_days))
        changes.forget(session, before=now - timedelta(days=organisation.audit_days))
        mail_log.forget(session, before=now - KEPT)
        outbox.forget(session, _OVER, before=now - _DONE_KEPT, at_most=_FORGOTTEN_AT_ONCE)
        gate_log.forget(session, before=now - gate.KEPT)
        disclosures.forget(session, now=now)
        access_log.forget(session, before=now - gate.KEPT)
        ask_list.forget(session, now=now)
        messages.forget(session, now=now)
        vault.forget(session, before=now)
    with transaction(rt.engine) as session:  # imports and contacts are locked before anything else
        imports.forget(session, now=now)
    with transaction(rt.engine) as session:
        own_field_changes.forget_over(session, now=now)
        pending_changes.forget(session, before=now - PENDING_KEPT)


def erase_due(rt: Runtime, *, now: datetime) -> int:
    """Erase invitees' details that are no longer needed. Returns of how many bookings."""
    with transaction(rt.engine) as session:
        days = hosts.organisation(session).days_kept(rt.settings.privacy.retain_days)
        due = retention.due(session, cutoffs(now=now, retain_days=days))
        if due:
            lock_hosts(session, retention.hosts_of(session, due))
            due = [each for each in retention.due(session, cutoffs(now=now, retain_days=days)) if each in due]
        erasure_journal.write_down(rt.settings, bookings=due, now=now)
        retention.erase(session, due, now=now)
    return len(due)


def tick(rt: Runtime, *, now: datetime) -> None:
    """Everything once; each part is independent and may be repeated."""
    each_second(rt, now=now)
    each_half_minute(rt, now=now)

"""Which webhooks are told, of answers or of bookings: added with a secret that is shown once, given a new one, tried again,
taken away."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog
from sqlmodel import Session

from ...crypto import keys, webhooks
from ...crypto.ids import new_id
from ...crypto.keys import KeyTrouble
from ...domain.audit import Actor, AuditAct
from ...domain.errors import BookingError, NotFound, UnknownPurpose
from ...domain.follow_ups import ADDRESS_LENGTH, OLD_SECRET_LASTS, Audience, FollowUp
from ...domain.people import Host, is_mail_address
from ...domain.roles import STAFF
from ...domain.webhook_changes import Delivery
from ...outgoing_requests import NotPosted, admit
from ...runtime import Runtime
from ...storage import disclosures, follow_ups, hosts, outbox, people, purposes, webhook_changes
from ...storage.engine import snapshot, transaction
from ..access import audit

MOST = 10  # webhooks that one host sets up, and that the organisation does

log = structlog.get_logger()


class RuleRefused(BookingError):
    """This is no address that can be written to."""


class NotStaff(RuleRefused):
    """Nobody of the staff signs in with this address."""


class WebhookRefused(BookingError):
    """This can't be the address of a webhook."""


class ToldAlready(BookingError):
    """It is told of this purpose: a second time it would be told of everything twice."""


class SecretChanged(BookingError):
    """It has another secret than the one that was to be replaced."""


class TooManyWebhooks(BookingError):
    """There are as many as one may have."""


class WebhookUnreachable(WebhookRefused):
    """No request would be let out to it."""


@dataclass(frozen=True, slots=True)
class OfChanges:
    """A webhook that is told of bookings and calendars. `host`: whose; None for everybody's."""

    rule: FollowUp
    host: Host | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingWebhook:
    """One of which the last try failed. `again_at`: when the next is made, None where nothing waits for one; `waiting` and
    `given_up`: how much it was not told yet, and how much it will not be unless somebody has it tried again."""

    rule: FollowUp
    waiting: int
    given_up: int
    again_at: datetime | None


def add(rt: Runtime, purpose: str, url: str, *, by: Actor, now: datetime) -> tuple[FollowUp, str]:
    """Have a webhook told of answers from now on. Returns it with its secret, which is shown this once.

    Raises UnknownPurpose, WebhookRefused, WebhookUnreachable, ToldAlready.
    """
    address, secret, id = admitted(rt, url, example="https://example.org/consents"), webhooks.new_secret(), new_id(now)
    made = FollowUp(id=id, purpose=purpose, url=address, secret=_sealed(rt, id, secret), made_at=now, by=by.name)
    with transaction(rt.engine) as session:
        _save_first(session, made)
        audit.record(session, AuditAct.WEBHOOK_ADDED, by=by, about=purpose, after=address, now=now)
    return made, secret


def add_of_changes(rt: Runtime, url: str, *, host_id: UUID | None, by: Actor, now: datetime) -> tuple[FollowUp, str]:
    """Have a webhook told of the bookings and calendars of a host from now on, or of everybody's. Returns it with its secret, which is
    shown this once.

    Raises WebhookRefused, WebhookUnreachable, ToldAlready, TooManyWebhooks.
    """
    address, secret, id = admitted(rt, url, example="https://example.org/bookings"), webhooks.new_secret(), new_id(now)
    sealed = _sealed(rt, id, secret)
    made = FollowUp(id=id, purpose="", host_id=host_id, url=address, secret=sealed, made_at=now, by=by.name)
    with transaction(rt.engine) as session:
        hosts.lock_organisation(session)  # of two that add the same at once the second waits
        theirs = [each.url for each in follow_ups.every(session) if not each.purpose and each.host_id == host_id]
        if address in theirs:
            raise ToldAlready("This address is told of these bookings already.")
        if len(theirs) >= MOST:
            raise TooManyWebhooks(f"There are {MOST} already: each change would be told to all of them.")
        follow_ups.save(session, made)
        audit.record(
            session, AuditAct.BOOKING_WEBHOOK_ADDED, by=by, about=_whose(session, made), after=address, now=now
        )
    return made, secret


def admitted(rt: Runtime, url: str, *, example: str) -> str:
    """The address as it is kept. Raises WebhookRefused, WebhookUnreachable."""
    address = url.strip()
    if not address.startswith(("https://", "http://")) or len(address) > ADDRESS_LENGTH or len(address.split()) != 1:
        raise WebhookRefused(f"Write the whole address, like {example}.")
    try:
        admit(rt.settings.webhooks, address)
    except NotPosted as error:
        raise WebhookUnreachable(
            f"Only public addresses over https are told, unless webhooks.allowed_networks names their network: {error}."
        ) from error
    return address


def add_mail(rt: Runtime, purpose: str, audience: Audience, address: str, *, by: Actor, now: datetime) -> FollowUp:
    """Have a partner or somebody of the staff told of answers by mail from now on.

    Raises UnknownPurpose, RuleRefused, NotStaff, ToldAlready.
    """
    given = address.strip()
    if not is_mail_address(given):
        raise RuleRefused("Write one email address, like data@example.org.")
    with transaction(rt.engine) as session:
        person = people.by_email(session, given) if audience is Audience.STAFF else None
        if audience is Audience.STAFF and (person is None or not STAFF.is_met(person.roles, person.permissions)):
            raise NotStaff("Nobody of the staff signs in with this address.")
        made = FollowUp(id=new_id(now), purpose=purpose, audience=audience, address=given, made_at=now, by=by.name)
        _save_first(session, made)
        audit.record(session, AuditAct.RULE_ADDED, by=by, about=purpose, after=given, now=now)
    return made


def listed(rt: Runtime) -> list[FollowUp]:
    """The webhooks that are told of answers."""
    with snapshot(rt.engine) as session:
        return [each for each in follow_ups.every(session) if each.audience is Audience.WEBHOOK and each.purpose]


def of_changes(rt: Runtime, host_id: UUID | None = None) -> list[OfChanges]:
    """The webhooks that are told of bookings and calendars, with whose they are: all of them, or those a host set up."""
    with snapshot(rt.engine) as session:
        known = {each.id: each for each in hosts.every(session)}
        found = follow_ups.every(session) if host_id is None else follow_ups.of_host(session, host_id)
        return [
            OfChanges(each, known.get(each.host_id) if each.host_id else None) for each in found if not each.purpose
        ]


def deliveries(rt: Runtime, id: UUID, *, behind: int | None = None, limit: int) -> list[Delivery]:
    """What a webhook that hears of changes was told within the last month, and is to be; the latest first.

    `behind`: only what was owed before this number.
    """
    with snapshot(rt.engine) as session:
        return webhook_changes.deliveries(session, id, behind=behind, limit=limit)


def send_test(rt: Runtime, id: UUID, *, now: datetime) -> None:
    """Have a webhook told that this is a test; a worker does so at once, also where it rests. Raises NotFound."""
    with transaction(rt.engine) as session:
        if follow_ups.get(session, id, lock=True) is None:
            raise NotFound("there is no such webhook")
        follow_ups.wake(session, id)
        webhook_changes.owe_test(session, id, now=now)


def redeliver(rt: Runtime, id: UUID, number: int, *, now: datetime) -> None:
    """Have one message sent again, under the id that it had. Raises NotFound."""
    with transaction(rt.engine) as session:
        follow_ups.wake(session, id)
        if not webhook_changes.redeliver(session, id, number, now=now):
            raise NotFound("there is no such message")


def listed_mails(rt: Runtime) -> list[FollowUp]:
    """Those who are told by mail."""
    with snapshot(rt.engine) as session:
        return [each for each in follow_ups.every(session) if each.audience is not Audience.WEBHOOK]


def failing(rt: Runtime) -> list[FailingWebhook]:
    """The one that fails longest first."""
    with snapshot(rt.engine) as session:
        return [_failing(session, each) for each in follow_ups.failing(session)]


def retry(rt: Runtime, id: UUID, *, now: datetime) -> int:
    """Have it told at once, by the next worker, what waits for it and what was given up. If the first try fails, it rests again.

    Returns how much that is. Raises NotFound.
    """
    with transaction(rt.engine) as session:
        found = follow_ups.get(session, id, lock=True)
        if found is None or found.audience is not Audience.WEBHOOK:
            raise NotFound("there is no such webhook")
        follow_ups.wake(session, id)
        return outbox.retry_lanes(session, follow_ups.lanes(id), now=now)


def rotate(rt: Runtime, id: UUID, *, mark: str = "", by: Actor, now: datetime) -> str:
    """A new secret in place of the one with this `mark`, or of any; it is shown this once. The old one signs as well for a day.

    Raises NotFound, SecretChanged.
    """
    secret = webhooks.new_secret()
    with transaction(rt.engine) as session:
        found = follow_ups.get(session, id, lock=True)
        if found is None or found.audience is not Audience.WEBHOOK:
            raise NotFound("there is no such webhook")
        if mark and mark != found.secret_mark:
            raise SecretChanged("It was given a new secret meanwhile.")
        changed = replace(
            found, secret=_sealed(rt, id, secret), old_secret=found.secret, old_until=now + OLD_SECRET_LASTS
        )
        follow_ups.save(session, changed)
        act = AuditAct.WEBHOOK_ROTATED if found.purpose else AuditAct.BOOKING_WEBHOOK_ROTATED
        audit.record(session, act, by=by, about=_whose(session, found), after=found.url, now=now)
    return secret


def seal_anew(rt: Runtime) -> tuple[int, int]:
    """Seal every webhook's secrets with the newest key. How many were, and how many no key here can read."""
    done = lost = 0
    with transaction(rt.engine) as session:
        for each in follow_ups.every(session):
            found = follow_ups.get(session, each.id, lock=True)
            if found is None or found.audience is not Audience.WEBHOOK:
                continue  # taken away meanwhile, or told by mail
            try:
                changed = replace(
                    found, secret=_anew(rt, each.id, found.secret), old_secret=_anew(rt, each.id, found.old_secret)
                )
            except KeyTrouble:
                lost += 1
                continue
            if changed != found:
                follow_ups.save(session, changed)
                done += 1
    return done, lost


def remove(rt: Runtime, id: UUID, *, by: Actor, now: datetime) -> None:
    """It is told nothing more, not even what waits. Raises NotFound."""
    with transaction(rt.engine) as session:
        found = follow_ups.get(session, id, lock=True)
        if found is None:
            raise NotFound("there is no such webhook")
        _remove(session, found, by=by, now=now)


def remove_of_host(session: Session, host_id: UUID, *, by: Actor, now: datetime) -> None:
    """Those that a host set up, who leaves."""
    for each in follow_ups.of_host(session, host_id):
        _remove(session, each, by=by, now=now)


def _remove(session: Session, found: FollowUp, *, by: Actor, now: datetime) -> None:
    disclosures.keep(session, found, now=now)
    follow_ups.remove(session, found.id)
    if found.audience is not Audience.WEBHOOK:
        act = AuditAct.RULE_REMOVED
    else:
        act = AuditAct.WEBHOOK_REMOVED if found.purpose else AuditAct.BOOKING_WEBHOOK_REMOVED
    about = _whose(session, found)
    audit.record(session, act, by=by, about=about, before=found.address or found.url, now=now)


def _whose(session: Session, found: FollowUp) -> str:
    """What it is told of, for the audit log: the purpose, or the host; "" for everybody's bookings."""
    return hosts.get(session, found.host_id).name if found.host_id is not None else found.purpose


def _save_first(session: Session, made: FollowUp) -> None:
    """Of two that add the same at once the second waits. Raises UnknownPurpose, ToldAlready."""
    if purposes.lock(session, made.purpose) is None:
        raise UnknownPurpose(f"there is no purpose {made.purpose!r}")
    told = [(each.purpose, each.audience, each.url, each.address) for each in follow_ups.every(session)]
    if (made.purpose, made.audience, made.url, made.address) in told:
        raise ToldAlready("This address is told of this purpose already.")
    follow_ups.save(session, made)


def _failing(session: Session, rule: FollowUp) -> FailingWebhook:
    waiting, given_up, due_at = outbox.backlog_of(session, follow_ups.lanes(rule.id))
    again_at = max(due_at, rule.rests_until or due_at) if due_at else None
    return FailingWebhook(rule=rule, waiting=waiting, given_up=given_up, again_at=again_at)


def _sealed(rt: Runtime, id: UUID, secret: str) -> str:
    return keys.seal(rt.ring, secret.encode(), context=secret_context(id))


def _anew(rt: Runtime, id: UUID, sealed: str) -> str:
    """Raises KeyTrouble."""
    return keys.reseal(rt.ring, sealed, context=secret_context(id)) if sealed else ""


def secret_context(id: UUID) -> str:
    """What a sealed secret belongs to."""
    return f"follow_up.secret:{id.hex}"

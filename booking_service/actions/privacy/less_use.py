"""Less use of one's data, by either link: at once, or after a confirmation by mail where the organisation wants
that."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...crypto.ids import new_id
from ...domain.consent import Detail, How
from ...domain.consent_moves import Stopped
from ...domain.effects import MailKind
from ...domain.errors import NotFound
from ...domain.privacy import CONFIRMED_WITHIN, PendingChange, Wish
from ...domain.purposes import EVERY
from ...runtime import Runtime
from ...storage import pending_changes, purposes, questions
from ...storage.contacts import Contact
from ...storage.engine import transaction
from ..access import limits
from ..consent import append, mails, withdrawals
from ..consent.answers import Press, detail_of
from ..consent.append import Changed
from ..consent.contacts import Circle, locked
from ..consent.zones import zone_of
from . import links, pending_requests


def end(rt: Runtime, token: str, purpose: str, *, press: Press, now: datetime) -> None:
    """A no to one purpose. Withdraws a requested yes.

    A consent ends with the press behind a mailed link where the organisation wants that; asked twice, it is mailed
    once. Raises UnknownLink, LinkOver, NotFound.
    """
    with transaction(rt.engine) as session:
        link = links.opened(session, token, now=now)
        links.refuse_reduced(session, link, purpose)
        _refuse_unknown(session, purpose)
        contact = link.contact
        _forget_wishes(session, contact, {purpose}, now=now)
        if _waits(session, locked(rt, session, contact.id), [purpose]):
            if _ending(session, contact, purpose, now=now) is None:
                _ask(rt, session, contact, Wish.NO, purpose, now=now)
            return
        _end(rt, session, contact, purpose, press=press, now=now)


def end_again(rt: Runtime, token: str, purpose: str, *, press: Press, now: datetime) -> None:
    """Mail the link of a waiting no again; the earlier one still works. Does what `end` does where none is waiting.

    Raises UnknownLink, LinkOver, NotFound, TooManyRequests.
    """
    with transaction(rt.engine) as session:
        link = links.opened(session, token, now=now)
        links.refuse_reduced(session, link, purpose)
        _refuse_unknown(session, purpose)
        circle = locked(rt, session, link.contact.id)
        waiting = _ending(session, link.contact, purpose, now=now)
        if waiting is not None and withdrawals.ended_by(session, circle, waiting):
            limits.use(rt, session, "changes_per_link", f"{links.door(link)} {Wish.NO}", now=now)
            _ask(rt, session, link.contact, waiting.wish, waiting.purpose, now=now)
            return
    end(rt, token, purpose, press=press, now=now)


def end_mails(rt: Runtime, token: str, *, press: Press, now: datetime) -> None:
    """A no to every purpose for mails, also those never asked about; one mail tells of all. Consents end as in
    `end`."""
    with transaction(rt.engine) as session:
        link = links.opened(session, token, now=now)
        contact, slugs = link.contact, withdrawals.mail_purposes(session)
        _forget_wishes(session, contact, set(slugs), now=now)
        standing = _waits(session, locked(rt, session, contact.id), slugs)
        asked = any(each.wish is Wish.NO_MAILS for each in pending_changes.open_of(session, contact.id, now=now))
        if standing and not asked:
            _ask(rt, session, contact, Wish.NO_MAILS, "", now=now)
        _end_quietly(rt, session, contact, [each for each in slugs if each not in standing], press=press, now=now)


def stop(rt: Runtime, token: str, *, press: Press, now: datetime) -> None:
    """Stop all use, always at once. Only the person can lift that. Raises NotFound: the link shows the reduced page."""
    with transaction(rt.engine) as session:
        link = links.opened(session, token, now=now)
        links.refuse_reduced(session, link)
        circle = locked(rt, session, link.contact.id)
        stop_in(session, circle, Stopped(), detail=detail_of(circle.contact, press, now=now), now=now)


def stop_in(session: Session, circle: Circle, change: Stopped, *, detail: Detail, now: datetime) -> Changed:
    """As `stop`, in a circle that the caller has locked, whoever passes it on.

    Said again, it ends what they asked for since, as a wish to have the data used again.
    """
    done = append.change_in(session, circle, EVERY, change, detail=detail, now=now)
    questions.closed_of(session, circle.contact.id, None)
    _forget_wishes(session, circle.contact, None, now=now)
    if done.entry is not None:
        _tell(session, circle.contact, (done.entry.id,), now=now)
    return done


def carry_out(
    rt: Runtime, session: Session, contact: Contact, change: PendingChange, *, press: Press, now: datetime
) -> None:
    """Carry out a confirmed no, whatever the organisation wants by now."""
    if change.wish is Wish.NO:
        _forget_wishes(session, contact, {change.purpose}, now=now)
        _end(rt, session, contact, change.purpose, press=press, now=now)
        return
    slugs = withdrawals.mail_purposes(session)
    _forget_wishes(session, contact, set(slugs), now=now)
    _end_quietly(rt, session, contact, slugs, press=press, now=now)


def _refuse_unknown(session: Session, purpose: str) -> None:
    """Raises NotFound: no such purpose, or all at once, for which there are other actions."""
    if purposes.find(session, purpose) is None:
        raise NotFound(f"there is no purpose {purpose!r}")


def _waits(session: Session, circle: Circle, slugs: Collection[str]) -> list[str]:
    """Those of these purposes that end by a mailed link only: agreed to, with a mailbox, where that is wanted."""
    if not circle.contact.address or not purposes.rules(session).confirm_withdrawals_too:
        return []
    return withdrawals.standing(session, circle, slugs)


def _ending(session: Session, contact: Contact, purpose: str, *, now: datetime) -> PendingChange | None:
    """The latest no to this purpose that waits for its mail."""
    mails_too = purpose in withdrawals.mail_purposes(session)
    waiting = [e for e in pending_changes.open_of(session, contact.id, now=now) if e.ends(purpose, mails=mails_too)]
    return waiting[-1] if waiting else None


def _ask(rt: Runtime, session: Session, contact: Contact, wish: Wish, purpose: str, *, now: datetime) -> None:
    change = PendingChange(
        id=new_id(now),
        contact_id=contact.id,
        wish=wish,
        purpose=purpose,
        zone=zone_of(session, contact),
        made_at=now,
        until=now + CONFIRMED_WITHIN,
    )
    pending_requests.save(rt, session, contact, change, now=now)


def _end(rt: Runtime, session: Session, contact: Contact, purpose: str, *, press: Press, now: datetime) -> None:
    withdrawals.withdraw(rt, session, contact, purpose, how=How.PAGE, press=press, now=now)
    for each in pending_changes.open_of(session, contact.id, now=now):
        if each.wish is Wish.NO and each.purpose == purpose:
            pending_changes.save(session, replace(each, done_at=now))


def _end_quietly(
    rt: Runtime, session: Session, contact: Contact, slugs: Collection[str], *, press: Press, now: datetime
) -> None:
    done = [
        withdrawals.withdraw_quietly(rt, session, contact, slug, how=How.PAGE, press=press, now=now) for slug in slugs
    ]
    entries = tuple(each.entry.id for each in done if each.entry is not None)
    if entries:
        _tell(session, contact, entries, now=now)
    for each in pending_changes.open_of(session, contact.id, now=now):
        everything = each.wish is Wish.NO_MAILS and set(withdrawals.mail_purposes(session)) <= set(slugs)
        if everything or (each.wish is Wish.NO and each.purpose in slugs):
            pending_changes.save(session, replace(each, done_at=now))


def _tell(session: Session, contact: Contact, entries: tuple[UUID, ...], *, now: datetime) -> None:
    if contact.address:
        owed = mails.OwedMail(
            kind=MailKind.CONSENT_ENDED, contact_id=contact.id, occasion=entries[0].hex, entries=entries
        )
        mails.owe(session, contact, owed, now=now)


def _forget_wishes(session: Session, contact: Contact, slugs: set[str] | None, *, now: datetime) -> None:
    """Withdraw requests for more: a yes to these purposes; None: to any, and having the data used again."""
    for each in pending_changes.open_of(session, contact.id, now=now):
        resumes = each.wish is Wish.RESUME and slugs is None
        if resumes or (each.wish is Wish.YES and (slugs is None or each.purpose in slugs)):
            pending_changes.drop(session, contact.id, id=each.id)

"""Staff have a question mailed to a contact; only the button behind its link answers."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...domain.consent import Detail, Entry
from ...domain.consent_choices import asks_by_mail
from ...domain.consent_moves import AskedByStaff
from ...domain.errors import BookingError, ReasonMissing
from ...domain.purposes import Part, Purpose, Wording, parts_of
from ...runtime import Runtime
from ...storage import purposes, questions
from ...storage.contacts import Contact
from ...storage.engine import snapshot, transaction
from ...storage.questions import OpenQuestion
from . import append, ask_by_form
from .append import known_purpose
from .contacts import locked
from .offers import wording_for


class CannotBeAsked(BookingError):
    """There is no address, no wording, or the purpose is one that a mail can't prove."""


def one(
    rt: Runtime,
    contact_id: UUID,
    purpose: str,
    *,
    staff: str,
    called: str = "",
    reason: str,
    now: datetime,
    dry_run: bool = False,
) -> Entry | None:
    """Have one contact asked, whatever the standing, with a reason. None: the same question is still open.

    Raises ReasonMissing, CannotBeAsked, ConsentRefused, UnknownPurpose, LookupError.
    """
    if not reason.strip():
        raise ReasonMissing("Say why: it goes on record with the change.")
    with snapshot(rt.engine) if dry_run else transaction(rt.engine) as session:
        return ask(rt, session, contact_id, purpose, staff=staff, called=called, reason=reason, now=now)


def ask(
    rt: Runtime,
    session: Session,
    contact_id: UUID,
    purpose: str,
    *,
    staff: str,
    called: str,
    reason: str,
    now: datetime,
) -> Entry | None:
    """As `one`, in the caller's transaction, and without a required reason."""
    wanted = known_purpose(session, purpose)
    circle = locked(rt, session, contact_id)
    contact, lasts = circle.contact, purposes.rules(session).question_lasts
    wording = askable(session, wanted, contact)
    change = AskedByStaff(staff=staff, lasts=lasts, wording=wording.hash)
    detail = Detail(
        who=contact.name,
        address=contact.address,
        language=wording.language,
        snapshot="\n".join(text for part in _IN_THE_MAIL if (text := parts_of(wording)[part])),
        reason=reason,
        staff=called or staff,
    )
    entry = append.change_in(session, circle, purpose, change, detail=detail, now=now).entry
    if entry is not None:
        _have_it_mailed(rt, session, contact, entry, now=now)
    return entry


_IN_THE_MAIL = (Part.NAME, Part.BOX, Part.BENEFIT, Part.MAIL, Part.POLICY)


def askable(session: Session, purpose: Purpose, contact: Contact) -> Wording:
    """The wording they would be asked with. Raises CannotBeAsked."""
    if not asks_by_mail(purpose):
        raise CannotBeAsked("A mailed link proves nothing for calls.")
    if not contact.address or contact.erased_at is not None:
        raise CannotBeAsked("There is no address to ask.")
    wording = wording_for(session, purpose.slug, contact.language)
    if wording is None or not purpose.active:
        raise CannotBeAsked("The purpose is not in use, or has no text yet.")
    return wording


def _have_it_mailed(rt: Runtime, session: Session, contact: Contact, entry: Entry, *, now: datetime) -> None:
    until = entry.until or now
    question = OpenQuestion(
        entry_id=entry.id,
        contact_id=contact.id,
        purpose=entry.purpose,
        address=contact.address,
        language=contact.language,
        asked_at=entry.at,
        until=until,
    )
    questions.save(session, question)
    ask_by_form.ask(rt, session, contact, [entry], zone="", until=until, now=now)

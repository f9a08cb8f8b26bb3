"""Ticks on booking forms: counted once the booking stands, then confirmed by a mail of their own.

A tick waits in the outbox until it is known whether the booking stands, so that it is neither lost in a crash nor
counted for a withdrawn request.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...crypto.tokens import LinkPurpose
from ...domain.booking import Booking
from ...domain.consent import CONTACT, SYSTEM, Act, Detail, Entry, How
from ...domain.consent_moves import Change, ConsentRefused, Draft, Retracted, Ticked
from ...domain.effects import MailKind
from ...domain.owed import look_again
from ...domain.purposes import Purpose, PurposeKind
from ...language import language_of
from ...runtime import Runtime
from ...storage import bookings, ledger, outbox, purposes, questions, ticks
from ...storage.contacts import Contact
from ...storage.engine import transaction
from ...storage.outbox import Claimed
from ...storage.questions import OpenQuestion
from . import append, links, mails, other_phone_numbers, question_fields
from .contacts import find_or_make, locked

KIND = "ticked"


@dataclass(frozen=True, slots=True)
class Tick:
    """One ticked box: its purpose, the hash of its wording, and the text as it was shown."""

    purpose: str
    wording: bytes
    snapshot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticks:
    """The ticked boxes of one form, and where it came from."""

    boxes: tuple[Tick, ...] = ()
    page: str = ""
    network: str = ""
    agent: str = ""
    language: str = ""


def note(session: Session, booking: Booking, form: Ticks, *, now: datetime) -> None:
    """Have the ticks counted once the booking stands. The same form sent twice notes them once."""
    if not form.boxes:
        return
    payload = {
        "booking_id": str(booking.id),
        "boxes": json.dumps([[each.purpose, each.wording.hex(), each.snapshot] for each in form.boxes]),
        "page": form.page,
        "network": form.network,
        "agent": form.agent,
        "language": form.language,
        "pressed_at": now.isoformat(),
    }
    slugs = ",".join(sorted(each.purpose for each in form.boxes))
    key = f"{KIND}:{booking.id}:{booking.generation}:{slugs}"
    outbox.add_once(session, key, kind=KIND, lane=lane_of(booking), payload=payload, due_at=now, now=now)
    for each in form.boxes:
        ticks.add(session, booking.id, each.purpose, wording=each.wording)


def lane_of(booking: Booking) -> str:
    """The lane in which a booking's ticks wait."""
    return f"mail:{booking.id}:{KIND}"


def count(rt: Runtime, claimed: Claimed) -> None:
    """Count the ticks of a standing booking; try later while it is not known whether it stands."""
    now, payload = rt.clock.now(), claimed.payload
    with transaction(rt.engine) as session:
        booking = bookings.get(session, UUID(payload["booking_id"]))
        if booking.live and booking.owed:
            until = look_again(datetime.fromisoformat(payload["pressed_at"]), now=now)
            outbox.defer(session, claimed, until=until, error="it is not known yet whether the booking stands")
            return
        if booking.live:
            _count(rt, session, booking, payload, now=now)
        outbox.finish(session, claimed, now=now)


def contacts_asked(session: Session, booking_id: UUID) -> set[UUID]:
    """The contacts whom the ticks of this booking asked: whoever follows an address locks them before the host."""
    return {each.contact_id for each in questions.of_booking(session, booking_id)}


def follow_address(rt: Runtime, session: Session, before: Booking, after: Booking, *, now: datetime) -> None:
    """The invitee of a hold corrected their address: ask the new one.

    The questions to the old one are taken back, unless another booking asks them too. The caller has locked whom they
    ask (`contacts_asked`).
    """
    asked = questions.of_booking(session, before.id)
    ticks.forget_counted(session, before.id)
    for each in asked:
        link = ledger.find(session, each.entry_id)
        if link is not None:
            _let_go(rt, session, each, link.entry, now=now)
    if asked:
        boxes = {each.purpose: box for each in asked if (box := _box_of(session, each))}
        last = ledger.find(session, asked[-1].entry_id)
        kept = last.body if last is not None else {}
        form = Ticks(
            boxes=tuple(boxes.values()),
            **{name: str(kept.get(name, "")) for name in ("page", "network", "agent", "language")},
        )
        note(session, after, form, now=now)


def _count(rt: Runtime, session: Session, booking: Booking, payload: dict[str, str], *, now: datetime) -> None:
    boxes = [Tick(slug, bytes.fromhex(hash), shown) for slug, hash, shown in json.loads(payload["boxes"])]
    active = [(box, found) for box in boxes if (found := purposes.find(session, box.purpose)) and found.active]
    if not active:
        return
    invitee, spoken = booking.invitee, language_of(booking.invitee.language).code
    contact = find_or_make(rt, session, address=invitee.email, name=invitee.name, language=spoken, now=now)
    entries = [
        asked
        for box, purpose in active
        if (asked := _ticked(rt, session, contact, box, purpose, booking=booking, payload=payload, now=now))
    ]
    question_fields.owe_again(session, booking.id, now=now)  # once the contact is locked, as by who fills the fields
    if entries:
        ask(rt, session, contact, entries, zone=invitee.zone, until=max(each.until or now for each in entries), now=now)


def ask(
    rt: Runtime,
    session: Session,
    contact: Contact,
    entries: Sequence[Entry],
    *,
    zone: str,
    until: datetime,
    now: datetime,
) -> None:
    """Owe the mail with the link for answering these questions. The link outlives them, to say what became of them."""
    about = {"entries": [each.id.hex for each in entries], "zone": zone}
    links.remember(rt, session, contact, LinkPurpose.ANSWER, subject=entries[0].id, about=about)
    owed = mails.OwedMail(
        kind=MailKind.CONFIRM_CONSENT,
        contact_id=contact.id,
        occasion=f"{entries[0].id.hex}:0",
        entries=tuple(each.id for each in entries),
        zone=zone,
    )
    mails.owe(session, contact, owed, now=now)


def _ticked(
    rt: Runtime,
    session: Session,
    contact: Contact,
    box: Tick,
    purpose: Purpose,
    *,
    booking: Booking,
    payload: dict[str, str],
    now: datetime,
) -> Entry | None:
    """The question that a tick makes; None where it counts at once, was asked already, or all use is stopped.

    A further tick during an open question is recorded beside it: anybody can type an address, so the mailbox must
    answer its owner's tick, not an earlier stranger's.
    """
    rules = purposes.rules(session)
    circle = locked(rt, session, contact.id)
    change: Change = Ticked(by_mail=purpose.asks_by_mail(rules), lasts=rules.question_lasts, wording=box.wording)
    detail = _detail(booking, box, payload)
    if purpose.kind is PurposeKind.PHONE:
        stands, at = circle.standing(purpose), append.instant(circle, now)
        change = other_phone_numbers.replacing_one(session, change, stands, circle.contact, purpose, detail, at=at)
    try:
        done = append.change_in(session, circle, purpose.slug, change, detail=detail, now=now)
    except ConsentRefused:
        return None
    waits = done.after.open_question(now=now)
    came_to = waits or done.entry or done.after.rests_on
    if came_to is not None:
        ticks.counted(session, booking.id, purpose.slug, entry_id=came_to.id)
    if waits is None or (done.entry is not None and done.entry.id != waits.id):
        return None
    entry = done.entry or _again(session, done, box, waits, detail, now=now)
    questions.save(session, _question(contact, purpose, booking, entry, now=now))
    return done.entry


def _detail(booking: Booking, box: Tick, payload: dict[str, str]) -> Detail:
    return Detail(
        who=booking.invitee.name,
        address=booking.invitee.email,
        page=payload["page"],
        snapshot=box.snapshot,
        pressed_at=datetime.fromisoformat(payload["pressed_at"]),
        language=payload["language"],
        network=payload["network"],
        agent=payload["agent"],
    )


def _question(contact: Contact, purpose: Purpose, booking: Booking, entry: Entry, *, now: datetime) -> OpenQuestion:
    return OpenQuestion(
        entry_id=entry.id,
        contact_id=contact.id,
        purpose=purpose.slug,
        address=booking.invitee.email,
        language=language_of(booking.invitee.language).code,
        booking_id=booking.id,
        asked_at=entry.at,
        until=entry.until or now,
    )


def _again(session: Session, done: append.Changed, box: Tick, waits: Entry, detail: Detail, *, now: datetime) -> Entry:
    again = Draft(
        purpose=waits.purpose,
        act=Act.ASKED,
        by=CONTACT,
        how=How.FORM,
        until=waits.until,
        wording=box.wording,
        refers=waits.id,
    )
    return append.append(session, done.circle, again, detail=detail, now=now).own[-1]


def _let_go(rt: Runtime, session: Session, question: OpenQuestion, entry: Entry, *, now: datetime) -> None:
    """This booking no longer asks the question. It stays open where another booking does."""
    first, same = entry.refers or entry.id, questions.of_purpose(session, question.contact_id, question.purpose)
    others = [each for each in same if each.booking_id != question.booking_id and _first(session, each) == first]
    if not others:
        _take_back(rt, session, question, first, now=now)
    elif entry.id == first and others[-1].booking_id is not None:
        questions.ticked_again(session, entry.id, of=others[-1].booking_id)
    else:
        questions.answered(session, [question.entry_id])


def _first(session: Session, question: OpenQuestion) -> UUID | None:
    link = ledger.find(session, question.entry_id)
    return (link.entry.refers or link.entry.id) if link is not None else None


def _take_back(rt: Runtime, session: Session, question: OpenQuestion, first: UUID, *, now: datetime) -> None:
    """Take the question back, as correcting an address proves nothing. An answer given meanwhile stays."""
    purpose = purposes.find(session, question.purpose)
    circle = locked(rt, session, question.contact_id)
    waits = circle.standing(purpose).open_question(now=now) if purpose else None
    if waits is not None and waits.id == first:
        append.change_in(session, circle, question.purpose, Retracted(SYSTEM, waits, How.FORM), now=now)
    questions.answered(session, [question.entry_id])


def _box_of(session: Session, question: OpenQuestion) -> Tick | None:
    link = ledger.find(session, question.entry_id)
    if link is None or link.entry.wording is None:
        return None
    body = ledger.read_body(link.detail.body) if link.detail is not None else {}
    return Tick(question.purpose, link.entry.wording, str(body.get("snapshot", "")))

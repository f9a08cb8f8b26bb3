"""From the facts about a booking, contact, calendar or account to the mail that leaves.

Everything is rendered when the mail is sent, from the state at that time.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from calendars.ical import itip
from calendars.model import Address, Attendee, Event

from ..domain.effects import Mail, MailKind, MailRole
from ..domain.mail_kinds import ROWS, Scheduling
from ..domain.people import Organisation
from ..invites import attendee_event
from .errors import UnsafeMessage
from .facts import ContactFacts, HostNoticeFacts, MailFacts, NearbyTime, recipient
from .headers import Mailbox, checked_address, clean
from .letters.account import AccountFacts
from .letters.blocks import Letter, written
from .letters.kinds import account_letter, calendar_letter, contact_letter, letter
from .letters.letterhead import letterhead
from .letters.phrases import reader_of
from .message import CalendarPart, OutgoingMail, stable_message_id
from .superseded import superseded

__all__ = [
    "AccountFacts",
    "ContactFacts",
    "HostNoticeFacts",
    "MailFacts",
    "NearbyTime",
    "compose",
    "compose_account",
    "compose_example",
    "compose_example_notice",
    "compose_host_notice",
    "compose_to_contact",
]


def compose(mail: Mail, *, facts: MailFacts) -> OutgoingMail | None:
    """The mail as it is to be sent now; None where it is no longer true."""
    if superseded(mail, facts) is not None:
        return None
    about = letter(mail, facts)
    text, html = written(about, letterhead(facts.organisation, facts.host.name))
    address = recipient(mail, booking=facts.booking, host=facts.host)
    return OutgoingMail(
        sender=_sender(mail, facts),
        to=Mailbox(address, facts.host.name if mail.to is MailRole.HOST else ""),
        reply_to=_reply_to(mail, facts),
        subject=about.subject,
        text=text,
        html=html,
        message_id=stable_message_id(
            booking_id=str(facts.booking.id),
            kind=mail.kind,
            recipient=address,
            occasion=mail.occasion,
            domain=facts.sender.rpartition("@")[2],
        ),
        date=facts.now,
        in_reply_to=facts.thread,
        references=(facts.thread,) if facts.thread else (),
        calendar=_calendar(mail, facts, address=address),
        list_unsubscribe=facts.links["stop"] if ROWS[mail.kind].one_click else None,
    )


def compose_example(mail: Mail, *, facts: MailFacts, to: str) -> OutgoingMail:
    """An example of such a mail for whoever tries it out; without an invitation, as nothing is booked."""
    example = Example(mail.kind, facts.organisation, facts.host.name, _sender(mail, facts), to, facts.now)
    return _example(letter(mail, facts), example)


def compose_example_notice(
    kind: MailKind, *, facts: HostNoticeFacts | ContactFacts | AccountFacts, to: str
) -> OutgoingMail:
    """As `compose_example`, of a mail that is not about a booking."""
    match facts:
        case HostNoticeFacts():
            about, name = calendar_letter(kind, facts), facts.host.name
        case ContactFacts():
            about, name = contact_letter(kind, facts), ""
        case AccountFacts():
            about, name = account_letter(kind, facts), facts.person.name
        case _:
            assert_never(facts)
    if about is None:
        raise ValueError(f"the example of {kind} has nothing to tell")
    sender = Mailbox(facts.sender, clean(facts.organisation.name))
    return _example(about, Example(kind, facts.organisation, name, sender, to, facts.now))


@dataclass(frozen=True, slots=True)
class Example:
    """An example mail: its kind, the name and address of the sender, the recipient, and the time."""

    kind: MailKind
    organisation: Organisation
    name: str
    sender: Mailbox
    to: str
    now: datetime


def _example(about: Letter, example: Example) -> OutgoingMail:
    text, html = written(about, letterhead(example.organisation, example.name))
    return OutgoingMail(
        sender=example.sender,
        to=Mailbox(example.to, ""),
        subject=about.language.text("Test: {subject}", subject=about.subject),
        text=text,
        html=html,
        message_id=stable_message_id(
            booking_id="",
            kind=example.kind,
            recipient=example.to,
            occasion=example.now.isoformat(),
            domain=example.sender.address.rpartition("@")[2],
        ),
        date=example.now,
    )


def compose_host_notice(kind: MailKind, *, facts: HostNoticeFacts) -> OutgoingMail | None:
    """The mail to a host about their calendars or requests; None where there is nothing to tell any more."""
    about = calendar_letter(kind, facts)
    if about is None:
        return None
    text, html = written(about, letterhead(facts.organisation, facts.host.name))
    return OutgoingMail(
        sender=Mailbox(facts.sender, clean(facts.organisation.name)),
        to=Mailbox(facts.host.email, facts.host.name),
        subject=about.subject,
        text=text,
        html=html,
        message_id=stable_message_id(
            booking_id=str(facts.host.id),
            kind=kind,
            recipient=facts.host.email,
            occasion=facts.occasion,
            domain=facts.sender.rpartition("@")[2],
        ),
        date=facts.now,
    )


def compose_account(kind: MailKind, *, facts: AccountFacts) -> OutgoingMail:
    """The mail to a person about their account."""
    person = facts.person
    about = account_letter(kind, facts)
    text, html = written(about, letterhead(facts.organisation, person.name))
    return OutgoingMail(
        sender=Mailbox(facts.sender, clean(facts.organisation.name)),
        to=Mailbox(person.email, clean(person.name)),
        subject=about.subject,
        text=text,
        html=html,
        message_id=stable_message_id(
            booking_id=str(person.id),
            kind=kind,
            recipient=person.email,
            occasion=facts.occasion,
            domain=facts.sender.rpartition("@")[2],
        ),
        date=facts.now,
    )


def compose_to_contact(kind: MailKind, *, facts: ContactFacts) -> OutgoingMail:
    """A mail to a contact, from the organisation itself."""
    about = contact_letter(kind, facts)
    text, html = written(about, letterhead(facts.organisation, ""))
    return OutgoingMail(
        sender=Mailbox(facts.sender, clean(facts.organisation.name)),
        to=Mailbox(facts.address, ""),
        reply_to=_mailbox(facts.reply_to, "") if facts.reply_to else None,
        subject=about.subject,
        text=text,
        html=html,
        message_id=stable_message_id(
            booking_id=str(facts.contact_id),
            kind=kind,
            recipient=facts.address,
            occasion=facts.occasion,
            domain=facts.sender.rpartition("@")[2],
        ),
        date=facts.now,
        list_unsubscribe=facts.links["out"] if ROWS[kind].one_click else None,
    )


def _sender(mail: Mail, facts: MailFacts) -> Mailbox:
    """The service's own address, with the host's name in mails to attendees. It is the ORGANIZER of invitations too."""
    host, organisation = facts.host.name, facts.organisation.name
    if mail.to is MailRole.HOST:
        return Mailbox(facts.sender, clean(organisation))
    return Mailbox(facts.sender, clean(f"{host} via {organisation}" if organisation else host))


def _reply_to(mail: Mail, facts: MailFacts) -> Mailbox | None:
    """The other party. Not the host's own address for a mailbox that is not proven yet."""
    if mail.kind is MailKind.HOST_HELD:
        return None  # its reader may not have asked for anything
    if mail.to is MailRole.HOST:
        return _mailbox(facts.booking.invitee.email, facts.booking.invitee.name)
    if ROWS[mail.kind].asks or not facts.confirmed:
        return _mailbox(facts.reply_to, "") if facts.reply_to else None
    return _mailbox(facts.host.email, facts.host.name)


def _mailbox(address: str, name: str) -> Mailbox | None:
    """The mailbox; None where the address can't be written safely, so that the mail leaves without it."""
    try:
        return Mailbox(checked_address(address), clean(name))
    except UnsafeMessage:
        return None


def _calendar(mail: Mail, facts: MailFacts, *, address: str) -> CalendarPart | None:
    """The iTIP message (RFC 5546) for one attendee; the host is listed as having accepted."""
    scheduling = ROWS[mail.kind].scheduling
    if scheduling is Scheduling.CANCEL_IF_REQUESTED:
        scheduling = Scheduling.CANCEL if facts.requested else Scheduling.NOTHING
    if scheduling is Scheduling.NOTHING:
        return None
    ends = scheduling is Scheduling.CANCEL
    organizer = _sender(mail, facts)
    theirs = Address(address, clean(facts.booking.invitee.name) if mail.to is MailRole.INVITEE else "")
    people = [
        Attendee(Address(facts.host.email, facts.host.name), accepted=True),
        Attendee(theirs, accepted=mail.to is MailRole.INVITEE),
    ]
    write = itip.cancel if ends else itip.request
    body = write(
        _event(mail, facts, ends=ends),
        organizer=Address(organizer.address, organizer.name),
        attendees=people,
        stamped_at=facts.now,
    )
    return CalendarPart(
        method="CANCEL" if ends else "REQUEST", body=body, filename="cancel.ics" if ends else "invite.ics"
    )


def _event(mail: Mail, facts: MailFacts, *, ends: bool) -> Event:
    """The event of the invitation. It contains no link that proves anything: whoever reads a shared calendar could
    cancel."""
    reader = reader_of(mail, facts)
    event = attendee_event(
        facts.booking,
        uid=facts.uid,
        host=facts.host,
        meeting=facts.meeting,
        language=reader.language,
        manage_url="",
        now=facts.now,
    )
    by_mail = reader.language.text("To reschedule or cancel, use the link in the email.")
    return replace(event, description=by_mail if not ends and mail.to is MailRole.INVITEE else "")

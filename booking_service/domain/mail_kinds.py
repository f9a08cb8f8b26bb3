"""Every kind of mail, one row each: its subject, its recipients, when it may leave, and until when it is true.

What a mail says is its letter (mail/letters/kinds.py); everything else about its kind stands here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from . import mail_truth
from .booking import Booking
from .effects import Mail, MailKind, MailRole
from .timeline import Happened


class Subject(StrEnum):
    """What a mail is about, and what its links belong to."""

    BOOKING = "booking"
    CALENDAR = "calendar"
    PERSON = "person"
    CONTACT = "contact"


class Scheduling(StrEnum):
    """What a mail does in its recipient's calendar (RFC 5546)."""

    NOTHING = "nothing"
    REQUEST = "request"
    CANCEL = "cancel"
    CANCEL_IF_REQUESTED = "cancel-if-requested"  # only to recipients to whom a REQUEST went, or may have


class Gated(StrEnum):
    """Under which condition the gate (domain/gate.py) lets something leave.

    OWN_AFFAIR: the recipient wants mail at all; it is about a booking they made, or answers them. BY_STANDING: an
    accepted consent.
    """

    OWN_AFFAIR = "own-affair"
    BY_STANDING = "by-standing"


class Untrue(Protocol):
    """Why a mail about a booking is no longer true, in a word for the timeline; None while it is."""

    def __call__(self, mail: Mail, booking: Booking, *, requested: bool, now: datetime) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRow:
    """What holds for all mails of one kind.

    `after`: must have happened to the booking first; None for mails about something else. `replaced_by`: a waiting mail
    of that kind to the same recipient makes this one superfluous. `asks`: it goes to a mailbox that may be unproven, so
    the host's own address is not in it. `tells`: it says that the booking stands, and when. `one_click`: mail programs
    can unsubscribe from it (RFC 8058). `gated`: the gate's condition; with None it never goes to a contact.
    """

    kind: MailKind
    subject: Subject = Subject.BOOKING
    to: frozenset[MailRole]
    after: Happened | None = None
    replaced_by: MailKind | None = None
    scheduling: Scheduling = Scheduling.NOTHING
    asks: bool = False
    tells: bool = False
    one_click: bool = False
    gated: Gated | None = None
    untrue: Untrue = mail_truth.never


_INVITEE, _GUEST, _HOST = frozenset({MailRole.INVITEE}), frozenset({MailRole.GUEST}), frozenset({MailRole.HOST})
_PERSON = frozenset({MailRole.PERSON})
_CONTACT = frozenset({MailRole.CONTACT})
_PARTNER = frozenset({MailRole.PARTNER})

ROWS: Mapping[MailKind, MailRow] = {
    row.kind: row
    for row in (
        MailRow(
            kind=MailKind.CONFIRM_BOOKING,
            to=_INVITEE,
            after=Happened.HELD,
            replaced_by=MailKind.CONFIRM_BOOKING,
            asks=True,
            gated=Gated.OWN_AFFAIR,
            untrue=mail_truth.asks_the_invitee,
        ),
        MailRow(
            kind=MailKind.HOLD_REMINDER,
            to=_INVITEE,
            after=Happened.HELD,
            asks=True,
            gated=Gated.OWN_AFFAIR,
            untrue=mail_truth.asks_the_invitee,
        ),
        MailRow(
            kind=MailKind.HOLD_ENDED,
            to=_INVITEE,
            after=Happened.EXPIRED,
            asks=True,
            gated=Gated.OWN_AFFAIR,
            untrue=mail_truth.tells_that_a_hold_ended,
        ),
        MailRow(
            kind=MailKind.HOST_HELD,
            to=_HOST,
            after=Happened.HELD,
            replaced_by=MailKind.HOST_HELD,
            gated=Gated.OWN_AFFAIR,
            untrue=mail_truth.tells_of_a_hold,
        ),
        MailRow(
            kind=MailKind.APPROVE_BOOKING,
            to=_HOST,
            after=Happened.HELD,
            replaced_by=MailKind.APPROVE_BOOKING,
            gated=Gated.OWN_AFFAIR,
            untrue=mail_truth.asks_the_host,
        ),
        MailRow(
            kind=MailKind.BOOKED,
            to=_INVITEE | _GUEST,
            after=Happened.CONFIRMED,
            replaced_by=MailKind.MOVED,
            scheduling=Scheduling.REQUEST,
            tells=True,
            gated=Gated.OWN_AFFAIR,
            untrue=mail_truth.tells_of_a_booking,
        ),
        MailRow(
            kind=MailKind.MOVED,
            to=_INVITEE | _GUEST,
            after=Happened.MOVED,
            replaced_by=MailKind.MOVED,
            scheduling=Scheduling.REQUEST,
            tells=True,
            gated=Gated.OWN_AFFAIR,
            untrue=mail_truth.tells_of_a_booking,
        ),
        MailRow(
            kind=MailKind.HOST_BOOKED,
            to=_HOST,
            after=Happened.CONFIRMED,
            replaced_by=MailKind.HOST_MOVED,
            tells=True,
            gated=Gated.OWN_AFFAIR,
            untrue=mail_truth.tells_of_a_booking,
        ),
        MailRow(
            kind=MailKind.HOST_MOVED,
            to=_HOST,
            after=Happened.MOVED,
            replaced_by=MailKind.HOST_MOVED,
            tells=True,
            gated=Gated.OWN_AFFAIR,
            untrue=mail_truth.tells_of_a_booking,
        ),
        MailRow(
            kind=MailKind.CANCELLED,
            to=_INVITEE | _GUEST,
            after=Happened.CANCELLED,
            scheduling=Scheduling.CANCEL_IF_REQUESTED,
            gated=Gated.OWN_AFFAIR,
            untrue=mail_truth.tells_of_the_end,
        ),
        MailRow(
            kind=MailKind.HOST_CANCELLED,
            to=_HOST,
            after=Happened.CANCELLED,
            gated=Gated.OWN_AFFAIR,
            untrue=mail_truth.tells_of_the_end,
        ),
        MailRow(
            kind=MailKind.UNINVITED,
            to=_GUEST,
            after=Happened.GUEST_DECLINED,
            scheduling=Scheduling.CANCEL,
            gated=Gated.OWN_AFFAIR,
            untrue=mail_truth.tells_a_former_guest,
        ),
        MailRow(
            kind=MailKind.GUEST_DECLINED,
            to=_INVITEE | _HOST,
            after=Happened.GUEST_DECLINED,
            gated=Gated.OWN_AFFAIR,
            untrue=mail_truth.tells_of_a_former_guest,
        ),
        MailRow(
            kind=MailKind.GUEST_COMES,
            to=_INVITEE | _HOST,
            after=Happened.GUEST_COMES,
            gated=Gated.OWN_AFFAIR,
            untrue=mail_truth.tells_of_a_guest,
        ),
        MailRow(
            kind=MailKind.TIME_OFFERED,
            to=_INVITEE,
            after=Happened.OFFERED,
            replaced_by=MailKind.TIME_OFFERED,
            asks=True,
            gated=Gated.OWN_AFFAIR,
            untrue=mail_truth.offers_a_time,
        ),
        MailRow(
            kind=MailKind.OFFER_DECLINED,
            to=_HOST,
            after=Happened.OFFER_DECLINED,
            gated=Gated.OWN_AFFAIR,
            untrue=mail_truth.tells_of_a_kept_time,
        ),
        MailRow(
            kind=MailKind.REMINDER,
            to=_INVITEE,
            after=Happened.CONFIRMED,
            one_click=True,
            gated=Gated.OWN_AFFAIR,
            untrue=mail_truth.reminds,
        ),
        # Mails about a calendar are written from its present state, and not at all once it works again.
        MailRow(kind=MailKind.CALENDAR_UNREADABLE, subject=Subject.CALENDAR, to=_HOST, gated=Gated.OWN_AFFAIR),
        MailRow(kind=MailKind.CALENDAR_CHANGED, subject=Subject.CALENDAR, to=_HOST, gated=Gated.OWN_AFFAIR),
        MailRow(kind=MailKind.MASS_DELETION, subject=Subject.CALENDAR, to=_HOST, gated=Gated.OWN_AFFAIR),
        MailRow(kind=MailKind.MANY_HOLDS, subject=Subject.CALENDAR, to=_HOST, gated=Gated.OWN_AFFAIR),
        # Mails about an account are not written once their link is used or has expired.
        MailRow(kind=MailKind.SIGN_IN, subject=Subject.PERSON, to=_PERSON, gated=Gated.OWN_AFFAIR),
        MailRow(kind=MailKind.NEW_BROWSER, subject=Subject.PERSON, to=_PERSON, gated=Gated.OWN_AFFAIR),
        MailRow(kind=MailKind.ACCOUNT_CHANGED, subject=Subject.PERSON, to=_PERSON, gated=Gated.OWN_AFFAIR),
        MailRow(kind=MailKind.CONFIRM_ADDRESS, subject=Subject.PERSON, to=_PERSON, gated=Gated.OWN_AFFAIR),
        MailRow(kind=MailKind.INVITED, subject=Subject.PERSON, to=_PERSON, gated=Gated.OWN_AFFAIR),
        MailRow(kind=MailKind.ADMIN_NOTICE, subject=Subject.PERSON, to=_PERSON, gated=Gated.OWN_AFFAIR),
        # Whether these are still true is asked of the ledger when they are sent (actions/mail/to_contacts.py).
        MailRow(kind=MailKind.CONFIRM_CONSENT, subject=Subject.CONTACT, to=_CONTACT, gated=Gated.OWN_AFFAIR),
        MailRow(kind=MailKind.CONSENT_CONFIRMED, subject=Subject.CONTACT, to=_CONTACT, gated=Gated.OWN_AFFAIR),
        MailRow(kind=MailKind.CONSENT_ENDED, subject=Subject.CONTACT, to=_CONTACT, gated=Gated.OWN_AFFAIR),
        MailRow(kind=MailKind.PREFERENCES_LINK, subject=Subject.CONTACT, to=_CONTACT, gated=Gated.OWN_AFFAIR),
        MailRow(kind=MailKind.CONFIRM_CHANGE, subject=Subject.CONTACT, to=_CONTACT, gated=Gated.OWN_AFFAIR),
        MailRow(kind=MailKind.DATA_READY, subject=Subject.CONTACT, to=_CONTACT, gated=Gated.OWN_AFFAIR),
        MailRow(kind=MailKind.DELETION_DELAYED, subject=Subject.CONTACT, to=_CONTACT, gated=Gated.OWN_AFFAIR),
        MailRow(kind=MailKind.DELETION_REFUSED, subject=Subject.CONTACT, to=_CONTACT, gated=Gated.OWN_AFFAIR),
        MailRow(kind=MailKind.DELETION_TAKEN_BACK, subject=Subject.CONTACT, to=_CONTACT, gated=Gated.OWN_AFFAIR),
        MailRow(kind=MailKind.MESSAGE, subject=Subject.CONTACT, to=_CONTACT, one_click=True, gated=Gated.BY_STANDING),
        MailRow(
            kind=MailKind.PURPOSE_NEWS, subject=Subject.CONTACT, to=_CONTACT, one_click=True, gated=Gated.BY_STANDING
        ),
        MailRow(kind=MailKind.PAGE_NEWS, subject=Subject.CONTACT, to=_CONTACT, gated=Gated.BY_STANDING),
        MailRow(kind=MailKind.CONSENT_TOLD, subject=Subject.CONTACT, to=_PARTNER, gated=Gated.BY_STANDING),
        MailRow(kind=MailKind.DATA_ERASED, subject=Subject.CONTACT, to=_CONTACT, gated=Gated.OWN_AFFAIR),
    )
}

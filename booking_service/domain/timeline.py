"""The words of a booking's timeline, the same for writing it, showing it and auditing it."""

from enum import StrEnum


class Happened(StrEnum):
    """What a timeline can say. The words are stored, and operators see them; a word that was written stays."""

    HELD = "held"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    MOVED = "moved"
    MOVED_BACK = "moved-back"  # the new time could not be had
    RESENT = "resent"  # the link to confirm
    INVITED_AGAIN = "invited-again"  # the invitation once more, by the host
    ADDRESS_CORRECTED = "address-corrected"
    AGREED_HOST = "agreed-host"  # one of two who are awaited
    AGREED_INVITEE = "agreed-invitee"
    GUEST_DECLINED = "guest-declined"
    GUEST_COMES = "guest-comes"  # who had declined
    REMINDERS_STOPPED = "reminders-stopped"
    OFFERED = "offered"  # another time, by the host
    OFFER_DECLINED = "offer-declined"  # the invitee keeps the time they have
    KEPT = "kept"  # by the host, though another event stands there
    HELD_LONGER = "held-longer"  # by the host, or as its deadline counts from a mail that left late
    BLOCKED = "blocked"  # the mailbox wants no mail of this service any more
    UNBLOCKED = "unblocked"  # its holder took that back
    OPENED = "opened"  # one of its links
    ERASED = "erased"
    REVEALED = "revealed"  # sensitive answers, to the host who asked to see them

    WRITTEN = "written"  # to the calendar
    REMOVED = "removed"
    MISSING = "missing"
    FOUND_ELSEWHERE = "found-elsewhere"
    PUT_ELSEWHERE = "put-elsewhere"  # into another calendar, as its host asked

    MAILED = "mailed"
    MAIL_DROPPED = "mail-dropped"  # it was no longer true
    MAIL_DEAD = "mail-dead"  # it could not be delivered
    HOST_ASKED = "host-asked"

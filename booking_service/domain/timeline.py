"""The words of a booking's timeline, used for writing, showing and auditing it."""

from enum import StrEnum


class Happened(StrEnum):
    """An entry of a timeline. The words are stored and operators see them, so they never change."""

    HELD = "held"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    MOVED = "moved"
    MOVED_BACK = "moved-back"  # the new time was taken, or the calendar failed
    RESENT = "resent"  # the mail with the link
    INVITED_AGAIN = "invited-again"  # the invitation again, by the host
    ADDRESS_CORRECTED = "address-corrected"
    AGREED_HOST = "agreed-host"  # one of the two who must agree
    AGREED_INVITEE = "agreed-invitee"
    GUEST_DECLINED = "guest-declined"
    GUEST_COMES = "guest-comes"  # a guest who had declined
    REMINDERS_STOPPED = "reminders-stopped"
    OFFERED = "offered"  # another time, by the host
    OFFER_DECLINED = "offer-declined"  # the invitee keeps the present time
    KEPT = "kept"  # by the host, although another event stands there
    HELD_LONGER = "held-longer"  # by the host, or because the mail with the link left late
    BLOCKED = "blocked"  # the mailbox wants no more mail from this service
    UNBLOCKED = "unblocked"  # its owner took that back
    OPENED = "opened"  # one of the booking's links
    ERASED = "erased"
    REVEALED = "revealed"  # sensitive answers, to the host on their request

    WRITTEN = "written"  # to the calendar
    REMOVED = "removed"
    MISSING = "missing"
    FOUND_ELSEWHERE = "found-elsewhere"
    PUT_ELSEWHERE = "put-elsewhere"  # into another calendar, at the host's request

    MAILED = "mailed"
    MAIL_DROPPED = "mail-dropped"  # it was no longer true
    MAIL_DEAD = "mail-dead"  # it could not be delivered
    HOST_ASKED = "host-asked"

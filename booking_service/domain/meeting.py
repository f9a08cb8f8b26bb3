"""What can be booked: a meeting type and its choices."""

import base64
import hashlib
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from .availability import WorkingHours, zone_kept
from .localized_text import HostText
from .questions import Question, check_questions
from .slots import SlotRules

HOLD_AT_LEAST = timedelta(minutes=5)
HOLD_AT_MOST = timedelta(hours=72)
_NUMBER = re.compile(r"\+?[0-9][0-9 ()/.-]{3,30}")
ROOM = "{room}"  # in a location
DOI_LEAD = timedelta(minutes=15)  # a hold must leave time to confirm


class DoubleOptIn(StrEnum):
    """Whether an invitee must confirm by mail before the booking is one."""

    ON = "on"
    OFF = "off"
    ORGANISATION = "organisation"  # as the organisation says; on unless it says otherwise


class Approval(StrEnum):
    """Whether the host must agree as well, and in which order."""

    NONE = "none"
    BEFORE = "before"  # first the host, then the invitee by mail
    AFTER = "after"  # the invitee confirms, then the host decides


class HoldPolicy(StrEnum):
    """What an unconfirmed booking does to its time."""

    CALENDAR = "calendar"  # a tentative event in the host's calendar
    INTERNAL = "internal"  # blocked here; the event is written once it is confirmed
    NONE = "none"  # not blocked; the first to confirm gets it


class Place(StrEnum):
    VIDEO = "video"
    PHONE = "phone"
    IN_PERSON = "in-person"


@dataclass(frozen=True, slots=True)
class ConsentBlock:
    """A purpose whose consent can be ticked on the booking form.

    `position`: after how many of the questions it stands; None: after all of them.
    """

    purpose: str
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingType:
    """What can be booked with a host.

    `location`: an address, a link or a phone number, by `place`; `ROOM` in it becomes a room name of each booking's
    own. `tell_of_holds`: the host is mailed about each hold. `calendar_wins`: an event that the host puts over a held
    time wins when the invitee confirms. `calendar`: the address of the calendar for its events; empty: the host's
    target calendar. `change_until`: how long before the start an invitee may still reschedule or cancel.
    `moves_at_most`: how often they may reschedule. `remind_before`: how long before the start reminders go out.
    `embed_from`: origins of web sites that may embed its pages. `one_time_only`: booked by one-time links alone, and
    not listed.
    """

    id: UUID
    host_id: UUID
    slug: str
    title: HostText
    description: HostText = ""
    rules: SlotRules
    hours: WorkingHours | None = None
    hold_lifetime: timedelta = timedelta(minutes=60)
    doi: DoubleOptIn = DoubleOptIn.ORGANISATION
    approval: Approval = Approval.NONE
    approval_lifetime: timedelta = timedelta(hours=24)
    hold_policy: HoldPolicy = HoldPolicy.CALENDAR
    tell_of_holds: bool = False
    calendar_wins: bool = False
    place: Place = Place.VIDEO
    location: str = ""
    calendar: str = ""
    questions: tuple[Question, ...] = ()
    purposes: tuple[ConsentBlock, ...] = ()
    guests_at_most: int = 0
    change_until: timedelta = timedelta(0)
    moves_at_most: int = 5
    remind_before: tuple[timedelta, ...] = (timedelta(hours=24),)
    alarm_before: timedelta | None = None
    embed_from: tuple[str, ...] = ()
    listed: bool = True
    one_time_only: bool = False
    active: bool = True

    def __post_init__(self) -> None:
        if not HOLD_AT_LEAST <= self.hold_lifetime <= HOLD_AT_MOST:
            raise ValueError("a hold lasts between 5 minutes and 72 hours")
        if not 0 <= self.guests_at_most <= 10:
            raise ValueError("up to 10 guests can be invited")
        check_questions(self.questions)

    @property
    def plain_keys(self) -> frozenset[str]:
        """The keys of the questions that are not sensitive. An answer to any other key may be sensitive."""
        return frozenset(each.key for each in self.questions if not each.sensitive)

    @property
    def sensitive_keys(self) -> frozenset[str]:
        return frozenset(each.key for each in self.questions if each.sensitive)

    def wants_doi(self, *, forced: bool) -> bool:
        """Whether the invitee must confirm by mail. `forced`: the organisation requires it of every meeting type."""
        return forced or self.doi is not DoubleOptIn.OFF

    def keeps_times(self, *, forced: bool) -> bool:
        """Whether a requested time is kept until somebody confirms. `forced`: as for `wants_doi`."""
        asks = self.wants_doi(forced=forced) or self.approval is not Approval.NONE
        return asks and self.hold_policy is not HoldPolicy.NONE

    def for_booking(self, booking_id: UUID) -> "MeetingType":
        """The meeting type as one booking has it: with that booking's own room, where the location contains `ROOM`."""
        if ROOM not in self.location:
            return self
        return replace(self, location=self.location.replace(ROOM, room_of(booking_id)))

    @property
    def dialled(self) -> str:
        """The number for a tel: link (RFC 3966); "" where the host calls, or `location` is no number."""
        if self.place is not Place.PHONE or _NUMBER.fullmatch(self.location) is None:
            return ""
        digits = re.sub(r"[^0-9+]", "", self.location.replace("(0)", "") if "+" in self.location else self.location)
        return f"tel:{digits}"

    @property
    def joined(self) -> str:
        """The address of the video call; "" where `location` is none."""
        is_link = self.place is Place.VIDEO and self.location.lower().startswith(("https://", "http://"))
        return self.location if is_link else ""

    def lead(self, *, forced: bool) -> timedelta:
        """How much earlier than the notice a slot must start, so that a hold leaves time to confirm."""
        return DOI_LEAD if self.wants_doi(forced=forced) else timedelta(0)


def read_location(text: str) -> str:
    """A link, number or address, checked. Raises ValueError: braces with anything but `ROOM` in them."""
    if set(text.replace(ROOM, "")) & {"{", "}"}:
        raise ValueError(f"only {ROOM} may be in braces: it becomes a room of its own for each booking")
    return text


def room_of(booking_id: UUID) -> str:
    """The name of a booking's room: always the same, not guessable, and revealing nothing else."""
    digest = hashlib.sha256(b"booking-service/room/1\n" + booking_id.bytes).digest()
    return base64.b32encode(digest[:10]).decode("ascii").lower()


def shown_zone(meeting: MeetingType, host: ZoneInfo, *, chosen: ZoneInfo | None = None, kept: str = "") -> ZoneInfo:
    """The zone in which an invitee reads times: the host's where people meet in person.

    Otherwise the one `chosen` on this page, else the one `kept` with the booking, else the host's.
    """
    if meeting.place is Place.IN_PERSON:
        return host
    return chosen or zone_kept(kept, otherwise=host)

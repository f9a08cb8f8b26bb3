"""The facts for mails about bookings and calendars, gathered in one transaction."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID

from sqlmodel import Session

from ...crypto.keys import macs
from ...crypto.tokens import LinkPurpose, code_for
from ...domain.booking import Booking
from ...domain.effects import Mail, MailKind, MailRole
from ...domain.errors import UnknownMeeting
from ...domain.interval import Interval
from ...domain.mail_kinds import ROWS
from ...domain.meeting import MeetingType
from ...domain.people import Host
from ...domain.timeline import Happened
from ...language import language_of
from ...mail.compose import HostNoticeFacts, MailFacts, NearbyTime
from ...mail.facts import OwnText, recipient
from ...mail.letters.own_words import text_kind
from ...runtime import Runtime
from ...storage import access, bookings, calendars, hosts, mail_texts, mails, meetings, reservations, timeline
from ...storage.outbox import Claimed
from ..access import limits, links
from ..calendar.mass_deletion import question_token
from ..times.offers import nearest_slots

_NEARBY = 3
_TELLING = {str(row.kind) for row in ROWS.values() if row.tells}
_PURPOSES = {
    "confirm": LinkPurpose.CONFIRM,
    "manage": LinkPurpose.MANAGE,
    "not_me": LinkPurpose.NOT_ME,
    "stop": LinkPurpose.STOP,
    "act": LinkPurpose.ACT,
}


def gather(
    rt: Runtime, session: Session, claimed: Claimed, mail: Mail, booking: Booking, *, now: datetime
) -> MailFacts:
    """The facts for this mail, without nearby times, which only some mails tell (`with_nearby`)."""
    host, meeting = hosts.get(session, booking.host_id), meetings.of_booking(session, booking)
    entries = timeline.of_booking(session, booking.id)
    address = recipient(mail, booking=booking, host=host)
    theirs = [entry for entry in entries if entry.detail.get("who") in _marks(rt, booking, address)]
    mailed = [entry for entry in theirs if entry.what == Happened.MAILED]
    told = [entry for entry in mailed if entry.detail.get("kind") in _TELLING]
    waiting = {bookings.to_mail(dict(payload)).kind for payload in mails.behind(session, claimed)}
    facts = MailFacts(
        booking=booking,
        host=host,
        meeting=meeting,
        organisation=hosts.organisation(session),
        uid=reservations.of_booking(session, booking.id)[0].uid,
        links=_links(rt, booking, host, meeting, guest=mail.guest),
        code=code_for(rt.ring, booking.id, booking.generation),
        sender=sender(rt),
        reply_to=rt.settings.smtp.reply_to,
        confirmed=any(entry.what == Happened.CONFIRMED for entry in entries),
        told=bool(told),
        told_time=_time(told[-1]) if told else None,
        requested=_requested(booking, address, theirs, told=bool(told)),
        replaced=ROWS[mail.kind].replaced_by in waiting,
        thread=mailed[0].detail.get("message_id") if mailed else None,
        now=now,
    )
    return _in_own_words(session, mail, facts)


def with_nearby(rt: Runtime, facts: MailFacts) -> MailFacts:
    """The facts with free times nearby, and whether the time itself is still free.

    Not for meeting types booked by one-time links alone: a mail could not link to their times.
    """
    lost, page = facts.booking.time, facts.links["page"]
    try:
        free = nearest_slots(rt, facts.host.slug, facts.meeting.slug, to=lost.start, now=facts.now, count=_NEARBY + 1)
    except UnknownMeeting:
        return replace(facts, free=False)
    if not free:  # none is free, or the calendar can't be read now: the page will say
        return facts
    zone, spoken = facts.booking.invitee.zone, facts.booking.invitee.language
    others = [] if facts.meeting.one_time_only else [time for time in free if time != lost][:_NEARBY]
    nearby = tuple(NearbyTime(time, _details(page, time, zone=zone, language=spoken)) for time in others)
    return replace(facts, free=lost in free, nearby=nearby)


def host_notice_facts(rt: Runtime, session: Session, payload: Mapping[str, str], *, now: datetime) -> HostNoticeFacts:
    """The facts for a notice to a host, as of now; a calendar that works again has no `since`."""
    host, kind = hosts.get(session, UUID(payload["host_id"])), MailKind(payload["kind"])
    facts = HostNoticeFacts(
        host=host,
        organisation=hosts.organisation(session),
        sender=sender(rt),
        occasion=payload["occasion"],
        vanished=int(payload.get("vanished", "0")),
        own=own_text(session, host.id, kind, language=host.language),
        now=now,
    )
    if kind is MailKind.MANY_HOLDS:
        holds = bookings.count_waiting(session, facts.host.id, now=now)
        return replace(facts, holds=holds, act=f"{base_url(rt)}/host/bookings/holds?ticked=all")
    if "booking_id" in payload:
        booking = bookings.get(session, UUID(payload["booking_id"]))
        act = f"{base_url(rt)}/{LinkPurpose.ACT}/{links.token(rt, booking, LinkPurpose.ACT)}"
        return replace(facts, booking=booking, meeting=meetings.of_booking(session, booking), act=act)
    connected = next((c for c in calendars.every(session) if str(c.id) == payload["calendar_id"]), None)
    if connected is None:  # disconnected meanwhile
        return facts
    doubted = kind is MailKind.MASS_DELETION
    since = connected.doubtful_since if doubted else connected.failing_since
    act = f"{base_url(rt)}/{LinkPurpose.ACT}/{question_token(rt, connected)}" if doubted and since else ""
    return replace(facts, calendar=connected.name, failure=connected.failure, since=since, act=act)


def _in_own_words(session: Session, mail: Mail, facts: MailFacts) -> MailFacts:
    """The facts with the text that the host or organisation wrote for this mail, in its reader's language."""
    kind = text_kind(mail, told=facts.told, confirmed=facts.confirmed)
    if kind is None:
        return facts
    language = facts.host.language if mail.to is MailRole.HOST else facts.booking.invitee.language
    return replace(facts, own=own_text(session, facts.host.id, kind, language=language))


def own_text(session: Session, owner: UUID, kind: MailKind, *, language: str) -> OwnText | None:
    """The text of the owner or organisation for this mail, in its reader's language; None: the usual one."""
    found = mail_texts.in_use(session, owner, kind, language=language_of(language).code)
    return OwnText(found.subject, found.text) if found else None


def wants_no_mail(rt: Runtime, session: Session, address: str) -> bool:
    """Whether the mailbox is blocked."""
    return access.is_blocked(session, limits.mailbox_marks(rt, address))


def mark(rt: Runtime, booking: Booking, address: str) -> str:
    """Tells a booking's recipients apart on its timeline, without naming an address."""
    return _marks(rt, booking, address)[0]


def sender(rt: Runtime) -> str:
    """The service's own address: from the settings, else one at the host name of its base URL."""
    return rt.settings.smtp.sender or f"booking@{urlsplit(base_url(rt)).hostname or 'localhost'}"


def base_url(rt: Runtime) -> str:
    return (rt.settings.base_url or "").rstrip("/")


def _marks(rt: Runtime, booking: Booking, address: str) -> tuple[str, ...]:
    return tuple(each.hex()[:16] for each in macs(rt.ring, "recipient", booking.id.bytes + address.encode()))


def _requested(booking: Booking, address: str, theirs: list[timeline.TimelineEntry], *, told: bool) -> bool:
    """Whether an invitation was sent to this address, or may have been: a try without a reply counts."""
    unsent = [
        e for e in theirs if e.what in (Happened.MAIL_DROPPED, Happened.MAIL_DEAD) and e.detail.get("kind") in _TELLING
    ]
    never_tried = bool(unsent) and all(entry.detail.get("tries") == "0" for entry in unsent)
    return address in booking.invited and (told or not never_tried)


def _time(entry: timeline.TimelineEntry) -> Interval:
    return Interval(*(datetime.fromisoformat(entry.detail[name]) for name in ("starts_at", "ends_at")))


def _links(rt: Runtime, booking: Booking, host: Host, meeting: MeetingType, *, guest: str) -> dict[str, str]:
    base = base_url(rt)
    found = {name: f"{base}/{purpose}/{links.token(rt, booking, purpose)}" for name, purpose in _PURPOSES.items()}
    if guest:
        found["decline"] = f"{base}/{LinkPurpose.GUEST}/{links.token(rt, booking, LinkPurpose.GUEST, guest=guest)}"
    return found | {
        "page": f"{base}/{quote(host.slug)}" + ("" if meeting.one_time_only else f"/{quote(meeting.slug)}"),
        "release": f"{base}/host/bookings/{booking.id}/cancel",
        "privacy": f"{base}/privacy",
        "preferences": f"{base}/preferences",
    }


def _details(page: str, time: Interval, *, zone: str, language: str) -> str:
    start = time.start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{page}/details?{urlencode({'start': start, 'zone': zone, 'lang': language})}"

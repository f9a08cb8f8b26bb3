"""The same for mails that are about no booking: a calendar, a consent, an account that nobody has."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from ..domain.audit import Act
from ..domain.effects import MailKind
from ..domain.people import Host, Organisation, Person
from ..domain.privacy import Wish
from ..language import Language
from .example import example_facts
from .facts import AboutConsent, ContactFacts, HostNoticeFacts, OwnText
from .letters.account import AccountFacts

_NOBODY = UUID(int=0)
_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def example_notice(
    kind: MailKind,
    *,
    host: Host,
    organisation: Organisation,
    language: Language,
    own: OwnText | None,
    base_url: str,
    sender: str,
    now: datetime,
) -> HostNoticeFacts:
    """Their calendar was unreadable, lost events or got one over Grace Hopper's half hour; or many requests wait."""
    booked = example_facts(
        MailKind.HOST_BOOKED,
        host=host,
        organisation=organisation,
        language=language,
        own=None,
        base_url=base_url,
        sender=sender,
        now=now,
    )
    changed = kind is MailKind.CALENDAR_CHANGED
    return HostNoticeFacts(
        host=booked.host,
        organisation=organisation,
        sender=sender,
        occasion="example",
        holds=12 if kind is MailKind.MANY_HOLDS else 0,
        calendar=language.text("Work"),
        failure="Unavailable",
        since=now - timedelta(hours=2),
        vanished=7 if kind is MailKind.MASS_DELETION else 0,
        booking=booked.booking if changed else None,
        meeting=booked.meeting if changed else None,
        act=f"{base_url}/a/example",
        own=own,
        now=now,
    )


def example_to_contact(
    kind: MailKind,
    *,
    organisation: Organisation,
    language: Language,
    own: OwnText | None,
    base_url: str,
    sender: str,
    now: datetime,
) -> ContactFacts:
    """Grace Hopper ticked the box of a newsletter yesterday, or asked for her data."""
    page = f"{base_url}/preferences"
    about = AboutConsent(
        name=language.text("Monthly newsletter"),
        box=language.text("Send me the newsletter once a month."),
        asked_at=now - timedelta(days=1),
        until=now + timedelta(days=7),
        answered_at=now,
        record="example",
    )
    decided = kind in (MailKind.DELETION_DELAYED, MailKind.DELETION_REFUSED)
    return ContactFacts(
        contact_id=_NOBODY,
        address="grace@example.org",
        language=language.tag,
        zone="Europe/Berlin",
        organisation=organisation,
        consents=() if kind is MailKind.CONFIRM_CHANGE else (about,),
        links={
            "privacy": f"{base_url}/privacy",
            "preferences": page,
            "start": page,
            **{name: f"{page}/example" for name in ("answer", "out", "act")},
        },
        occasion="example",
        sender=sender,
        wish=Wish.DATA,
        asked_at=now - timedelta(days=1),
        until=now + timedelta(days=30 if decided else 1),
        kept_until=now + timedelta(days=3 * 365),
        reason=language.text("An invoice of yours has to be kept.") if decided else "",
        own=own,
        now=now,
    )


def example_to_person(
    kind: MailKind,
    *,
    person: Person,
    organisation: Organisation,
    language: Language,
    own: OwnText | None,
    base_url: str,
    sender: str,
    now: datetime,
) -> AccountFacts:
    """Their sign-in link, or what happened to their account a moment ago."""
    return AccountFacts(
        person=replace(person, language=language.tag),
        organisation=organisation,
        sender=sender,
        occasion="example",
        url=f"{base_url}/host/example",
        at=now.astimezone(UTC),
        code="123456" if kind is MailKind.SIGN_IN else "",
        ends_at=now + timedelta(minutes=15),
        agent=_AGENT,
        network="192.0.2.0/24",
        what=Act.PASSWORD_SET,
        address="ada.l@example.org",
        own=own,
        now=now,
    )

"""Previews of mails that are not about a booking: calendars, consents, accounts. Their links lead nowhere."""

from dataclasses import replace
from datetime import UTC, timedelta
from uuid import UUID

from ..domain.audit import AuditAct
from ..domain.effects import MailKind
from ..domain.people import Host, Person
from ..domain.privacy import Wish
from .example import ExampleContext, example_facts
from .facts import AboutConsent, ContactFacts, HostNoticeFacts
from .letters.account import AccountFacts

_NOBODY = UUID(int=0)
_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def example_notice(kind: MailKind, context: ExampleContext, *, host: Host) -> HostNoticeFacts:
    """An example of a notice to a host: an unreadable calendar, lost events, a conflict, or many holds."""
    booked = example_facts(MailKind.HOST_BOOKED, replace(context, own=None), host=host)
    changed = kind is MailKind.CALENDAR_CHANGED
    return HostNoticeFacts(
        host=booked.host,
        organisation=context.organisation,
        sender=context.sender,
        occasion="example",
        holds=12 if kind is MailKind.MANY_HOLDS else 0,
        calendar=context.language.text("Work"),
        failure="Unavailable",
        since=context.now - timedelta(hours=2),
        vanished=7 if kind is MailKind.MASS_DELETION else 0,
        booking=booked.booking if changed else None,
        meeting=booked.meeting if changed else None,
        act=f"{context.base_url}/a/example",
        own=context.own,
        now=context.now,
    )


def example_to_contact(kind: MailKind, context: ExampleContext) -> ContactFacts:
    """An example of a mail to a contact: a ticked newsletter box, or a request about their data."""
    page = f"{context.base_url}/preferences"
    about = AboutConsent(
        name=context.language.text("Monthly newsletter"),
        box=context.language.text("Send me the newsletter once a month."),
        asked_at=context.now - timedelta(days=1),
        until=context.now + timedelta(days=7),
        answered_at=context.now,
        record="example",
    )
    decided = kind in (MailKind.DELETION_DELAYED, MailKind.DELETION_REFUSED)
    return ContactFacts(
        contact_id=_NOBODY,
        address="grace@example.org",
        language=context.language.tag,
        zone="Europe/Berlin",
        organisation=context.organisation,
        consents=() if kind in (MailKind.CONFIRM_CHANGE, MailKind.PAGE_NEWS) else (about,),
        links={
            "privacy": f"{context.base_url}/privacy",
            "preferences": page,
            "start": page,
            **{name: f"{page}/example" for name in ("answer", "out", "act")},
        },
        occasion="example",
        sender=context.sender,
        wish=Wish.DATA,
        asked_at=context.now - timedelta(days=1),
        until=context.now + timedelta(days=30 if decided else 1),
        kept_until=context.now + timedelta(days=3 * 365),
        reason=context.language.text("We have to keep one of your invoices.") if decided else "",
        own=context.own,
        now=context.now,
    )


def example_to_person(kind: MailKind, context: ExampleContext, *, person: Person) -> AccountFacts:
    """An example of a mail to a person: their sign-in link, or a change to their account."""
    return AccountFacts(
        person=replace(person, language=context.language.tag),
        organisation=context.organisation,
        sender=context.sender,
        occasion="example",
        url=f"{context.base_url}/host/example",
        at=context.now.astimezone(UTC),
        code="123456" if kind is MailKind.SIGN_IN else "",
        ends_at=context.now + timedelta(minutes=15),
        agent=_AGENT,
        network="192.0.2.0/24",
        what=AuditAct.PASSWORD_SET,
        address="ada.l@example.org",
        given_up=3,
        own=context.own,
        now=context.now,
    )

"""People: hosts whose time is booked, invitees who book it, and who signs in here."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from .availability import DateOverride, HolidayRule, WorkingHours, local_date
from .localized_text import HostText, LocalizedText, worded
from .retention import AUDIT_DAYS
from .roles import Need, Permission, Rights, Role, SecondFactor
from .slots import HostLimits

EMAIL_LENGTH = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets
HOLD_MARK, HOLD_MARK_LENGTH = "⏳", 20
_LOCAL_LENGTH = 64  # RFC 5321 §4.5.3.1.1
_DOMAIN_LENGTH = 253
_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_LOCAL_PART = re.compile(rf"{_WORD}(\.{_WORD})*")
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """The person whose time is booked. `zone` is where the working hours are meant and the host's mails are read. `accent`:
    the colour of their pages, as #rrggbb, or empty for the organisation's; `welcome`: what their page begins with; `picture`: the name of theirs, or empty.
    `paused_until`: before this day of theirs nobody can book or reschedule by their pages; what stands stays. `left_at`:
    since when nobody is this host any more. `hold_mark`: what the title of a held time begins with in their calendar; may be empty."""

    id: UUID
    slug: str
    name: str
    email: str
    zone: ZoneInfo
    language: str = "en"
    hours: WorkingHours
    overrides: tuple[DateOverride, ...] = ()
    holidays: HolidayRule = field(default_factory=HolidayRule)
    limits: HostLimits = field(default_factory=HostLimits)
    listed: bool = True
    active: bool = True
    accent: str = ""
    welcome: HostText = ""
    picture: str = ""
    paused_until: date | None = None
    left_at: datetime | None = None
    hold_mark: str = HOLD_MARK

    def paused(self, now: datetime) -> date | None:
        """The day on which their pages take bookings again, where they don't at `now`."""
        until = self.paused_until
        return until if until is not None and local_date(now, self.zone) < until else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may sign in, by mail to `email`. `host_id`: the host they are, None where they are none."""

    id: UUID
    email: str
    name: str
    language: str = "en"
    zone: ZoneInfo
    roles: frozenset[Role]
    permissions: frozenset[Permission] = frozenset()
    host_id: UUID | None = None

    @property
    def rights(self) -> Rights:
        return Rights(roles=self.roles, permissions=self.permissions)

    def may(self, need: Need) -> bool:
        return self.rights.meet(need)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Who runs this service, and its policy. `doi_forced`: every meeting type asks for confirmation by mail; `accent`: its
    colour, as #rrggbb, or empty for the usual one; `logo`: the name of its picture, or empty. `retain_days`: for how long after a meeting its invitee's details are kept,
    None where the settings of the process count; `audit_days`: for how long the audit log is; `second_factor`: who signs in
    by a second factor as well."""

    name: str
    imprint: HostText = ""
    privacy: HostText = ""
    contact: str = ""
    accent: str = ""
    logo: str = ""
    languages: tuple[str, ...] = ("en", "de", "nl")
    default_language: str = "en"
    doi_forced: bool = False
    retain_days: int | None = None
    audit_days: int = AUDIT_DAYS
    second_factor: tuple[SecondFactor, ...] = ()

    def days_kept(self, usual: int) -> int:
        """For how many days after a meeting its invitee's details are kept. `usual`: where nobody decided."""
        return usual if self.retain_days is None else self.retain_days

    def own(self, text: HostText, reader: str) -> LocalizedText:
        """Imprint or privacy text as somebody reads it whose language is `reader`."""
        return worded(text, reader, writer=self.default_language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitee:
    """The person who books. `email` is what was typed, with its domain in ASCII form; mail goes there."""

    name: str
    email: str
    language: str
    zone: str

    @property
    def mailbox(self) -> str:
        return canonical_mailbox(self.email)


def is_mail_address(address: str) -> bool:
    """Whether this is one bare address in ASCII that every mail program reads alike (RFC 5322 §3.4.1, dot-atom only).

    Quoted local parts, address literals and what could be an encoded word (RFC 2047) are none. Whoever accepts an address
    and whoever writes it into a header ask here, so that nothing is accepted that can't be written to.
    """
    local, at, domain = address.rpartition("@")
    return (
        bool(at)
        and len(address) <= EMAIL_LENGTH
        and len(local) <= _LOCAL_LENGTH
        and len(domain) <= _DOMAIN_LENGTH
        and "=?" not in local
        and _LOCAL_PART.fullmatch(local) is not None
        and _DOMAIN.fullmatch(domain) is not None
    )


def sign_in_key(email: str) -> str:
    """By which a person is found: two addresses that differ in case only are one person's."""
    return email.strip().lower()


def canonical_mailbox(email: str) -> str:
    """The mailbox behind an address, for limits and blocks: lower case, without a plus tag, without Gmail's dots.

    Never an address to send to: whether case or tags matter is the receiving server's business (RFC 5321 §2.4).
    """
    local, _, domain = email.lower().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in {"gmail.com", "googlemail.com"}:
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


def masked_address(address: str) -> str:
    """g•••@example.org: enough to see a slip in one's own address, nothing for who only has the page; empty where none is."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}" if local else ""


def masked_phone(number: str) -> str:
    """•••89: no more than its owner needs to know it again; empty where none is."""
    return f"•••{number[-2:]}" if number else ""

"""People: hosts, invitees, everybody who signs in, and the organisation."""

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
_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_LOCAL_PART = re.compile(rf"{_WORD}(\.{_WORD})*")
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """The person whose time is booked.

    `zone`: of the working hours, and of times in the host's mails. `accent`: the colour of their pages as #rrggbb;
    empty: the organisation's. `welcome`: the first words of their page. `picture`: its name; empty for none.
    `paused_until`: their pages take no bookings or moves before this date of theirs; existing bookings stay. `left_at`:
    since when nobody is this host any more. `hold_mark`: prefix of a hold's title in their calendar; may be empty.
    """

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
        """The date from which their pages take bookings again; None where they take them at `now`."""
        until = self.paused_until
        return until if until is not None and local_date(now, self.zone) < until else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may sign in by a mail to `email`. `host_id`: the host they are, if any."""

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
    """Who runs this service, and its policies.

    `doi_forced`: every meeting type requires confirmation by mail. `accent`: its colour as #rrggbb; empty for the usual
    one. `logo`: the picture's name; empty for none. `retain_days`: how long after a meeting its invitee's details are
    kept; None: as the settings of the process say. `audit_days`: how long the audit log is kept. `second_factor`: who
    needs one to sign in.
    """

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
        """How many days after a meeting its invitee's details are kept. `usual`: the setting of the process."""
        return usual if self.retain_days is None else self.retain_days

    def own(self, text: HostText, reader: str) -> LocalizedText:
        """Imprint or privacy text in the reader's language."""
        return worded(text, reader, writer=self.default_language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitee:
    """The person who books. `email`: as typed, with its domain in ASCII form; mail goes there."""

    name: str
    email: str
    language: str
    zone: str

    @property
    def mailbox(self) -> str:
        return canonical_mailbox(self.email)


def is_mail_address(address: str) -> bool:
    """Whether this is one bare ASCII address that every mail program reads alike (RFC 5322 §3.4.1, dot-atom only).

    No quoted local parts, address literals, or anything like an encoded word (RFC 2047). Asked wherever an address is
    accepted or written into a header, so that no accepted address turns out unusable.
    """
    local, at, domain = address.rpartition("@")
    return (
        bool(at)
        and len(address) <= EMAIL_LENGTH
        and len(local) <= _LOCAL_LENGTH
        and "=?" not in local
        and _LOCAL_PART.fullmatch(local) is not None
        and _DOMAIN.fullmatch(domain) is not None
    )


def sign_in_key(email: str) -> str:
    """The key by which a person is found: addresses that differ only in case are the same person's."""
    return email.strip().lower()


def canonical_mailbox(email: str) -> str:
    """The mailbox behind an address, for limits and blocks: lower case, no plus tag, no dots at Gmail.

    Never for sending: case and tags are the receiving server's business (RFC 5321 §2.4).
    """
    local, _, domain = email.lower().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in {"gmail.com", "googlemail.com"}:
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


def masked_address(address: str) -> str:
    """g•••@example.org: enough to notice one's own typing error, useless to others; "" for none."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}" if local else ""


def masked_phone(number: str) -> str:
    """•••89: only as much as its owner needs to recognise it; "" for none."""
    return f"•••{number[-2:]}" if number else ""

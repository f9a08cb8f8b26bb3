"""What consents are for, and the exact texts they are asked with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from .chain import canonical, plain, wording_hash
from .localized_text import HostText

EVERY = "*"  # stands for all purposes, in entries that are about the person as a whole


class PurposeKind(StrEnum):
    """What a consent allows: mails, calls, the keeping of one field, tracking, or something of the organisation's own."""

    EMAIL = "email"
    PHONE = "phone"
    FIELD = "field"
    TRACKING = "tracking"
    CUSTOM = "custom"


class OptIn(StrEnum):
    """Whether a tick in a form is confirmed by a mailed link: as the organisation says, always, or never."""

    ORGANISATION = "organisation"
    ON = "on"
    OFF = "off"


class Accepts(StrEnum):
    """On what the gate lets through: each step adds one basis to the step before."""

    DOUBLE = "double"
    USER = "user"
    FORM = "form"


@dataclass(frozen=True, slots=True)
class Condition:
    """A purpose concerns only contacts in whose profile `field` has one of these values."""

    field: str
    values: tuple[str, ...]


REMINDERS_AT_MOST = 10  # of one question, whatever is decided


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRules:
    """What the organisation decides for all purposes that say nothing else. `opt_in`: ticks are confirmed by mail.
    `implied`: an existing relationship is enough. `reminders` go out each `remind_every`, to an address that proved itself
    (who reads its mail confirmed a booking or answered a link), with `remind_unproven` to any; `question_lasts`: how long
    a question may be answered. `erase_after`: how long who wished to be erased can still be kept by staff's own doing.
    `confirm_withdrawals_too`: what is ended on the preferences page waits for a mailed link as well, which is doubtful: ending has to
    be as easy as agreeing (Art. 7(3) GDPR)."""

    opt_in: bool = True
    accepts: Accepts = Accepts.DOUBLE
    implied: bool = False
    remind_every: timedelta = timedelta(days=3)
    reminders: int = 3
    remind_unproven: bool = False
    question_lasts: timedelta = timedelta(days=12)
    erase_after: timedelta = timedelta(days=7)
    confirm_withdrawals_too: bool = False
    page: "PageRules" = field(default_factory=lambda: PageRules())
    news: "NewsRules" = field(default_factory=lambda: NewsRules())

    def next_reminder(self, *, asked_at: datetime, until: datetime, now: datetime) -> datetime | None:
        """When the next reminder of an unanswered question is due, counted from when it was asked; None after the last."""
        return next(iter(self.reminders_ahead(asked_at=asked_at, until=until, now=now)), None)

    def reminders_ahead(self, *, asked_at: datetime, until: datetime, now: datetime) -> tuple[datetime, ...]:
        """When reminders are due that are still to come."""
        due = (asked_at + self.remind_every * each for each in range(1, self.reminders + 1))
        return tuple(at for at in due if now < at < until)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRules:
    """The preferences page. `statement`: in the organisation's own words; `footer`: below mails to contacts, above the link
    to it. `conditions`: who sees all of it by a fresh link; others, and everybody where it is not `active`, see their mail
    options only."""

    statement: HostText = ""
    footer: HostText = ""
    conditions: tuple[Condition, ...] = ()
    active: bool = True

    def shows_all(self, profile: Mapping[str, str]) -> bool:
        return self.active and meets(self.conditions, profile)

    def as_purpose(self) -> "Purpose":
        """What the gate looks at before somebody is told of the page: who said no to everything, and whom it is shown to."""
        return Purpose(
            id=UUID(int=0), slug=EVERY, kind=PurposeKind.CUSTOM, conditions=self.conditions, active=self.active
        )


class TellNews(StrEnum):
    """When contacts are told of the page or of a purpose that was switched on: when staff begin it, at once, or never."""

    BY_HAND = "by-hand"
    AT_ONCE = "at-once"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsRules:
    """Who is told once that the page or a purpose was switched on. `conditions`: only contacts whose profile meets them."""

    tell: TellNews = TellNews.BY_HAND
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """`slug` never changes: it stands in the evidence. `accepts`, `implied`: None where the organisation's rule counts.
    `lasts`: a grant that is older is expired. `allows_field`: what a purpose of that kind lets us keep. `rules`: who is told of
    an answer, and what follows."""

    id: UUID
    slug: str
    kind: PurposeKind
    allows_field: str = ""
    opt_in: OptIn = OptIn.ORGANISATION
    accepts: Accepts | None = None
    implied: bool | None = None
    lasts: timedelta | None = None
    conditions: tuple[Condition, ...] = ()
    template: str = ""
    reminder_template: str = ""
    review_on: date | None = None
    rules: Mapping[str, object] = field(default_factory=dict)
    active: bool = True

    def review_due(self, today: date) -> bool:
        """Whether its texts are to be looked at again, and somebody has to be told so."""
        return self.active and self.review_on is not None and self.review_on <= today

    def asks_by_mail(self, rules: ConsentRules) -> bool:
        """Whether a tick is confirmed by a mailed link. A mail proves no phone number, so calls are only where it is
        wanted expressly."""
        if self.opt_in is OptIn.ORGANISATION:
            return rules.opt_in and self.kind is not PurposeKind.PHONE
        return self.opt_in is OptIn.ON

    def concerns(self, profile: Mapping[str, str]) -> bool:
        return meets(self.conditions, profile)


def meets(conditions: tuple[Condition, ...], profile: Mapping[str, str]) -> bool:
    """Whether a profile has one of its values in the field of each condition."""
    return all(profile.get(each.field, "") in each.values for each in conditions)


class Part(StrEnum):
    """The texts of a wording: what it is called, beside the box, what one gets, in the mail, on the preferences page, and
    the policy."""

    NAME = "name"
    BOX = "box"
    BENEFIT = "benefit"
    MAIL = "mail"
    PAGE = "page"
    POLICY = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The texts of a purpose in one language, as they were from `made_at` on. Never edited; a change is a new version."""

    purpose: str
    language: str
    version: int
    texts: str  # canonical JSON of text by Part
    made_at: datetime
    made_by: str

    @property
    def hash(self) -> bytes:
        return wording_hash(
            {
                "purpose": self.purpose,
                "language": self.language,
                "version": self.version,
                "texts": self.texts,
                "made_at": plain(self.made_at),
                "made_by": self.made_by,
            }
        )


def parts_of(wording: Wording) -> Mapping[Part, str]:
    """The texts of a wording by what they are; "" for one that it leaves out. Without a name it is called as its purpose."""
    kept = {Part.NAME.value: wording.purpose} | json.loads(wording.texts)
    return {part: str(kept.get(part.value, "")) for part in Part}


def texts_of(parts: Mapping[Part, str]) -> str:
    """Texts as they are kept. Empty ones are left out."""
    return canonical({part.value: text for part, text in parts.items() if text})

"""Purposes of consent, and the exact texts by which people are asked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from .chain import canonical, plain, wording_hash
from .localized_text import HostText

EVERY = "*"  # in entries about the person as a whole: all purposes


class PurposeKind(StrEnum):
    """What a consent is for: mails, calls, keeping one field, tracking, or something of the organisation's own."""

    EMAIL = "email"
    PHONE = "phone"
    FIELD = "field"
    TRACKING = "tracking"
    CUSTOM = "custom"


class OptIn(StrEnum):
    """Whether a tick in a form must be confirmed by mail: as the organisation says, always, or never."""

    ORGANISATION = "organisation"
    ON = "on"
    OFF = "off"


class Accepts(StrEnum):
    """Which bases the gate accepts; each value includes all those before it."""

    DOUBLE = "double"
    USER = "user"
    FORM = "form"


@dataclass(frozen=True, slots=True)
class Condition:
    """The purpose concerns only contacts whose profile has one of these values in `field`."""

    field: str
    values: tuple[str, ...]


REMINDERS_AT_MOST = 10  # for one question, whatever the policy says


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRules:
    """What the organisation decides for all purposes without a choice of their own.

    `opt_in`: ticks must be confirmed by mail. `implied`: an existing relationship is enough. `reminders`: how many go
    out, one each `remind_every`, to proven addresses (they confirmed a booking or answered a link), with
    `remind_unproven` to all. `question_lasts`: how long a question can be answered. `erase_after`: how long after
    a wish to be erased staff may keep the data. `confirm_withdrawals_too`: ending on the preferences page must be confirmed by mail as well, which is
    doubtful, as ending must be as easy as agreeing (Art. 7(3) GDPR).
    """

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
        """When the next reminder of an unanswered question is due, counted from `asked_at`; None after the last."""
        return next(iter(self.reminders_ahead(asked_at=asked_at, until=until, now=now)), None)

    def reminders_ahead(self, *, asked_at: datetime, until: datetime, now: datetime) -> tuple[datetime, ...]:
        """When the remaining reminders are due."""
        due = (asked_at + self.remind_every * each for each in range(1, self.reminders + 1))
        return tuple(at for at in due if now < at < until)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRules:
    """The preferences page.

    `statement`: the organisation's own words. `footer`: above the link to the page, in mails to contacts. `conditions`:
    contacts that see all of it by a fresh link; the others, and everybody while it is not `active`, see their mail
    options only.
    """

    statement: HostText = ""
    footer: HostText = ""
    conditions: tuple[Condition, ...] = ()
    active: bool = True

    def shows_all(self, profile: Mapping[str, str]) -> bool:
        return self.active and meets(self.conditions, profile)

    def as_purpose(self) -> "Purpose":
        """The page as a purpose, for the gate: to know who said no to everything, and who may see the page."""
        return Purpose(
            id=UUID(int=0), slug=EVERY, kind=PurposeKind.CUSTOM, conditions=self.conditions, active=self.active
        )


class TellNews(StrEnum):
    """When contacts are told that a purpose or the page was switched on: when staff begin it, at once, or never."""

    BY_HAND = "by-hand"
    AT_ONCE = "at-once"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsRules:
    """Who is told, once, that a purpose or the page was switched on: contacts whose profile meets the `conditions`."""

    tell: TellNews = TellNews.BY_HAND
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """A purpose of consent.

    `slug` never changes, as the evidence names it. `accepts`, `implied`: None for the organisation's rule. `lasts`:
    older grants are expired. `allows_field`: the field that a consent allows to keep. `rules`: follow-ups of answers.
    """

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
        """Whether somebody must be told that its texts are due for a review."""
        return self.active and self.review_on is not None and self.review_on <= today

    def asks_by_mail(self, rules: ConsentRules) -> bool:
        """Whether a tick must be confirmed by mail; for calls only where set expressly, as a mail proves no phone
        number."""
        if self.opt_in is OptIn.ORGANISATION:
            return rules.opt_in and self.kind is not PurposeKind.PHONE
        return self.opt_in is OptIn.ON

    def concerns(self, profile: Mapping[str, str]) -> bool:
        return meets(self.conditions, profile)


def meets(conditions: tuple[Condition, ...], profile: Mapping[str, str]) -> bool:
    """Whether a profile meets each condition: one of its values in its field."""
    return all(profile.get(each.field, "") in each.values for each in conditions)


class Part(StrEnum):
    """The parts of a wording: name, text beside the box, benefit, text in the mail, text on the preferences page,
    policy."""

    NAME = "name"
    BOX = "box"
    BENEFIT = "benefit"
    MAIL = "mail"
    PAGE = "page"
    POLICY = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The texts of a purpose in one language, in force from `made_at` on. Never edited: a change is a new version."""

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
    """The texts by part; "" for a missing one. Without a name the purpose's slug is used."""
    kept = {Part.NAME.value: wording.purpose} | json.loads(wording.texts)
    return {part: str(kept.get(part.value, "")) for part in Part}


def texts_of(parts: Mapping[Part, str]) -> str:
    """Texts as they are stored, without empty ones."""
    return canonical({part.value: text for part, text in parts.items() if text})

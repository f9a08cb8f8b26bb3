"""Tables of the setup file about consents: rules for all purposes, and each purpose with its texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from ....domain.purposes import (
    REMINDERS_AT_MOST,
    Accepts,
    Condition,
    ConsentRules,
    NewsRules,
    OptIn,
    PageRules,
    Part,
    Purpose,
    PurposeKind,
    TellNews,
    texts_of,
)
from .tables import NIL, Count, Duration, Flag, Form, Language, Line, Name, Text


def _whole_days(value: timedelta) -> timedelta:
    if value < timedelta(days=1) or value % timedelta(days=1):
        raise ValueError("write whole days, like `12 days`")
    return value


def _days_or_none(value: timedelta) -> timedelta:
    return _whole_days(value) if value else value


Days = Annotated[Duration, AfterValidator(_whole_days)]


class ConditionForm(Form):
    """Only contacts whose profile has one of the values in the field."""

    field: Name
    values: Annotated[tuple[Line, ...], Field(min_length=1)]

    def condition(self) -> Condition:
        return Condition(self.field, self.values)


class ConsentsForm(Form):
    """The rules for purposes without choices of their own."""

    opt_in: Flag = True
    accepts: Accepts = Accepts.DOUBLE
    implied: Flag = False
    remind_every: Days = timedelta(days=3)
    reminders: Annotated[Count, Field(ge=0, le=REMINDERS_AT_MOST)] = 3
    remind_unproven: Flag = False
    question_lasts: Days = timedelta(days=12)
    erase_after: Annotated[Duration, AfterValidator(_days_or_none)] = timedelta(days=7)
    confirm_withdrawals_too: Flag = False
    statement: Text = ""
    footer: Text = ""
    page: Flag = True
    page_conditions: tuple[ConditionForm, ...] = ()
    news: TellNews = TellNews.BY_HAND
    news_conditions: tuple[ConditionForm, ...] = ()

    def rules(self) -> ConsentRules:
        return ConsentRules(
            opt_in=self.opt_in,
            accepts=self.accepts,
            implied=self.implied,
            remind_every=self.remind_every,
            reminders=self.reminders,
            remind_unproven=self.remind_unproven,
            question_lasts=self.question_lasts,
            erase_after=self.erase_after,
            confirm_withdrawals_too=self.confirm_withdrawals_too,
            page=PageRules(
                statement=self.statement,
                footer=self.footer,
                conditions=tuple(each.condition() for each in self.page_conditions),
                active=self.page,
            ),
            news=NewsRules(
                tell=self.news,
                conditions=tuple(each.condition() for each in self.news_conditions),
            ),
        )


class WordingForm(Form):
    """The texts of a purpose in one language: name, box, benefit, mail, page, policy."""

    name: Line = ""
    box: Annotated[Text, Field(min_length=1)]
    benefit: Text = ""
    mail: Text = ""
    page: Text = ""
    policy: Text = ""

    def texts(self) -> str:
        return texts_of({part: getattr(self, part.value) for part in Part})


class PurposeForm(Form):
    """A purpose. Without `accepts` and `implied` the rules for all purposes apply."""

    kind: PurposeKind
    field: Line = ""
    opt_in: OptIn = OptIn.ORGANISATION
    accepts: Accepts | None = None
    implied: Flag | None = None
    lasts: Days | None = None
    template: Line = ""
    reminder_template: Line = ""
    review_on: date | None = None
    active: Flag = True
    conditions: tuple[ConditionForm, ...] = ()
    wording: dict[Language, WordingForm] = Field(default={})

    def wanted(self, slug: str) -> "WantedPurpose":
        purpose = Purpose(
            id=NIL,
            slug=slug,
            kind=self.kind,
            allows_field=self.field,
            opt_in=self.opt_in,
            accepts=self.accepts,
            implied=self.implied,
            lasts=self.lasts,
            conditions=tuple(each.condition() for each in self.conditions),
            template=self.template,
            reminder_template=self.reminder_template,
            review_on=self.review_on,
            active=self.active,
        )
        return WantedPurpose(purpose, {language: each.texts() for language, each in self.wording.items()})


@dataclass(frozen=True, slots=True)
class WantedPurpose:
    """Its id is assigned by the database. `texts`: canonical JSON of its wording, by language."""

    purpose: Purpose
    texts: Mapping[str, str]

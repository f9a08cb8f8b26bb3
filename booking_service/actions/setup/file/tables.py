"""Tables of the setup file: the values of each key, and the domain values they mean."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Annotated, Literal, Self, get_args
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    field_validator,
    model_validator,
)

from ....config.notation import read_duration, read_mail_address, split_address
from ....domain.availability import DateOverride, HolidayRule, Span, WorkingHours, parse_spans, zone_of
from ....domain.colours import read_colour
from ....domain.embedding import read_origin
from ....domain.localized_text import HostText, InLanguages
from ....domain.meeting import Approval, ConsentBlock, DoubleOptIn, HoldPolicy, MeetingType, Place, read_location
from ....domain.people import HOLD_MARK, HOLD_MARK_LENGTH, Host, Organisation
from ....domain.questions import OnlyAfter, Question, QuestionKind
from ....domain.retention import AUDIT_DAYS, AUDIT_DAYS_AT_LEAST, LONGEST_DAYS
from ....domain.roles import SecondFactor
from ....domain.slots import Horizon, HostLimits, SlotRules
from ....domain.text import NAME_LENGTH, one_line, several_lines
from ....public_holidays import read_region
from ..names import DEFAULT_HOURS, check_host_name, check_meeting_name, check_name

TEXT_LENGTH = 20_000
DEFAULT_NOTICE = timedelta(hours=4)
DEFAULT_HORIZON_DAYS = 60
NIL = UUID(int=0)  # stands for an id that the database assigns
NO_PASSWORDS = (
    "a password does not belong in this file: put it into a file of its own and write password_file, "
    "or into the environment and write password_env"
)


def _spans(value: object) -> tuple[Span, ...]:
    if not isinstance(value, str):
        raise ValueError('write hours like "9-12, 13-17", or "" for closed')
    return parse_spans(value)


def _title(value: str) -> str:
    shown = one_line(value)
    if not 0 < len(shown) <= NAME_LENGTH:
        raise ValueError(f"write 1 to {NAME_LENGTH} characters")
    return shown


def _text(value: str) -> str:
    shown = several_lines(value)
    if len(shown) > TEXT_LENGTH:
        raise ValueError(f"write up to {TEXT_LENGTH} characters")
    return shown


def _in_languages(read: Callable[[str], str]) -> Callable[[object], HostText]:
    """One text, or a table of it by language, each parsed by `read`."""

    def host_text(value: object) -> HostText:
        match value:
            case str():
                return read(value)
            case dict() if value:
                return InLanguages(tuple((_language(code), _version(code, text)) for code, text in value.items()))
            case _:
                raise ValueError('write a text, or one for each language: { en = "…", de = "…" }')

    def _language(code: str) -> str:
        if code not in get_args(Language):
            raise ValueError(f"{code} is not a language of this service; there are {', '.join(get_args(Language))}")
        return code

    def _version(code: str, text: object) -> str:
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"{code}: write the text in this language, or leave the language out")
        try:
            return read(text)
        except ValueError as error:
            raise ValueError(f"{code}: {error}") from error

    return host_text


def _web_address(value: str) -> str:
    if not value.startswith(("https://", "http://")):
        raise ValueError(
            "write the server's address, beginning with https:// (`booking-service calendar discover` finds it)"
        )
    if "@" in value.partition("://")[2].partition("/")[0]:
        raise ValueError("put the user name and password into `username` and `password_file`, not into the address")
    if not split_address(value).hostname:
        raise ValueError("the address names no server")
    return value


Language = Literal["en", "de", "nl"]
HostLanguage = Literal["en", "en-US", "de", "nl"]
Spans = Annotated[tuple[Span, ...], BeforeValidator(_spans)]
Duration = Annotated[timedelta, BeforeValidator(read_duration)]
Title = Annotated[str, AfterValidator(_title)]
Line = Annotated[str, AfterValidator(one_line), Field(max_length=1000)]
Location = Annotated[Line, AfterValidator(read_location)]
HostTitle = Annotated[HostText, PlainValidator(_in_languages(_title))]
Text = Annotated[HostText, PlainValidator(_in_languages(_text))]
MailAddress = Annotated[str, AfterValidator(read_mail_address)]
Origin = Annotated[str, AfterValidator(read_origin)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Zone = Annotated[str, AfterValidator(lambda name: zone_of(name).key)]
Region = Annotated[str, AfterValidator(read_region)]
Colour = Annotated[str, AfterValidator(read_colour)]
Name = Annotated[str, AfterValidator(check_name)]
MeetingName = Annotated[str, AfterValidator(check_meeting_name)]
HostName = Annotated[str, AfterValidator(check_host_name)]
Count = Annotated[int, Field(strict=True)]
Flag = Annotated[bool, Field(strict=True)]


class Form(BaseModel):
    """A table of the file. Error messages never contain what was typed: it may be a misplaced secret."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class WeekForm(Form):
    """Hours by weekday; a missing day is closed."""

    monday: Spans = ()
    tuesday: Spans = ()
    wednesday: Spans = ()
    thursday: Spans = ()
    friday: Spans = ()
    saturday: Spans = ()
    sunday: Spans = ()

    def hours(self) -> WorkingHours:
        return WorkingHours(tuple(getattr(self, day) for day in WEEKDAYS))


WEEKDAYS = tuple(WeekForm.model_fields)


class OverrideForm(Form):
    """Other hours from `first_on` to `last_on` (that day alone if missing); without hours the host is away."""

    first_on: date
    last_on: date | None = None
    hours: Spans = ()
    name: Annotated[Line, Field(max_length=NAME_LENGTH)] = ""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        self.override()
        return self

    def override(self) -> DateOverride:
        return DateOverride(self.first_on, self.last_on or self.first_on, self.hours, self.name)


class OnlyAfterForm(Form):
    """The answer after which a question is asked; a tick is answered "yes"."""

    question: Name
    answer: Line


class QuestionForm(Form):
    """`long = true` is the older spelling of the kind "long"; options without a kind mean a choice of one. `field`: the
    profile field in which the answer is kept as well."""

    key: Name
    label: HostTitle
    kind: QuestionKind | None = None
    required: Flag = False
    long: Flag = False
    sensitive: Flag = False
    options: tuple[HostTitle, ...] = Field(default=(), max_length=50)
    only_after: OnlyAfterForm | None = None
    field: Name | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.long and self.kind not in (None, QuestionKind.LONG):
            raise ValueError(f"long = true is the kind long, not {self.kind}")
        self.question()
        return self

    def question(self) -> Question:
        usual = QuestionKind.LONG if self.long else QuestionKind.CHOICE if self.options else QuestionKind.TEXT
        return Question(
            key=self.key,
            label=self.label,
            kind=self.kind or usual,
            required=self.required,
            sensitive=self.sensitive,
            options=self.options,
            only_after=OnlyAfter(self.only_after.question, self.only_after.answer) if self.only_after else None,
            field=self.field or "",
        )


class ConsentBlockForm(Form):
    """A consent on the booking form. `position`: after how many questions; missing: after all."""

    purpose: Name
    position: Annotated[Count, Field(ge=0)] | None = None

    def block(self) -> ConsentBlock:
        return ConsentBlock(self.purpose, self.position)


class OrganisationForm(Form):
    """Who runs this service."""

    name: Title
    imprint: Text = ""
    privacy: Text = ""
    contact: Line = ""
    accent: Colour = ""
    logo: Line = ""
    languages: tuple[Language, ...] = Field(default=("en", "de", "nl"), min_length=1)
    default_language: Language = "en"
    doi_forced: Flag = False
    retain_days: Annotated[Count, Field(ge=0, le=LONGEST_DAYS)] | None = None
    audit_days: Annotated[Count, Field(ge=AUDIT_DAYS_AT_LEAST, le=LONGEST_DAYS)] = AUDIT_DAYS
    second_factor: tuple[SecondFactor, ...] = ()

    @model_validator(mode="after")
    def _speaks_its_default(self) -> Self:
        if self.default_language not in self.languages:
            raise ValueError(f"default_language {self.default_language!r} is not among languages")
        return self

    def organisation(self) -> Organisation:
        return Organisation(
            name=self.name,
            imprint=self.imprint,
            privacy=self.privacy,
            contact=self.contact,
            accent=self.accent,
            languages=self.languages,
            default_language=self.default_language,
            doi_forced=self.doi_forced,
            retain_days=self.retain_days,
            audit_days=self.audit_days,
            second_factor=tuple(dict.fromkeys(self.second_factor)),
        )


class MeetingForm(Form):
    """What can be booked. `increment`: the duration by default. Without horizon_days and last_on: 60 days."""

    title: HostTitle
    description: Text = ""
    duration: Duration
    increment: Duration | None = None
    buffer_before: Duration = timedelta(0)
    buffer_after: Duration = timedelta(0)
    notice: Duration = DEFAULT_NOTICE
    horizon_days: Count | None = None
    last_on: date | None = None
    per_day: Count | None = None
    per_week: Count | None = None
    hours: WeekForm | None = None
    hold_lifetime: Duration | None = None
    doi: DoubleOptIn = DoubleOptIn.ORGANISATION
    approval: Approval = Approval.NONE
    approval_lifetime: Duration = timedelta(hours=24)
    hold_policy: HoldPolicy = HoldPolicy.CALENDAR
    tell_of_holds: Flag = False
    calendar_wins: Flag = False
    place: Place = Place.VIDEO
    location: Location = ""
    calendar: Line = ""
    questions: tuple[QuestionForm, ...] = ()
    purposes: tuple[ConsentBlockForm, ...] = ()
    guests_at_most: Count = 0
    change_until: Duration = timedelta(0)
    moves_at_most: Annotated[Count, Field(ge=0)] = 5
    remind_before: tuple[Duration, ...] = (timedelta(hours=24),)
    alarm_before: Duration | None = None
    embed_from: tuple[Origin, ...] = ()
    listed: Flag = True
    one_time_only: Flag = False
    active: Flag = True

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        refuse_twice((question.key for question in self.questions), "question")
        refuse_twice((block.purpose for block in self.purposes), "purpose")
        self.meeting("any", hold_lifetime=timedelta(hours=1))
        return self

    def meeting(self, slug: str, *, hold_lifetime: timedelta) -> MeetingType:
        """`hold_lifetime`: where the file says nothing."""
        return MeetingType(
            id=NIL,
            host_id=NIL,
            slug=slug,
            title=self.title,
            description=self.description,
            rules=self._rules(),
            hours=self.hours.hours() if self.hours else None,
            hold_lifetime=hold_lifetime if self.hold_lifetime is None else self.hold_lifetime,
            doi=self.doi,
            approval=self.approval,
            approval_lifetime=self.approval_lifetime,
            hold_policy=self.hold_policy,
            tell_of_holds=self.tell_of_holds,
            calendar_wins=self.calendar_wins,
            place=self.place,
            location=self.location,
            calendar=self.calendar,
            questions=tuple(question.question() for question in self.questions),
            purposes=tuple(each.block() for each in self.purposes),
            guests_at_most=self.guests_at_most,
            change_until=self.change_until,
            moves_at_most=self.moves_at_most,
            remind_before=self.remind_before,
            alarm_before=self.alarm_before,
            embed_from=tuple(dict.fromkeys(self.embed_from)),
            listed=self.listed,
            one_time_only=self.one_time_only,
            active=self.active,
        )

    def _rules(self) -> SlotRules:
        days = DEFAULT_HORIZON_DAYS if self.horizon_days is None and self.last_on is None else self.horizon_days
        return SlotRules(
            duration=self.duration,
            increment=self.duration if self.increment is None else self.increment,
            buffer_before=self.buffer_before,
            buffer_after=self.buffer_after,
            notice=self.notice,
            horizon=Horizon(days=days, last_on=self.last_on),
            per_day=self.per_day,
            per_week=self.per_week,
        )


class CalendarForm(Form):
    """A calendar by address, or by its name on the server."""

    url: WebAddress | None = None
    name: Title | None = None
    conflicts: Flag = True
    target: Flag = False

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        if self.url is None and self.name is None:
            raise ValueError("say which calendar: its name, or its url")
        return self


class AccountForm(Form):
    """One account at a CalDAV server."""

    url: WebAddress
    username: Line = ""
    password_file: str | None = None
    password_env: str | None = None
    password: object = None
    auth: Literal["auto", "basic", "digest", "bearer"] = "auto"
    calendars: tuple[CalendarForm, ...] = ()

    @field_validator("password", mode="before")
    @classmethod
    def _stays_out(cls, value: object) -> object:
        raise ValueError(NO_PASSWORDS)

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.password_file is not None and self.password_env is not None:
            raise ValueError("give password_file or password_env, not both")
        return self

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        refuse_twice((each.url for each in self.calendars if each.url is not None), "calendar")
        refuse_twice((each.name for each in self.calendars if each.url is None and each.name is not None), "calendar")
        return self


class HostForm(Form):
    """The person whose time is booked. Without hours: Monday to Friday, 9 to 17."""

    name: Title
    email: MailAddress
    zone: Zone
    language: HostLanguage = "en"
    hours: WeekForm | None = None
    overrides: tuple[OverrideForm, ...] = ()
    holidays: Region = ""
    works_on: tuple[Line, ...] = ()
    per_day: Count | None = None
    per_week: Count | None = None
    listed: Flag = True
    active: Flag = True
    accent: Colour = ""
    welcome: Text = ""
    picture: Line = ""
    hold_mark: Annotated[Line, Field(max_length=HOLD_MARK_LENGTH)] = HOLD_MARK
    accounts: dict[Name, AccountForm] = {}
    meetings: dict[MeetingName, MeetingForm] = {}

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if sum(calendar.target for account in self.accounts.values() for calendar in account.calendars) > 1:
            raise ValueError("bookings are written to one calendar: only one may have target = true")
        if self.works_on and not self.holidays:
            raise ValueError('works_on is about public holidays: say of which country, holidays = "DE"')
        refuse_twice(self.works_on, "holiday")
        self.host("any")
        return self

    def host(self, slug: str) -> Host:
        return Host(
            id=NIL,
            slug=slug,
            name=self.name,
            email=self.email,
            zone=zone_of(self.zone),
            language=self.language,
            hours=self.hours.hours() if self.hours else DEFAULT_HOURS,
            overrides=tuple(override.override() for override in self.overrides),
            holidays=HolidayRule(self.holidays, self.works_on),
            limits=HostLimits(per_day=self.per_day, per_week=self.per_week),
            listed=self.listed,
            active=self.active,
            accent=self.accent,
            welcome=self.welcome,
            hold_mark=self.hold_mark,
        )


def refuse_twice(names: Iterable[str], what: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"the {what} {name!r} appears twice")
        seen.add(name)

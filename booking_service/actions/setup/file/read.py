"""Parsing a setup file into domain values: organisation, hosts, calendars, meeting types and hours.

Parsing is the validation, and all problems are reported at once, each with its line and key. Passwords are never in the
file; it says where they are.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from ....config.notation import split_address
from ....domain.effects import MailKind
from ....domain.mail_texts import ORGANISATION
from ....domain.meeting import MeetingType
from ....domain.people import Host, Organisation
from ....domain.pictures import MOST_OCTETS, NotAPicture, Picture, is_picture_name, read_picture
from ....domain.purposes import ConsentRules
from .field_tables import FieldForm, WantedField
from .lines import KeyPath, line_of, lines_of
from .mail_tables import HostWithMailsForm, MailForm, Mails, MailTextForm, WantedMail, wanted_mails, wrong_in_mails
from .purpose_tables import ConsentsForm, PurposeForm, WantedPurpose
from .tables import (
    AccountForm,
    CalendarForm,
    ConsentBlockForm,
    Form,
    HostName,
    MeetingForm,
    Name,
    OnlyAfterForm,
    OrganisationForm,
    OverrideForm,
    QuestionForm,
    WeekForm,
)

NIL_HOST = UUID(int=1)  # stands for a host's id, which the database assigns
_QUOTED = r"'([^']*)'"
_TWICE = re.compile(r"Cannot (?:declare \((?P<place>.*)\) twice|overwrite a value) \(at line (?P<line>\d+)")


class SetupForm(Form):
    """The whole file."""

    organisation: OrganisationForm | None = None
    consents: ConsentsForm | None = None
    purposes: dict[Name, PurposeForm] = Field(default={})
    fields: dict[Name, FieldForm] = Field(default={})
    mails: dict[MailKind, MailForm] = Field(default={})
    hosts: dict[HostName, HostWithMailsForm] = Field(default={})


_FORMS: Mapping[KeyPath, type[Form]] = {
    ("organisation",): OrganisationForm,
    ("purposes", "*"): PurposeForm,
    ("fields", "*"): FieldForm,
    ("mails", "*"): MailForm,
    ("hosts", "*"): HostWithMailsForm,
    ("hosts", "*", "mails", "*"): MailForm,
    ("hosts", "*", "overrides", "*"): OverrideForm,
    ("hosts", "*", "accounts", "*"): AccountForm,
    ("hosts", "*", "accounts", "*", "calendars", "*"): CalendarForm,
    ("hosts", "*", "meetings", "*"): MeetingForm,
    ("hosts", "*", "meetings", "*", "questions", "*"): QuestionForm,
    ("hosts", "*", "meetings", "*", "questions", "*", "only_after"): OnlyAfterForm,
    ("hosts", "*", "meetings", "*", "purposes", "*"): ConsentBlockForm,
}


class SetupRefused(Exception):
    """The file can't be applied. `problems`: a sentence for each, with its line if it has one."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedCalendar:
    """A calendar by absolute address, or by its name on the server. `where`: line and key."""

    url: str | None
    name: str | None
    conflicts: bool
    target: bool
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedAccount:
    """`password`: None where the file names none, or an unset variable (`unset`)."""

    key: str
    url: str
    username: str
    auth: str
    password: str | None = field(repr=False)
    unset: str = ""
    calendars: tuple[WantedCalendar, ...]
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedHost:
    """The ids of `host` and `meetings` mean nothing; the database assigns them."""

    host: Host
    accounts: tuple[WantedAccount, ...]
    meetings: tuple[MeetingType, ...]
    mails: tuple[WantedMail, ...] = ()
    where: str


@dataclass(frozen=True, slots=True)
class SetupFile:
    """The content of a setup file. Without an organisation or consent rules, those stay as they are.

    `pictures`: files beside it, by the names that hosts and organisation use.
    """

    organisation: Organisation | None
    hosts: tuple[WantedHost, ...]
    consents: ConsentRules | None = None
    purposes: tuple[WantedPurpose, ...] = ()
    fields: tuple[WantedField, ...] = ()
    mails: tuple[WantedMail, ...] = ()
    pictures: Mapping[str, Picture] = field(default_factory=dict)


def parse(
    text: str, *, env: Mapping[str, str], folder: Path, hold_lifetime: timedelta = timedelta(minutes=60)
) -> SetupFile:
    """Parse a setup file. `folder`: for relative files of passwords and pictures.

    `hold_lifetime`: of meeting types without one. Raises SetupRefused.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SetupRefused((_unreadable(error),)) from error
    except RecursionError as error:
        raise SetupRefused(("this is not TOML: it is nested too deeply",)) from error
    reading = _Reading(lines_of(text), env, folder, hold_lifetime)
    try:
        form = SetupForm.model_validate(tree)
    except ValidationError as error:
        for detail in error.errors():
            reading.complain(*_problem(detail))
        raise reading.refusal() from None  # pydantic's own message may contain what was typed
    found = SetupFile(
        reading.organisation(form.organisation) if form.organisation else None,
        tuple(reading.host(slug, host) for slug, host in form.hosts.items()),
        form.consents.rules() if form.consents else None,
        tuple(each.wanted(slug) for slug, each in form.purposes.items()),
        tuple(each.wanted(slug) for slug, each in form.fields.items()),
        reading.mails(form.mails, ORGANISATION, ()),
        reading.pictures,
    )
    if reading.problems:
        raise reading.refusal()
    return found


@dataclass
class _Reading:
    """Reading one well-formed file: references to outside, and problems."""

    lines: Mapping[KeyPath, int]
    env: Mapping[str, str]
    folder: Path
    hold_lifetime: timedelta
    problems: list[tuple[int, str]] = field(default_factory=list)
    pictures: dict[str, Picture] = field(default_factory=dict)

    def complain(self, place: KeyPath, text: str) -> None:
        self.problems.append((line_of(self.lines, place), f"{_dotted(place)}: {text}" if place else text))

    def refusal(self) -> SetupRefused:
        return SetupRefused(tuple(f"line {line}: {text}" for line, text in sorted(set(self.problems))))

    def organisation(self, form: OrganisationForm) -> Organisation:
        return replace(form.organisation(), logo=self._picture(("organisation", "logo"), form.logo))

    def mails(self, forms: Mails, owner: UUID, above: KeyPath) -> tuple[WantedMail, ...]:
        place = (*above, "mails")
        for at, wrong in wrong_in_mails(forms, owner, place):
            self.complain(at, wrong)
        return wanted_mails(forms, place)

    def host(self, slug: str, form: HostWithMailsForm) -> WantedHost:
        place = ("hosts", slug)
        return WantedHost(
            host=replace(form.host(slug), picture=self._picture((*place, "picture"), form.picture)),
            accounts=tuple(self._account((*place, "accounts", key), key, each) for key, each in form.accounts.items()),
            meetings=tuple(
                each.meeting(meeting, hold_lifetime=self.hold_lifetime) for meeting, each in form.meetings.items()
            ),
            mails=self.mails(form.mails, NIL_HOST, place),
            where=self._where(place),
        )

    def _picture(self, place: KeyPath, written: str) -> str:
        """The picture's stored name. An exported one need not lie beside the file, as it is stored by that name."""
        path = self.folder / written
        if not written or (is_picture_name(path.name) and not path.exists()):
            return path.name if written else ""
        try:
            with path.open("rb") as file:
                picture = read_picture(file.read(MOST_OCTETS + 1))
        except OSError as error:
            self.complain(place, f"{path} can't be read: {error.strerror}")
            return ""
        except NotAPicture as error:
            self.complain(place, f"{path}: {error}")
            return ""
        self.pictures[picture.name] = picture
        return picture.name

    def _account(self, place: KeyPath, key: str, form: AccountForm) -> WantedAccount:
        password, unset = self._password(place, form)
        calendars = tuple(
            self._calendar((*place, "calendars", at), form, each) for at, each in enumerate(form.calendars)
        )
        return WantedAccount(
            key=key,
            url=form.url,
            username=form.username,
            auth=form.auth,
            password=password,
            unset=unset,
            calendars=calendars,
            where=self._where(place),
        )

    def _password(self, place: KeyPath, form: AccountForm) -> tuple[str | None, str]:
        """The password, and the variable that should contain it but is not set."""
        if form.password_env is not None:
            return self.env.get(form.password_env), "" if form.password_env in self.env else form.password_env
        if form.password_file is None:
            return None, ""
        path = self.folder / form.password_file
        try:
            password = path.read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8"
            self.complain((*place, "password_file"), f"{path} can't be read: {reason}")
            return None, ""
        if not password:
            self.complain((*place, "password_file"), f"{path} is empty")
        return password, ""

    def _calendar(self, place: KeyPath, account: AccountForm, form: CalendarForm) -> WantedCalendar:
        url = form.url
        if url is not None and origin(url) != origin(account.url):
            self.complain(
                (*place, "url"),
                "the calendar is on another server than its account: a password is sent to one server only",
            )
        return WantedCalendar(
            url=url, name=form.name, conflicts=form.conflicts, target=form.target, where=self._where(place)
        )

    def _where(self, place: KeyPath) -> str:
        return f"line {line_of(self.lines, place)}: {_dotted(place)}"


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port: where a password may be sent."""
    parts = split_address(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _unreadable(error: tomllib.TOMLDecodeError) -> str:
    """The most frequent TOML error, a name that occurs twice (by copying a host), in words of its own."""
    twice = _TWICE.match(str(error))
    if twice is None:
        return f"this is not TOML: {error}"
    return f"line {twice['line']}: {'.'.join(re.findall(_QUOTED, twice['place'] or '')) or 'this key'} appears twice"


def _problem(detail: ErrorDetails) -> tuple[KeyPath, str]:
    """The path and the problem, without what was typed."""
    place: KeyPath = tuple(part for part in detail["loc"] if part != "[key]")
    if detail["type"] == "extra_forbidden":
        close = difflib.get_close_matches(str(place[-1]), _known_at(place[:-1]), n=1, cutoff=0.6)
        return place, "there is no such key" + (f"; did you mean {close[0]}?" if close else "")
    if detail["type"] == "missing":
        return place, "is missing"
    cause = detail.get("ctx", {}).get("error")
    return place, str(cause) if isinstance(cause, ValueError) else detail["msg"][:1].lower() + detail["msg"][1:]


def _known_at(place: KeyPath) -> list[str]:
    """The keys that a table may have."""
    return list(_form_at(place).model_fields)


def _form_at(place: KeyPath) -> type[Form]:
    """The form of the table at this path, in which keys alternate with names or array positions."""
    if place[-1:] == ("hours",):
        return WeekForm
    if place[-3:-2] == ("texts",):
        return MailTextForm
    return _FORMS.get(tuple("*" if at % 2 else part for at, part in enumerate(place)), SetupForm)


def _dotted(place: KeyPath) -> str:
    """`hosts.ada.overrides[1].hours`, with elements counted from 1."""
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return text

"""Drawing the page of a meeting type: four open fields, the rest folded with its values in the summary."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from ...actions.setup.meeting_types import OwnMeeting
from ...domain.form_order import Item, items
from ...domain.localized_text import LocalizedText, worded
from ...domain.meeting import Approval, ConsentBlock, HoldPolicy, MeetingType, Place
from ...domain.people import Organisation
from ...domain.questions import Question, QuestionKind
from ...language import LANGUAGES, Language
from ..parts.setting_fields import FieldView, Option
from .meeting_meaning import length_of
from .meeting_values import WEEKDAYS, seen
from .meeting_words import choices, hint, label, wrong

OPEN = ("title", "duration", "place", "location", "description")
_LENGTHS = frozenset(
    {"notice", "increment", "buffer_before", "buffer_after", "hold_lifetime", "approval_lifetime", "change_until"}
    | {"remind_before", "alarm_before"}
)
_FOLDS: Mapping[str, tuple[str, ...]] = {
    "when": (
        *("hours", *(f"hours.{day}" for day in WEEKDAYS), "notice", "horizon_days", "last_on", "increment"),
        *("buffer_before", "buffer_after", "per_day", "per_week"),
    ),
    "confirmation": (
        *("doi", "hold_lifetime", "hold_policy", "calendar_wins", "tell_of_holds", "approval", "approval_lifetime"),
        *("change_until", "moves_at_most", "remind_before"),
    ),
    "questions": ("guests_at_most",),
    "seen": ("slug", "seen"),
    "calendar": ("calendar", "alarm_before"),
}


@dataclass(frozen=True, slots=True)
class ItemView:
    """A question or consent block in the order of the form."""

    at: int
    title: LocalizedText
    about: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldView:
    id: str
    title: str
    summary: str
    fields: tuple[FieldView, ...]
    count: str = ""
    items: tuple[ItemView, ...] = ()
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The values as typed, and their meeting type. `wrong`: sentences by name. `purposes`: names by slug.

    `doi_reason`: the organisation's reason for requiring confirmation.
    """

    own: OwnMeeting
    draft: MeetingType
    values: Mapping[str, str]
    wrong: Mapping[str, str]
    organisation: Organisation
    language: Language
    calendar: str
    base: str
    purposes: Mapping[str, str]
    doi_reason: str = ""

    @property
    def writer(self) -> str:
        return self.own.host.language.partition("-")[0]


def open_fields(drawn: Drawn) -> tuple[FieldView, ...]:
    return tuple(_field(drawn, name) for name in OPEN)


def folds(drawn: Drawn, *, open_fold: str = "") -> tuple[FoldView, ...]:
    """`open_fold`: the one that was edited; those with mistakes are open as well."""
    made = (_fold(drawn, id) for id in _FOLDS)
    return tuple(replace(each, open=each.id == open_fold or bool(each.count)) for each in made)


def names_in(fold: str, language_codes: Collection[str]) -> tuple[str, ...]:
    texts = tuple(f"{part}.{code}" for part in ("title", "description") for code in language_codes)
    return (*_FOLDS[fold], *texts) if fold == "seen" else _FOLDS[fold]


def _fold(drawn: Drawn, id: str) -> FoldView:
    language = drawn.language
    names = names_in(id, [code for code in LANGUAGES if code != drawn.writer])
    mistakes = sum(name in drawn.wrong for name in names)
    return FoldView(
        id=id,
        title=_title(id, language),
        summary=" · ".join(each for each in _summary(drawn, id) if each),
        fields=tuple(_field(drawn, name) for name in names),
        count=language.plural("{count} correction", "{count} corrections", mistakes) if mistakes else "",
        items=_items(drawn) if id == "questions" else (),
    )


def _field(drawn: Drawn, name: str) -> FieldView:
    language, value = drawn.language, drawn.values.get(name, "")
    part = name.partition(".")[0]
    return FieldView(
        name=name,
        label=label(name, language),
        value=shown(name, value, language),
        kind=_kind(name),
        hint="" if part == "hours" and name != "hours" else hint(name, language),
        error=drawn.wrong.get(name, ""),
        optional=name in {"description", "location", "per_day", "per_week", "last_on", "alarm_before", "remind_before"}
        or "." in name,
        options=tuple(
            Option(
                each, text, _doi_hint(drawn) if each == "organisation" else more, each == value, _off(drawn, each, name)
            )
            for each, text, more in (
                calendar_choices(drawn.own, language) if name == "calendar" else choices(name, language)
            )
        ),
    )


def calendar_choices(own: OwnMeeting, language: Language) -> tuple[tuple[str, str, str], ...]:
    """The target first; a chosen calendar that no longer exists stays visible."""
    usual = (
        language.text("Same as the others: “{calendar}”", calendar=own.target)
        if own.target
        else language.text("Same as the others")
    )
    known = dict(own.calendars)
    gone = [(own.meeting.calendar, own.meeting.calendar, "")] if own.meeting.calendar not in ("", *known) else []
    return (("", usual, ""), *((url, name, "") for url, name in own.calendars), *gone)


def _off(drawn: Drawn, value: str, name: str) -> bool:
    """What the organisation does not allow, unless it is stored already."""
    return name == "doi" and drawn.organisation.doi_forced and value == "off" and drawn.values.get(name) != value


def _doi_hint(drawn: Drawn) -> str:
    if drawn.organisation.doi_forced:
        forced = drawn.language.text("At the moment: yes, for everyone, whatever you choose here.")
        return f"{forced} {drawn.language.text('“{text}”', text=drawn.doi_reason)}" if drawn.doi_reason else forced
    return drawn.language.text("At the moment: yes.")


def _kind(name: str) -> str:
    part = name.partition(".")[0]
    if name in ("doi", "hold_policy", "calendar_wins", "tell_of_holds", "approval", "seen", "hours"):
        return "radio"
    if name in ("place", "calendar"):
        return "select"
    if name == "last_on":
        return "date"
    if part == "description":
        return "long"
    return "text" if part == "title" or name in ("location", "remind_before", "slug") or "." in name else "short"


def shown(name: str, value: str, language: Language) -> str:
    """A value in the reader's words, which can be typed as well."""
    if name not in _LENGTHS:
        return value
    if value == "0 s":
        return "0 min"
    day, days = (language.plural("{count} day", "{count} days", n).partition(" ")[2] for n in (1, 2))
    return " ".join({"day": day, "days": days}.get(each, each) for each in value.split(" "))


def chosen_words(name: str, value: str, language: Language) -> str:
    """A value where it is read rather than edited."""
    options = {each: text for each, text, _ in choices(name, language)}
    return options.get(value, shown(name, value, language)) or language.text("(empty)")


def wrong_words(names: Collection[str], language: Language) -> dict[str, str]:
    return {name: wrong(name, language) for name in names}


def _title(id: str, language: Language) -> str:
    titles = {
        "when": language.text("When"),
        "confirmation": language.text("Confirmation"),
        "questions": language.text("Questions"),
        "seen": language.text("Who sees it, and languages"),
        "calendar": language.text("Calendar"),
    }
    return titles[id]


def _summary(drawn: Drawn, id: str) -> Sequence[str]:
    match id:
        case "when":
            return _when(drawn.draft, drawn.language)
        case "confirmation":
            return _confirmation(drawn.draft, drawn.organisation, drawn.language)
        case "questions":
            return _questions(drawn.draft, drawn.language)
        case "seen":
            return _seen(drawn)
        case _:
            to = drawn.language.text("Goes to “{calendar}”", calendar=drawn.calendar) if drawn.calendar else ""
            return (to or drawn.language.text("No calendar takes your bookings yet"),)


def _when(meeting: MeetingType, language: Language) -> Sequence[str]:
    rules = meeting.rules
    after, before = rules.buffer_after, rules.buffer_before
    horizon = rules.horizon
    return (
        language.text("Hours of its own") if meeting.hours else language.text("My usual hours"),
        language.text("{length} notice", length=length_of(rules.notice, language)),
        language.plural("{count} day ahead", "{count} days ahead", horizon.days) if horizon.days is not None else "",
        language.text("until {day}", day=language.full_date(horizon.last_on)) if horizon.last_on else "",
        language.text("starts every {length}", length=length_of(rules.increment, language)),
        language.text("{length} free before", length=length_of(before, language)) if before else "",
        language.text("{length} free after", length=length_of(after, language)) if after else "",
    )


def _confirmation(meeting: MeetingType, organisation: Organisation, language: Language) -> Sequence[str]:
    by_mail = meeting.wants_doi(forced=organisation.doi_forced)
    held = length_of(meeting.hold_lifetime, language)
    return (
        language.text("By email within {length}", length=held) if by_mail else language.text("Booked at once"),
        language.text("no approval by you")
        if meeting.approval is Approval.NONE
        else language.text("approved by you within {length}", length=length_of(meeting.approval_lifetime, language)),
        language.text("not held anywhere") if by_mail and meeting.hold_policy is HoldPolicy.NONE else "",
    )


def _questions(meeting: MeetingType, language: Language) -> Sequence[str]:
    asked, offered = len(meeting.questions), len(meeting.purposes)
    return (
        language.text("Name, email"),
        language.plural("{count} question", "{count} questions", asked) if asked else "",
        language.plural("{count} consent", "{count} consents", offered) if offered else "",
        language.text("guests") if meeting.guests_at_most else "",
    )


def _seen(drawn: Drawn) -> Sequence[str]:
    meeting, language = drawn.draft, drawn.language
    return (chosen_words("seen", seen(meeting), language), f"/{drawn.own.host.slug}/{meeting.slug}")


def _items(drawn: Drawn) -> tuple[ItemView, ...]:
    return tuple(
        ItemView(at, item_title(drawn, each), _about(drawn, each), f"{drawn.base}/questions/{item_id(each)}")
        for at, each in enumerate(items(drawn.own.meeting))
    )


def item_id(item: Item) -> str:
    """The item's id in addresses; no key contains a dot."""
    return f"q.{item.key}" if isinstance(item, Question) else f"c.{item.purpose}"


def item_title(drawn: Drawn, item: Item) -> LocalizedText:
    if isinstance(item, ConsentBlock):
        return LocalizedText(drawn.purposes.get(item.purpose, item.purpose))
    return worded(item.label, drawn.language.code, writer=drawn.writer)


def _about(drawn: Drawn, item: Item) -> str:
    language = drawn.language
    if isinstance(item, ConsentBlock):
        return language.text("Consent block · never ticked beforehand")
    parts = [kind_name(item.kind, language)]
    parts.append(language.text("required") if item.required else language.text("optional"))
    if item.sensitive:
        parts.append(language.text("sensitive"))
    if item.field:
        parts.append(language.text("also kept in a contact’s field"))
    if item.only_after is not None:
        parts.append(after_words(drawn.own.meeting, item, language, writer=drawn.writer))
    return " · ".join(parts)


def after_words(meeting: MeetingType, question: Question, language: Language, *, writer: str) -> str:
    after = question.only_after
    if after is None:
        return ""
    first = next(each for each in meeting.questions if each.key == after.question)
    return language.text(
        "asked only if “{question}” is “{answer}”",
        question=worded(first.label, language.code, writer=writer).text,
        answer=language.answer(first, after.answer, writer=writer),
    )


def kind_name(kind: QuestionKind, language: Language) -> str:
    names = {
        QuestionKind.TEXT: language.text("Short text"),
        QuestionKind.LONG: language.text("Long text"),
        QuestionKind.CHOICE: language.text("Choice of one"),
        QuestionKind.SEVERAL: language.text("Choice of several"),
        QuestionKind.NUMBER: language.text("Number"),
        QuestionKind.PHONE: language.text("Phone number"),
        QuestionKind.TICK: language.text("Tick box"),
    }
    return names[kind]


def place_words(meeting: MeetingType, language: Language) -> str:
    """The place, for a list of meeting types."""
    match meeting.place:
        case Place.IN_PERSON:
            return meeting.location or language.place(meeting.place)
        case Place.PHONE:
            return language.text("Phone, they call you") if meeting.location else language.text("Phone, you call")
        case Place.VIDEO:
            return language.place(meeting.place)

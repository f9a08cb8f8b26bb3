"""The fields of the details form: labels, input and problems."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ...actions.consent.offers import OfferedConsent
from ...domain.localized_text import LocalizedText, worded
from ...domain.meeting import MeetingType
from ...domain.people import Organisation
from ...domain.purposes import Part
from ...domain.questions import TICKED, Question, QuestionKind
from ...language import Language
from ..http.forms import Problem
from .details_form import TRAP, as_typed, asked_of, field_names, given, is_ticked, kept_name, tick_name, wording_name


@dataclass(frozen=True, slots=True)
class Option:
    """A box, or one of several answers."""

    name: str
    value: str
    label: LocalizedText
    checked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """`kind`: text, email, number, phone, long, choice (one of `options`), several, tick, or trap (hidden from people).

    `keeps`: name and value of the hidden field that says where the answer is kept as well.
    """

    name: str
    label: LocalizedText
    value: str
    kind: str = "text"
    hint: str = ""
    error: str = ""
    required: bool = False
    autocomplete: str = "off"
    options: tuple[Option, ...] = ()
    keeps: tuple[str, str] | None = None

    @property
    def described_by(self) -> str:
        """The ids of hint and error, for aria-describedby."""
        return " ".join(f"{self.name}-{part}" for part, text in (("hint", self.hint), ("error", self.error)) if text)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentField:
    """A consent's box, never preticked. `wording`: the hash of its texts, sent along to say which were read.

    `notes`: further texts. `language`: of the texts, where that differs from the page's.
    """

    name: str
    label: str
    box: str
    notes: tuple[str, ...]
    wording_name: str
    wording: str
    ticked: bool
    error: str = ""
    language: str = ""
    kind: str = "consent"

    @property
    def snapshot(self) -> str:
        """The block as it is shown, for the evidence."""
        return "\n".join((self.label, self.box, *self.notes))

    @property
    def described_by(self) -> str:
        return " ".join(f"{self.name}-{part}" for part in ("hint", "error") if part == "hint" or self.error)


def fields_of(
    meeting: MeetingType,
    form: Mapping[str, str],
    problems: Iterable[Problem],
    language: Language,
    *,
    writer: str,
    consents: Iterable[ConsentField] = (),
    hint: str,
    keeps: bool,
) -> tuple[Field | ConsentField, ...]:
    """`writer`: the host's language. `consents`: boxes in the order of the meeting type's blocks. `hint`: at the
    address.

    `keeps`: answers are kept in the profile, where a question says so.
    """
    wrong = {problem.field: problem.text for problem in reversed(tuple(problems))}
    return (
        Field(
            name="name",
            label=LocalizedText(language.text("Full name")),
            value=as_typed(form.get("name", "")),
            error=wrong.get("name", ""),
            required=True,
            autocomplete="name",
        ),
        Field(
            name="email",
            label=LocalizedText(language.text("Email address")),
            value=as_typed(form.get("email", "")),
            kind="email",
            hint=hint,
            error=wrong.get("email", ""),
            required=True,
            autocomplete="email",
        ),
        *_placed(question_fields(meeting, form, wrong, language, writer=writer, keeps=keeps), meeting, consents),
        *_guests(meeting, form, wrong, language),
        Field(
            name=TRAP,
            label=LocalizedText(language.text("Leave this empty")),
            value="",
            kind="trap",
            error=wrong.get(TRAP, ""),
        ),
    )


def question_fields(
    meeting: MeetingType,
    form: Mapping[str, str],
    wrong: Mapping[str, str],
    language: Language,
    *,
    writer: str,
    keeps: bool = False,
) -> dict[str, Field]:
    """The questions asked with this input, by key, in order. `wrong`: by field name. `keeps`: as in `fields_of`."""
    asked = {each.key: each for each in asked_of(form, meeting, writer=writer)}
    drawn = {key: _question(each, form, wrong, language, writer) for key, each in asked.items()}
    said = language.text("Also kept in your profile with us, if you have one.")
    return {
        key: replace(each, hint=said, keeps=(kept_name(key), slug)) if keeps and (slug := asked[key].field) else each
        for key, each in drawn.items()
    }


def consent_field(
    offered: OfferedConsent,
    form: Mapping[str, str],
    problems: Iterable[Problem],
    language: Language,
    organisation: Organisation,
) -> ConsentField:
    """The box with benefit, how it ends, use of the data, and who is responsible."""
    texts, name = offered.texts, tick_name(offered.purpose.slug)
    ends = (
        language.text("You get an email of its own to confirm it, and can end it at any time.")
        if offered.by_mail
        else language.text("You can end it at any time.")
    )
    responsible = language.text("Responsible: {organisation}", organisation=organisation.name)
    notes = (texts[Part.BENEFIT], ends, texts[Part.POLICY], responsible if organisation.name else "")
    spoken = offered.wording.language
    return ConsentField(
        name=name,
        label=texts[Part.NAME],
        box=texts[Part.BOX],
        notes=tuple(note for note in notes if note),
        wording_name=wording_name(offered.purpose.slug),
        wording=offered.wording.hash.hex(),
        ticked=is_ticked(form, offered),
        error=next((each.text for each in problems if each.field == name), ""),
        language=spoken if spoken != language.code else "",
    )


def _placed(
    asked: Mapping[str, Field], meeting: MeetingType, consents: Iterable[ConsentField]
) -> Iterable[Field | ConsentField]:
    """Each box after as many questions as its block says, asked or not; boxes at one place in the order of their
    blocks."""
    keys, boxes = [each.key for each in meeting.questions], {each.name: each for each in consents}
    places = [
        (len(keys) if block.position is None else min(block.position, len(keys)), boxes[name])
        for block in meeting.purposes
        if (name := tick_name(block.purpose)) in boxes
    ]
    for at in range(len(keys) + 1):
        yield from (box for place, box in places if place == at)
        yield from (asked[key] for key in keys[at : at + 1] if key in asked)


def _question(
    question: Question, form: Mapping[str, str], wrong: Mapping[str, str], language: Language, writer: str
) -> Field:
    name = f"answer-{question.key}"
    return Field(
        name=name,
        label=worded(question.label, language.code, writer=writer),
        value=as_typed(form.get(name, "")),
        kind=question.kind,
        error=wrong.get(name, ""),
        required=question.required,
        autocomplete="tel" if question.kind is QuestionKind.PHONE else "off",
        options=_options(question, form, language, writer),
    )


def _options(question: Question, form: Mapping[str, str], language: Language, writer: str) -> tuple[Option, ...]:
    """The options; with an empty one where none is required."""
    chosen = given(form, question, writer=writer).split("\n")
    labels = [worded(each, language.code, writer=writer) for each in question.options]
    match question.kind:
        case QuestionKind.CHOICE:
            (name,) = field_names(question)
            none = (
                ()
                if question.required
                else (Option(name, "", LocalizedText(language.text("No answer")), chosen == [""]),)
            )
            pairs = zip(question.values(writer), labels, strict=True)
            return (*(Option(name, value, label, value in chosen) for value, label in pairs), *none)
        case QuestionKind.SEVERAL:
            boxes = zip(field_names(question), question.values(writer), labels, strict=True)
            return tuple(Option(name, TICKED, label, value in chosen) for name, value, label in boxes)
        case _:
            return ()


def _guests(
    meeting: MeetingType, form: Mapping[str, str], wrong: Mapping[str, str], language: Language
) -> tuple[Field, ...]:
    if not meeting.guests_at_most:
        return ()
    hint = language.plural(
        "The email address of one more person to invite",
        "Up to {count} email addresses, one on each line. They are invited once you have confirmed.",
        meeting.guests_at_most,
    )
    label, error = LocalizedText(language.text("Guests")), wrong.get("guests", "")
    return (
        Field(name="guests", label=label, value=as_typed(form.get("guests", "")), kind="long", hint=hint, error=error),
    )

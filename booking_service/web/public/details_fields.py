"""The fields of the details form: what each asks, what was typed into it, and what is wrong with that."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...domain.meeting import MeetingType, Question
from ...domain.wording import Wording, worded
from ...language import Language
from ..http.forms import Problem
from .details_form import TRAP, as_typed


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """`kind`: text, email, long (several lines) or trap (hidden from people)."""

    name: str
    label: Wording
    value: str
    kind: str = "text"
    hint: str = ""
    error: str = ""
    required: bool = False
    autocomplete: str = "off"

    @property
    def described_by(self) -> str:
        """The ids of hint and error, for aria-describedby."""
        return " ".join(f"{self.name}-{part}" for part, text in (("hint", self.hint), ("error", self.error)) if text)


def fields_of(
    meeting: MeetingType,
    form: Mapping[str, str],
    problems: Iterable[Problem],
    language: Language,
    *,
    writer: str,
    hint: str,
) -> tuple[Field, ...]:
    """`writer`: the language that the host writes in; `hint`: what becomes of the mail address."""
    wrong = {problem.field: problem.text for problem in reversed(tuple(problems))}
    return (
        Field(
            name="name",
            label=Wording(language.text("Full name")),
            value=as_typed(form.get("name", "")),
            error=wrong.get("name", ""),
            required=True,
            autocomplete="name",
        ),
        Field(
            name="email",
            label=Wording(language.text("Email address")),
            value=as_typed(form.get("email", "")),
            kind="email",
            hint=hint,
            error=wrong.get("email", ""),
            required=True,
            autocomplete="email",
        ),
        *(_question(each, form, wrong, worded(each.label, language.code, writer=writer)) for each in meeting.questions),
        *_guests(meeting, form, wrong, language),
        Field(
            name=TRAP,
            label=Wording(language.text("Leave this empty")),
            value="",
            kind="trap",
            error=wrong.get(TRAP, ""),
        ),
    )


def _question(question: Question, form: Mapping[str, str], wrong: Mapping[str, str], label: Wording) -> Field:
    name = f"answer-{question.key}"
    return Field(
        name=name,
        label=label,
        value=as_typed(form.get(name, "")),
        kind="long" if question.long else "text",
        error=wrong.get(name, ""),
        required=question.required,
    )


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
    label, error = Wording(language.text("Guests")), wrong.get("guests", "")
    return (
        Field(name="guests", label=label, value=as_typed(form.get("guests", "")), kind="long", hint=hint, error=error),
    )

"""Questions to the invitee, in their order, each of a kind, some only after a certain answer.

An answer is stored as text in the host's own language, so that it means the same to every reader: the chosen option,
several options one per line, `TICKED` for a tick, "" for none.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .localized_text import HostText, worded
from .text import NOTE_LENGTH

ANSWER_LENGTH = 500
EXPOSED_AT_MOST = 4
TICKED = "yes"
_BETWEEN = ", "
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,6})?")
_PHONE = re.compile(r"\+?[0-9][0-9 ()/.-]{4,30}")
_PHONE_DIGITS = range(5, 16)  # ITU-T E.164: fifteen at most


class QuestionKind(StrEnum):
    """How an answer is given."""

    TEXT = "text"
    LONG = "long"  # several lines
    CHOICE = "choice"  # one of the options
    SEVERAL = "several"  # any of the options
    NUMBER = "number"
    PHONE = "phone"
    TICK = "tick"


WITH_OPTIONS = frozenset({QuestionKind.CHOICE, QuestionKind.SEVERAL})
_EXPOSING = frozenset({QuestionKind.TEXT, QuestionKind.NUMBER, QuestionKind.PHONE})


@dataclass(frozen=True, slots=True)
class OnlyAfter:
    """The question is only asked after this answer to another one."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question to the invitee.

    `sensitive`: the answer is sealed, and in no calendar, mail or list. `field`: slug of the profile field in which the
    answer is kept as well; "" for none.
    """

    key: str
    label: HostText
    kind: QuestionKind = QuestionKind.TEXT
    required: bool = False
    sensitive: bool = False
    options: tuple[HostText, ...] = ()
    only_after: OnlyAfter | None = None
    field: str = ""

    def __post_init__(self) -> None:
        if bool(self.options) != (self.kind in WITH_OPTIONS):
            raise ValueError(f"{self.key}: options belong to a choice or to several, and these need them")
        texts = [text for each in self.options for text in set(_versions(each))]
        if len(set(texts)) < len(texts):
            raise ValueError(f"{self.key}: two of the options read the same")

    @property
    def longest(self) -> int:
        """The maximum number of characters of a typed answer."""
        return NOTE_LENGTH if self.kind is QuestionKind.LONG else ANSWER_LENGTH

    @property
    def longest_value(self) -> int:
        """The maximum number of characters that `value` returns."""
        options = [max(len(text) for text in _versions(each)) for each in self.options]
        match self.kind:
            case QuestionKind.CHOICE:
                return max(options)
            case QuestionKind.SEVERAL:
                return sum(options) + len(_BETWEEN) * (len(options) - 1)
            case _:
                return self.longest

    def value(self, answer: str) -> str:
        """The answer on one line, as a field keeps it: several options are joined."""
        return answer.replace("\n", _BETWEEN) if self.kind is QuestionKind.SEVERAL else answer

    def exposed(self, answer: str) -> str:
        """The readable end of a sensitive answer, to tell one from another: digits only, a third of it, at most four.

        Nothing of words and options: their last letters would tell too much.
        """
        if self.kind not in _EXPOSING:
            return ""
        digits = re.search(r"[0-9]*\Z", answer)
        shown = min(EXPOSED_AT_MOST, len(answer) // 3, len(digits[0]) if digits else 0)
        return answer[len(answer) - shown :]

    def values(self, writer: str) -> tuple[str, ...]:
        """The options as answers keep them: in the writer's language."""
        return tuple(worded(each, writer, writer=writer).text for each in self.options)

    def meant(self, answer: str) -> int | None:
        """The index of the option that this is in any language; None for none."""
        return next((at for at, each in enumerate(self.options) if answer in _versions(each)), None)

    def words(self, answer: str, reader: str, *, writer: str, ticked: str) -> str:
        """The answer in the reader's language. `ticked`: that language's word for a tick."""
        if self.kind is QuestionKind.TICK:
            return ticked if answer == TICKED else answer
        if self.kind not in WITH_OPTIONS:
            return answer
        return "\n".join(self._option(line, reader, writer) for line in answer.split("\n"))

    def _option(self, line: str, reader: str, writer: str) -> str:
        at = self.meant(line)
        return line if at is None else worded(self.options[at], reader, writer=writer).text


@dataclass(frozen=True, slots=True)
class SealedAnswer:
    """The stored answer to a sensitive question. `exposed`: its readable end."""

    key: str
    sealed: str
    exposed: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer. `question`: None where it is no longer asked. `text`: None where it is sensitive; only `exposed` is
    readable."""

    key: str
    question: Question | None
    text: str | None
    exposed: str = ""

    @property
    def masked(self) -> str:
        return f"••••{self.exposed}"


def answered(
    questions: Sequence[Question], answers: Sequence[tuple[str, str]], sealed: Sequence[SealedAnswer]
) -> tuple[Answered, ...]:
    """The answers in the order of the questions, then those to questions that were removed."""
    by_key = {each.key: each for each in questions}
    given = [_open(by_key.get(key), key, text) for key, text in answers if text]
    given += [Answered(each.key, by_key.get(each.key), None, each.exposed) for each in sealed]
    places = {key: at for at, key in enumerate(by_key)}
    return tuple(sorted(given, key=lambda each: places.get(each.key, len(places))))


def _open(question: Question | None, key: str, text: str) -> Answered:
    """An answer from before its question became sensitive counts as sensitive; it is going to be sealed."""
    if question is not None and question.sensitive:
        return Answered(key, question, None, question.exposed(text))
    return Answered(key, question, text)


def check_questions(questions: Sequence[Question]) -> None:
    """Raises ValueError: a question depends on one that isn't there, on itself, or on an impossible answer."""
    by_key = {each.key: each for each in questions}
    for question in questions:
        behind, step = {question.key}, question.only_after
        while step is not None:
            if step.question not in by_key:
                raise ValueError(f"{question.key} follows the question {step.question}, which is not there")
            if step.question in behind:
                raise ValueError(f"{question.key} follows itself")
            behind.add(step.question)
            step = by_key[step.question].only_after
        if question.only_after is not None and not _can_be_given(
            by_key[question.only_after.question], question.only_after
        ):
            raise ValueError(f"{question.key} follows an answer that can't be given to {question.only_after.question}")


def _can_be_given(decides: Question, after: OnlyAfter) -> bool:
    return after.answer == TICKED if decides.kind is QuestionKind.TICK else decides.meant(after.answer) is not None


def asked(questions: Sequence[Question], answers: Mapping[str, str]) -> tuple[Question, ...]:
    """The questions that are asked given these answers, in order. One that depends on a question not asked isn't asked
    either."""
    by_key = {each.key: each for each in questions}

    def is_asked(question: Question) -> bool:
        after = question.only_after
        return after is None or (
            is_asked(by_key[after.question]) and _given(by_key[after.question], after.answer, answers)
        )

    return tuple(each for each in questions if is_asked(each))


def _given(decides: Question, answer: str, answers: Mapping[str, str]) -> bool:
    given = answers.get(decides.key, "").split("\n")
    if decides.kind is QuestionKind.TICK:
        return answer in given
    return decides.meant(answer) in {decides.meant(each) for each in given if each}


def is_number(text: str) -> bool:
    """Whether it is a number, with a point or comma before any fraction."""
    return _NUMBER.fullmatch(text) is not None


def is_phone_number(text: str) -> bool:
    """Whether it is a phone number as people write it: digits, with blanks, brackets, dots, slashes and dashes
    between."""
    return _PHONE.fullmatch(text) is not None and sum(each.isdigit() for each in text) in _PHONE_DIGITS


def _versions(option: HostText) -> tuple[str, ...]:
    return (option,) if isinstance(option, str) else tuple(text for _, text in option.versions)

"""The form for a purpose's wording in one language."""

from collections.abc import Mapping
from dataclasses import dataclass

from ....domain.purposes import Part
from ....domain.text import one_line, several_lines
from ....language import Language
from ...http.forms import Problem, too_long

LONGEST: Mapping[Part, int] = {
    Part.NAME: 80,
    Part.BOX: 500,
    Part.BENEFIT: 500,
    Part.MAIL: 1000,
    Part.PAGE: 1000,
    Part.POLICY: 2000,
}


@dataclass(frozen=True, slots=True)
class TextsView:
    """One text with its field."""

    name: str
    label: str
    hint: str
    value: str
    wrong: str
    long: bool


def read_texts(form: Mapping[str, str], language: Language) -> tuple[dict[Part, str], list[Problem]]:
    """The texts and problems: name and box are required."""
    texts = {part: _typed(form, part) for part in Part}
    problems = [
        Problem(part, too_long(language, most, len(texts[part])))
        for part, most in LONGEST.items()
        if len(texts[part]) > most
    ]
    if not texts[Part.NAME]:
        problems.append(Problem(Part.NAME, language.text("Say what it is called")))
    if not texts[Part.BOX]:
        problems.append(Problem(Part.BOX, language.text("Write the text beside the box")))
    return texts, problems


def texts_view(form: Mapping[str, str], language: Language, wrong: Mapping[str, str]) -> tuple[TextsView, ...]:
    return tuple(
        TextsView(part, *_words(part, language), _typed(form, part), wrong.get(part, ""), part is not Part.NAME)
        for part in Part
    )


def _typed(form: Mapping[str, str], part: Part) -> str:
    typed = form.get(part, "")
    return one_line(typed) if part is Part.NAME else several_lines(typed)


def _words(part: Part, language: Language) -> tuple[str, str]:
    """Label and hint."""
    return {
        Part.NAME: (
            language.text("What it is called"),
            language.text("In lists, on pages and in subjects of emails: Newsletter"),
        ),
        Part.BOX: (
            language.text("Beside the box"),
            language.text("The sentence that people agree to. Name who writes, what about, and how often."),
        ),
        Part.BENEFIT: (
            language.text("What the person has of it"),
            language.text(
                "It appears below the box and in the email that asks. Promise nothing that you will not deliver."
            ),
        ),
        Part.MAIL: (
            language.text("In the email that asks"),
            language.text("Neutral, because nobody has agreed yet: what was ticked, and where."),
        ),
        Part.PAGE: (language.text("On the preferences page"), language.text("How the data is used, in a sentence.")),
        Part.POLICY: (
            language.text("How the data is used, in full"),
            language.text("A text, or the address of a page."),
        ),
    }[part]

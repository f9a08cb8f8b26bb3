"""Conditions on profiles as form fields: rows of a field and its values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ....domain.purposes import Condition
from ....domain.text import one_line, several_lines
from ....language import Language
from ...http.forms import Problem
from ...parts.menus import MenuEntry

AT_MOST = 5
_VALUES_AT_MOST = 50
NAMES = tuple(f"{part}-{number}" for number in range(AT_MOST) for part in ("field", "values"))


@dataclass(frozen=True, slots=True)
class ConditionRow:
    number: int
    fields: tuple[MenuEntry, ...]
    values: str


def filled(conditions: Iterable[Condition]) -> dict[str, str]:
    """The form fields of these conditions."""
    found: dict[str, str] = {}
    for number, each in enumerate(conditions):
        found |= {f"field-{number}": each.field, f"values-{number}": "\n".join(each.values)}
    return found


def read(
    form: Mapping[str, str],
    fields: Mapping[str, str],
    standing: Sequence[Condition],
    language: Language,
    problems: list[Problem],
) -> tuple[Condition, ...]:
    """The conditions that were typed; problems are added to `problems`.

    `fields`: labels by slug. `standing`: the present conditions, whose fields may stay, and which stay where the form
    has no row.
    """
    known = {*fields, *(each.field for each in standing)}
    found = []
    for number in range(AT_MOST):
        field = form.get(f"field-{number}", "")
        typed = several_lines(form.get(f"values-{number}", "")).split("\n")
        values = tuple(dict.fromkeys(filter(None, map(one_line, typed))))
        if field in known and not values:
            problems.append(Problem(f"values-{number}", language.text("Write a value that the field must have")))
        elif field in known and len(values) > _VALUES_AT_MOST:
            told = language.text("There is room for at most {most} values", most=_VALUES_AT_MOST)
            problems.append(Problem(f"values-{number}", told))
        elif field in known:
            found.append(Condition(field, values))
        elif values:
            problems.append(Problem(f"field-{number}", language.text("Choose the field that has this value")))
    return (*found, *standing[AT_MOST:])


def rows(
    typed: Mapping[str, str], fields: Mapping[str, str], standing: Iterable[Condition], language: Language
) -> tuple[ConditionRow, ...]:
    """The filled rows and an empty one; none where there are no fields."""
    used = [n for n in range(AT_MOST) if typed.get(f"field-{n}") or typed.get(f"values-{n}", "").strip()]
    count = min((used[-1] if used else -1) + 2, AT_MOST)
    labels = {each.field: each.field for each in standing} | dict(fields)
    if not labels:
        return ()
    return tuple(
        ConditionRow(
            number,
            (
                MenuEntry("", language.text("No condition"), not typed.get(f"field-{number}")),
                *(MenuEntry(slug, name, typed.get(f"field-{number}") == slug) for slug, name in labels.items()),
            ),
            several_lines(typed.get(f"values-{number}", "")),
        )
        for number in range(count)
    )


def told(conditions: Iterable[Condition], fields: Mapping[str, str], language: Language) -> str:
    """The conditions on one line."""
    shown = (f"{fields.get(each.field, each.field)}: {' / '.join(each.values)}" for each in conditions)
    return " · ".join(shown) or language.text("everybody")

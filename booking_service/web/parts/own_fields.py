"""The forms for changing one's own fields, and refusals, in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from ...actions.consent.own_fields import OwnField
from ...actions.consent.profile import LONGEST
from ...actions.privacy.preferences import SeenPreferences
from ...domain.own_fields import Unchangeable
from ...domain.text import one_line
from ...language import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedField:
    """A field's input, and what is wrong with it; `same`: it changes nothing."""

    slug: str
    text: str = ""
    wrong: str = ""
    same: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldForm:
    """`value`: in the input. `stands`: the readable part of the present value, if the input does not show it.

    `empties`: there is a value to remove. `wrong`, `same`: about the input, or "".
    """

    slug: str
    label: str
    value: str
    stands: str
    empties: bool
    wrong: str
    same: str

    @property
    def id(self) -> str:
        """The id of its input."""
        return f"field-{self.slug}"


def field_forms(seen: SeenPreferences, language: Language, typed: TypedField | None) -> Iterable[FieldForm]:
    for each in seen.changeable:
        theirs = typed if typed is not None and typed.slug == each.field.slug else None
        yield _form(each, language, theirs)


def missing_words(own: OwnField, language: Language) -> str:
    """About an empty input, as pressing Enter in a sensitive field's empty input must not remove its value."""
    if own.stands is not None and own.stands.masked:
        return language.text("Type the new value, or press “Empty it”")
    return language.text("Type the new value")


def unchangeable_words(why: Unchangeable, language: Language) -> str:
    match why:
        case Unchangeable.UNKNOWN | Unchangeable.NOT_THEIRS:
            return language.text("This can’t be changed on your page any more.")
        case Unchangeable.STOPPED:
            return language.text("You stopped the use of your data. Allow it again first; then this can be changed.")
        case Unchangeable.ENDED:
            return language.text("You ended what allows us to keep this. Allow it again first; then it can be changed.")
        case Unchangeable.NOT_ALLOWED:
            return language.text("Nothing allows us to keep this now. Allow it first; then it can be changed.")
        case Unchangeable.REPLACED:
            return language.text("You have since asked for something else, which another email is about.")
        case Unchangeable.NEWER:
            return language.text(
                "Something else was entered there after you asked for this, and that stays. To change it, ask again on your page."
            )
        case Unchangeable.FORGOTTEN | Unchangeable.UNREADABLE:
            return language.text("What you typed is not kept any more. Type it again on your page.")


def _form(own: OwnField, language: Language, typed: TypedField | None) -> FieldForm:
    field, stands = own.field, own.stands
    shown = stands.masked if stands is not None else ""
    now = "" if field.sensitive else shown
    return FieldForm(
        slug=field.slug,
        label=field.label(language.code),
        value=one_line(typed.text)[: 2 * LONGEST] if typed is not None and typed.wrong else now,
        stands=shown if field.sensitive else "",
        empties=bool(shown),
        wrong=typed.wrong if typed is not None else "",
        same=language.text("That is already there. Nothing changes.") if typed is not None and typed.same else "",
    )

"""The forms in which people change what stands in fields of theirs, and why one is not changed, in the reader's words."""

from collections.abc import Iterable
from dataclasses import dataclass

from ...actions.consent.own_fields import OwnField
from ...actions.consent.profile import LONGEST
from ...actions.privacy.page import SeenPreferences
from ...domain.own_fields import Unchangeable
from ...domain.text import one_line
from ...language import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedField:
    """What was typed into the form of a field, and what is wrong with it, or that it changes nothing (`same`)."""

    slug: str
    text: str = ""
    wrong: str = ""
    same: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldForm:
    """`value`: in its input; `stands`: what may be seen of what stands there, where the input does not show it; `empties`: there is something
    to take away; `wrong`: what is wrong with what was typed; `same`: it changes nothing, "" otherwise."""

    slug: str
    label: str
    value: str
    stands: str
    empties: bool
    wrong: str
    same: str

    @property
    def id(self) -> str:
        """Of its input."""
        return f"field-{self.slug}"


def field_forms(seen: SeenPreferences, language: Language, typed: TypedField | None) -> Iterable[FieldForm]:
    for each in seen.changeable:
        theirs = typed if typed is not None and typed.slug == each.field.slug else None
        yield _form(each, language, theirs)


def missing_words(own: OwnField, language: Language) -> str:
    """Of an input that was left empty: Enter in the one of a sensitive field takes nothing away."""
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
            return language.text("You asked for something else since, which another email is about.")
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
        same=language.text("That stands there already. Nothing changes.") if typed is not None and typed.same else "",
    )

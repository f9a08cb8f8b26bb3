"""The list of profile fields."""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import Response

from ....actions.setup import fields
from ....actions.setup.fields import FieldShown
from ....domain.roles import CONSENTS
from ....language import Language
from ...http.responses import page
from ...http.signed_in_pages import SignedInRequest, desk_frame
from .purpose_words import FIELDS, PURPOSES
from .words import Badge


@dataclass(frozen=True, slots=True)
class FieldRow:
    """`href`: "" without the right to change it."""

    name: str
    href: str
    facts: str
    badge: Badge | None


@dataclass(frozen=True, slots=True)
class FieldsView:
    """`did`: what was just done. `new`: "" without the right to create one."""

    back: str
    did: str
    rows: tuple[FieldRow, ...]
    new: str


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/fields"""
    view = FieldsView(
        back=request.href(PURPOSES),
        did=request.language.text("The field is deleted, with everything that was in it.")
        if request.query.get("did") == "deleted"
        else "",
        rows=tuple(_row(request, each) for each in fields.find_all(request.rt, language=request.language.code)),
        new=request.href(f"{FIELDS}/new") if request.person.may(CONSENTS) else "",
    )
    return page(request, "admin/consents/fields.html", view, desk_frame(request))


def _row(request: SignedInRequest, found: FieldShown) -> FieldRow:
    field, language = found.field, request.language
    return FieldRow(
        name=field.label(language.code),
        href=request.href(f"{FIELDS}/{field.id}") if request.person.may(CONSENTS) else "",
        facts=" · ".join(_facts(found, language)),
        badge=Badge(language.text("Sensitive")) if field.sensitive else None,
    )


def _facts(found: FieldShown, language: Language) -> Iterator[str]:
    yield found.field.slug
    if found.field.personal:
        yield language.text("personal")
    if count := found.kept.values:
        yield language.plural("filled in for {count} contact", "filled in for {count} contacts", count)
    if found.allowing:
        yield language.text("allowed by {what}", what=", ".join(found.names[each] for each in found.allowing))

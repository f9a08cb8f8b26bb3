"""A contact's profile fields, filled in and emptied by staff."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from ....actions.consent import profile
from ....actions.consent.profile import LONGEST, FieldLocked, FilledIn, FormField, ValueTooLong
from ....domain.consent_moves import ConsentRefused
from ....domain.errors import NotFound
from ....domain.ids import read_id
from ....domain.text import one_line
from ....language import Language
from ...http.forms import Problem, too_long
from ...http.responses import page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from .purpose_words import FIELDS
from .words import refused

CONTACTS = "/admin/consents/contacts"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFieldView:
    """`name`, `was_name`: of the input, and of the hidden value when the form was made (`was`).

    `empties`: the name of the box that empties a sensitive field; "" where it is empty. `shown`: the readable part of a
    sensitive value; `shows`: there may be one.
    """

    name: str
    was_name: str
    empties: str
    label: str
    value: str
    was: str
    shown: str
    shows: bool
    sensitive: bool
    locked: bool
    wrong: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDataView:
    back: str
    who: str
    title: str
    action: str
    fields: tuple[StoredFieldView, ...]
    stopped: bool
    every_field: str
    problems: tuple[Problem, ...]


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/stored-data/{id}. Raises NotFound."""
    return _form(request)


def save(request: SignedInRequest) -> Response:
    """POST /admin/consents/stored-data/{id}: write what differs from when the form was made.

    A sensitive value stays if nothing is typed, and is removed by its box. What somebody else wrote meanwhile is
    overwritten by a second press. Raises NotFound.
    """
    found, language = _found(request), request.language
    contact = found.contact
    typed = {each.slug: text for each in found.fields if (text := _typed(request, each)) is not None}
    locked = {each.slug for each in found.fields if each.locked}
    changed = {slug: text for slug, text in typed.items() if slug not in locked}
    problems = tuple(_too_long(changed, language))
    if problems:
        return _form(request, problems, status=422)
    others = tuple(_written_meanwhile(request, found, changed))
    if others:
        return _form(request, others, status=409)
    if not changed:
        did = "locked" if any(typed.values()) else "same"
        return see_other(request.href(f"{CONTACTS}/{contact.id}", did=did))
    try:
        profile.fill_several(request.rt, contact.id, changed, now=request.now)
    except ConsentRefused as refusal:
        told = refused(refusal, {}, language, zone=request.person.zone)
        return _form(request, (Problem(f"value-{next(iter(changed))}", told),), status=409)
    except FieldLocked:
        told = language.text("In the meantime they ended what allowed us to keep it. Nothing is saved.")
        return _form(request, (Problem(f"value-{next(iter(changed))}", told),), status=409)
    did = "filled-but" if any(typed[slug] for slug in typed.keys() & locked) else "filled"
    return see_other(request.href(f"{CONTACTS}/{contact.id}", did=did))


def _written_meanwhile(request: SignedInRequest, found: FilledIn, changed: Mapping[str, str]) -> Iterator[Problem]:
    """The fields to be changed that somebody else changed since the form was made."""
    for each in found.fields:
        was = request.form.get(f"was-{each.slug}", "")
        if each.slug in changed and not each.sensitive and each.text not in (was, changed[each.slug]):
            told = request.language.text(
                "Somebody else changed this field in the meantime. What you typed is still here; press again "
                "if you still want it."
            )
            yield Problem(f"value-{each.slug}", told)


def _too_long(changed: Mapping[str, str], language: Language) -> Iterator[Problem]:
    for slug, text in changed.items():
        try:
            profile.value_of(text)
        except ValueTooLong as refusal:
            yield Problem(f"value-{slug}", too_long(language, LONGEST, refusal.count))


def _typed(request: SignedInRequest, field: FormField) -> str | None:
    """The new value; None where it is unchanged."""
    form, text = request.form, one_line(request.form.get(f"value-{field.slug}", ""))
    if f"value-{field.slug}" not in form:
        return None
    if field.sensitive:
        return "" if form.get(f"empty-{field.slug}") else text or None
    return text if text != form.get(f"was-{field.slug}", "") else None


def _found(request: SignedInRequest) -> FilledIn:
    found = profile.filled_in(request.rt, read_id(request.params["id"]), language=request.language.code)
    if not found.fields:
        raise NotFound("there are no fields")
    return found


def _form(request: SignedInRequest, problems: tuple[Problem, ...] = (), *, status: int = 200) -> Response:
    found = _found(request)
    contact, language, wrong = found.contact, request.language, {each.field: each.text for each in problems}
    who = contact.name or contact.address or contact.phone
    view = StoredDataView(
        back=request.href(f"{CONTACTS}/{contact.id}"),
        who=who,
        title=language.text("Stored data of {name}", name=who),
        action=request.href(request.path),
        fields=tuple(_field(request, each, wrong.get(f"value-{each.slug}", "")) for each in found.fields),
        stopped=found.stopped is not None,
        every_field=request.href(FIELDS),
        problems=problems,
    )
    return page(request, "admin/consents/stored_data.html", view, desk_frame(request), status=status)


def _field(request: SignedInRequest, field: FormField, wrong: str) -> StoredFieldView:
    stands = "" if field.sensitive else field.text
    typed = _typed(request, field)
    return StoredFieldView(
        name=f"value-{field.slug}",
        was_name=f"was-{field.slug}",
        empties=f"empty-{field.slug}" if field.sensitive and field.kept else "",
        label=field.label,
        value=stands if typed is None else typed,
        was=stands,
        shown=f"••••{field.text}" if field.sensitive and field.kept else "",
        shows=field.shows,
        sensitive=field.sensitive,
        locked=field.locked,
        wrong=wrong,
    )

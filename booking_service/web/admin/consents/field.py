"""One profile field: labels, whether it is personal or sensitive, and what depends on it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from starlette.responses import Response

from ....actions.consent.profile_fields import AskedByConditions, StaysSensitive
from ....actions.setup import fields
from ....actions.setup.fields import FieldChanged, FieldShown, LabelTaken, SlugRefused
from ....domain.errors import BookingError
from ....domain.ids import read_id
from ....domain.text import EXPOSED_AT_MOST, one_line
from ....language import Language
from ...http.forms import Problem, too_long
from ...http.request import languages_of
from ...http.responses import Link, language_name, page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from .field_words import asking_links, purpose_link
from .purpose_words import FIELDS

LABEL_LENGTH = 80
SLUG_LENGTH = 63


@dataclass(frozen=True, slots=True)
class LabelView:
    """The label in one language, with its input. `of`: the language's own name."""

    name: str
    code: str
    of: str
    value: str
    wrong: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """`slug`: of an existing field. `shown`: number of readable characters, as typed. `editable`: people may change it.

    `label`: in the organisation's language, `others`: the rest. `seals`: the consequences of ticking Sensitive, to be
    confirmed; empty where nothing is to confirm. `waiting`: values are not sealed yet. `asking`: conditions on it;
    `allowing`: purposes that allow to keep it. `delete`: where it is deleted; "" for a new one.
    """

    back: str
    action: str
    title: str
    did: str
    new: bool
    slug: str
    label: LabelView
    others: tuple[LabelView, ...]
    personal: bool
    sensitive: bool
    shown: str
    editable: bool
    seals: tuple[str, ...]
    kept: str
    waiting: str
    allowing: tuple[Link, ...]
    asking: tuple[Link, ...]
    delete: str
    seen: str
    problems: tuple[Problem, ...]
    wrong: Mapping[str, str]
    outdated: bool


def show_new(request: SignedInRequest) -> Response:
    """GET /admin/consents/fields/new"""
    return _form(request, None, {"personal": "yes"})


def create(request: SignedInRequest) -> Response:
    """POST /admin/consents/fields/new. A second press of the same form makes no second field."""
    form = request.form
    labels, problems = _labels(request, {})
    shown = _shown(request, EXPOSED_AT_MOST, problems)
    if problems:
        return _form(request, None, form, problems)
    asks = bool(form.get("sensitive")) and not form.get("sure")
    try:
        made = fields.create(
            request.rt,
            one_line(form.get("slug", "")).lower(),
            labels,
            personal=bool(form.get("personal")),
            sensitive=bool(form.get("sensitive")),
            shown=shown,
            editable=bool(form.get("editable")),
            by=request.actor.name,
            now=request.now,
            dry_run=asks,
        )
    except (SlugRefused, LabelTaken, AskedByConditions) as refusal:
        return _form(request, None, form, [_refused(request, None, refusal)])
    if asks:
        return _form(request, None, form, [_unsure(request)], asks=True)
    return see_other(request.href(f"{FIELDS}/{made.id}", did="made"))


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/fields/{id}. Raises NotFound."""
    found = _found(request)
    return _form(request, found, _filled(found))


def save(request: SignedInRequest) -> Response:
    """POST /admin/consents/fields/{id}. Raises NotFound."""
    found, form = _found(request), request.form
    before = found.field
    labels, problems = _labels(request, before.labels)
    shown = _shown(request, before.shown, problems)
    if problems:
        return _form(request, found, form, problems)
    if form.get("seen", "") != _stamp(found):
        return _form(request, found, form, outdated=True)
    personal, sensitive, editable = (bool(form.get(name)) for name in ("personal", "sensitive", "editable"))
    after = replace(before, labels=labels, personal=personal, sensitive=sensitive, shown=shown, editable=editable)
    asks = after.sensitive and not before.sensitive and not form.get("sure")
    try:
        fields.save(request.rt, before, after, by=request.actor.name, now=request.now, dry_run=asks)
    except FieldChanged:
        return _form(request, _found(request), form, outdated=True)
    except (LabelTaken, StaysSensitive, AskedByConditions) as refusal:
        return _form(request, found, form, [_refused(request, found, refusal)])
    if asks:
        return _form(request, found, form, [_unsure(request)], asks=True)
    did = "same" if after == before else "sealed" if after.sensitive and not before.sensitive else "saved"
    return see_other(request.href(f"{FIELDS}/{before.id}", did=did))


def _found(request: SignedInRequest) -> FieldShown:
    return fields.show(request.rt, read_id(request.params["id"]), language=request.language.code)


def _filled(found: FieldShown) -> dict[str, str]:
    """The form fields of an existing field."""
    field = found.field
    marks = (("personal", field.personal), ("sensitive", field.sensitive), ("editable", field.editable))
    ticks = {name: "yes" for name, holds in marks if holds}
    return {**{f"label.{code}": text for code, text in field.labels.items()}, "shown": str(field.shown), **ticks}


def _stamp(found: FieldShown) -> str:
    """A fingerprint by which a form shows the state it was filled from."""
    return "|".join(f"{name}={text}" for name, text in sorted(_filled(found).items()))


def _codes(request: SignedInRequest, labels: Mapping[str, str]) -> list[str]:
    """The languages of labels, the organisation's first."""
    spoken = languages_of(request.rt, request.organisation)
    return list(dict.fromkeys([request.organisation.default_language, *spoken, *sorted(labels)]))


def _labels(request: SignedInRequest, standing: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    language, first, *others = request.language, *_codes(request, standing)
    typed = {code: one_line(request.form.get(f"label.{code}", "")) for code in (first, *others)}
    problems = [
        Problem(f"label.{code}", too_long(language, LABEL_LENGTH, len(text)))
        for code, text in typed.items()
        if len(text) > LABEL_LENGTH
    ]
    if not typed[first]:
        problems.append(Problem(f"label.{first}", language.text("Say what it is called")))
    return {code: text for code, text in typed.items() if text}, problems


def _shown(request: SignedInRequest, standing: int, problems: list[Problem]) -> int:
    """The number of readable characters; problems are added to `problems`."""
    typed = one_line(request.form.get("shown", str(standing)))
    if typed not in map(str, range(EXPOSED_AT_MOST + 1)):
        told = request.language.text("Write a number from {least} to {most}.", least=0, most=EXPOSED_AT_MOST)
        problems.append(Problem("shown", told))
        return standing
    return int(typed)


def _unsure(request: SignedInRequest) -> Problem:
    return Problem("sure", request.language.text("Tick that this is your decision."))


def _refused(request: SignedInRequest, found: FieldShown | None, refusal: BookingError) -> Problem:
    language = request.language
    match refusal:
        case StaysSensitive():
            told = language.text(
                "Once sensitive, always sensitive: what is encrypted is not made readable again. To keep something that everybody may read, make another field."
            )
            return Problem("sensitive", told)
        case AskedByConditions(asking=asking):
            names = found.names if found else {}
            what = ", ".join(each.text for each in asking_links(request, asking, names))
            told = language.text(
                "Conditions check its content, and nobody would meet them once it is encrypted. First remove "
                "it from: {what}",
                what=what,
            )
            return Problem("sensitive", told)
        case LabelTaken(language=code):
            told = language.text("Another field has this name. Change that one, or give this one another name.")
            return Problem(f"label.{code}", told)
        case _:
            told = language.text(
                "Use lowercase letters, digits and hyphens, and a name that no other field has, like member-number"
            )
            return Problem("slug", told)


def _form(
    request: SignedInRequest,
    found: FieldShown | None,
    typed: Mapping[str, str],
    problems: list[Problem] | None = None,
    *,
    asks: bool = False,
    outdated: bool = False,
) -> Response:
    language, wrong = request.language, {each.field: each.text for each in problems or ()}
    field = found.field if found else None
    first, *others = (
        LabelView(
            f"label.{code}",
            code,
            language_name(code),
            one_line(typed.get(f"label.{code}", ""))[: 2 * LABEL_LENGTH],
            wrong.get(f"label.{code}", ""),
        )
        for code in _codes(request, field.labels if field else {})
    )
    view = FieldView(
        back=request.href(FIELDS),
        action=request.href(request.path),
        title=field.label(language.code) if field else language.text("New field"),
        did=_did(request.query.get("did", ""), language) if request.method == "GET" else "",
        new=field is None,
        slug=field.slug if field else one_line(typed.get("slug", ""))[:SLUG_LENGTH],
        label=first,
        others=tuple(others),
        personal=bool(typed.get("personal")),
        sensitive=bool(typed.get("sensitive")) or (field is not None and field.sensitive),
        shown=one_line(typed.get("shown", str(EXPOSED_AT_MOST)))[:LABEL_LENGTH],
        editable=bool(typed.get("editable")),
        seals=tuple(_seals(found, typed.get("shown", ""), language)) if asks else (),
        kept=_kept(found, language),
        waiting=_waiting(found, language),
        allowing=tuple(purpose_link(request, slug, found.names) for slug in found.allowing) if found else (),
        asking=tuple(asking_links(request, found.asking, found.names)) if found else (),
        delete=request.href(f"{FIELDS}/{field.id}/delete") if field else "",
        seen=_stamp(found) if found else "",
        problems=tuple(problems or ()),
        wrong=wrong,
        outdated=outdated,
    )
    status = 422 if problems else 409 if outdated else 200
    return page(request, "admin/consents/field.html", view, desk_frame(request), status=status)


def _seals(found: FieldShown | None, shown: str, language: Language) -> Iterator[str]:
    """`shown`: number of readable characters, valid."""
    if found is not None and (count := found.kept.values):
        yield language.plural(
            "{count} existing value is encrypted, and so is everything filled in from then on.",
            "{count} existing values are encrypted, and so is everything filled in from then on.",
            count,
        )
    count = int(shown or EXPOSED_AT_MOST)
    if count:
        yield language.plural(
            "Up to {count} character at the end stays visible; lists can be searched only by this, and every "
            "export is masked. People with the permission for it can see the whole value, one press at a "
            "time and on record. No condition can use it.",
            "Up to {count} characters at the end stay visible; lists can be searched only by these, and "
            "every export is masked. People with the permission for it can see the whole value, one press at "
            "a time and on record. No condition can use it.",
            count,
        )
    else:
        yield language.text(
            "No part of it stays visible, no list finds it, and every export is masked. People with the "
            "permission for it can see the whole value, one press at a time and on record. No condition can "
            "use it."
        )
    yield language.text(
        "This can’t be undone: nobody can make the field readable again. Earlier backups keep what was "
        "readable in them."
    )


def _kept(found: FieldShown | None, language: Language) -> str:
    if found is None:
        return ""
    if not found.kept.values:
        return language.text("The field is empty for everybody.")
    return language.plural("Filled in for {count} contact.", "Filled in for {count} contacts.", found.kept.values)


def _waiting(found: FieldShown | None, language: Language) -> str:
    if found is None or not found.field.sensitive or not found.kept.clear:
        return ""
    return language.plural(
        "{count} value is still to be encrypted; that happens automatically within a minute.",
        "{count} values are still to be encrypted; that happens automatically within a minute.",
        found.kept.clear,
    )


def _did(did: str, language: Language) -> str:
    match did:
        case "made":
            return language.text(
                "The field is added. It can be filled in on a contact’s page, by an import, or by command."
            )
        case "saved":
            return language.text("Saved. It applies from now on.")
        case "sealed":
            return language.text("Saved. Its content is being encrypted, for good.")
        case "emptied":
            return language.text("The field is now empty for everybody.")
        case "same":
            return language.text("That was already recorded. Nothing was changed.")
        case _:
            return ""

"""Merging two contacts that are one person, and parting them."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from ....actions.consent import dossier, merges, staff_entries
from ....actions.consent.dossier import Dossier
from ....actions.consent.merges import By, MergeProblem, MergeRefused
from ....actions.consent.staff_entries import UnknownContact
from ....domain.errors import BookingError, NotFound
from ....domain.ids import read_id
from ....domain.text import one_line, several_lines
from ....language import Language
from ...http.forms import Problem, reason_problems
from ...http.responses import page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame

CONTACTS = "/admin/consents/contacts"


@dataclass(frozen=True, slots=True)
class PartView:
    """A contact merged with this one. `id`: for parting it."""

    name: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeView:
    back: str
    who: str
    title: str
    merged: tuple[PartView, ...]
    merges: bool
    action: str
    address: str
    address_wrong: str
    reason: str
    reason_wrong: str
    problems: tuple[Problem, ...]


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/contacts/{id}/merge. Raises NotFound."""
    return _page(request, _found(request))


def act(request: SignedInRequest) -> Response:
    """POST /admin/consents/contacts/{id}/merge: merge `with` (an address or number) into this one, or `part` an id.

    Raises NotFound.
    """
    found, parts = _found(request), "part" in request.form
    problems = tuple(_problems(request, parts=parts))
    if problems:
        return _page(request, found, problems=problems, status=422)
    try:
        _done(request, found, parts=parts)
    except MergeRefused as refusal:
        problem = Problem("with", _why_not(refusal.why, request.language))
        return _page(request, _found(request), problems=(problem,), status=409)
    except UnknownContact:
        problem = Problem("with", request.language.text("We know nobody with this address or number"))
        return _page(request, found, problems=(problem,), status=422)
    except NotFound:
        raise
    except BookingError:
        problem = Problem(
            "with", request.language.text("Write an email address, or a phone number like +49 30 1234567")
        )
        return _page(request, found, problems=(problem,), status=422)
    return see_other(request.href(f"{CONTACTS}/{found.contact.id}", did="parted" if parts else "merged"))


def _done(request: SignedInRequest, found: Dossier, *, parts: bool) -> None:
    by = By(
        staff=request.person.id.hex, called=request.person.name, reason=several_lines(request.form.get("reason", ""))
    )
    if parts:
        merges.part(request.rt, _member(request, found), by=by, now=request.now)
    else:
        other = staff_entries.id_of(request.rt, request.form.get("with", ""))
        merges.merge(request.rt, other, into=found.contact.id, by=by, now=request.now)


def _member(request: SignedInRequest, found: Dossier) -> UUID:
    """The contact to part: one of those that the page lists."""
    parted = next((each.id for each in found.merged if each.id.hex == request.form["part"]), None)
    if parted is None and found.into is not None and request.form["part"] == found.contact.id.hex:
        parted = found.contact.id
    if parted is None:
        raise MergeRefused(MergeProblem.NOT_MERGED)
    return parted


def _problems(request: SignedInRequest, *, parts: bool) -> Iterator[Problem]:
    language, reason = request.language, several_lines(request.form.get("reason", ""))
    if not parts and not one_line(request.form.get("with", "")):
        yield Problem("with", language.text("Write an email address, or a phone number like +49 30 1234567"))
    missing = language.text("Say why: it goes on record with the change")
    yield from reason_problems("reason", reason, language, missing=missing)


def _why_not(why: MergeProblem, language: Language) -> str:
    match why:
        case MergeProblem.SAME:
            return language.text("That is the same contact.")
        case MergeProblem.ERASED:
            return language.text("Nothing is known of an erased contact that could be merged.")
        case MergeProblem.MERGED_BEFORE:
            return language.text(
                "One of the two is already merged into a contact. Separate them first, or merge with that one."
            )
        case MergeProblem.NOT_MERGED:
            return language.text("These two are not merged.")


def _found(request: SignedInRequest) -> Dossier:
    id = read_id(request.params["id"])
    found = dossier.show(request.rt, id, language=request.language.code, now=request.now)
    if found.contact.erased_at is not None:
        raise NotFound("nobody is known of this contact any more")
    return found


def _page(
    request: SignedInRequest, found: Dossier, *, problems: tuple[Problem, ...] = (), status: int = 200
) -> Response:
    language, form, wrong = request.language, request.form, {each.field: each.text for each in problems}
    merged = [PartView(each.called or language.text("Erased"), each.id.hex) for each in found.merged]
    if found.into is not None:
        merged.append(PartView(found.into.called or language.text("Erased"), found.contact.id.hex))
    view = MergeView(
        back=request.href(f"{CONTACTS}/{found.contact.id}"),
        who=found.contact.called,
        title=language.text("Merge or separate"),
        merged=tuple(merged),
        merges=found.into is None,
        action=request.href(request.path),
        address=form.get("with", ""),
        address_wrong=wrong.get("with", ""),
        reason=form.get("reason", ""),
        reason_wrong=wrong.get("reason", ""),
        problems=problems,
    )
    return page(request, "admin/consents/merge.html", view, desk_frame(request), status=status)

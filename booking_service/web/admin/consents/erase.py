"""Erasing a contact that did not ask for it on its own page: told to staff, or by their own decision."""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import Response

from ....actions.privacy import erasure, requests
from ....actions.privacy.erasure import Decider
from ....actions.privacy.requests import Foreseen
from ....domain.ids import read_id
from ....domain.privacy import Mode
from ....domain.text import several_lines
from ...http.forms import Problem, reason_problems
from ...http.responses import page, see_other
from ...http.signed_in import SignedInRequest, desk_frame
from .contact_ways import CONTACTS
from .erasing_words import follows_in_words

REQUESTS = "/admin/consents/requests"
_DECIDERS = ("theirs", "ours")


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseView:
    """`follows`: what it comes to. Of what was typed: whose decision it is (`by`), `mode` and `reason`."""

    back: str
    who: str
    title: str
    action: str
    follows: tuple[str, ...]
    by: str
    mode: str
    reason: str
    problems: tuple[Problem, ...]

    def wrong(self, field: str) -> str:
        return next((each.text for each in self.problems if each.field == field), "")


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/erase/{id}; where their own wish waits, its page. Raises NotFound."""
    return _form(request, _foreseen(request))


def erase(request: SignedInRequest) -> Response:
    """POST /admin/consents/erase/{id}: `by` theirs or ours, `mode` and `reason`; at once. Raises NotFound."""
    found, form = _foreseen(request), request.form
    problems = tuple(_problems(request))
    if problems or found.open is not None:
        return _form(request, found, problems, status=422)
    decider = Decider(
        staff=request.person.id.hex,
        called=request.person.name,
        theirs=form["by"] == "theirs",
        reason=several_lines(form["reason"]),
    )
    erasure.erase(request.rt, str(found.contact.id), decider, mode=Mode(form["mode"]), now=request.now)
    return see_other(request.href(f"{CONTACTS}/{found.contact.id}", did="erased"))


def _foreseen(request: SignedInRequest) -> Foreseen:
    return requests.foreseen(request.rt, read_id(request.params["id"]), now=request.now)


def _problems(request: SignedInRequest) -> Iterator[Problem]:
    form, language = request.form, request.language
    if form.get("by", "") not in _DECIDERS:
        yield Problem("by", language.text("Choose whose decision it is"))
    if form.get("mode", "") not in {*Mode}:
        yield Problem("mode", language.text("Choose how much is erased"))
    missing = language.text("Say why: it goes on record with the change")
    yield from reason_problems("reason", several_lines(form.get("reason", "")), language, missing=missing)


def _form(
    request: SignedInRequest, found: Foreseen, problems: tuple[Problem, ...] = (), *, status: int = 200
) -> Response:
    if found.open is not None:
        return see_other(request.href(f"{REQUESTS}/{found.open.id}"))
    name, form = found.contact.called, request.form
    view = EraseView(
        back=request.href(f"{CONTACTS}/{found.contact.id}"),
        who=name,
        title=request.language.text("Erase {name}?", name=name),
        action=request.href(request.path),
        follows=tuple(follows_in_words(found.follows, request.language)),
        by=form.get("by", ""),
        mode=form.get("mode", ""),
        reason=several_lines(form.get("reason", "")),
        problems=problems,
    )
    return page(request, "admin/consents/erase.html", view, desk_frame(request), status=status)

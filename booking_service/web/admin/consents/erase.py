"""Erasing a contact that made no such wish on its own page: by a request to staff, or the organisation's decision."""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import Response

from ....actions.privacy import decisions, erasure, requests
from ....actions.privacy.decisions import NoMailbox, WishWaits
from ....actions.privacy.erasure import Decider
from ....actions.privacy.requests import ErasableContact
from ....domain.ids import read_id
from ....domain.privacy import Mode
from ....domain.text import several_lines
from ...http.forms import Problem, reason_problems
from ...http.responses import page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from .contact_ways import CONTACTS
from .erasure_words import follows_in_words

REQUESTS = "/admin/consents/requests"
_DECIDERS = ("theirs", "ours")


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseView:
    """`follows`: the consequences. `by`: whose decision it is, as typed. `hears`: an email can tell them; `tells`: it will,
    if it is theirs."""

    back: str
    who: str
    title: str
    action: str
    follows: tuple[str, ...]
    by: str
    hears: bool
    tells: bool
    mode: str
    reason: str
    problems: tuple[Problem, ...]

    def wrong(self, field: str) -> str:
        return next((each.text for each in self.problems if each.field == field), "")


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/erase/{id}; leads to the contact's own open wish, if any. Raises NotFound."""
    return _form(request, _foreseen(request))


def erase(request: SignedInRequest) -> Response:
    """POST /admin/consents/erase/{id}: `by` theirs or ours, `mode` and `reason`; at once, or after a last mail for `tell`.

    Raises NotFound.
    """
    found, form = _foreseen(request), request.form
    problems = tuple(_problems(request))
    if problems or found.open is not None:
        return _form(request, found, problems, status=422)
    theirs, reason = form["by"] == "theirs", several_lines(form["reason"])
    if theirs and form.get("tell") == "yes":
        return _told(request, found, reason=reason)
    decider = Decider(staff=request.person.id.hex, called=request.person.name, theirs=theirs, reason=reason)
    erasure.erase(request.rt, str(found.contact.id), decider, mode=Mode(form["mode"]), now=request.now)
    return see_other(request.href(f"{CONTACTS}/{found.contact.id}", did="erased"))


def _told(request: SignedInRequest, found: ErasableContact, *, reason: str) -> Response:
    who, by, mode = str(found.contact.id), request.person, Mode(request.form["mode"])
    try:
        decisions.pass_on(request.rt, who, mode=mode, staff=by.id.hex, called=by.name, reason=reason, now=request.now)
    except WishWaits as refusal:
        return see_other(request.href(f"{REQUESTS}/{refusal.request.id}"))
    except NoMailbox:
        problem = Problem("by", request.language.text("No email reaches them: answer them yourself first"))
        return _form(request, _foreseen(request), (problem,), status=422)
    return see_other(request.href(REQUESTS, did="now"))


def _foreseen(request: SignedInRequest) -> ErasableContact:
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
    request: SignedInRequest, found: ErasableContact, problems: tuple[Problem, ...] = (), *, status: int = 200
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
        hears=found.hears,
        tells=not form or form.get("tell") == "yes",
        mode=form.get("mode", ""),
        reason=several_lines(form.get("reason", "")),
        problems=problems,
    )
    return page(request, "admin/consents/erase.html", view, desk_frame(request), status=status)

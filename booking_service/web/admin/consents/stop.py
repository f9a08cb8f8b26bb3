"""Stopping all use of a contact's data, at the person's request to staff."""

from dataclasses import dataclass

from starlette.responses import Response

from ....actions.consent import phone_number
from ....actions.privacy import staff_acts
from ....domain.ids import read_id
from ....domain.text import several_lines
from ...http.forms import Problem, reason_problems
from ...http.responses import page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from .contact_ways import CONTACTS


@dataclass(frozen=True, slots=True, kw_only=True)
class StopView:
    """`stopped`: already."""

    back: str
    who: str
    title: str
    action: str
    stopped: bool
    reason: str
    problems: tuple[Problem, ...]


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/stop/{id}. Raises NotFound."""
    return _form(request)


def stop(request: SignedInRequest) -> Response:
    """POST /admin/consents/stop/{id}, with a `reason`. Raises NotFound."""
    language, reason = request.language, several_lines(request.form.get("reason", ""))
    missing = language.text("Say why: it goes on record with the change")
    problems = tuple(reason_problems("reason", reason, language, missing=missing))
    if problems:
        return _form(request, problems, status=422)
    contact = phone_number.find(request.rt, read_id(request.params["id"])).contact
    stopped = staff_acts.stop(
        request.rt,
        str(contact.id),
        staff=request.person.id.hex,
        called=request.person.name,
        reason=reason,
        now=request.now,
    )
    return see_other(request.href(f"{CONTACTS}/{contact.id}", did="stopped" if stopped else "same"))


def _form(request: SignedInRequest, problems: tuple[Problem, ...] = (), *, status: int = 200) -> Response:
    found = phone_number.find(request.rt, read_id(request.params["id"]))
    view = StopView(
        back=request.href(f"{CONTACTS}/{found.contact.id}"),
        who=found.contact.called,
        title=request.language.text("Stop all use of the data of {name}?", name=found.contact.called),
        action=request.href(request.path),
        stopped=found.stopped is not None,
        reason=several_lines(request.form.get("reason", "")),
        problems=problems,
    )
    return page(request, "admin/consents/stop.html", view, desk_frame(request), status=status)

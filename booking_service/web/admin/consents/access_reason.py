"""Adding the reason for looking at hidden data: afterwards, once, by the person who looked."""

from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from ....actions.consent import access_log
from ....domain.ids import read_id
from ....domain.roles import CONSENTS
from ....domain.text import one_line
from ...http.forms import Problem, reason_problems
from ...http.responses import page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from .sentence import clock

ACCESS = "/admin/consents/access"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonView:
    """`lead`: the line concerned. `comes_from`: the page to return to."""

    back: str
    lead: str
    action: str
    comes_from: str
    typed: str
    problems: tuple[Problem, ...]

    @property
    def wrong(self) -> str:
        return next((each.text for each in self.problems), "")


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/access/{id}/reason. Raises NotFound."""
    return _page(request)


def give(request: SignedInRequest) -> Response:
    """POST /admin/consents/access/{id}/reason: the `reason`; `from` is contact for the contact's page. Raises
    NotFound."""
    id, by, reason = read_id(request.params["id"]), request.person.id.hex, one_line(request.form.get("reason", ""))
    _, contact, _ = access_log.own(request.rt, id, by=by, language=request.language.code)
    missing = request.language.text("Say why: it goes on record")
    problems = tuple(reason_problems("reason", reason, request.language, missing=missing))
    if problems:
        return _page(request, problems=problems, status=422)
    access_log.give_reason(request.rt, id, why=reason, by=by)
    return see_other(_back(request, contact.id, did="reason"))


def _back(request: SignedInRequest, contact_id: UUID, **query: str) -> str:
    """The contact, if the form was there or its reader has no access log; else the log."""
    if request.form.get("from") == "contact" or not request.person.may(CONSENTS):
        return request.href(f"/admin/consents/contacts/{contact_id}", **query)
    return request.href(ACCESS)


def _page(request: SignedInRequest, *, problems: tuple[Problem, ...] = (), status: int = 200) -> Response:
    language, id = request.language, read_id(request.params["id"])
    line, contact, labels = access_log.own(request.rt, id, by=request.person.id.hex, language=language.code)
    kind, _, field = line.what.partition(":")
    facts = (
        language.text("You saw “{what}” in full", what=labels.get(field, field))
        if kind == "field"
        else language.text("You took a proof"),
        contact.called,
        clock(language, line.at, request.person.zone),
    )
    view = ReasonView(
        back=_back(request, contact.id),
        lead=" · ".join(each for each in facts if each),
        action=request.href(f"{ACCESS}/{id}/reason"),
        comes_from=request.form.get("from", ""),
        typed=request.form.get("reason", ""),
        problems=problems,
    )
    return page(request, "admin/consents/access_reason.html", view, desk_frame(request), status=status)

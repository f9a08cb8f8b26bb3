"""A contact's phone number: set, changed or removed."""

from dataclasses import dataclass

from starlette.responses import Response

from ....actions.consent import phone_number as numbers
from ....actions.consent import staff_entries
from ....actions.consent.phone_number import NumberProblem, NumberRefused
from ....domain.consent_moves import ConsentRefused
from ....domain.errors import BookingError
from ....domain.ids import read_id
from ....domain.text import one_line, several_lines
from ....language import Language
from ...http.forms import Problem, reason_problems
from ...http.responses import page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from .words import refused

CONTACTS = "/admin/consents/contacts"
NUMBER = "/admin/consents/number"
_LONGEST = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberView:
    """`was`: the number when the form was made. `needed`: the contact is known by it alone."""

    back: str
    who: str
    title: str
    action: str
    was: str
    number: str
    number_wrong: str
    reason: str
    reason_wrong: str
    needed: bool
    stopped: bool
    problems: tuple[Problem, ...]


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/number/{id}. Raises NotFound."""
    return _form(request)


def save(request: SignedInRequest) -> Response:
    """POST /admin/consents/number/{id}: `number`, "" for none, and a `reason`.

    A number set by somebody else meanwhile is overwritten by a second press. Raises NotFound.
    """
    language, id = request.language, read_id(request.params["id"])
    typed, reason = _typed(request), several_lines(request.form.get("reason", ""))
    problems, number = [], ""
    try:
        number = staff_entries.identifier(typed.replace("@", "?"))[1] if typed else ""
    except BookingError:
        problems.append(Problem("number", language.text("Write it with its country, like +49 30 1234567")))
    problems += reason_problems(
        "reason", reason, language, missing=language.text("Say why: it goes on record with the change")
    )
    if problems:
        return _form(request, tuple(problems), status=422)
    was, by = request.form.get("was", ""), request.person.id.hex
    try:
        changed = numbers.change(request.rt, id, number, was=was, reason=reason, by=by, now=request.now)
    except NumberRefused as refusal:
        return _form(request, (Problem("number", _why_not(refusal.why, language)),), status=409)
    except ConsentRefused as refusal:
        told = refused(refusal, {}, language, zone=request.person.zone)
        return _form(request, (Problem("number", told),), status=409)
    did = "same" if not changed else "number" if number else "no-number"
    return see_other(request.href(f"{CONTACTS}/{id}", did=did))


def _typed(request: SignedInRequest) -> str:
    return one_line(request.form.get("number", ""))[:_LONGEST]


def _why_not(why: NumberProblem, language: Language) -> str:
    match why:
        case NumberProblem.TAKEN:
            return language.text(
                "Another contact, without an email address, has this number. Merge the two, or leave it there."
            )
        case NumberProblem.ONLY_ONE:
            return language.text("Without its number we would not know who this contact is.")
        case NumberProblem.CHANGED:
            return language.text(
                "Somebody else changed this field in the meantime. What you typed is still here; press again "
                "if you still want it."
            )


def _form(request: SignedInRequest, problems: tuple[Problem, ...] = (), *, status: int = 200) -> Response:
    found = numbers.find(request.rt, read_id(request.params["id"]))
    contact = found.contact
    language, wrong = request.language, {each.field: each.text for each in problems}
    view = NumberView(
        back=request.href(f"{CONTACTS}/{contact.id}"),
        who=contact.called,
        title=language.text("Number to call of {name}", name=contact.called),
        action=request.href(request.path),
        was=contact.phone,
        number=_typed(request) if "number" in request.form else contact.phone,
        number_wrong=wrong.get("number", ""),
        reason=several_lines(request.form.get("reason", "")),
        reason_wrong=wrong.get("reason", ""),
        needed=not contact.address,
        stopped=found.stopped is not None,
        problems=problems,
    )
    return page(request, "admin/consents/number.html", view, desk_frame(request), status=status)

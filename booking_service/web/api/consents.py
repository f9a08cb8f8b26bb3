"""Consents for programs that come with a token: found by the id they carry, recorded, and ended. Never made double opt-in."""

from collections.abc import Collection
from typing import Any

from starlette.responses import JSONResponse, Response

from ...actions.access.api_tokens import Caller
from ...actions.consent import find, staff_entries
from ...actions.consent.append import Changed
from ...actions.consent.find import FoundById
from ...domain.api_tokens import Scope
from ...domain.consent import How
from ...domain.consent_columns import LENGTHS, BroughtWrongly
from ...domain.consent_moves import ConsentRefused
from ...domain.errors import BookingError, UnknownPurpose
from ...domain.purposes import EVERY
from ...domain.text import one_line
from ..http.request import PageRequest
from ..http.responses import problem
from ..http.security import PRIVATE
from .token_callers import Answered, by_token

_LONGEST_REASON, _LONGEST_NAME = 500, 60
_SAID = frozenset({"who", "purpose", "reason"})
_RECORDED, _OPTED_OUT = _SAID | LENGTHS.keys() | {"implied"}, _SAID | {"theirs"}
_FLAGS = {"true": True, "y": True, "false": False, "": False}


class FieldWrong(Exception):
    """A field of the request holds what it can't; the message begins with its name."""


def show(request: PageRequest) -> Response:
    """GET /api/v1/consents?optin_id="""
    return _entered(request, Scope.READ, _show)


def record(request: PageRequest) -> Response:
    """POST /api/v1/consents"""
    return _entered(request, Scope.WRITE, _record)


def opt_out(request: PageRequest) -> Response:
    """POST /api/v1/consents/opt-out"""
    return _entered(request, Scope.WRITE, _opt_out)


def _entered(request: PageRequest, scope: Scope, answer: Answered) -> Response:
    def answered(request: PageRequest, caller: Caller) -> Response:
        try:
            return answer(request, caller)
        except (BookingError, FieldWrong) as error:
            return _refused(request, error)

    return by_token(request, scope, answered)


def _refused(request: PageRequest, error: Exception) -> Response:
    """What of a request can't be done. Other errors are answered as on pages."""
    match error:
        case ConsentRefused():
            return problem(
                request, 409, kind=f"consent-{error.why.value}", title="Nothing was changed", detail=str(error)
            )
        case BroughtWrongly():
            wrong = [{"field": each.column, "detail": each.sentence} for each in error.faults]
            return problem(request, 422, kind="fields", title="A field can't be read", detail=str(error), errors=wrong)
        case UnknownPurpose() | FieldWrong():
            return problem(request, 422, kind="fields", title="A field can't be read", detail=str(error))
        case _:
            raise error


def _show(request: PageRequest, _: Caller) -> Response:
    id = request.query.get("optin_id", "").strip()
    if not id:
        raise FieldWrong("Name the id that is looked for, as ?optin_id=")
    found = find.by_optin_id(request.rt, id, now=request.now)
    return JSONResponse({"consents": [_told(each) for each in found]}, headers=PRIVATE)


def _told(found: FoundById) -> dict[str, Any]:
    entry, contact, held = found.link.entry, found.row.contact, found.row.held
    return {
        **{column.value: text for column, text in found.columns.items()},
        "purpose": entry.purpose,
        "entry_id": str(entry.id),
        "act": entry.act.value,
        "at": entry.at.isoformat(),
        "contact": {"address": contact.address, "phone": contact.phone, "name": contact.name},
        **held.told,
        "since": held.since.isoformat() if held.since else None,
        "until": held.until.isoformat() if held.until else None,
    }


def _record(request: PageRequest, caller: Caller) -> Response:
    form = request.form
    _expect_only(request, _RECORDED)
    if form.get("purpose") == EVERY:
        raise FieldWrong("purpose: a consent is for one purpose")
    changed = staff_entries.record(
        request.rt,
        _who(request),
        form.get("purpose", ""),
        staff=caller.person.id.hex,
        called=_called(caller),
        brought={name: form.get(name, "") for name in LENGTHS},
        reason=_reason(request, caller),
        implied=_flag(request, "implied"),
        how=How.API,
        now=request.now,
    )
    return _changed(caller, changed)


def _opt_out(request: PageRequest, caller: Caller) -> Response:
    _expect_only(request, _OPTED_OUT)
    if not request.form.get("theirs"):
        raise FieldWrong("theirs: say whether they asked for it (true), or it is your own decision (false)")
    changed = staff_entries.opt_out(
        request.rt,
        _who(request),
        request.form.get("purpose", ""),
        staff=caller.person.id.hex,
        called=_called(caller),
        theirs=_flag(request, "theirs"),
        reason=_reason(request, caller),
        how=How.API,
        now=request.now,
    )
    return _changed(caller, changed)


def _changed(caller: Caller, changed: Changed) -> Response:
    """200 also where it stood so already: the same request twice is one change. What stood and stands is told to who may read."""
    told: dict[str, Any] = {
        "changed": changed.entry is not None,
        "entry_id": str(changed.entry.id) if changed.entry else None,
    }
    if Scope.READ in caller.token.scopes and caller.rights.meet(Scope.READ.need):
        told |= {"before": changed.before.basis.value, "after": changed.after.basis.value}
    return JSONResponse(told, headers=PRIVATE)


def _expect_only(request: PageRequest, known: Collection[str]) -> None:
    """Raises FieldWrong: what nobody reads would be taken for what was done."""
    for name in request.form:
        if name not in known:
            raise FieldWrong(
                f"{one_line(name)[:_LONGEST_NAME]}: there is no such field; there are {', '.join(sorted(known))}"
            )


def _who(request: PageRequest) -> str:
    who = request.form.get("who", "").strip()
    try:
        staff_entries.identifier(who)
    except BookingError as error:
        raise FieldWrong(f"who: {error}") from error
    return who


def _flag(request: PageRequest, name: str) -> bool:
    written = request.form.get(name, "")
    if written not in _FLAGS:
        raise FieldWrong(f"{name}: true or false")
    return _FLAGS[written]


def _reason(request: PageRequest, caller: Caller) -> str:
    reason = one_line(request.form.get("reason", "")) or f"by the program “{caller.token.name}”"
    if len(reason) > _LONGEST_REASON:
        raise FieldWrong(f"reason: it has {len(reason)} characters, and {_LONGEST_REASON} fit")
    return reason


def _called(caller: Caller) -> str:
    return f"{caller.person.name} ({caller.token.name})"

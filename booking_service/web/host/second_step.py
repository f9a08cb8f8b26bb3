"""The second step of signing in with a second factor, after a mailed link, code or password."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from ...actions.access import second_factor
from ...actions.times import public
from ...domain.errors import SignInOver, TooManyRequests, WrongSecondFactor
from ..http.errors import retry, status_of
from ..http.refusal_words import words
from ..http.request import PageRequest
from ..http.responses import Frame, page, see_other
from ..http.session import (
    SECOND_STEP,
    SIGN_IN,
    entered,
    entering,
    onwards,
    second_step_token,
    without_second_step,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondStepView:
    """`problem`: why the code was refused."""

    name: str
    action: str
    onwards: str
    other: str
    problem: str


def show(request: PageRequest) -> Response:
    """GET /host/sign-in/second: ask for a code."""
    return _form(request)


def use_code(request: PageRequest) -> Response:
    """POST /host/sign-in/second: a code of the app, or a recovery code; each is valid once."""
    try:
        opened = second_factor.enter(
            request.rt, second_step_token(request), request.form.get("code", ""), entering(request)
        )
    except (WrongSecondFactor, TooManyRequests) as error:
        return _form(request, refused=error)
    except SignInOver:
        return _over(request)
    return without_second_step(request, entered(request, request.form.get("next", ""), opened))


def _form(request: PageRequest, *, refused: WrongSecondFactor | TooManyRequests | None = None) -> Response:
    organisation = public.organisation(request.rt)
    language = request.choose_language(organisation)
    try:
        person = second_factor.waiting(request.rt, second_step_token(request), real_now=request.real_now)
    except SignInOver:
        return _over(request)
    asked_for = onwards(request.query.get("next", "") or request.form.get("next", ""))
    view = SecondStepView(
        name=person.name,
        action=request.plain(SECOND_STEP),
        onwards=asked_for,
        other=request.href(SIGN_IN, next=asked_for),
        problem=words(refused, language, request=request, zone=person.zone)[1] if refused else "",
    )
    headers: Mapping[str, str] = retry(refused, now=request.now) if refused else {}
    frame = Frame(language=language, organisation=organisation, private=True)
    status = status_of(refused) if refused else 200
    return page(request, "host/second_step.html", view, frame, status=status, headers=headers)


def _over(request: PageRequest) -> Response:
    """The ten minutes are over, or it is done: start again."""
    asked_for = onwards(request.query.get("next", "") or request.form.get("next", ""))
    return without_second_step(request, see_other(request.href(SIGN_IN, did="over", next=asked_for)))

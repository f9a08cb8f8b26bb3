"""Programs that come with a token: who each acts as, whether it may, and how often yet."""

from collections.abc import Callable

from starlette.responses import Response

from ...actions.access import api_tokens
from ...actions.access.api_tokens import Caller, SecondFactorMissing, TokenTooNarrow, TokenUnknown
from ...domain.api_tokens import Scope
from ..http.request import PageRequest
from ..http.responses import problem
from .formats import told_left

_RULE = "api_per_token"
Answered = Callable[[PageRequest, Caller], Response]


def by_token(request: PageRequest, scope: Scope, answer: Answered) -> Response:
    """The answer to a valid token, regardless of other requests from its network. Raises TooManyRequests."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    try:
        caller = api_tokens.entered(
            request.rt, secret.strip() if scheme.lower() == "bearer" else "", now=request.real_now
        )
    except TokenUnknown:
        request.look("wrong_tokens_per_network")
        return problem(
            request,
            401,
            kind="token",
            title="A token is needed",
            detail="Send a token that works, as Authorization: Bearer.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    rates, whose = request.rt.settings.limits.api_per_token, caller.token.id.hex
    request.throttle.use(_RULE, whose, rates, now=request.now)
    answered = _answered(request, caller, scope, answer)
    left = request.throttle.left(_RULE, whose, rates, now=request.now)
    answered.headers.update(told_left(_RULE, left, now=request.now))
    return answered


def _answered(request: PageRequest, caller: Caller, scope: Scope, answer: Answered) -> Response:
    try:
        api_tokens.expect(caller, scope)
        return answer(request, caller)
    except TokenTooNarrow as error:
        return problem(request, 403, kind="scope", title="This token may not do this", detail=f"{error}.")
    except SecondFactorMissing as error:
        title = "Its person needs a second factor"
        return problem(request, 403, kind="second-factor", title=title, detail=f"{error}.")

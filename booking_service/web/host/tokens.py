"""A host's own API tokens: made, shown once, revoked. Each acts as the host, and may do no more."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.access import api_tokens
from ...actions.access.api_tokens import ListedToken, MadeToken, TokenNotMade
from ...domain.api_tokens import OF_HOSTS
from ...domain.errors import NotFound
from ...domain.ids import read_id
from ...domain.text import one_line
from ..http.forms import Problem
from ..http.responses import page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame
from ..parts.token_words import ScopeView, TokenLine, problem_of, result_of, scope_names, scope_views, use_of

TOKENS = "/host/tokens"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTokensView:
    """`secret`: of the token just made, shown this once."""

    lines: tuple[TokenLine, ...]
    scopes: tuple[ScopeView, ...]
    action: str
    revoke: str
    back: str
    did: str
    secret: str
    name: str
    problems: tuple[Problem, ...]
    name_wrong: str
    scopes_wrong: str


def show(request: SignedInRequest) -> Response:
    """GET /host/tokens"""
    return _page(request)


def make(request: SignedInRequest) -> Response:
    """POST /host/tokens: `name`, a field for each scope. The answer shows the token; sent again it makes no other, as the
    name is taken then."""
    form, person = request.form, request.person
    scopes = [each for each in OF_HOSTS if each.value in form]
    try:
        made = api_tokens.make(
            request.rt,
            form.get("name", ""),
            email=person.email,
            scopes=scopes,
            by=request.actor,
            now=request.real_now,
        )
    except TokenNotMade as error:
        return _page(request, problems=(Problem(*problem_of(error.why, request.language, scopes=OF_HOSTS)),))
    return _page(request, made=made)


def revoke(request: SignedInRequest) -> Response:
    """POST /host/tokens/revoke: `id`. Raises NotFound, also for somebody else's."""
    id = read_id(request.form.get("id", ""))
    if id not in {each.token.id for each in _own(request)}:
        raise NotFound("there is no such token")
    done = api_tokens.revoke(request.rt, id, by=request.actor, now=request.real_now)
    return see_other(request.href(TOKENS, did="revoked" if done else "over"))


def _page(request: SignedInRequest, *, made: MadeToken | None = None, problems: tuple[Problem, ...] = ()) -> Response:
    language, form = request.language, request.form if problems else {}
    wrong = {each.field: each.text for each in problems}
    view = OwnTokensView(
        lines=tuple(_line(request, each) for each in _own(request)),
        scopes=scope_views(OF_HOSTS, form, language),
        action=request.href(TOKENS),
        revoke=request.href(f"{TOKENS}/revoke"),
        back=request.href("/host/profile"),
        did=result_of(request.query.get("did", ""), language),
        secret=made.secret if made else "",
        name=one_line(form.get("name", "")),
        problems=problems,
        name_wrong=wrong.get("name", ""),
        scopes_wrong=wrong.get(OF_HOSTS[0].value, ""),
    )
    return page(request, "host/tokens.html", view, desk_frame(request), status=422 if problems else 200)


def _own(request: SignedInRequest) -> list[ListedToken]:
    mine = (each for each in api_tokens.listed(request.rt) if each.token.person_id == request.person.id)
    return [each for each in mine if not each.token.scopes.isdisjoint(OF_HOSTS)]


def _line(request: SignedInRequest, each: ListedToken) -> TokenLine:
    language, token = request.language, each.token
    revoke = "" if token.revoked_at else str(token.id)
    return TokenLine(token.name, scope_names(token, language), use_of(token, language, request.person.zone), revoke)

"""API tokens: made, shown once, revoked."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.access import api_tokens
from ...actions.access.api_tokens import ListedToken, MadeToken, TokenNotMade
from ...domain.api_tokens import OF_CONSENTS, Scope
from ...domain.audit import named
from ...domain.ids import read_id
from ...domain.text import one_line
from ..http.forms import Problem
from ..http.responses import page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame
from ..parts.token_words import ScopeView, TokenLine, problem_of, result_of, scope_names, scope_views, use_of

TOKENS = "/admin/tokens"


@dataclass(frozen=True, slots=True)
class PersonView:
    email: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensView:
    """`secret`: of a token just made, shown this once."""

    lines: tuple[TokenLine, ...]
    people: tuple[PersonView, ...]
    scopes: tuple[ScopeView, ...]
    action: str
    revoke: str
    did: str
    secret: str
    name: str
    problems: tuple[Problem, ...]
    name_wrong: str
    email_wrong: str
    scopes_wrong: str


def show(request: SignedInRequest) -> Response:
    """GET /admin/tokens"""
    return _page(request)


def make(request: SignedInRequest) -> Response:
    """POST /admin/tokens: `name`, `email` of its person, a field for each scope. The response shows the token.

    A repeat makes no second one, as the name is taken.
    """
    form = request.form
    scopes = [each for each in OF_CONSENTS if each.value in form]
    try:
        made = api_tokens.make(
            request.rt,
            form.get("name", ""),
            email=form.get("email", ""),
            scopes=scopes,
            by=request.actor,
            now=request.real_now,
        )
    except TokenNotMade as error:
        return _page(
            request, problems=(Problem(*problem_of(error.why, request.language, scopes=OF_CONSENTS)),), status=422
        )
    return _page(request, made=made)


def revoke(request: SignedInRequest) -> Response:
    """POST /admin/tokens/revoke: `id`. Raises NotFound."""
    id = read_id(request.form.get("id", ""))
    done = api_tokens.revoke(request.rt, id, by=request.actor, now=request.real_now)
    return see_other(request.href(TOKENS, did="revoked" if done else "over"))


def _page(
    request: SignedInRequest, *, made: MadeToken | None = None, problems: tuple[Problem, ...] = (), status: int = 200
) -> Response:
    language, form = request.language, request.form if problems else {}
    wrong = {each.field: each.text for each in problems}
    view = TokensView(
        lines=tuple(_line(request, each) for each in api_tokens.listed(request.rt)),
        people=tuple(
            PersonView(each.email, named(each), each.email == form.get("email", request.person.email))
            for each in api_tokens.may_act(request.rt)
        ),
        scopes=scope_views(OF_CONSENTS, form, language),
        action=request.href(TOKENS),
        revoke=request.href(f"{TOKENS}/revoke"),
        did=result_of(request.query.get("did", ""), language),
        secret=made.secret if made else "",
        name=one_line(form.get("name", "")),
        problems=problems,
        name_wrong=wrong.get("name", ""),
        email_wrong=wrong.get("email", ""),
        scopes_wrong=wrong.get(Scope.READ.value, ""),
    )
    return page(request, "admin/tokens.html", view, desk_frame(request), status=status)


def _line(request: SignedInRequest, each: ListedToken) -> TokenLine:
    language, zone, token = request.language, request.person.zone, each.token
    made = language.text(
        "Acts as {person} · made by {by} on {date}",
        person=each.person.name,
        by=token.by,
        date=language.long_date(token.created_at.astimezone(zone).date()),
    )
    scopes, used = scope_names(token, language), use_of(token, language, zone)
    if each.waits and token.revoked_at is None:
        waits = language.text("Refused until {person} has a second factor", person=each.person.name)
        used = f"{used} · {waits}"
    return TokenLine(token.name, f"{scopes} · {made}", used, "" if token.revoked_at else str(token.id))

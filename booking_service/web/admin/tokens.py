"""Tokens by which programs come in: made, shown once, revoked."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.access import api_tokens
from ...actions.access.api_tokens import ListedToken, Made, TokenNotMade
from ...domain.api_tokens import NAME_LENGTH, Scope
from ...domain.audit import named
from ...domain.ids import read_id
from ...domain.text import one_line
from ...language import Language
from ..http.forms import Problem
from ..http.responses import page, see_other
from ..http.signed_in import SignedInRequest, desk_frame

TOKENS = "/admin/tokens"


@dataclass(frozen=True, slots=True)
class TokenLine:
    """`revoke`: what its button sends; "" where it works no more."""

    name: str
    about: str
    used: str
    revoke: str


@dataclass(frozen=True, slots=True)
class ScopeView:
    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class PersonView:
    email: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensView:
    """`secret`: of the token that was just made; it is shown this once."""

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
    """POST /admin/tokens: `name`, `email` of whom it acts as, a field for each scope. The answer shows the token; sent again it
    makes no second one, as the name is taken then."""
    form = request.form
    scopes = [each for each in Scope if each.value in form]
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
        return _page(request, problems=(_wrong(error.why, request.language),), status=422)
    return _page(request, made=made)


def revoke(request: SignedInRequest) -> Response:
    """POST /admin/tokens/revoke: `id`. Raises NotFound."""
    id = read_id(request.form.get("id", ""))
    done = api_tokens.revoke(request.rt, id, by=request.actor, now=request.real_now)
    return see_other(request.href(TOKENS, did="revoked" if done else "over"))


def _page(
    request: SignedInRequest, *, made: Made | None = None, problems: tuple[Problem, ...] = (), status: int = 200
) -> Response:
    language, form = request.language, request.form if problems else {}
    wrong = {each.field: each.text for each in problems}
    view = TokensView(
        lines=tuple(_line(request, each) for each in api_tokens.listed(request.rt)),
        people=tuple(
            PersonView(each.email, named(each), each.email == form.get("email", request.person.email))
            for each in api_tokens.may_act(request.rt)
        ),
        scopes=tuple(ScopeView(each.value, _scope(each, language), each.value in form) for each in Scope),
        action=request.href(TOKENS),
        revoke=request.href(f"{TOKENS}/revoke"),
        did=_told(request.query.get("did", ""), language),
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
    scopes = ", ".join(_scope(scope, language) for scope in sorted(token.scopes))
    if token.revoked_at is not None:
        date = language.long_date(token.revoked_at.astimezone(zone).date())
        used = language.text("Revoked on {date}", date=date)
    elif token.used_at is not None:
        date = language.long_date(token.used_at.astimezone(zone).date())
        used = language.text("Last used on {date}", date=date)
    else:
        used = language.text("Never used")
    if each.waits and token.revoked_at is None:
        waits = language.text("Refused until {person} has a second factor", person=each.person.name)
        used = f"{used} · {waits}"
    return TokenLine(token.name, f"{scopes} · {made}", used, "" if token.revoked_at else str(token.id))


def _scope(scope: Scope, language: Language) -> str:
    match scope:
        case Scope.READ:
            return language.text("Find consents")
        case Scope.WRITE:
            return language.text("Record consents and opt people out")


def _wrong(why: str, language: Language) -> Problem:
    match why:
        case "taken":
            return Problem(
                "name", language.text("A token of this name works already: revoke it first, or choose another name")
            )
        case "scopes":
            return Problem(Scope.READ.value, language.text("Choose what it is for"))
        case "person":
            return Problem("email", language.text("This person may not do what the token is for"))
        case "second-factor":
            return Problem(
                "email",
                language.text(
                    "The organisation wants a second factor of this person: first they set one up on their profile"
                ),
            )
        case _:
            return Problem("name", language.text("Give it a name of at most {count} characters", count=NAME_LENGTH))


def _told(did: str, language: Language) -> str:
    match did:
        case "revoked":
            return language.text("It works no more.")
        case "over":
            return language.text("It was revoked before.")
        case _:
            return ""

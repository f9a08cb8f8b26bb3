"""Asking people to prove again who they are, on the way to a page that requires it.

The question is at the address of the page itself, and its form carries the original input along, so that the page
continues as soon as the proof is right; only secrets are typed again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import structlog
from starlette.responses import Response

from ...actions.access import identities, identity_provider, passwords, reauthentication, second_factor
from ...domain.errors import (
    BookingError,
    NotFound,
    SignInOver,
    TooManyRequests,
    WrongCode,
    WrongPassword,
    WrongSecondFactor,
)
from ...domain.identities import Errand, ProviderRefused
from ...domain.ids import read_id
from ...domain.sessions import LINK_FOR
from .errors import retry, status_of
from .identity_provider import send, why
from .mail_delay import delay_words
from .refusal_words import words
from .responses import page, see_other
from .session import own_path
from .signed_in_pages import Proof, SignedInRequest, desk_frame

_OURS = "prove-"  # prefix of the question's own fields, which the page never sees
_SECRET = ("password", "secret")
_LONGEST_FORM = 1500  # characters that fit into the cookie kept while its person is at the identity provider

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofView:
    """`kept`: the original form's fields. `looked`: the page was only viewed. `sent`: the request whose code was
    mailed; "" before.

    `has_password`: it proves as well. `has_second_factor`: only that proves. `provider`: where signing in again proves
    as well; "" for none; `only_provider`: nothing else does, as the second factor is there. `delayed`: a remark while
    no mail can be sent; else "".
    """

    action: str
    kept: tuple[tuple[str, str], ...]
    looked: bool
    email: str
    sent: str
    until: str
    has_password: bool
    has_second_factor: bool
    provider: str
    only_provider: bool
    delayed: str
    problem: str = ""


def proven(request: SignedInRequest) -> SignedInRequest | Response:
    """The request for the page, if its sender has recently proved who they are; otherwise the question."""
    wants = request.route.proof
    if wants is Proof.NEVER or (wants is Proof.TO_CHANGE and request.method != "POST"):
        return request
    if request.session.is_fresh(request.real_now):
        return _go_on(request)
    if f"{_OURS}provider" in request.form:
        return _to_provider(request)
    if request.has_second_factor:
        return _try_second_factor(request) if f"{_OURS}second" in request.form else _question(request)
    if request.second_at_provider:
        return _question(request)
    if f"{_OURS}send" in request.form:
        return _send(request)
    if f"{_OURS}password" in request.form:
        return _try_password(request)
    if f"{_OURS}code" in request.form:
        return _try_code(request)
    return _question(request)


def _go_on(request: SignedInRequest) -> SignedInRequest | Response:
    """Continue with the original form, or go back to the page that was only viewed."""
    if request.method == "POST" and f"{_OURS}looked" in request.form:
        return see_other(_address(request))
    return replace(request, form=_typed(request.form))


def _send(request: SignedInRequest) -> Response:
    try:
        made = reauthentication.ask(
            request.rt,
            request.person,
            onwards=own_path(request),
            agent=request.headers.get("user-agent", ""),
            now=request.now,
            real_now=request.real_now,
        )
    except TooManyRequests as error:
        return _question(request, refused=error)
    return _question(request, sent=str(made.id))


def _to_provider(request: SignedInRequest) -> Response:
    """Sign in at the provider again, and come back to what waits here."""
    looked = request.method != "POST" or f"{_OURS}looked" in request.form
    errand = Errand(
        onwards=_address(request), proving=request.session.id, typed=None if looked else dict(_carried(request.form))
    )
    try:
        return send(request, errand)
    except ProviderRefused as error:
        log.warning("identity_provider_failed", fault=str(error.fault), error=str(error))
        told = why(f"provider-{error.fault}", request.rt.settings.oidc.label, request.language)
        return _question(request, problem=told)
    except TooManyRequests as error:
        return _question(request, refused=error)


def _try_code(request: SignedInRequest) -> SignedInRequest | Response:
    sent, typed = request.form.get(f"{_OURS}sent", ""), request.form[f"{_OURS}code"]
    try:
        reauthentication.by_code(
            request.rt, request.session, read_id(sent), typed, now=request.now, real_now=request.real_now
        )
    except (WrongCode, TooManyRequests) as error:
        return _question(request, sent=sent, refused=error)
    except (SignInOver, NotFound) as error:
        return _question(request, refused=error)
    return _go_on(request)


def _try_password(request: SignedInRequest) -> SignedInRequest | Response:
    typed = request.form[f"{_OURS}password"]
    person, session = request.person.id, request.session.id
    try:
        passwords.prove(request.rt, person, session, typed, now=request.now, real_now=request.real_now)
    except (WrongPassword, TooManyRequests) as error:
        return _question(request, refused=error)
    return _go_on(request)


def _try_second_factor(request: SignedInRequest) -> SignedInRequest | Response:
    typed, by = request.form[f"{_OURS}second"], request.actor
    try:
        second_factor.prove(
            request.rt,
            request.person,
            request.session.id,
            typed,
            by=by,
            now=request.now,
            real_now=request.real_now,
        )
    except (WrongSecondFactor, TooManyRequests, SignInOver) as error:
        return _question(request, refused=error)
    return _go_on(request)


def _question(
    request: SignedInRequest,
    *,
    sent: str = "",
    refused: BookingError | None = None,
    problem: str = "",
) -> Response:
    language = request.language
    kept = _carried(request.form)
    view = ProofView(
        action=_address(request),
        kept=kept,
        looked=request.method != "POST" or f"{_OURS}looked" in request.form,
        email=request.person.email,
        sent=sent,
        until=language.plural("{count} minute", "{count} minutes", int(LINK_FOR.total_seconds()) // 60),
        has_password=passwords.of_person(request.rt, request.person.id).password is not None,
        has_second_factor=request.has_second_factor,
        provider=_provider(request, kept),
        only_provider=request.second_at_provider and not request.has_second_factor,
        delayed=delay_words(request.rt, language) if sent else "",
        problem=words(refused, language, request=request, zone=request.person.zone)[1] if refused else problem,
    )
    status = status_of(refused) if refused else 403
    headers = retry(refused, now=request.now) if refused else {}
    return page(request, "host/proof.html", view, desk_frame(request), status=status, headers=headers)


def _provider(request: SignedInRequest, kept: tuple[tuple[str, str], ...]) -> str:
    """The provider's name, if a linked account can prove who this person is; else ""."""
    rt, chosen = request.rt, request.rt.settings.oidc
    if not identity_provider.is_set_up(rt) or identity_provider.lacks_package():
        return ""
    weaker = request.has_second_factor and not chosen.trusts_second_factor
    if weaker or len(urlencode(kept)) > _LONGEST_FORM:
        return ""
    linked = identities.linked(rt, request.person.id)
    return chosen.label if any(each.issuer == chosen.issuer for each in linked) else ""


def _carried(form: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in _typed(form).items() if not _is_secret(name))


def _address(request: SignedInRequest) -> str:
    query = urlencode(request.query)
    return request.plain(request.path) + (f"?{query}" if query else "")


def _typed(form: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in form.items() if not name.startswith(_OURS)}


def _is_secret(name: str) -> bool:
    return any(each in name for each in _SECRET)

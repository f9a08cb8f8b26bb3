"""Signing in with an account of the identity provider; linking an account, and proving again who one is by it."""

from dataclasses import dataclass, replace
from uuid import UUID

import structlog
from starlette.responses import Response

from ...actions.access import identities, identity_provider, sessions
from ...actions.access.sessions import Entered
from ...domain.audit import Actor
from ...domain.identities import Errand, ProviderFault, ProviderRefused, Vouched
from ...domain.ids import read_id
from ..http.identity_provider import send, why
from ..http.request import PageRequest
from ..http.responses import Frame, page, see_other
from ..http.session import (
    PROFILE,
    SIGN_IN,
    entered,
    entering,
    gone_away,
    kept_while_away,
    onwards,
    session_token,
)
from ..http.signed_in_pages import SignedInRequest

# Of these the operator should know; the others are the reader's own affair.
_LOUD = frozenset({ProviderFault.AWAY, ProviderFault.UNTRUSTED, ProviderFault.STALE})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ProvedView:
    """`action`, `kept`: address and fields of the waiting form. `looked`: the page was only viewed.

    `problem`: why the account proved nothing; "" where it did.
    """

    action: str
    kept: tuple[tuple[str, str], ...]
    looked: bool
    problem: str


def start(request: PageRequest) -> Response:
    """POST /host/sign-in/provider: go to the provider, and come back signed in."""
    return _away(request, Errand(onwards=onwards(request.form.get("next", "")), keep=request.form.get("keep") == "yes"))


def link(request: SignedInRequest) -> Response:
    """POST /host/profile/provider: go to the provider, and come back with a linked account."""
    return _away(request, Errand(linking=request.person.id))


def unlink(request: SignedInRequest) -> Response:
    """POST /host/profile/provider/remove. Raises NotFound."""
    chosen = read_id(request.form.get("account", ""))
    identities.unlink(request.rt, request.person, chosen, by=request.actor, now=request.now)
    return see_other(request.href(PROFILE, did="unlinked"))


def back(request: PageRequest) -> Response:
    """GET /host/oidc/callback: the provider's response; valid once, in the browser that was sent there."""
    request.look("confirm_per_network")
    try:
        away = identity_provider.back(
            request.rt,
            kept_while_away(request),
            state=request.query.get("state", ""),
            now=request.now,
            real_now=request.real_now,
        )
    except ProviderRefused as error:
        return _refused(request, error, Errand())
    try:
        vouched = identity_provider.vouched(request.rt, away, request.query, real_now=request.real_now)
        done = _done(request, away.errand, vouched)
    except ProviderRefused as error:
        done = _refused(request, error, away.errand)
    return gone_away(request, done, "")


def _away(request: PageRequest, errand: Errand) -> Response:
    try:
        return send(request, errand)
    except ProviderRefused as error:
        return _refused(request, error, errand)


def _done(request: PageRequest, errand: Errand, vouched: Vouched) -> Response:
    if errand.linking is not None:
        return _link(request, errand.linking, vouched)
    if errand.proving is not None:
        here = _still_here(request, errand.proving)
        identities.prove(request.rt, here, vouched, real_now=request.real_now)
        return see_other(errand.onwards) if errand.typed is None else _proved(request, here, errand)
    visitor = replace(entering(request), keep=errand.keep)
    return entered(request, errand.onwards, identities.enter(request.rt, vouched, visitor))


def _link(request: PageRequest, person_id: UUID, vouched: Vouched) -> Response:
    """Only while the person who asked for it is still signed in here."""
    here = _here(request)
    if here is None or here.person.id != person_id:
        raise ProviderRefused(ProviderFault.OVER, "who asked for the link is not signed in here any more")
    by = Actor.of(here.person, agent=request.headers.get("user-agent", ""), network=request.network)
    identities.link(request.rt, here.person, vouched, by=by, now=request.now)
    return see_other(request.href(PROFILE, did="linked"))


def _here(request: PageRequest) -> Entered | None:
    return sessions.current(request.rt, session_token(request), real_now=request.real_now)


def _still_here(request: PageRequest, session_id: UUID) -> Entered:
    here = _here(request)
    if here is None or here.session.id != session_id:
        raise ProviderRefused(ProviderFault.OVER, "who was to show who they are is not signed in here any more")
    return here


def _refused(request: PageRequest, error: ProviderRefused, errand: Errand) -> Response:
    """Back to where it began, with the reason as a word in the address; nothing of the response is in it."""
    if error.fault in _LOUD:
        log.warning("identity_provider_failed", fault=str(error.fault), error=str(error))
    else:
        log.info("identity_provider_let_nobody_in", fault=str(error.fault), error=str(error))
    did = f"provider-{error.fault}"
    if errand.linking is not None:
        return see_other(request.href(PROFILE, did=did))
    if errand.proving is not None and (here := _here(request)):
        return _proved(request, here, errand, fault=error.fault)
    return see_other(request.href(SIGN_IN, did=did, next=onwards(errand.onwards)))


def _proved(request: PageRequest, here: Entered, errand: Errand, *, fault: ProviderFault | None = None) -> Response:
    """The waiting form continues only after a press, as another site led here."""
    language = request.choose_language(here.organisation, stored=here.person.language)
    label = request.rt.settings.oidc.label
    view = ProvedView(
        action=errand.onwards,
        kept=tuple((errand.typed or {}).items()),
        looked=errand.typed is None,
        problem=why(f"provider-{fault}", label, language) if fault else "",
    )
    frame = Frame(language=language, organisation=here.organisation, private=True, one_time=True)
    return page(request, "host/proved.html", view, frame, status=403 if fault else 200)

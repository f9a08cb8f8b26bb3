"""Signing in with an account of the identity provider: there by a press, and back by the address that it leads to. And linking
such an account with oneself."""

from dataclasses import dataclass
from uuid import UUID

import structlog
from starlette.responses import Response

from ...actions.access import identities, identity_provider, sessions
from ...actions.times import public
from ...domain.audit import Actor
from ...domain.identities import Away, ProviderFault, ProviderRefused, Vouched
from ...domain.ids import read_id
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
from ..http.signed_in import SignedInRequest

# Of these whoever runs the service should hear; the others are their readers' own affair.
_LOUD = frozenset({ProviderFault.AWAY, ProviderFault.UNTRUSTED})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DepartureView:
    provider: str
    address: str


def start(request: PageRequest) -> Response:
    """POST /host/sign-in/provider: go there, to come back signed in."""
    asked_for = onwards(request.form.get("next", ""))
    try:
        return _send(request, asked_for=asked_for, linking=None)
    except ProviderRefused as error:
        return _refused(request, error, asked_for=asked_for, linking=None)


def link(request: SignedInRequest) -> Response:
    """POST /host/profile/provider: go there, to come back with an account that signs in as this person."""
    try:
        return _send(request, asked_for="", linking=request.person.id)
    except ProviderRefused as error:
        return _refused(request, error, asked_for="", linking=request.person.id)


def unlink(request: SignedInRequest) -> Response:
    """POST /host/profile/provider/remove. Raises NotFound."""
    chosen = read_id(request.form.get("account", ""))
    identities.unlink(request.rt, request.person, chosen, by=request.actor, now=request.now)
    return see_other(request.href(PROFILE, did="unlinked"))


def back(request: PageRequest) -> Response:
    """GET /host/oidc/callback: what the provider answered. It counts in the browser that was sent there, and once."""
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
        return _refused(request, error, asked_for="", linking=None)
    try:
        vouched = identity_provider.vouched(request.rt, away, request.query, real_now=request.real_now)
        done = _enter(request, away, vouched) if away.linking is None else _link(request, away.linking, vouched)
    except ProviderRefused as error:
        done = _refused(request, error, asked_for=away.onwards, linking=away.linking)
    return gone_away(request, done, "")


def _send(request: PageRequest, *, asked_for: str, linking: UUID | None) -> Response:
    """A page that leads on by itself. It is no redirect: a form may not be answered by one to another site (form-action of the
    content security policy), and that site may lead on to others."""
    departure = identity_provider.begin(
        request.rt,
        onwards=asked_for,
        linking=linking,
        network=request.network,
        now=request.now,
        real_now=request.real_now,
    )
    organisation = public.organisation(request.rt)
    frame = Frame(language=request.choose_language(organisation), organisation=organisation, private=True)
    view = DepartureView(request.rt.settings.oidc.label, departure.address)
    headers = {"Refresh": f"0;url={departure.address}"}
    return gone_away(request, page(request, "host/to_provider.html", view, frame, headers=headers), departure.kept)


def _enter(request: PageRequest, away: Away, vouched: Vouched) -> Response:
    return entered(request, away.onwards, identities.enter(request.rt, vouched, entering(request)))


def _link(request: PageRequest, person_id: UUID, vouched: Vouched) -> Response:
    """Only while who asked for it is still signed in here."""
    here = sessions.current(request.rt, session_token(request), real_now=request.real_now)
    if here is None or here.person.id != person_id:
        raise ProviderRefused(ProviderFault.OVER, "who asked for the link is not signed in here any more")
    by = Actor.of(here.person, agent=request.headers.get("user-agent", ""), network=request.network)
    identities.link(request.rt, here.person, vouched, by=by, now=request.now)
    return see_other(request.href(PROFILE, did="linked"))


def _refused(request: PageRequest, error: ProviderRefused, *, asked_for: str, linking: UUID | None) -> Response:
    """Back to where it was begun, whose page says why by a word in its address: nothing of the answer stays there."""
    if error.fault in _LOUD:
        log.warning("identity_provider_failed", fault=str(error.fault), error=str(error))
    else:
        log.info("identity_provider_let_nobody_in", fault=str(error.fault), error=str(error))
    did = f"provider-{error.fault}"
    if linking is not None:
        return see_other(request.href(PROFILE, did=did))
    return see_other(request.href(SIGN_IN, did=did, next=asked_for))

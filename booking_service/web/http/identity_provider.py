"""Sending people to the identity provider, and the messages where they were not let in."""

from dataclasses import dataclass
from typing import Literal, assert_never

from starlette.responses import Response

from ...actions.access import identity_provider
from ...actions.times import public
from ...domain.identities import Errand, ProviderFault
from ...language import Language
from .request import PageRequest
from .responses import Frame, page
from .session import gone_away


@dataclass(frozen=True, slots=True)
class DepartureView:
    provider: str
    address: str


def send(request: PageRequest, errand: Errand) -> Response:
    """A page that leads on by itself. Raises ProviderRefused, TooManyRequests.

    No redirect, as a form's response may not redirect to another site (form-action of the content security policy),
    which may redirect further.
    """
    departure = identity_provider.begin(
        request.rt, errand, network=request.network, now=request.now, real_now=request.real_now
    )
    organisation = public.organisation(request.rt)
    frame = Frame(language=request.choose_language(organisation), organisation=organisation, private=True)
    view = DepartureView(request.rt.settings.oidc.label, departure.address)
    headers = {"Refresh": f"0;url={departure.address}"}
    return gone_away(request, page(request, "host/to_provider.html", view, frame, headers=headers), departure.kept)


def why(did: str, label: str, language: Language) -> str:
    """The message for the word in the address; "" for none."""
    word = did.removeprefix("provider-")
    if word == did or word not in list(ProviderFault):
        return ""
    match ProviderFault(word):
        case ProviderFault.DENIED:
            return language.text("You did not go on at {provider}. Nothing was changed.", provider=label)
        case ProviderFault.OVER:
            return language.text(
                "That took longer than 10 minutes, was already done, or has since been started in another window. "
                "Please begin again."
            )
        case ProviderFault.AWAY:
            return language.text(
                "{provider} does not answer as it should. Please try again in a few minutes, or sign in by a "
                "mailed link. If it goes on, tell whoever runs this service.",
                provider=label,
            )
        case ProviderFault.UNTRUSTED:
            return language.text(
                "The answer from {provider} could not be verified, so nobody was signed in. Please begin "
                "again. If it happens again, tell whoever runs this service.",
                provider=label,
            )
        case ProviderFault.UNVERIFIED:
            return language.text(
                "{provider} does not vouch for your email address, so we can't match it to anybody here. "
                "Sign in by a mailed link, and link the account on your profile.",
                provider=label,
            )
        case ProviderFault.NOBODY:
            return language.text(
                "Nobody signs in here with this {provider} account. If you sign in with another address, ask "
                "for a mailed link, and link the account on your profile. Otherwise ask an administrator of "
                "this service to invite you.",
                provider=label,
            )
        case ProviderFault.TAKEN:
            return language.text(
                "This {provider} account already signs in somebody else here. Use another one, or have it "
                "removed there first.",
                provider=label,
            )
        case ProviderFault.OTHER | ProviderFault.STALE | ProviderFault.ONE_FACTOR as unproved:
            return _why_unproved(unproved, label, language)
        case never:
            assert_never(never)


def _why_unproved(
    fault: Literal[ProviderFault.OTHER, ProviderFault.STALE, ProviderFault.ONE_FACTOR], label: str, language: Language
) -> str:
    match fault:
        case ProviderFault.OTHER:
            return language.text(
                "That {provider} account is not the one that signs you in here. Sign in there with yours.",
                provider=label,
            )
        case ProviderFault.STALE:
            return language.text(
                "{provider} does not say that you signed in there just now. Try another way, or sign out here and in again.",
                provider=label,
            )
        case ProviderFault.ONE_FACTOR:
            return language.text(
                "{provider} did not ask you for a second factor, which is needed here. Try another way, or sign out here and in "
                "again.",
                provider=label,
            )
        case never:
            assert_never(never)

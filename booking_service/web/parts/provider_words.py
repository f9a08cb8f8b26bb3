"""What somebody is told who comes back from the identity provider without being let in."""

from typing import assert_never

from ...domain.identities import ProviderFault
from ...language import Language


def why(did: str, label: str, language: Language) -> str:
    """By the word that the page's address carries; "" where it is none of these."""
    word = did.removeprefix("provider-")
    if word == did or word not in list(ProviderFault):
        return ""
    match ProviderFault(word):
        case ProviderFault.DENIED:
            return language.text("You did not go on at {provider}. Nothing was changed.", provider=label)
        case ProviderFault.OVER:
            return language.text(
                "That took longer than 10 minutes, was done already, or was begun in another window since. Please begin again."
            )
        case ProviderFault.AWAY:
            return language.text(
                "{provider} does not answer as it should. Please try again in a few minutes, or sign in by a mailed link. If it "
                "lasts, tell whoever runs this service.",
                provider=label,
            )
        case ProviderFault.UNTRUSTED:
            return language.text(
                "What came back from {provider} could not be verified, so nobody was signed in. Please begin again. If it "
                "lasts, tell whoever runs this service.",
                provider=label,
            )
        case ProviderFault.UNVERIFIED:
            return language.text(
                "{provider} does not vouch for your email address, so it finds nobody here. Sign in by a mailed link, and link "
                "the account on your profile.",
                provider=label,
            )
        case ProviderFault.NOBODY:
            return language.text(
                "Nobody signs in here with this account of {provider}. If you sign in with another address, ask for a mailed "
                "link, and link the account on your profile. Otherwise ask whoever administrates this service to invite you.",
                provider=label,
            )
        case ProviderFault.TAKEN:
            return language.text(
                "This account of {provider} signs in somebody else here. Use another one, or have it removed there first.",
                provider=label,
            )
        case never:
            assert_never(never)

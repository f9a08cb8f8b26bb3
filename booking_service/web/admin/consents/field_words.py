"""What depends on a profile field, with links to change it."""

from collections.abc import Iterator, Mapping

from ....actions.consent.profile_fields import Asking
from ....domain.roles import ADMINS
from ...http.responses import Link
from ...http.signed_in_pages import SignedInRequest
from .message_words import NEWS_PAGE
from .purpose_words import PURPOSES


def purpose_link(request: SignedInRequest, slug: str, names: Mapping[str, str]) -> Link:
    return Link(names.get(slug, slug), request.href(f"{PURPOSES}/{slug}"))


def asking_links(request: SignedInRequest, asking: Asking, names: Mapping[str, str]) -> Iterator[Link]:
    """Links to the conditions; "" as address where the reader may not follow."""
    language = request.language
    for slug in asking.purposes:
        yield Link(names.get(slug, slug), request.href(f"{PURPOSES}/{slug}/settings"))
    if asking.page:
        policies = request.href("/admin/policies") if request.person.may(ADMINS) else ""
        yield Link(language.text("Policies: who sees all of the preferences page"), policies)
    if asking.news:
        yield Link(language.text("News for contacts: who is told"), request.href(NEWS_PAGE))

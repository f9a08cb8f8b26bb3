"""Links from a contact's page to actions that have pages of their own."""

from collections.abc import Iterator
from dataclasses import dataclass

from ....actions.consent.dossier import Dossier
from ...http.signed_in_pages import SignedInRequest

CONTACTS = "/admin/consents/contacts"
NUMBER, HAND_OUT = "/admin/consents/number", "/admin/consents/hand-out"
OWN_PAGE = "/admin/consents/own-page"
STOP, ERASE = "/admin/consents/stop", "/admin/consents/erase"


@dataclass(frozen=True, slots=True)
class Way:
    """`grave`: it can't be undone."""

    name: str
    href: str
    grave: bool = False


def ways(request: SignedInRequest, found: Dossier) -> Iterator[Way]:
    """The links; none for an erased contact."""
    language, id = request.language, found.contact.id
    if found.contact.erased_at is not None:
        return
    yield Way(language.text("Number to call…"), request.href(f"{NUMBER}/{id}"))
    yield Way(language.text("Merge or separate…"), request.href(f"{CONTACTS}/{id}/merge"))
    yield Way(language.text("Their preferences page, as they see it…"), request.href(f"{OWN_PAGE}/{id}"))
    yield Way(language.text("Hand out their data…"), request.href(f"{HAND_OUT}/{id}"))
    if found.stopped is None:
        yield Way(language.text("Stop all use…"), request.href(f"{STOP}/{id}"))
    yield Way(language.text("Erase…"), request.href(f"{ERASE}/{id}"), grave=True)

"""All data about a contact as a file, for staff to hand to the person."""

from dataclasses import dataclass

from starlette.responses import Response

from ....actions.privacy import own_data
from ....domain.ids import read_id
from ....language import language_of
from ...http.responses import page
from ...http.security import PRIVATE
from ...http.signed_in_pages import SignedInRequest, desk_frame
from ...parts.own_data import data_file
from .contact_ways import CONTACTS


@dataclass(frozen=True, slots=True)
class HandOutView:
    back: str
    who: str
    title: str
    action: str


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/hand-out/{id}. Raises NotFound."""
    contact = own_data.seen_by_staff(request.rt, read_id(request.params["id"])).contact
    view = HandOutView(
        back=request.href(f"{CONTACTS}/{contact.id}"),
        who=contact.called,
        title=request.language.text("Hand out the data of {name}", name=contact.called),
        action=request.href(request.path),
    )
    return page(request, "admin/consents/hand_out.html", view, desk_frame(request))


def take(request: SignedInRequest) -> Response:
    """POST /admin/consents/hand-out/{id}: the file, as `json` or readable in the person's language; on record.

    Raises NotFound.
    """
    rt, seen = request.rt, own_data.seen_by_staff(request.rt, read_id(request.params["id"]))
    language = language_of(seen.contact.language or seen.organisation.default_language)
    given = own_data.given_to_staff(
        rt, str(seen.contact.id), by=request.person.id.hex, language=language.code, now=request.now
    )
    return data_file(
        given,
        language,
        zone=seen.zone,
        labels=seen.labels,
        for_programs="json" in request.form,
        headers=dict(PRIVATE),
    )

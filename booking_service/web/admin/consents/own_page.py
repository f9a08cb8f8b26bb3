"""The preferences page of a contact as its person sees it, for staff to look at: nothing on it can be pressed."""

from dataclasses import dataclass

from starlette.responses import Response

from ....actions.privacy import own_data
from ....actions.privacy import preferences as own_page
from ....domain.ids import read_id
from ...http.mail_delay import own_delay_words
from ...http.responses import page
from ...http.signed_in_pages import SignedInRequest, desk_frame
from ...parts.own_choices import PreferencesView, Reading, preferences_view
from .contact_ways import CONTACTS


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPageView:
    """`shown`: None while it is still to be asked for."""

    back: str
    who: str
    title: str
    action: str
    shown: PreferencesView | None = None


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/own-page/{id}: says that looking is put on record. Raises NotFound."""
    contact = own_data.seen_by_staff(request.rt, read_id(request.params["id"])).contact
    return _page(request, contact.called)


def look(request: SignedInRequest) -> Response:
    """POST /admin/consents/own-page/{id}: the page, in the language of who looks. It is put on record. Raises NotFound."""
    language, now = request.language, request.now
    id = read_id(request.params["id"])
    seen = own_page.seen_by_staff(request.rt, id, language=language.code, by=request.person.id.hex, now=now)
    reading = Reading(
        language=language,
        now=now,
        href=lambda _: "",
        path="",
        retain_days=request.rt.settings.privacy.retain_days,
        delayed=own_delay_words(request.rt, language, seen.contact) if seen.pending else "",
    )
    return _page(request, seen.contact.called, shown=preferences_view(seen, reading))


def _page(request: SignedInRequest, who: str, *, shown: PreferencesView | None = None) -> Response:
    view = OwnPageView(
        back=request.href(f"{CONTACTS}/{read_id(request.params['id'])}"),
        who=who,
        title=request.language.text("The preferences page of {name}", name=who),
        action=request.href(request.path),
        shown=shown,
    )
    return page(request, "admin/consents/own_page.html", view, desk_frame(request))

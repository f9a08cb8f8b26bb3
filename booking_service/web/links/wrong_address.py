"""The page behind an old link of a booking whose address was corrected since."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.booking import wrong_address
from ...domain.errors import UnknownBooking
from ..http.request import PageRequest
from ..http.responses import see_other
from .contact_page import ContactPage, press_of

_PAGE = "/x"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongAddressView:
    """`done`: what was just done. `take_back`: where the mailbox is unblocked; "" where it isn't blocked."""

    title: str
    address: str
    done: str
    action: str
    take_back: str


def show(request: PageRequest) -> Response:
    """GET /x/{token}: what happened; changes nothing."""
    request.look("open_link_per_network")
    found = request.known(lambda: wrong_address.show(request.rt, request.params["token"]), UnknownBooking)
    language = request.choose_language(found.organisation, stored=found.language)
    page = ContactPage(request, found.organisation, language)
    did = request.query.get("did", "")
    done = did if did in ({"blocked"} if found.blocked else {"again"}) else ""
    title = language.text("We send no email to this address") if found.blocked else ""
    view = WrongAddressView(
        title=language.text("Done") if done else title or language.text("Did you not ask for this?"),
        address=found.email,
        done=done,
        action=page.href(),
        take_back=page.href(f"{page.path}/again") if found.blocked else "",
    )
    return page.respond("links/wrong_address.html", view)


def stop(request: PageRequest) -> Response:
    """POST /x/{token}: with the box ticked, block the mailbox and end all use."""
    found = wrong_address.show(request.rt, request.params["token"])
    if request.form.get("block") != "yes":
        return see_other(request.href(request.page_path))
    press = press_of(request, request.choose_language(found.organisation, stored=found.language), page=_PAGE)
    wrong_address.never_again(request.rt, request.params["token"], press=press, now=request.now)
    return see_other(request.href(request.page_path, did="blocked"))


def write_again(request: PageRequest) -> Response:
    """POST /x/{token}/again: unblock the mailbox."""
    wrong_address.write_again(request.rt, request.params["token"])
    return see_other(request.href(request.page_path, did="again"))

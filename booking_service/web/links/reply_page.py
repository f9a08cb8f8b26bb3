"""The page of one question with its buttons."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.booking.show import SeenBooking
from ...language import Language
from ..http.request import PageRequest
from ..http.responses import page
from .state import state_of
from .summary import PageFacts, facts_of, zone_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A button. `why_read_by`: a field for a reason stands above it, and this says who reads it."""

    text: str
    href: str
    danger: bool = False
    why_read_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyView:
    """`done`: what the page has to say once there is nothing to press any more."""

    title: str
    text: str
    facts: PageFacts
    acts: tuple[Act, ...] = ()
    done: bool = False


def reply_page(
    request: PageRequest,
    seen: SeenBooking,
    language: Language,
    *,
    title: str,
    text: str,
    acts: tuple[Act, ...],
    facts: PageFacts | None = None,
) -> Response:
    shown = facts or facts_of(seen, zone_for(request, seen), language, state_of(seen, now=request.now), proven=False)
    view = ReplyView(title=title, text=text, facts=shown, acts=acts, done=not acts)
    return page(
        request,
        "links/reply.html",
        view,
        language=language,
        organisation=seen.organisation,
        brand=seen.host.name,
        home=f"/{seen.host.slug}",
        private=True,
    )


def reply_href(request: PageRequest, act: str = "", *, did: str = "") -> str:
    """The page itself, also from one of its buttons' addresses, or where such a button leads."""
    return request.href("/".join(request.path.split("/")[:3]) + act, did=did)

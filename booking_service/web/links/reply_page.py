"""A page with one question, and a button for each answer."""

from dataclasses import dataclass

from starlette.responses import Response

from .booking_page import BookingPage
from .summary import PageFacts, facts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyButton:
    """A button. `why_read_by`: there is a field for a reason above it, and this says who reads it."""

    text: str
    href: str
    danger: bool = False
    quiet: bool = False
    why_read_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyView:
    """`done`: nothing can be pressed any more; the page says what became of it. `beside`: other appointments at this
    time."""

    title: str
    text: str
    facts: PageFacts
    acts: tuple[ReplyButton, ...] = ()
    beside: tuple[str, ...] = ()
    done: bool = False


def reply_page(
    page: BookingPage,
    *,
    title: str,
    text: str,
    acts: tuple[ReplyButton, ...],
    beside: tuple[str, ...] = (),
    status: int = 200,
) -> Response:
    view = ReplyView(title=title, text=text, facts=facts_of(page), acts=acts, beside=beside, done=not acts)
    return page.respond("links/reply.html", view, status=status)

"""A page of another web site with Ada's booking page inside: the same server under its other name is another origin."""

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ..runtime import Runtime
from ..storage import hosts, meetings
from ..storage.engine import transaction
from .pages import HEADERS

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src {service}; frame-src {service}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class EmbedPage:
    """GET /demo/embed, which redirects to itself at `origin`, and embeds `service` from there."""

    service: str
    templates: Environment

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{urlsplit(self.service).port}"

    def routes(self) -> list[Route]:
        return [Route("/demo/embed", self.show, methods=["GET"])]

    def show(self, request: Request) -> Response:
        if request.url.hostname != "127.0.0.1":
            return RedirectResponse(f"{self.origin}/demo/embed", 303, HEADERS)
        headers = HEADERS | {"Content-Security-Policy": _POLICY.format(service=self.service)}
        html = self.templates.get_template("demo/embed.html").render(service=self.service, origin=self.origin)
        return HTMLResponse(html, headers=headers)

    def allow(self, rt: Runtime) -> None:
        """Allow this page to embed Ada's pages; the port may have changed."""
        with transaction(rt.engine) as session:
            ada = hosts.by_slug(session, "ada")
            offered = meetings.of_host(session, ada.id) if ada else []
            for at, meeting in enumerate(offered):
                others = tuple(each for each in meeting.embed_from if not each.startswith("http://127.0.0.1:"))
                meetings.save(session, replace(meeting, embed_from=(*others, self.origin)), position=at)

"""A page of another program, which the demo's webhooks tell: on this machine only, and it shows what it was told."""

import json
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..clock import Clock
from ..runtime import Runtime
from ..storage import follow_ups
from ..storage.engine import transaction
from .pages import HEADERS, page, wants_html

_PATH = "/demo/webhook"
_MOST, _MOST_OCTETS = 50, 100_000


@dataclass(frozen=True, slots=True)
class Told:
    """One message: number, arrival, and formatted body."""

    number: int
    at: datetime
    message: str
    body: str


@dataclass(frozen=True, slots=True)
class ReceiverView:
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Receiver:
    """GET and POST /demo/webhook at `port`. Messages are kept until the demo ends."""

    port: int
    clock: Clock
    templates: Environment
    _told: deque[Told] = field(default_factory=lambda: deque(maxlen=_MOST))

    def routes(self) -> list[Route]:
        return [
            Route(_PATH, self.show, methods=["GET"], name="demo-webhook"),
            Route(_PATH, self.take, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        told = tuple(reversed(self._told))
        if not wants_html(request):
            return JSONResponse([json.loads(each.body) for each in told], headers=HEADERS)
        version = str(told[0].number if told else 0)
        return page(self.templates, "demo/webhook.html", ReceiverView(told), version=version)

    async def take(self, request: Request) -> Response:
        """Refuses what is no JSON object of a webhook, as receivers do."""
        body = await request.body()
        try:
            read = json.loads(body[:_MOST_OCTETS])
        except ValueError:
            return JSONResponse({"error": "The body is not JSON."}, 422, HEADERS)
        number = self._told[-1].number + 1 if self._told else 1
        laid_out = json.dumps(read, indent=2, ensure_ascii=False)
        self._told.append(Told(number, self.clock.now(), request.headers.get("webhook-id", ""), laid_out))
        return Response(status_code=204, headers=HEADERS)


def address(port: int) -> str:
    """The receiver's address for the webhook."""
    return f"http://127.0.0.1:{port}{_PATH}"


def follow(rt: Runtime, port: int) -> None:
    """Point the webhook to the receiver's present port."""
    with transaction(rt.engine) as session:
        for each in follow_ups.every(session):
            if each.url.startswith("http://127.0.0.1:") and each.url.endswith(_PATH) and each.url != address(port):
                follow_ups.save(session, replace(each, url=address(port)))

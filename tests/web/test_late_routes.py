"""Routes that are made with the first request for one of them."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.testclient import TestClient

from booking_service.web.http.late_routes import LateRoutes


def told(text: str) -> BaseRoute:
    """A route whose path is `text`, and its answer as well."""

    async def answer(request: Request) -> Response:
        return PlainTextResponse(f"{text} {sorted(request.path_params)}")

    return Route(text, answer, methods=["GET", "POST"])


@contextmanager
def browsing(*routes: BaseRoute) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes)) as browser:
        yield browser


def test_they_are_made_with_the_first_request_below_their_paths_and_once() -> None:
    made: list[str] = []

    def make() -> list[BaseRoute]:
        made.append("made")
        return [told("/desk"), told("/desk/{id}/look")]

    with browsing(LateRoutes(["/desk"], make), told("/{rest:path}")) as browser:
        for other in ("/", "/other", "/desks", "/desks/7", "/a/desk"):
            assert browser.get(other).text == "/{rest:path} ['rest']", other
        assert made == []
        assert browser.get("/desk/7/look").text == "/desk/{id}/look ['id']"
        assert browser.post("/desk").text == "/desk []"
        assert made == ["made"]


def test_they_stand_where_they_were_put_among_the_others() -> None:
    late = LateRoutes(["/desk"], lambda: [told("/desk/{name}")])
    with browsing(told("/desk/first"), late, told("/desk/last"), told("/{rest:path}")) as browser:
        assert browser.get("/desk/first").text == "/desk/first []"
        for _ in range(2):
            assert browser.get("/desk/last").text == "/desk/{name} ['name']"
            assert browser.get("/desk/no/such").text == "/{rest:path} ['rest']"


def test_the_first_request_may_be_for_what_is_none_of_them() -> None:
    with browsing(LateRoutes(["/desk"], lambda: [told("/desk")]), told("/{rest:path}")) as browser:
        assert browser.get("/desk/no/such").text == "/{rest:path} ['rest']"
        assert browser.get("/desk").text == "/desk []"


def test_the_first_two_requests_may_come_at_once() -> None:
    """Each waits in a thread until the other has come as well, and makes them."""
    both = Barrier(2, timeout=20)

    class Met(LateRoutes):
        @property
        def routes(self) -> list[BaseRoute]:  # type: ignore[override]
            both.wait()
            return [told("/desk")]

    app = Starlette(routes=[Met(["/desk"], list), told("/{rest:path}")])

    async def ask() -> list[str]:
        return [str(each) for each in await asyncio.gather(_asked(app), _asked(app))]

    with ThreadPoolExecutor(1) as apart:  # a loop of browser tests may run in this thread
        assert apart.submit(asyncio.run, ask()).result() == ["/desk []", "/desk []"]
    assert len(app.router.routes) == 2


async def _asked(app: Starlette) -> str:
    """The body of the answer to GET /desk."""
    body = b""

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: object) -> None:
        nonlocal body
        assert isinstance(message, dict)
        body += message.get("body", b"")

    scope = {"type": "http", "method": "GET", "path": "/desk", "root_path": "", "headers": [], "query_string": b""}
    await app(scope, receive, send)  # type: ignore[arg-type]
    return body.decode()

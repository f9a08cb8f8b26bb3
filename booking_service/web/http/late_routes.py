"""Routes whose pages are imported with their first request."""

from collections.abc import Callable, Sequence
from functools import cached_property

from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, Match, Route, Router
from starlette.types import Receive, Scope, Send


class LateRoutes(BaseRoute):
    """Stands in a router for the routes at and below some paths.

    With the first request there, the routes are made in a thread and replace this one in the router, which then matches
    the request again. So they keep their order among all routes, and what they don't match goes to later ones.
    """

    def __init__(self, below: Sequence[str], make: Callable[[], list[BaseRoute]]) -> None:
        self._below = [Route(path, _nothing) for each in below for path in (each, f"{each}/{{rest:path}}")]
        self._make = make

    @cached_property
    def routes(self) -> list[BaseRoute]:
        return self._make()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        is_below = any(each.matches(scope)[0] is not Match.NONE for each in self._below)
        return (Match.FULL if is_below else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        router: Router = scope["router"]
        made = await run_in_threadpool(lambda: self.routes)
        if self in router.routes:  # unless a concurrent request was faster
            at = router.routes.index(self)
            router.routes[at : at + 1] = made
        await router(scope, receive, send)


def _nothing() -> None:
    """Never called: only stands for an address."""

"""The application that a server runs; its lifespan runs the worker too, if configured."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from ..actions.access.link_opens import write_down
from ..actions.booking.statistics import write_views
from ..runtime import Runtime
from ..web.app import application
from .late_start import LateStart


def served(
    rt: Runtime, *, work: bool, extra_routes: Sequence[BaseRoute] = (), ending: Callable[[], None] | None = None
) -> Starlette:
    """The web application over an open runtime. `work`: run a worker inside. `ending`: called when all is done."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        late = LateStart(rt, work=work)
        late.start()
        try:
            yield
        finally:
            late.stop()
            try:
                write_down(rt)
                write_views(rt)
            finally:
                if ending is not None:
                    ending()

    return application(rt, lifespan=lifespan, extra_routes=extra_routes)

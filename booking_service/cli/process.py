"""One of several processes of `serve --workers N`: uvicorn asks for its application here."""

from contextlib import ExitStack

from starlette.applications import Starlette

from .. import config
from ..asgi import served
from ..bootstrap import runtime


def application() -> Starlette:
    """The application over a runtime of this process, which ends with it."""
    settings = config.load()
    stack = ExitStack()
    rt = stack.enter_context(runtime(settings, migrate=False))
    return served(rt, work=settings.worker.inline, ending=stack.close)

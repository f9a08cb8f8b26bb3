"""One of several processes of `serve --workers N`: uvicorn asks for its application here."""

import atexit
from contextlib import ExitStack

from starlette.applications import Starlette

from .. import config
from ..asgi import served
from ..bootstrap import runtime


def application() -> Starlette:
    """The application over a runtime of this process, which lasts as long as the process."""
    settings = config.load()
    stack = ExitStack()
    atexit.register(stack.close)
    rt = stack.enter_context(runtime(settings, migrate=False))
    return served(rt, work=settings.worker.inline)

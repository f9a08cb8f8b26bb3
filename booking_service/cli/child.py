"""One of several processes of `serve --workers N`: uvicorn asks for its application here."""

import gc
from contextlib import ExitStack

from starlette.applications import Starlette

from ..bootstrap import runtime
from ..config import sources
from ..server.app import served


def application() -> Starlette:
    """The application over a runtime of this process, which ends with it."""
    settings = sources.load()
    stack = ExitStack()
    rt = stack.enter_context(runtime(settings, migrate=False, traced=True))
    made = served(rt, work=settings.worker.inline, ending=stack.close)
    gc.freeze()  # what is there by now stays, and is never looked through for garbage
    return made

"""One of the processes of `serve --workers N`; uvicorn gets its application here."""

import gc
from contextlib import ExitStack

import structlog
from starlette.applications import Starlette

from ..bootstrap import runtime
from ..config import sources
from ..server.app import served
from .errors import EXPECTED, sentences
from .refusals import PROBLEMS

log = structlog.get_logger()


def application() -> Starlette:
    """The application over a runtime of this process, which ends with it.

    An error at the start is logged; processes that answer already continue.
    """
    stack = ExitStack()
    try:
        settings = sources.load()
        rt = stack.enter_context(runtime(settings, migrate=False, traced=True))
    except EXPECTED as error:
        log.error("process_not_started", why=" ".join(sentences(error)))
        raise SystemExit(PROBLEMS) from error
    made = served(rt, work=settings.worker.inline, ending=stack.close)
    gc.freeze()  # existing objects stay, and are exempt from garbage collection
    return made

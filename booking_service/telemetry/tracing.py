"""Spans for OpenTelemetry, where a collector is configured: what was done, for how long, and what caused it.

Nothing personal is in them: the pattern of an address in place of the address, ids of ours, numbers, and words of ours.
Log lines within a span carry its ids, and the span has the request's or effect's. Without a collector these functions
do nothing. `booking_service.telemetry.otlp` makes the spans; only its extra brings what that imports.
"""

import importlib.util
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Protocol

import structlog

INSTALL = "pip install 'booking-service[otel]', and restart."

AttributeValue = str | int
Attributes = Mapping[str, AttributeValue]
Tell = Callable[[Attributes], None]


class SpanKind(StrEnum):
    """What a span is to those around it, in OpenTelemetry's words."""

    SERVER = "server"
    CLIENT = "client"
    CONSUMER = "consumer"
    INTERNAL = "internal"


class Span(Protocol):
    """An open span. `cause`: its id for whoever continues its work later (W3C Trace Context §3.2)."""

    @property
    def trace_id(self) -> str: ...

    @property
    def span_id(self) -> str: ...

    @property
    def cause(self) -> str: ...

    def tell(self, attributes: Attributes) -> None: ...

    def end(self, *, failed: BaseException | None = None) -> None: ...


class Tracer(Protocol):
    """Keeps spans and sends them on."""

    def begin(self, name: str, kind: SpanKind, attributes: Attributes, *, caused_by: str | None) -> Span: ...

    def close(self) -> None:
        """Send what is left, within seconds."""


_here: ContextVar[tuple[Tracer, Span] | None] = ContextVar("span", default=None)


@contextmanager
def begun(
    tracer: Tracer | None, name: str, kind: SpanKind, attributes: Attributes, *, caused_by: str | None = None
) -> Iterator[Tell]:
    """A span around what is done within. `caused_by`: the `cause` of what led to it, possibly in another process."""
    if tracer is None:
        yield _untold
        return
    span = tracer.begin(name, kind, attributes, caused_by=caused_by)
    before, failed = _here.set((tracer, span)), None
    try:
        with structlog.contextvars.bound_contextvars(trace_id=span.trace_id, span_id=span.span_id):
            yield span.tell
    except BaseException as error:
        failed = error
        raise
    finally:
        _here.reset(before)
        span.end(failed=failed)


@contextmanager
def part(name: str, kind: SpanKind, attributes: Attributes) -> Iterator[Tell]:
    """A span within the open one, if there is one."""
    here = _here.get()
    if here is None:
        yield _untold
        return
    tracer, above = here
    with begun(tracer, name, kind, attributes, caused_by=above.cause) as tell:
        yield tell


@contextmanager
def asked(method: str) -> Iterator[Callable[[int], None]]:
    """A span around a request to another server, by method and status only, as addresses contain user names."""
    with part(method, SpanKind.CLIENT, {"http.request.method": method}) as tell:
        yield lambda status: tell({"http.response.status_code": status})


def cause() -> str | None:
    """The id to store with work left to others, as their `caused_by`; None without tracing."""
    here = _here.get()
    return here[1].cause if here is not None else None


def lacks_package() -> bool:
    """Whether the extra `otel` is not installed."""
    try:
        needed = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.common")
        return any(importlib.util.find_spec(name) is None for name in needed)
    except ModuleNotFoundError:  # of the package before the dot
        return True


def _untold(_attributes: Attributes) -> None:
    pass

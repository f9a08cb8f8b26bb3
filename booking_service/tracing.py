"""Spans: what was done, for how long, and what caused it; for OpenTelemetry, where settings name a collector.

Nothing personal is told: a span has the pattern of an address instead of the address, ids of ours, numbers, and words of ours.
The log's lines that are written within a span have its ids, as the span has the request's or the effect's. Where nobody traces,
these functions do nothing. `booking_service.otlp` makes the spans; only its extra brings what that imports.
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
    """One that was begun and waits for its end. `cause` names it to whoever works on its behalf later (W3C Trace Context §3.2)."""

    @property
    def trace_id(self) -> str: ...

    @property
    def span_id(self) -> str: ...

    @property
    def cause(self) -> str: ...

    def tell(self, attributes: Attributes) -> None: ...

    def end(self, *, failed: BaseException | None = None) -> None: ...


class Tracer(Protocol):
    """Whoever keeps spans and sends them on."""

    def begin(self, name: str, kind: SpanKind, attributes: Attributes, *, caused_by: str | None) -> Span: ...

    def close(self) -> None:
        """Sends what it still has, within seconds."""


_here: ContextVar[tuple[Tracer, Span] | None] = ContextVar("span", default=None)


@contextmanager
def begun(
    tracer: Tracer | None, name: str, kind: SpanKind, attributes: Attributes, *, caused_by: str | None = None
) -> Iterator[Tell]:
    """A span over what is done within. `caused_by`: the `cause` of what led to it, be it in another process."""
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
    """A span within the one that is open here, if one is."""
    here = _here.get()
    if here is None:
        yield _untold
        return
    tracer, above = here
    with begun(tracer, name, kind, attributes, caused_by=above.cause) as tell:
        yield tell


@contextmanager
def asked(method: str) -> Iterator[Callable[[int], None]]:
    """A request to another server, which is told by its method and the status of its answer alone: addresses have user names."""
    with part(method, SpanKind.CLIENT, {"http.request.method": method}) as tell:
        yield lambda status: tell({"http.response.status_code": status})


def cause() -> str | None:
    """What is to be kept with work that is left to others, for their `caused_by`; None where nobody traces."""
    here = _here.get()
    return here[1].cause if here is not None else None


def lacks_package() -> bool:
    """Whether what the extra `otel` brings is not installed."""
    try:
        needed = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.common")
        return any(importlib.util.find_spec(name) is None for name in needed)
    except ModuleNotFoundError:  # of what stands before a dot
        return True


def _untold(_attributes: Attributes) -> None:
    pass

"""Sending OpenTelemetry spans to one collector (OTLP over HTTP, protobuf). The only module that imports opentelemetry.

The extra `otel` brings it, so it is imported by name where a collector is configured. The SDK keeps at most `_MOST`
spans in memory and sends them in its own thread: a slow or missing collector delays nobody, and its spans are lost. It
uses the HTTP client of calendars, as the SDK's own would bring requests and urllib3, which urllib3-future replaces in
place.
"""

from collections.abc import Sequence
from time import monotonic

import structlog
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from calendars.dav.addresses import AllowedNetwork, Reach
from calendars.dav.credentials import Credentials
from calendars.dav.session import GuardedSession
from calendars.errors import CalendarError

from ..config.settings import Tracing
from ..versions import NAME, installed
from .tracing import Attributes, SpanKind

_MOST, _AT_ONCE = 2048, 512
_EVERY_MS = 2000
_REST_S = 30.0  # after a failure nothing is sent for this long
_MOST_OCTETS = 100_000  # of a response
_KINDS = {
    SpanKind.SERVER: trace.SpanKind.SERVER,
    SpanKind.CLIENT: trace.SpanKind.CLIENT,
    SpanKind.CONSUMER: trace.SpanKind.CONSUMER,
    SpanKind.INTERNAL: trace.SpanKind.INTERNAL,
}

log = structlog.get_logger()


class NotTaken(Exception):
    """The collector did not take it, for the reason in the message."""


class Tracer:
    """`tracing.Tracer` by the SDK, which reads no environment variables for its destination."""

    def __init__(self, chosen: Tracing) -> None:
        self._provider = TracerProvider(
            resource=Resource({"service.name": NAME, "service.version": installed() or "unknown"}),
            sampler=ParentBased(TraceIdRatioBased(chosen.sample)),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(
                _Sender(Collector(chosen)),
                max_queue_size=_MOST,
                max_export_batch_size=_AT_ONCE,
                schedule_delay_millis=_EVERY_MS,
            )
        )
        self._tracer = self._provider.get_tracer(NAME)

    def begin(self, name: str, kind: SpanKind, attributes: Attributes, *, caused_by: str | None) -> "Span":
        above = _parsed(caused_by) if caused_by else trace.INVALID_SPAN
        context = trace.set_span_in_context(above)
        return Span(self._tracer.start_span(name, context, _KINDS[kind], attributes=attributes))

    def close(self) -> None:
        self._provider.shutdown()


class Span:
    """`tracing.Span` by the SDK. Of an exception only the class is kept, as messages may quote users' input."""

    def __init__(self, inner: trace.Span) -> None:
        self._inner, self._context = inner, inner.get_span_context()

    @property
    def trace_id(self) -> str:
        return trace.format_trace_id(self._context.trace_id)

    @property
    def span_id(self) -> str:
        return trace.format_span_id(self._context.span_id)

    @property
    def cause(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self._context.trace_flags:02x}"

    def tell(self, attributes: Attributes) -> None:
        self._inner.set_attributes(attributes)

    def end(self, *, failed: BaseException | None = None) -> None:
        if failed is not None:
            self._inner.set_attribute("error.type", type(failed).__name__)
            self._inner.set_status(trace.StatusCode.ERROR)
        self._inner.end()


class Collector:
    """The collector. No redirects; private networks only where configured."""

    def __init__(self, chosen: Tracing) -> None:
        self._url = chosen.endpoint or ""
        networks = tuple(AllowedNetwork(str(each.network), each.port) for each in chosen.allowed_networks)
        self._session = GuardedSession(
            self._url,
            Credentials("", "", "none"),
            reach=Reach(networks=networks),
            deadline_s=chosen.timeout.total_seconds(),
            max_bytes=_MOST_OCTETS,
        )

    def take(self, spans: Sequence[ReadableSpan]) -> None:
        """Raises NotTaken."""
        body = encode_spans(spans).SerializeToString()
        try:
            answer = self._session.exchange(
                "POST", self._url, body=body, headers={"Content-Type": "application/x-protobuf"}
            )
        except CalendarError as error:
            raise NotTaken(str(error)) from error
        if not 200 <= answer.status_code < 300:
            raise NotTaken(f"it answered {answer.status_code}")

    def close(self) -> None:
        self._session.close()


class _Sender(SpanExporter):
    """Logs once that spans are lost, and once that they arrive again; pauses in between, so that nobody waits at
    shutdown."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._again_at: float | None = None

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self._again_at is not None and monotonic() < self._again_at:
            return SpanExportResult.FAILURE
        try:
            self._collector.take(spans)
        except NotTaken as error:
            if self._again_at is None:
                log.warning("spans_lost", error=str(error))
            self._again_at = monotonic() + _REST_S
            return SpanExportResult.FAILURE
        if self._again_at is not None:
            self._again_at = None
            log.info("spans_arrive_again")
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        self._collector.close()


def look(chosen: Tracing) -> None:
    """Send an empty message to the collector, which it accepts if it is one. Raises NotTaken."""
    collector = Collector(chosen)
    try:
        collector.take(())
    finally:
        collector.close()


def _parsed(cause: str) -> trace.Span:
    """The span with this id. Raises nothing, as only we write them."""
    _, trace_id, span_id, flags = cause.split("-")
    context = trace.SpanContext(
        int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=trace.TraceFlags(int(flags, 16))
    )
    return trace.NonRecordingSpan(context)

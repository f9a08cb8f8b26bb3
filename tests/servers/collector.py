"""A collector of OpenTelemetry on loopback, as a process: OTLP over HTTP with protobuf, each span a line of JSON in a file.

`python -m tests.servers.collector PORT FILE`
"""

import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from tests.servers.process import free_port, running


@dataclass(frozen=True)
class Seen:
    """One span as it arrived. `service` is what its resource says."""

    name: str
    kind: int
    trace_id: str
    span_id: str
    parent_id: str
    facts: dict[str, Any]
    events: int
    service: dict[str, Any]


@dataclass(frozen=True)
class Collector:
    endpoint: str
    file: Path

    def spans(self) -> list[Seen]:
        if not self.file.exists():
            return []
        lines = self.file.read_text(encoding="utf-8").splitlines(keepends=True)
        return [Seen(**json.loads(line)) for line in lines if line.endswith("\n")]


@contextlib.contextmanager
def collector(folder: Path, *, port: int | None = None) -> Iterator[Collector]:
    port = port or free_port()
    made = Collector(f"http://127.0.0.1:{port}/v1/traces", folder / "spans.jsonl")
    command = [sys.executable, "-m", "tests.servers.collector", str(port), str(made.file)]
    with running(command, port=port, log=folder / "collector.log"):
        yield made


class _Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, file: Path, *arguments: Any) -> None:
        self._file = file
        super().__init__(*arguments)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != "/v1/traces" or self.headers["Content-Type"] != "application/x-protobuf":
            self._answer(415)
            return
        request = ExportTraceServiceRequest.FromString(body)
        lines = "".join(f"{json.dumps(each)}\n" for each in _spans(request))
        with self._file.open("a", encoding="utf-8") as out:
            out.write(lines)
        self._answer(200, ExportTraceServiceResponse().SerializeToString())

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _spans(request: ExportTraceServiceRequest) -> Iterator[dict[str, Any]]:
    for resource in request.resource_spans:
        service = _facts(resource.resource.attributes)
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield {
                    "name": span.name,
                    "kind": span.kind,
                    "trace_id": span.trace_id.hex(),
                    "span_id": span.span_id.hex(),
                    "parent_id": span.parent_span_id.hex(),
                    "facts": _facts(span.attributes),
                    "events": len(span.events),
                    "service": service,
                }


def _facts(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), partial(_Receiver, Path(sys.argv[2]))).serve_forever()

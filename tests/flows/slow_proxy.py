"""Something between the service and its calendar server that can be slow, deaf or watched. It speaks plain HTTP/1.1."""

import contextlib
import http.client
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import urlsplit

_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}
Watch = Callable[[str, str, str], None]


def unwatched(stage: str, method: str, path: str) -> None:
    """Nobody looks."""


class Between(ThreadingHTTPServer):
    """Passes everything on to `target`. While `stalled`, requests wait here and answers don't come; `watch` is told of each
    request, with its method and path, "before" the server has seen it, and "after", when the service does not know yet."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), Passing)
        self.target = urlsplit(target)
        self.passing = Event()
        self.passing.set()
        self.watch: Watch = unwatched

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def stall(self) -> None:
        self.passing.clear()

    def go_on(self) -> None:
        self.passing.set()

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever asked has gone meanwhile, which is what these tests are about."""


class Passing(BaseHTTPRequestHandler):
    """One request after the other of whoever holds this connection."""

    protocol_version = "HTTP/1.1"
    server: Between

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._pass
        raise AttributeError(name)

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.passing.wait()
        self.server.watch("before", self.command, self.path)
        answer, content = self.asked(body)
        self.server.watch("after", self.command, self.path)
        self.server.passing.wait()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def asked(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        target = self.server.target
        connection = http.client.HTTPConnection(str(target.hostname), target.port, timeout=30)
        with contextlib.closing(connection):
            headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            return answer, answer.read()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


@contextlib.contextmanager
def between(target: str) -> Iterator[Between]:
    with Between(target) as proxy:
        thread = Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.go_on()
            proxy.shutdown()
            thread.join()

"""A time-stamp server (RFC 3161) on loopback: `openssl ts` behind a page, with a certificate of its own."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

OPENSSL = shutil.which("openssl")
_CONFIG = """
[req]
distinguished_name = name
prompt = no
x509_extensions = tsa
[name]
CN = Stamps for tests
[tsa]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[config]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


@dataclass
class TimeStamps:
    """`answers`: what it says instead of a stamp, first to last."""

    url: str
    certificate: Path
    answers: list[tuple[int, bytes]]


def openssl(*arguments: str, folder: Path) -> "subprocess.CompletedProcess[bytes]":
    assert OPENSSL is not None
    return subprocess.run([OPENSSL, *arguments], cwd=folder, capture_output=True, timeout=30, check=False)


@contextmanager
def time_stamps(folder: Path) -> Iterator[TimeStamps]:
    folder.mkdir()
    (folder / "ts.cnf").write_text(_CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    new = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-config", "ts.cnf")
    assert openssl(*new, "-keyout", "tsa.key", "-out", "tsa.pem", folder=folder).returncode == 0
    made = TimeStamps("", folder / "tsa.pem", [])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = made.answers.pop(0) if made.answers else (200, self._stamp(asked))
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def _stamp(self, asked: bytes) -> bytes:
            (folder / "asked.tsq").write_bytes(asked)
            reply = ("ts", "-reply", "-config", "ts.cnf", "-section", "config", "-queryfile", "asked.tsq")
            ran = openssl(*reply, "-out", "answer.tsr", folder=folder)
            assert ran.returncode == 0, ran.stderr
            return (folder / "answer.tsr").read_bytes()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_port}/tsr"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()

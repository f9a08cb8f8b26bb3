"""nginx and Caddy from Debian, over what deploy/ ships: only ports, certificates and places are others."""

import contextlib
import os
import re
import shutil
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import trustme

from tests.servers.process import free_port, running

DEPLOY = Path(__file__).parents[2] / "deploy"
SITE, SHARED = "book.example.org", "example.org"


@dataclass(frozen=True, slots=True)
class Proxy:
    """`ca`: what its certificates are signed by."""

    name: str
    http: int
    https: int
    ca: trustme.CA

    def client(self, site: str = SITE, *, source: str = "127.0.0.1") -> httpx2.Client:
        """A browser that reaches `site` here, from this address of the machine."""
        transport = httpx2.HTTPTransport(local_address=source, trust_env=False, verify=_trusting(self.ca))
        headers = {"Host": site, "Accept": "text/html", "Accept-Language": "en"}
        return httpx2.Client(
            transport=_At(transport, site), base_url=f"https://127.0.0.1:{self.https}", headers=headers
        )


class _At(httpx2.BaseTransport):
    """Says the name of the site while the line is set up, which is also what the certificate is checked against."""

    def __init__(self, inner: httpx2.HTTPTransport, site: str) -> None:
        self._inner, self._site = inner, site

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.extensions = {**request.extensions, "sni_hostname": self._site}
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


def _trusting(ca: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    ca.configure_trust(context)
    return context


@contextlib.contextmanager
def nginx(folder: Path, *, site: Sequence[int], shared: int | None = None) -> Iterator[Proxy]:
    """In front of processes at these ports; `shared`: in front of the one below /book of another site."""
    program = _program("nginx", "nginx-light")
    made = Proxy("nginx", free_port(), free_port(), trustme.CA())
    text = (DEPLOY / "nginx.conf").read_text()
    text = re.sub(r"\n    server 127\.0\.0\.1:8000;", "".join(f"\n    server 127.0.0.1:{port};" for port in site), text)
    text = text.replace("proxy_pass http://booking/;", f"proxy_pass http://127.0.0.1:{shared or site[0]}/;")
    text = re.sub(r"\n    listen \[::\].*", "", text)
    text = text.replace("listen 80;", f"listen 127.0.0.1:{made.http};")
    text = text.replace("listen 443 ssl http2;", f"listen 127.0.0.1:{made.https} ssl http2;")
    for name in (SITE, SHARED):
        kept = _certificate(made.ca, name, folder)
        text = text.replace(f"/etc/letsencrypt/live/{name}/fullchain.pem", str(kept))
        text = text.replace(f"/etc/letsencrypt/live/{name}/privkey.pem", str(kept))
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    own = folder / "nginx.conf"
    head = "" if os.getuid() else "user root;\n"  # else its children could not read what is kept here
    head += f"daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
    own.write_text(f"{head}http {{\n{places}{text}\n}}\n")
    with running([program, "-c", str(own), "-p", str(folder)], port=made.https, log=folder / "log"):
        yield made


@contextlib.contextmanager
def caddy(folder: Path, *, site: Sequence[int], shared: int | None = None) -> Iterator[Proxy]:
    program = _program("caddy", "caddy")
    made = Proxy("caddy", free_port(), free_port(), trustme.CA())
    text = (DEPLOY / "Caddyfile").read_text()
    first, second = text.split("127.0.0.1:8000", 1)
    text = f"{first}127.0.0.1:{site[0]}{second.replace('127.0.0.1:8000', f'127.0.0.1:{shared or site[0]}')}"
    for name in (SITE, SHARED):
        kept = _certificate(made.ca, name, folder)
        text = re.sub(rf"(?m)^{re.escape(name)} {{$", f"{name} {{\n\ttls {kept} {kept}", text)
    own = folder / "Caddyfile"
    own.write_text(f"{{\n\tadmin off\n\thttp_port {made.http}\n\thttps_port {made.https}\n}}\n{text}")
    env = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    command = [program, "run", "--config", str(own), "--adapter", "caddyfile"]
    with running(command, port=made.https, log=folder / "log", env=env):
        yield made


def _certificate(ca: trustme.CA, name: str, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{name}.pem"
    ca.issue_cert(name).private_key_and_cert_chain_pem.write_to_path(str(kept))
    return kept


def _program(name: str, package: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed (apt-get install {package})")
    return found

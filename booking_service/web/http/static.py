"""Style, script and pictures: read once and named by their content, so that browsers can cache them for good."""

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from mimetypes import guess_type

from starlette.requests import Request
from starlette.responses import Response

from ...domain.colours import palette
from ...rendering import template_root

_COLOURS = re.compile(r"colours-([0-9a-f]{6})\.css")
_GROUNDS = (
    "#fbfaf8",
    "#1c1f25",
)  # the darker light ground and the lighter dark one: --paper, --sheet in app.css
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    content: bytes
    compressed: bytes
    kind: str
    version: str


@cache
def assets() -> dict[str, Asset]:
    """File name → content; nothing else exists, whatever a path says."""
    files = sorted(path for path in (template_root() / "static").iterdir() if path.is_file())
    return {path.name: _asset(path.name, path.read_bytes()) for path in files}


def static_address(root_path: str, name: str) -> str:
    return f"{root_path}/static/{name}?v={assets()[name].version}"


def colours_address(root_path: str, accent: str) -> str:
    """The address of the style for pages in this colour (#rrggbb)."""
    return f"{root_path}/static/colours-{accent.removeprefix('#')}.css?v={colours_of(accent).version}"


def picture_address(root_path: str, name: str) -> str:
    """The address of a host's or the organisation's picture; "" for none."""
    return f"{root_path}/static/pictures/{name}" if name else ""


@lru_cache(maxsize=256)
def colours_of(accent: str) -> Asset:
    """The style for pages in this colour, on light and dark ground, with readable text."""
    light, dark = (palette(accent, ground=ground) for ground in _GROUNDS)
    pairs = (("leaf", light.leaf, dark.leaf), ("on-leaf", light.on_leaf, dark.on_leaf), ("mist", light.mist, dark.mist))
    rules = "; ".join(f"--{name}: light-dark({on_light}, {on_dark})" for name, on_light, on_dark in pairs)
    return _asset("colours.css", f":root {{ {rules} }}\n".encode())


def static_file(request: Request) -> Response:
    name = request.path_params["name"]
    colour = _COLOURS.fullmatch(name)
    asset = colours_of(f"#{colour[1]}") if colour else assets().get(name)
    if asset is None:
        return Response("There is no such file.\n", 404, media_type="text/plain")
    named = request.query_params.get("v") == asset.version
    return response_of(asset, request.headers, {"Cache-Control": FOR_EVER if named else "no-cache"})


def response_of(asset: Asset, asked: Mapping[str, str], headers: Mapping[str, str]) -> Response:
    """The asset with these headers; 304 where the browser has it (RFC 9110 §13.1.2). `asked`: the request's headers."""
    given = {"ETag": f'"{asset.version}"', "Vary": "Accept-Encoding", **headers}
    if asked.get("if-none-match") == given["ETag"]:
        return Response(status_code=304, headers=given)
    if "gzip" in asked.get("accept-encoding", ""):
        return Response(asset.compressed, headers=given | {"Content-Encoding": "gzip"}, media_type=asset.kind)
    return Response(asset.content, headers=given, media_type=asset.kind)


def _asset(name: str, content: bytes) -> Asset:
    version = hashlib.sha256(content).hexdigest()[:12]
    return Asset(
        content, gzip.compress(content, 9, mtime=0), guess_type(name)[0] or "application/octet-stream", version
    )

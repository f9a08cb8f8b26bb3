"""What the demo's pages share: headers, and whether HTML or JSON is wanted."""

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "same-origin",
}


def page(templates: Environment, name: str, view: object, *, status: int = 200, version: str = "") -> HTMLResponse:
    """The template `name` with `view`. `version`: the ETag by which demo.js notices news."""
    headers = HEADERS | {"Content-Security-Policy": PAGE_POLICY}
    if version:
        headers["ETag"] = f'"{version}"'
    return HTMLResponse(templates.get_template(name).render(view=view, version=version), status, headers)


def wants_html(request: Request) -> bool:
    """Whether a browser asks. Programs that accept anything get JSON."""
    return "text/html" in request.headers.get("accept", "")

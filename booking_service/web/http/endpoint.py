"""The async adapter: reads a request within bounds, and runs its sync page in a thread."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from types import MappingProxyType
from typing import Any

import structlog
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import ImmutableMultiDict, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ...domain.text import is_whole
from ...log import request_context
from ...runtime import Runtime
from ...telemetry import process_figures
from ...telemetry.tracing import SpanKind, begun
from . import errors, refusal_words
from .request import EMBED, PageRequest, SentFile
from .responses import see_other
from .security import network
from .throttle import Throttle

MOST_OCTETS = 64 * 1024
BODY_WITHIN_S = 10.0
FILE_OCTETS_PER_S = 64 * 1024  # half a megabit: the slowest line on which an upload is waited for
MOST_FIELDS = 1000  # several questions may have fifty options each, all ticked
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_LOOKS = ("GET", "HEAD")  # only logged where refused
_JSON = "application/json"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")

Page = Callable[[PageRequest], Response]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Upload:
    """A form that may contain one file of up to `most` octets. `admits`: from whom; others' larger forms are
    refused."""

    most: int
    admits: Callable[[PageRequest], bool]


class PageRoutes:
    """Makes routes from page functions."""

    def __init__(self, rt: Runtime) -> None:
        self._rt, self._throttle = rt, Throttle()

    def page(
        self, path: str, *, get: Page | None = None, post: Page | None = None, upload: "Upload | None" = None
    ) -> Route:
        """One path. HEAD is answered as GET, OPTIONS with the allowed methods. `upload`: its form may contain a
        file."""
        pages: dict[str, Page] = {}
        if get is not None:
            pages |= {"GET": get, "HEAD": get}
        if post is not None:
            pages["POST"] = post
        return Route(path, _Endpoint(self._rt, self._throttle, path, pages, upload))

    def program(
        self, path: str, *, get: Page | None = None, post: Page | None = None, delete: Page | None = None
    ) -> Route:
        """An address for programs, which may also send a JSON object of strings, numbers and booleans."""
        given = (("GET", get), ("HEAD", get), ("POST", post), ("DELETE", delete))
        pages = {method: page for method, page in given if page is not None}
        return Route(path, _Endpoint(self._rt, self._throttle, path, pages, None, json=True))

    def answer(self, path: str, get: Page) -> Route:
        """A page that may be the address of a form's response (`Frame.here`).

        WebKit sends the form there on reload, and is redirected to the page.
        """
        return self.page(path, get=get, post=_to_itself)

    def act(self, path: str, post: Page, *, back: Page | None = None, upload: Upload | None = None) -> Route:
        """The address of a form's act. A GET, as after reloading a refused form, is redirected to the form's page.

        `back`: what redirects there, if it is not the page that the address begins with.
        """
        return self.page(path, get=back or _to_its_page, post=post, upload=upload)

    def refused(self, request: Request, status: int) -> Response:
        """The page for a request that reached no route."""
        return errors.by_status(_page_request(self._rt, self._throttle, request), status)


class _Endpoint:
    """The pages of one path by method, as an ASGI application."""

    def __init__(
        self,
        rt: Runtime,
        throttle: Throttle,
        pattern: str,
        pages: Mapping[str, Page],
        upload: Upload | None,
        *,
        json: bool = False,
    ) -> None:
        self._rt, self._throttle, self._pattern = rt, throttle, pattern
        self._pages, self._upload, self._json = pages, upload, json

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await (await self._answer(request))(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        page = self._pages.get(request.method)
        if page is None:
            return await run_in_threadpool(self._other_method, request)
        try:
            form, files = await self._form(request) if request.method == "POST" else ({}, {})
        except HTTPException as refusal:
            page_request = _page_request(self._rt, self._throttle, request)
            return await run_in_threadpool(errors.by_status, page_request, refusal.status_code)
        page_request = _page_request(self._rt, self._throttle, request, form, files)
        return await run_in_threadpool(_show, page, page_request, self._pattern)

    async def _form(self, request: Request) -> tuple[Mapping[str, str], Mapping[str, SentFile]]:
        upload = self._upload
        if self._json and _kind(request) == _JSON:
            return await _object(request), {}
        if upload is None:
            return await _form(request)
        asked = _page_request(self._rt, self._throttle, request)
        admitted = await run_in_threadpool(upload.admits, asked)
        return await _form(request, file_octets=upload.most if admitted else 0)

    def _other_method(self, request: Request) -> Response:
        allow = {"Allow": ", ".join([*sorted(self._pages), "OPTIONS"])}
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=allow)
        return errors.by_status(_page_request(self._rt, self._throttle, request), 405, headers=allow)


def _to_its_page(request: PageRequest) -> Response:
    above = request.path.rpartition("/")[0]  # of an act that is no page's, such as to sign out
    return see_other(request.href(above if request.path == request.page_path else request.page_path))


def _to_itself(request: PageRequest) -> Response:
    return see_other(request.href(request.path, **request.query))


def _show(page: Page, page_request: PageRequest, pattern: str) -> Response:
    facts = {"http.request.method": page_request.method, "http.route": pattern, "booking.request_id": page_request.id}
    name = f"{page_request.method} {pattern}"
    with (
        page_request.rt.page_turns.page(),
        request_context(page_request.id),
        begun(page_request.rt.tracer, name, SpanKind.SERVER, facts) as tell,
    ):
        began = perf_counter()
        response = _answered(page, page_request)
        took = perf_counter() - began
        process_figures.ANSWERS.add(took, pattern, page_request.method, str(response.status_code))
        tell({"http.response.status_code": response.status_code})
        if page_request.method not in _LOOKS or response.status_code >= 400:
            log.info("answered", method=page_request.method, route=pattern, status=response.status_code)
        return response


def _answered(page: Page, page_request: PageRequest) -> Response:
    try:
        return page(page_request)
    except refusal_words.REFUSALS as error:
        return errors.answer(page_request, error)
    except Exception:
        log.exception("page_failed", page=page.__qualname__)
        return errors.by_status(page_request, 500)


def _page_request(
    rt: Runtime,
    throttle: Throttle,
    request: Request,
    form: Mapping[str, str] = _NOTHING,
    files: Mapping[str, SentFile] = _NOTHING,
) -> PageRequest:
    path = request.scope["path"].removeprefix(rt.settings.root_path) or "/"
    embedded = path.startswith(f"{EMBED}/")
    return PageRequest(
        rt=rt,
        throttle=throttle,
        now=rt.clock.now(),
        real_now=rt.clock.real_now(),
        method=request.method,
        path=path.removeprefix(EMBED) if embedded else path,
        params=request.path_params,
        query=_first(request.query_params),
        form=form,
        files=files,
        headers={name.lower(): value for name, value in request.headers.items()},
        network=network(request.scope, request.headers, rt.settings.trusted_proxies),
        id=request.state.id,
        embedded=embedded,
    )


async def _form(request: Request, *, file_octets: int = 0) -> tuple[Mapping[str, str], Mapping[str, SentFile]]:
    """The fields of a form, and its file of up to `file_octets`.

    Raises HTTPException: 408 too slow, 413 too large, 415 no form, 400 unreadable, 422 an unexpected file.
    """
    kind = _kind(request)
    if (kind and kind not in _FORMS) or not _is_utf_8(request):
        raise HTTPException(415)
    await _in_time(request, MOST_OCTETS + file_octets, within_s=BODY_WITHIN_S + file_octets / FILE_OCTETS_PER_S)
    if not kind:
        return {}, {}
    async with request.form(max_files=1, max_fields=MOST_FIELDS, max_part_size=MOST_OCTETS) as form:
        files = {name: value for name, value in form.items() if isinstance(value, UploadFile)}
        if files and not file_octets:
            raise HTTPException(422)
        return _first(form), {name: SentFile(each.filename or "", await each.read()) for name, each in files.items()}


async def _object(request: Request) -> Mapping[str, str]:
    """The members of a JSON object as form fields; booleans by their names.

    Raises HTTPException: 400 no object, or a member twice, which programs read differently (RFC 8259 §4); 422 a member
    is no string, number or boolean, or has lone surrogates or controls.
    """
    await _in_time(request, MOST_OCTETS, within_s=BODY_WITHIN_S)
    try:
        read = json.loads(await request.body(), object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400) from error
    if not isinstance(read, dict) or len(read) > MOST_FIELDS:
        raise HTTPException(400)
    if not all(isinstance(value, str | int) for value in read.values()):
        raise HTTPException(422)
    fields = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in read.items()}
    if not all(is_whole(name) and is_whole(value) for name, value in fields.items()):
        raise HTTPException(422)
    return fields


def _each_once(members: list[tuple[str, object]]) -> dict[str, object]:
    """Raises ValueError: a member occurs twice."""
    read = dict(members)
    if len(read) < len(members):
        raise ValueError("a member is there twice")
    return read


async def _in_time(request: Request, most: int, *, within_s: float) -> None:
    """Read the body. Raises HTTPException: 408, 413, 400."""
    try:
        async with asyncio.timeout(within_s):
            await _bounded(request, most)
    except TimeoutError as error:
        raise HTTPException(408) from error


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _is_utf_8(request: Request) -> bool:
    """Whether the form is in UTF-8, as browsers send ours; Python's other codecs may make surrogates, or raise."""
    _, options = parse_options_header(request.headers.get("content-type", ""))
    return options.get(b"charset", b"utf-8").lower() in (b"utf-8", b"utf8")


async def _bounded(request: Request, most: int) -> None:
    """Read at most `most` octets of the body, which request.form() then parses."""
    length = request.headers.get("content-length", "")
    if (length.isdigit() and len(length) > 9) or (length.isdigit() and int(length) > most):
        raise HTTPException(413)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise HTTPException(413)
    except ClientDisconnect as error:
        raise HTTPException(400) from error
    request._body = bytes(body)


def _first(values: "ImmutableMultiDict[str, str | UploadFile]") -> dict[str, str]:
    """The first value of each field, so that a repeated field can't name two recipients.

    NUL (U+0000) is removed: nobody types it, and PostgreSQL takes it in no text.
    """
    first: dict[str, str] = {}
    for name, value in values.multi_items():
        if isinstance(value, str):
            first.setdefault(name, value.replace("\0", ""))
    return first

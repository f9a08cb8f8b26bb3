"""The demo's clock: shown, moved forward, and kept over a restart."""

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from ..clock import Clock, utc_now
from .pages import HEADERS, page, wants_html

_FURTHEST = timedelta(days=3660)


class KeptClock(Clock):
    """A clock whose offset is stored in a file, so that the demo continues at the time where it was left."""

    __slots__ = ("_file", "_writing")

    def __init__(self, file: Path) -> None:
        super().__init__(offset=timedelta(seconds=float(file.read_text(encoding="ascii")) if file.exists() else 0))
        self._file = file
        self._writing = threading.Lock()

    def look_back(self, by: timedelta) -> None:
        """Show an earlier time while nobody watches, for making examples of the past in order.

        The file keeps the real offset, so that a start that dies meanwhile leaves no slow clock.
        """
        with self._lock:
            self._offset -= by

    def pass_by(self, time: timedelta) -> None:
        """Move forward again, without storing anything."""
        super().advance(time.total_seconds())

    def advance(self, seconds: float) -> datetime:
        """As `Clock.advance`; the new offset is on disk when it returns."""
        with self._writing:
            now = super().advance(seconds)
            unfinished = self._file.with_suffix(".part")
            unfinished.write_text(f"{self.offset.total_seconds():.6f}", encoding="ascii")
            unfinished.rename(self._file)
        return now


@dataclass(frozen=True, slots=True)
class ClockView:
    """The demo's time in UTC and Berlin, how far it is ahead, and what was wrong with a request."""

    utc: str
    berlin: str
    ahead: str
    error: str = ""


class NotForward(ValueError):
    """Not a number of seconds to move forward by."""


@dataclass(frozen=True, slots=True)
class ClockPage:
    """GET and POST /demo/clock. `move`: advances the clock and returns once everything due is done."""

    clock: Clock
    move: Callable[[float], None]
    templates: Environment

    def routes(self) -> list[Route]:
        return [
            Route("/demo/clock", self.show, methods=["GET"], name="demo-clock"),
            Route("/demo/clock", self.advance, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        return self._page() if wants_html(request) else self._json()

    async def advance(self, request: Request) -> Response:
        """POST `advance=SECONDS`, as form or JSON. The response comes once the demo has caught up."""
        html = wants_html(request)
        try:
            seconds = _seconds(await _fields(request), upto=_FURTHEST - self.clock.offset)
        except NotForward as error:
            return self._page(str(error)) if html else JSONResponse({"error": str(error)}, 422, HEADERS)
        await run_in_threadpool(self.move, seconds)
        return RedirectResponse("/demo/clock", 303, HEADERS) if html else self._json()

    def _json(self) -> Response:
        now, offset = self.clock.now(), self.clock.offset
        return JSONResponse({"now": now.isoformat(), "offset_seconds": offset.total_seconds()}, headers=HEADERS)

    def _page(self, error: str = "") -> Response:
        now = self.clock.now()
        berlin = now.astimezone(ZoneInfo("Europe/Berlin"))
        view = ClockView(
            f"{now:%Y-%m-%d %H:%M:%S}", f"{berlin:%A %d %B %Y, %H:%M:%S}", _ahead(self.clock.offset), error
        )
        return page(self.templates, "demo/clock.html", view, status=422 if error else 200)


def run_at_speed(clock: Clock, *, speed: float, stop: threading.Event, step_s: float = 1.0) -> None:
    """Let `clock` run `speed` times as fast as time, in steps of `step_s` real seconds, until `stop` is set."""
    last = utc_now()
    while not stop.wait(step_s):
        now = utc_now()
        clock.advance(max(0.0, (now - last).total_seconds()) * (speed - 1))
        last = now


async def _fields(request: Request) -> Mapping[str, Any]:
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            body = await request.json()
        except (ValueError, RecursionError) as error:
            raise NotForward("The body is not JSON.") from error
        return body if isinstance(body, dict) else {}
    async with request.form() as form:
        return dict(form)


def _seconds(fields: Mapping[str, Any], *, upto: timedelta) -> float:
    try:
        seconds = float(fields["advance"])
    except (KeyError, TypeError, ValueError) as error:
        raise NotForward("Say how many seconds to move forward: advance=600") from error
    if not math.isfinite(seconds) or not 0 <= seconds <= upto.total_seconds():
        raise NotForward("The clock moves forward only, and ten years at most.")
    return seconds


def _ahead(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    days, hours = divmod(minutes // 60, 24)
    return f"{days} d {hours} h {minutes % 60} min"

"""The demo: the service with a calendar server, a mailbox and a clock, in one process and one child."""

import os
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from rich.console import Console
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from calendars.dav.client import DavAccount, connect

from ..actions.calendar.pull import pull
from ..bootstrap import runtime
from ..clock import monotonic, since_start
from ..config.settings import Settings
from ..config.sources import without_limits
from ..rendering import environment
from ..runtime import Runtime
from ..server.app import served
from ..server.listen import serve
from ..storage import calendars, outbox
from ..storage.engine import snapshot, transaction
from ..worker import drain
from . import addresses, colleague, consents, examples, receiver, staff_work
from .calendar_page import CalendarPage
from .clock import ClockPage, KeptClock, run_at_speed
from .embed_page import EmbedPage
from .inbox import InboxPages
from .narrator import Teller
from .ports import bound_socket
from .radicale import COLLEAGUE, PASSWORD, USER, Radicale
from .receiver import Receiver
from .seed import seed, seed_colleague
from .smtp_catcher import Catcher, Inbox

SENDER = "booking@example.org"
_STEPS = (
    timedelta(seconds=90),
    timedelta(seconds=45),
    timedelta(0),
)  # before the end of a jump at which the worker runs
_CAUGHT_UP_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The command line. A taken port is replaced by the next free one, which is printed; 0 means any."""

    port: int = 8000
    caldav_port: int = 5232
    smtp_port: int = 1025
    data: Path = Path(".demo")
    reset: bool = False
    speed: float = 1.0
    examples: bool = True


def run(options: Options) -> int:
    """Run until Ctrl-C. Leaves no process behind; the data stay for the next start."""
    out = Console(highlight=False)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # like Ctrl-C, so that nothing is left behind
    if options.reset and options.data.exists():
        shutil.rmtree(options.data)
    with ExitStack() as stack:
        demo = stack.enter_context(_demo(options, out))
        serve(
            demo.app,
            demo.socket,
            started=lambda: _tell_addresses(out, demo, seconds=since_start(), speed=options.speed),
        )
    out.print("Stopped. The data stay in", str(options.data))
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Demo:
    app: Starlette
    socket: socket.socket
    base_url: str
    caldav_url: str
    smtp_port: int
    colleague: bool
    replaced: tuple[str, ...]


@contextmanager
def _demo(options: Options, out: Console) -> Iterator[_Demo]:
    """Start every part in order, and end them in reverse."""
    data = options.data.resolve()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as stack:
        teller = Teller(out)
        radicale = stack.enter_context(Radicale(data / "radicale", port=options.caldav_port))
        catcher = stack.enter_context(_catcher(data, options.smtp_port, teller))
        listener = stack.enter_context(bound_socket(options.port))
        clock = KeptClock(data / "clock")
        port = int(listener.getsockname()[1])
        settings = _settings(data, port=port, smtp_port=catcher.port)
        rt = stack.enter_context(runtime(settings, clock=clock))
        _furnish(rt, clock, radicale.url, port=port, with_examples=options.examples)
        if options.speed != 1:
            stack.enter_context(_faster(clock, options.speed))
        stack.enter_context(teller.listening(rt))
        app = served(rt, work=True, extra_routes=_routes(rt, clock, catcher.inbox, radicale.url, port=port))
        yield _Demo(
            app=app,
            socket=listener,
            base_url=str(settings.base_url),
            caldav_url=radicale.url,
            smtp_port=catcher.port,
            colleague=colleague.is_here(rt),
            replaced=_replaced(options, web=port, caldav=radicale.port, smtp=catcher.port),
        )


def _furnish(rt: Runtime, clock: KeptClock, caldav_url: str, *, port: int, with_examples: bool) -> None:
    """Create what is missing; examples begin yesterday and end now."""
    seed(caldav_url, now=clock.now())
    anew = with_examples and not examples.made(rt)
    if anew:
        clock.look_back(examples.BACK)
    ids = addresses.set_up(rt, caldav_url=caldav_url, now=clock.now())
    if with_examples or colleague.is_here(rt):
        seed_colleague(caldav_url)
        ids += colleague.set_up(rt, caldav_url=caldav_url, now=clock.now())
    _pull(rt, ids)
    if anew:
        examples.make_earlier(rt, now=clock.now())
        clock.pass_by(examples.LAPSED)
        drain(rt)
        clock.pass_by(examples.BACK - examples.LAPSED)
        _pull(rt, ids)  # after a long time nothing counts as free until it is pulled
    consents.make(rt, now=clock.now())
    if anew:
        examples.make(rt, now=clock.now())
        staff_work.make(rt, receiver=receiver.address(port), now=clock.now())
        drain(rt)  # so that nothing of the examples happens later
    receiver.follow(rt, port)


def _pull(rt: Runtime, calendar_ids: Sequence[UUID]) -> None:
    for each in calendar_ids:
        pull(rt, each)


@dataclass(frozen=True, slots=True)
class _Caught:
    inbox: Inbox
    port: int


@contextmanager
def _catcher(data: Path, wanted: int, teller: Teller) -> Iterator[_Caught]:
    inbox = Inbox(data / "inbox", announce=teller.mail)
    with Catcher(inbox, port=wanted) as catcher:
        yield _Caught(inbox, catcher.port)


@contextmanager
def _faster(clock: KeptClock, speed: float) -> Iterator[None]:
    over = threading.Event()
    thread = threading.Thread(target=run_at_speed, args=(clock,), kwargs={"speed": speed, "stop": over}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


_NETWORKS = "BOOKING_WEBHOOKS__ALLOWED_NETWORKS"  # networks that the operator allows besides the demo's own receiver


def _settings(data: Path, *, port: int, smtp_port: int) -> Settings:
    """Limits are lifted, so that a hundred tries from one address work."""
    return Settings.model_validate(
        {
            "base_url": f"http://localhost:{port}",
            "data_dir": data,
            "database_url": f"sqlite:///{data / 'booking.db'}",
            "smtp": {"host": "127.0.0.1", "port": smtp_port, "security": "none", "sender": SENDER},
            "limits": {key.removeprefix("limits."): value for key, value in without_limits().items()},
            "hold": {"share_of_horizon": 1, "share_of_day": 1},
            "calendar": {"allow_private": True},
            "webhooks": {
                "allowed_networks": ",".join(filter(None, (f"127.0.0.1/32:{port}", os.environ.get(_NETWORKS))))
            },
            "log": {"level": "warning"},
        }
    )


def _routes(rt: Runtime, clock: KeptClock, inbox: Inbox, caldav_url: str, *, port: int) -> list[BaseRoute]:
    templates = environment()
    account = DavAccount(url=caldav_url, user=USER, password=PASSWORD, auth="basic", allow_private=True)
    shown = {name: connect(account).calendar(url) for name, url in addresses.addresses(caldav_url).items()}
    embedding = EmbedPage(str(rt.settings.base_url).rstrip("/"), templates)
    embedding.allow(rt)
    return [
        *embedding.routes(),
        *InboxPages(inbox, templates).routes(),
        *ClockPage(clock, lambda seconds: _move(rt, clock, seconds), templates).routes(),
        *Receiver(port, clock, templates).routes(),
        *CalendarPage(shown, clock, templates, ZoneInfo(addresses.ZONE)).routes(),
    ]


def _move(rt: Runtime, clock: KeptClock, seconds: float) -> None:
    """Move the demo forward and let it catch up.

    The worker runs several times towards the end of the jump, so that what must be seen twice with a grace time between
    is.
    """
    left = timedelta(seconds=seconds)
    for before_end in _STEPS:
        if left > before_end or before_end == timedelta(0):
            clock.advance((left - before_end).total_seconds())
            left = before_end
            catch_up(rt)


def catch_up(rt: Runtime) -> None:
    """Wait until everything due is done, pulls included."""
    with transaction(rt.engine) as session:
        calendars.all_due(session, now=rt.clock.now())
    ends = monotonic() + _CAUGHT_UP_WITHIN_S
    while monotonic() < ends:
        drain(rt)
        with snapshot(rt.engine) as session:
            due = outbox.next_due(session)
            pulling = calendars.pulls_due(session, now=rt.clock.now())
        if not pulling and (due is None or due > rt.clock.now()):
            return


def _replaced(options: Options, *, web: int, caldav: int, smtp: int) -> tuple[str, ...]:
    pairs = (("web", options.port, web), ("CalDAV", options.caldav_port, caldav), ("SMTP", options.smtp_port, smtp))
    return tuple(
        f"Port {wanted} is taken; {name} is at {got}." for name, wanted, got in pairs if wanted not in (0, got)
    )


def _tell_addresses(out: Console, demo: _Demo, *, seconds: float, speed: float) -> None:
    for line in demo.replaced:
        out.print(line)
    if speed != 1:
        out.print(f"Time passes {speed:g} times as fast as it really does.")
    out.print(f"Ready after {seconds:.1f} s. Ctrl-C stops everything.\n")
    rows = (
        ("Book with Ada", f"{demo.base_url}/ada/intro   (30 min, confirmed by mail)"),
        ("", f"{demo.base_url}/ada/quick   (15 min, booked at once)"),
        ("Sign in", f"{demo.base_url}/host   as ada@example.org (host) or {addresses.OFFICE.email} (administrator)"),
        *([("", f"or {colleague.EMAIL} (a second host: {demo.base_url}/{COLLEAGUE})")] if demo.colleague else []),
        ("", "with the link or code that the inbox gets"),
        (
            "Consents",
            f"{demo.base_url}/admin/consents/contacts   (as {addresses.OFFICE.email}: contacts in every standing)",
        ),
        (
            "",
            f"{demo.base_url}/admin/consents/import   (a file that waits) · …/consents/requests   (a deletion that is due)",
        ),
        ("", f"{demo.base_url}/preferences   (as grace@example.net: her own page, by a mailed link)"),
        ("Embedded", f"{demo.base_url}/demo/embed   (in a page of another web site)"),
        ("Inbox", f"{demo.base_url}/demo/inbox"),
        *([("Webhook", f"{demo.base_url}/demo/webhook   (what it was told)")] if demo.colleague else []),
        ("Clock", f"{demo.base_url}/demo/clock"),
        ("Ada's calendar", f"{demo.base_url}/demo/calendar"),
        ("CalDAV", f"{demo.caldav_url}{USER}/   user {USER}, password {PASSWORD}"),
        ("SMTP", f"127.0.0.1:{demo.smtp_port}"),
    )
    for name, text in rows:
        out.print(f"  {name:<15} {text}", soft_wrap=True)
    out.print()
    sys.stdout.flush()

"""demo, serve, worker, migrate: what keeps running, and what prepares it."""

import importlib
import importlib.util
import os
import signal
import socket
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event
from typing import Annotated, Any

import typer
from sqlalchemy import make_url

from ..bootstrap import runtime
from ..config.notation import Listen
from ..config.settings import Settings
from ..config.sources import ConfigError
from ..server import listen as serving
from ..server.app import served
from ..server.interrupt import end_at_once
from ..server.open_files import raise_limit
from ..storage import migrations
from ..worker import Worker, drain
from .context import config_file, database, settings
from .errors import PROBLEMS, CommandRefused
from .options import Json
from .output import say, say_json
from .terminal import progress

_PORTS = 65_535
_DEMO_NEEDS = ("aiosmtpd", "radicale")


def demo(
    port: Annotated[int, typer.Option(min=0, max=_PORTS, help="Where the pages are.")] = 8000,
    caldav_port: Annotated[int, typer.Option(min=0, max=_PORTS, help="Where Ada's calendars are.")] = 5232,
    smtp_port: Annotated[int, typer.Option(min=0, max=_PORTS, help="Where mails are caught.")] = 1025,
    data: Annotated[Path, typer.Option(help="Where everything is kept.")] = Path(".demo"),
    reset: Annotated[bool, typer.Option("--reset", help="Begin anew.")] = False,
    speed: Annotated[float, typer.Option(min=1, help="How much faster time passes.")] = 1,
    examples: Annotated[
        bool,
        typer.Option(
            "--examples/--no-examples",
            help="Begin with a second host, bookings in every state and lists with something in them.",
        ),
    ] = True,
) -> None:
    """Try everything on this machine: pages, a calendar server and a mailbox of its own."""
    missing = [name for name in _DEMO_NEEDS if importlib.util.find_spec(name) is None]
    if missing:
        raise CommandRefused(f"The demo needs {' and '.join(missing)}: pip install 'booking-service[demo]'")
    app: Any = importlib.import_module("booking_service.demo.app")  # only its extra brings what it imports
    options = app.Options(
        port=port,
        caldav_port=caldav_port,
        smtp_port=smtp_port,
        data=data,
        reset=reset,
        speed=speed,
        examples=examples,
    )
    raise typer.Exit(app.run(options))


def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen at.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=_PORTS, help="Port to listen at.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that answer.")] = 1,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="`booking-service worker` runs beside it.")] = False,
) -> None:
    """Answer requests, and work on what bookings owe. Brings the database up to date first."""
    chosen = settings(context)
    listen = Listen(host or chosen.listen.host, chosen.listen.port if port is None else port)
    refuse_unready(chosen)
    refuse_exposed(chosen)
    work = chosen.worker.inline and not no_worker
    with _listening(listen) as listener:
        tell = partial(say, f"Answering at {listen}; the pages are at {chosen.base_url}. Ctrl-C ends it.")
        if workers == 1:
            answered = _serve_here(chosen, listener, tell, work=work)
        else:
            answered = _serve_in_processes(context, chosen, listener, tell, workers=workers, work=work)
    if not answered:
        raise CommandRefused("The server did not start; its last lines say why.")


def worker(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Only what is due now, then end.")] = False,
) -> None:
    """Perform what bookings owe: mails, calendar writes, pulls. Any number of them may run."""
    chosen = settings(context)
    refuse_unready(chosen)
    refuse_exposed(chosen)
    raise_limit()
    with runtime(chosen, traced=True) as rt:
        if once:
            with progress("Working"):
                performed = drain(rt)
            return say(f"{performed} done, nothing more is due.")
        over = Event()
        signal.signal(signal.SIGTERM, lambda *_: over.set())
        signal.signal(signal.SIGINT, lambda *_: end_at_once() if over.is_set() else over.set())
        at_work = Worker(rt)
        at_work.start()
        say(f"Working with {chosen.worker.concurrency} threads; Ctrl-C ends it after what is at work now.")
        over.wait()
        at_work.stop()
    return None


def migrate(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Only say what is missing; exit 1 if anything is.")] = False,
    as_json: Json = False,
) -> None:
    """Bring the database up to date."""
    with database(settings(context)) as engine:
        pending = migrations.pending(engine)
        if not check:
            with progress("Bringing the database up to date"):
                migrations.upgrade(engine)
    if as_json:
        say_json({"pending" if check else "applied": pending})
    elif not pending:
        say("The database is up to date.")
    else:
        say(f"{'Missing' if check else 'Applied'}: {', '.join(pending)}.")
        if check:
            say("`booking-service migrate` applies them; `serve` does it, too.", indent=4)
    raise typer.Exit(PROBLEMS if check and pending else 0)


def refuse_unready(chosen: Settings) -> None:
    """What must be set before anything is promised to anybody. Raises ConfigError."""
    needed = {
        "base_url": (chosen.base_url, "the public address that mails link to, like https://book.example.org"),
        "smtp.host": (chosen.smtp.host, "the server that takes our mail, without which nothing can be confirmed"),
    }
    problems = tuple(
        f"{key} is missing: {meaning} (in the settings file, or {_variable(key)})"
        for key, (value, meaning) in needed.items()
        if not value
    )
    if problems:
        raise ConfigError(problems)


def refuse_exposed(chosen: Settings) -> None:
    """Whoever bookings are kept for, it isn't everybody with an account on this machine. Raises CommandRefused."""
    url = make_url(chosen.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return
    file = Path(url.database)
    if not file.exists() or not file.parent.stat().st_mode & stat.S_IXOTH:
        return
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o007:
        raise CommandRefused(f"{file} is open to everybody on this machine (mode {mode:04o}): chmod 600 {file}")


def _listening(listen: Listen) -> socket.socket:
    try:
        return serving.listening(listen.host, listen.port)
    except OSError as error:
        raise CommandRefused(
            f"Can't listen at {listen}: {_why(error)}. Choose another with --host or --port."
        ) from error


def _why(error: OSError) -> str:
    """For a name that nothing is known of the error's number is none of the system's."""
    return str(error.strerror) if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)


def _serve_here(chosen: Settings, listener: socket.socket, tell: Callable[[], None], *, work: bool) -> bool:
    with runtime(chosen, traced=True) as rt:
        return serving.serve(
            served(rt, work=work),
            listener,
            trusted=chosen.trusted_proxies,
            per_network=chosen.connections_per_network,
            started=tell,
        )


def _serve_in_processes(
    context: typer.Context,
    chosen: Settings,
    listener: socket.socket,
    tell: Callable[[], None],
    *,
    workers: int,
    work: bool,
) -> bool:
    """All is opened here first, once: the key is made, the database brought up to date, or what is wrong said in a sentence.
    Each process then reads the same settings for itself."""
    with runtime(chosen):
        pass
    if (file := config_file(context)) is not None:
        os.environ["BOOKING_CONFIG"] = str(file.absolute())
    os.environ["BOOKING_WORKER__INLINE"] = str(work).lower()
    return serving.serve_in_processes(
        "booking_service.cli.child:application",
        listener,
        processes=workers,
        trusted=chosen.trusted_proxies,
        per_network=chosen.connections_per_network,
        started=tell,
    )


def _variable(key: str) -> str:
    return f"BOOKING_{key.upper().replace('.', '__')}"

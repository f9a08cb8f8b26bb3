"""demo, serve: what answers requests."""

import importlib
import importlib.util
import os
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from ..bootstrap import runtime
from ..config.notation import Listen
from ..config.settings import Settings
from ..server import listen as serving
from ..server.app import served
from .context import config_file, settings
from .output import say
from .refusals import CommandRefused, refuse_exposed, refuse_unready

_PORTS = 65_535
_DEMO_NEEDS = ("aiosmtpd", "radicale")


def demo(
    port: Annotated[int, typer.Option(min=0, max=_PORTS, help="Port of the pages.")] = 8000,
    caldav_port: Annotated[int, typer.Option(min=0, max=_PORTS, help="Port of Ada's calendars.")] = 5232,
    smtp_port: Annotated[int, typer.Option(min=0, max=_PORTS, help="Port that catches mails.")] = 1025,
    data: Annotated[Path, typer.Option(help="Where everything is kept.")] = Path(".demo"),
    reset: Annotated[bool, typer.Option("--reset", help="Start from scratch.")] = False,
    speed: Annotated[float, typer.Option(min=1, help="How much faster time passes.")] = 1,
    examples: Annotated[
        bool,
        typer.Option(
            "--examples/--no-examples",
            help="Start with a second host, bookings in every state and lists with something in them.",
        ),
    ] = True,
) -> None:
    """Try everything on this machine: pages, a calendar server and a mailbox of its own."""
    missing = [name for name in _DEMO_NEEDS if importlib.util.find_spec(name) is None]
    if missing:
        raise CommandRefused(f"The demo needs {' and '.join(missing)}: pip install 'booking-service[demo]'")
    app: Any = importlib.import_module("booking_service.demo.app")  # only the extra brings its packages
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
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=_PORTS, help="Port to listen on.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that answer.")] = 1,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Do not work as well: `booking-service worker` runs beside it.")
    ] = False,
) -> None:
    """Answer requests, and do what bookings still need. Brings the database up to date first."""
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


def _listening(listen: Listen) -> socket.socket:
    try:
        return serving.listening(listen.host, listen.port)
    except OSError as error:
        raise CommandRefused(
            f"Can't listen at {listen}: {_why(error)}. Choose another with --host or --port."
        ) from error


def _why(error: OSError) -> str:
    """The system's words for the error, except for an unresolvable name, whose number means something else."""
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
    """Open everything here once, so that the key is made, the database migrated, and errors are reported in a sentence.

    Each process then reads the settings itself.
    """
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

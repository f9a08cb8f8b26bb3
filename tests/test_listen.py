"""How the web server under the application listens and ends. That it ends in order is in test_cli.py."""

import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from booking_service.server.listen import listening
from tests.cli.command import machine
from tests.flows.extended import in_extended
from tests.flows.programs import child, children_of, until
from tests.servers import free_port

ROOT = Path(__file__).parents[1]


def test_answers_are_not_delayed_by_nagles_algorithm() -> None:
    """asyncio sets TCP_NODELAY on accepted connections whose protocol is known, which they inherit."""
    with listening("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP


def test_a_port_in_use_is_refused_and_nothing_is_left_open() -> None:
    with listening("127.0.0.1", 0) as first, pytest.raises(OSError, match="in use"):
        listening("127.0.0.1", first.getsockname()[1])


def test_it_listens_at_ipv6_addresses_too() -> None:
    with listening("::1", 0) as listener:
        assert listener.family == socket.AF_INET6


_INTERRUPTED = """
import asyncio, os, signal
from booking_service.server import listen

made = asyncio.SelectorEventLoop._make_self_pipe

def interrupted(loop):
    os.kill(os.getpid(), signal.{name})
    made(loop)

async def app(scope, receive, send):
    assert scope["type"] == "lifespan"
    for each in ("startup", "shutdown"):
        await receive()
        await send(dict(type=f"lifespan.{{each}}.complete"))

asyncio.SelectorEventLoop._make_self_pipe = interrupted
print(listen.serve(app, listen.listening("127.0.0.1", 0)), signal.getsignal(signal.{name}) is signal.default_int_handler)
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_while_the_loop_is_made_ends_it_in_order(name: str) -> None:
    script = _INTERRUPTED.format(name=name)
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True True\n", "")


AT_ONCE = "Ended at once. Whatever was at work is done again after the next start.\n"
HALF = b"POST /preferences HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nemail"

Command = Callable[[int], tuple[str, ...]]


def serve(port: int) -> tuple[str, ...]:
    return ("serve", "--port", str(port))


def serve_in_processes(port: int) -> tuple[str, ...]:
    return (*serve(port), "--workers", "2")


def demo(port: int) -> tuple[str, ...]:
    return ("demo", "--data", "demo", "--no-examples", "--port", str(port), "--caldav-port", "0", "--smtp-port", "0")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("command", [serve, *in_extended(serve_in_processes, demo)])
def test_ctrl_c_pressed_again_waits_for_nothing(command: Command, tmp_path: Path) -> None:
    """A terminal sends it to all processes: none of them says anything but the first, or goes on."""
    port = free_port()
    started = machine(tmp_path).start(*command(port), BOOKING_LOG__LEVEL="warning")
    try:
        until(lambda: answers(port), within_s=60)
        with socket.create_connection(("127.0.0.1", port)) as visitor:
            visitor.sendall(HALF)  # the other half is waited for
            until(lambda: pressed_until_over(started), within_s=10)
            _, said = started.communicate(timeout=5)
        assert (started.returncode, said) == (130, AT_ONCE), said
        until(lambda: gone(started.pid))
    finally:
        if not gone(started.pid):
            os.killpg(started.pid, signal.SIGKILL)


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return line.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def gone(group: int) -> bool:
    """Whether no process of that group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def test_nor_does_a_worker(tmp_path: Path) -> None:
    """It is busy with a mail server that takes the call and says nothing."""
    here = machine(tmp_path)
    assert here.process("user", "add", "grace@example.org", "--invite", "staff").code == 0
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        started = here.start("worker", BOOKING_SMTP__HOST="127.0.0.1", BOOKING_SMTP__PORT=str(silent.getsockname()[1]))
        taken, _ = silent.accept()
        with taken:
            until(lambda: pressed_until_over(started), within_s=10)
            _, said = started.communicate(timeout=5)
    assert (started.returncode, said) == (130, AT_ONCE), said


def pressed_until_over(started: subprocess.Popen[str]) -> bool:
    with suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGINT)
    return started.poll() is not None


@pytest.mark.parametrize("command", [("worker",), ("serve", "--port", "0")])
def test_each_opens_as_many_files_as_the_system_allows(command: tuple[str, ...], tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    here = machine(tmp_path)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        started = here.start(*command, PYTHONUNBUFFERED="1")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    try:
        until(lambda: resource.prlimit(started.pid, resource.RLIMIT_NOFILE)[0] == min(hard, 65_536), within_s=60)
    finally:
        started.kill()
        started.communicate()


@pytest.mark.extended
def test_processes_that_cannot_start_are_said_in_a_sentence_and_end_the_service(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("short")
    (tmp_path / "secret.key").chmod(0o600)
    ran = machine(tmp_path).process("serve", "--port", "0", "--workers", "2", BOOKING_SECRET_KEY="")
    assert (ran.code, ran.out) == (1, "Starting …\n")
    assert ran.err.startswith(f"{tmp_path / 'secret.key'} is too short a secret")
    assert "Traceback" not in ran.err


@pytest.mark.extended
@pytest.mark.timeout(120)
def test_while_one_process_cannot_start_the_others_answer_and_a_signal_is_heeded(tmp_path: Path) -> None:
    """The settings were broken under a running service, and then a process of it died."""
    port, settings, log = free_port(), tmp_path / "wrong.toml", tmp_path / "log"
    settings.write_text("")
    command = ["--config", str(settings), "serve", "--port", str(port), "--workers", "2", "--no-worker"]
    started = child(["booking_service", *command], log=log, env=machine(tmp_path).env)
    try:
        until(lambda: started.printed.count("Application startup complete") == 2, within_s=60)
        until(lambda: "Answering at" in started.printed)
        settings.write_text("nonsense = 1")
        serving = max(children_of(started.process.pid))
        os.kill(serving, signal.SIGKILL)
        until(lambda: started.printed.count("process_not_started") > 1, within_s=30)
        assert answers(port)
        started.process.terminate()
        assert started.process.wait(timeout=30) == 0
    finally:
        started.end()
    assert "nonsense" in started.printed
    assert "Traceback" not in started.printed

"""The log: nothing secret gets through, whoever writes it and however."""

import io
import json
import logging
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import structlog

from booking_service import log
from booking_service.crypto import keys
from booking_service.crypto.tokens import LinkPurpose, new_public_id, token_for

RING = keys.ring_of("Vb7nQ2xLr9TzKp4WmYc8JdHs3FgE6uAi", source="test")
LIBRARIES = ("alembic", "httpcore2", "httpx2", "sqlalchemy", "sqlalchemy.engine")
TOKEN = token_for(RING, purpose=LinkPurpose.CONFIRM, subject=UUID(int=1), generation=0)
ADDRESS = "grace.hopper+spam@Example.org"
PASSWORD = "app-password-hunter2"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Logging is process-wide; each test begins with libraries as they come, and leaves it as it was."""
    root = logging.getLogger()
    before, ours = (root.handlers[:], root.level), structlog.get_config()
    for name in LIBRARIES:
        library = logging.getLogger(name)
        library.disabled, library.propagate = False, True
        library.filters.clear()
        library.handlers.clear()
    yield
    structlog.configure(**ours)
    root.handlers[:], level = before
    root.setLevel(level)


def log_to_memory(format: str = "json", *, addresses: bool = False) -> io.StringIO:
    out = io.StringIO()
    hidden = log.redaction(RING, addresses=addresses, known=[PASSWORD, None])
    log.configure(hidden, format=format, level="debug", stream=out)  # type: ignore[arg-type]
    return out


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def leak(secret: str) -> None:
    local = f"a variable with {secret}"
    raise RuntimeError(f"cannot use {secret}") from ValueError(local[-len(secret) :])


@pytest.mark.parametrize("format", ["json", "console"])
@pytest.mark.parametrize("canary", [TOKEN, ADDRESS, PASSWORD])
def test_no_secret_gets_through_by_any_way(format: str, canary: str) -> None:
    out = log_to_memory(format)
    ours = structlog.get_logger("booking_service.web")
    theirs = logging.getLogger("uvicorn.access")
    with log.request_context():
        ours.info("opened", path=f"/c/{canary}", to=canary, nested={"deep": [canary, {"deeper": (canary,)}]})
        ours.info(f"opened {canary}", url=f"https://book.example.org/c/{canary}?x=1", error=ValueError(canary))
        ours.info("sent %s", canary, body=canary, html=canary, headers={"Authorization": canary}, raw=canary.encode())
        theirs.info('%s - "%s %s HTTP/%s" %d', "192.0.2.1", "GET", f"/c/{canary}", "1.1", 200)
        logging.getLogger("other").warning("mail to <%s>, link '/m/%s'", canary, canary)
        structlog.contextvars.bind_contextvars(visitor=canary)
        for logger in (ours, logging.getLogger("other")):
            try:
                leak(canary)
            except RuntimeError:
                logger.exception("failed with %s", canary)
    written = out.getvalue()
    assert written.count("\n") >= 7
    assert canary not in written
    assert canary.lower() not in written.lower()


def test_a_mailbox_has_one_mark_in_every_spelling() -> None:
    mark = log.mailbox_mark(RING)
    assert mark("Ada+x@Example.org") == mark("ada@example.org")
    assert mark("ada@example.org") != mark("bob@example.org")
    assert mark("ada@example.org") != log.mailbox_mark(keys.ring_of("x" + TOKEN, source="test"))("ada@example.org")
    assert len(mark("ada@example.org")) == len("mailbox:") + 8


def test_addresses_are_written_where_that_was_chosen() -> None:
    out = log_to_memory(addresses=True)
    structlog.get_logger().info("sent", to=ADDRESS)
    assert lines(out)[0]["to"] == ADDRESS


BELOW_PREFERENCES = {
    LinkPurpose.PREFERENCES,
    LinkPurpose.EVERYTHING,
    LinkPurpose.ANSWER,
    LinkPurpose.CHANGE,
    LinkPurpose.OUT,
    LinkPurpose.DATA,
}


@pytest.mark.parametrize(
    "purpose", ["preferences", *(f"preferences/{each}" if each in BELOW_PREFERENCES else each for each in LinkPurpose)]
)
def test_the_last_part_of_a_mailed_link_is_hidden_whatever_its_shape(purpose: str) -> None:
    out = log_to_memory()
    structlog.get_logger().info("opened", path=f"/book/{purpose}/short-guess?lang=de")
    assert lines(out)[0]["path"] == f"/book/{purpose}/***?lang=de"


@pytest.mark.parametrize("path", ["/b/{}", "/b/{}/state.json?lang=de", "/book/b/{}/move"])
def test_the_id_of_a_waiting_page_is_hidden_as_it_holds_the_time(path: str) -> None:
    out = log_to_memory()
    structlog.get_logger().info("asked", path=path.format(new_public_id()))
    assert lines(out)[0]["path"] == path.format("***")


@pytest.mark.parametrize("part", ["a", "a-", "%4", "a.", "/c/", "://", "basic ", "a@", "@a?"])
def test_a_long_text_takes_no_longer_for_what_it_is_made_of(part: str) -> None:
    redaction = log.redaction(RING)
    began = time.process_time()
    redaction.text((part * 64_000)[:64_000])
    redaction.text("@" + (part * 64_000)[:64_000])
    assert time.process_time() - began < 3


@pytest.mark.parametrize("before", ["", "x" * 5_000, "a@b?", "a@b.c&", "?", "a@b..", "://h/"])
def test_an_address_is_marked_whatever_stands_before_it(before: str) -> None:
    assert ADDRESS not in log.redaction(RING).text(before + ADDRESS)


@pytest.mark.parametrize("typed", ["ada%40example.org", "ada@example.org", "Ada%2Bx%40example.org"])
def test_an_address_in_a_query_is_marked_and_the_rest_stays(typed: str) -> None:
    out = log_to_memory()
    logging.getLogger("uvicorn.access").info('"GET /ada/intro?email=%s&lang=de HTTP/1.1" 200', typed)
    written = lines(out)[0]["event"]
    assert "example" not in written
    assert written.startswith('"GET /ada/intro?email=mailbox:')
    assert written.endswith('&lang=de HTTP/1.1" 200')


def test_credentials_in_addresses_and_headers_are_hidden() -> None:
    out = log_to_memory()
    structlog.get_logger().info("asked", url="https://ada:geheim@dav.example.org/x", sent="Basic YWRhOmdlaGVpbQ==")
    written = lines(out)[0]
    assert written["url"] == "https://***@dav.example.org/x"
    assert written["sent"] == "Basic ***"


@pytest.mark.parametrize("name", ["Authorization", "Set-Cookie", "password", "body", "token", "secret_key"])
def test_some_fields_are_never_written(name: str) -> None:
    out = log_to_memory()
    structlog.get_logger().info("x", **{name: "plain words"})
    assert lines(out)[0][name] == "***"


def test_of_raw_bytes_only_the_length_is_written() -> None:
    out = log_to_memory()
    structlog.get_logger().info("received", raw=b"plain words")
    assert lines(out)[0]["raw"] == "<11 bytes>"


@pytest.mark.parametrize("format", ["json", "console"])
def test_what_was_typed_cannot_forge_a_line_or_paint_a_terminal(format: str) -> None:
    out = log_to_memory(format)
    structlog.get_logger().info("name\nINFO forged\x1b[31m", name="a\r\nforged\u2028\x9b1m")
    logging.getLogger("other").info("x\nforged")
    written = out.getvalue()
    assert len(written.splitlines()) == 2
    assert not set(written) & set("\x1b\r\x9b\u2028")


def test_ordinary_facts_stay_readable() -> None:
    out = log_to_memory()
    booking = UUID(int=7)
    with log.request_context("req-1") as request_id:
        structlog.get_logger("web").warning("slow", booking=booking, seconds=1.5, tries=3, done=True, why=None)
    (written,) = lines(out)
    assert request_id == "req-1"
    assert {name: written[name] for name in ("event", "booking", "seconds", "tries", "done", "why", "request_id")} == {
        "event": "slow",
        "booking": str(booking),
        "seconds": 1.5,
        "tries": 3,
        "done": True,
        "why": None,
        "request_id": "req-1",
    }
    assert (written["level"], written["logger"]) == ("warning", "web")
    assert written["timestamp"].endswith("Z")


def test_a_request_id_is_made_and_ends_with_its_request() -> None:
    out = log_to_memory()
    with log.request_context() as first, log.request_context() as second:
        structlog.get_logger().info("in")
    structlog.get_logger().info("after")
    inside, after = lines(out)
    assert first != second == inside["request_id"]
    assert "request_id" not in after


def test_json_is_written_where_nobody_sits_at_a_terminal() -> None:
    out = log_to_memory("auto")
    structlog.get_logger().info("x")
    assert lines(out)[0]["event"] == "x"


def test_the_level_holds_for_us_and_talkative_libraries_are_kept_short() -> None:
    out = io.StringIO()
    log.configure(log.redaction(RING), format="json", level="info", stream=out)
    structlog.get_logger().debug("not this")
    structlog.get_logger().info("this")
    logging.getLogger("sqlalchemy.engine").info("nor this")
    logging.getLogger("alembic").info("nor this")
    logging.getLogger("alembic").warning("and this")
    assert [line["event"] for line in lines(out)] == ["this", "and this"]

"""Traces: what a request led to is one trace, over processes; nothing personal is in it; nobody depends on the collector."""

import io
import json
import logging
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest
import structlog
from structlog.testing import capture_logs

from booking_service import log
from booking_service.actions.operations.checks import checks
from booking_service.actions.operations.findings import Check, Level
from booking_service.bootstrap import runtime
from booking_service.config.notation import read_networks_and_ports
from booking_service.config.settings import Settings, Tracing
from booking_service.crypto.tokens import LinkPurpose
from booking_service.mail.transport import TransportDown
from booking_service.telemetry import otlp, tracing
from booking_service.telemetry.tracing import SpanKind, begun, part
from tests.cli.command import quiet_again
from tests.servers.collector import Collector, Seen, collector
from tests.servers.process import free_port
from tests.web.site import Site, browser_of, site

LOOPBACK = read_networks_and_ports("127.0.0.0/8")


@pytest.fixture(scope="module")
def collecting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    with collector(tmp_path_factory.mktemp("collector")) as made:
        yield made


@pytest.fixture
def s(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as made:
        yield made


def to(endpoint: str, **changes: object) -> Tracing:
    return Tracing(endpoint=endpoint, allowed_networks=LOOPBACK, **changes)  # type: ignore[arg-type]


def traced(s: Site, tracer: tracing.Tracer) -> Site:
    w = replace(s.w, rt=replace(s.w.rt, tracer=tracer))
    return Site(w, browser_of(w))


def booked(s: Site, chosen: Tracing) -> None:
    with closing(otlp.Tracer(chosen)) as tracer:
        mine = traced(s, tracer)
        mine.confirmed()
    assert len(mine.w.mails.sent) == 2  # to the invitee and to the host


def of(seen: list[Seen], name: str) -> Seen:
    found = [each for each in seen if each.name == name]
    assert found, [each.name for each in seen]
    return found[0]


def test_an_effect_is_in_the_trace_of_the_request_that_it_follows_from(s: Site, collecting: Collector) -> None:
    before = len(collecting.spans())
    booked(s, to(collecting.endpoint))
    seen = collecting.spans()[before:]
    confirm = of(seen, "POST /c/{token}")
    assert confirm.facts["http.response.status_code"] == 303
    assert len(str(confirm.facts["booking.request_id"])) == 12
    mail = next(each for each in seen if each.name == "effect mail" and each.trace_id == confirm.trace_id)
    assert mail.parent_id == confirm.span_id
    assert str(mail.facts["booking.effect"]).startswith("mail:")
    assert confirm.service["service.name"] == "booking-service"


def test_no_span_has_anything_of_a_person_or_a_token(s: Site, collecting: Collector) -> None:
    before = len(collecting.spans())
    booked(s, to(collecting.endpoint))
    seen = collecting.spans()[before:]
    assert len(seen) >= 5
    booking = s.w.all_bookings()[0]
    text = repr(seen).lower()
    token = s.link(booking, LinkPurpose.CONFIRM).rpartition("/")[2]
    for word in (
        "grace",
        "hopper",
        "example.net",
        "/ada",
        "lovelace",
        "analytical",
        "compiler",
        booking.public_id,
        token,
    ):
        assert word.lower() not in text, word
    assert {name for each in seen for name in each.facts} <= {
        *("http.request.method", "http.response.status_code", "http.route", "error.type"),
        *("booking.request_id", "booking.effect", "booking.attempt", "booking.calendar"),
    }
    assert {each.events for each in seen} == {0}


def test_a_failure_is_told_by_its_kind_without_its_words(collecting: Collector) -> None:
    before = len(collecting.spans())
    with (
        closing(otlp.Tracer(to(collecting.endpoint))) as tracer,
        pytest.raises(LookupError),
        begun(tracer, "effect mail", SpanKind.CONSUMER, {}),
        part("SMTP", SpanKind.CLIENT, {}),
    ):
        raise LookupError("grace@example.net")
    seen = collecting.spans()[before:]
    assert {each.facts["error.type"] for each in seen} == {"LookupError"}
    assert of(seen, "SMTP").parent_id == of(seen, "effect mail").span_id
    assert "grace" not in repr(seen)


def test_lines_of_the_log_have_the_ids_of_their_span(collecting: Collector, tmp_path: Path) -> None:
    out = io.StringIO()
    before = len(collecting.spans())
    with quiet_again(), closing(otlp.Tracer(to(collecting.endpoint))) as tracer:
        log.configure(log.Redaction(mark=log.as_written), format="json", stream=out)
        with begun(tracer, "pull", SpanKind.INTERNAL, {}):
            structlog.get_logger().warning("within")
        structlog.get_logger().warning("after")
        logging.getLogger().handlers[0].flush()
    within, after = (json.loads(line) for line in out.getvalue().splitlines())
    seen = collecting.spans()[before:]
    assert (within["trace_id"], within["span_id"]) == (seen[0].trace_id, seen[0].span_id)
    assert "trace_id" not in after


def test_a_mail_that_fails_is_logged_with_its_trace(s: Site, collecting: Collector) -> None:
    before = len(collecting.spans())
    with closing(otlp.Tracer(to(collecting.endpoint))) as tracer:
        mine = traced(s, tracer)
        mine.w.mails.failing = [TransportDown("away")]
        mine.hold()
        with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logged:
            mine.w.drain()
    line = next(line for line in logged if line["event"] == "mail_not_sent")
    seen = collecting.spans()[before:]
    failed = next(each for each in seen if each.trace_id == line["trace_id"] and each.span_id == line["span_id"])
    assert failed.facts["booking.effect"] == line["effect"]
    assert of(seen, "POST /{host}/{meeting}/hold").trace_id == line["trace_id"]


def test_a_part_of_what_begins_is_traced_and_its_effects_with_it(s: Site, collecting: Collector) -> None:
    before = len(collecting.spans())
    booked(s, to(collecting.endpoint, sample=0.0))
    assert collecting.spans()[before:] == []


def test_without_a_collector_bookings_go_on_and_it_is_said_once(s: Site) -> None:
    with capture_logs() as logged:
        began = monotonic()
        booked(s, to(f"http://127.0.0.1:{free_port()}/v1/traces"))
        taken = monotonic() - began
    assert [line["event"] for line in logged if line["event"] == "spans_lost"] == ["spans_lost"]
    assert taken < 20


def test_a_private_network_is_reached_only_where_it_is_named(collecting: Collector) -> None:
    with pytest.raises(otlp.NotTaken):
        otlp.look(Tracing(endpoint=collecting.endpoint))
    otlp.look(to(collecting.endpoint))


def of_traces(s: Site, chosen: Tracing) -> list[Check]:
    rt = replace(s.w.rt, settings=s.w.rt.settings.model_copy(update={"tracing": chosen}))
    return [each for each in checks(rt, now=s.w.now) if each.subject == "traces"]


def test_check_says_whether_traces_arrive(s: Site, collecting: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    assert of_traces(s, Tracing()) == []
    assert [each.level for each in of_traces(s, to(collecting.endpoint))] == [Level.OK]
    away = of_traces(s, to(f"http://127.0.0.1:{free_port()}/v1/traces"))
    assert [each.level for each in away] == [Level.WARNING]
    elsewhere = of_traces(s, to(collecting.endpoint.replace("/v1/traces", "/other")))
    assert [each.level for each in elsewhere] == [Level.WARNING]
    monkeypatch.setattr(tracing, "lacks_package", lambda: True)
    missing = of_traces(s, to(collecting.endpoint))
    assert [(each.level, "booking-service[otel]" in each.remedy) for each in missing] == [(Level.PROBLEM, True)]


@pytest.mark.parametrize("wanted", [True, False])
def test_nothing_is_traced_without_the_extra_or_without_a_collector_in_the_settings(
    wanted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tracing, "lacks_package", lambda: wanted)
    settings = Settings(
        base_url="http://localhost:8000",
        data_dir=tmp_path / "own",
        tracing=to("http://127.0.0.1:4318/v1/traces") if wanted else Tracing(),
    )
    with quiet_again(), runtime(settings, traced=True) as rt:
        assert rt.tracer is None
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["do"] for line in lines if line["event"] == "no_traces"] == ([tracing.INSTALL] if wanted else [])


def test_the_packages_of_the_extra_are_found() -> None:
    assert tracing.lacks_package() is False


def test_a_collector_that_never_answers_is_waited_for_once_at_the_end() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=20) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}/v1/traces"
        with closing(otlp.Tracer(to(endpoint, timeout=0.5))) as tracer:
            for _ in range(1600):  # more than three messages
                with begun(tracer, "pull", SpanKind.INTERNAL, {}):
                    pass
        silent.setblocking(False)
        connections = 0
        with suppress(BlockingIOError):
            while True:
                silent.accept()[0].close()
                connections += 1
    assert connections == 1

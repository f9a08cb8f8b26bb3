"""Traces on real parts: `serve` and `worker` as processes of their own, a CalDAV server, a mail server, and a collector that dies."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.flows.programs import service, until
from tests.flows.services import at_service
from tests.flows.setup_files import setup_of_ada
from tests.servers import xandikos
from tests.servers.collector import Collector, Seen, collector

pytestmark = [pytest.mark.server, pytest.mark.extended]

HOLD = "POST /{host}/{meeting}/hold"


def traced_hold(collecting: Collector) -> list[Seen]:
    """The spans of the last hold and of what it led to, once its mail is among them; else none."""
    seen = collecting.spans()
    holds = [each.trace_id for each in seen if each.name == HOLD]
    one = [each for each in seen if holds and each.trace_id == holds[-1]]
    return one if any(each.name == "SMTP" for each in one) else []


def test_page_calendar_worker_and_mail_are_one_trace_and_bookings_outlive_the_collector(tmp_path: Path) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(xandikos(tmp_path / "xandikos"))
        calendar = server.new_calendar()
        setup = setup_of_ada(url=server.url, user=server.user, calendar=calendar)
        dying = stack.enter_context(ExitStack())
        collecting = dying.enter_context(collector(tmp_path))
        settings = {
            "BOOKING_TRACING__ENDPOINT": collecting.endpoint,
            "BOOKING_TRACING__ALLOWED_NETWORKS": "127.0.0.1",
            "BOOKING_TRACING__TIMEOUT": "2 s",
        }
        given = {"setup": setup, "calendars": (calendar,), "settings": settings}
        running = stack.enter_context(service(tmp_path / "data", server, **given))  # type: ignore[arg-type]
        running.start(worker_apart=True)
        place = at_service(running)
        with place.visit() as visit:
            assert visit.book().status == 303
            one = until(lambda: traced_hold(collecting), within_s=30)
            hold = next(each for each in one if each.name == HOLD)
            written = next(each for each in one if each.name == "PUT")
            mail = next(each for each in one if each.name == "effect mail")
            handed_over = next(each for each in one if each.name == "SMTP")
            assert written.parent_id == hold.span_id
            assert written.facts["http.response.status_code"] == 201
            assert "REPORT" in {each.name for each in one}
            assert mail.parent_id == hold.span_id
            assert handed_over.parent_id == mail.span_id
            assert visit.email not in repr(collecting.spans())
            assert server.url not in repr(collecting.spans())

        dying.close()
        with place.visit() as visit:
            assert visit.book(start=visit.times()[1]).status == 303
            until(visit.received)
            place.quiet()
            assert visit.confirm().status == 303
        until(lambda: any("spans_lost" in child.printed for child in running.children))

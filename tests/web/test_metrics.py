"""Figures for Prometheus: who may see them, that they come from the database, and that what is shipped names what exists."""

import contextlib
import json
import os
import platform
import re
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version
from ipaddress import ip_network
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr, ValidationError
from starlette.testclient import TestClient

from booking_service.actions.access import limits
from booking_service.actions.booking import change
from booking_service.actions.calendar.accounts import signing_in
from booking_service.config.settings import Metrics
from booking_service.domain.errors import SlotTaken, TooManyRequests
from booking_service.mail.errors import RecipientRefused
from booking_service.storage import outbox
from booking_service.storage.engine import transaction
from calendars.errors import Precondition, Unavailable
from tests.web.site import BROWSER, Site, browser_of
from tests.world import MONDAY

TOKEN = "0123456789abcdef0123456789abcdef"
_HISTOGRAM = re.compile(r"(?<=_seconds)_(?:bucket|count|sum)$")
DEPLOY = Path(__file__).parents[2] / "deploy"


def measured(s: Site, **metrics: object) -> TestClient:
    """A browser of the same world, seen from a process of its own, where these may see figures."""
    settings = s.w.rt.settings.model_copy(update={"metrics": Metrics.model_construct(**metrics)})
    return browser_of(replace(s.w, rt=replace(s.w.rt, settings=settings)))


def figures(browser: TestClient) -> dict[tuple[str, ...], float]:
    answer = browser.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_nobody_sees_figures_unless_the_settings_say_who(s: Site) -> None:
    token = SecretStr(TOKEN)
    assert s.browser.get("/metrics").status_code == 404
    by_token = measured(s, token=token, networks=())
    assert by_token.get("/metrics").status_code == 404
    assert by_token.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    assert by_token.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}", "Host": "10.0.0.7"}).status_code == 200
    for network, status in (("192.0.2.0/24", 200), ("198.51.100.0/24", 404), ("::/0", 404)):
        settings = s.w.rt.settings.model_copy(
            update={"metrics": Metrics.model_construct(token=None, networks=(ip_network(network),))}
        )
        from_there = TestClient(
            browser_of(replace(s.w, rt=replace(s.w.rt, settings=settings))).app,
            base_url="http://localhost:8000",
            headers=BROWSER,
            client=("192.0.2.7", 4711),
        )
        assert from_there.get("/metrics").status_code == status, network
    with pytest.raises(ValidationError, match="too short a secret"):
        Metrics(token=SecretStr("short"))


def test_gauges_come_from_the_database_and_are_equal_on_every_process(s: Site) -> None:
    one, other = (measured(s, token=SecretStr(TOKEN), networks=()) for _ in range(2))
    s.w.confirm(s.w.hold(start=MONDAY + timedelta(days=2)))
    s.w.hold(start=MONDAY + timedelta(days=1))
    with transaction(s.w.rt.engine) as session:
        claimed = outbox.claim(session, now=s.w.now, kinds=["mail"])
        assert claimed is not None
        outbox.bury(session, claimed, now=s.w.now, error="two recipients")
    s.w.clock.advance(300)
    seen = figures(one)
    expected = {
        ("booking_holds_open",): 1,
        ("booking_decided_last_day", "held"): 1,
        ("booking_decided_last_day", "confirmed"): 1,
        ("booking_decided_last_day", "expired"): 0,
        ("outbox_dead",): 1,
        ("caldav_calendar_age_seconds", "ada/Ada"): 300,
        ("backup_age_seconds",): float("inf"),
        ("booking_build_info", platform.python_version(), version("booking-service")): 1,
    }
    assert {name: seen[name] for name in expected} == expected
    for _ in range(3):
        one.get("/nowhere")
    own = ("http_requests_total", "GET", str(os.getpid()), "404")
    assert figures(one)[own] == 3
    gauges = {name: value for name, value in figures(one).items() if not name[0].startswith("http_")}
    assert gauges == {name: value for name, value in figures(other).items() if not name[0].startswith("http_")}


def test_what_this_process_did_is_counted_and_timed(s: Site) -> None:
    browser = measured(s, token=SecretStr(TOKEN), networks=())
    before = figures(browser)
    _everything_that_is_counted(s)
    browser.get("/ada/intro")
    after = figures(browser)
    own = str(os.getpid())
    grown = {tuple(part for part in name if part != own): count - before.get(name, 0) for name, count in after.items()}
    changes = {name[1:]: count for name, count in grown.items() if name[0] == "booking_transitions_total" and count}
    assert changes == {
        ("none", "held"): 3,
        ("held", "confirmed"): 1,
        ("held", "cancelled"): 1,
        ("held", "expired"): 1,
    }
    assert grown["booking_hold_expired_total",] == 1
    sent = {name[1:]: count for name, count in grown.items() if name[0] == "mail_sent_total" and count}
    assert sent == {(kind, "accepted"): 1 for kind in ("booked", "host-booked", "confirm-booking", "hold-ended")}
    assert grown["booking_overlap_rejected_total",] == 1
    assert grown["ratelimit_rejected_total", "book_per_mailbox_under_attack"] == 1
    assert grown["caldav_conflicts_total", "replace"] == 1
    assert grown["caldav_request_seconds_count", "REPORT", "2xx"] == 1
    assert grown["caldav_request_seconds_count", "PUT", "none"] == 1
    assert grown["booking_confirm_seconds_count",] == 1
    assert (grown["booking_confirm_seconds_bucket", "300.0"], grown["booking_confirm_seconds_bucket", "900.0"]) == (
        0,
        1,
    )
    assert grown["booking_confirm_seconds_sum",] == 600
    assert grown["http_request_seconds_count", "GET", "/{host}/{meeting}", "200"] == 1


def _everything_that_is_counted(s: Site) -> None:
    """A time that is taken, a limit that refuses, a confirmation, a release, a hold that ends, a write that is refused, requests
    with and without an answer: each once."""
    booking = s.w.hold()
    with pytest.raises(SlotTaken):
        s.w.hold()
    s.w.clock.advance(600)
    s.w.calendar.fail_next(Precondition(), on="replace")
    s.w.confirm(booking)
    change.release(s.w.rt, s.w.hold(start=MONDAY + timedelta(days=2)).public_id, now=s.w.now)
    s.w.hold(start=MONDAY + timedelta(days=2))
    s.w.drain()
    s.w.clock.advance(s.w.intro.hold_lifetime.total_seconds() + 1)
    s.w.drain()
    asked = signing_in(s.w.rt.settings, url="https://dav.example/", user="ada", password="demo").watch
    with asked("REPORT") as told:
        told(207)
    with contextlib.suppress(Unavailable), asked("PUT"):
        raise Unavailable
    with transaction(s.w.rt.engine) as session:
        limits.use(s.w.rt, session, "book_per_mailbox_under_attack", "somebody", now=s.w.now)
        with pytest.raises(TooManyRequests):
            limits.use(s.w.rt, session, "book_per_mailbox_under_attack", "somebody", now=s.w.now)


def test_mails_of_a_day_are_counted_by_kind_and_outcome(s: Site) -> None:
    browser = measured(s, token=SecretStr(TOKEN), networks=())
    s.w.confirm(s.w.hold())
    s.w.mails.failing = [RecipientRefused("no such mailbox")]
    s.w.drain()
    counted = {name[1:]: count for name, count in figures(browser).items() if name[0] == "mail_tried_last_day"}
    assert counted == {("booked", "failed"): 1, ("host-booked", "accepted"): 1}
    s.w.clock.advance(25 * 3600)
    assert not [name for name in figures(browser) if name[0] == "mail_tried_last_day"]


def test_alert_rules_and_dashboard_name_figures_that_exist(s: Site) -> None:
    browser = measured(s, token=SecretStr(TOKEN), networks=())
    browser.get("/healthz")
    _everything_that_is_counted(s)
    s.w.drain()
    there = {_HISTOGRAM.sub("", name[0]) for name in figures(browser)}
    rules = (DEPLOY / "prometheus-alerts.yml").read_text()
    panels = json.loads((DEPLOY / "grafana-dashboard.json").read_text())["panels"]
    assert rules.count("- alert: ") == 5
    expressions = [rules, *(target["expr"] for panel in panels for target in panel["targets"])]
    named = {
        _HISTOGRAM.sub("", name)
        for each in expressions
        for name in re.findall(r"\b(?:booking|outbox|caldav|backup|http|mail|ratelimit)_[a-z_]+", each)
    }
    assert named <= there
    assert there - named == set()

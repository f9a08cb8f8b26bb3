"""Figures for Prometheus, for whom the settings name: hosts' names stand in them."""

import hmac
import os
import platform
from collections.abc import Iterator
from ipaddress import ip_network

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.responses import Response

from ...actions.operations.metrics import ServiceFigures, figures
from ...config.settings import Settings
from ...telemetry import process_figures
from ...versions import installed
from ..http import errors
from ..http.request import PageRequest


def show(request: PageRequest) -> Response:
    """GET /metrics. 404 unless the settings say who may see it, and to everybody else."""
    if not _may_see(request):
        return errors.by_status(request, 404)
    registry = CollectorRegistry()
    registry.register(_Collected(request))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _may_see(request: PageRequest) -> bool:
    chosen = request.rt.settings.metrics
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if chosen.token is not None and scheme.lower() == "bearer":
        return hmac.compare_digest(given.strip().encode(), chosen.token.get_secret_value().encode())
    return _comes_from(request.network, request.rt.settings)


def _comes_from(network: str, settings: Settings) -> bool:
    try:
        asking = ip_network(network)
    except ValueError:  # nobody knows where it comes from
        return False
    return any(
        int(each.network_address) <= int(asking.network_address)
        and int(asking.broadcast_address) <= int(each.broadcast_address)
        for each in settings.metrics.networks
        if each.version == asking.version
    )


class _Collected(Collector):
    """Read once for each scrape. Nothing is remembered between two of them but how many requests this process answered."""

    def __init__(self, request: PageRequest) -> None:
        self._figures, self._responses = figures(request.rt, now=request.now), request.rt.responses.counts()

    def collect(self) -> Iterator[Metric]:
        yield from _gauges(self._figures)
        # Of `serve --workers` any process answers a scrape: under one name their counts would seem to fall and rise again.
        process = str(os.getpid())
        answered = CounterMetricFamily(
            "http_requests", "Requests that this process answered", labels=["process", "method", "status"]
        )
        for (method, status), count in self._responses.items():
            answered.add_metric([process, method, str(status)], count)
        yield answered
        yield from _counts(process)
        yield from _times(process)
        build = GaugeMetricFamily("booking_build_info", "What runs", labels=["version", "python"])
        build.add_metric([installed() or "", platform.python_version()], 1)
        yield build


def _counts(process: str) -> Iterator[Metric]:
    for each in process_figures.COUNTS:
        counted = CounterMetricFamily(each.name, each.about, labels=["process", *each.labels])
        for values, count in each.read().items():
            counted.add_metric([process, *values], count)
        yield counted


def _times(process: str) -> Iterator[Metric]:
    for each in process_figures.TIMES:
        bounds = [*map(str, each.bounds), "+Inf"]
        taken = HistogramMetricFamily(each.name, each.about, labels=["process", *each.labels])
        for values, found in each.read().items():
            taken.add_metric([process, *values], [*zip(bounds, found.up_to, strict=True)], found.seconds)
        yield taken


def _gauges(found: ServiceFigures) -> Iterator[Metric]:
    yield GaugeMetricFamily("booking_holds_open", "Holds that wait to be confirmed", found.open_holds)
    decided = GaugeMetricFamily(
        "booking_decided_last_day", "Bookings that came into a state within 24 hours", labels=["state"]
    )
    for state, count in found.decided.items():
        decided.add_metric([state], count)
    yield decided
    mails = GaugeMetricFamily(
        "mail_tried_last_day", "Mails of which the latest try was within 24 hours", labels=["kind", "outcome"]
    )
    for (kind, outcome), count in found.mails.items():
        mails.add_metric([kind, outcome], count)
    yield mails
    yield GaugeMetricFamily("outbox_ready", "Effects that wait to be performed", found.waiting)
    yield GaugeMetricFamily("outbox_oldest_seconds", "By how much the oldest effect is overdue", found.oldest)
    yield GaugeMetricFamily("outbox_unsent", "Mails that wait for the mail server", found.unsent)
    yield GaugeMetricFamily("outbox_dead", "Effects that were given up", found.dead)
    ages = GaugeMetricFamily("caldav_calendar_age_seconds", "Since a calendar was read last", labels=["calendar"])
    for name, age in found.calendar_ages.items():
        ages.add_metric([name], age)
    yield ages
    yield GaugeMetricFamily("backup_age_seconds", "Since the last backup was made", found.backup_age)

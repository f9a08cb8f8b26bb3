"""The service behind nginx and Caddy as deploy/ has them: certificates, headers, who comes from where, a path of another site."""

import json
import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier, Event
from time import monotonic

import httpx2
import pytest

from booking_service.demo.smtp_catcher import Inbox
from tests.flows.programs import Child, Service, child, is_up, loose_settings, service, until
from tests.flows.setup_files import setup_of_ada
from tests.flows.text_browser import BROWSER, Visit
from tests.servers import Server, free_port
from tests.servers.proxies import SHARED, SITE, Proxy, caddy, nginx

pytestmark = [pytest.mark.server, pytest.mark.extended, pytest.mark.timeout(1800)]
STARTED_WITHIN_S = 240.0  # several processes at once on a small machine
MAILS_OF_A_LONG_LOAD = 100_000  # none of which is forgotten before they are counted
PATIENCE_S = 30.0  # of somebody who books, while programs start beside
CUT_OFF = 0  # no status: the connection ended within an answer
LOADED_FOR_S = 60 * float(os.environ.get("BOOKING_LONG", "0.5"))
MAY_CONNECT = 10  # the least that can be set
ONE_LOOK = {"BOOKING_LIMITS__PREFERENCES_PER_NETWORK": "1 per day", "BOOKING_LIMITS__UNKNOWN_LINKS_PER_NETWORK": "off"}


def start(folder: Path, base_url: str, **more: str) -> tuple[Child, int]:
    port = free_port()
    env = loose_settings(folder, port=port, smtp_port=free_port()) | ONE_LOOK | more
    env |= {"BOOKING_BASE_URL": base_url, "BOOKING_TRUSTED_PROXIES": "127.0.0.1"}
    env["BOOKING_CONNECTIONS_PER_NETWORK"] = str(MAY_CONNECT)
    return child(["booking_service", "serve", "--no-worker"], log=folder / "serve.log", env=env), port


@pytest.fixture(scope="module", params=[nginx, caddy], ids=["nginx", "caddy"])
def proxy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """In front of one service with a site of its own, and one below /book of another site."""
    folder = tmp_path_factory.mktemp("proxied")
    with ExitStack() as stack:
        started = [start(folder / "own", f"https://{SITE}"), start(folder / "below", f"https://{SHARED}/book")]
        for serving, _ in started:
            stack.callback(serving.end)
        for _, port in started:
            until(lambda port=port: is_up(f"http://127.0.0.1:{port}"), within_s=STARTED_WITHIN_S)
        (_, own), (_, below) = started
        yield stack.enter_context(request.param(folder / "proxy", site=[own], shared=below))


def test_the_site_is_served_over_tls_with_all_headers_of_ours(proxy: Proxy) -> None:
    with proxy.client() as browser:
        page = browser.get("/preferences")
        assert page.status_code == 200
        assert page.headers["strict-transport-security"].startswith("max-age=")
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert not re.search(r"\d", page.headers.get("server", ""))
        style = re.search(r'href="(/static/[^"]+\.css[^"]*)"', page.text)
        assert style
        assert browser.get(style[1]).headers["content-type"].startswith("text/css")
        refused = browser.post("/admin/consents/import", content=b"x" * 20_000_000)
        assert refused.status_code == 413
        assert "content-security-policy" in refused.headers  # the service's word: the proxy takes files of this size
    plain = httpx2.get(f"http://127.0.0.1:{proxy.http}/ada", headers={"Host": SITE}, trust_env=False)
    assert plain.status_code in (301, 308)
    assert plain.headers["location"].startswith(f"https://{SITE}")


def test_forms_of_the_site_are_taken_and_those_of_others_are_not(proxy: Proxy) -> None:
    with proxy.client(source="127.0.0.9") as browser:
        asked = {"email": "grace@example.org"}
        foreign = browser.post("/preferences", data=asked, headers={"Origin": "https://evil.example"})
        assert foreign.status_code == 403
        own = browser.post("/preferences", data=asked, headers={"Origin": f"https://{SITE}"})
        assert own.status_code in (200, 303)


def test_each_visitor_counts_for_themselves_whatever_they_say_of_their_address(proxy: Proxy) -> None:
    def ask(source: str, said: str) -> int:
        with proxy.client(source=source) as browser:
            headers = {"X-Forwarded-For": said, "X-Real-IP": said, "Origin": f"https://{SITE}"}
            return browser.post("/preferences", data={"email": "ada@example.org"}, headers=headers).status_code

    assert ask("127.0.0.2", "192.0.2.1") in (200, 303)
    assert ask("127.0.0.2", "192.0.2.2") == 429
    assert ask("127.0.0.3", "127.0.0.2") in (200, 303)


def test_many_visitors_come_by_one_proxy_at_a_time(proxy: Proxy) -> None:
    """Its connections are not those of one network, which might have no more than `MAY_CONNECT`."""
    visitors, together = 8 * MAY_CONNECT, Barrier(8 * MAY_CONNECT)

    def look(number: int) -> list[int]:
        with proxy.client(source=f"127.0.1.{number + 1}") as browser:
            together.wait(timeout=120)
            return [browser.get("/preferences", timeout=120).status_code for _ in range(5)]

    with ThreadPoolExecutor(visitors) as pool:
        came_to = Counter(status for statuses in pool.map(look, range(visitors)) for status in statuses)
    assert came_to == {200: 5 * visitors}


def test_below_a_path_of_another_site_every_link_stays_below_it(proxy: Proxy) -> None:
    with proxy.client(SHARED, source="127.0.0.4") as browser:
        page = browser.get("/book/preferences")
        assert page.status_code == 200
        led = re.findall(r'(?:href|src|action)="(/[^"]*)"', page.text)
        assert led
        assert all(each.startswith("/book/") for each in led), led
        assert browser.get("/book/healthz").json() == {"status": "ok"}
        headers = {"Origin": f"https://{SHARED}"}
        assert browser.post("/book/preferences", data={"email": "x@example.org"}, headers=headers).status_code in (
            200,
            303,
        )


class TestSeveralProcesses:
    """3 × `serve --no-worker` and 2 × `worker` on PostgreSQL, of which one after the other is killed."""

    pytestmark = pytest.mark.postgres

    def test_under_load_while_processes_are_killed_nothing_is_lost_or_promised_twice(
        self, tmp_path: Path, xandikos_server: Server, postgres_url: str
    ) -> None:
        calendar = xandikos_server.new_calendar()
        setup = setup_of_ada(url=xandikos_server.url, user=xandikos_server.user, calendar=calendar)
        settings = {"BOOKING_DATABASE_URL": postgres_url, "BOOKING_TRUSTED_PROXIES": "127.0.0.1"}
        ports = [free_port() for _ in range(3)]
        made = service(
            tmp_path / "data",
            xandikos_server,
            setup=setup,
            calendars=(calendar,),
            settings=settings,
            inbox=Inbox(tmp_path / "inbox", most=MAILS_OF_A_LONG_LOAD),
        )
        with made as one, ExitStack() as stack:
            one.env["BOOKING_BASE_URL"] = f"https://{SITE}"
            running = [serving(one, port) for port in ports] + [working(one, n) for n in range(2)]
            stack.callback(lambda: [each.end() for each in running])
            for port in ports:
                until(lambda port=port: offers(port), within_s=STARTED_WITHIN_S)
            proxy = stack.enter_context(nginx(tmp_path / "proxy", site=ports))
            over = Event()
            with ThreadPoolExecutor(3) as pool:
                booking = [pool.submit(book_until, over, one, proxy, seed) for seed in range(3)]
                try:
                    kill_by_turns(one, running, ports)
                finally:
                    over.set()
                came_to = sum((each.result(timeout=120) for each in booking), Counter[int]())
            for each in running:
                each.end()
            until(lambda: quiet_after_work(one), within_s=2 * STARTED_WITHIN_S)
            assert came_to[303] > 3, came_to
            assert set(came_to) <= {303, 409, 422, 429, 503, CUT_OFF}, came_to
            assert one.run("audit").endswith("calendars agree.\n")
            told = {mail["to"] for mail in one.mails()} - {"ada@example.org"}
            assert len(told) >= came_to[303]  # more where a process died between its commit and its answer


def serving(one: Service, port: int) -> Child:
    env = one.env | {"BOOKING_LISTEN": f"127.0.0.1:{port}"}
    return child(["booking_service", "serve", "--no-worker"], log=one.folder / f"serve-{port}.log", env=env)


def working(one: Service, number: int) -> Child:
    return child(["booking_service", "worker"], log=one.folder / f"worker-{number}.log", env=one.env)


def offers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/ada/quick", headers={"Host": SITE}, trust_env=False).is_success
    except httpx2.TransportError:
        return False


def book_until(over: Event, one: Service, proxy: Proxy, seed: int) -> Counter[int]:
    """Book one time after the other, each as somebody else. A process that dies shows as a 503 with its words."""
    came_to, chance = Counter[int](), random.Random(seed)  # noqa: S311 - which time they want
    answered = Counter[int]()
    with proxy.client() as client:
        client.headers.update(BROWSER)
        client.timeout = httpx2.Timeout(PATIENCE_S)
        client.event_hooks["response"] = [lambda answer: answered.update([answer.status_code])]
        while not over.is_set():
            visit = Visit(str(client.base_url), one.mails, client=client)
            try:
                answer = visit.book("quick", start=chance.choice(visit.times("quick")))
            except AssertionError:  # a page that is no form: a process died while it answered
                came_to[503] += 1
                continue
            except httpx2.RemoteProtocolError:  # it died between the head of its answer and the body
                came_to[CUT_OFF] += 1
                continue
            came_to[answer.status] += 1
            assert answer.status != 503 or answer.answer.headers["retry-after"]
    assert {status for status in answered if status >= 500} <= {503}, answered
    return came_to


def kill_by_turns(one: Service, running: list[Child], ports: list[int]) -> None:
    ends, turn = monotonic() + LOADED_FOR_S, 0
    while monotonic() < ends or turn < 2:
        at = (0, 3, 1, 4, 2)[turn % 5]  # a web process, a worker, and so on
        running[at].kill()
        running[at] = serving(one, ports[at]) if at < 3 else working(one, at - 3)
        if at < 3:
            until(lambda at=at: offers(ports[at]), within_s=STARTED_WITHIN_S)
        turn += 1


def quiet_after_work(one: Service) -> bool:
    """Nothing waits any more; what a killed worker had claimed waits until its lease has run out."""
    one.run("worker", "--once")
    return json.loads(one.run("outbox", "list", "--json")) == []

"""The calendar server is away, or slow; the service itself is down over a deadline. Nothing is promised that does not stand."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.flows.dav_reader import Outside
from tests.flows.programs import Service, service, until
from tests.flows.services import quiet
from tests.flows.setup_files import setup_of_ada
from tests.flows.slow_proxy import Between, between
from tests.flows.text_browser import Visit, calendar_parts
from tests.servers import Server, free_port, radicale

pytestmark = pytest.mark.server


@dataclass
class Scene:
    """A service whose calendar server can be stopped (`down`, `up`) and stalled (`proxy`)."""

    running: Service
    proxy: Between
    server: Server
    port: int
    folder: Path
    serving: contextlib.ExitStack

    @property
    def outside(self) -> Outside:
        return Outside(self.server, self.running.calendars)

    def visit(self) -> Visit:
        return Visit(self.running.base_url, self.running.mails)

    def down(self) -> None:
        self.serving.close()

    def up(self) -> None:
        self.serving.enter_context(radicale(self.folder, port=self.port))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder, port = tmp_path_factory.mktemp("outages"), free_port()
    with contextlib.ExitStack() as stack:
        serving = stack.enter_context(contextlib.ExitStack())
        server = serving.enter_context(radicale(folder / "radicale", port=port))
        calendar = server.new_calendar("bookings")
        proxy = stack.enter_context(between(server.url))
        seen = calendar.replace(server.url, proxy.url)
        setup = setup_of_ada(url=proxy.url, user=server.user, calendar=seen)
        running = stack.enter_context(service(folder / "data", server, setup=setup, calendars=(calendar,)))
        running.start()
        yield Scene(running, proxy, server, port, folder / "radicale", serving)


@pytest.fixture
def scene(shared: Scene) -> Scene:
    """Everything runs before a test, whatever the one before it left."""
    shared.proxy.go_on()
    shared.down()
    shared.up()
    until(shared.running.offers, within_s=60)
    return shared


@pytest.mark.promise("I6")
@pytest.mark.extended
def test_a_calendar_that_is_away_refuses_politely_and_leaves_nothing(scene: Scene) -> None:
    """What would come in while the server does not answer: 503 with everything typed, and no trace once it is back."""
    with scene.visit() as visit:
        form = visit.details().form("/hold")
        start = form.fields["start"]
        scene.down()
        refused = visit.submit(form, name=visit.name, email=visit.email, guests="sally@example.org")
        assert refused.status == 503
        assert "Retry-After" in refused.answer.headers
        kept = refused.form("/hold").fields
        assert (kept["name"], kept["email"], kept["guests"]) == (visit.name, visit.email, "sally@example.org")
        assert kept["start"] == start
        scene.up()
        quiet(scene.running)
        assert scene.outside.at(start) == []
        assert visit.received() == []
        until(lambda: visit.offers(start))
        assert visit.submit(refused.form("/hold")).status == 303
        assert [each.status for each in scene.outside.at(start)] == ["TENTATIVE"]


@pytest.mark.promise("I2")
def test_a_calendar_that_stalls_is_waited_for_on_a_page_that_turns_by_itself(scene: Scene) -> None:
    with scene.visit() as visit:
        form = visit.details().form("/hold")
        scene.proxy.stall()
        asked = time.monotonic()
        answer = visit.submit(form, name=visit.name, email=visit.email)
        took = time.monotonic() - asked
        assert answer.status == 303
        assert took < 4.0, "the browser waits about 2 s for a calendar; the rest is for a busy machine"
        waiting = visit.follow(answer)
        state = f"{waiting.url.partition('?')[0]}/state.json"
        assert visit.client.get(state).json()["state"] == "writing"
        assert visit.received() == []
        scene.proxy.go_on()
        until(lambda: visit.client.get(state).json()["state"] == "waiting", within_s=60)
        until(visit.received)
        quiet(scene.running)
        assert [mail["subject"].partition(":")[0] for mail in visit.received()] == ["Please confirm"]
        assert [each.status for each in scene.outside.at(form.fields["start"])] == ["TENTATIVE"]


@pytest.mark.promise("I2")
def test_a_confirmation_is_kept_although_the_calendar_is_away(scene: Scene) -> None:
    with scene.visit() as visit:
        form = visit.details().form("/hold")
        visit.submit(form, name=visit.name, email=visit.email)
        quiet(scene.running)
        link = visit.link("c")
        scene.down()
        page = visit.get(link)
        confirmed = visit.follow(visit.submit(page.form(link.rpartition("/c/")[2])))
        assert confirmed.status == 200
        scene.up()
        start = form.fields["start"]
        until(lambda: [each.status for each in scene.outside.at(start)] == ["CONFIRMED"], within_s=60)
        until(lambda: any(calendar_parts(mail) for mail in visit.received()), within_s=60)
        quiet(scene.running)
        assert len([mail for mail in visit.received() if calendar_parts(mail)]) == 1


@pytest.mark.promise("I3")
@pytest.mark.capability("1.5")
@pytest.mark.extended
def test_a_deadline_that_came_while_the_service_was_down(scene: Scene) -> None:
    with scene.visit() as visit:
        form = visit.details().form("/hold")
        start = form.fields["start"]
        visit.submit(form, name=visit.name, email=visit.email)
        quiet(scene.running)
        link = visit.link("c")
        scene.running.pass_time(3700)
        assert visit.get(link).status == 410
        assert visit.offers(start)
        until(lambda: scene.outside.at(start) == [])
        until(lambda: len(visit.received()) > 1)  # some seconds after the calendar
        quiet(scene.running)
        assert [mail["subject"].partition(":")[0] for mail in visit.received()] == [
            "Please confirm",
            "Your hold has ended",
        ]


@pytest.mark.promise("I3")
@pytest.mark.extended
def test_a_deadline_that_came_while_the_calendar_was_away(scene: Scene) -> None:
    with scene.visit() as visit:
        form = visit.details().form("/hold")
        start = form.fields["start"]
        visit.submit(form, name=visit.name, email=visit.email)
        quiet(scene.running)
        link = visit.link("c")
        scene.running.stop()
        scene.down()
        scene.running.ahead_s += 3700
        scene.running.start(ready=False)
        assert visit.get(link).status == 410
        scene.up()
        until(lambda: scene.outside.at(start) == [], within_s=60)

"""I12, from outside: a running service is killed with SIGKILL in the middle of a request to the calendar or of a mail, and
the next start heals without a person."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import httpx2
import pytest

from booking_service.demo.smtp_catcher import CaughtMail, Inbox
from tests.flows.dav_reader import Outside
from tests.flows.extended import in_extended
from tests.flows.programs import Service, service, until
from tests.flows.services import quiet
from tests.flows.setup_files import setup_of_ada
from tests.flows.slow_proxy import Between, between
from tests.flows.text_browser import Visit, calendar_parts
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.promise("I12")]
LEASES_ARE_OVER_S = 200  # longer than any lease: what the dead process had claimed is free again
HOUR_S = 3700


@dataclass
class Killer:
    """Waits for a moment, and kills there: at a calendar's request, or when a mail has come in."""

    moment: tuple[str, str] | None = None
    kill: Callable[[], None] = lambda: None
    struck: Event = field(default_factory=Event)

    def strike_at(self, moment: tuple[str, str], kill: Callable[[], None]) -> None:
        self.struck.clear()
        self.moment, self.kill = moment, kill

    def request(self, stage: str, method: str, _path: str) -> None:
        self._passed((stage, method))

    def mail(self, mail: CaughtMail) -> None:
        """Kept, and the sender does not know yet."""
        self._passed(("after", "MAIL"))

    def _passed(self, moment: tuple[str, str]) -> None:
        if moment == self.moment:
            self.moment = None
            self.kill()
            self.struck.set()


@dataclass
class Scene:
    running: Service
    killer: Killer
    proxy: Between

    @property
    def outside(self) -> Outside:
        return Outside(self.running.server, self.running.calendars)

    def heal(self, *, later_s: float = LEASES_ARE_OVER_S) -> None:
        """Start again, once what the dead process held is free."""
        assert self.killer.struck.wait(timeout=60), "it was never killed"
        self.running.ahead_s += later_s
        self.running.start()
        quiet(self.running)

    def in_step(self) -> None:
        """What an auditor checks: each booking that lives has its one event as it should be, and nothing else stands."""
        quiet(self.running)
        until(lambda: self._standing() == self._wanted() or not self._due(), within_s=60)
        assert self._standing() == self._wanted()

    def _standing(self) -> dict[str, tuple[str, datetime]]:
        bookings = self.outside.bookings()
        found = {each.uid: (each.status, each.start) for each in bookings}
        assert len(found) == len(bookings), "one UID stands twice"
        return found

    def _wanted(self) -> dict[str, tuple[str, datetime]]:
        rows = self._asked(
            "SELECT r.uid, b.state, b.starts_at, b.hold_until FROM booking b JOIN reservation r ON r.booking_id = b.id"
        )
        now = datetime.now(UTC) + timedelta(seconds=self.running.ahead_s)
        status = {"held": "TENTATIVE", "confirmed": "CONFIRMED"}
        return {
            uid: (status[state], instant(starts_at))
            for uid, state, starts_at, hold_until in rows
            if state in status and (state == "confirmed" or instant(hold_until) > now)
        }

    def _due(self) -> bool:
        return bool(self._asked("SELECT 1 FROM outbox WHERE done_at IS NULL AND dead_at IS NULL"))

    def _asked(self, question: str) -> list[tuple[str, ...]]:
        database = Path(self.running.env["BOOKING_DATA_DIR"]) / "booking.db"
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as connection:
            return connection.execute(question).fetchall()


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, radicale_server: Server) -> Iterator[Scene]:
    folder, calendar, killer = tmp_path_factory.mktemp("kills"), radicale_server.new_calendar(), Killer()
    with ExitStack() as stack:
        proxy = stack.enter_context(between(radicale_server.url))
        proxy.watch = killer.request
        seen = calendar.replace(radicale_server.url, proxy.url)
        setup = setup_of_ada(url=proxy.url, user=radicale_server.user, calendar=seen)
        inbox = Inbox(folder / "mails", announce=killer.mail)
        running = stack.enter_context(
            service(folder / "data", radicale_server, setup=setup, calendars=(calendar,), inbox=inbox)
        )
        running.start()
        yield Scene(running, killer, proxy)


@pytest.fixture
def visit(scene: Scene) -> Iterator[Visit]:
    with Visit(scene.running.base_url, scene.running.mails) as made:
        yield made


def cut_off(press: object) -> None:
    """Press a button whose answer never comes."""
    assert callable(press)
    with pytest.raises(httpx2.TransportError):
        press()


@pytest.mark.parametrize(
    "moment", in_extended(("after", "PUT"), ("before", "PUT"), ("before", "REPORT"), ("after", "REPORT"))
)
def test_killed_while_it_holds(scene: Scene, visit: Visit, moment: tuple[str, str]) -> None:
    form = visit.details().form("/hold")
    scene.killer.strike_at(moment, scene.running.kill)
    cut_off(lambda: visit.submit(form, name=visit.name, email=visit.email))
    scene.heal()
    scene.in_step()
    told = visit.received()
    assert [standing.status for standing in scene.outside.at(form.fields["start"])] == ["TENTATIVE"] * len(told)
    if told:
        assert visit.follow(visit.confirm()).title.startswith("Booked")
    else:
        assert visit.offers(form.fields["start"]), "nobody was told, so nobody keeps others out"
    scene.in_step()


def test_killed_after_the_mail_has_gone_and_before_it_knows(scene: Scene, visit: Visit) -> None:
    """The mail goes again, and any mailbox sees that it is the same one."""
    form = visit.details().form("/hold")
    scene.killer.strike_at(("after", "MAIL"), scene.running.kill)
    visit.submit(form, name=visit.name, email=visit.email)
    scene.heal()
    scene.in_step()
    assert len({mail["headers"]["Message-ID"] for mail in visit.received()}) == 1
    assert len({tuple(mail["links"]) for mail in visit.received()}) == 1
    assert visit.follow(visit.confirm()).title.startswith("Booked")
    scene.in_step()


@pytest.mark.parametrize("moment", in_extended(("before", "PUT"), ("after", "PUT"), ("after", "MAIL")))
def test_killed_while_it_confirms(scene: Scene, visit: Visit, moment: tuple[str, str]) -> None:
    """The decision was on disk before the calendar was asked: it stands, and the invitation goes out once."""
    start = visit.times()[0]
    visit.book(start=start)
    quiet(scene.running)
    page, token = visit.get(visit.link("c")), visit.link("c").rpartition("/")[2]
    scene.killer.strike_at(moment, scene.running.kill)
    if moment == ("after", "MAIL"):
        visit.submit(page.form(token))
    else:
        cut_off(lambda: visit.submit(page.form(token)))
    scene.heal()
    until(lambda: [each.status for each in scene.outside.at(start)] == ["CONFIRMED"])
    scene.in_step()
    until(lambda: any(calendar_parts(mail) for mail in visit.received()))
    invitations = [mail for mail in visit.received() if calendar_parts(mail)]
    assert len({mail["headers"]["Message-ID"] for mail in invitations}) == 1
    assert visit.get(visit.link("c")).title.startswith("Booked")


@pytest.mark.parametrize("moment", in_extended(("after", "DELETE"), ("before", "DELETE"), ("after", "MAIL")))
def test_killed_while_a_hold_ends(scene: Scene, visit: Visit, moment: tuple[str, str]) -> None:
    start = visit.times()[0]
    visit.book(start=start)
    quiet(scene.running)
    link = visit.link("c")
    scene.running.stop()
    scene.running.ahead_s += HOUR_S
    scene.killer.strike_at(moment, scene.running.kill)
    scene.running.launch()
    scene.heal()
    until(lambda: scene.outside.at(start) == [])
    scene.in_step()
    assert visit.get(link).status == 410
    assert visit.offers(start)
    ended = [mail for mail in visit.received() if mail["subject"].startswith("Your hold has ended")]
    assert len({mail["headers"]["Message-ID"] for mail in ended}) == 1


@pytest.mark.extended
def test_killed_while_it_moves(scene: Scene, visit: Visit) -> None:
    start, other = visit.times("quick")[0], visit.times("quick")[4]
    visit.book("quick", start=start)
    quiet(scene.running)
    page = visit.get(visit.link("m") + "/move")
    scene.killer.strike_at(("after", "PUT"), scene.running.kill)
    cut_off(lambda: visit.submit(page.form("/move", method="post"), start=other))
    scene.heal()
    scene.in_step()
    assert [each.status for each in (*scene.outside.at(start), *scene.outside.at(other))] == ["CONFIRMED"]


@pytest.mark.extended
def test_a_worker_that_is_killed_is_replaced_by_any_other(scene: Scene, visit: Visit) -> None:
    """The pages go on answering meanwhile; the mail that the dead one had in hand is not lost."""
    scene.running.stop()
    scene.running.start(worker_apart=True)
    scene.killer.strike_at(("after", "MAIL"), lambda: scene.running.children.pop().kill())
    start = visit.times()[0]
    visit.book(start=start)
    assert scene.killer.struck.wait(timeout=60)
    assert visit.get("/ada/intro").status == 200
    scene.running.ahead_s += LEASES_ARE_OVER_S
    scene.running.launch_worker()
    until(lambda: len(visit.received()) > 1)
    assert len({mail["headers"]["Message-ID"] for mail in visit.received()}) == 1
    assert visit.follow(visit.confirm()).title.startswith("Booked")
    scene.in_step()

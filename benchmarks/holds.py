"""What a hold and its confirmation cost beside bare requests to the same calendar server (P6, P15), how many requests a
booking's life takes (P10), and what holds when many come at once (P7, P8, P9, P11: benchmarks/crowds.py).

A real calendar server (`--server`) with a calendar to write to and one more to look at; the whole application over a kept connection, its
worker running beside it as in `serve`. Counted from the POST to the last byte of the page that its redirect leads to.
"""

import http.client
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from benchmarks import crowds, servers
from benchmarks.measure import Goal, Report, arguments, in_turn
from benchmarks.pages import answering
from booking_service.actions.calendar.pull import pull
from booking_service.crypto.tokens import LinkPurpose
from booking_service.mail.message import assemble
from booking_service.storage import bookings, calendars
from booking_service.storage.engine import snapshot, transaction
from booking_service.worker import Worker
from calendars.dav.client import Connection
from calendars.port import Calendar
from tests.mail.examples import cases
from tests.servers.server import Server
from tests.world import World, world

ROUNDS = 40
_FIRST = datetime(2030, 1, 8, 8, 0, tzinfo=UTC)
_ZONE = ZoneInfo("Europe/Berlin")
_EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Bare//EN
BEGIN:VEVENT
UID:{uid}
DTSTAMP:20300101T000000Z
DTSTART:{start:%Y%m%dT%H%M%SZ}
DURATION:PT30M
SUMMARY:Bare
END:VEVENT
END:VCALENDAR
"""
_SYNC = """<?xml version="1.0"?><sync-collection xmlns="DAV:"><sync-token>{token}</sync-token><sync-level>1</sync-level>
<prop><getetag/></prop></sync-collection>"""
_TOKEN = re.compile(r"sync-token>([^<]*)</")


def main(argv: list[str]) -> int:
    parser = arguments("holds")
    servers.add_option(parser)
    told = parser.parse_args(argv)
    if missing := servers.wanting(told.server):
        parser.error(missing)
    report = Report("holds", remarks=[f"Measured against {told.server}."])
    with servers.served(told.server) as server:
        with tempfile.TemporaryDirectory() as name, _bench(Path(name), server) as bench:
            _life(report, bench)
            worker = Worker(bench.w.rt)
            worker.start()
            try:
                _multiples(report, bench, server)
            finally:
                worker.stop()
        crowds.measure(report, server)
    return report.conclude(told.json)


def half_hours() -> Iterator[datetime]:
    """Times that the host offers, none twice; several threads may take from them at once, as from no generator."""
    return filter(lambda start: start.weekday() < 5, map(_half_hour, count()))


def _half_hour(number: int) -> datetime:
    """From nine to five on the host's clock, also behind the change to summer time."""
    day, at = divmod(number, 16)
    opens = _FIRST.astimezone(_ZONE) + timedelta(days=day)
    return opens.astimezone(UTC) + timedelta(minutes=30 * at)


class Counted:
    """A calendar that counts what is asked of it."""

    def __init__(self, inner: Calendar, requests: Counter[str]) -> None:
        self._inner, self._requests = inner, requests

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if not callable(method):
            return method

        def asked(*args: Any, **named: Any) -> Any:
            self._requests[name] += 1
            return method(*args, **named)

        return asked


class Bench:
    """The application over a real calendar server, asked as a browser asks."""

    def __init__(
        self, w: World, connection: http.client.HTTPConnection, requests: Counter[str], starts: Iterator[datetime]
    ) -> None:
        self.w, self.requests = w, requests
        self._connection = connection
        self._starts = starts
        self._held: list[str] = []
        self._links: list[str] = []

    def hold(self) -> None:
        """POST …/hold and the page that it leads to."""
        start = next(self._starts)
        form = {"start": f"{start:%Y-%m-%dT%H:%M:%SZ}", "zone": "Europe/Berlin", "form_key": uuid4().hex}
        who = {"name": "Grace Hopper", "email": f"{uuid4().hex[:12]}@example.net", "answer-topic": "The compiler"}
        self._held.append(self._posted("/ada/intro/hold", form | who))

    def open_mail(self) -> None:
        """Find the link that confirms what was held before, as its mail has it. No part of what is measured."""
        with snapshot(self.w.rt.engine) as session:
            made = bookings.by_public_id(session, urlsplit(self._held.pop(0)).path.removeprefix("/b/"))
        assert made is not None
        self._links.append(f"/c/{self.w.token(made, LinkPurpose.CONFIRM)}")

    def confirm(self) -> None:
        """POST /c/… of a booking whose mail was opened before, and the page that it leads to."""
        self._posted(self._links.pop(0), {})

    def _posted(self, path: str, form: dict[str, str]) -> str:
        headers = {"Host": "localhost:8000", "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        self._connection.request("POST", path, urlencode(form), headers | kind)
        answer = self._connection.getresponse()
        answer.read()
        assert answer.status == 303, answer.status
        location = str(answer.headers["Location"])
        self._connection.request("GET", location, headers=headers)
        shown = self._connection.getresponse()
        shown.read()
        assert shown.status == 200, shown.status
        return location


@contextmanager
def _bench(folder: Path, server: Server) -> Iterator[Bench]:
    """Ada's calendar on the server, and one more that is looked at."""
    requests: Counter[str] = Counter()
    urls = [server.new_calendar("work"), server.new_calendar("private")]
    with closing(Connection(server.account)) as connection:

        def opened(_account: calendars.Account, url: str) -> Calendar:
            return Counted(connection.calendar(url), requests)  # type: ignore[return-value]

        data = folder / "data"
        data.mkdir()
        with world(data, open_calendar=lambda account, _: opened(account, urls[0])) as w:
            _connect(w, urls)
            rt = replace(w.rt, open_calendar=opened)
            w = replace(w, rt=rt)
            for each in _calendars(w):
                pull(rt, each)
            with answering(w) as port, closing(http.client.HTTPConnection("127.0.0.1", port)) as browser:
                yield Bench(w, browser, requests, half_hours())


def _connect(w: World, urls: list[str]) -> None:
    with transaction(w.rt.engine) as session:
        target = calendars.get(session, w.calendar_id)
        calendars.save(session, replace(target, url=urls[0]), pull_at=w.now)
        other = replace(target, id=UUID(int=6), url=urls[1], name="Private", target=False)
        calendars.save(session, other, pull_at=w.now)


def _calendars(w: World) -> list[UUID]:
    with snapshot(w.rt.engine) as session:
        return [each.id for each in calendars.of_host(session, w.host.id)]


def _life(report: Report, bench: Bench) -> None:
    """P10: exact numbers, with no worker beside that pulls."""
    held = _counted(bench, bench.hold)
    bench.open_mail()
    confirmed = _counted(bench, bench.confirm)
    report.goals += [
        Goal("P10 writes of a hold", held["create"], goal=1, moonshot=1),
        Goal("P10 looks of a hold, 2 calendars", held.total() - held["create"], goal=2, moonshot=2),
        Goal("P10 requests of a confirmation", confirmed.total(), goal=1, moonshot=1),
    ]
    report.remarks.append(f"A hold asks {dict(held)}, a confirmation {dict(confirmed)}.")


def _counted(bench: Bench, act: Callable[[], object]) -> Counter[str]:
    before = bench.requests.copy()
    act()
    return bench.requests - before


def _multiples(report: Report, bench: Bench, server: Server) -> None:
    bare = Bare(server)
    costs = in_turn(
        {
            "bare PUT and two syncs": bare.put_and_look,
            "hold, with the page it leads to": bench.hold,
            "the link in its mail": bench.open_mail,
            "bare PUT": bare.put,
            "confirmation, with the page it leads to": bench.confirm,
        },
        rounds=ROUNDS,
    )
    report.microseconds |= costs
    report.goals += [
        Goal(
            "P6 hold / bare PUT and two syncs",
            costs["hold, with the page it leads to"] / costs["bare PUT and two syncs"],
            goal=2.5,
            moonshot=1.5,
        ),
        Goal(
            "P15 confirmation / bare PUT",
            costs["confirmation, with the page it leads to"] / costs["bare PUT"],
            goal=3,
            moonshot=1.5,
        ),
    ]
    _mails(report)


class Bare:
    """The requests alone, in calendars of the same size, on the connections that the server leaves open."""

    def __init__(self, server: Server) -> None:
        self._client = servers.BareClient(server)
        self._paths = [urlsplit(server.new_calendar(name)).path for name in ("bare", "bare-other")]
        self._tokens = [self._sync(path, "") for path in self._paths]
        self._minutes = count(0, 30)

    def put(self) -> None:
        uid, start = uuid4().hex, _FIRST + timedelta(minutes=next(self._minutes))
        body = _EVENT.format(uid=uid, start=start).replace("\n", "\r\n")
        self._asked(
            "PUT", f"{self._paths[0]}{uid}.ics", body, 201, {"Content-Type": "text/calendar", "If-None-Match": "*"}
        )

    def put_and_look(self) -> None:
        self.put()
        self._tokens = [self._sync(path, token) for path, token in zip(self._paths, self._tokens, strict=True)]

    def _sync(self, path: str, token: str) -> str:
        told = {"Content-Type": "application/xml", "Depth": "0"}
        answer = self._asked("REPORT", path, _SYNC.format(token=token), 207, told)
        return _TOKEN.findall(answer)[-1]

    def _asked(self, method: str, path: str, body: str, status: int, headers: dict[str, str]) -> str:
        found, text = self._client.ask(method, path, body, headers)
        assert found == status, (found, text)
        return text


def _mails(report: Report) -> None:
    """The mail that confirms, from facts to bytes, against a plain one that is handed the same text, page and file."""
    case = next(each for each in cases() if each.name.startswith("booked") and each.composed().calendar is not None)
    made = case.composed()
    assert made.calendar is not None
    text, html, file = made.text, made.html, made.calendar.body

    def plain() -> bytes:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "booking@example.org", "grace@example.org", "Booked"
        message.set_content(text)
        message.add_alternative(html, subtype="html")
        message.add_attachment(file, maintype="text", subtype="calendar", filename="invite.ics")
        return message.as_bytes()

    costs = in_turn({"plain mail": plain, "mail with .ics": lambda: assemble(case.composed()).as_bytes()})
    report.microseconds |= costs
    report.goals.append(
        Goal("P15 mail with .ics / plain mail", costs["mail with .ics"] / costs["plain mail"], goal=1.8, moonshot=1.3)
    )

"""A process over the database of a site that is killed by SIGKILL: before the chosen one of its statements, before it commits,
or before or after it hands over a mail. It presses one button, or does what a worker has to do."""

import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import event
from starlette.testclient import TestClient

from booking_service.actions.consent.seal import seal_due
from booking_service.config.settings import Settings
from booking_service.crypto import keys
from booking_service.mail.message import OutgoingMail
from booking_service.mail.transport import Delivered
from booking_service.pools import HostPools
from booking_service.runtime import Runtime
from booking_service.storage.engine import open_engine
from booking_service.web.app import application
from booking_service.worker import perform_one
from calendars.memory import MemoryCalendar
from tests.web.site import BASE_URL, BROWSER, Site
from tests.world import SECRET, StillClock

_forked = get_context("forkserver")
_forked.set_forkserver_preload([__name__])  # so that each process is there at once


@dataclass(frozen=True, slots=True)
class Button:
    """A form as its browser sends it."""

    path: str
    form: Mapping[str, str]
    cookies: Mapping[str, str]

    def __call__(self, rt: Runtime) -> None:
        browser = TestClient(application(rt), base_url=BASE_URL, headers=BROWSER, cookies=dict(self.cookies))
        answered = browser.post(self.path, data=dict(self.form), follow_redirects=False)
        assert answered.status_code < 400, answered.text


def work(rt: Runtime) -> None:
    while perform_one(rt):
        pass
    seal_due(rt, now=rt.clock.now())


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A transport that notes each mail in a file, as its receiver's server would."""

    file: Path
    step: Callable[[], None]

    def send(self, mail: OutgoingMail) -> Delivered:
        self.step()
        with self.file.open("a") as lines:
            lines.write(f"{mail.message_id} {mail.subject}\n")
        self.step()
        return Delivered("250 noted")


def killed(s: Site, act: Callable[[Runtime], None], *, at: int, mails: Path) -> bool:
    """Whether a process that does this was killed at its step of this number. False: it has fewer, and is through."""
    url = s.w.rt.engine.url.render_as_string(hide_password=False)
    process = _forked.Process(target=_until_killed, args=(s.w.rt.settings, url, s.w.now, act, at, mails))
    process.start()
    process.join(120)
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode != 0


def _until_killed(
    settings: Settings, url: str, now: datetime, act: Callable[[Runtime], None], at: int, mails: Path
) -> None:
    engine, calendar, left = open_engine(url), MemoryCalendar(), iter(range(at - 1, -1, -1))

    def step(*_: object) -> None:
        if next(left, None) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    for each in ("before_cursor_execute", "commit"):
        event.listen(engine, each, step)
    rt = Runtime(
        engine=engine,
        clock=StillClock(now),
        ring=keys.ring_of(SECRET, source="test"),
        settings=settings,
        transport=OnDisk(mails, step),
        open_calendar=lambda _account, _url: calendar,
        pools=HostPools(),
    )
    act(rt)
    os._exit(0)  # its threads need not be waited for

"""A walk through every public page in each of its states, over the small world, where time stands still.

Only addresses, forms and mailed links are used, as an invitee or a host has them; `Site` brings about what lies outside.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from booking_service.domain.meeting import Approval, HoldPolicy
from calendars.errors import Unavailable
from calendars.model import Period
from tests.web.site import TUESDAY_9, Site, browser_of, limited, site

TUESDAY_11 = "2030-01-08T10:00:00Z"
WEDNESDAY_9 = "2030-01-09T08:00:00Z"
DETAILS = f"/ada/intro/details?start={TUESDAY_9}&zone=Europe/Berlin"
Shown = Iterator[tuple[str, Any]]


@dataclass(frozen=True)
class Visitor:
    """Who walks: the site, their browser, and the language they and the host read."""

    s: Site
    browser: TestClient
    language: str

    def get(self, address: str) -> Any:
        return self.browser.get(address)

    def post(self, address: str, **fields: str) -> Any:
        return self.browser.post(address, data=fields)

    def hold(self, path: str = "/ada/intro", **changes: str) -> str:
        """Hold a time through the form. Returns the waiting page's address."""
        answer = self.post(f"{path}/hold", **self.s.form(lang=self.language, **changes))
        assert answer.status_code == 303, answer.text
        self.s.w.drain()
        return str(answer.headers["location"])

    def booked(self, **changes: str) -> str:
        waiting = self.hold(**changes)
        assert self.post(self.link("c")).status_code == 303
        self.s.w.drain()
        return waiting

    def link(self, kind: str) -> str:
        """The newest mailed link of a kind."""
        words = [word for mail in self.s.w.mails.sent[::-1] for word in mail.text.split() if f"/{kind}/" in word]
        return words[0][words[0].index(f"/{kind}/") :]

    def uid(self) -> str:
        return str(self.s.w.calendar.events()[-1].uid)


def _public(v: Visitor) -> Shown:
    for name, address in (
        ("hosts", "/"),
        ("host", "/ada"),
        ("pick", "/ada/intro"),
        ("pick-day", "/ada/intro?day=2030-01-08"),
        ("pick-nothing-free", "/ada/intro?day=2030-01-06"),
        ("pick-zone", "/ada/intro?day=2030-01-08&zone=Asia/Tokyo"),
        ("details", DETAILS),
        ("details-without-doi", DETAILS.replace("intro", "quick")),
        ("privacy", "/privacy"),
        ("imprint", "/imprint"),
        ("accessibility", "/accessibility"),
        ("no-page", "/nowhere/at/all"),
        ("no-host", "/nobody"),
        ("no-meeting", "/ada/nothing"),
        ("no-link", f"/c/{'a' * 43}"),
        ("no-time", "/ada/intro/details"),
        ("off-grid", "/ada/intro/details?start=2030-01-08T08:00:01Z"),
        ("past", "/ada/intro/details?start=2030-01-07T07:30:00Z"),
        ("too-far", "/ada/intro/details?start=2035-01-08T08:00:00Z"),
        ("slots.json", "/api/v1/slots?host=ada&meeting=intro&from=2030-01-08&to=2030-01-09"),
        ("host.json", "/api/v1/hosts/ada"),
        ("meeting-type.json", "/api/v1/meeting-types/ada/intro"),
    ):
        yield name, v.get(address)
    form = v.s.form(lang=v.language)
    yield "details-refused", v.post("/ada/intro/hold", **form | {"name": " ", "email": "grace@"})
    yield "wrong-method", v.post("/privacy")
    yield "cross-site", v.browser.post("/ada/intro/hold", data=form, headers={"Sec-Fetch-Site": "cross-site"})


def _signed_in(v: Visitor) -> Shown:
    yield "sign-in", v.get("/host/sign-in")
    yield "sign-in-asked-for", v.get("/host")
    yield "sign-in-refused", v.post("/host/sign-in", email="ada@")
    sent = v.post("/host/sign-in", email="ada@example.org").headers["location"]
    yield "sign-in-sent", v.get(sent)
    yield "sign-in-wrong-code", v.post(sent, code="x")
    v.s.w.drain()
    link = v.link("sign-in")
    yield "sign-in-confirm", v.get(f"/host{link}")
    yield "sign-in-pressed", v.post(f"/host{link}")
    yield "sign-in-over", v.get(f"/host{link}")
    yield "today-nothing", v.get("/host")
    v.hold()
    v.booked(start=WEDNESDAY_9, form_key="z" * 22, email="alan@example.net", name="Alan Turing", guests="x@example.net")
    yield "today", v.get("/host")
    yield from _bookings_of_a_host(v)
    v.s.w.calendar.fail_next(Unavailable("no answer"), times=50)
    v.s.w.drain()
    yield "today-calendar-away", v.get("/host")
    yield "profile", v.get("/host/profile")
    yield "sign-out", v.post("/host/sign-out")


def _bookings_of_a_host(v: Visitor) -> Shown:
    listed = v.get("/host/bookings")
    yield "bookings", listed
    yield "bookings-none", v.get("/host/bookings?state=cancelled&q=turng")
    booked, held = re.findall(r"/host/bookings/[0-9a-f-]{36}", listed.text)[::-1]
    yield "booking-held", v.get(held)
    yield "booking-booked", v.get(booked)
    yield "booking-wrong-address", v.post(f"{held}/address", email="grace@")
    yield "booking-release", v.get(f"{held}/cancel")
    yield "booking-changed-meanwhile", v.post(f"{booked}/cancel", state="held")


def _waiting(v: Visitor) -> Shown:
    waiting = v.hold()
    base, confirm, not_me = waiting.partition("?")[0], v.link("c"), v.link("x")
    yield "waiting", v.get(waiting)
    yield "waiting-state.json", v.get(f"{base}/state.json")
    yield "waiting-wrong-code", v.post(f"{base}/code", code="000000")
    yield "waiting-wrong-address", v.post(f"{base}/address", email="nothing")
    yield "waiting-move", v.get(f"{base}/move")
    yield (
        "details-taken",
        v.post("/ada/intro/hold", **v.s.form(lang=v.language, form_key="o" * 22, email="o@example.net")),
    )
    yield "confirm", v.get(confirm)
    yield "not-me", v.get(not_me)
    yield "hold-moved", v.get(v.post(f"{base}/move", start=TUESDAY_11).headers["location"])
    v.s.w.pass_time(minutes=5)
    yield "waiting-resent", v.get(v.post(f"{base}/resend").headers["location"])
    yield "waiting-corrected", v.get(v.post(f"{base}/address", email="hopper@example.net").headers["location"])
    v.s.w.drain()
    yield "not-me-corrected", v.get(not_me)
    yield "not-me-done", v.get(v.post(v.link("x"), block="yes").headers["location"])
    yield "released", v.get(base)


def _booked(v: Visitor) -> Shown:
    base = v.booked(guests="alan@example.net").partition("?")[0]
    manage, guest = v.link("m"), v.link("g")
    yield "booked", v.get(base)
    yield "booked-by-link", v.get(v.link("c"))
    yield "booked.ics", v.get(f"{base}/invite.ics")
    yield "manage", v.get(manage)
    yield "move", v.get(f"{manage}/move")
    yield "move-day", v.get(f"{manage}/move?day=2030-01-09")
    yield "cancel", v.get(f"{manage}/cancel")
    yield "cancel-reason-too-long", v.post(f"{manage}/cancel", reason="x" * 501)
    yield "moved", v.get(v.post(f"{manage}/move", start=WEDNESDAY_9).headers["location"])
    v.s.w.drain()
    yield "guest", v.get(guest)
    v.post(guest)
    yield "guest-declined", v.get(guest)
    yield "guest-comes", v.get(v.post(f"{guest}/come").headers["location"])
    v.s.w.drain()
    v.post(guest)
    yield "not-me-of-booked", v.get(v.link("x"))
    v.s.w.drain()
    v.s.w.pass_time(hours=25)
    stop = v.link("s")
    yield "stop-reminders", v.get(stop)
    v.post(stop)
    yield "reminders-stopped", v.get(stop)
    v.post(f"{manage}/cancel", reason="Ill")
    v.s.w.drain()
    yield "cancelled", v.get(manage)
    yield "cancelled-on-waiting-page", v.get(base)


def _ended(v: Visitor) -> Shown:
    base = v.hold().partition("?")[0]
    confirm = v.link("c")
    v.s.w.pass_time(hours=2)
    yield "ended", v.get(confirm)
    yield "ended-on-waiting-page", v.get(base)
    again = v.post(f"{confirm}/again")
    yield "taken-again", v.get(again.headers["location"])
    yield "ended-then-taken-again", v.get(confirm)


def _host_moved_and_lost(v: Visitor) -> Shown:
    base = v.booked().partition("?")[0]
    event = v.s.w.calendar.events()[-1]
    later = timedelta(hours=2)
    v.s.w.calendar.host_moves(event.uid, Period(event.time.start + later, event.time.end + later))
    v.s.w.settle()
    yield "host-moved", v.get(v.link("c"))
    v.s.w.calendar.host_deletes(event.uid)
    v.s.w.drain()
    yield "checking", v.get(base)
    v.s.w.settle()
    yield "host-deleted", v.get(base)


def _host_asked(v: Visitor) -> Shown:
    v.booked()
    time = v.s.w.calendar.events()[-1].time
    v.s.w.calendar.host_adds("Dentist", time, uid="dentist")
    v.s.w.drain()
    act = v.link("a")
    yield "act", v.get(act)
    yield "act-kept", v.get(v.post(f"{act}/keep").headers["location"])
    yield "act-declined", v.get(v.post(f"{act}/decline", reason="Ill").headers["location"])
    v.s.w.drain()
    yield "host-cancelled", v.get(v.link("m"))


def _approval(v: Visitor) -> Shown:
    v.s.save(replace(v.s.w.intro, approval=Approval.BEFORE))
    yield "details-approval-first", v.get(DETAILS)
    waiting = v.hold()
    yield "with-host", v.get(waiting)
    act = v.link("a")
    yield "approve", v.get(act)
    yield "approved", v.get(v.post(act).headers["location"])
    v.s.w.drain()
    yield "approved-then-waiting", v.get(waiting)
    v.s.save(replace(v.s.w.intro, approval=Approval.AFTER))
    yield "details-approval-after", v.get(DETAILS.replace("08T08", "08T10"))
    later = v.hold(start=TUESDAY_11, form_key="p" * 22, email="mary@example.net")
    v.post(v.link("c"))
    v.s.w.drain()
    act = v.link("a")
    yield "declined", v.get(v.post(f"{act}/decline", reason="No").headers["location"])
    yield "declined-to-invitee", v.get(later)


def _unheld(v: Visitor) -> Shown:
    v.s.save(replace(v.s.w.intro, hold_policy=HoldPolicy.NONE))
    yield "details-unheld", v.get(DETAILS)
    waiting = v.hold()
    first = v.link("c")
    yield "unheld", v.get(waiting)
    yield "unheld-confirm", v.get(first)
    yield "unheld-not-me", v.get(v.link("x"))
    v.booked(form_key="b" * 22, email="bob@example.net")
    yield "taken", v.post(first)


def _calendar_away(v: Visitor) -> Shown:
    v.s.w.calendar.fail_next(Unavailable("no answer"), times=50)
    yield "calendar-away", v.post("/ada/intro/hold", **v.s.form(lang=v.language))
    v.s.w.drain()
    yield "pick-closed", v.get("/ada/intro")


def _too_late(v: Visitor) -> Shown:
    v.s.save(replace(v.s.w.intro, change_until=timedelta(hours=24)))
    v.booked(start="2030-01-08T08:30:00Z")
    manage = v.link("m")
    v.s.w.pass_time(hours=1)
    yield "locked", v.get(manage)
    yield "locked-cancel", v.post(f"{manage}/cancel")


def _too_many(v: Visitor) -> Shown:
    tight = replace(v, browser=limited(v.s, open_link_per_network="1 per min"))
    v.hold()
    tight.browser.headers["Accept-Language"] = v.language
    tight.get(v.link("c"))
    yield "too-many-tries", tight.get(v.link("c"))


def _many_gone(v: Visitor) -> Shown:
    for n in range(6):
        start = f"2030-01-08T{8 + n // 2:02}:{30 * (n % 2):02}:00Z"
        v.booked(start=start, form_key=f"{n}" * 22, email=f"g{n}@example.net")
    for event in v.s.w.calendar.events():
        v.s.w.calendar.host_deletes(event.uid)
    v.s.w.drain()
    act = v.link("a")
    yield "many-gone", v.get(act)
    yield "many-gone-answered", v.get(v.post(f"{act}/restore").headers["location"])


SCENES: tuple[Callable[[Visitor], Shown], ...] = (
    _public,
    _signed_in,
    _waiting,
    _booked,
    _ended,
    _host_moved_and_lost,
    _host_asked,
    _approval,
    _unheld,
    _calendar_away,
    _too_late,
    _too_many,
    _many_gone,
)


@dataclass
class Walked:
    """What was seen: answers by name, the mails that were sent, and the events as the calendar was given them."""

    answers: dict[str, Any]
    mails: dict[str, Any]
    events: dict[str, bytes]


def walk(folder: Path, language: str) -> Walked:
    """Play every scene, each in a world of its own."""
    seen = Walked({}, {}, {})
    for scene in SCENES:
        with site(folder) as made:
            made.save(replace(made.w.host, language=language))
            visitor = Visitor(made, browser_of(made.w, **{"Accept-Language": language}), language)
            for name, answer in scene(visitor):
                assert name not in seen.answers
                seen.answers[name] = answer
                for body in made.w.calendar.bodies():
                    _note_event(seen.events, scene.__name__.strip("_"), body)
            for number, mail in enumerate(made.w.mails.sent):
                seen.mails[f"{scene.__name__.strip('_')}-{number:02}"] = mail
    return seen


def _note_event(events: dict[str, bytes], scene: str, body: bytes) -> None:
    if body not in events.values():
        events[f"{scene}-{sum(name.startswith(f'{scene}-') for name in events):02}"] = body

"""The demo's running commentary on the terminal: a line for each thing that happens."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

from ..domain.errors import StorageBusy
from ..domain.timeline import Happened
from ..runtime import Runtime
from ..storage import timeline
from ..storage.engine import snapshot
from .smtp_catcher import CaughtMail

_EVERY_S = 0.3
_WORDS = {
    Happened.HELD: "held by the invitee",
    Happened.CONFIRMED: "confirmed by the {by}",
    Happened.EXPIRED: "the hold ended unconfirmed",
    Happened.CANCELLED: "cancelled by the {by}",
    Happened.MOVED: "moved by the {by}",
    Happened.MOVED_BACK: "moved back: the new time was taken",
    Happened.WRITTEN: "written to the calendar",
    Happened.REMOVED: "removed from the calendar",
    Happened.MISSING: "not found in the calendar; looking again",
    Happened.AGREED_HOST: "approved by the host",
    Happened.AGREED_INVITEE: "confirmed by the invitee; the host decides",
    Happened.KEPT: "kept by the host",
    Happened.OFFERED: "another time offered by the host",
    Happened.OFFER_DECLINED: "the invitee keeps their time",
    Happened.HELD_LONGER: "held longer",
    Happened.FOUND_ELSEWHERE: "found in another of the calendars",
    Happened.PUT_ELSEWHERE: "taken to another of the calendars",
    Happened.GUEST_DECLINED: "declined by a guest",
    Happened.GUEST_COMES: "a guest is coming after all",
    Happened.REMINDERS_STOPPED: "no more reminders wanted",
    Happened.BLOCKED: "no more mails wanted at this address",
    Happened.UNBLOCKED: "mails wanted at this address again",
    Happened.RESENT: "link sent again",
    Happened.INVITED_AGAIN: "invitation sent again by the host",
    Happened.ADDRESS_CORRECTED: "address corrected; the old link is dead",
}


class Teller:
    """Prints mails and timeline entries, each mail after the entry it is about."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._mails: queue.SimpleQueue[CaughtMail] = queue.SimpleQueue()

    def mail(self, mail: CaughtMail) -> None:
        """Add a mail; from any thread."""
        self._mails.put(mail)

    @contextmanager
    def listening(self, rt: Runtime) -> Iterator[None]:
        """Follow the timelines of all bookings from now on."""
        with snapshot(rt.engine) as session:
            last = timeline.latest_id(session)
        over = threading.Event()
        thread = threading.Thread(target=self._follow, args=(rt, last, over), name="teller", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _follow(self, rt: Runtime, last: int, over: threading.Event) -> None:
        while not over.wait(_EVERY_S):
            last = self._tell(rt, last)
        self._tell(rt, last)

    def _tell(self, rt: Runtime, last: int) -> int:
        """Print everything new after the timeline entry `last`. Returns the newest entry.

        A mail is sent after its timeline entry.
        """
        mails = [self._mails.get() for _ in range(self._mails.qsize())]
        try:
            with snapshot(rt.engine) as session:
                entries = timeline.after(session, last)
        except StorageBusy:
            entries = []  # the next look prints them
        for id, booking_id, entry in entries:
            last = id
            if entry.what in _WORDS:
                self._say("●", f"booking {str(booking_id)[:8]} {_WORDS[entry.what].format(by=entry.by)}")
        for mail in mails:
            subject = " ".join(str(mail.message["subject"] or "").split())
            self._say("✉", f"to {', '.join(mail.recipients)}: {subject}")
        return last

    def _say(self, sign: str, text: str) -> None:
        self._out.print(f"  {sign} {escape(text)}", soft_wrap=True)

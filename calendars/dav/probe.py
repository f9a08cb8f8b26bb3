"""The doctor: what a calendar really does, found out with one scratch event in the far future that is always removed.

Names and headers of servers lie; only how a server treats a precondition shows whether it can be relied on.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ..errors import CalendarError, Forbidden, Precondition, TokenRefused, Unavailable, explain
from ..ical import ics
from ..model import Capabilities, CollectionFacts, Event, EventStatus, Period
from ..port import Calendar

# Nobody has plans for it yet and every server stores it: the small hours of a Sunday.
FAR_AWAY = datetime(2037, 11, 1, 3, tzinfo=UTC)
SCRATCH = Period(FAR_AWAY, FAR_AWAY + timedelta(hours=1))
_BOGUS = "https://example.invalid/sync/no-such-token"


class Probed(Calendar, Protocol):
    """A calendar that can also be asked about itself."""

    def facts(self) -> CollectionFacts:
        """What the collection reports of itself. Raises NoCalendar."""

    def free_busy(self, window: Period) -> bytes:
        """VFREEBUSY of the collection (RFC 4791 §7.10). Raises CalendarError: the server has none."""


@dataclass(frozen=True, slots=True)
class ProbeStep:
    """One thing that was tried. `ok`: the server did as the standard says. `detail`: the result, for a person."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """`capabilities`: to be stored. `sentences`: for the host. `writable`: the calendar can take holds."""

    capabilities: Capabilities
    sentences: tuple[str, ...]
    steps: tuple[ProbeStep, ...]
    writable: bool


def probe(calendar: Probed, *, now: datetime) -> ProbeResult:
    """Try what bookings need, in about fifteen requests. `now` becomes the DTSTAMP of the scratch event.

    Raises Unavailable, Refused, NoCalendar: nothing could be found out. The scratch event is removed even then; where
    the server did not let us, a note on the error says so.
    """
    facts = calendar.facts()
    trial = _Trial(calendar, now)
    trial.note("facts", bool(facts.classes), _of_facts(facts))
    if facts.writable and facts.keeps_events:
        try:
            trial.run()
        except CalendarError as error:
            if not trial.clean_up():
                error.add_note(f"the scratch event {trial.uid} may have stayed in the calendar")
            raise
        trial.clean_up()
    writable = facts.writable and facts.keeps_events and trial.stood
    return ProbeResult(Capabilities(**trial.proven), _sentences(trial.proven, writable), tuple(trial.steps), writable)


class _Trial:
    """One run with one scratch event. `proven`: the results, by field of `Capabilities`. `stood`: the event was
    stored."""

    def __init__(self, calendar: Probed, now: datetime) -> None:
        self._calendar, self._now = calendar, now
        self.uid = str(uuid.uuid4())
        self._href = f"{self.uid}.ics"
        self._written = self._body(0)
        self.proven = dict.fromkeys(_UNPROVEN, False)
        self.steps: list[ProbeStep] = []
        self.stood = False

    def run(self) -> None:
        token = self._token()
        if not self._create():
            return
        self._create_again()
        first = self._read_back()
        if not self.stood:
            return
        self._replace(first)
        if token is not None:
            self._sync(token)
        self._free_busy()
        self._delete(stale=first)

    def clean_up(self) -> bool:
        """Remove the scratch event, whatever happened. Tried twice, as the first try may meet a broken connection."""
        for _ in range(2):
            try:
                self._calendar.delete(self._href, etag=None)
            except CalendarError:
                continue
            return True
        self.note("clean up", False, f"The scratch event {self.uid} may have stayed in the calendar.")
        return False

    def note(self, name: str, ok: bool, detail: str) -> None:
        self.steps.append(ProbeStep(name, ok, detail))

    def _prove(self, capability: str, ok: bool, yes: str, no: str) -> None:
        self.proven[capability] = ok
        self.note(capability, ok, yes if ok else no)

    def _token(self) -> str | None:
        token = self._calendar.snapshot(SCRATCH).token
        if token is None:
            self._prove("sync", False, "", "The server has no sync: changes are found by listing everything.")
        return token

    def _create(self) -> bool:
        try:
            etag = self._calendar.create(self._href, self._written)
        except Forbidden as error:
            self.note("create", False, explain(error).sentence)
            return False
        self.note("create", True, "An event can be created.")
        self._prove(
            "etag_on_put", etag is not None, "It names the version it stored.", "It leaves the version to be asked for."
        )
        return True

    def _create_again(self) -> None:
        again = self._body(1)
        ok = self._is_refused(lambda: self._calendar.create(self._href, again))
        self._written = self._written if ok else again
        self._prove("create_guard", ok, "It does not create over what stands.", "It overwrites what stands.")

    def _read_back(self) -> str | None:
        """The strong ETag of the event, if the server tells one."""
        stored = self._calendar.get(self._href)
        self.stood = stored is not None
        if stored is None:
            self.note("read", False, "What was created does not stand where it was put.")
            return None
        same = stored.body == self._written
        self._prove(
            "keeps_bytes", same, "It keeps events as they were written.", "It writes events in words of its own."
        )
        return stored.etag

    def _replace(self, first: str | None) -> None:
        """Replace with the current ETag, then with the same one, which is stale by then."""
        if first is None:
            self._prove("update_guard", False, "", "It names no version that a condition could use.")
            return
        refused = self._is_refused(lambda: self._calendar.replace(self._href, self._body(2), etag=first))
        self.note(
            "replace", not refused, "It refuses even the right version." if refused else "An event can be changed."
        )
        stale = self._is_refused(lambda: self._calendar.replace(self._href, self._body(3), etag=first))
        self._prove(
            "update_guard",
            stale and not refused,
            "It does not change what changed meanwhile.",
            "It overwrites what changed meanwhile.",
        )

    def _sync(self, token: str) -> None:
        try:
            changed = {each.href.rpartition("/")[2] for each in self._calendar.changes(token).changed}
        except CalendarError as error:
            self._prove("sync", False, "", f"It names a sync token but does not sync: {explain(error).sentence}")
            return
        self._prove(
            "sync",
            self._href in changed,
            "It tells what changed since a pull.",
            "It does not tell what changed since a pull.",
        )
        refused = self._is_refused(lambda: self._calendar.changes(_BOGUS))
        self._prove(
            "token_errors",
            refused,
            "It refuses a token it does not know.",
            "It answers an unknown token with everything.",
        )

    def _free_busy(self) -> None:
        try:
            known = b"BEGIN:VFREEBUSY" in self._calendar.free_busy(SCRATCH)
        except CalendarError:
            known = False
        self._prove(
            "free_busy",
            known,
            "It answers free-busy questions.",
            "It answers no free-busy questions; we read the events.",
        )

    def _delete(self, *, stale: str | None) -> None:
        guarded = stale is not None and self._is_refused(lambda: self._calendar.delete(self._href, etag=stale))
        self._prove(
            "delete_guard", guarded, "It does not delete what changed meanwhile.", "It deletes what changed meanwhile."
        )
        self._calendar.delete(self._href, etag=None)
        gone = self._calendar.get(self._href) is None
        self.note("delete", gone, "What was deleted is gone." if gone else "What was deleted still stands there.")
        if stale is not None and not self._is_refused(
            lambda: self._calendar.replace(self._href, self._body(4), etag=stale)
        ):
            self._prove("update_guard", False, "", "It brings back what was deleted meanwhile.")

    def _is_refused(self, act: Callable[[], object]) -> bool:
        """Whether the server refuses. No answer is no refusal."""
        try:
            act()
        except Unavailable:
            raise
        except (Precondition, TokenRefused, Forbidden):
            return True
        return False

    def _body(self, sequence: int) -> bytes:
        return ics.build(
            Event(
                uid=self.uid,
                time=SCRATCH,
                status=EventStatus.TENTATIVE,
                summary="Calendar check (removes itself)",
                sequence=sequence,
                stamped_at=self._now,
            )
        )


_UNPROVEN = (
    *("create_guard", "update_guard", "delete_guard", "etag_on_put", "keeps_bytes"),
    *("sync", "token_errors", "free_busy", "agent_client"),
)


def _of_facts(facts: CollectionFacts) -> str:
    if not facts.keeps_events:
        return "This collection keeps no events."
    return "The calendar may be written to." if facts.writable else "The calendar may be read, but not written to."


def _sentences(proven: dict[str, bool], writable: bool) -> tuple[str, ...]:
    """What the host should know, as far as they can act on it."""
    if not writable:
        return (
            "This calendar can be watched for conflicts, but holds can't be written to it: choose another for those.",
        )
    guards = proven["create_guard"] and proven["update_guard"] and proven["delete_guard"]
    return (
        "What is held here appears as tentative; invitations come from us, never from the calendar server.",
        "Your own edits are safe: the server refuses to overwrite an entry that was changed in the meantime."
        if guards
        else (
            "The server does not protect entries that were changed in the meantime, so we read each one before "
            "we write it."
        ),
        "Your edits are noticed quickly: the server tells us what changed."
        if proven["sync"]
        else "Your edits are noticed a little later: the server does not tell what changed, so we compare everything.",
    )

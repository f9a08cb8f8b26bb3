"""The consent ledger at 100,000 contacts and a million entries, on a SQLite file (CONSENT §9): what one person, all of it, the list
page, the list export, a proof, and an import beside bookings cost, each against the bare work that it can't do without.

    python -m benchmarks consents [--contacts N] [--json OUT]

Entries are sealed by the domain and put in by bulk statements, through the guards of the migration. `verify`, `export` and the proof
run as processes of their own, so that their peak memory is theirs alone; the import is carried out by a worker in the process that
answers four people who book, as `serve` runs it. With fewer contacts what grows with them is to take as much less.
"""

import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from secrets import token_bytes
from statistics import quantiles
from threading import Event, Thread
from time import perf_counter, sleep
from uuid import UUID

from sqlalchemy import insert

from benchmarks.consent_floors import ConsentFloors
from benchmarks.holds import Bench, half_hours
from benchmarks.measure import Goal, Report, arguments, in_turn, timed
from benchmarks.pages import answering
from booking_service.actions.consent import append, gate, imports, purpose_standings
from booking_service.actions.consent.contacts import circle_of, mark
from booking_service.actions.consent.import_check import LineVerdict
from booking_service.actions.consent.seal import seal_due
from booking_service.crypto.ids import new_id
from booking_service.domain.chain import SALT_BYTES, commitment
from booking_service.domain.consent import CONTACT, Act, Basis, Detail, Entry, How
from booking_service.domain.consent_file import Column, Meaning, Plan
from booking_service.domain.consent_moves import Withdrawn
from booking_service.domain.gate import Refusal
from booking_service.domain.roles import Permission, Role
from booking_service.storage import contacts, ledger
from booking_service.storage import imports as storage_imports
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.tables.consent import ContactRow
from booking_service.storage.tables.ledger import LedgerDetailRow, LedgerEntryRow, LedgerUnsealedRow
from booking_service.worker import Worker, perform_one
from tests.web.consents import NEWSLETTER, offer
from tests.web.site import Site, browser_of, person, signed_in, site
from tests.world import SECRET, StillClock

CONTACTS, EACH = 100_000, 10
AT_ONCE = 500  # contacts in one transaction
PEOPLE = 4  # who book while a file is imported
ALONE = 60  # bookings before it, to compare with
# What it had at most of its own (VmHWM): what the kernel counts for a child begins with what its parent had.
_MEASURED = """
import atexit, os, resource, runpy, sys
from pathlib import Path
def peak():
    line = next(each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("VmHWM"))
    other = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    Path(PEAK).write_text(f"{line.split()[1]} {other} {sum(os.times()[:4])}")
PEAK = sys.argv.pop(1)
atexit.register(peak)
runpy.run_module("booking_service", run_name="__main__", alter_sys=True)
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """`cpu`: seconds that the process and its copies worked, whatever else ran beside them; `megabytes`: the most that it had in memory
    at once; `of_a_copy`: and the largest of its copies, with what they share."""

    seconds: float
    cpu: float
    megabytes: float
    of_a_copy: float
    said: str


def main(argv: list[str]) -> int:
    parser = arguments("consents")
    parser.add_argument("--contacts", type=int, default=CONTACTS, metavar="N", help=f"how many; {CONTACTS} unless said")
    wanted = parser.parse_args(argv)
    report = Report("consents")
    with tempfile.TemporaryDirectory() as name, site(Path(name)) as s:
        _measure(report, s, Path(name), wanted.contacts)
    return report.conclude(wanted.json)


def _measure(report: Report, s: Site, folder: Path, count: int) -> None:
    offer(s, NEWSLETTER)
    began = perf_counter()
    ids = _fill(s, count)
    entries = count * EACH
    report.remarks.append(f"{count:,} contacts with {entries:,} entries, put in within {perf_counter() - began:.0f} s")
    floors = ConsentFloors(folder, _database(s), entries)
    report.remarks.append(f"load of the machine at the beginning: {os.getloadavg()[0]:.1f}")
    _sealing(report, s, floors)
    with transaction(s.w.rt.engine) as session:
        purpose_standings.write_down(s.w.rt, session, NEWSLETTER)
    while perform_one(s.w.rt, kinds=(purpose_standings.KIND,)):
        pass
    left = _one_person(report, s, ids, floors)
    _list_page(report, s)
    _whole_ledger(report, s, folder, floors, count, left)
    _import_beside_bookings(report, s, floors, count)
    report.remarks.append(f"load of the machine at the end: {os.getloadavg()[0]:.1f}")


def _sealing(report: Report, s: Site, floors: ConsentFloors) -> None:
    bare = timed(floors.tree_and_leaves)
    began = perf_counter()
    sealed = seal_due(s.w.rt, now=s.w.now)
    each = (perf_counter() - began) / sealed * 1000
    report.goals.append(Goal("P18 sealing, ms an entry", each, 0.1, 0.03))
    report.ratio("sealing / tree and rows of leaves alone", each, bare / floors.entries * 1000)


def _whole_ledger(report: Report, s: Site, folder: Path, floors: ConsentFloors, count: int, left: int) -> None:
    """What goes over all of it, each right behind its floor."""
    share = floors.entries / (CONTACTS * EACH)
    bare = timed(floors.chain)
    checked = _process(s, folder, "consents", "verify")
    report.goals += [
        Goal(
            f"P18 verify {floors.entries:,} entries, s",
            checked.seconds,
            max(10.0, 60.0 * share),
            max(5.0, 26.0 * share),
        ),
        Goal("P18 verify, peak MB", checked.megabytes, 300.0, 150.0),
    ]
    report.ratio("verify / a bare chain of SHA-256", checked.seconds, bare)
    bare = timed(floors.list)
    listed = _process(s, folder, "consents", "export", "--purpose", "newsletter")
    lines = len(listed.said.splitlines()) - 1
    report.goals += [
        Goal("P18 lines of the list that are wrong", float(abs(count - left - lines)), 0.0, 0.0),
        Goal(f"P18 export a list of {count:,}, s", listed.seconds, 8.0, 3.0),
        Goal("P18 export, peak MB", listed.megabytes, 300.0, 150.0),
    ]
    report.ratio("export / reading the rows alone", listed.seconds, bare)
    report.remarks.append(f"a process that reads a part of the list: {listed.of_a_copy:.0f} MB at most")
    bare = timed(floors.tree)
    proven = _process(s, folder, "consents", "export", "person1@example.org", "--proof", "--output", str(folder / "p"))
    report.goals += [
        Goal("P18 proof of one person, s", proven.seconds, 6.0, 3.0),
        Goal("P18 proof, peak MB", proven.megabytes, 600.0, 300.0),
    ]
    report.ratio("proof / the tree alone", proven.seconds, bare)
    started = _process(s, folder, "consents", "show", "person1@example.org")
    report.remarks.append(
        f"CPU seconds: verify {checked.cpu:.1f}, export {listed.cpu:.1f}, proof {proven.cpu:.1f}; in each of them "
        f"{started.cpu:.1f} for starting a command"
    )


def _import_beside_bookings(report: Report, s: Site, floors: ConsentFloors, count: int) -> None:
    """A worker applies a file of as many new contacts while four people book, one time after the other."""
    bare = timed(lambda: floors.inserts(count))
    s = _running(s)
    began = perf_counter()
    made = _decided(s, count)
    judged, times, worker = perf_counter() - began, half_hours(), Worker(s.w.rt)
    with answering(s.w) as port:
        with _booking(s, port, times) as alone:
            while len(alone) < ALONE:
                sleep(0.1)
        began = perf_counter()
        worker.start()
        with _booking(s, port, times) as took:
            while not _is_done(s, made):
                sleep(0.1)
            seconds = perf_counter() - began
        worker.stop()
    share = count / CONTACTS
    counts = imports.look(s.w.rt, made).counts
    report.remarks.append(
        f"{len(took)} bookings beside the import; the file of {count:,} lines was read and judged in {judged:.1f} s"
    )
    report.goals += [
        Goal("P18 lines of the import that made no contact", float(count - counts[LineVerdict.NEW]), 0.0, 0.0),
        Goal(f"P18 import {count:,} lines beside bookings, s", seconds, 90.0 * share, 58.0 * share),
        Goal("P18 booking beside the import, p95 s", quantiles(took, n=20)[-1], 0.25, 0.12),
    ]
    report.ratio("booking beside the import / without it, p95", quantiles(took, n=20)[-1], quantiles(alone, n=20)[-1])
    report.ratio("import / bare inserts", seconds, bare)


class _RunningClock(StillClock):
    """Runs on from an instant, as ids follow the time: those of one instant lie all over the file."""

    def __init__(self, now: datetime) -> None:
        super().__init__(now)
        self._began = perf_counter()

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=perf_counter() - self._began)


def _running(s: Site) -> Site:
    clock = _RunningClock(s.w.now)
    w = replace(s.w, clock=clock, rt=replace(s.w.rt, clock=clock))
    return Site(w, browser_of(w))


def _decided(s: Site, count: int) -> UUID:
    """A file that somebody has brought, with what its columns mean, and pressed the button for."""
    lines = "".join(f"new{n}@example.net,New {n},fair,2024-01-02\n" for n in range(count))
    content = f"email,optin_who,optin_source,optin_date\n{lines}".encode()
    made = imports.start(s.w.rt, content, name="fair.csv", by="staff:ada", called="Ada", now=s.w.now)
    columns = tuple(Column(each) for each in made.mapping["columns"])
    plan = Plan(columns=columns, purpose=NEWSLETTER.slug, meaning=Meaning.GIVEN, for_all={})
    imports.plan(s.w.rt, made.id, plan, now=s.w.now)
    imports.apply(s.w.rt, made.id, leave_out=False, now=s.w.now)
    return made.id


@contextmanager
def _booking(s: Site, port: int, times: Iterator[datetime]) -> Iterator[list[float]]:
    """Four people who book until it is over; how long each of them waited for a page that says so."""
    stop, took = Event(), list[float]()
    with ExitStack() as stack:
        people = [stack.enter_context(closing(HTTPConnection("127.0.0.1", port))) for _ in range(PEOPLE)]
        books = [Thread(target=_book, args=(Bench(s.w, each, Counter(), times), stop, took)) for each in people]
        for each in books:
            each.start()
        try:
            yield took
        finally:
            stop.set()
            for each in books:
                each.join()


def _is_done(s: Site, made: UUID) -> bool:
    with snapshot(s.w.rt.engine) as session:
        found = storage_imports.get(session, made)
    return found is not None and found.state == imports.DONE


def _book(bench: Bench, stop: Event, took: list[float]) -> None:
    """A time after the other, with half a second to choose the next: nobody books back to back."""
    while not stop.wait(0.5):
        began = perf_counter()
        bench.hold()
        took.append(perf_counter() - began)


def _fill(s: Site, count: int) -> list[UUID]:
    """Each was asked and confirmed, withdrew and was asked again, and holds a confirmed consent at the end."""
    ids: list[UUID] = []
    for at in range(0, count, AT_ONCE):
        people, chains = [], []
        for n in range(at, min(at + AT_ONCE, count)):
            id = new_id(s.w.now + timedelta(microseconds=n))
            address = f"person{n}@example.org"
            people.append(_contact(s, id, address, n))
            chains += list(_chain(id, address, s.w.now - timedelta(days=300)))
            ids.append(id)
        with transaction(s.w.rt.engine) as session:
            connection = session.connection()
            connection.execute(insert(ContactRow), people)
            connection.execute(insert(LedgerEntryRow), [_row(entry) for entry, _ in chains])
            connection.execute(insert(LedgerDetailRow), [_detail_row(entry, part) for entry, part in chains])
            connection.execute(insert(LedgerUnsealedRow), [{"entry_id": entry.id} for entry, _ in chains])
    return ids


def _contact(s: Site, id: UUID, address: str, n: int) -> dict[str, object]:
    return {
        "id": id,
        "address": address,
        "address_key": address,
        "mailbox": address,
        "phone": "",
        "name": f"Person {n}",
        "language": "en",
        "mailbox_mark": mark(s.w.rt.ring, address),
        "phone_mark": "",
        "generation": 1,
        "made_at": s.w.now,
    }


def _chain(contact_id: UUID, address: str, began: datetime) -> Iterator[tuple[Entry, ledger.KeptDetail]]:
    """As one comes about by mail: EACH entries, a day apart."""
    acts = ((Act.ASKED, How.FORM), (Act.CONFIRMED, How.LINK), (Act.WITHDRAWN, How.PAGE))
    last: Entry | None = None
    asked: UUID | None = None
    for n in range(EACH):
        act, how = acts[n % 3] if n < EACH - 2 else acts[n - (EACH - 2)]
        at = began + timedelta(days=n)
        id = new_id(at, after=last.id if last else None)
        part = ledger.kept(id, Detail(who="Person", address=address, page="/ada/intro"), salt=token_bytes(SALT_BYTES))
        entry = Entry(
            id=id,
            contact_id=contact_id,
            number=n + 1,
            purpose=NEWSLETTER.slug,
            act=act,
            by=CONTACT,
            how=how,
            at=at,
            until=at + timedelta(days=14) if act is Act.ASKED else None,
            refers=asked if act is Act.CONFIRMED else None,
            detail=commitment(salt=part.salt, body=part.body),
            previous=last.hash if last else b"",
        ).sealed()
        asked, last = (id if act is Act.ASKED else asked), entry
        yield entry, part


def _row(entry: Entry) -> dict[str, object]:
    named = {column.name: getattr(entry, column.name) for column in LedgerEntryRow.__table__.columns}  # type: ignore[attr-defined]
    return named | {"act": entry.act.value, "how": entry.how.value}


def _detail_row(entry: Entry, part: ledger.KeptDetail) -> dict[str, object]:
    return {"entry_id": entry.id, "salt": part.salt, "body": part.body, "source": "", "optin_id": part.optin_id}


def _one_person(report: Report, s: Site, ids: Sequence[UUID], floors: ConsentFloors) -> int:
    """What stands for one contact, the gate's answer, and a withdrawal until the gate refuses by it; in turn. Returns how many
    withdrew."""
    walk, gone = cycle(ids[:-60]), 0

    def fold() -> None:
        with snapshot(s.w.rt.engine) as session:
            contact = contacts.get(session, next(walk))
            assert contact is not None
            assert circle_of(s.w.rt, session, contact).standing(NEWSLETTER).basis is Basis.DOUBLE

    def asked() -> None:
        with transaction(s.w.rt.engine) as session:
            what = gate.way_out(NEWSLETTER)
            assert not isinstance(gate.ask(s.w.rt, session, next(walk), what, NEWSLETTER.slug, now=s.w.now), Refusal)

    leaving = iter(ids[-60:])

    def withdrawn() -> None:
        nonlocal gone
        id, gone = next(leaving), gone + 1
        with transaction(s.w.rt.engine) as session:
            append.change(s.w.rt, session, id, NEWSLETTER.slug, Withdrawn(How.PAGE), now=s.w.now)
        with transaction(s.w.rt.engine) as session:
            what = gate.way_out(NEWSLETTER)
            assert isinstance(gate.ask(s.w.rt, session, id, what, NEWSLETTER.slug, now=s.w.now), Refusal)

    found = in_turn(
        {"standing of one person": fold, "gate": asked, "its entries alone": lambda: floors.entries_of(next(walk))}
    )
    found |= in_turn({"withdrawal to refusal": withdrawn, "one bare row on the disk": floors.one_row}, rounds=15)
    report.microseconds |= found
    report.ratio("standing / its entries alone", found["standing of one person"], found["its entries alone"])
    report.ratio("withdrawal / one row", found["withdrawal to refusal"], found["one bare row on the disk"])
    report.goals.append(Goal("P18 standing of one person, ms", found["standing of one person"] / 1000, 5.0, 1.0))
    report.goals.append(Goal("P18 withdrawal to refusal, s", found["withdrawal to refusal"] / 1e6, 1.0, 0.1))
    return gone


def _list_page(report: Report, s: Site) -> None:
    staff = signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS})))

    def look() -> None:
        assert staff.get("/admin/consents/contacts").status_code == 200

    report.microseconds |= in_turn({"list page of contacts": look}, rounds=7)


def _database(s: Site) -> Path:
    return Path(s.w.rt.settings.database_url.partition("///")[2])


def _process(s: Site, folder: Path, *words: str) -> Measured:
    """A command in a process of its own, as it ends."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BOOKING_")}
    env = kept | {
        "BOOKING_BASE_URL": "http://localhost:8000",
        "BOOKING_DATA_DIR": str(folder),
        "BOOKING_DATABASE_URL": s.w.rt.settings.database_url,
        "BOOKING_SECRET_KEY": SECRET,
        "BOOKING_SMTP__HOST": "localhost",
        "BOOKING_SMTP__SECURITY": "none",
        "BOOKING_SMTP__FROM": "booking@example.org",
    }
    began = perf_counter()
    process = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(folder / "peak"), *words],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds, said = perf_counter() - began, process.stdout
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(words)} ended with {process.returncode}: {process.stderr[-500:]}")
    kilobytes, of_a_copy, cpu = (folder / "peak").read_text().split()
    return Measured(seconds, float(cpu), int(kilobytes) / 1024, int(of_a_copy) / 1024, said)

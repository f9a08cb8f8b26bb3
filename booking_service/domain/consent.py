"""What a person said about the use of their data, as ledger entries, and what these add up to: the standing.

A standing is a pure fold over entries. It is stored nowhere as a flag, and no entry is ever changed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from .chain import Plain, canonical, instant_text, plain, quoted, spelt_hash
from .purposes import EVERY, PurposeKind

CONTACT, SYSTEM, _STAFF = "contact", "system", "staff:"


class Act(StrEnum):
    """What an entry says was done."""

    ASKED = "asked"
    MAILED = "mailed"
    CONFIRMED = "confirmed"
    GIVEN = "given"
    DECLINED = "declined"
    RECORDED = "recorded"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"
    RETRACTED = "retracted"
    STOPPED = "stopped"
    RESUMED = "resumed"
    MERGED = "merged"
    PARTED = "parted"
    USED = "used"
    ERASED = "erased"
    FORGOTTEN = "forgotten"


NOES = frozenset({Act.WITHDRAWN, Act.DECLINED, Act.STOPPED, Act.ERASED})
GRANTS = frozenset({Act.CONFIRMED, Act.GIVEN, Act.RECORDED, Act.REOPENED})
REACHING = frozenset({Act.WITHDRAWN, Act.STOPPED, Act.ERASED})  # a no that counts for merged contacts too
FOLDED = NOES | GRANTS | {Act.ASKED, Act.RETRACTED, Act.RESUMED}  # the entries that can change a standing


class How(StrEnum):
    """The way by which a statement reached us."""

    FORM = "form"  # a booking form, or another form
    LINK = "link"  # the page behind the link of a mail
    PAGE = "page"  # the preferences page
    ONE_CLICK = "one-click"  # a mail program's unsubscribe button (RFC 8058)
    TOLD = "told"  # said to staff, who recorded it
    HAND = "hand"  # staff's own decision
    IMPORT = "import"
    API = "api"
    TIMER = "timer"


class Basis(StrEnum):
    """What a use of data can rest on, or what forbids it."""

    NONE = "none"
    IMPLIED = "implied"
    FORM = "form"
    USER = "user"
    DOUBLE = "double"
    OUT_USER = "out-user"
    OUT_CONTACT = "out-contact"


_RANK = {Basis.NONE: 0, Basis.IMPLIED: 1, Basis.FORM: 2, Basis.USER: 3, Basis.DOUBLE: 4}
_RANK_OF_CALLS = _RANK | {Basis.FORM: _RANK[Basis.USER]}  # of two yeses the later counts: their number may be another
OUT = frozenset({Basis.OUT_USER, Basis.OUT_CONTACT})


class Asked(StrEnum):
    """The state of a question that was mailed."""

    PENDING = "pending"
    LAPSED = "lapsed"
    DECLINED = "declined"


class Entry(NamedTuple):
    """One link of a contact's chain. `number` counts from 1; `previous`: the hash of the entry before (b"" for the
    first).

    `by`: "contact", "staff:ID" or "system". `refers`: the entry that this one answers, retracts or repeats. `detail`:
    the commitment to the personal part. `given_on`: a copy from that part, in no hash; None once erased. A NamedTuple,
    as verifying a ledger makes one for each entry: a frozen dataclass takes six times as long.
    """

    id: UUID
    contact_id: UUID
    number: int
    purpose: str
    act: Act
    by: str
    how: How
    at: datetime
    implied: bool = False
    until: datetime | None = None
    wording: bytes | None = None
    refers: UUID | None = None
    detail: bytes | None = None
    previous: bytes = b""
    hash: bytes = b""
    given_on: date | None = None

    @property
    def columns(self) -> Plain:
        """The columns that its hash covers."""
        return {
            "id": self.id.hex,
            "contact_id": self.contact_id.hex,
            "number": self.number,
            "purpose": self.purpose,
            "act": self.act.value,
            "by": self.by,
            "how": self.how.value,
            "implied": int(self.implied),
            "at": plain(self.at),
            "until": plain(self.until),
            "wording": plain(self.wording),
            "refers": plain(self.refers),
            "detail": plain(self.detail),
            "previous": self.previous.hex(),
        }

    @property
    def due_hash(self) -> bytes:
        """`entry_hash` of its columns, with the JSON spelt out here: verifying a whole ledger takes a third of the
        time."""
        at, until = instant_text(self.at), instant_text(self.until) if self.until else ""
        wording, detail = self.wording.hex() if self.wording else "", self.detail.hex() if self.detail else ""
        return spelt_hash(
            f'{{"act":"{self.act.value}","at":"{at}","by":{quoted(self.by)},"contact_id":"{self.contact_id.hex}",'
            f'"detail":"{detail}","how":"{self.how.value}","id":"{self.id.hex}","implied":{self.implied:d},'
            f'"number":{self.number:d},"previous":"{self.previous.hex()}","purpose":{quoted(self.purpose)},'
            f'"refers":"{self.refers.hex if self.refers else ""}","until":"{until}","wording":"{wording}"}}'
        )

    def sealed(self) -> "Entry":
        return self._replace(hash=self.due_hash)

    @property
    def by_contact(self) -> bool:
        return self.by == CONTACT


def staff(id: str) -> str:
    return f"{_STAFF}{id}"


def staff_id(by: str) -> str | None:
    """The id of the member of staff who decided; None where nobody of the staff did."""
    return by.removeprefix(_STAFF) if by.startswith(_STAFF) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What holds now for a contact and a purpose.

    `rests_on`: brought about `basis`. `question`: not answered yet; lapses by itself at its `until`. `declined`: the
    person's no to a question, until something newer. `closed`: closed the latest question. `stopped`: all use is
    refused since.
    """

    basis: Basis = Basis.NONE
    since: datetime | None = None
    rests_on: Entry | None = None
    question: Entry | None = None
    declined: Entry | None = None
    closed: Entry | None = None
    stopped: Entry | None = None

    @property
    def own_no(self) -> Entry | None:
        """The entry of the person's own no, which nobody but they can lift."""
        return self.rests_on if self.basis is Basis.OUT_CONTACT else self.declined

    @property
    def erased(self) -> Entry | None:
        """The entry of the wish to be erased, where that is the person's no."""
        return self.rests_on if self.rests_on is not None and self.rests_on.act is Act.ERASED else None

    @property
    def since_on(self) -> date | None:
        """The day from which a consent given elsewhere counts; None where an exact instant is known."""
        entry = self.rests_on
        brought = entry is not None and self.since is not None and self.since == _brought_at(entry)
        return entry.given_on if entry is not None and brought else None

    @property
    def granted(self) -> bool:
        return self.basis not in OUT and self.basis is not Basis.NONE

    def asked(self, *, now: datetime) -> Asked | None:
        if self.question is not None:
            return Asked.PENDING if is_open(self.question, now=now) else Asked.LAPSED
        return Asked.DECLINED if self.declined is not None else None

    def open_question(self, *, now: datetime) -> Entry | None:
        return self.question if self.question is not None and is_open(self.question, now=now) else None

    def expired(self, *, lasts: timedelta | None, now: datetime) -> bool:
        """Whether the consent is older than its purpose allows (`lasts`)."""
        return self.granted and lasts is not None and self.since is not None and self.since + lasts <= now


def is_open(question: Entry, *, now: datetime) -> bool:
    return question.until is None or now < question.until


def standing_of(
    own: Iterable[Entry],
    circle: Iterable[Entry] = (),
    *,
    purpose: str,
    kind: PurposeKind = PurposeKind.EMAIL,
    lasts: timedelta | None = None,
    of: UUID | None = None,
) -> Standing:
    """Fold a contact's own entries and those of its `circle`: the noes of contacts merged with it.

    In order of instant, noes last, then id. A grant only raises the basis; a no replaces everything; the person's own
    no outranks staff. A confirmation counts only for the open question that it refers to; of other purposes only
    entries about every purpose count. `of`: whose standing it is, where `own` has entries of merged contacts.
    """
    concerned = (purpose, EVERY)
    entries = [each for each in own if each.purpose in concerned]
    entries += [each for each in circle if each.purpose in concerned and each.act in REACHING]
    if not entries:
        return Standing()
    retracted = {each.refers for each in entries if each.act is Act.RETRACTED}
    fold = _Fold(kind=kind, lasts=lasts, of=of)
    for entry in in_order(entries):
        if entry.act is not Act.RECORDED or entry.id not in retracted:
            fold.take(entry)
    return fold.standing


def in_order(entries: Iterable[Entry]) -> Sequence[Entry]:
    """Entries in the order of the fold; at the same instant noes come last, so that a no wins."""
    return sorted(entries, key=_order)


def precedes(one: Entry, other: Entry) -> bool:
    """Whether the fold reads `one` before `other`."""
    return _order(one) < _order(other)


def _order(entry: Entry) -> tuple[datetime, bool, UUID]:
    return entry.at, entry.act in NOES, entry.id


@dataclass(slots=True, kw_only=True)
class _Fold:
    """A mutable Standing, used while folding: a new value after each entry would cost more than the entry."""

    kind: PurposeKind
    lasts: timedelta | None
    of: UUID | None
    basis: Basis = Basis.NONE
    since: datetime | None = None
    rests_on: Entry | None = None
    question: Entry | None = None
    others: dict[UUID, Entry] = field(default_factory=dict)  # open questions to merged contacts, by contact
    declined: Entry | None = None
    closed: Entry | None = None
    stopped: Entry | None = None

    @property
    def standing(self) -> Standing:
        return Standing(
            basis=self.basis,
            since=self.since,
            rests_on=self.rests_on,
            question=self.question,
            declined=self.declined,
            closed=self.closed,
            stopped=self.stopped,
        )

    def take(self, entry: Entry) -> None:
        if entry.act in NOES:
            self._refuse(entry)
        elif entry.act in GRANTS:
            self._grant(entry)
        elif entry.act is Act.ASKED and self.stopped is None and not self._names_question(entry):
            self._ask(entry)  # otherwise the box was ticked once more on another form
        elif entry.act is Act.RETRACTED and self._names_question(entry):
            self._answered(entry)
        elif entry.act is Act.RESUMED and entry.by_contact:
            self.stopped = None

    def _refuse(self, entry: Entry) -> None:
        self._close(entry)
        if entry.act is Act.STOPPED:
            self.stopped = self.stopped or entry
        elif entry.act is Act.DECLINED:
            self._declined(entry)
        else:
            self._no(entry)

    def _grant(self, entry: Entry) -> None:
        if self.stopped is not None:
            return
        if entry.act is Act.CONFIRMED:
            self._confirmed(entry)
        elif entry.act is Act.REOPENED and self.basis is Basis.OUT_USER:
            self._rest_on(entry, Basis.USER, entry.at)
        elif self._may_be_raised_by_others and entry.act is Act.RECORDED:
            self._raise(entry, Basis.IMPLIED if entry.implied else Basis.USER)
        elif self._may_be_raised_by_others and entry.act is Act.GIVEN:
            self._raise(entry, Basis.FORM)
            self._answered(entry)

    @property
    def _own_no(self) -> bool:
        return self.basis is Basis.OUT_CONTACT or self.declined is not None

    @property
    def _may_be_raised_by_others(self) -> bool:
        """Whether an entry that answers no question of ours may raise it: anybody can type somebody's address."""
        return not self._own_no and self.basis not in OUT

    def _confirmed(self, entry: Entry) -> None:
        """A mailed link proves a mailbox, not a phone number, so a purpose for calls stays at single opt-in."""
        question = self._question_to(entry)
        if question is None or not is_open(question, now=entry.at):
            return
        if entry.refers != question.id or not entry.by_contact:
            return
        if self.basis in OUT:
            self.basis, self.since, self.rests_on = Basis.NONE, None, None
        self.declined = None
        self._raise(entry, Basis.DOUBLE if self.kind is not PurposeKind.PHONE else Basis.FORM)
        self._answered(entry)

    def _raise(self, entry: Entry, basis: Basis) -> None:
        """Raise to `basis` unless more holds and has not expired. The same basis again counts from this entry on."""
        expired = self.lasts is not None and self.standing.expired(lasts=self.lasts, now=entry.at)
        rank = _RANK_OF_CALLS if self.kind is PurposeKind.PHONE else _RANK
        if expired or rank[basis] >= rank[self.basis]:
            self._rest_on(entry, basis, _given_at(entry))

    def _rest_on(self, entry: Entry, basis: Basis, since: datetime | None) -> None:
        self.basis, self.since, self.rests_on = basis, since, entry

    def _no(self, entry: Entry) -> None:
        if entry.by_contact:
            self._rest_on(entry, Basis.OUT_CONTACT, entry.at)
        elif not self._own_no:
            self._rest_on(entry, Basis.OUT_USER, entry.at)
        else:
            return
        self.declined = None

    def _declined(self, entry: Entry) -> None:
        if self.basis is not Basis.OUT_CONTACT:
            self._rest_on(entry, Basis.NONE, None)
            self.declined = entry

    def _is_another(self, entry: Entry) -> bool:
        return self.of is not None and entry.contact_id != self.of

    def _ask(self, entry: Entry) -> None:
        if self._is_another(entry):
            self.others[entry.contact_id] = entry
        else:
            self.question = entry

    def _question_to(self, entry: Entry) -> Entry | None:
        """The open question to the contact that made this entry."""
        return self.others.get(entry.contact_id) if self._is_another(entry) else self.question

    def _names_question(self, entry: Entry) -> bool:
        question = self._question_to(entry)
        return question is not None and question.id == entry.refers

    def _answered(self, entry: Entry) -> None:
        """Close the question to the contact that made this entry, and no other."""
        if self._is_another(entry):
            self.others.pop(entry.contact_id, None)
        elif self.question is not None:
            self.question, self.closed = None, entry

    def _close(self, entry: Entry) -> None:
        """Close all open questions, as a no does."""
        self.others.clear()
        if self.question is not None:
            self.question, self.closed = None, entry


def _given_at(entry: Entry) -> datetime:
    """From when a grant counts; for a recorded consent, from the date on which it was given elsewhere."""
    brought_at = _brought_at(entry)
    return entry.at if brought_at is None else min(entry.at, brought_at)


def _brought_at(entry: Entry) -> datetime | None:
    if entry.given_on is None or entry.act is not Act.RECORDED:
        return None
    return datetime.combine(entry.given_on, time(), UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """The personal part of an entry, kept beside the chain under a commitment, so that it can be erased.
    `who`: the person's name at that time. `given_on`, `source`: when and how a consent was given elsewhere. `snapshot`:
    the block of text as it was shown. `pressed_at`: when the button was pressed. `mail`: Message-ID, the server's
    reply, and the text with its token replaced by a hash.
    """

    who: str = ""
    address: str = ""
    phone: str = ""
    source: str = ""
    given_on: date | None = None
    optin_id: str = ""
    description: str = ""
    page: str = ""
    snapshot: str = ""
    pressed_at: datetime | None = None
    language: str = ""
    network: str = ""
    agent: str = ""
    reason: str = ""
    staff: str = ""
    mail: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> str:
        """The text that the commitment covers; unknown fields are left out."""
        known: dict[str, object] = {name: text for name in _DETAIL_TEXTS if (text := getattr(self, name))}
        if self.given_on is not None:
            known["given_on"] = self.given_on.isoformat()
        if self.pressed_at is not None:
            known["pressed_at"] = plain(self.pressed_at)
        if self.mail:
            known["mail"] = dict(self.mail)
        return canonical(known)


_DETAIL_TEXTS = (
    *("who", "address", "phone", "source", "optin_id", "description", "page", "snapshot", "language"),
    *("network", "agent", "reason", "staff"),
)

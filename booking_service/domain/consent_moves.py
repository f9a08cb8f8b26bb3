"""Who may change a standing, how, and which ledger entry that writes. Ending is always possible, granting seldom.

Each kind of change is a value of its own. `decide` returns the entry to write, None where nothing would change, or
raises a refusal that says who could make the change.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from .consent import CONTACT, Act, Asked, Basis, Entry, How, Standing, staff, staff_id
from .errors import BookingError
from .purposes import EVERY


class Why(StrEnum):
    """Why a change is refused."""

    OWN_NO = "own-no"
    STAFFS_NO = "staffs-no"
    NO_OPT_OUT = "no-opt-out"
    NOT_OPEN = "not-open"
    CONFIRMED = "confirmed"
    STOPPED = "stopped"
    ERASED = "erased"
    NOT_RECORDED = "not-recorded"
    NO_CONSENT = "no-consent"


_SENTENCES = {
    Why.OWN_NO: "They said no themselves on {date} ({how}). Only they can change that, by a form of yours or on their preferences page.",
    Why.STAFFS_NO: "Opted out by {staff} on {date}. Revert that first, with a reason.",
    Why.NO_OPT_OUT: "There is no opt-out of yours to revert.",
    Why.NOT_OPEN: "This question is not open any more ({closed}, {date}). Nothing was changed.",
    Why.CONFIRMED: "Confirmed by double opt-in on {date}.",
    Why.STOPPED: "They asked us to stop using their data on {date}. Only they can lift that.",
    Why.ERASED: "This mailbox asked to be erased on {date}.",
    Why.NOT_RECORDED: "Only a recorded consent or an open question can be taken back.",
    Why.NO_CONSENT: "They had given no consent before it: reverting it would record one that nobody gave. If you know of one, "
    "revert this opt-out on its own; otherwise leave it: if they tick the box on a form, they are still asked.",
}
_HOWS = {
    How.FORM: "by a form",
    How.LINK: "by the link in a mail",
    How.PAGE: "on their preferences page",
    How.ONE_CLICK: "by their mail program's button",
    How.TOLD: "told to staff",
    How.HAND: "by hand",
    How.IMPORT: "by an imported list",
    How.API: "by another program",
    How.TIMER: "automatically",
}
_CLOSINGS = {
    Act.CONFIRMED: "it was answered with yes",
    Act.GIVEN: "it was answered with yes",
    Act.DECLINED: "it was answered with no",
    Act.WITHDRAWN: "a no came after it",
    Act.ERASED: "the data was erased",
    Act.STOPPED: "the use of the data was stopped",
    Act.RETRACTED: "it was taken back",
    Act.ASKED: "it was not answered in time",
}


class ConsentRefused(BookingError):
    """A standing can't be changed this way. `why`, with the entry it rests on, is put into words by pages.

    `at`: that entry's instant, or when a question ended; None where there was neither. `called`: the name of who
    decided.
    """

    def __init__(
        self, why: Why, entry: Entry | None = None, *, at: datetime | None = None, called: str | None = None
    ) -> None:
        self.why, self.entry, self.at = why, entry, at or (entry.at if entry else None)
        super().__init__(
            _SENTENCES[why].format(
                date=f"{self.at:%Y-%m-%d}" if self.at else "never asked",
                how=_HOWS[entry.how] if entry else "",
                staff=called or ((staff_id(entry.by) or entry.by) if entry else ""),
                closed=_CLOSINGS.get(entry.act, "it was answered") if entry else "there is none",
            )
        )

    def naming(self, called: str) -> "ConsentRefused":
        """The same refusal with the name of the member of staff who had decided."""
        return ConsentRefused(self.why, self.entry, at=self.at, called=called)


def revert_imported(
    standing: Standing, no: Entry, change: "Reverted", *, before: Standing, purpose: str, now: datetime
) -> "Draft | None":
    """Staff take back an opt-out from an imported list, where a consent stood before it.

    Reverting by hand does not ask for that; here many are reverted at once, without a look at each, and reverting makes
    a consent. `before`: the standing by the contact's own entries up to this `no`.

    Raises ConsentRefused: the person's own no, a later decision of staff, or no consent before it.
    """
    draft = decide(standing, change, purpose=purpose, now=now)
    rests_on = standing.rests_on
    if rests_on is not None and not _of_one_list(rests_on, no):
        raise ConsentRefused(Why.STAFFS_NO, rests_on)
    if not agreed(before):
        raise ConsentRefused(Why.NO_CONSENT)
    return draft


def agreed(before: Standing) -> bool:
    """Whether a consent stood before an opt-out. If so reverting brings it back; if not, it records a new one."""
    return before.granted and before.basis is not Basis.IMPLIED


def _of_one_list(one: Entry, other: Entry) -> bool:
    """Whether both are the same entry, or entries of one import for two addresses or numbers of the same person."""
    beside = one.contact_id != other.contact_id and one.how is How.IMPORT and one.by == other.by
    return one.id == other.id or beside


def refused_by(no: Entry) -> ConsentRefused:
    """The refusal of a consent that would be recorded after this no."""
    if no.act is Act.STOPPED:
        return ConsentRefused(Why.STOPPED, no)
    if no.act is Act.DECLINED:
        return ConsentRefused(Why.OWN_NO, no)
    if not no.by_contact:
        return ConsentRefused(Why.STAFFS_NO, no)
    return ConsentRefused(Why.ERASED if no.act is Act.ERASED else Why.OWN_NO, no)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked:
    """The person ticked a box. `by_mail`: a mailed link must confirm the tick. `replaces`: as of `Recorded`."""

    by_mail: bool
    lasts: timedelta
    wording: bytes | None = None
    how: How = How.FORM
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The person said yes to a question by its mailed link."""

    question: UUID
    wording: bytes | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """The person said no to a question by its mailed link."""

    question: UUID


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The person said no themselves. `how` TOLD: staff passed it on."""

    how: How


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A consent given elsewhere, recorded by staff or an import. `implied`: it rests on an existing relationship.

    `replaces`: it is for the present phone number, while the standing is for another one.
    """

    staff: str
    how: How = How.HAND
    implied: bool = False
    replaces: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OptedOut:
    """Staff decide not to use the data, without a no of the person."""

    staff: str
    how: How = How.HAND


@dataclass(frozen=True, slots=True)
class Reverted:
    """Staff take their own opt-out back."""

    staff: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedByStaff:
    """Staff have the question mailed to the person."""

    staff: str
    lasts: timedelta
    wording: bytes | None = None


@dataclass(frozen=True, slots=True)
class Retracted:
    """Staff or the system take back a recorded consent or an open question."""

    by: str
    entry: Entry
    how: How = How.HAND


@dataclass(frozen=True, slots=True)
class Stopped:
    """The person wants all use stopped, whatever they agreed to."""

    how: How = How.PAGE


@dataclass(frozen=True, slots=True)
class Resumed:
    """The person lifts that stop, by a mailed link."""


PersonsChange = Ticked | Confirmed | Declined | Withdrawn | Stopped | Resumed
StaffsChange = Recorded | OptedOut | Reverted | AskedByStaff | Retracted
Change = PersonsChange | StaffsChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry to be written, before it has its number and hashes."""

    purpose: str
    act: Act
    by: str
    how: How
    implied: bool = False
    until: datetime | None = None
    wording: bytes | None = None
    refers: UUID | None = None


def decide(
    standing: Standing,
    change: Change,
    *,
    purpose: str,
    now: datetime,
    lasts: timedelta | None = None,
    own: Standing | None = None,
) -> Draft | None:
    """The entry that a change writes; None where the standing is already so.

    `lasts`: how long grants of the purpose are valid. `own`: the standing by the contact's own entries alone, where
    `standing` includes noes of merged contacts; what the contact itself refuses is decided by `own`.

    Raises ConsentRefused.
    """
    if own is not None and _is_own_no(change, own, now=now):
        standing = own
    match change:
        case Ticked() | Confirmed() | Declined() | Withdrawn() | Stopped() | Resumed():
            return _by_the_person(standing, change, purpose, now=now, lasts=lasts)
        case Recorded() | OptedOut() | Reverted() | AskedByStaff() | Retracted():
            return _by_staff(standing, change, purpose, now=now, lasts=lasts)
        case _:
            assert_never(change)


def _is_own_no(change: Change, own: Standing, *, now: datetime) -> bool:
    """Whether the change is decided by the contact's own entries: a no is, although noes of merged contacts forbid the
    use already.

    Otherwise it would not be written, and the use would be allowed again once the others take theirs back. A no to a
    question counts so while the question is open, or while the contact agrees to what it asked.
    """
    if isinstance(change, Declined):
        question = own.open_question(now=now)
        return own.granted or (question is not None and question.id == change.question)
    return isinstance(change, Withdrawn | Stopped | OptedOut)


def _by_the_person(
    standing: Standing, change: PersonsChange, purpose: str, *, now: datetime, lasts: timedelta | None
) -> Draft | None:
    match change:
        case Ticked():
            return _ticked(standing, change, purpose, now=now, lasts=lasts)
        case Confirmed():
            return _confirmed(standing, change, purpose, now=now)
        case Declined():
            return _declined(standing, change, purpose, now=now)
        case Withdrawn():
            return _withdrawn(standing, change, purpose)
        case Stopped():
            stopped = Draft(purpose=EVERY, act=Act.STOPPED, by=CONTACT, how=change.how)
            return stopped if standing.stopped is None else None
        case Resumed():
            resumed = Draft(purpose=EVERY, act=Act.RESUMED, by=CONTACT, how=How.LINK)
            return resumed if standing.stopped is not None else None
        case _:
            assert_never(change)


def _by_staff(
    standing: Standing, change: StaffsChange, purpose: str, *, now: datetime, lasts: timedelta | None
) -> Draft | None:
    match change:
        case Recorded():
            return _recorded(standing, change, purpose, now=now, lasts=lasts)
        case OptedOut():
            return _opted_out(standing, change, purpose)
        case Reverted():
            return _reverted(standing, change, purpose)
        case AskedByStaff():
            return _asked_by_staff(standing, change, purpose, now=now, lasts=lasts)
        case Retracted():
            return _retracted(standing, change)
        case _:
            assert_never(change)


def _ticked(
    standing: Standing, change: Ticked, purpose: str, *, now: datetime, lasts: timedelta | None
) -> Draft | None:
    """A tick over a no only asks: anybody can type an address, so only its mailbox can lift the no."""
    _refuse_stopped(standing)
    said_no = standing.own_no is not None or standing.basis is Basis.OUT_USER
    if change.by_mail or said_no:
        if standing.open_question(now=now) is not None:
            return None
        return _question(purpose, by=CONTACT, how=change.how, until=now + change.lasts, wording=change.wording)
    if _stands(standing, now=now, lasts=lasts) in (Basis.USER, Basis.DOUBLE) and not change.replaces:
        return None
    return Draft(purpose=purpose, act=Act.GIVEN, by=CONTACT, how=change.how, wording=change.wording)


def _confirmed(standing: Standing, change: Confirmed, purpose: str, *, now: datetime) -> Draft:
    _refuse_stopped(standing)
    _refuse_closed(standing, change.question, now=now)
    return Draft(
        purpose=purpose,
        act=Act.CONFIRMED,
        by=CONTACT,
        how=How.LINK,
        refers=change.question,
        wording=change.wording or (standing.question.wording if standing.question else None),
    )


def _declined(standing: Standing, change: Declined, purpose: str, *, now: datetime) -> Draft | None:
    open_question = standing.open_question(now=now)
    if standing.basis is Basis.OUT_CONTACT and (open_question is None or open_question.id != change.question):
        return None
    _refuse_closed(standing, change.question, now=now)
    return Draft(purpose=purpose, act=Act.DECLINED, by=CONTACT, how=How.LINK, refers=change.question)


def _withdrawn(standing: Standing, change: Withdrawn, purpose: str) -> Draft | None:
    if standing.basis is Basis.OUT_CONTACT and standing.question is None:
        return None
    return Draft(purpose=purpose, act=Act.WITHDRAWN, by=CONTACT, how=change.how)


def _recorded(
    standing: Standing, change: Recorded, purpose: str, *, now: datetime, lasts: timedelta | None
) -> Draft | None:
    _refuse_stopped(standing)
    _refuse_after_no(standing)
    stands = _stands(standing, now=now, lasts=lasts)
    is_less = change.implied and stands is not Basis.NONE
    if is_less or (stands in (Basis.USER, Basis.DOUBLE) and not change.replaces):
        return None
    by = staff(change.staff)
    return Draft(purpose=purpose, act=Act.RECORDED, by=by, how=change.how, implied=change.implied)


def _opted_out(standing: Standing, change: OptedOut, purpose: str) -> Draft | None:
    if standing.own_no is not None or standing.basis is Basis.OUT_USER:
        return None
    return Draft(purpose=purpose, act=Act.WITHDRAWN, by=staff(change.staff), how=change.how)


def _reverted(standing: Standing, change: Reverted, purpose: str) -> Draft:
    _refuse_stopped(standing)
    _refuse_own_no(standing)
    if standing.basis is not Basis.OUT_USER:
        raise ConsentRefused(Why.NO_OPT_OUT)
    return Draft(purpose=purpose, act=Act.REOPENED, by=staff(change.staff), how=How.HAND)


def _asked_by_staff(
    standing: Standing, change: AskedByStaff, purpose: str, *, now: datetime, lasts: timedelta | None
) -> Draft | None:
    _refuse_stopped(standing)
    _refuse_after_no(standing)
    if _stands(standing, now=now, lasts=lasts) is Basis.DOUBLE:
        raise ConsentRefused(Why.CONFIRMED, standing.rests_on)
    if standing.open_question(now=now) is not None:
        return None
    return _question(purpose, by=staff(change.staff), how=How.HAND, until=now + change.lasts, wording=change.wording)


def _retracted(standing: Standing, change: Retracted) -> Draft:
    is_open = standing.question is not None and standing.question.id == change.entry.id
    if change.entry.act is not Act.RECORDED and not is_open:
        raise ConsentRefused(Why.NOT_RECORDED, change.entry)
    return Draft(purpose=change.entry.purpose, act=Act.RETRACTED, by=change.by, how=change.how, refers=change.entry.id)


def _question(purpose: str, *, by: str, how: How, until: datetime, wording: bytes | None) -> Draft:
    return Draft(purpose=purpose, act=Act.ASKED, by=by, how=how, until=until, wording=wording)


def _stands(standing: Standing, *, now: datetime, lasts: timedelta | None) -> Basis:
    """The basis that counts: NONE where the grant has expired."""
    return Basis.NONE if standing.expired(lasts=lasts, now=now) else standing.basis


def _refuse_stopped(standing: Standing) -> None:
    if standing.stopped is not None:
        raise ConsentRefused(Why.STOPPED, standing.stopped)


def refuse_erased(standing: Standing) -> None:
    """Raises ConsentRefused: the person wished to be erased, so only they themselves can come back."""
    if standing.erased is not None and standing.basis is Basis.OUT_CONTACT:
        raise ConsentRefused(Why.ERASED, standing.erased)


def _refuse_own_no(standing: Standing) -> None:
    refuse_erased(standing)
    if standing.own_no is not None:
        raise ConsentRefused(Why.OWN_NO, standing.own_no)


def _refuse_after_no(standing: Standing) -> None:
    _refuse_own_no(standing)
    if standing.basis is Basis.OUT_USER:
        raise ConsentRefused(Why.STAFFS_NO, standing.rests_on)


def _refuse_closed(standing: Standing, question: UUID, *, now: datetime) -> None:
    open_question = standing.open_question(now=now)
    if open_question is not None and open_question.id == question:
        return
    if standing.asked(now=now) is Asked.LAPSED and standing.question is not None:
        raise ConsentRefused(Why.NOT_OPEN, standing.question, at=standing.question.until)
    raise ConsentRefused(Why.NOT_OPEN, standing.closed)

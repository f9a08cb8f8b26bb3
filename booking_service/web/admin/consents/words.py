"""Standings, entries and refusals in words, for staff."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from ....actions.consent.find import Listed
from ....actions.consent.recipients import MERGED
from ....actions.consent.reminders import Reminded
from ....domain.availability import local_date
from ....domain.consent import Act, Asked, Basis, Entry, How, Standing
from ....domain.consent_columns import LENGTHS, ColumnFault, FaultyColumn
from ....domain.consent_moves import ConsentRefused, Why
from ....domain.contact_filter import CONTRADICTORY, NO_ADDRESS, NO_NUMBER, NO_SOURCE
from ....domain.gate import Refusal, Refused
from ....domain.news import NotTold
from ....domain.purposes import PurposeKind
from ....language import Language


@dataclass(frozen=True, slots=True)
class Badge:
    """A state in a word. `tone`: "" good, "wait" somebody must act, "fail" broken, "over" past or off."""

    text: str
    tone: str = ""


def badge(row: Listed, language: Language, *, now: datetime) -> Badge:
    """The standing in a word or two; an open question only where there is no grant."""
    standing = row.standing
    if standing.stopped is not None:
        return Badge(language.text("Locked"), "fail")
    if row.held.expired:
        return Badge(language.text("Expired"), "over")
    if standing.basis is Basis.NONE:
        return Badge(*_question(standing.asked(now=now), language))
    return Badge(basis(standing.basis, language), _tone(standing, may=not isinstance(row.decided, Refusal)))


def basis(which: Basis, language: Language) -> str:
    match which:
        case Basis.NONE:
            return language.text("Never asked")
        case Basis.IMPLIED:
            return language.text("Existing relationship")
        case Basis.FORM:
            return language.text("Single opt-in, by form")
        case Basis.USER:
            return language.text("Single opt-in, by staff")
        case Basis.DOUBLE:
            return language.text("Double opt-in")
        case Basis.OUT_USER:
            return language.text("Opted out by staff")
        case Basis.OUT_CONTACT:
            return language.text("Opted out by the person")
        case _:
            assert_never(which)


def standing_name(written: str, language: Language) -> str:
    """An entry in the menu of standings."""
    match written:
        case "":
            return language.text("Any")
        case "pending":
            return language.text("Asked, no answer yet")
        case "lapsed":
            return language.text("Lapsed")
        case "declined":
            return language.text("Answered no")
        case "expired":
            return language.text("Expired")
        case "stopped":
            return language.text("Locked")
        case "asked":
            return language.text("Ever asked")
        case "never":
            return basis(Basis.NONE, language)
        case _:
            return _lacking(language).get(written) or basis(Basis(written), language)


def _lacking(language: Language) -> dict[str, str]:
    return {
        NO_SOURCE: language.text("Without source or date"),
        NO_ADDRESS: language.text("Without an email address"),
        NO_NUMBER: language.text("Without a number to call"),
        CONTRADICTORY: language.text("Given for another number"),
    }


def kind_name(kind: PurposeKind, language: Language) -> str:
    match kind:
        case PurposeKind.EMAIL:
            return language.text("Email list")
        case PurposeKind.PHONE:
            return language.text("Calls")
        case PurposeKind.FIELD:
            return language.text("Data field")
        case PurposeKind.TRACKING:
            return language.text("Tracking")
        case PurposeKind.CUSTOM:
            return language.text("Custom")
        case _:
            assert_never(kind)


def verdict(row: Listed, kind: PurposeKind, language: Language) -> str:
    """Whether the person may be mailed or called now, or the purpose used, and why not."""
    if not isinstance(row.decided, Refusal):
        match kind:
            case PurposeKind.EMAIL:
                return language.text("may be written to")
            case PurposeKind.PHONE:
                return language.text("may be called")
            case _:
                return language.text("allowed")
    why = why_refused(row.decided, language)
    match kind:
        case PurposeKind.EMAIL:
            return language.text("not written to: {why}", why=why)
        case PurposeKind.PHONE:
            return language.text("not to be called: {why}", why=why)
        case _:
            return language.text("not allowed: {why}", why=why)


def reminded_facts(reminded: Reminded | None, language: Language, *, zone: ZoneInfo) -> tuple[str, ...]:
    """How often an open question was asked again, and when it will be."""
    if reminded is None:
        return ()
    sent = language.plural("reminded once", "reminded {count} times", reminded.sent) if reminded.sent else ""
    if reminded.next_at is None:
        return (sent,)
    day = language.long_date(local_date(reminded.next_at, zone))
    return sent, language.text("next reminder on {date}", date=day)


def why_refused(refusal: Refusal, language: Language) -> str:
    return _why(refusal.why, refusal.basis, language)


def why_in_word(word: str, language: Language) -> str:
    """A stored refusal of the gate, with the basis; and other reasons against a message."""
    why, _, basis_word = word.partition(": ")
    own = _OWN_WHYS.get(why)
    if own is not None:
        return own(language)
    if why not in {*Refused}:
        return word
    stands = Basis(basis_word or Basis.NONE)
    told = _why(Refused(why), stands, language)
    return told if stands in (Basis.NONE, Basis.OUT_USER) else f"{basis(stands, language)}: {told}"


def _why(why: Refused, stands: Basis, language: Language) -> str:
    match why:
        case Refused.BLOCKED | Refused.NO_ADDRESS | Refused.NO_NUMBER | Refused.OTHER_NUMBER:
            return _out_of_reach(why, language)
        case Refused.STOPPED:
            return language.text("they asked us to stop using their data")
        case Refused.ERASED:
            return language.text("they asked to be erased")
        case Refused.OFF:
            return language.text("the purpose is not in use")
        case Refused.CONDITIONS:
            return language.text("the purpose does not concern them")
        case Refused.EXPIRED:
            return language.text("the consent is too old")
        case Refused.SAID_NO:
            return language.text("they said no to it")
        case Refused.UNSORTED:
            return language.text("no rule says what this use of the data needs")
        case Refused.NOT_ACCEPTED:
            return _not_accepted(stands, language)
        case _:
            assert_never(why)


def how(way: How, language: Language) -> str:
    match way:
        case How.FORM:
            return language.text("on a form")
        case How.LINK:
            return language.text("by the link in an email")
        case How.PAGE:
            return language.text("on their preferences page")
        case How.ONE_CLICK:
            return language.text("by one click in their mail program")
        case How.TOLD:
            return language.text("told to us")
        case How.HAND:
            return language.text("by hand")
        case How.IMPORT:
            return language.text("by an imported list")
        case How.API:
            return language.text("by another program")
        case How.TIMER:
            return language.text("automatically")
        case _:
            assert_never(way)


def act(entry: Entry, name: str, language: Language) -> str:
    """One line of the history."""
    match entry.act:
        case Act.ASKED | Act.MAILED | Act.CONFIRMED | Act.DECLINED | Act.RETRACTED:
            return _about_question(entry, name, language)
        case Act.GIVEN:
            return language.text("“{what}” given on a form", what=name)
        case Act.RECORDED:
            return language.text("“{what}” recorded", what=name)
        case Act.WITHDRAWN if entry.by_contact:
            return language.text("“{what}” ended by the person", what=name)
        case Act.WITHDRAWN:
            return language.text("“{what}” ended by us", what=name)
        case Act.REOPENED:
            return language.text("Our opt-out of “{what}” taken back", what=name)
        case Act.ERASED if not entry.by_contact:
            return language.text("Erased by our own decision")
        case _:
            return _act_on_all(entry.act, language)


def refused(refusal: ConsentRefused, staff: Mapping[str, str], language: Language, *, zone: ZoneInfo) -> str:
    """Why a change is refused, and who could make it."""
    entry = refusal.entry
    on = language.long_date(refusal.at.astimezone(zone).date()) if refusal.at else ""
    match refusal.why:
        case Why.OWN_NO:
            return language.text(
                "They said no themselves on {date} ({how}). Only they can change that, by a form of yours or on their preferences page.",
                date=on,
                how=how(entry.how, language) if entry else "",
            )
        case Why.STAFFS_NO:
            by = staff.get(entry.by, "") if entry else ""
            return language.text(
                "Opted out by {staff} on {date}. Revert that first, with a reason.",
                staff=by or language.text("staff"),
                date=on,
            )
        case Why.NO_OPT_OUT:
            return language.text("There is no opt-out of yours to revert.")
        case Why.CONFIRMED:
            return language.text("Confirmed by double opt-in on {date}.", date=on)
        case Why.STOPPED:
            return language.text("They asked us to stop using their data on {date}. Only they can lift that.", date=on)
        case Why.ERASED:
            return language.text("This mailbox asked to be erased on {date}.", date=on)
        case Why.NOT_OPEN:
            return language.text("This question is not open any more. Nothing was changed.")
        case Why.NOT_RECORDED:
            return language.text("Only a recorded consent or an open question can be taken back.")
        case Why.NO_CONSENT:
            return language.text(
                "They had given no consent before it: reverting it would record one that nobody gave. If you know "
                "of one, revert this opt-out on its own; otherwise leave it: if they tick the box on a form, they "
                "are still asked."
            )
        case _:
            assert_never(refusal.why)


def fault(wrong: FaultyColumn, language: Language) -> str:
    """What is wrong with a column of a consent given elsewhere, and how to correct it."""
    count, most = len(wrong.text), LENGTHS.get(wrong.column, 0)
    match wrong.wrong:
        case ColumnFault.TOO_LONG:
            return language.text("It has {count} characters, and {most} fit.", count=count, most=most)
        case ColumnFault.DASHES:
            return language.text(
                "It has {count} characters, and {most} fit. Without the dashes it fits.", count=count, most=most
            )
        case ColumnFault.NO_DATE:
            return language.text("“{text}” is not a date. Write YYYY-MM-DD.", text=wrong.text)
        case ColumnFault.AHEAD:
            return language.text("{text} is in the future.", text=wrong.text)
        case _:
            assert_never(wrong.wrong)


def _question(asked: Asked | None, language: Language) -> tuple[str, str]:
    match asked:
        case Asked.PENDING:
            return language.text("Asked, no answer yet"), "wait"
        case Asked.LAPSED:
            return language.text("Lapsed"), "over"
        case Asked.DECLINED:
            return language.text("Answered no"), "over"
        case None:
            return language.text("Never asked"), "over"
        case _:
            assert_never(asked)


def _tone(standing: Standing, *, may: bool) -> str:
    if not standing.granted:
        return "over"
    return "" if may else "wait"


def _out_of_reach(why: Refused, language: Language) -> str:
    match why:
        case Refused.NO_ADDRESS:
            return language.text("there is no email address")
        case Refused.NO_NUMBER:
            return language.text("there is no phone number")
        case Refused.OTHER_NUMBER:
            return language.text("they agreed for another phone number")
        case _:
            return language.text("the owner of this mailbox wants no mail from us")


def _not_accepted(which: Basis, language: Language) -> str:
    match which:
        case Basis.NONE:
            return language.text("they did not agree")
        case Basis.OUT_USER:
            return language.text("opted out by staff")
        case Basis.OUT_CONTACT:
            return language.text("only the person can undo it")
        case _:
            return language.text("the policy requires more than this")


def _about_question(entry: Entry, name: str, language: Language) -> str:
    match entry.act:
        case Act.ASKED if entry.by_contact:
            return language.text("“{what}” ticked", what=name)
        case Act.ASKED:
            return language.text("Asked about “{what}”", what=name)
        case Act.MAILED:
            return language.text("Email about “{what}” handed over", what=name)
        case Act.CONFIRMED:
            return language.text("“{what}” confirmed", what=name)
        case Act.DECLINED:
            return language.text("“{what}” answered with no", what=name)
        case _:
            return language.text("An entry about “{what}” taken back", what=name)


def _act_on_all(which: Act, language: Language) -> str:
    match which:
        case Act.STOPPED:
            return language.text("Asked us to stop using their data")
        case Act.RESUMED:
            return language.text("Let us use their data again")
        case Act.MERGED:
            return language.text("Merged with another contact")
        case Act.PARTED:
            return language.text("Separated from another contact")
        case Act.USED:
            return language.text("Handed out in a list")
        case Act.ERASED:
            return language.text("Erased at their request")
        case Act.FORGOTTEN:
            return language.text("Details removed, as nothing needs them any more")
        case _:
            raise LookupError(f"{which} is about one purpose")


_OWN_WHYS: Mapping[str, Callable[[Language], str]] = {
    MERGED: lambda language: language.text("the contact is merged into another"),
    NotTold.NOT_AMONG: lambda language: language.text("they do not meet the conditions you set on fields"),
    NotTold.KNOWS: lambda language: language.text("they were asked for it before, or agreed to it"),
    NotTold.TOLD: lambda language: language.text("they were told of it before"),
    NotTold.NO_ELSEWHERE: lambda language: language.text("they said no to something else, and agreed to nothing"),
    NotTold.UNPROVEN: lambda language: language.text("nothing shows that the mailbox is theirs"),
}

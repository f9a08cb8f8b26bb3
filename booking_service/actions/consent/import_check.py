"""The verdict on each line of a file of consents. The same is decided again when a line is applied."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import islice

from sqlmodel import Session

from ...domain.consent import Detail, How
from ...domain.consent_columns import LENGTHS, BroughtWrongly, ColumnFault, read
from ...domain.consent_file import FIELD, OPTIN, Column, FileLine, Meaning, Plan
from ...domain.consent_moves import Change, ConsentRefused, OptedOut, Recorded, Withdrawn, refuse_erased
from ...domain.errors import BookingError
from ...domain.people import is_mail_address
from ...domain.purposes import Purpose, PurposeKind
from ...domain.text import NAME_LENGTH, one_line
from ...runtime import Runtime
from ...storage import contacts
from ...storage.contacts import Contact
from ...storage.imports import Import
from . import import_fields, other_phone_numbers, profile, staff_entries
from .append import draft_in, known_purpose
from .contacts import circles_of, unmade
from .import_fields import Columns, Filling
from .profile import LONGEST, ValueTooLong
from .zones import today

CONSENTS = (Meaning.GIVEN, Meaning.IMPLIED)
JUDGED_ON = "judged_on"  # a key in an import's mapping
_BATCH = 500


class LineVerdict(StrEnum):
    """What would come of a line.

    PARTLY: a field stays unchanged, as it is locked or all use is stopped. FILLED: only fields are filled. LOCKED:
    nothing at all happens for that reason. A yes without the address or number that its purpose needs has a verdict of
    its own.
    """

    NEW = "new"
    ADDED = "added"
    ADDED_PARTLY = "added-partly"
    FILLED = "filled"
    FILLED_PARTLY = "filled-partly"
    WITHOUT_ADDRESS = "without-address"
    WITHOUT_NUMBER = "without-number"
    SAME = "same"
    LOCKED = "locked"
    ALONE = "alone"
    WRONG = "wrong"
    LEFT_OUT = "left-out"


class Trouble(StrEnum):
    """What is wrong with a line, apart from the five columns of a consent."""

    NOBODY = "nobody"  # neither address nor number
    TWO = "two"
    NO_ADDRESS = "no-address"
    NO_NUMBER = "no-number"
    TOO_WIDE = "too-wide"
    LONG_VALUE = "long-value"  # longer than a field's maximum


_SENTENCES = {
    Trouble.NOBODY: "neither an address nor a phone number",
    Trouble.TWO: "{text}: two addresses in one field; write one a line",
    Trouble.NO_ADDRESS: "{text} is no mail address",
    Trouble.NO_NUMBER: "{text} is no phone number; write it like +49 30 1234567",
    Trouble.LONG_VALUE: f"it has {{text}} characters, and a field holds {LONGEST}",
    Trouble.TOO_WIDE: "it has more cells than there are headings; a text with the separator in it belongs in quotation marks",
}


@dataclass(frozen=True, slots=True)
class LineFault:
    """What is wrong with a line, and in which column: a `trouble`, or a fault of the five columns (`wrong`).

    `field`: the field concerned; `text` is then the number of characters, as the value may be sensitive.
    """

    column: Column
    trouble: Trouble | None
    text: str
    sentence: str
    wrong: ColumnFault | None = None
    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLine:
    """A line as it would be stored. `fields`: profile values by slug."""

    number: int
    address: str
    phone: str
    name: str
    detail: Detail
    fields: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[LineFault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedLine:
    """`refusal`: why the line is skipped."""

    line: ReadLine
    verdict: LineVerdict
    refusal: ConsentRefused | None = None


def checked(
    rt: Runtime, session: Session, plan: Plan, lines: Iterable[FileLine], *, now: datetime
) -> Iterator[CheckedLine]:
    """Each line with its verdict now; as many statements for five hundred as for one. Raises UnknownPurpose."""
    purpose = known_purpose(session, plan.purpose)
    seen, columns = dict[str, ConsentRefused | None](), import_fields.columns_of(session, plan, purpose)
    rest, day = iter(lines), today(session, now)
    while some := [read_line(each, plan, today=day) for each in islice(rest, _BATCH)]:
        yield from _judged(rt, session, purpose, plan, some, seen, columns, now=now)


def judged_on(session: Session, made: Import) -> date:
    """The organisation's date on which an import's lines were last judged, by which they are read from then on.

    Before they are judged, the date of the upload.
    """
    kept = made.mapping.get(JUDGED_ON)
    return date.fromisoformat(str(kept)) if kept else today(session, made.made_at)


def read_line(line: FileLine, plan: Plan, *, today: date) -> ReadLine:
    """A line by what its columns mean, with all its faults. `today`: the organisation's date."""
    values, faults = plan.values(line.cells), []
    if len(line.cells) > len(plan.columns) and any(cell.strip() for cell in line.cells[len(plan.columns) :]):
        faults.append(_fault(Column.NOTHING, Trouble.TOO_WIDE, ""))
    address, phone = one_line(values.get(Column.EMAIL, "")), one_line(values.get(Column.PHONE, ""))
    if address and not is_mail_address(address):
        several = address.count("@") > 1
        faults.append(_fault(Column.EMAIL, Trouble.TWO if several else Trouble.NO_ADDRESS, address))
    if phone:
        try:
            _, phone = staff_entries.identifier(phone.replace("@", "?"))
        except BookingError:
            faults.append(_fault(Column.PHONE, Trouble.NO_NUMBER, phone))
    if not address and not phone:
        faults.append(_fault(Column.EMAIL, Trouble.NOBODY, ""))
    name, detail = one_line(values.get(Column.NAME, ""))[:NAME_LENGTH], Detail()
    try:
        detail = read({each.value: values.get(each, "") for each in OPTIN}, today=today)
    except BroughtWrongly as wrong:
        faults += [LineFault(Column(each.column), None, each.text, each.sentence, each.wrong) for each in wrong.faults]
    filled, wrong_values = _field_values(plan, line)
    faults += wrong_values
    who = detail.who or name
    return ReadLine(
        number=line.number,
        address=address,
        phone=phone,
        name=name or who,
        detail=replace(detail, who=who, address=address, phone=phone),
        fields=filled,
        faults=tuple(faults),
    )


def _field_values(plan: Plan, line: FileLine) -> tuple[dict[str, str], list[LineFault]]:
    values, faults = dict[str, str](), list[LineFault]()
    for slug, text in plan.field_values(line.cells).items():
        try:
            value = profile.value_of(text)
        except ValueTooLong as refusal:
            sentence = f"{FIELD}{slug}: {_SENTENCES[Trouble.LONG_VALUE].format(text=refusal.count)}"
            faults.append(LineFault(Column.NOTHING, Trouble.LONG_VALUE, str(refusal.count), sentence, field=slug))
            continue
        if value:
            values[slug] = value
    return values, faults


def change_of(meaning: Meaning | None, *, staff: str) -> Change | None:
    match meaning:
        case Meaning.GIVEN | Meaning.IMPLIED:
            return Recorded(staff=staff, how=How.IMPORT, implied=meaning is Meaning.IMPLIED)
        case Meaning.OUT_THEIRS:
            return Withdrawn(How.IMPORT)
        case Meaning.OUT_OURS:
            return OptedOut(staff=staff, how=How.IMPORT)
        case Meaning.NOTHING | None:
            return None


def stored_as(contact: Contact, purpose: Purpose, meaning: Meaning | None, *, known: bool) -> LineVerdict:
    """The verdict for a line that brings something. An unusable yes comes before whether the contact is new."""
    if meaning in CONSENTS and purpose.kind is PurposeKind.EMAIL and not contact.address:
        return LineVerdict.WITHOUT_ADDRESS
    if meaning in CONSENTS and purpose.kind is PurposeKind.PHONE and not contact.phone:
        return LineVerdict.WITHOUT_NUMBER
    return LineVerdict.ADDED if known else LineVerdict.NEW


def with_fields(verdict: LineVerdict, filling: Filling) -> LineVerdict:
    """The verdict for a line that fills fields too."""
    match verdict:
        case LineVerdict.ADDED if filling.stays:
            return LineVerdict.ADDED_PARTLY
        case LineVerdict.SAME if filling.values:
            return LineVerdict.FILLED_PARTLY if filling.stays else LineVerdict.FILLED
        case LineVerdict.SAME if filling.stays:
            return LineVerdict.LOCKED
        case _:
            return verdict


def contact_of(
    rt: Runtime, line: ReadLine, by_address: Mapping[str, Contact], by_phone: Mapping[str, Contact], *, now: datetime
) -> Contact:
    """The known contact, or the one that would be created: noes of the same mailbox count for it."""
    known = by_address.get(line.address.lower()) if line.address else by_phone.get(line.phone)
    if known is not None:
        return known
    return unmade(rt, address=line.address, phone=line.phone, name=line.name, now=now)


def _judged(
    rt: Runtime,
    session: Session,
    purpose: Purpose,
    plan: Plan,
    lines: Sequence[ReadLine],
    seen: dict[str, ConsentRefused | None],
    columns: Columns,
    *,
    now: datetime,
) -> Iterator[CheckedLine]:
    """`seen`: contacts of earlier lines, and why those were skipped."""
    sound = [each for each in lines if not each.faults]
    by_address = contacts.by_addresses(session, {each.address.lower() for each in sound if each.address})
    by_phone = contacts.by_phones(session, {each.phone for each in sound if not each.address})
    meant = {each.number: contact_of(rt, each, by_address, by_phone, now=now) for each in sound}
    there = {each.id for each in (*by_address.values(), *by_phone.values())}
    circles = circles_of(rt, session, list({each.id: each for each in meant.values()}.values()))
    meant_as = change_of(plan.meaning, staff="")
    stands = {id: each.standing(purpose) for id, each in circles.items()}
    others = other_phone_numbers.among(session, [(each.contact, purpose, stands[id]) for id, each in circles.items()])
    columns.read(session, there)
    for line in lines:
        if line.faults:
            yield CheckedLine(line=line, verdict=LineVerdict.WRONG)
            continue
        contact, key = meant[line.number], line.address.lower() or line.phone
        known = contact.id in there
        verdict, refusal = stored_as(contact, purpose, plan.meaning, known=known), None
        if key in seen:
            refusal = seen[key]
            verdict = LineVerdict.ALONE if refusal else LineVerdict.SAME
        elif meant_as is None and known:
            verdict = LineVerdict.SAME
        else:
            try:
                circle, standing = circles[contact.id], stands[contact.id]
                if not known:
                    refuse_erased(standing)
                change = meant_as and other_phone_numbers.replacing(
                    meant_as, standing, contact, line.detail, others, at=now
                )
                if change and not draft_in(circle, purpose, change, before=standing, now=now):
                    verdict = LineVerdict.SAME
            except ConsentRefused as refused:
                verdict, refusal = LineVerdict.ALONE, refused
        if refusal is None:
            filling = columns.fill(contact.id if known else key, circles[contact.id], line.fields)
            verdict = with_fields(verdict, filling)
        seen[key] = refusal
        yield CheckedLine(line=line, verdict=verdict, refusal=refusal)


def _fault(column: Column, trouble: Trouble, text: str) -> LineFault:
    sentence = _SENTENCES[trouble].format(text=text[: LENGTHS["optin_description"]])
    return LineFault(column, trouble, text, f"{column.value or 'line'}: {sentence}")

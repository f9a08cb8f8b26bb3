"""The content of the page about one's own data, in words."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ...actions.privacy.preferences import OwnBooking, OwnChoice, SeenPreferences
from ...domain.availability import zone_kept
from ...domain.booking import BookingState
from ...domain.localized_text import LocalizedText, worded
from ...domain.people import masked_address
from ...domain.privacy import PendingChange, Wish
from ...domain.purposes import Part, PurposeKind
from ...language import Language
from .own_fields import FieldForm, TypedField, field_forms
from .paragraphs import paragraphs
from .stamps import since, stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the page is read: in which language, when, and where its buttons and links lead.

    `href`: the address of a path, "" for staff, who look at the page and do nothing there. `path`: of the page.
    `delayed`: that mails to this person are delayed, "" while they leave.
    """

    language: Language
    now: datetime
    href: Callable[[str], str]
    path: str
    retain_days: int
    delayed: str

    def within(self, rest: str = "") -> str:
        """The address of the page, or of one below it."""
        return self.href(f"{self.path}{rest}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceRow:
    """One purpose. `wording`: the hash of its texts; `act`: what its button does, "" for none; `anew`: the button for a
    new yes, where the one that stands is for another phone number; `revoke`: the page that asks before a field is
    erased, also where something stands in it that nobody allowed, and what leads there; `ending`: of a no that waits
    for its mail, or waited in vain.
    """

    key: str
    wording: str
    name: str
    notes: tuple[str, ...]
    language: str
    since: str
    ending: str
    value: str
    state: str
    tone: str
    act: str = ""
    anew: str = ""
    button: str = ""
    revoke: str = ""
    revokes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingLine:
    title: str
    meta: str
    href: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class ValueLine:
    label: str
    text: str
    note: str


@dataclass(frozen=True, slots=True)
class WaitingLine:
    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencesView:
    """`asked`: where another address is named; `ends_mails`: what ends all mails is called, "" where a no to each stands; `refused`: why what was pressed was not done. `erasing`: of a deletion that waits;
    `takes_back`: it can be taken back, `cancels`: coming bookings can be cancelled beside it; `at_once`: what is switched off is off at once; `fields`: those that
    people change themselves, and `values` the others."""

    title: str
    address: str
    action: str
    full: bool
    asked: str
    stop: str
    delete: str
    privacy: str
    mails: tuple[ChoiceRow, ...]
    others: tuple[ChoiceRow, ...]
    ends_mails: str
    waiting: tuple[WaitingLine, ...]
    delayed: str
    bookings: tuple[BookingLine, ...]
    values: tuple[ValueLine, ...]
    held: str
    statement: tuple[LocalizedText, ...]
    stopped: str
    erasing: str
    takes_back: bool
    at_once: bool
    cancels: bool
    fields: tuple[FieldForm, ...] = ()
    refused: str = ""

    @property
    def wrong(self) -> tuple[FieldForm, ...]:
        """Whose input is to be mended."""
        return tuple(each for each in self.fields if each.wrong)


def preferences_view(
    seen: SeenPreferences, reading: Reading, *, refused: str = "", typed: TypedField | None = None
) -> PreferencesView:
    language, contact, organisation = reading.language, seen.contact, seen.organisation
    rows = [_row(each, seen, reading) for each in seen.choices]
    statement = worded(seen.rules.page.statement, language.code, writer=organisation.default_language)
    return PreferencesView(
        title=language.text("Your bookings and data") if seen.full else language.text("Email options"),
        address=contact.address if seen.full else masked_address(contact.address),
        action=reading.within(),
        full=seen.full,
        asked=reading.href("/preferences"),
        stop=reading.within("/stop"),
        delete=reading.within("/delete"),
        privacy=reading.href("/privacy"),
        mails=tuple(
            row for row, each in zip(rows, seen.choices, strict=True) if each.purpose.kind is PurposeKind.EMAIL
        ),
        others=tuple(
            row for row, each in zip(rows, seen.choices, strict=True) if each.purpose.kind is not PurposeKind.EMAIL
        ),
        ends_mails=_ends_mails(seen, language, now=reading.now),
        waiting=tuple(_waiting(each, seen, language) for each in seen.pending),
        delayed=reading.delayed,
        bookings=tuple(_bookings(seen.bookings, reading)),
        values=tuple(_values(seen, language)),
        held=_held(seen, reading) if seen.full else "",
        statement=paragraphs(statement) if seen.full else (),
        stopped=_stopped(seen, language),
        erasing=erasing_words(seen, language),
        takes_back=seen.erasing is not None and seen.erasing.may_be_taken_back(now=reading.now),
        at_once=not seen.rules.confirm_withdrawals_too,
        cancels=seen.foreseen is not None and bool(seen.foreseen.cancellable),
        fields=tuple(field_forms(seen, language, typed)),
        refused=refused,
    )


def block(texts: Mapping[Part, str]) -> tuple[str, ...]:
    """What this page shows of a purpose: name, description, and use of the data."""
    notes = (texts[Part.PAGE] or texts[Part.BENEFIT], texts[Part.POLICY])
    return (texts[Part.NAME], *(text for text in notes if text))


def _row(choice: OwnChoice, seen: SeenPreferences, reading: Reading) -> ChoiceRow:
    language, (name, *notes) = reading.language, block(choice.texts)
    state, tone = _state(choice, language, now=reading.now)
    act, button = _act(choice, seen, language, now=reading.now)
    value = _value(choice, seen)
    asks_first = act == "end" and choice.purpose.kind is PurposeKind.FIELD
    erases = not asks_first and act != "end-again" and bool(value) and choice.standing.stopped is None
    return ChoiceRow(
        key=choice.purpose.slug,
        wording=choice.wording.hex(),
        name=name,
        notes=tuple(notes),
        language=choice.language if choice.language != language.code else "",
        since=_since(choice, seen, language),
        ending=_ending(choice, seen, language, now=reading.now),
        value=value,
        state=state,
        tone=tone,
        act="" if asks_first else act,
        anew=_anew(choice, seen, language),
        button=button,
        revoke=reading.within(f"/revoke/{choice.purpose.slug}") if asks_first or erases else "",
        revokes=_revokes(language, asks_first=asks_first) if asks_first or erases else "",
    )


def _anew(choice: OwnChoice, seen: SeenPreferences, language: Language) -> str:
    """What asks for a new yes to calls is called; "" where that is not offered."""
    possible = choice.purpose.active and choice.standing.stopped is None and bool(seen.contact.phone)
    offered = possible and choice.other_number and not choice.waits
    return language.text("Allow for this number (by email)") if offered else ""


def _revokes(language: Language, *, asks_first: bool) -> str:
    return language.text("Stop and erase it…") if asks_first else language.text("Erase it…")


def _value(choice: OwnChoice, seen: SeenPreferences) -> str:
    """The value that this consent allows to keep; the readable part of a sensitive one."""
    kept = next((each for each in seen.values if each.field.slug == choice.purpose.allows_field), None)
    return kept.masked if kept is not None else ""


def _state(choice: OwnChoice, language: Language, *, now: datetime) -> tuple[str, str]:
    if choice.standing.stopped is not None:
        return language.text("Off"), "over"
    if ends(choice, now=now):
        return language.text("Waits for your email"), "wait"
    if choice.on:
        return language.text("On"), ""
    if choice.waits:
        return language.text("Waits for your email"), "wait"
    return language.text("Off"), "over"


def ends(choice: OwnChoice, *, now: datetime) -> bool:
    """Whether a no to it waits for its mail."""
    return choice.ending is not None and choice.ending.is_open(now=now)


def _ending(choice: OwnChoice, seen: SeenPreferences, language: Language, *, now: datetime) -> str:
    if choice.ending is None:
        return ""
    time = stamp(language, choice.ending.made_at, seen.zone)
    if choice.ending.is_open(now=now):
        return language.text(
            "You asked on {time} to end it. It goes on until you open the link that we emailed and press the button there.",
            time=time,
        )
    return language.text(
        "You asked on {time} to end it. The link that we emailed was not used within 24 hours: nothing was changed.",
        time=time,
    )


def _act(choice: OwnChoice, seen: SeenPreferences, language: Language, *, now: datetime) -> tuple[str, str]:
    """A no is always possible. A yes is not while everything is stopped, or for a purpose not in use."""
    if ends(choice, now=now):
        return "end-again", language.text("Email me the link again")
    if choice.standing.granted or choice.waits:
        return "end", language.text("Stop")
    if choice.standing.stopped is not None or not choice.purpose.active:
        return "", ""
    button = (
        language.text("Start (by email)")
        if choice.purpose.kind is PurposeKind.EMAIL
        else language.text("Allow (by email)")
    )
    return "start", button


def _ends_mails(seen: SeenPreferences, language: Language, *, now: datetime) -> str:
    """A no is also possible for purposes nobody asked about, but stops nothing."""
    mails = [each for each in seen.choices if each.purpose.kind is PurposeKind.EMAIL]
    if any(ends(each, now=now) for each in mails) and all(
        ends(each, now=now) or each.standing.own_no for each in mails
    ):
        return ""
    if any(each.standing.granted or each.waits for each in mails):
        return language.text("Stop all of these emails")
    return "" if all(each.standing.own_no for each in mails) else language.text("Never send me any of these emails")


def _since(choice: OwnChoice, seen: SeenPreferences, language: Language) -> str:
    standing = choice.standing
    if choice.on and standing.since is not None:
        return language.text("On since {time}.", time=since(language, standing, standing.since, seen.zone))
    if choice.other_number and standing.since is not None:
        return language.text(
            "Given on {time}, for another phone number than we have of you now.",
            time=since(language, standing, standing.since, seen.zone),
        )
    if standing.granted and standing.since is not None:
        return language.text(
            "It has expired; it was given on {time}.", time=since(language, standing, standing.since, seen.zone)
        )
    if standing.own_no is not None:
        return language.text("You said no on {time}.", time=stamp(language, standing.own_no.at, seen.zone))
    if standing.rests_on is not None:
        return language.text("Off since {time}.", time=stamp(language, standing.rests_on.at, seen.zone))
    if choice.waits or standing.question is not None:
        return ""
    return language.text("You were never asked.")


def _waiting(change: PendingChange, seen: SeenPreferences, language: Language) -> WaitingLine:
    time = stamp(language, change.made_at, seen.zone)
    return WaitingLine(
        change.id.hex,
        language.text(
            "{what}. We sent a link to {address} on {time}. Until you open it and press the button there, nothing has changed.",
            what=wished(change, seen, language),
            address=seen.contact.address,
            time=time,
        ),
    )


def wished(change: PendingChange, seen: SeenPreferences, language: Language) -> str:
    """A request in a few words."""
    match change.wish:
        case Wish.YES:
            choice = seen.choice(change.purpose)
            return language.text("Yes to “{what}”", what=choice.texts[Part.NAME] if choice else change.purpose)
        case Wish.RESUME:
            return language.text("Use my data again")
        case Wish.DATA:
            return language.text("Send me all of my data")
        case Wish.DELETE:
            return language.text("Delete my data")
        case Wish.KEEP:
            return language.text("Take the deletion back")
        case Wish.CHANGE if change.empties:
            return language.text("Empty “{field}”", field=change.field_named(seen.labels))
        case Wish.CHANGE:
            return language.text("Change “{field}”", field=change.field_named(seen.labels))
        case Wish.NO:
            choice = seen.choice(change.purpose)
            return language.text("No to “{what}”", what=choice.texts[Part.NAME] if choice else change.purpose)
        case Wish.NO_MAILS:
            return language.text("No to all of these emails")


def _bookings(theirs: Iterable[OwnBooking], reading: Reading) -> Iterable[BookingLine]:
    language, now = reading.language, reading.now
    for each in theirs:
        booking = each.booking
        zone = zone_kept(booking.invitee.zone, otherwise=ZoneInfo("UTC"))
        title = worded(each.meeting.title, language.code, writer=each.host.language).text
        over = not booking.blocks(now)
        state = language.text("Held, not confirmed")
        if booking.state is BookingState.CONFIRMED:
            state = language.text("Confirmed")
        elif over:
            state = language.text("Cancelled") if booking.state is BookingState.CANCELLED else language.text("Ended")
        yield BookingLine(
            title=language.text("{title} with {host}", title=title, host=each.host.name),
            meta=f"{language.when(booking.time.start, booking.time.end, zone)} · {zone.key}",
            href=reading.href(f"/m/{each.token}"),
            state=state,
            tone="over" if over else "" if booking.state is BookingState.CONFIRMED else "wait",
        )


def _values(seen: SeenPreferences, language: Language) -> Iterable[ValueLine]:
    changeable = {each.field.id for each in seen.changeable}
    for each in (value for value in seen.values if value.field.id not in changeable):
        note = language.text("encrypted; only this much of it is shown") if each.sealed else ""
        if each.locked:
            note = language.text("erased, and locked: nobody but you can have it filled in again")
        yield ValueLine(each.field.label(language.code), each.masked, note)


def _held(seen: SeenPreferences, reading: Reading) -> str:
    days = seen.organisation.days_kept(reading.retain_days)
    language = reading.language
    if not seen.bookings:
        return language.text("We hold your address and your name, and no bookings.")
    what = language.plural(
        "We hold your address, your name and {count} booking with its answers.",
        "We hold your address, your name and {count} bookings with their answers.",
        len(seen.bookings),
    )
    kept = language.plural(
        "Bookings are erased {count} day after the meeting.",
        "Bookings are erased {count} days after the meeting.",
        days,
    )
    return f"{what} {kept}"


def _stopped(seen: SeenPreferences, language: Language) -> str:
    if seen.stopped_at is None:
        return ""
    return language.text(
        "Since {time} your data has not been used: no list, no call, no passing on.",
        time=stamp(language, seen.stopped_at, seen.zone),
    )


def erasing_words(seen: SeenPreferences, language: Language) -> str:
    """About an open deletion; "" for none."""
    if seen.erasing is None:
        return ""
    return language.text(
        "You asked on {asked} for your data to be deleted. That is done by {due} at the latest. Reference: {reference}",
        asked=stamp(language, seen.erasing.made_at, seen.zone),
        due=stamp(language, seen.erasing.due_at, seen.zone),
        reference=seen.erasing.reference,
    )

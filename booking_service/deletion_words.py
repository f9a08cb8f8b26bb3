"""What deleting somebody's data means, told before they confirm: the same on pages and in the mail.

Only coming bookings differ: named in full to the person's own page or mail, by their times to the holder of a link.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, tzinfo

from .domain.localized_text import worded
from .domain.privacy import ComingBooking, ErasurePreview
from .language import Language

Facts = tuple[tuple[str, str], ...]
Naming = Callable[[ComingBooking, Language, tzinfo], str]


def in_full(booking: ComingBooking, language: Language, zone: tzinfo) -> str:
    title = worded(booking.title, language.code, writer=booking.writer).text
    what = language.text("{title} with {host}", title=title, host=booking.host)
    return f"{what}, {by_time(booking, language, zone)}"


def by_time(booking: ComingBooking, language: Language, zone: tzinfo) -> str:
    return language.when(booking.time.start, booking.time.end, zone)


def what_follows(
    ahead: ErasurePreview,
    language: Language,
    *,
    zone: tzinfo,
    when: str,
    chooses: bool = False,
    named: Naming = in_full,
) -> Facts:
    """Labels and texts. `when`: until when it is done. `chooses`: this page asks whether bookings are cancelled."""
    coming = " ".join(_coming(ahead, language, zone=zone, chooses=chooses, named=named))
    facts = (
        (language.text("Upcoming bookings"), coming),
        (language.text("Name, address, answers"), " ".join(_erased(ahead, language))),
        (language.text("Emails, calls, passing on"), language.text("Ended for good: an import can’t bring you back.")),
        (language.text("What stays"), " ".join(_stays(ahead, language))),
        (language.text("When"), when),
    )
    return facts if coming else facts[1:]


def within(ahead: ErasurePreview, language: Language, *, stamp: Callable[[datetime], str]) -> str:
    """How long it takes from the press, or for an open one until when. `stamp`: formats an instant as evidence."""
    if ahead.open is not None:
        reference, due_at = ahead.open
        return language.text(
            "You already asked for it: by {time} at the latest. Reference: {reference}",
            time=stamp(due_at),
            reference=reference,
        )
    if not ahead.after:
        return language.text("At once; you get one last email.")
    return language.plural(
        "Within {count} day; you get one last email.", "Within {count} days; you get one last email.", ahead.after.days
    )


def bookings_named(these: Iterable[ComingBooking], language: Language, *, zone: tzinfo, named: Naming = in_full) -> str:
    return "; ".join(named(each, language, zone) for each in these)


def _coming(ahead: ErasurePreview, language: Language, *, zone: tzinfo, chooses: bool, named: Naming) -> Iterable[str]:
    theirs = bookings_named(ahead.cancellable, language, zone=zone, named=named)
    if theirs and ahead.cancels:
        yield language.text("Cancelled as soon as you press the button: {bookings}.", bookings=theirs)
    elif theirs:
        yield language.text("They stay until they are over, with what they need: {bookings}.", bookings=theirs)
    if theirs and chooses:
        yield language.text("Tick the box below, and pressing the button cancels them at once.")
    if ahead.too_soon:
        yield language.text(
            "Too late to cancel here, so they stay until they are over: {bookings}.",
            bookings=bookings_named(ahead.too_soon, language, zone=zone, named=named),
        )


def _erased(ahead: ErasurePreview, language: Language) -> Iterable[str]:
    yield language.text("Erased.")
    if ahead.merged:
        yield language.text(
            "What we hold about you under {others} goes with them. Upcoming bookings made with those addresses stay "
            "until they are over.",
            others=", ".join(ahead.merged),
        )


def _stays(ahead: ErasurePreview, language: Language) -> Iterable[str]:
    yield language.text(
        "A fingerprint of your address, which can’t be turned back into it, so that your no is honoured."
    )
    if ahead.proof_until is not None:
        yield language.text(
            "And the proof of what you agreed to, sealed until {day}: used for nothing else, and opened only when "
            "somebody gives your address.",
            day=language.long_date(ahead.proof_until.date()),
        )

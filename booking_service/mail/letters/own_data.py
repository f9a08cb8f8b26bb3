"""The letters about one's own data: the link to it, requests to confirm, what is ready, and the last mail."""

from dataclasses import replace
from functools import partial

from ...deletion_words import what_follows, within
from ...domain.localized_text import NO_WORDS
from ...domain.mail_texts import Word
from ...domain.privacy import Wish
from ...language import Language
from ..facts import ContactFacts
from .blocks import Block, Button, Fact, FurtherLink, Letter, Quote, Says, Table
from .contact import to_contact
from .phrases import Reader, stamp


def preferences_link(reader: Reader, facts: ContactFacts) -> Letter:
    language = reader.language
    return to_contact(
        reader,
        facts,
        language.text("Your bookings and data"),
        Says(language.text("You asked for the page that shows everything we hold about this email address.")),
        Button(language.text("Open the page"), facts.links["act"]),
        _until(reader, facts),
        Says(language.text("Do not pass it on: it opens everything. If you did not ask, do nothing."), unless=""),
    )


def confirm_change(reader: Reader, facts: ContactFacts) -> Letter:
    language = reader.language
    what = facts.consents[0].name if facts.consents else wish_words(facts, language)
    time = stamp(reader, facts.asked_at or facts.now)
    asked = (
        language.text("On {time} you asked us for this: {what}", time=time, what=what)
        if facts.passed_on
        else language.text(
            "On {time} this was asked for, on the page about this email address: {what}", time=time, what=what
        )
    )
    return to_contact(
        reader,
        facts,
        language.text("Please confirm: {what}", what=what),
        Says(asked),
        *_quoted(facts),
        *_foreseen(reader, facts),
        Button(language.text("See it and confirm"), facts.links["act"]),
        Says(
            language.text(
                "The link can be used until {time}. Until you press the button there, nothing changes.",
                time=stamp(reader, facts.until or facts.now),
            ),
            unless=Word.UNTIL,
        ),
        Says(
            language.text("Not you? Then do nothing.")
            if facts.passed_on
            else language.text(
                "Not you? Then do nothing. Whoever asked had the link from an email to you, which may have been "
                "forwarded."
            ),
            unless="",
        ),
    )


def data_ready(reader: Reader, facts: ContactFacts) -> Letter:
    language = reader.language
    return to_contact(
        reader,
        facts,
        language.text("Your data is ready"),
        Says(language.text("Everything we hold about this email address, in one form to read and one for programs.")),
        Button(language.text("Get your data"), facts.links["act"]),
        _until(reader, facts),
        Says(language.text("Do not pass it on: it opens everything."), unless=""),
    )


def deletion_delayed(reader: Reader, facts: ContactFacts) -> Letter:
    """Says the reason, within a month of the request (Art. 12(3) GDPR)."""
    language = reader.language
    return to_contact(
        reader,
        facts,
        language.text("Deleting your data takes longer"),
        Says(_wished(reader, facts)),
        Says(
            language.text(
                "We need more time for this, until {time} at the latest. Then it is done automatically.",
                time=stamp(reader, facts.until or facts.now),
            ),
            unless=Word.UNTIL,
        ),
        Quote(language.text("Why"), facts.reason),
        Says(_complaint(language), unless=""),
    )


def deletion_refused(reader: Reader, facts: ContactFacts) -> Letter:
    """Says the reason, and which remedies there are (Art. 12(4) GDPR)."""
    language = reader.language
    return to_contact(
        reader,
        facts,
        language.text("Your data will not be deleted"),
        Says(_wished(reader, facts)),
        Says(language.text("We will not delete it."), unless=""),
        Quote(language.text("Why"), facts.reason),
        Says(_complaint(language), unless=""),
    )


def deletion_taken_back(reader: Reader, facts: ContactFacts) -> Letter:
    language = reader.language
    return to_contact(
        reader,
        facts,
        language.text("Your data stays"),
        Says(_wished(reader, facts)),
        Says(
            language.text("This was taken back: nothing will be deleted. Bookings that were cancelled stay cancelled.")
        ),
        Says(
            language.text(
                "Whoever pressed the button had the link from an email to you. If it was not you, ask for the "
                "deletion again."
            ),
            unless="",
        ),
        FurtherLink(language.text("Your data"), facts.links["start"]),
    )


def data_erased(reader: Reader, facts: ContactFacts) -> Letter:
    """The last mail, sent right before the erasure, as the address is unknown afterwards; without a link to options."""
    language = reader.language
    blocks: list[Block] = [
        Says(
            language.text(
                "Everything we hold about this email address is being deleted now. This is our last email to it."
            )
        )
    ]
    if facts.coming:
        blocks.append(
            Says(
                language.text(
                    "For your upcoming bookings, we keep what they need until they are over. Emails about them "
                    "still come."
                ),
                unless="",
            )
        )
    if facts.merged:
        others = ", ".join(facts.merged)
        blocks.append(
            Says(
                language.text("What we hold about you under {others} goes with it.", others=others),
                unless="",
            )
        )
    blocks.append(Says(_kept(reader, facts), unless=""))
    last = to_contact(reader, facts, language.text("Your data is being deleted"), *blocks)
    return replace(last, footer=NO_WORDS, preferences=None)


def _kept(reader: Reader, facts: ContactFacts) -> str:
    language = reader.language
    if facts.kept_until is None:
        return language.text(
            "What stays is a fingerprint of the address, which can’t be turned back into it, so that your no is "
            "honoured."
        )
    return language.text(
        "What stays is a fingerprint of the address, which can’t be turned back into it, so that your no is "
        "honoured; and the proof of what you agreed to, sealed until {day}.",
        day=language.long_date(facts.kept_until.date()),
    )


def wish_words(facts: ContactFacts, language: Language) -> str:
    """The waiting request in a few words; "" for a yes, which is named by its purpose."""
    match facts.wish:
        case Wish.RESUME:
            return language.text("use my data again")
        case Wish.DATA:
            return language.text("send me all of my data")
        case Wish.DELETE:
            return language.text("delete my data")
        case Wish.KEEP:
            return language.text("take back the deletion of my data")
        case Wish.CHANGE if facts.empties:
            return language.text("empty “{field}”", field=facts.changes)
        case Wish.CHANGE:
            return language.text("change “{field}”", field=facts.changes)
        case Wish.NO:
            return language.text("end “{what}”", what=facts.ends)
        case Wish.NO_MAILS:
            return language.text("stop all emails except those about my own bookings")
        case _:
            return ""


def _wished(reader: Reader, facts: ContactFacts) -> str:
    return reader.language.text(
        "On {time} you asked us to delete what we hold about this email address.",
        time=stamp(reader, facts.asked_at or facts.now),
    )


def _complaint(language: Language) -> str:
    return language.text(
        "If you do not agree, reply to this email. You can also complain to a data protection authority, or go to "
        "court."
    )


def _quoted(facts: ContactFacts) -> tuple[Block, ...]:
    return tuple(Quote(each.name, each.box) for each in facts.consents)


def _foreseen(reader: Reader, facts: ContactFacts) -> tuple[Block, ...]:
    """What the deletion will do, before it is confirmed; also below an own text."""
    language, ahead = reader.language, facts.foreseen
    if ahead is None:
        return ()
    rows = what_follows(ahead, language, zone=reader.zone, when=within(ahead, language, stamp=partial(stamp, reader)))
    return (
        Says(language.text("After you press the button on that page, this happens:"), unless=""),
        Table(tuple(Fact(label, text) for label, text in rows)),
    )


def _until(reader: Reader, facts: ContactFacts) -> Block:
    time = stamp(reader, facts.until or facts.now)
    return Says(
        reader.language.text("The link works until {time}, as often as you like.", time=time), unless=Word.UNTIL
    )

"""The words of mails about one's own data: the link to it, what waits to be confirmed, what is ready, and the last one."""

from dataclasses import replace
from functools import partial

from ...deletion_words import what_follows, within
from ...domain.localized_text import NO_WORDS
from ...domain.mail_texts import Word
from ...domain.privacy import Wish
from ...language import Language
from ..facts import ContactFacts
from .blocks import Block, Button, Fact, Letter, Quote, Says, Table, Way
from .contact import to_contact
from .phrases import Reader, stamp


def preferences_link(reader: Reader, facts: ContactFacts) -> Letter:
    language = reader.language
    return to_contact(
        reader,
        facts,
        language.text("Your bookings and data"),
        Says(language.text("You asked for the page that shows all we hold about this mail address.")),
        Button(language.text("Open the page"), facts.links["act"]),
        _until(reader, facts),
        Says(language.text("Pass it on to nobody: it opens all of it. You did not ask? Then do nothing."), unless=""),
    )


def confirm_change(reader: Reader, facts: ContactFacts) -> Letter:
    language = reader.language
    what = facts.consents[0].name if facts.consents else wish_words(facts, language)
    time = stamp(reader, facts.asked_at or facts.now)
    asked = (
        language.text("On {time} you asked us for this: {what}", time=time, what=what)
        if facts.passed_on
        else language.text(
            "On {time} this was asked for, on the page about this mail address: {what}", time=time, what=what
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
                "Not you? Then do nothing. Whoever asked had the link of a mail to you, which may have been forwarded."
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
        Says(language.text("All that we hold about this mail address, to read and for programs.")),
        Button(language.text("Get your data"), facts.links["act"]),
        _until(reader, facts),
        Says(language.text("Pass it on to nobody: it opens all of it."), unless=""),
    )


def deletion_delayed(reader: Reader, facts: ContactFacts) -> Letter:
    """With the reason, within a month of the wish (Art. 12(3) GDPR)."""
    language = reader.language
    return to_contact(
        reader,
        facts,
        language.text("Deleting your data takes longer"),
        Says(_wished(reader, facts)),
        Says(
            language.text(
                "We need more time for it, until {time} at the latest. Then it is done by itself.",
                time=stamp(reader, facts.until or facts.now),
            ),
            unless=Word.UNTIL,
        ),
        Quote(language.text("Why"), facts.reason),
        Says(_complaint(language), unless=""),
    )


def deletion_refused(reader: Reader, facts: ContactFacts) -> Letter:
    """With the reason, and what can be done about it (Art. 12(4) GDPR)."""
    language = reader.language
    return to_contact(
        reader,
        facts,
        language.text("Your data is not deleted"),
        Says(_wished(reader, facts)),
        Says(language.text("We do not delete it."), unless=""),
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
        Says(language.text("This was taken back: nothing is deleted. Bookings that were cancelled stay cancelled.")),
        Says(
            language.text(
                "Whoever pressed had the link of a mail to you. It was not you? Then ask for the deletion again."
            ),
            unless="",
        ),
        Way(language.text("Your data"), facts.links["start"]),
    )


def data_erased(reader: Reader, facts: ContactFacts) -> Letter:
    """It leaves right before the erasing, as the address is not known afterwards. Below it no link to one's options: it
    would lead nowhere."""
    language = reader.language
    blocks: list[Block] = [
        Says(
            language.text("All that we hold about this mail address is being deleted now. This is our last mail to it.")
        )
    ]
    if facts.coming:
        blocks.append(
            Says(
                language.text(
                    "Of your coming bookings we keep what they need, until they are over. Mails about them come."
                ),
                unless="",
            )
        )
    if facts.merged:
        others = ", ".join(facts.merged)
        blocks.append(
            Says(
                language.text("With it goes what we hold about you under {others}.", others=others),
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
            "What stays is a fingerprint of the address, which can’t be turned into it, so that your no is honoured."
        )
    return language.text(
        "What stays is a fingerprint of the address, which can’t be turned into it, so that your no is honoured; and, sealed "
        "until {day}, the proof of what you agreed to.",
        day=language.long_date(facts.kept_until.date()),
    )


def wish_words(facts: ContactFacts, language: Language) -> str:
    """What waits, in a few words; "" for a yes, which is called as its purpose."""
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
            return language.text("stop all emails but those about my own bookings")
        case _:
            return ""


def _wished(reader: Reader, facts: ContactFacts) -> str:
    return reader.language.text(
        "On {time} you asked us to delete what we hold about this mail address.",
        time=stamp(reader, facts.asked_at or facts.now),
    )


def _complaint(language: Language) -> str:
    return language.text(
        "If you do not agree, answer this mail. You can also complain to a data protection authority, or go to court."
    )


def _quoted(facts: ContactFacts) -> tuple[Block, ...]:
    return tuple(Quote(each.name, each.box) for each in facts.consents)


def _foreseen(reader: Reader, facts: ContactFacts) -> tuple[Block, ...]:
    """What deleting comes to, before it is confirmed: also below a text of one's own."""
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
        reader.language.text("The link works until {time}, as often as you want.", time=time), unless=Word.UNTIL
    )

"""The letters about consents: the question whether a tick was meant, and what became of it.

The question is no advertising: no picture, no welcome, nothing that was typed into the form, and the no as near as the
yes (BGH I ZR 164/09; OLG München 29 U 1682/12).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from ...domain.localized_text import NO_WORDS
from ...domain.mail_texts import Word
from ...language import Language
from ..facts import AboutConsent, ContactFacts, OwnText
from ..headers import clean
from .blocks import Block, Button, Fact, FurtherLink, Letter, Quote, Says, Table
from .contact import to_contact
from .phrases import Reader, imprint, own_data, stamp


def confirm_consent(reader: Reader, facts: ContactFacts) -> Letter:
    language = reader.language
    name = names(facts.consents)
    first = facts.consents[0]
    asked = _ticked(reader, facts) if first.ticked else _unasked(reader, facts)
    subject, opening = language.text("Please confirm: {what}", what=name), [Says(asked)]
    if facts.reminders:
        subject = language.text("Still to be confirmed: {what}", what=name)
        opening = [Says(_reminding(reader, facts), unless=""), Says(asked)]
    until = max((each.until for each in facts.consents if each.until), default=facts.now)
    asking = to_contact(
        reader,
        facts,
        subject,
        *opening,
        *(block for each in facts.consents for block in _asked(reader, each)),
        Button(language.text("Say yes or no"), facts.links["answer"]),
        Says(_until(reader, facts, until), unless=Word.UNTIL),
        Says(
            language.text("Not you? Then do nothing. A booking does not depend on it; it has its own email."), unless=""
        ),
    )
    plain = own_data(language, facts.links["preferences"])
    return replace(asking, footer=NO_WORDS, preferences=plain)


def consent_confirmed(reader: Reader, facts: ContactFacts) -> Letter:
    language, (about, *_) = reader.language, facts.consents
    rows = [Fact(language.text("Asked"), stamp(reader, about.asked_at))] if about.asked_at else []
    if about.answered_at:
        rows.append(Fact(language.text("Confirmed"), stamp(reader, about.answered_at)))
    rows.append(Fact(language.text("Record"), about.record))
    return to_contact(
        reader,
        facts,
        language.text("Confirmed: {what}", what=about.name),
        Says(language.text("You agreed to this. Please keep this email for your records.")),
        Quote(about.name, about.box),
        Table(tuple(rows)),
        Says(language.text("You can end it at any time. It takes effect at once."), unless=""),
        FurtherLink(language.text("End “{what}”", what=about.name), facts.links["out"]),
    )


def consent_ended(reader: Reader, facts: ContactFacts) -> Letter:
    language, (about, *_) = reader.language, facts.consents
    rows = [Fact(language.text("Ended"), stamp(reader, about.answered_at))] if about.answered_at else []
    rows += [Fact(language.text("Record"), each.record) for each in facts.consents]
    if about.everything:
        return _stopped(reader, facts, rows)
    name = names(facts.consents)
    return to_contact(
        reader,
        facts,
        language.text("Ended: {what}", what=name),
        Says(language.text("“{what}” has ended for this email address, with immediate effect.", what=name)),
        Table(tuple(rows)),
        Says(language.text("Only this has ended. Emails about your own bookings still come."), unless=""),
        FurtherLink(language.text("Was that a mistake? Start it again"), facts.links["preferences"]),
    )


def message(reader: Reader, facts: ContactFacts) -> Letter:
    """A message by staff, why the recipient gets it, and how to end that."""
    language, (about, *_) = reader.language, facts.consents
    written = facts.written or OwnText("", "")
    paragraphs = (each.strip() for each in written.text.split("\n\n"))
    return to_contact(
        reader,
        facts,
        clean(written.subject),
        *(Says(each) for each in paragraphs if each),
        Says(_why(reader, about, facts)),
        FurtherLink(language.text("End “{what}”", what=about.name), facts.links["out"]),
    )


def purpose_news(reader: Reader, facts: ContactFacts) -> Letter:
    """A new purpose to decide about: a neutral notice that asks for nothing, with the no as near as the page."""
    language, (about, *_) = reader.language, facts.consents
    return to_contact(
        reader,
        facts,
        language.text("New question about your data: {what}", what=about.name),
        Says(
            language.text(
                "From now on, {organisation} asks people whether they agree to the text below. This email does not "
                "mean that you have agreed.",
                organisation=facts.organisation.name,
            )
        ),
        Quote(about.name, about.box),
        Button(language.text("See it and decide"), facts.links["preferences"]),
        _once(language),
        FurtherLink(language.text("Say no to “{what}”", what=about.name), facts.links["out"]),
    )


def page_news(reader: Reader, facts: ContactFacts) -> Letter:
    """The preferences page exists, and what it is for."""
    language = reader.language
    return to_contact(
        reader,
        facts,
        language.text("A page about your emails and data"),
        Says(
            language.text(
                "{organisation} has a page where you can see what applies to this email address, choose which emails "
                "you get, and ask for your data or its deletion.",
                organisation=facts.organisation.name,
            )
        ),
        Button(language.text("Open the page"), facts.links["preferences"]),
        _once(language),
    )


def consent_told(reader: Reader, facts: ContactFacts) -> Letter:
    """To a partner or staff: who agreed to what, limited to what the consent covers; or its end, by reference."""
    language, organisation, answer = reader.language, facts.organisation, facts.answer
    if answer is None:
        raise ValueError("this mail tells of an answer")
    labels = {
        "name": language.text("Name"),
        "address": language.text("Email"),
        "phone": language.text("Phone"),
        "optin_id": language.text("Opt-in id"),
    }
    rows = [Fact(labels[each], clean(text)) for each, text in answer.known.items()]
    when = language.text("Ended") if answer.ended else language.text("Agreed")
    rows += [Fact(when, stamp(reader, answer.at)), Fact(language.text("Reference"), answer.reference)]
    told = (
        language.text("“{what}” has ended. Stop using what you hold about this person for it.", what=answer.name)
        if answer.ended
        else language.text("Somebody agreed to “{what}”. You will be told when that ends.", what=answer.name)
    )
    subject = (
        language.text("Ended: {what}", what=answer.name)
        if answer.ended
        else language.text("Agreed: {what}", what=answer.name)
    )
    ways = [FurtherLink(language.text("The contact"), answer.page)] if answer.page else []
    return Letter(
        language=language,
        subject=subject,
        blocks=(Says(told), Table(tuple(rows)), *ways),
        imprint=imprint(organisation, organisation.name, language),
        imprint_foreign=organisation.own(organisation.imprint, language.code).foreign,
        privacy=facts.links["privacy"],
    )


def _once(language: Language) -> Says:
    return Says(language.text("We tell you about this only once. If you do nothing, nothing changes."), unless="")


def _why(reader: Reader, about: AboutConsent, facts: ContactFacts) -> str:
    if about.implied or about.stands_since is None:
        return reader.language.text(
            "You are getting this email because you are in touch with {organisation}: “{what}”.",
            organisation=facts.organisation.name,
            what=about.name,
        )
    return reader.language.text(
        "You are getting this email because you agreed to “{what}” on {time}.",
        what=about.name,
        time=_since(reader, about, about.stands_since),
    )


def _since(reader: Reader, about: AboutConsent, instant: datetime) -> str:
    return reader.language.full_date(about.stands_on) if about.stands_on else stamp(reader, instant)


def _stopped(reader: Reader, facts: ContactFacts, rows: Sequence[Fact]) -> Letter:
    language = reader.language
    return to_contact(
        reader,
        facts,
        language.text("Your data is not used any more"),
        Says(
            language.text(
                "You stopped all use of your data: no list, no call, no passing on. Emails about your own bookings "
                "still come."
            )
        ),
        Table(tuple(rows)),
        Says(language.text("Only you can lift that, on the page about your bookings and data.")),
        FurtherLink(language.text("Was that a mistake? Lift it"), facts.links["start"]),
    )


def _ticked(reader: Reader, facts: ContactFacts) -> str:
    return reader.language.text(
        "On {time} somebody entered this email address on a booking page of {organisation}, and ticked the box with "
        "the text below.",
        time=stamp(reader, facts.consents[0].asked_at or facts.now),
        organisation=facts.organisation.name,
    )


def _unasked(reader: Reader, facts: ContactFacts) -> str:
    return reader.language.text(
        "{organisation} would like to know whether you agree to the text below. Nothing has been agreed to yet.",
        organisation=facts.organisation.name,
    )


def _asked(reader: Reader, about: AboutConsent) -> tuple[Block, ...]:
    language = reader.language
    stands = (
        language.text(
            "You already agreed to it, on {time}. That stays as it is.",
            time=_since(reader, about, about.stands_since),
        )
        if about.stands_since
        else ""
    )
    return (
        Quote(about.name, about.box),
        *(Says(text, unless=Word.WORDING) for text in (about.benefit, about.more, about.policy, stands) if text),
    )


def _until(reader: Reader, facts: ContactFacts, until: datetime) -> str:
    """Until when the question can be answered, and what happens otherwise."""
    language, time = reader.language, stamp(reader, until)
    if any(each.counts for each in facts.consents):
        return _until_where_it_counts(reader, facts, time=time)
    if not facts.reminders_ahead:
        return language.text(
            "The link can be used until {time}. Without a yes, nothing is sent, and the question lapses.",
            time=time,
        )
    return language.plural(
        "The link can be used until {time}. Without an answer, we ask at most {count} more time, and then the "
        "question lapses; without a yes, nothing else is sent.",
        "The link can be used until {time}. Without an answer, we ask at most {count} more times, and then the "
        "question lapses; without a yes, nothing else is sent.",
        facts.reminders_ahead,
        time=time,
    )


def _until_where_it_counts(reader: Reader, facts: ContactFacts, *, time: str) -> str:
    """As `_until`, for a contact that gets such mails already."""
    if not facts.reminders_ahead:
        return reader.language.text(
            "The link can be used until {time}. Without an answer, everything stays as it is, and the question lapses.",
            time=time,
        )
    return reader.language.plural(
        "The link can be used until {time}. Without an answer, we ask at most {count} more time, and then the "
        "question lapses; everything stays as it is.",
        "The link can be used until {time}. Without an answer, we ask at most {count} more times, and then the "
        "question lapses; everything stays as it is.",
        facts.reminders_ahead,
        time=time,
    )


def _reminding(reader: Reader, facts: ContactFacts) -> str:
    return reader.language.text("This is a reminder, as nobody has answered yet.")


def names(consents: Iterable[AboutConsent]) -> str:
    return ", ".join(each.name for each in consents)

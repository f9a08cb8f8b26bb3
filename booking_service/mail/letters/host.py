"""The letters to the host about a booking."""

from ...domain.booking import Party
from ...domain.effects import Mail
from ...domain.mail_texts import Word
from ..facts import MailFacts
from ..headers import clean
from .blocks import Button, Letter, Says
from .phrases import Reader, hold_table, host_table, moment, reason_given, until


def approve_booking(reader: Reader, mail: Mail, facts: MailFacts) -> Letter:
    language, booking = reader.language, facts.booking
    name = clean(booking.invitee.name)
    subject = language.text("Please decide: {name}, {when}", name=name, when=moment(reader, booking.time.start))
    return Letter(
        language=language,
        subject=subject,
        blocks=(
            Says(language.text("{name} is asking for the time below and is waiting for your answer.", name=name)),
            Says(_proven(reader, facts), unless=""),
            host_table(reader, facts),
            Button(language.text("Approve or decline"), facts.links["act"]),
            Says(
                language.text(
                    "If you have not answered by {time}, it is released.", time=until(reader, booking.hold_until)
                ),
                unless=Word.UNTIL,
            ),
        ),
    )


def _proven(reader: Reader, facts: MailFacts) -> str:
    language = reader.language
    if Party.INVITEE in facts.booking.awaits:
        return language.text("The email address is not confirmed yet. They will be asked once you have approved.")
    if not facts.meeting.wants_doi(forced=facts.organisation.doi_forced):
        return language.text("The email address was not checked.")
    return language.text("The email address is confirmed.")


def host_held(reader: Reader, mail: Mail, facts: MailFacts) -> Letter:
    language, booking = reader.language, facts.booking
    name = clean(booking.invitee.name)
    return Letter(
        language=language,
        subject=language.text("Hold: {name}, {when}", name=name, when=moment(reader, booking.time.start)),
        blocks=(
            Says(
                language.text(
                    "The time below is held for {name}, who has been asked by email to confirm.",
                    name=name,
                )
            ),
            hold_table(reader, facts),
            Button(language.text("Release the time"), facts.links["release"]),
            Says(
                language.text(
                    "If it is not confirmed by {time}, it is released.", time=until(reader, booking.hold_until)
                ),
                unless=Word.UNTIL,
            ),
        ),
    )


def host_booked(reader: Reader, mail: Mail, facts: MailFacts) -> Letter:
    language, booking = reader.language, facts.booking
    name = clean(booking.invitee.name)
    return Letter(
        language=language,
        subject=language.text("Booked by {name}: {when}", name=name, when=moment(reader, booking.time.start)),
        blocks=(
            Says(_booked(reader, facts)),
            host_table(reader, facts),
            _in_your_calendar(reader),
        ),
    )


def _booked(reader: Reader, facts: MailFacts) -> str:
    name = clean(facts.booking.invitee.name)
    if facts.booking.vouched:
        return reader.language.text("You have confirmed this booking for {name}.", name=name)
    return reader.language.text("{name} has booked a time with you.", name=name)


def host_moved(reader: Reader, mail: Mail, facts: MailFacts) -> Letter:
    if not facts.told:
        return host_booked(reader, mail, facts)
    language, booking = reader.language, facts.booking
    name = clean(booking.invitee.name)
    before = facts.told_time if facts.told_time != booking.time else None
    return Letter(
        language=language,
        subject=language.text("Moved by {name} to {when}", name=name, when=moment(reader, booking.time.start)),
        blocks=(
            Says(language.text("{name} has moved a booking with you.", name=name)),
            host_table(reader, facts, before=before),
            _in_your_calendar(reader),
        ),
    )


def _in_your_calendar(reader: Reader) -> Says:
    return Says(
        reader.language.text(
            "It is in your calendar. To reschedule or cancel, move or delete the event there: everyone invited will be told."
        )
    )


def host_cancelled(reader: Reader, mail: Mail, facts: MailFacts) -> Letter:
    language, booking = reader.language, facts.booking
    name, when = clean(booking.invitee.name), moment(reader, booking.time.start)
    by_invitee = booking.cancelled_by is Party.INVITEE
    subject = (
        language.text("Cancelled by {name}: {when}", name=name, when=when)
        if by_invitee
        else language.text("Cancelled: {name}, {when}", name=name, when=when)
    )
    return Letter(
        language=language,
        subject=subject,
        blocks=(
            Says(language.text("The booking below is cancelled, and the time is free again.")),
            *reason_given(reader, mail, facts),
            host_table(reader, facts),
        ),
    )

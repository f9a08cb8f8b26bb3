"""The letters about a booking to its attendees. Before it is confirmed, none of them says that anything is booked.

A mail that asks for confirmation is no advertising and contains nothing that the invitee typed: no name, no answers, no
picture, no welcome (LG Stendal, 22 S 87/20).
"""

from datetime import timedelta

from ...domain.booking import Booking, Cause, Party
from ...domain.effects import Mail, MailRole
from ...domain.localized_text import worded
from ...domain.mail_texts import Word
from ...domain.meeting import Approval
from ..facts import MailFacts
from ..headers import clean
from .blocks import Block, Button, Code, FurtherLink, Letter, Says
from .phrases import (
    Reader,
    change_ways,
    host_table,
    moment,
    reason_given,
    table,
    to_attendees,
    until,
    with_zone,
)


def event_title(reader: Reader, facts: MailFacts) -> str:
    """The title of the event in attendees' calendars; Exchange takes it from the mail's subject."""
    title = worded(facts.meeting.title, reader.language.code, writer=facts.host.language).text
    return reader.language.text("{title} with {host}", title=title, host=facts.host.name)


def confirm_booking(reader: Reader, mail: Mail, facts: MailFacts) -> Letter:
    language, booking = reader.language, facts.booking
    subject = language.text(
        "Please confirm: {when} with {host}", when=moment(reader, booking.time.start), host=facts.host.name
    )
    asked = language.text(
        "Somebody entered this email address to ask for the time below. If that was you, please confirm it."
    )
    return to_attendees(reader, facts, subject, Says(asked), *_question(reader, facts))


def hold_reminder(reader: Reader, mail: Mail, facts: MailFacts) -> Letter:
    language, booking = reader.language, facts.booking
    today = facts.now.astimezone(reader.zone).date()
    subject = language.text(
        "Still yours until {until}: {when} with {host}",
        until=language.instant(booking.hold_until, reader.zone, today=today),
        when=moment(reader, booking.time.start),
        host=facts.host.name,
    )
    waits = language.text("The time below is still waiting to be confirmed. This is the only reminder.")
    return to_attendees(reader, facts, subject, Says(waits), *_question(reader, facts))


def _confirming(reader: Reader, booking: Booking) -> str:
    """The label of the button, as on the pages."""
    if Party.HOST in booking.awaits:
        return reader.language.text("Confirm the request")
    return reader.language.text("Confirm booking")


def _question(reader: Reader, facts: MailFacts) -> tuple[Block, ...]:
    """The question, how to answer it, until when, and what to do if the reader did not ask for it."""
    language, booking = reader.language, facts.booking
    return (
        table(reader, facts, promised=False),
        Button(_confirming(reader, booking), facts.links["confirm"]),
        Code(language.text("Or type this code into the page where you chose the time:"), facts.code),
        Says(_deadline(reader, facts), unless=Word.UNTIL),
        *(
            [Says(language.text("Once you have confirmed, {host} decides.", host=facts.host.name), unless="")]
            if Party.HOST in booking.awaits
            else []
        ),
        Says(
            language.text(
                "The name, address and answers that were entered are used for this meeting and erased after it, at "
                "the time that the privacy text below gives."
            ),
            unless="",
        ),
        *_kept_in_profiles(reader, facts),
        Says(
            language.text("If you did not ask for this, do nothing: without a confirmation nothing happens."),
            unless="",
        ),
        FurtherLink(_giving_up(reader, facts), facts.links["not_me"]),
    )


def _kept_in_profiles(reader: Reader, facts: MailFacts) -> tuple[Block, ...]:
    if not any(each.field for each in facts.meeting.questions):
        return ()
    text = reader.language.text(
        "Once you confirm, answers for which the form said so are also kept in your profile with us, if you have one."
    )
    return (Says(text, unless=""),)


def _giving_up(reader: Reader, facts: MailFacts) -> str:
    if not facts.booking.reserves:
        return reader.language.text("Withdraw the request now, or stop emails to this address")
    return reader.language.text("Release the time now, or stop emails to this address")


def _deadline(reader: Reader, facts: MailFacts) -> str:
    language, time = reader.language, until(reader, facts.booking.hold_until)
    if not facts.booking.reserves:
        return language.text(
            "It is not held for you: whoever confirms first gets it. The link works until {time}.", time=time
        )
    return language.text("It is held for you until {time}. After that it is free for others again.", time=time)


def hold_ended(reader: Reader, mail: Mail, facts: MailFacts) -> Letter:
    language, when = reader.language, moment(reader, facts.booking.time.start)
    subject = (
        language.text("Your hold has ended: {when} with {host}", when=when, host=facts.host.name)
        if facts.booking.reserves
        else language.text("Your request has ended: {when} with {host}", when=when, host=facts.host.name)
    )
    again: list[Block] = [Button(_again(reader, facts), facts.links["confirm"])]
    if facts.free is False:
        again = [Says(language.text("Somebody else has taken it in the meantime."), unless="")]
    if facts.nearby:
        again.append(Says(language.text("Free times close to it:"), unless=""))
        again += [FurtherLink(with_zone(reader, near.time), near.url) for near in facts.nearby]
    again.append(FurtherLink(language.text("All free times"), facts.links["page"]))
    return to_attendees(
        reader, facts, subject, Says(_why_ended(reader, facts)), table(reader, facts, promised=False), *again
    )


def _again(reader: Reader, facts: MailFacts) -> str:
    if facts.meeting.approval is Approval.NONE:
        return reader.language.text("Still free? Book it again")
    return reader.language.text("Still free? Ask for it again")


def _why_ended(reader: Reader, facts: MailFacts) -> str:
    """Why the hold ended. Somebody who confirmed in time, while the host did not, is told so."""
    language, host, time = reader.language, facts.host.name, until(reader, facts.booking.hold_until)
    if Party.INVITEE not in facts.booking.awaits:
        return language.text("{host} did not answer by {time}. Nothing was booked.", host=host, time=time)
    if facts.thread is None:  # no earlier mail was accepted
        return language.text(
            "Our email to you was delayed until after {time}, so you could not confirm. That was not your fault. "
            "Nothing was booked.",
            time=time,
        )
    if not facts.booking.reserves:
        return language.text("The time below was not confirmed by {time}. Nothing was booked.", time=time)
    return language.text("The time below was not confirmed by {time}, so it was released.", time=time)


def booked(reader: Reader, mail: Mail, facts: MailFacts) -> Letter:
    language = reader.language
    news = _confirmed(reader, facts) if mail.to is MailRole.INVITEE else _invited(reader, facts)
    return to_attendees(
        reader,
        facts,
        event_title(reader, facts),
        Says(news),
        table(reader, facts, promised=True),
        Says(language.text("The attached invitation adds it to your calendar.")),
        *change_ways(reader, mail, facts),
    )


def _confirmed(reader: Reader, facts: MailFacts) -> str:
    if facts.booking.vouched:
        return reader.language.text("{host} has confirmed this booking for you.", host=facts.host.name)
    return reader.language.text("Your booking is confirmed.")


def _invited(reader: Reader, facts: MailFacts) -> str:
    """Who invites, unless the name could be read as a web address: guests did not ask for this mail."""
    language, name = reader.language, clean(facts.booking.invitee.name)
    if any(sign in name for sign in ("/", "@", "www")) or "." in name.rstrip("."):
        return language.text("You are invited to this meeting with {host}.", host=facts.host.name)
    return language.text("{name} has booked this meeting with {host} and invites you.", name=name, host=facts.host.name)


def moved(reader: Reader, mail: Mail, facts: MailFacts) -> Letter:
    """A recipient who was never told of the booking is told that it stands, not that it moved."""
    if not facts.told:
        return booked(reader, mail, facts)
    language, now_at = reader.language, facts.booking.time
    subject = language.text(
        "Moved to {when}: {title}", when=moment(reader, now_at.start), title=event_title(reader, facts)
    )
    before = facts.told_time if facts.told_time != now_at else None
    return to_attendees(
        reader,
        facts,
        subject,
        Says(language.text("The booking has a new time.")),
        table(reader, facts, promised=True, before=before),
        Says(language.text("The attached invitation updates your calendar.")),
        *change_ways(reader, mail, facts),
    )


def cancelled(reader: Reader, mail: Mail, facts: MailFacts) -> Letter:
    language, booking = reader.language, facts.booking
    when = moment(reader, booking.time.start)
    if facts.confirmed and booking.cause not in (Cause.TAKEN, Cause.CALENDAR):  # others never stood
        subject = language.text("Cancelled: {when} with {host}", when=when, host=facts.host.name)
        news = _who_cancelled(reader, mail, facts)
    else:
        subject = language.text("Not available any more: {when} with {host}", when=when, host=facts.host.name)
        news = _why_released(reader, facts)
    reason = reason_given(reader, mail, facts)
    calendar = (
        [Says(language.text("The attached cancellation removes it from your calendar."))] if facts.requested else []
    )
    again = (
        [FurtherLink(language.text("Choose another time"), facts.links["page"])] if mail.to is MailRole.INVITEE else []
    )
    return to_attendees(
        reader, facts, subject, Says(news), *reason, table(reader, facts, promised=False), *calendar, *again
    )


def uninvited(reader: Reader, mail: Mail, facts: MailFacts) -> Letter:
    """To a guest who declined or was removed by the invitee: the meeting takes place without them."""
    language = reader.language
    subject = language.text(
        "You are not taking part: {when} with {host}",
        when=moment(reader, facts.booking.time.start),
        host=facts.host.name,
    )
    news = language.text("The meeting below will take place without you. You will get no more emails about it.")
    calendar = language.text("The attached cancellation removes it from your calendar.")
    return to_attendees(reader, facts, subject, Says(news), table(reader, facts, promised=False), Says(calendar))


def guest_declined(reader: Reader, mail: Mail, facts: MailFacts) -> Letter:
    """To the invitee, who invited the guest, and to the host."""
    language, when = reader.language, moment(reader, facts.booking.time.start)
    subject = language.text("A guest won't come: {when}", when=when)
    news = language.text("{guest} has declined. The meeting will take place without them.", guest=mail.guest)
    return _of_a_guest(reader, mail, facts, subject, news)


def guest_comes(reader: Reader, mail: Mail, facts: MailFacts) -> Letter:
    """As `guest_declined`, of a guest who comes after all."""
    language, when = reader.language, moment(reader, facts.booking.time.start)
    subject = language.text("A guest is coming after all: {when}", when=when)
    news = language.text("{guest} had declined, but is coming after all.", guest=mail.guest)
    return _of_a_guest(reader, mail, facts, subject, news)


def _of_a_guest(reader: Reader, mail: Mail, facts: MailFacts, subject: str, news: str) -> Letter:
    if mail.to is MailRole.HOST:
        rows = host_table(reader, facts)
        return Letter(language=reader.language, subject=subject, blocks=(Says(news), rows))
    return to_attendees(
        reader, facts, subject, Says(news), table(reader, facts, promised=True), *change_ways(reader, mail, facts)
    )


def _who_cancelled(reader: Reader, mail: Mail, facts: MailFacts) -> str:
    language, host = reader.language, facts.host.name
    match facts.booking.cancelled_by:
        case Party.HOST:
            return language.text("{host} has cancelled this booking.", host=host)
        case Party.INVITEE if mail.to is MailRole.INVITEE:
            return language.text("You have cancelled this booking.")
        case _:
            return language.text("This booking was cancelled.")


def _why_released(reader: Reader, facts: MailFacts) -> str:
    """Why a time was released that was never confirmed."""
    language, host = reader.language, facts.host.name
    match facts.booking.cause:
        case Cause.TAKEN:
            return language.text("The time you asked for is taken: {host} has another appointment then.", host=host)
        case Cause.CALENDAR:
            return language.text(
                "The calendar of {host} can't be reached, so the time you asked for can't be held.", host=host
            )
        case _:
            return language.text("{host} can no longer offer the time you asked for.", host=host)


def reminder(reader: Reader, mail: Mail, facts: MailFacts) -> Letter:
    language = reader.language
    return to_attendees(
        reader,
        facts,
        _near(reader, facts),
        Says(language.text("A reminder of your booking:")),
        table(reader, facts, promised=True),
        *change_ways(reader, mail, facts),
        FurtherLink(language.text("No more reminders about this booking"), facts.links["stop"]),
    )


def _near(reader: Reader, facts: MailFacts) -> str:
    """For example "Tomorrow 09:00 with Ada", by the reader's date when the mail is sent."""
    language, start = reader.language, facts.booking.time.start.astimezone(reader.zone)
    values = {"time": language.time(start), "host": facts.host.name}
    match start.date() - facts.now.astimezone(reader.zone).date():
        case timedelta(days=0):
            return language.text("Today {time} with {host}", **values)
        case timedelta(days=1):
            return language.text("Tomorrow {time} with {host}", **values)
        case _:
            return language.text("Reminder: {when} with {host}", when=moment(reader, start), host=facts.host.name)

"""The words of every mail about a booking. Before it is confirmed, none of them says that anything was booked.

What asks for a confirmation is no advertising and carries nothing that the invitee typed: no name, no answers, no
picture, no welcome (LG Stendal, 22 S 87/20, on what makes such a mail one).
"""

from datetime import timedelta

from ...domain.booking import Booking, Cause, Party
from ...domain.effects import Mail, MailRole
from ...domain.localized_text import worded
from ...domain.mail_texts import Word
from ...domain.meeting import Approval
from ..facts import MailFacts
from ..headers import clean
from .blocks import Block, Button, Code, Letter, Says, Way
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
    """The title that the event has in attendees' calendars; Exchange takes it from the subject of the mail."""
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
    waits = language.text("The time below still waits to be confirmed. This is the only reminder.")
    return to_attendees(reader, facts, subject, Says(waits), *_question(reader, facts))


def _confirming(reader: Reader, booking: Booking) -> str:
    """What the button says, as it does on the pages."""
    if Party.HOST in booking.awaits:
        return reader.language.text("Confirm the request")
    return reader.language.text("Confirm booking")


def _question(reader: Reader, facts: MailFacts) -> tuple[Block, ...]:
    """What is asked, how to answer, until when, and what happens to who did not ask for it."""
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
                "The name, address and answers that were entered are used for this meeting, and erased after it when the privacy text below says."
            ),
            unless="",
        ),
        *_kept_in_profiles(reader, facts),
        Says(
            language.text("You did not ask for this? Then do nothing: without a confirmation nothing happens."),
            unless="",
        ),
        Way(_giving_up(reader, facts), facts.links["not_me"]),
    )


def _kept_in_profiles(reader: Reader, facts: MailFacts) -> tuple[Block, ...]:
    if not any(each.field for each in facts.meeting.questions):
        return ()
    text = reader.language.text(
        "Answers of which the form said so are also kept in your profile with us, if you have one, once you confirm."
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
        again.append(Says(language.text("Free times near it:"), unless=""))
        again += [Way(with_zone(reader, near.time), near.url) for near in facts.nearby]
    again.append(Way(language.text("All free times"), facts.links["page"]))
    return to_attendees(
        reader, facts, subject, Says(_why_ended(reader, facts)), table(reader, facts, promised=False), *again
    )


def _again(reader: Reader, facts: MailFacts) -> str:
    if facts.meeting.approval is Approval.NONE:
        return reader.language.text("Still free? Book it again")
    return reader.language.text("Still free? Ask for it again")


def _why_ended(reader: Reader, facts: MailFacts) -> str:
    """Who confirmed in time does not read that they did not: it was the host who was awaited."""
    language, host, time = reader.language, facts.host.name, until(reader, facts.booking.hold_until)
    if Party.INVITEE not in facts.booking.awaits:
        return language.text("{host} did not answer by {time}. Nothing was booked.", host=host, time=time)
    if facts.thread is None:  # no mail before this one was taken
        return language.text(
            "Our email to you was delayed beyond {time}, and you could not confirm. That was not your fault. Nothing was booked.",
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
        Says(language.text("The attached invitation puts it into your calendar.")),
        *change_ways(reader, mail, facts),
    )


def _confirmed(reader: Reader, facts: MailFacts) -> str:
    if facts.booking.vouched:
        return reader.language.text("{host} has confirmed this booking for you.", host=facts.host.name)
    return reader.language.text("Your booking is confirmed.")


def _invited(reader: Reader, facts: MailFacts) -> str:
    """Names who invites, unless the name could be read as an address on the web: guests did not ask for this mail."""
    language, name = reader.language, clean(facts.booking.invitee.name)
    if any(sign in name for sign in ("/", "@", "www")) or "." in name.rstrip("."):
        return language.text("You are invited to this meeting with {host}.", host=facts.host.name)
    return language.text("{name} has booked this meeting with {host} and invites you.", name=name, host=facts.host.name)


def moved(reader: Reader, mail: Mail, facts: MailFacts) -> Letter:
    """Who never heard of the booking is not told that it moved, but that it stands."""
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
    if facts.confirmed and booking.cause not in (Cause.TAKEN, Cause.CALENDAR):  # those end what never came to stand
        subject = language.text("Cancelled: {when} with {host}", when=when, host=facts.host.name)
        news = _who_cancelled(reader, mail, facts)
    else:
        subject = language.text("Not available any more: {when} with {host}", when=when, host=facts.host.name)
        news = _why_released(reader, facts)
    reason = reason_given(reader, mail, facts)
    calendar = (
        [Says(language.text("The attached cancellation takes it out of your calendar."))] if facts.requested else []
    )
    again = [Way(language.text("Choose another time"), facts.links["page"])] if mail.to is MailRole.INVITEE else []
    return to_attendees(
        reader, facts, subject, Says(news), *reason, table(reader, facts, promised=False), *calendar, *again
    )


def uninvited(reader: Reader, mail: Mail, facts: MailFacts) -> Letter:
    """To a guest who declined, or whom the invitee took off: the meeting goes on without them."""
    language = reader.language
    subject = language.text(
        "You are not taking part: {when} with {host}",
        when=moment(reader, facts.booking.time.start),
        host=facts.host.name,
    )
    news = language.text("The meeting below takes place without you. You will get no more email about it.")
    calendar = language.text("The attached cancellation takes it out of your calendar.")
    return to_attendees(reader, facts, subject, Says(news), table(reader, facts, promised=False), Says(calendar))


def guest_declined(reader: Reader, mail: Mail, facts: MailFacts) -> Letter:
    """To the invitee, who asked them along, and to the host."""
    language, when = reader.language, moment(reader, facts.booking.time.start)
    subject = language.text("A guest won't come: {when}", when=when)
    news = language.text("{guest} has declined. The meeting takes place without them.", guest=mail.guest)
    return _of_a_guest(reader, mail, facts, subject, news)


def guest_comes(reader: Reader, mail: Mail, facts: MailFacts) -> Letter:
    """The same of a guest who took it back."""
    language, when = reader.language, moment(reader, facts.booking.time.start)
    subject = language.text("A guest comes after all: {when}", when=when)
    news = language.text("{guest} had declined, and comes after all.", guest=mail.guest)
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
    """Of a time that was asked for and never confirmed."""
    language, host = reader.language, facts.host.name
    match facts.booking.cause:
        case Cause.TAKEN:
            return language.text("The time you asked for is taken: {host} has another appointment then.", host=host)
        case Cause.CALENDAR:
            return language.text(
                "The calendar of {host} can't be reached, so the time you asked for can't be held.", host=host
            )
        case _:
            return language.text("{host} can't offer the time you asked for any more.", host=host)


def reminder(reader: Reader, mail: Mail, facts: MailFacts) -> Letter:
    language = reader.language
    return to_attendees(
        reader,
        facts,
        _near(reader, facts),
        Says(language.text("A reminder of your booking:")),
        table(reader, facts, promised=True),
        *change_ways(reader, mail, facts),
        Way(language.text("No more reminders of this booking"), facts.links["stop"]),
    )


def _near(reader: Reader, facts: MailFacts) -> str:
    """Tomorrow 09:00 with Ada: by the reader's calendar at the moment of sending."""
    language, start = reader.language, facts.booking.time.start.astimezone(reader.zone)
    values = {"time": language.time(start), "host": facts.host.name}
    match start.date() - facts.now.astimezone(reader.zone).date():
        case timedelta(days=0):
            return language.text("Today {time} with {host}", **values)
        case timedelta(days=1):
            return language.text("Tomorrow {time} with {host}", **values)
        case _:
            return language.text("Reminder: {when} with {host}", when=moment(reader, start), host=facts.host.name)

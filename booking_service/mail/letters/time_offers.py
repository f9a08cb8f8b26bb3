"""The letters about another time that a host offers in place of a booking's."""

from ...domain.effects import Mail
from ...domain.interval import Interval
from ..facts import MailFacts
from ..headers import clean
from .blocks import Button, Fact, Letter, Says, Table
from .phrases import Reader, elsewhere, host_table, moment, to_attendees, what, with_zone


def time_offered(reader: Reader, mail: Mail, facts: MailFacts) -> Letter:
    """To the invitee. Only the button on the linked page changes anything."""
    language, host, present = reader.language, facts.host.name, facts.booking.time
    offered = facts.booking.offered or present
    subject = language.text("{host} offers another time: {when}", host=host, when=moment(reader, offered.start))
    return to_attendees(
        reader,
        facts,
        subject,
        Says(language.text("{host} offers you another time instead of the one you have.", host=host)),
        Table(
            (
                what(language, facts.meeting, facts.host),
                Fact(language.text("On offer"), with_zone(reader, offered)),
                *elsewhere(reader, offered),
                Fact(language.text("You have"), with_zone(reader, present)),
            )
        ),
        Button(language.text("Look at the offer"), f"{facts.links['manage']}/offered"),
        Says(_until_then(reader, facts, offered), unless=""),
    )


def _until_then(reader: Reader, facts: MailFacts, offered: Interval) -> str:
    return reader.language.text(
        "The time you have stays yours until you take the other one; only then do you give it up. The time on offer "
        "is not held for you: somebody else may be faster. If you do nothing, nothing changes."
    )


def offer_declined(reader: Reader, mail: Mail, facts: MailFacts) -> Letter:
    """To the host."""
    language, name = reader.language, clean(facts.booking.invitee.name)
    when = moment(reader, facts.booking.time.start)
    return Letter(
        language=language,
        subject=language.text("{name} keeps {when}", name=name, when=when),
        blocks=(
            Says(language.text("{name} has declined the time you offered, and keeps the one they have.", name=name)),
            host_table(reader, facts),
        ),
    )

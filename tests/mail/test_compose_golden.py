"""The English mails word for word, with their invitations: a change of any shows here, to be read before it is accepted.

To accept it: delete the file in golden/ and run this test once; it writes what is missing, and fails that once.
"""

from pathlib import Path

import pytest

from booking_service.domain.effects import MailKind
from booking_service.mail.letters.calendar import HostNoticeFacts, compose_host_notice
from booking_service.mail.message import OutgoingMail
from tests.mail.told import ADA, BOOKING, LINKS, MEETING, NOW, ORGANISATION, case, cases

GOLDEN = Path(__file__).parent / "golden"
ALARMS = (MailKind.CALENDAR_UNREADABLE, MailKind.MASS_DELETION, MailKind.CALENDAR_CHANGED)


def shown(mail: OutgoingMail) -> str:
    """A mail as a person reviews it: who, what about, the words, the invitation as it is sent."""
    head = [
        f"From: {mail.sender.name} <{mail.sender.address}>",
        f"To: {mail.to.name} <{mail.to.address}>".replace(":  ", ": "),
        f"Reply-To: {mail.reply_to.name} <{mail.reply_to.address}>".replace(":  ", ": ") if mail.reply_to else "",
        f"Subject: {mail.subject}",
    ]
    parts = ["\n".join(filter(None, head)), mail.text.rstrip()]
    if mail.calendar:
        body = mail.calendar.body.decode().replace("\r\n", "\n").rstrip()
        parts.append(f"[{mail.calendar.filename}]\n{body}")
    return "\n\n".join(parts) + "\n"


def check(name: str, mail: OutgoingMail) -> None:
    path = GOLDEN / f"{name}.txt"
    if not path.exists():
        path.write_text(shown(mail), encoding="utf-8")
        pytest.fail(f"{path.name} was missing and is written now: read it")
    assert shown(mail) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [each.name for each in cases()])
def test_a_mail_reads_as_it_was_last_read(name: str) -> None:
    check(name, case(name).composed())


@pytest.mark.parametrize("kind", ALARMS)
def test_an_alarm_reads_as_it_was_last_read(kind: MailKind) -> None:
    facts = HostNoticeFacts(
        host=ADA, organisation=ORGANISATION, sender="booking@example.org", occasion="1", calendar="Work",
        failure="Refused", since=NOW, vanished=4, booking=BOOKING, meeting=MEETING, act=LINKS["act"], now=NOW,
    )  # fmt: skip
    mail = compose_host_notice(kind, facts=facts)
    assert mail is not None
    check(str(kind), mail)


def test_there_is_no_golden_file_of_a_mail_that_is_gone() -> None:
    names = {each.name for each in cases()} | {str(kind) for kind in ALARMS}
    assert {path.stem for path in GOLDEN.glob("*.txt")} == names

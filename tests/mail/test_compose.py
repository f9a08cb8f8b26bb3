"""Every mail about a booking, read again as its receiver does."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import html5lib
import icalendar
import pytest
import vobject

from booking_service.domain.effects import Mail, MailKind, MailRole
from booking_service.domain.meeting import Place
from booking_service.domain.people import Host, Organisation
from booking_service.mail.message import OutgoingMail, assemble, verify
from tests.mail.examples import ADA, GRACE, LINKS, MEETING, SECRETS, Case, case, cases, facts
from tests.world import host

READERS = (("en", "America/New_York"), ("de", "Asia/Kathmandu"), ("nl", "Pacific/Chatham"), ("de", "Europe/Berlin"))
INVITING = {MailKind.BOOKED: "REQUEST", MailKind.MOVED: "REQUEST"}


def read_again(mail: OutgoingMail) -> EmailMessage:
    """The message as it leaves, past the check that stands before every mail server."""
    raw = assemble(mail).as_bytes()
    verify(raw, mail)
    return message_from_bytes(raw, policy=policy.default)


def spoken(language: str, zone: str) -> Iterator[Case]:
    for each in cases():
        yield each.of(language=language, zone=zone, host=host(language=language))


every = pytest.mark.parametrize(("language", "zone"), READERS)


@every
def test_each_mail_goes_to_one_recipient_from_the_service(language: str, zone: str) -> None:
    for each in spoken(language, zone):
        message = read_again(each.composed())
        expected = {MailRole.INVITEE: GRACE.email, MailRole.GUEST: each.mail.guest, MailRole.HOST: ADA.email}[
            each.mail.to
        ]
        assert [a.addr_spec for a in message["To"].addresses] == [expected]
        sender = "Analytical Engines" if each.mail.to is MailRole.HOST else "Ada Lovelace via Analytical Engines"
        assert [str(a) for a in message["From"].addresses] == [f"{sender} <booking@example.org>"]
        assert message["Auto-Submitted"] == "auto-generated"
        assert "Cc" not in message
        assert "Bcc" not in message


@every
def test_each_mail_has_the_same_links_in_text_and_html(language: str, zone: str) -> None:
    for each in spoken(language, zone):
        message = read_again(each.composed())
        text, html = message.get_body(("plain",)), message.get_body(("html",))
        assert text is not None
        assert html is not None
        tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html.get_content())
        hrefs = {link.get("href") for link in tree.iter("a")}
        found = {word for word in text.get_content().split() if word.startswith("https://")}
        assert hrefs == found, each.name
        assert tree.get("lang") == language
        assert not list(tree.iter("img"))
        assert not list(tree.iter("script"))


@every
def test_invitations_agree_with_their_mail_and_no_other_mail_has_one(language: str, zone: str) -> None:
    for each in spoken(language, zone):
        mail = each.composed()
        method = "CANCEL" if each.name.startswith(("cancelled", "uninvited")) else INVITING.get(each.mail.kind)
        if method is None:
            assert mail.calendar is None
            assert "text/calendar" not in [part.get_content_type() for part in read_again(mail).walk()]
            continue
        _check_invitation(read_again(mail), each, method)


def _check_invitation(message: EmailMessage, each: Case, method: str) -> None:
    parts = list(message.walk())
    shown, attached = parts[-2], parts[-1]
    assert (shown.get_content_type(), shown.get_param("method")) == ("text/calendar", method)
    assert attached.get_content_type() == "application/ics"
    body = shown.get_payload(decode=True)
    assert body == attached.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert max(len(line) for line in body.split(b"\r\n")) <= 75
    calendar = icalendar.Calendar.from_ical(body.decode())
    assert str(calendar["METHOD"]) == method
    (event,) = calendar.walk("VEVENT")
    assert str(event["UID"]) == each.facts.uid
    assert int(event["SEQUENCE"]) == each.facts.booking.sequence
    assert event["DTSTART"].dt == each.facts.booking.time.start
    assert event["DTEND"].dt == each.facts.booking.time.end
    assert str(event["STATUS"]) == ("CANCELLED" if method == "CANCEL" else "CONFIRMED")
    (organizer,) = message["From"].addresses
    assert str(event["ORGANIZER"]) == f"mailto:{organizer.addr_spec}"
    assert event["ORGANIZER"].params["CN"] == organizer.display_name
    people = {str(one).removeprefix("mailto:"): one.params for one in event["ATTENDEE"]}
    (recipient,) = message["To"].addresses
    assert set(people) == {ADA.email, recipient.addr_spec}  # nobody learns who else was invited
    assert people[ADA.email]["PARTSTAT"] == "ACCEPTED"
    assert {params["RSVP"] for params in people.values()} == {"FALSE"}
    second = vobject.readOne(body.decode())
    assert second.vevent.uid.value == each.facts.uid
    assert second.vevent.dtstart.value == each.facts.booking.time.start


@every
def test_no_invitation_carries_a_link_that_proves_anything(language: str, zone: str) -> None:
    for each in spoken(language, zone):
        calendar = each.composed().calendar
        body = calendar.body.replace(b"\r\n ", b"").decode() if calendar else ""
        assert not [secret for secret in SECRETS if secret in body], each.name


def test_the_subject_of_an_invitation_is_the_title_of_its_event() -> None:
    mail = case("booked").composed()
    assert mail.calendar is not None
    (event,) = icalendar.Calendar.from_ical(mail.calendar.body.decode()).walk("VEVENT")
    assert str(event["SUMMARY"]) == mail.subject == "30-minute consultation with Ada Lovelace"


@every
def test_every_mail_names_the_zone_of_its_reader_and_the_other_one(language: str, zone: str) -> None:
    for each in spoken(language, zone):
        text = each.composed().text
        assert "Europe/Berlin (UTC+1)" in text, each.name
        assert f"{zone} (UTC" in text, each.name


def test_a_meeting_at_a_place_is_told_in_the_time_of_the_place() -> None:
    here = replace(MEETING, place=Place.IN_PERSON, location="12 St James's Square")
    for each in cases():
        text = each.of(meeting=here).composed().text
        assert "12 St James's Square" in text
        assert "New_York" not in text, each.name


def test_a_mail_that_is_sent_again_is_the_same_mail() -> None:
    for each in cases():
        later = replace(each, facts=replace(each.facts, now=each.facts.now + timedelta(minutes=5)))
        assert later.composed().message_id == each.composed().message_id


def test_message_ids_tell_kinds_recipients_and_occasions_apart() -> None:
    ids = [each.composed().message_id for each in cases() if each.name not in ("hold-ended-taken", "released")]
    assert len(set(ids)) == len(ids)
    assert not [one for one in ids if "grace" in one or str(case("booked").facts.booking.id) in one]


def test_later_mails_stand_in_the_thread_of_the_first() -> None:
    mail = case("moved").composed()
    assert (mail.in_reply_to, mail.references) == ("<first@example.org>", ("<first@example.org>",))
    assert case("confirm-booking").composed().in_reply_to is None


def test_only_a_reminder_can_be_stopped_by_the_mail_program_itself() -> None:
    offered = {each.name: read_again(each.composed())["List-Unsubscribe"] for each in cases()}
    assert {name for name, url in offered.items() if url} == {"reminder"}
    assert offered["reminder"] == f"<{LINKS['stop']}>"


def test_answers_go_to_the_other_side() -> None:
    replies: dict[str, Any] = {each.name: each.composed().reply_to for each in cases()}
    assert replies["host-booked"].address == GRACE.email
    assert replies["booked"].address == replies["booked-guest"].address == ADA.email
    assert replies["confirm-booking"].address == "office@example.org"  # the host's own is for proven mailboxes


def test_an_address_that_no_header_can_carry_costs_the_answer_not_the_mail() -> None:
    mail = case("host-booked").of(email="gräce@example.org").composed()
    assert mail.reply_to is None
    assert "gräce@example.org" in mail.text


def test_a_host_without_an_organisation_speaks_alone() -> None:
    mail = case("booked").of(organisation=Organisation(name="")).composed()
    assert mail.sender.name == "Ada Lovelace"


def test_hosts_read_their_own_language_and_clock() -> None:
    german: Host = host(language="de")
    mail = case("host-booked").of(host=german, language="nl").composed()
    assert "Dienstag, 24. November 2026, 09:00–09:30" in mail.text
    assert case("booked").of(host=german, language="nl").composed().text.count("dinsdag 24 november 2026") == 2


def test_a_kind_that_is_about_a_calendar_is_refused() -> None:
    odd = Case("odd", Mail(MailKind.MASS_DELETION, MailRole.HOST, "s0g0r0"), facts(case("booked").facts.booking))
    with pytest.raises(ValueError, match="landslide"):
        odd.composed()

"""Handing mails to real SMTP servers, and to servers that misbehave at every step."""

import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from itertools import pairwise
from typing import Any, BinaryIO

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from booking_service.demo.smtp_catcher import SmtpServer
from booking_service.mail.headers import Mailbox
from booking_service.mail.message import CalendarPart, OutgoingMail
from booking_service.mail.transport import (
    MailError,
    RecipientRefused,
    Security,
    SmtpSettings,
    SmtpTransport,
    TransportDown,
    TryLater,
    UnsafeMessage,
    python_headers_are_safe,
    retry_after,
)

Staged = Callable[[Callable[[BinaryIO, socket.socket], None]], Any]
PASSWORD = "correct horse"


def test_a_mail_is_handed_over_with_the_servers_own_words_as_proof(
    mail: OutgoingMail, plain: SmtpSettings, mailroom: Any
) -> None:
    delivered = SmtpTransport(plain).send(mail)

    assert delivered.answer == "250 2.0.0 queued as 1"
    (envelope,) = mailroom.envelopes
    assert envelope.mail_from == "booking@example.org"
    assert envelope.rcpt_tos == ["grace@example.net"]
    assert message_from_bytes(envelope.original_content, policy=policy.default)["Message-ID"] == "<one@example.org>"


def test_bounces_go_to_the_envelope_sender_if_there_is_one(
    mail: OutgoingMail, plain: SmtpSettings, mailroom: Any
) -> None:
    SmtpTransport(replace(plain, envelope_sender="bounces@example.org")).send(mail)

    assert mailroom.envelopes[0].mail_from == "bounces@example.org"


def test_a_dot_on_a_line_of_its_own_ends_nothing(mail: OutgoingMail, plain: SmtpSettings, mailroom: Any) -> None:
    notes = "before\r\n.\r\nMAIL FROM:<evil@example.com>\r\nRCPT TO:<victim@example.com>\r\nDATA\r\n..\r\nafter"
    SmtpTransport(plain).send(replace(mail, text=notes))

    assert mailroom.senders == ["booking@example.org"]
    (envelope,) = mailroom.envelopes
    text = message_from_bytes(envelope.original_content, policy=policy.default).get_body(("plain",))
    assert text is not None
    assert text.get_content().splitlines() == notes.splitlines()


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_tls_and_sign_in_protect_the_way(mail: OutgoingMail, mailroom: Any, authority: Any, security: Security) -> None:
    with _protected(mailroom, authority.server(), security) as server:
        SmtpTransport(_signed_in(server.port, security), tls=authority.client()).send(mail)

    assert mailroom.encrypted == [True]
    assert mailroom.signed_in == [True]


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
@pytest.mark.parametrize("flaw", ["unknown issuer", "another name"])
def test_a_certificate_that_is_not_valid_ends_the_try(
    mail: OutgoingMail, mailroom: Any, authority: Any, security: Security, flaw: str
) -> None:
    client = ssl.create_default_context() if flaw == "unknown issuer" else authority.client()
    name = "localhost" if flaw == "unknown issuer" else "mail.example.org"
    with (
        _protected(mailroom, authority.server(name), security) as server,
        pytest.raises(TransportDown, match="certificate") as caught,
    ):
        SmtpTransport(_signed_in(server.port, security), tls=client).send(mail)

    assert caught.value.retry
    assert mailroom.senders == []


def test_without_starttls_nothing_is_said_in_clear_text(mail: OutgoingMail, plain: SmtpSettings, mailroom: Any) -> None:
    with pytest.raises(TransportDown, match="STARTTLS"):
        SmtpTransport(replace(plain, security=Security.STARTTLS, user="booking", password=PASSWORD)).send(mail)

    assert mailroom.senders == []


def test_a_wrong_password_is_nobodys_mails_fault_and_is_not_repeated_in_the_error(
    mail: OutgoingMail, mailroom: Any, authority: Any
) -> None:
    settings_ = replace(_signed_in(0, Security.STARTTLS), password="wrong secret")
    with (
        _protected(mailroom, authority.server(), Security.STARTTLS) as server,
        pytest.raises(TransportDown, match="sign-in") as caught,
    ):
        SmtpTransport(replace(settings_, port=server.port), tls=authority.client()).send(mail)

    assert caught.value.retry
    assert "wrong secret" not in f"{caught.value!r} {settings_!r}"


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_greylisting_is_waited_out_with_the_same_message(
    mail: OutgoingMail, plain: SmtpSettings, mailroom: Any, verb: str
) -> None:
    mailroom.answers[verb] = ["451 4.7.1 Greylisted, try again"]
    transport = SmtpTransport(plain)
    with pytest.raises(TryLater, match="Greylisted") as caught:
        transport.send(mail)
    assert caught.value.retry
    assert mailroom.envelopes == []

    transport.send(mail)

    assert len(mailroom.envelopes) == 1


@pytest.mark.parametrize("answer", ["550 5.1.1 No such user", "552 5.2.2 Mailbox full", "554 5.7.1 Rejected by policy"])
def test_a_refused_recipient_is_not_asked_again(
    mail: OutgoingMail, plain: SmtpSettings, mailroom: Any, answer: str
) -> None:
    mailroom.answers["RCPT"] = [answer]
    with pytest.raises(RecipientRefused, match=answer) as caught:
        SmtpTransport(plain).send(mail)

    assert not caught.value.retry


def test_a_mail_refused_after_its_text_is_not_sent_again(
    mail: OutgoingMail, plain: SmtpSettings, mailroom: Any
) -> None:
    mailroom.answers["DATA"] = ["550 5.1.1 No such user after all"]
    with pytest.raises(RecipientRefused, match=r"5\.1\.1"):
        SmtpTransport(plain).send(mail)


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("MAIL", "550 5.1.8 Sender rejected"),
        ("MAIL", "530 5.7.0 Authentication required"),
        ("RCPT", "530 5.7.0 Authentication required"),
        ("RCPT", "554 5.7.1 <grace@example.net>: Relay access denied"),
        ("RCPT", "550 relaying not permitted"),
        ("RCPT", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org"),
        ("RCPT", "550 5.7.1 192.0.2.1 is on our blocklist"),
        ("RCPT", "502 5.5.1 Command not implemented"),
        ("RCPT", "999 what"),
        ("DATA", "500 5.5.2 Error: bad syntax"),
    ],
)
def test_a_server_that_does_not_know_us_is_no_fault_of_the_recipient(
    mail: OutgoingMail, plain: SmtpSettings, mailroom: Any, verb: str, answer: str
) -> None:
    mailroom.answers[verb] = [answer]
    with pytest.raises(TransportDown) as caught:
        SmtpTransport(plain).send(mail)

    assert caught.value.retry


def test_a_mail_accepted_on_a_line_that_then_drops_goes_again_as_the_same_mail(
    mail: OutgoingMail, staged: Staged
) -> None:
    taken: list[bytes] = []

    def accept_then_drop(stream: BinaryIO, connection: socket.socket) -> None:
        _greet(stream)
        taken.append(_take_mail(stream))
        if len(taken) > 1:
            _say(stream, "250 2.0.0 queued")

    with staged(accept_then_drop) as port:
        transport = SmtpTransport(_clear(port))
        with pytest.raises(TryLater) as caught:
            transport.send(mail)
        assert caught.value.retry
        transport.send(mail)

    first, second = (message_from_bytes(one, policy=policy.default) for one in taken)
    assert first["Message-ID"] == second["Message-ID"] == "<one@example.org>"


def test_a_connection_dropped_before_the_text_is_tried_again(mail: OutgoingMail, staged: Staged) -> None:
    with staged(lambda stream, _: _greet(stream)) as port, pytest.raises(TryLater):
        SmtpTransport(_clear(port)).send(mail)


@pytest.mark.parametrize(
    "greeting", ["554 5.3.2 No service here", "421 4.3.2 Shutting down", "HTTP/1.1 400 Bad Request", "x" * 20_000]
)
def test_a_server_that_greets_with_anything_but_220_takes_no_mail(
    mail: OutgoingMail, staged: Staged, greeting: str
) -> None:
    with staged(lambda stream, _: _say(stream, greeting)) as port, pytest.raises(TransportDown) as caught:
        SmtpTransport(_clear(port)).send(mail)

    assert caught.value.retry


def test_a_server_that_said_no_at_the_door_gets_no_mail_even_if_it_would_take_it(
    mail: OutgoingMail, staged: Staged
) -> None:
    asked: list[bytes] = []

    def refuse_then_listen(stream: BinaryIO, _: socket.socket) -> None:
        _say(stream, "554 5.3.2 No service here")
        while line := stream.readline():
            asked.append(line)
            _say(stream, "250 as you like")

    with staged(refuse_then_listen) as port, pytest.raises(TransportDown, match="No service here"):
        SmtpTransport(_clear(port)).send(mail)

    assert not [line for line in asked if not line.startswith(b"quit")]


def test_a_closed_port_means_the_transport_is_down(mail: OutgoingMail) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(TransportDown) as caught:
            SmtpTransport(_clear(unused.getsockname()[1])).send(mail)

    assert caught.value.retry


def test_a_name_that_cannot_be_one_means_the_transport_is_down(mail: OutgoingMail) -> None:
    with pytest.raises(TransportDown, match="name"):
        SmtpTransport(SmtpSettings(host=f"{'a' * 64}.example.org", port=587)).send(mail)


def test_a_silent_server_is_given_up_after_the_timeout(mail: OutgoingMail, staged: Staged) -> None:
    def stay_silent(stream: BinaryIO, _: socket.socket) -> None:
        _greet(stream)
        stream.read()

    started = time.monotonic()
    with staged(stay_silent) as port, pytest.raises(TryLater):
        SmtpTransport(replace(_clear(port), timeout_s=0.3)).send(mail)

    assert time.monotonic() - started < 5


@pytest.mark.parametrize("dripped", [b"2", b"250-still\r\n"])
@pytest.mark.parametrize("after_greeting", [False, True])
def test_a_dripping_server_is_cut_off_in_the_end(
    mail: OutgoingMail, staged: Staged, dripped: bytes, after_greeting: bool
) -> None:
    def drip(stream: BinaryIO, connection: socket.socket) -> None:
        if after_greeting:
            _greet(stream)
        while True:
            connection.sendall(dripped)
            time.sleep(0.01)

    started = time.monotonic()
    with staged(drip) as port, pytest.raises((TransportDown, TryLater)):
        SmtpTransport(replace(_clear(port), timeout_s=5, total_s=0.5)).send(mail)

    assert time.monotonic() - started < 5


@pytest.mark.parametrize("before", [b"", b"220 hi\r\n", b"220 hi\r\n250 ok\r\n", b"220 hi\r\n250 ok\r\n250 ok\r\n"])
def test_an_answer_that_never_ends_is_not_listened_to(mail: OutgoingMail, staged: Staged, before: bytes) -> None:
    sent = 0

    def flood(_: BinaryIO, connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(before)
        while sent < 50_000_000:
            sent += connection.send(b"250-and more\r\n" * 500)

    with staged(flood) as port, pytest.raises((TransportDown, TryLater)):
        SmtpTransport(_clear(port)).send(mail)

    assert sent < 25_000_000  # what fits into the buffers between us


def test_a_dripping_server_is_cut_off_behind_tls_too(mail: OutgoingMail, staged: Staged, authority: Any) -> None:
    def drip(_: BinaryIO, connection: socket.socket) -> None:
        with authority.server().wrap_socket(connection, server_side=True) as encrypted:
            while True:
                encrypted.sendall(b"220-wait\r\n")
                time.sleep(0.01)

    settings_ = SmtpSettings(host="localhost", port=0, security=Security.TLS, timeout_s=5, total_s=0.5)
    started = time.monotonic()
    with staged(drip) as port, pytest.raises(TransportDown):
        SmtpTransport(replace(settings_, port=port), tls=authority.client()).send(mail)

    assert time.monotonic() - started < 5


@pytest.mark.parametrize("address", ["üser@example.net", "grace@exämple.net"])
def test_an_address_that_needs_smtputf8_is_refused_in_plain_words(
    mail: OutgoingMail, plain: SmtpSettings, mailroom: Any, address: str
) -> None:
    with pytest.raises(RecipientRefused, match="SMTPUTF8"):
        SmtpTransport(plain).send(replace(mail, to=Mailbox(address)))

    assert mailroom.senders == []


def test_an_unsafe_mail_meets_no_server(mail: OutgoingMail, plain: SmtpSettings, mailroom: Any) -> None:
    with pytest.raises(UnsafeMessage) as caught:
        SmtpTransport(plain).send(replace(mail, to=Mailbox("a@example.org, b@example.org")))

    assert not caught.value.retry
    assert mailroom.senders == []


def test_a_mail_that_reads_differently_from_what_was_meant_meets_no_server(
    mail: OutgoingMail, plain: SmtpSettings, mailroom: Any
) -> None:
    calendar = CalendarPart(method="REQUEST", body=b"BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nEND:VCALENDAR\r\n")
    with pytest.raises(UnsafeMessage, match="METHOD"):
        SmtpTransport(plain).send(replace(mail, calendar=calendar))

    assert mailroom.senders == []


@pytest.mark.parametrize("host", ["mail.example.org", "192.0.2.1", "localhost.example.org", "::"])
def test_clear_text_to_another_machine_is_refused_at_the_start(host: str) -> None:
    with pytest.raises(ValueError, match="this machine only"):
        SmtpSettings(host=host, port=25, security=Security.NONE)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1"])
def test_clear_text_to_this_machine_is_fine(host: str) -> None:
    assert SmtpSettings(host=host, port=25, security=Security.NONE).host == host


def test_a_password_that_cannot_be_sent_is_named_at_the_start() -> None:
    with pytest.raises(ValueError, match="ASCII") as caught:
        SmtpSettings(host="mail.example.org", port=587, user="booking", password="pässword")

    assert "pässword" not in str(caught.value)


def test_waits_grow_to_an_hour_and_end_within_two_days() -> None:
    waits = [wait for attempt in range(1, 200) if (wait := retry_after(attempt)) is not None]

    assert waits[:6] == [timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 60)]
    assert all(earlier <= later for earlier, later in pairwise(waits))
    assert timedelta(hours=47) <= sum(waits, timedelta()) <= timedelta(hours=48)
    assert retry_after(len(waits)) is not None
    assert retry_after(len(waits) + 1) is None
    assert retry_after(10_000) is None


def test_the_canary_tells_whether_this_python_injects_headers() -> None:
    """Asked in another way: by a recipient's name, read as plain lines."""
    probe = EmailMessage()
    try:
        probe["To"] = Address("=?utf-8?q?a=0D=0ABcc:_x@example.com?=", "grace", "example.net")
        lines = probe.as_bytes().splitlines()
    except ValueError:
        lines = []

    assert python_headers_are_safe() is not any(line.startswith(b"Bcc:") for line in lines)


def test_every_error_says_whether_trying_again_can_help() -> None:
    assert {kind: kind.retry for kind in (MailError, TryLater, TransportDown, RecipientRefused, UnsafeMessage)} == {
        MailError: False,
        TryLater: True,
        TransportDown: True,
        RecipientRefused: False,
        UnsafeMessage: False,
    }


def _protected(mailroom: Any, context: ssl.SSLContext, security: Security) -> SmtpServer:
    def check(server: Any, session: Any, envelope: Any, mechanism: str, given: LoginPassword) -> AuthResult:
        return AuthResult(success=given == LoginPassword(b"booking", PASSWORD.encode()), handled=False)

    if security is Security.TLS:  # aiosmtpd does not see TLS that began before it
        return SmtpServer(mailroom, tls=context, authenticator=check, auth_require_tls=False)
    return SmtpServer(mailroom, tls_context=context, require_starttls=True, auth_required=True, authenticator=check)


def _signed_in(port: int, security: Security) -> SmtpSettings:
    return SmtpSettings(host="localhost", port=port, user="booking", password=PASSWORD, security=security, timeout_s=10)


def _clear(port: int) -> SmtpSettings:
    return SmtpSettings(host="127.0.0.1", port=port, security=Security.NONE, timeout_s=10)


def _say(stream: BinaryIO, line: str) -> None:
    stream.write(line.encode() + b"\r\n")
    stream.flush()


def _greet(stream: BinaryIO) -> None:
    _say(stream, "220 staged")
    assert stream.readline().startswith(b"ehlo")
    _say(stream, "250 staged")


def _take_mail(stream: BinaryIO) -> bytes:
    for answer in ("250 sender ok", "250 recipient ok", "354 go on"):
        stream.readline()
        _say(stream, answer)
    lines: list[bytes] = []
    while (line := stream.readline()) != b".\r\n":
        lines.append(line)
    return b"".join(lines)

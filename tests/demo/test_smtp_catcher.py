"""The demo's mailbox takes every mail, keeps it over a restart, and forgets the oldest."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from booking_service.demo.ports import bound_socket
from booking_service.demo.smtp_catcher import Catcher, CaughtMail, Inbox
from booking_service.mail.message import OutgoingMail
from booking_service.mail.transport import Security, SmtpSettings, SmtpTransport


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path / "inbox")


@pytest.fixture
def transport(inbox: Inbox) -> Iterator[SmtpTransport]:
    with Catcher(inbox) as catcher:
        yield SmtpTransport(SmtpSettings(host="127.0.0.1", port=catcher.port, security=Security.NONE))


def test_a_mail_is_kept_as_it_came_with_its_envelope(
    inbox: Inbox, transport: SmtpTransport, mail: OutgoingMail
) -> None:
    answer = transport.send(mail).answer

    (caught,) = inbox.messages()
    assert answer == "250 2.0.0 Ok: kept as 1"
    assert (caught.id, caught.sender, caught.recipients) == (1, "booking@example.org", ("grace@example.net",))
    assert caught.message["Message-ID"] == "<one@example.org>"
    assert inbox.get(1) == caught
    assert inbox.get(2) is None


def test_mails_survive_a_restart_and_numbers_go_on(
    inbox: Inbox, transport: SmtpTransport, mail: OutgoingMail, tmp_path: Path
) -> None:
    transport.send(mail)
    transport.send(replace(mail, message_id="<two@example.org>"))

    again = Inbox(tmp_path / "inbox")

    assert again.messages() == inbox.messages()
    assert [kept.message["Message-ID"] for kept in again.messages()] == ["<two@example.org>", "<one@example.org>"]
    assert again.add(sender="", recipients=(), source=b"").id == 3


def test_the_oldest_mails_are_forgotten_also_on_disk(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, most=3)
    for number in range(5):
        inbox.add(sender="a@example.org", recipients=("b@example.org",), source=b"Subject: %d\r\n\r\n" % number)

    assert [kept.id for kept in inbox.messages()] == [5, 4, 3]
    assert sorted(path.stem for path in tmp_path.glob("*.eml")) == ["000003", "000004", "000005"]
    assert len(list(tmp_path.iterdir())) == 6


def test_a_mail_that_was_being_written_when_the_power_went_is_no_mail(tmp_path: Path) -> None:
    (tmp_path / "000001.json").write_text("{}")
    (tmp_path / "000001.part").write_bytes(b"Subj")

    assert Inbox(tmp_path).messages() == []


def test_a_mail_put_there_by_hand_shows_too(tmp_path: Path) -> None:
    (tmp_path / "7.eml").write_bytes(b"From: a@example.org\r\nTo: b@example.org\r\n\r\nHello\r\n")

    (kept,) = Inbox(tmp_path).messages()

    assert (kept.id, kept.sender, kept.recipients) == (7, "a@example.org", ("b@example.org",))


def test_many_at_once_lose_nothing(inbox: Inbox, transport: SmtpTransport, mail: OutgoingMail) -> None:
    mails = [replace(mail, message_id=f"<{number}@example.org>") for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(transport.send, mails))

    kept = inbox.messages()
    assert [one.id for one in kept] == list(range(20, 0, -1))
    assert {one.message["Message-ID"] for one in kept} == {one.message_id for one in mails}


def test_whoever_waits_for_a_mail_gets_it_as_soon_as_it_is_there(
    inbox: Inbox, transport: SmtpTransport, mail: OutgoingMail
) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(inbox.wait_for, lambda kept: "grace@example.net" in kept.recipients, timeout_s=20)
        transport.send(mail)

        found = waiting.result(20)
    assert found == inbox.get(1)
    assert inbox.wait_for(lambda kept: kept.id == 99, timeout_s=0.01) is None


def test_each_mail_is_announced_once_it_can_be_read(tmp_path: Path, mail: OutgoingMail) -> None:
    announced: list[tuple[CaughtMail, bool]] = []
    inbox = Inbox(tmp_path, announce=lambda kept: announced.append((kept, inbox.get(kept.id) == kept)))

    kept = inbox.add(sender="a@example.org", recipients=("b@example.org",), source=b"Subject: x\r\n\r\n")

    assert announced == [(kept, True)]


def test_a_taken_port_is_replaced(inbox: Inbox) -> None:
    with bound_socket(0) as taken:
        wanted = taken.getsockname()[1]
        with Catcher(inbox, port=wanted) as catcher:
            assert catcher.port != wanted


def test_stopping_ends_the_thread_and_frees_the_port(inbox: Inbox) -> None:
    with Catcher(inbox) as catcher:
        assert "smtp-catcher" in {thread.name for thread in threading.enumerate()}

    assert "smtp-catcher" not in {thread.name for thread in threading.enumerate()}
    with bound_socket(catcher.port) as free:
        assert free.getsockname()[1] == catcher.port

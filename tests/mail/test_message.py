"""What a mail looks like on the wire, and that nothing typed by a person can change its headers."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_service.mail.headers import AS_WRITTEN, Mailbox, clean
from booking_service.mail.message import (
    CalendarPart,
    OutgoingMail,
    UnsafeMessage,
    assemble,
    stable_message_id,
    verify,
)

PLAIN_HEADERS = {
    *("From", "To", "Reply-To", "Subject", "Date", "Message-ID"),
    *("Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version", "Content-Type"),
}

SCRIPTS = [
    "Grace Hopper",
    "Jürgen Groß",
    "Ὀδυσσεύς",
    "Владимир",
    "שָׁלוֹם עוֹלָם",
    "محمد بن موسى",
    "山田　太郎",
    "김철수",
    "สมชาย",
    "नरेन्द्र",
    "👩‍👩‍👧 Zoë 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "O'Neil-Smith, Jr. (PhD)",
    "𝔊𝔯𝔞𝔠𝔢" * 10,
    "a" * 120,
    "word " * 40 + "end",
]

ATTACKS = [
    "Bob\r\nBcc: victim@example.com",
    "Bob\nBcc: victim@example.com",
    "Bob\rBcc: victim@example.com",
    "Bob\r\n\r\n<script>",
    "Bob\x00\x0b\x0c\x1b\x7f\x85\u2028\u2029Bcc: victim@example.com",
    "=?utf-8?q?a=0D=0ABcc:_victim@example.com?=",
    "=?utf-8?b?YQ0KQmNjOiB2aWN0aW1AZXhhbXBsZS5jb20=?=",
    "=\x00?utf-8?q?a=0D=0ABcc:_victim@example.com?=",
    "=\u200e?utf-8?q?a=0D=0ABcc:_victim@example.com?=",
    "==??utf-8?q?a=0D=0ABcc:_victim@example.com?=",
    '"Bob" <victim@example.com>, x',
    "victim@example.com, other@example.com;third@example.com",
    "<victim@example.com>",
    '(comment) \\ " , ; : @ [ ]',
    "\u202etxt.exe",
    "lone \ud800 surrogate",
]


@pytest.mark.parametrize("typed", SCRIPTS + ATTACKS)
def test_what_a_person_typed_stays_text_in_every_header(mail: OutgoingMail, typed: str) -> None:
    hostile = _typed_everywhere(mail, typed)
    written = assemble(hostile).as_bytes()

    verify(written, hostile)
    assert _names(written) == PLAIN_HEADERS
    assert _recipients(written) == ["grace@example.net"]
    assert _read(written, "Subject") == clean(typed) or not clean(typed)


@given(typed=st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_at_all_makes_a_mail_that_reads_back_as_meant(typed: str) -> None:
    hostile = _typed_everywhere(_some_mail(), typed)
    written = assemble(hostile).as_bytes()

    verify(written, hostile)
    assert _names(written) == PLAIN_HEADERS
    assert _recipients(written) == ["grace@example.net"]


@given(
    typed=st.lists(
        st.sampled_from(["=?", "?=", "utf-8", "?q?", "?b?", "=0D=0A", "Bcc:_x@example.com", " ", "\r\n", "=", "?", "ü"])
    )
)
@settings(max_examples=300, deadline=None)
def test_a_library_that_writes_the_mail_again_cannot_be_tricked_either(typed: list[str]) -> None:
    """A filter on the way may read the headers and write them anew with the hole of CVE-2024-6923."""
    hostile = _typed_everywhere(_some_mail(), "".join(typed))
    read = message_from_bytes(assemble(hostile).as_bytes(), policy=policy.SMTP)
    again = EmailMessage(policy.SMTP)
    for name, value in read.items():
        again[name] = str(value)

    assert _names(again.as_bytes()) == PLAIN_HEADERS


@given(text=st.text())
@settings(max_examples=200, deadline=None)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert "=?" not in once
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", once)


@pytest.mark.parametrize("typed", ATTACKS)
def test_cleaning_leaves_nothing_that_starts_a_line_or_an_encoded_word(typed: str) -> None:
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u202e\ud800-\udfff]|=\\?", clean(typed))


def test_no_white_space_is_left_doubled_by_what_was_taken_out() -> None:
    assert clean(" a\t \u200e \r\nb ") == "a b"


@pytest.mark.parametrize("text", [*SCRIPTS, f"One {'x' * 200} word"])
def test_no_line_of_our_headers_is_longer_than_encoded_words_may_be(mail: OutgoingMail, text: str) -> None:
    references = tuple(
        stable_message_id(booking_id=text, kind="k", recipient="r", occasion=str(n), domain="example.org")
        for n in range(9)
    )
    written = assemble(replace(_typed_everywhere(mail, text), references=references)).as_bytes()

    lines = written.partition(b"\r\nContent-Type:")[0].split(b"\r\n")
    assert max(map(len, lines)) <= 76


@pytest.mark.parametrize(
    "value", ["a\r\nBcc: x@example.com", "a\nb", "a\rb", "ü", "a\r\n\r\nb", "a\r\n \r\n b", "a\x00"]
)
def test_the_last_door_lets_no_value_start_a_line(value: str) -> None:
    message = EmailMessage(AS_WRITTEN)
    with pytest.raises(UnsafeMessage):
        message["Subject"] = value


@pytest.mark.parametrize("text", SCRIPTS)
def test_cleaning_keeps_every_script_and_emoji(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org,b@example.org",
        "a@example.org;b@example.org",
        "a@example.org\r\nBcc: b@example.org",
        "a@example.org\n",
        "<a@example.org>",
        "Bob <a@example.org>",
        '"a b"@example.org',
        "=?utf-8?q?a=0D=0A?=@example.org",
        "a..b@example.org",
        ".a@example.org",
        "a@[127.0.0.1]",
        "a@b@example.org",
        "a@-example.org",
        "a@exam_ple.org",
        "ü@example.org",
        "a@exämple.org",
        f"{'a' * 65}@example.org",
        f"a@{'b.' * 130}org",
        "example.org",
        "@example.org",
        "a@",
        "",
    ],
)
def test_what_is_not_one_plain_address_is_refused(mail: OutgoingMail, address: str) -> None:
    with pytest.raises(UnsafeMessage):
        assemble(replace(mail, to=Mailbox(address)))


def test_a_plain_mail_is_text_and_html_and_nothing_else(mail: OutgoingMail) -> None:
    message = message_from_bytes(assemble(mail).as_bytes(), policy=policy.default)

    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert _lines(message, "plain") == ["Grüße aus Köln"]
    assert _lines(message, "html") == ["<p>Grüße aus Köln</p>"]
    assert message["Auto-Submitted"] == "auto-generated"


def test_an_invitation_stands_last_among_the_alternatives_and_once_more_attached(
    mail: OutgoingMail, invitation: CalendarPart
) -> None:
    invited = replace(mail, calendar=invitation)
    written = assemble(invited).as_bytes()
    verify(written, invited)
    message = message_from_bytes(written, policy=policy.default)
    alternative, attachment = message.iter_parts()
    calendar = list(alternative.iter_parts())[-1]

    assert message.get_content_type() == "multipart/mixed"
    assert alternative.get_content_type() == "multipart/alternative"
    assert b"Content-Type: text/calendar; method=REQUEST; charset=UTF-8\r\n" in written
    assert calendar["Content-Transfer-Encoding"] == "base64"
    assert calendar["Content-Disposition"] is None
    assert attachment.get_content_type() == "application/ics"
    assert attachment.get_filename() == "invite.ics"
    assert calendar.get_payload(decode=True) == attachment.get_payload(decode=True) == invitation.body
    assert written.count(b"MIME-Version") == 1


def test_an_update_names_what_it_follows(mail: OutgoingMail) -> None:
    ids = tuple(f"<{number:040}@example.org>" for number in range(3))
    update = replace(mail, in_reply_to=ids[-1], references=ids)
    message = message_from_bytes(assemble(update).as_bytes(), policy=policy.default)

    assert message["In-Reply-To"] == ids[-1]
    assert message["References"].split() == list(ids)


def test_a_sender_of_plain_letters_is_named_in_plain_letters(mail: OutgoingMail) -> None:
    """Filters count against a mail that its sender's name is encoded without need."""
    for name in ("Katherine Johnson via Analytical Engines", "A" * 66):
        written = assemble(replace(mail, sender=Mailbox("booking@example.org", name))).as_bytes()
        assert written.startswith(f'From: "{name}"'.encode())
        assert max(map(len, written.partition(b"\r\nTo: ")[0].split(b"\r\n"))) <= 76
    longer = assemble(replace(mail, sender=Mailbox("booking@example.org", "A" * 69))).as_bytes()
    assert longer.startswith(b"From: =?utf-8?b?")


def test_one_click_withdrawal_is_offered_as_rfc_8058_asks(mail: OutgoingMail) -> None:
    url = "https://book.example.org/preferences/stop/" + "t" * 43
    withdrawable = replace(mail, list_unsubscribe=url)
    written = assemble(withdrawable).as_bytes()

    verify(written, withdrawable)
    assert _read(written, "List-Unsubscribe") == f"<{url}>"
    assert _read(written, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    "change",
    [
        {"message_id": "<one@example.org>\r\nBcc: <x@example.com>"},
        {"message_id": "one@example.org"},
        {"in_reply_to": "<a@b> <c@d>"},
        {"references": ("<ok@example.org>", "=?utf-8?q?=0A?=")},
        {"list_unsubscribe": "javascript:alert(1)"},
        {"list_unsubscribe": "https://example.org/>\r\nBcc: x"},
        {"date": datetime(2026, 11, 23, 10, 14)},  # noqa: DTZ001
    ],
)
def test_values_of_another_form_are_refused(mail: OutgoingMail, change: dict[str, object]) -> None:
    with pytest.raises(UnsafeMessage):
        assemble(replace(mail, **change))  # type: ignore[arg-type]


def test_controls_in_a_body_are_left_out_and_a_lone_dot_stays(mail: OutgoingMail) -> None:
    message = assemble(
        replace(mail, text="a\x00b\x1b[31m\r\n.\r\nMAIL FROM:<x@example.com>\r\nend", html="<p>\x07</p>")
    )
    read = message_from_bytes(message.as_bytes(), policy=policy.default)

    assert _lines(read, "plain") == ["ab[31m", ".", "MAIL FROM:<x@example.com>", "end"]
    assert _lines(read, "html") == ["<p></p>"]


def test_a_message_id_is_the_same_for_the_same_mail_and_names_nobody() -> None:
    meant = {
        "booking_id": "b1",
        "kind": "confirm",
        "recipient": "grace@example.net",
        "occasion": "0",
        "domain": "example.org",
    }
    made = stable_message_id(**meant)

    assert made == stable_message_id(**meant)
    assert re.fullmatch(r"<[0-9a-f]{40}@example\.org>", made)


@pytest.mark.parametrize("field", ["booking_id", "kind", "recipient", "occasion"])
def test_a_message_id_differs_in_every_part_of_the_occasion(field: str) -> None:
    meant = {"booking_id": "b", "kind": "b", "recipient": "b", "occasion": "b", "domain": "example.org"}
    variants = {
        stable_message_id(**{**meant, name: value}) for name in meant for value in ("b", "bb") if name != "domain"
    }

    assert stable_message_id(**{**meant, field: "bb"}) != stable_message_id(**meant)
    assert len(variants) == 5


def _inserted(line: bytes) -> Callable[[bytes], bytes]:
    return lambda written: line + written


def _swapped(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def swap(written: bytes) -> bytes:
        assert old in written
        return written.replace(old, new)

    return swap


@pytest.mark.parametrize(
    "tampered",
    [
        _inserted(b"Bcc: victim@example.com\r\n"),
        _inserted(b"Cc: victim@example.com\r\n"),
        _inserted(b"To: victim@example.com\r\n"),
        _inserted(b"Resent-To: victim@example.com\r\n"),
        _inserted(b"X-Anything: 1\r\n"),
        _inserted(b"Subject: twice\r\n"),
        _swapped(b"<grace@example.net>", b"<grace@example.net>, victim@example.com"),
        _swapped(b"<grace@example.net>", b"<victim@example.com>"),
        _swapped(b'"Grace Hopper"', b'"Somebody Else"'),
        _swapped(b"<booking@example.org>", b"<other@example.org>"),
        _swapped(b"<ada@example.org>", b"<victim@example.com>"),
        _swapped(b"Please confirm:", b"Please pay:"),
        _swapped(b"Please confirm:", b"=?utf-8?q?Please_confirm:=00?="),
        _swapped(b"<one@example.org>", b"<two@example.org>"),
        _swapped(b"Auto-Submitted: auto-generated", b"Auto-Submitted: no"),
        _swapped(b"Auto-Submitted: auto-generated\r\n", b""),
        _swapped(b"method=REQUEST", b"method=CANCEL"),
        _swapped(b"text/calendar", b"text/markdown"),
        _swapped(b"Content-Disposition: attachment", b"Content-Location: attachment"),
        _swapped(b"QkVHSU46", b"QkVHSU47"),
        _swapped(b"\r\n.\r\n", b"\r\n.\n"),
        _swapped(b"\r\n.\r\n", b"\r\n\xfc\r\n"),
        _swapped(b"\r\n.\r\n", b"\r\n\x00\r\n"),
        _swapped(b"\r\n.\r\n", b"\r\n" + b"x" * 999 + b"\r\n"),
        _swapped(b"Please confirm:", b"Please confirm:" + b"\r\n x" * 9000),
        lambda written: written.replace(b"\r\n", b"\n"),
        lambda written: written.replace(b"\r\n", b"\r"),
    ],
)
def test_a_message_that_says_anything_else_than_was_meant_never_leaves(
    mail: OutgoingMail, invitation: CalendarPart, tampered: Callable[[bytes], bytes]
) -> None:
    meant = replace(mail, calendar=invitation, text="a\n.\nb")
    written = assemble(meant).as_bytes()
    verify(written, meant)

    with pytest.raises(UnsafeMessage):
        verify(tampered(written), meant)


def test_a_calendar_part_that_was_not_meant_never_leaves(mail: OutgoingMail, invitation: CalendarPart) -> None:
    with pytest.raises(UnsafeMessage, match="parts"):
        verify(assemble(replace(mail, calendar=invitation)).as_bytes(), mail)


@pytest.mark.parametrize("body", [b"METHOD:CANCEL\r\n", b"VERSION:2.0\r\n", b"METHOD:REQUEST\r\nMETHOD:REQUEST\r\n"])
def test_the_method_inside_must_be_the_method_outside(mail: OutgoingMail, body: bytes) -> None:
    invited = replace(mail, calendar=CalendarPart(method="REQUEST", body=body))
    with pytest.raises(UnsafeMessage, match="METHOD"):
        verify(assemble(invited).as_bytes(), invited)


def _typed_everywhere(mail: OutgoingMail, typed: str) -> OutgoingMail:
    return replace(
        mail,
        sender=replace(mail.sender, name=typed),
        to=replace(mail.to, name=typed),
        reply_to=Mailbox("ada@example.org", typed),
        subject=typed,
        text=typed,
        html=typed,
    )


def _some_mail() -> OutgoingMail:
    return OutgoingMail(
        sender=Mailbox("booking@example.org"),
        to=Mailbox("grace@example.net"),
        subject="",
        text="",
        html="",
        message_id="<one@example.org>",
        date=datetime.fromisoformat("2026-11-23T10:14:00+00:00"),
    )


def _lines(message: EmailMessage, form: str) -> list[str]:
    body = message.get_body((form,))
    assert body is not None
    return str(body.get_content()).splitlines()


def _header_lines(written: bytes) -> list[str]:
    block = written.partition(b"\r\n\r\n")[0].decode()
    return re.sub(r"\r\n[ \t]", " ", block).split("\r\n")


def _names(written: bytes) -> set[str]:
    """Names of the headers by the letter of RFC 5322, without the library; each may stand once only."""
    names = [line.partition(":")[0] for line in _header_lines(written) if line]
    assert len(names) == len(set(names))
    return set(names)


def _read(written: bytes, name: str) -> str:
    value = next(line.partition(": ")[2] for line in _header_lines(written) if line.startswith(f"{name}:"))
    return str(make_header(decode_header(value)))


def _recipients(written: bytes) -> list[str]:
    values = [
        line.partition(":")[2] for line in _header_lines(written) if re.match(r"(?i)(resent-)?(to|cc|bcc):", line)
    ]
    return [address for _, address in getaddresses(values)]

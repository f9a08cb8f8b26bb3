"""Whatever the pages, the setup file and the command line accept is composed, and leaves."""

from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from booking_service.config.notation import read_mail_address
from booking_service.domain.effects import MailRole
from booking_service.language import language_of
from booking_service.mail.message import OutgoingMail, assemble, verify
from booking_service.web.http.mail_address import read_email
from booking_service.web.public.details_form import read_details
from tests.mail.examples import ADA, MEETING, Case, cases

EN = language_of("en")
OPEN = replace(MEETING, guests_at_most=3)
PLAIN = {"name": "Grace Hopper", "email": "grace@example.org", "answer-topic": "", "guests": "charles@example.net"}
LONGEST = ".".join(["l" * 63, "l" * 63, "l" * 61])

# What mail gives a meaning, what Unicode shows as such, and what is neither; about half of it is accepted.
_ATEXT = st.sampled_from("abzAZ09!#$%&'*+/=?^_`{|}~-")
_HOSTILE = st.sampled_from('=?."\\ ()<>,;:\tß\u200b\u202e\uff20')
_LOCALS = st.one_of(
    st.lists(st.text(_ATEXT, min_size=1, max_size=8), min_size=1, max_size=4).map(".".join),
    st.sampled_from(["ada.lovelace", "a=?b", "=?utf-8?q?a=0D=0A?=", "?=", '"a b"', "a" * 64, "a" * 65]),
    st.text(_ATEXT | _HOSTILE, min_size=1, max_size=8),
)
_LABEL = st.from_regex(r"[a-z0-9üßπ中]([a-z0-9üßπ中-]{0,6}[a-z0-9üßπ中])?", fullmatch=True)
_DOMAINS = st.one_of(
    st.lists(_LABEL, min_size=1, max_size=3).map(lambda labels: ".".join([*labels, "example"])),
    st.sampled_from(
        ["bücher.example", "例え。テスト", "EXAMPLE.org", "[127.0.0.1]", "127.0.0.1", "a..example", LONGEST]
    ),
)
_ADDRESSES = st.builds("{}@{}".format, _LOCALS, _DOMAINS)
_TYPED = st.text(max_size=60) | st.text(st.sampled_from('=?utf-8qb_:;<>"@,\\ \r\n\t\x00\u202e\u200dé中👩'), max_size=60)
_NAMES = st.builds("{} {}".format, st.sampled_from(["Grace", "優雅", "=?utf-8?q?a?=", "a" * 59]), _TYPED)


def leaves(mail: OutgoingMail) -> bool:
    """Whether the mail is put together, and reads as it was meant. Raises UnsafeMessage otherwise."""
    verify(assemble(mail).as_bytes(), mail)
    return True


def with_guest(case: Case, address: str) -> Case:
    """The same with this guest: invited if the mail is to one who is, gone from the booking if it is about one who is."""
    if case.mail.guest in case.facts.booking.guests:
        case = case.of(guests=(address,))
    return replace(case, mail=replace(case.mail, guest=address)) if case.mail.guest else case


@given(case=st.sampled_from(cases()), name=_NAMES, email=_ADDRESSES, topic=_TYPED, guest=_ADDRESSES)
@settings(max_examples=150, deadline=None)
@example(case=cases()[0], name="Grace", email="a=?b@example.org", topic="", guest="alan@example.net")
@example(case=cases()[-1], name="Grace", email="a=?b@example.org", topic="", guest="alan@example.net")
@example(case=cases()[0], name="Grace", email="grace@example.org", topic="", guest="a=?b@example.org")
def test_what_the_details_form_accepts_is_composed(case: Case, name: str, email: str, topic: str, guest: str) -> None:
    form = {"name": name, "email": email, "answer-topic": topic, "guests": guest}
    refused = {problem.field for problem in read_details(form, OPEN, EN, writer="en").problems}
    details = read_details(form | {field: PLAIN[field] for field in refused}, OPEN, EN, writer="en")
    assert not details.problems
    told = case.of(name=details.name, email=details.email, answers=details.answers)
    for one in details.guests:
        told = with_guest(told, one)
    assert leaves(told.composed())


@given(typed=_ADDRESSES)
@settings(max_examples=150, deadline=None)
@example(typed="a=?b@example.org")
def test_what_a_corrected_address_may_be_is_written_to(typed: str) -> None:
    email, wrong = read_email(typed, EN)
    assert wrong or leaves(cases()[0].of(email=email).composed())


@given(typed=_ADDRESSES)
@settings(max_examples=150, deadline=None)
@example(typed="a=?b@example.org")
@example(typed="ada@example..org")
def test_what_the_setup_accepts_for_a_host_is_written_to(typed: str) -> None:
    try:
        email = read_mail_address(typed)
    except ValueError:
        return
    for case in cases():
        if case.mail.to is MailRole.HOST:
            assert leaves(case.of(host=replace(ADA, email=email)).composed())

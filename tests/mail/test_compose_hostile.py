"""Whatever people type stays text: in headers, in HTML, in the invitation."""

from dataclasses import replace
from typing import Any

import html5lib
import icalendar
import pytest

from booking_service.mail.message import OutgoingMail, assemble, verify
from tests.mail.examples import MEETING, case, cases
from tests.mail.test_compose import read_again

HOSTILE = {
    "line break": "Grace\r\nBcc: victim@example.com\r\n\r\nHello",
    "encoded line break": "=?utf-8?q?a=0D=0ABcc:_victim@example.com?=",
    "encoded in base64": "=?utf-8?b?YQ0KQmNjOiB2aWN0aW1AZXhhbXBsZS5jb20=?=",
    "smtp": "Grace\r\n.\r\nMAIL FROM:<victim@example.com>",
    "second address": '"Bob" <victim@example.com>, victim@example.com',
    "ends the event": "Grace\r\nEND:VEVENT\r\nBEGIN:VALARM\r\nATTENDEE:mailto:victim@example.com",
    "ends a parameter": 'Grace";X-EVIL="1',
    "caret encoding": "Grace^n^'X-EVIL:1^^",
    "controls": "Gr\x00ace\x1b[31m\x0b\x0c\x7f\x85\u2028\u2029",
    "lone surrogate": "Grace\ud800",
    "bidi": "Grace\u202eevil\u2066",
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "template": "{{7*7}} {% raw %} %s {0} {name} %(name)s",
    "very long": "Grace " * 400,
    "every script": "Ünïcødé 優雅 غریس 👩‍💻",
}
OUR_TAGS = {
    "html",
    "head",
    "meta",
    "title",
    "body",
    "p",
    "a",
    "br",
    "strong",
    "table",
    "tbody",
    "tr",
    "th",
    "td",
    "s",
    "blockquote",
    "div",
    "span",
    "style",
}

typed = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())


def mails(text: str) -> list[tuple[str, OutgoingMail]]:
    changed = {"name": text, "reason": text, "answers": (("topic", text), ("other", text))}
    return [(each.name, each.of(**changed).composed()) for each in cases()]


@typed
def test_headers_stay_those_that_were_meant(text: str) -> None:
    for name, mail in mails(text):
        message = read_again(mail)
        plain = read_again(case(name).composed())
        assert sorted(set(message.keys()) - {"Reply-To"}) == sorted(set(plain.keys()) - {"Reply-To"})
        assert len(message["To"].addresses) == 1
        assert "victim@example.com" not in str(message["To"])


def looks(tree: Any) -> tuple[list[str], set[str]]:
    """The style sheet and every style of an element."""
    sheets = [element.text or "" for element in tree.iter("style")]
    return sheets, {element.get("style") for element in tree.iter() if element.get("style")}


@typed
def test_html_keeps_it_as_text(text: str) -> None:
    plainly = dict(mails("I am ill"))
    for name, mail in mails(text):
        html = read_again(mail).get_body(("html",))
        assert html is not None
        tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html.get_content())
        assert {element.tag for element in tree.iter()} <= OUR_TAGS, name
        plain = html5lib.HTMLParser(namespaceHTMLElements=False).parse(plainly[name].html)
        assert looks(tree) == looks(plain), name
        assert not [name for element in tree.iter() for name in element.attrib if name.startswith("on")]


@typed
def test_an_invitation_stays_one_event(text: str) -> None:
    for name, mail in mails(text):
        if mail.calendar is None:
            continue
        calendar = icalendar.Calendar.from_ical(mail.calendar.body.decode())
        (event,) = calendar.walk("VEVENT")
        assert not calendar.walk("VALARM")
        plain = case(name).composed().calendar
        assert plain is not None
        meant = set(icalendar.Calendar.from_ical(plain.body.decode()).walk("VEVENT")[0].keys())
        assert set(event.keys()) == meant
        people = event["ATTENDEE"]
        assert len(people) == 2
        assert {key for one in people for key in one.params} == {"CN", "CUTYPE", "ROLE", "PARTSTAT", "RSVP"}
        assert max(len(line) for line in mail.calendar.body.split(b"\r\n")) <= 75


@typed
def test_templates_and_format_strings_are_never_run(text: str) -> None:
    if "{" in text:
        mail = case("host-booked").of(name=text).composed()
        assert text in mail.text
        assert text in mail.subject


def test_a_hostile_title_of_the_hosts_own_breaks_nothing() -> None:
    for text in HOSTILE.values():
        for each in cases():
            mail = each.of(meeting=replace(MEETING, title=text, location=text)).composed()
            verify(assemble(mail).as_bytes(), mail)

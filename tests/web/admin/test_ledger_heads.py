"""The ledger's head mailed each day to who keeps it elsewhere, and what it is good for there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from booking_service.actions.consent import staff_entries
from booking_service.actions.consent.verify import FindingKind, KeptHead, verify
from booking_service.mail.errors import TransportDown
from booking_service.mail.message import OutgoingMail
from tests.web.consents import offer
from tests.web.site import Site, site

AUDITOR, OFFICE = "auditor@example.org", "office@example.com"


@pytest.fixture
def s(tmp_path: Path, world_url: str | None) -> Iterator[Site]:
    with site(tmp_path, database_url=world_url, anchor={"mail_to": f"{AUDITOR}, {OFFICE}"}) as made:
        offer(made)
        yield made


def said(s: Site, address: str = "anna@example.org") -> None:
    s.w.clock.advance(1)
    staff_entries.record(s.w.rt, address, "newsletter", staff="x", brought={}, reason="card", now=s.w.now)


def head_in(mail: OutgoingMail) -> KeptHead:
    found = re.search(r"\b(\d+):([0-9a-f]{64})\b", mail.text)
    assert found is not None
    return KeptHead(int(found[1]), bytes.fromhex(found[2]))


def test_each_day_the_head_is_mailed_once_to_each_and_the_ledger_is_checked_by_it(s: Site) -> None:
    s.w.pass_time(minutes=1)
    assert s.w.mails.to(AUDITOR) == [], "nothing was said yet"
    said(s)
    s.w.pass_time(minutes=1)
    said(s, "bob@example.org")
    s.w.pass_time(minutes=1)
    [first] = s.w.mails.to(AUDITOR)
    s.w.pass_time(days=1)
    _, second = s.w.mails.to(AUDITOR)
    assert [len(s.w.mails.to(each)) for each in (AUDITOR, OFFICE)] == [2, 2]
    assert (head_in(first).size, head_in(second).size) == (1, 2)
    assert second.subject == "Consent ledger 2030-01-08: 2 entries"
    for mail in (first, second):
        assert verify(s.w.rt, now=s.w.now, kept=head_in(mail)).findings == ()
    other = KeptHead(2, bytes(32))
    assert [each.kind for each in verify(s.w.rt, now=s.w.now, kept=other).findings] == [FindingKind.HEAD]


def test_it_is_tried_again_while_the_mail_server_is_away(s: Site) -> None:
    said(s)
    s.w.mails.failing += [TransportDown("away"), TransportDown("away")]
    s.w.pass_time(minutes=1)
    assert s.w.mails.to(AUDITOR) == []
    s.w.pass_time(hours=1)
    assert len(s.w.mails.to(AUDITOR)) == 1

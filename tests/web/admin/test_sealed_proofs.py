"""The sealed proof of who was erased opens on a page, to who may, names the address and says why."""

import pytest
from starlette.testclient import TestClient

from booking_service.actions.consent import access_log
from booking_service.actions.privacy import erasure
from booking_service.actions.privacy.erasure import Decider
from booking_service.domain.privacy import Mode
from booking_service.domain.roles import Permission, Role
from tests.web.consents import NEWSLETTER, offer
from tests.web.own_pages import GRACE, agreed
from tests.web.page_reader import look, read
from tests.web.site import Site, person, signed_in

REQUESTS, VAULT = "/admin/consents/requests", "/admin/consents/vault"

pytestmark = pytest.mark.capability("S3-24")


@pytest.fixture
def desk(s: Site) -> TestClient:
    """Grace agreed, and was erased."""
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    erasure.erase(s.w.rt, GRACE, Decider(staff="x", reason="a letter"), mode=Mode.WHOLE, now=s.w.now)
    return signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.VAULT})))


def test_it_opens_to_who_names_the_address_and_says_why_and_that_is_on_record(s: Site, desk: TestClient) -> None:
    path = look(desk, REQUESTS).links()["Sealed proofs…"]
    assert path == VAULT
    closed = look(desk, path)
    assert "Grace" not in closed.text, "nobody can browse it"
    opened = read(desk.post(path, data={"who": "Grace@Example.net", "reason": "A complaint."}))
    assert "Grace Hopper · grace@example.net" in opened.text
    assert "kept until 1 January 2034" in opened.text
    assert "“Newsletter” confirmed" in opened.text
    assert "Shown just this once, and recorded." in opened.text
    [line] = access_log.show(s.w.rt, language="en").lines
    assert (line.what, line.why) == ("vault", "A complaint.")


@pytest.mark.parametrize(
    ("who", "reason", "status", "told"),
    [
        (GRACE, " ", 422, "Say why: it appears in the access log"),
        ("nobody", "r", 422, "Write an email address, or a phone number with its country"),
        ("", "r", 422, "Write an email address, or a phone number with its country"),
        ("ada@example.net", "r", 404, "Nothing is sealed under this address or number"),
    ],
)
def test_what_is_asked_wrongly_opens_nothing(
    s: Site, desk: TestClient, who: str, reason: str, status: int, told: str
) -> None:
    answer = desk.post(VAULT, data={"who": who, "reason": reason})
    assert answer.status_code == status
    page = read(answer)
    assert "Nothing was opened" in page.text
    assert told in page.text
    assert page.value("who") == who
    assert "Grace Hopper" not in page.text
    assert access_log.show(s.w.rt, language="en").lines == ()


def test_who_may_not_open_it_finds_no_way_there(s: Site, desk: TestClient) -> None:
    other = signed_in(s, person(s, Role.STAFF, email="other@example.org", permissions=frozenset({Permission.CONSENTS})))
    assert "Sealed proofs…" not in look(other, REQUESTS).links()
    assert other.get(VAULT).status_code in (403, 404)
    assert other.post(VAULT, data={"who": GRACE, "reason": "r"}).status_code in (403, 404)

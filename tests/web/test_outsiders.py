"""What outsiders try: requests no browser makes, pages kept for others, mails to strangers, ids that are guessed."""

import io
import logging
from collections.abc import Iterator, Mapping
from functools import partial

import pytest
import structlog

from booking_service.domain.booking import Booking
from booking_service.log import configure, redaction
from tests.web.site import TUESDAY_9, Site, limited

FORM = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'


@pytest.fixture
def written(s: Site) -> Iterator[io.StringIO]:
    """Every line that the process logs."""
    root, lines = logging.getLogger(), io.StringIO()
    before, ours = (root.handlers[:], root.level), structlog.get_config()
    configure(redaction(s.w.rt.ring), format="json", level="debug", stream=lines)
    yield lines
    structlog.configure(**ours)
    root.handlers[:] = before[0]
    root.setLevel(before[1])


def multipart(fields: Mapping[str, str]) -> bytes:
    return b"".join(FORM % (name.encode(), value.encode()) for name, value in fields.items()) + b"--x--\r\n"


@pytest.mark.parametrize("name", ["path", "self", "lang", "query"])
def test_a_slash_too_many_is_forgiven_whatever_the_query_names(s: Site, name: str) -> None:
    answer = s.browser.get(f"/ada/intro/?{name}=de")
    assert (answer.status_code, answer.headers["location"]) == (308, f"/ada/intro?{name}=de")


@pytest.mark.parametrize(
    "charset", ["unicode_escape", "raw_unicode_escape", "punycode", "undefined", "utf-16", "idna", "bogus"]
)
@pytest.mark.parametrize("path", ["/ada/intro/hold", "/ada/intro/details"])
def test_a_form_in_another_encoding_is_refused_before_it_is_decoded(s: Site, path: str, charset: str) -> None:
    body = multipart(s.form(name="a\\ud800b", email="\\ud800@example.net"))
    kind = {"Content-Type": f"multipart/form-data; boundary=x; charset={charset}"}
    assert s.browser.post(path, content=body, headers=kind).status_code == 415
    assert s.w.all_bookings() == []


@pytest.mark.parametrize("charset", ["", "; charset=UTF-8", '; charset="utf-8"'])
def test_a_form_in_parts_is_read_as_utf_8(s: Site, charset: str) -> None:
    kind = {"Content-Type": f"multipart/form-data; boundary=x{charset}"}
    answer = s.browser.post("/ada/intro/hold", content=multipart(s.form(name="Zoë")), headers=kind)
    assert answer.status_code == 303
    assert [booking.invitee.name for booking in s.w.all_bookings()] == ["Zoë"]


@pytest.mark.parametrize("name", ["start", "day", "month", "zone", "did", "lang"])
def test_what_one_reader_puts_into_an_address_is_in_nobody_elses_page(s: Site, name: str) -> None:
    s.browser.get(f"/ada/intro?{name}=put-there-by-somebody")
    assert "put-there" not in s.browser.get("/ada/intro").text


def test_each_reader_gets_the_language_they_ask_for_however_far_back_it_stands(s: Site) -> None:
    before = ", ".join(["fr;q=0.9"] * 10)  # whatever they name first, this is told apart by what comes last
    for code in ("de", "nl", "en"):
        answer = s.browser.get("/ada/intro", headers={"Accept-Language": f"{before}, {code};q=0.1"})
        assert answer.headers["content-language"] == code


def held(s: Site) -> Booking:
    booking = s.hold()
    s.w.drain()
    return booking


def mails_to(s: Site, address: str) -> int:
    s.w.drain()
    return len(s.w.mails.to(address))


def test_correcting_an_address_to_itself_is_a_resend_and_counts_as_one(s: Site) -> None:
    browser = limited(s, book_per_mailbox="2 per 10 min")
    browser.post("/ada/intro/hold", data=s.form())
    (booking,) = s.w.all_bookings()
    s.w.drain()
    codes = []
    for _ in range(4):
        codes.append(browser.post(f"/b/{booking.public_id}/address", data={"email": "grace@example.net"}).status_code)
        s.w.pass_time(seconds=20)
    assert codes == [303, 429, 429, 429]
    assert mails_to(s, "grace@example.net") == 2


def test_one_hold_is_no_way_to_write_to_many_strangers(s: Site) -> None:
    browser = limited(s, book_per_network="3 per 10 min")
    browser.post("/ada/intro/hold", data=s.form())
    (booking,) = s.w.all_bookings()
    s.w.drain()
    codes = []
    for n in range(5):
        codes.append(browser.post(f"/b/{booking.public_id}/address", data={"email": f"s{n}@example.net"}).status_code)
        s.w.drain()
    assert codes == [303, 303, 429, 429, 429]
    assert len([mail for mail in s.w.mails.sent if mail.to.address.startswith("s")]) == 2


def test_a_mended_address_in_a_form_sent_again_counts_for_its_network_too(s: Site) -> None:
    browser = limited(s, book_per_network="3 per 10 min")
    codes = [browser.post("/ada/intro/hold", data=s.form(email=f"s{n}@example.net")).status_code for n in range(5)]
    assert codes == [303, 303, 303, 429, 429]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/ada{}", 404),
        ("/ada/intro{}", 404),
        ("/b/{}", 404),
        ("/c/{}", 404),
        ("/api/v1/hosts/ada{}/intro/slots", 404),
        ("/ada/intro?zone={}", 400),
        ("/ada/intro?{}=a", 400),
        ("/ada/intro/details?start={}", 400),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_with_a_control_character_leads_nowhere(s: Site, method: str, address: str, status: int) -> None:
    """PostgreSQL refuses a NUL in any value; no address of ours has one, nor any other control character."""
    for control in ("%00", "%01", "%0d%0a", "%1b", "%7f", "%c2%85"):
        assert s.browser.request(method, address.format(control)).status_code == status


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("broken", "status"),
    [
        ("ALTER TABLE booking RENAME COLUMN guests TO others", 503),
        ("ALTER TABLE history RENAME TO gone", 503),
        ("CREATE TRIGGER no BEFORE INSERT ON booking BEGIN SELECT RAISE(ABORT, 'refused'); END", 500),
        ("CREATE TRIGGER no BEFORE INSERT ON outbox BEGIN SELECT RAISE(FAIL, 'refused'); END", 500),
    ],
)
def test_what_somebody_typed_is_in_no_log_whatever_fails(
    s: Site, written: io.StringIO, broken: str, status: int
) -> None:
    with s.w.rt.engine.begin() as connection:
        connection.exec_driver_sql(broken)
    typed = s.form(name="Canary Bird", email="canary@example.net", **{"answer-topic": "canary song"})
    assert s.browser.post("/ada/intro/hold", data=typed).status_code == status
    assert ("page_failed" in written.getvalue()) == (status == 500)
    assert "canary" not in written.getvalue().lower()


def test_a_waiting_page_may_be_open_in_many_tabs_behind_one_address(s: Site) -> None:
    booking = held(s)
    browser = limited(s, waiting_per_network="300 per min")
    for _ in range(20):  # tabs that each ask every five seconds
        codes = {browser.get(f"/b/{booking.public_id}/state.json").status_code for _ in range(12)}
        assert codes == {200}


def test_who_asks_without_end_what_became_of_a_booking_is_told_to_wait(s: Site) -> None:
    base = f"/b/{held(s).public_id}"
    for page in ("", "/state.json", "/move", "/invite.ics"):
        browser = limited(s, waiting_per_network="2 per min")
        assert [browser.get(f"{base}{page}").status_code == 429 for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize("page", ["", "/state.json", "/invite.ics", "/move"])
def test_who_guesses_at_waiting_pages_is_told_to_wait(s: Site, page: str) -> None:
    browser = limited(s, unknown_links_per_network="2 per min")
    real = held(s)
    assert [browser.get(f"/b/{'x' * 21}{n}{page}").status_code for n in range(4)] == [404, 404, 429, 429]
    assert browser.get(f"/c/{'x' * 43}").status_code == 429
    assert browser.get(f"/b/{real.public_id}").status_code == 200, "who shares the network did not guess"


@pytest.mark.parametrize("act", ["resend", "address", "code", "release", "move"])
def test_who_acts_without_end_is_told_to_wait_as_well(s: Site, act: str) -> None:
    browser = limited(s, waiting_per_network="2 per min")
    form = {"email": "a@example.net", "code": "123456"}
    assert [browser.post(f"/b/{'x' * 22}/{act}", data=form).status_code for _ in range(4)] == [404, 404, 429, 429]


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_form_of_a_time_is_a_look_at_free_times_as_well(s: Site, method: str) -> None:
    browser = limited(s, slots_per_network="2 per min")
    address, typed = f"/ada/intro/details?start={TUESDAY_9}", {"start": TUESDAY_9}
    ask = partial(browser.get, address) if method == "get" else partial(browser.post, "/ada/intro/details", data=typed)
    assert [ask().status_code for _ in range(3)] == [200, 200, 429]

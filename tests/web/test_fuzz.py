"""Whatever is sent: an answer below 500, HTML that parses, and nothing but what a form may do."""

import string
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from booking_service.domain.text import NAME_LENGTH, one_line
from booking_service.language import language_of
from booking_service.web.http.mail_address import read_email
from booking_service.web.http.parsing import read_day, read_instant, read_month
from booking_service.web.http.request import accepted
from tests.web.page_reader import read
from tests.web.site import Site, site

pytestmark = pytest.mark.timeout(120)

LIGHT = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
anything = st.text(max_size=300) | st.text(
    alphabet="\x00\r\n\x1b\u202e\ufeff\u2028\ufffe👩‍👩‍👧é́́́́ <>&'\"{}%@,;:", max_size=60
)
bytes_ = st.binary(max_size=200).map(lambda raw: "".join(f"%{byte:02X}" for byte in raw))
fields = st.sampled_from(
    [
        "name",
        "email",
        "answer-topic",
        "guests",
        "start",
        "zone",
        "lang",
        "form_key",
        "subject_line",
        "reason",
        "code",
        "block",
    ]
)
near_instants = st.builds(
    "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format,
    *(st.integers(0, most) for most in (12000, 14, 33, 25, 61, 61)),
)


@pytest.fixture(scope="module")
def s(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("fuzz")
    with site(folder) as made:
        yield made


@LIGHT
@given(st.dictionaries(fields, anything | near_instants, max_size=8))
@example({"start": "2030-01-08T08:00:00Z", "name": "=?utf-8?q?a=0D=0ABcc:_x@evil?=", "email": "g@example.net"})
@example({"start": "2030-01-08T08:30:00Z", "name": "A" * 120, "email": f"{'x' * 64}@example.net", "guests": ";" * 300})
def test_the_details_form_takes_whatever_it_is_given(s: Site, form: dict[str, str]) -> None:
    encodable = {name: value.encode("utf-8", "surrogatepass") for name, value in form.items()}
    answer = s.browser.post("/ada/intro/hold", data=encodable)
    assert answer.status_code < 500
    if answer.status_code != 303:
        read(answer)


@LIGHT
@given(st.lists(st.tuples(fields, bytes_), max_size=6))
def test_a_body_of_any_bytes_is_read_or_refused(s: Site, pairs: list[tuple[str, str]]) -> None:
    body = "&".join(f"{name}={value}" for name, value in pairs)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = s.browser.post("/ada/intro/hold", content=body.encode(), headers=headers)
    assert answer.status_code < 500
    if answer.status_code != 303:
        read(answer)


@LIGHT
@given(
    st.binary(max_size=300),
    st.sampled_from(
        ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "multipart/form-data", ""]
    ),
)
def test_a_body_of_any_kind_is_read_or_refused(s: Site, body: bytes, kind: str) -> None:
    answer = s.browser.post("/ada/intro/details", content=body, headers={"Content-Type": kind} if kind else {})
    assert answer.status_code < 500


@LIGHT
@given(
    st.sampled_from(
        [
            "/{}",
            "/ada/{}",
            "/ada/intro/{}",
            "/b/{}",
            "/c/{}",
            "/m/{}/move",
            "/static/{}",
            "/api/{}",
            "/ada/intro?day={}",
            "/ada/intro?month={}",
            "/ada/intro?zone={}",
            "/ada/intro?lang={}",
            "/ada/intro/details?start={}",
            "/api/v1/slots?host=ada&meeting=intro&from={}",
            "/api/v1/hosts/{}",
            "/api/v1/meeting-types/ada/{}",
            "/api/v1/bookings/{}",
        ]
    ),
    bytes_ | st.text(alphabet=string.printable, max_size=40).map(lambda t: t.replace("#", "")),
)
def test_any_address_is_answered(s: Site, shape: str, part: str) -> None:
    try:
        answer = s.browser.get(shape.format(part))
    except httpx2.InvalidURL:
        return  # no client can ask for this
    assert answer.status_code < 500 or answer.status_code == 503
    if answer.headers.get("content-type", "").startswith("text/html"):
        read(answer)


@given(st.text(max_size=400))
@settings(max_examples=200, deadline=None)
def test_an_address_that_is_accepted_can_stand_in_a_mail(typed: str) -> None:
    email, wrong = read_email(typed, language_of("en"))
    assert bool(email) != bool(wrong)
    if email:
        assert email.isascii()
        assert len(email) <= 254
        assert not set(email) & set(" ,;<>\r\n\t\x00")
        assert read_email(email, language_of("en")) == (email, "")


@given(st.text(max_size=40) | near_instants)
@settings(max_examples=300, deadline=None)
def test_dates_are_read_in_one_shape_only(text: str) -> None:
    instant = read_instant(text)
    if instant is not None:
        assert f"{instant:%Y-%m-%dT%H:%M:%SZ}" == text
    day, month = read_day(text), read_month(text)
    assert day is None or day.isoformat() == text
    assert month is None or f"{month:%Y-%m}" == text


@given(st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_accept_language_is_read(header: str) -> None:
    assert all(code.isascii() and len(code) <= 8 for code in accepted(header))


def test_a_name_of_the_longest_length_is_kept_whole(s: Site) -> None:
    name = one_line("Å" * NAME_LENGTH)
    booking = s.hold(name=name, start="2030-01-10T08:00:00Z", form_key="w" * 20)
    assert booking.invitee.name == name

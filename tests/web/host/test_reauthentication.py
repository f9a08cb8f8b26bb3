"""Showing again who one is, before a page that decides who gets in here or takes data out goes on."""

import re
from dataclasses import replace

import pytest
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient

from booking_service.config.notation import read_rates
from booking_service.domain.roles import ANYBODY, Role
from booking_service.web.app import application
from booking_service.web.http.door import signed_in_page
from booking_service.web.http.endpoint import PageRoutes
from booking_service.web.http.signed_in_pages import Proof, Section, SignedInRequest, SignedInRoute
from tests.web.site import BASE_URL, BROWSER, Site, limited, person, person_of_host, signed_in

MINUTES_10 = 600
FEW = {"sign_in_codes_per_address": "5 per 10 min"}


def _shown(request: SignedInRequest) -> Response:
    return JSONResponse({"saw": dict(request.query)})


def _changed(request: SignedInRequest) -> Response:
    return JSONResponse({"got": dict(request.form), "of": dict(request.query)})


ROUTES = tuple(
    SignedInRoute(path=f"/host/{proof}", needs=ANYBODY, section=Section.PROFILE, proof=proof, get=_shown, post=post)
    for proof, post in ((Proof.NEVER, _changed), (Proof.TO_CHANGE, _changed), (Proof.TO_SEE, None))
)


@pytest.fixture
def desk(s: Site) -> TestClient:
    """Ada's browser, in front of three pages that want differently much, ten minutes after she signed in."""
    cookie = signed_in(s, person_of_host(s, s.w.host)).cookies["sid"]
    limits = s.w.rt.settings.limits.model_copy(update={name: read_rates(rate) for name, rate in FEW.items()})
    rt = replace(s.w.rt, settings=s.w.rt.settings.model_copy(update={"limits": limits}))
    pages = PageRoutes(rt)
    app = application(rt, extra_routes=[signed_in_page(pages, each, ROUTES) for each in ROUTES])
    browser = TestClient(app, base_url=BASE_URL, headers=BROWSER, follow_redirects=False)
    browser.cookies.set("sid", cookie)
    return browser


def hidden(text: str) -> dict[str, str]:
    """What the first form of a question carries along."""
    form = re.search(r"<form.*?</form>", text.partition("<main")[2], re.DOTALL)
    assert form
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))


def code(s: Site) -> str:
    s.w.drain()
    found = re.search(r"^ +(\d{6})$", s.w.mails.sent[-1].text, re.MULTILINE)
    assert found
    return found[1]


def wrong(right: str) -> str:
    return f"{(int(right) + 1) % 10**6:06d}"


def test_within_ten_minutes_of_signing_in_nothing_is_asked(s: Site, desk: TestClient) -> None:
    s.w.clock.advance(MINUTES_10 - 1)
    assert desk.get("/host/to-see?x=1").json() == {"saw": {"x": "1"}}
    assert desk.post("/host/to-change", data={"a": "b"}).json() == {"got": {"a": "b"}, "of": {}}
    s.w.clock.advance(1)
    assert desk.get("/host/to-see?x=1").status_code == 403
    assert desk.get("/host/to-change").status_code == 200
    assert desk.post("/host/to-change", data={"a": "b"}).status_code == 403
    assert desk.post("/host/never", data={"a": "b"}).status_code == 200


def test_the_form_goes_on_with_what_was_typed_but_never_echoes_a_secret(s: Site, desk: TestClient) -> None:
    s.w.clock.advance(MINUTES_10)
    typed = {"name": 'Ada "L"', "new-password": "do not show this anywhere"}
    asked = desk.post("/host/to-change?of=x", data=typed)
    assert "Show that it is you" in asked.text
    assert "do not show" not in asked.text
    assert hidden(asked.text) == {"name": "Ada &#34;L&#34;"}
    sent = desk.post("/host/to-change?of=x", data={"name": 'Ada "L"', "prove-send": "yes"})
    right, carried = code(s), hidden(sent.text)
    assert s.w.mails.sent[-1].to.address == "ada@example.org"
    refused = desk.post("/host/to-change?of=x", data={**carried, "prove-code": wrong(right)})
    assert refused.status_code == 422
    assert "Enter the six digits from the email." in refused.text
    carried = {**hidden(refused.text), "name": 'Ada "L"'}
    went = desk.post("/host/to-change?of=x", data={**carried, "prove-code": right})
    assert went.json() == {"got": {"name": 'Ada "L"'}, "of": {"of": "x"}}
    assert desk.get("/host/to-see").status_code == 200, "it counts for the next ten minutes, everywhere"
    s.w.clock.advance(MINUTES_10)
    again = desk.post("/host/to-change", data={**carried, "prove-code": right})
    assert again.status_code == 410, "a code works once"


def test_a_page_that_was_only_looked_at_is_come_back_to(s: Site, desk: TestClient) -> None:
    s.w.clock.advance(MINUTES_10)
    carried = hidden(desk.get("/host/to-see?x=1").text)
    sent = desk.post("/host/to-see?x=1", data={**carried, "prove-send": "yes"})
    back = desk.post("/host/to-see?x=1", data={**hidden(sent.text), "prove-code": code(s)})
    assert (back.status_code, back.headers["location"]) == (303, "/host/to-see?x=1")
    assert desk.get("/host/to-see?x=1").json() == {"saw": {"x": "1"}}


def test_the_code_of_somebody_else_proves_nothing(s: Site, desk: TestClient) -> None:
    s.w.clock.advance(MINUTES_10)
    other = person(s, Role.ADMIN)
    s.browser.post("/host/sign-in", data={"email": other.email})
    theirs = str(s.rows()["sign_in"][-1][0])
    assert desk.post("/host/to-change", data={"prove-sent": theirs, "prove-code": code(s)}).status_code == 422
    assert desk.post("/host/to-change", data={"prove-sent": "x", "prove-code": "1"}).status_code == 404
    assert desk.post("/host/to-change", data={"a": "b"}).status_code == 403


def test_strangers_can_use_up_no_code_of_somebody_who_is_signed_in(s: Site, desk: TestClient) -> None:
    s.w.clock.advance(MINUTES_10)
    stranger = limited(s, **FEW)
    sent = stranger.post("/host/sign-in", data={"email": "ada@example.org"}).headers["location"]
    right = code(s)
    guesses = [stranger.post(sent, data={"code": f"x{n}"}).status_code for n in range(6)]
    assert guesses == [422] * 5 + [429]
    assert stranger.post(sent, data={"code": right}).status_code == 429
    carried = hidden(desk.post("/host/to-change", data={"a": "b", "prove-send": "yes"}).text)
    right = code(s)
    went = desk.post("/host/to-change", data={**carried, "prove-code": right})
    assert went.json() == {"got": {"a": "b"}, "of": {}}
    s.w.clock.advance(MINUTES_10)
    carried = hidden(desk.post("/host/to-change", data={"a": "b", "prove-send": "yes"}).text)
    right = code(s)
    guesses = [desk.post("/host/to-change", data={**carried, "prove-code": f"x{n}"}).status_code for n in range(6)]
    assert guesses == [422] * 5 + [429]
    assert desk.post("/host/to-change", data={**carried, "prove-code": right}).status_code == 429


def test_the_question_is_asked_in_the_persons_language(s: Site, desk: TestClient) -> None:
    s.w.clock.advance(MINUTES_10)
    assert "Bestätigen Sie, dass Sie es sind" in desk.get("/host/to-see?lang=de").text

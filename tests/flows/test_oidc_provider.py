"""Signing in with an account of a provider that others wrote: what our own provider takes for granted, this one need not."""

import contextlib
import re
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pyotp
import pytest

from tests.databases import start_empty
from tests.flows.programs import Child, child, free_port, is_up, loose_settings, until
from tests.flows.text_browser import BROWSER, Page
from tests.servers.oidc_provider import OidcProvider, oidc_provider

pytestmark = [pytest.mark.server]

CALLBACK = "/host/oidc/callback"
ADA = {"email": "ada@example.org", "email_verified": True, "name": "Ada Lovelace"}
BUTTON = "Sign in with Example ID"


@dataclass(frozen=True)
class Program:
    """`serve` with Ada, who runs the organisation, and a provider at which the service is registered."""

    address: str
    data: Path
    idp: OidcProvider

    @contextlib.contextmanager
    def browser(self) -> Iterator["Visitor"]:
        with httpx2.Client(base_url=self.address, trust_env=False, headers=BROWSER, timeout=30) as client:
            yield Visitor(self, client)

    def pass_ten_minutes(self) -> None:
        """For every session: the provider's clock is not ours to move."""
        with contextlib.closing(sqlite3.connect(self.data / "booking.db", timeout=20)) as connection, connection:
            connection.execute("UPDATE session SET proved_at = datetime(proved_at, '-601 seconds') || '.000000'")


@dataclass
class Visitor:
    program: Program
    client: httpx2.Client
    address: str = field(init=False)

    def __post_init__(self) -> None:
        self.address = self.program.address

    def get(self, path: str) -> Page:
        answer = self.client.get(path)
        return Page(answer, str(answer.url))

    def post(self, path: str, **fields: str) -> Page:
        answer = self.client.post(path, data=fields)
        return Page(answer, str(answer.url))

    def led_to(self, page: Page) -> str:
        """Where the page of a press sends the browser."""
        assert page.status == 200, f"{page.status}: {page.answer.headers.get('location')}"
        address = page.answer.headers["refresh"].removeprefix("0;url=")
        assert address.startswith(self.program.idp.issuer)
        return str(address)

    def back(self, there: str) -> Page:
        """The provider's answer, as the browser brings it: from another site."""
        assert there.startswith(f"{self.address}{CALLBACK}?")
        answer = self.client.get(there, headers={"Sec-Fetch-Site": "cross-site"})
        return Page(answer, there)

    def sign_in(self, account: str = "ada") -> Page:
        to_provider = self.led_to(self.post("/host/sign-in/provider"))
        return self.back(self.program.idp.press(to_provider, sub=account))

    def location(self, page: Page) -> str:
        assert page.status == 303, f"{page.status}: {page.text[:500]}"
        return str(page.answer.headers["location"]).removeprefix(self.address)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("oidc")
    port, data = free_port(), folder / "data"
    data.mkdir()
    start_empty(data / "booking.db")
    with oidc_provider(folder) as idp:
        address = f"http://localhost:{port}"
        client_id, secret = idp.register(f"{address}{CALLBACK}")
        env = loose_settings(data, port=port, smtp_port=free_port()) | {
            "BOOKING_OIDC__ISSUER": idp.issuer,
            "BOOKING_OIDC__CLIENT_ID": client_id,
            "BOOKING_OIDC__CLIENT_SECRET": secret,
            "BOOKING_OIDC__LABEL": "Example ID",
            "BOOKING_OIDC__ALLOWED_NETWORKS": "127.0.0.0/8",
            "BOOKING_OIDC__TRUST_SECOND_FACTOR": "true",
            "BOOKING_LIMITS__SIGN_IN_PER_NETWORK": "1000 per min",
        }
        added = child(["booking_service", "user", "add", "ada@example.org", "--admin"], log=folder / "add.log", env=env)
        assert added.process.wait(timeout=60) == 0, added.printed
        served = child(["booking_service", "serve", "--no-worker"], log=folder / "serve.log", env=env)
        try:
            until(lambda: _answers(served, address), within_s=60)
            yield Program(address, data, idp)
        finally:
            served.end()


def _answers(served: Child, address: str) -> bool:
    assert served.process.poll() is None, served.printed
    return is_up(address)


@pytest.fixture(autouse=True)
def _known(program: Program) -> None:
    program.idp.knows("ada", **ADA)


def test_there_and_back_is_signed_in_and_the_account_counts_from_then_on(program: Program) -> None:
    with program.browser() as first:
        assert "no longer works" not in first.get("/host/sign-in").text
        assert first.location(first.sign_in()) == "/host"
        assert "Linked on" in first.get("/host/profile").text
    program.idp.knows("ada", **ADA | {"email": "lovelace@example.net"})
    with program.browser() as later:
        assert later.location(later.sign_in()) == "/host", "by the account, whatever its address is by now"
        assert "ada@example.org" in later.get("/host/profile").text


def test_whom_nobody_knows_or_whose_address_is_not_verified_stays_outside(program: Program) -> None:
    program.idp.knows("mallory", email="mallory@example.org", email_verified=True)
    program.idp.knows("eve", **ADA | {"email_verified": False})
    for account, why in (
        ("mallory", "Nobody signs in here with this Example ID account"),
        ("eve", "does not vouch for your email"),
    ):
        with program.browser() as visitor:
            page = visitor.get(visitor.location(visitor.sign_in(account)))
            assert why in page.text
            assert visitor.get("/host").status == 303


def test_who_says_no_at_the_provider_is_told_so_and_may_try_again(program: Program) -> None:
    with program.browser() as visitor:
        to_provider = visitor.led_to(visitor.post("/host/sign-in/provider"))
        refused = visitor.back(program.idp.press(to_provider, action="deny"))
        page = visitor.get(visitor.location(refused))
        assert "Email me a sign-in link" in page.answer.text
        assert visitor.location(visitor.sign_in()) == "/host"


def test_an_answer_counts_once_and_in_the_browser_that_was_sent_there(program: Program) -> None:
    with program.browser() as visitor, program.browser() as thief:
        there = program.idp.press(visitor.led_to(visitor.post("/host/sign-in/provider")), sub="ada")
        thief.back(there)
        assert thief.get("/host").status == 303
        assert visitor.location(visitor.back(there)) == "/host"
        visitor.back(there)
        assert visitor.get("/host").status == 200, "a second time changes nothing"


def test_a_form_goes_on_after_signing_in_there_anew_and_only_then(program: Program) -> None:
    with program.browser() as visitor:
        visitor.sign_in()
        (button,) = (each for each in visitor.get("/host/profile").tree.iter("button") if each.get("name") == "account")
        account = button.get("value", "")
        program.pass_ten_minutes()
        asked = visitor.post("/host/profile/provider/remove", account=account)
        assert asked.status == 403
        kept = next(form.fields for form in asked.forms() if form.fields.get("account") == account)

        def anew() -> Page:
            to_provider = visitor.led_to(
                visitor.post("/host/profile/provider/remove", **kept, **{"prove-provider": "yes"})
            )
            assert "prompt=login" in to_provider
            return visitor.back(program.idp.press(to_provider, sub="ada"))

        program.idp.knows("ada", **ADA, auth_time=int(time.time()) - 3600)
        assert "does not say that you signed in there just now" in anew().text
        program.idp.knows("ada", **ADA)  # it says by itself when somebody pressed
        proved = anew()
        assert "You have confirmed that it is you" in proved.text
        done = visitor.post("/host/profile/provider/remove", **proved.form("/profile/provider/remove").fields)
        assert "You can no longer sign in with this account" in visitor.get(visitor.location(done)).text


def test_the_second_factor_is_asked_for_here_unless_the_provider_saw_one(program: Program) -> None:
    with program.browser() as visitor:
        visitor.sign_in()
        page = visitor.get("/host/profile/second-factor")
        found = re.search(r'<code class="code">([A-Z2-7 ]+)</code>', page.answer.text)
        assert found
        totp = pyotp.TOTP(found[1].replace(" ", ""))
        fields = page.form("/profile/second-factor", method="post").fields
        assert visitor.post("/host/profile/second-factor", **fields | {"code": totp.now()}).status == 200
    with program.browser() as visitor:
        step = visitor.get(visitor.location(visitor.sign_in()))
        assert visitor.get("/host").status == 303, "half of it is not in"
        code = totp.at(int(time.time()) + totp.interval)  # each counts once, and one a step ahead counts
        entered = visitor.post(step.url, **next(iter(step.forms())).fields | {"code": code})
        assert visitor.location(entered) == "/host"
        assert visitor.get("/host").status == 200
    program.idp.knows("ada", **ADA, amr=["pwd", "otp", "mfa"])
    with program.browser() as visitor:
        assert visitor.location(visitor.sign_in()) == "/host"
        assert visitor.get("/host").status == 200

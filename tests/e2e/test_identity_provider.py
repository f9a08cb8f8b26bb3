"""There and back in Chromium, which obeys the policies of our pages where a client of tests would not."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread

import pytest
import uvicorn
from playwright.sync_api import Browser

from booking_service.web.app import application
from tests.e2e.axe import found_by_axe
from tests.e2e.conftest import WITHIN_MS
from tests.flows.extended import in_extended
from tests.servers.identity_provider import CLIENT, SECRET, IdentityProvider, identity_provider
from tests.web.site import Site, site

ADA: dict[str, object] = {"sub": "1", "email": "ada@example.org", "email_verified": True}


@dataclass(frozen=True, slots=True)
class Service:
    """One whose Ada signs in at an identity provider."""

    address: str
    site: Site
    idp: IdentityProvider


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Service]:
    with socket.create_server(("127.0.0.1", 0)) as listener, identity_provider(ADA) as idp:
        chosen = {"issuer": idp.url, "client_id": CLIENT, "client_secret": SECRET, "label": "Example ID"}
        with site(tmp_path, oidc={**chosen, "allowed_networks": "127.0.0.0/8"}) as s:
            idp.now = lambda: s.w.now
            address = f"http://localhost:{listener.getsockname()[1]}"
            rt = replace(s.w.rt, settings=s.w.rt.settings.model_copy(update={"base_url": address}))
            server = uvicorn.Server(uvicorn.Config(application(rt), log_config=None, lifespan="off"))
            thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
            thread.start()
            yield Service(address, s, idp)
            server.should_exit = True
            thread.join(20)


@pytest.fixture
def base_url(served: Service) -> str:
    return served.address


@pytest.mark.parametrize("script", [True, *in_extended(False)])
def test_the_button_leads_to_the_provider_and_back_signed_in(browser: Browser, base_url: str, *, script: bool) -> None:
    context = browser.new_context(java_script_enabled=script, base_url=base_url, viewport={"width": 390, "height": 800})
    context.set_default_timeout(WITHIN_MS)
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto("/host/profile")
    assert "sign-in" in page.url
    assert not script or found_by_axe(page) == []
    page.get_by_role("button", name="Sign in with Example ID").click()
    page.wait_for_url("**/host/profile")
    assert page.get_by_text("ada@example.org · Linked on").is_visible()
    assert not script or found_by_axe(page) == []
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("You can no longer sign in with this account.").wait_for()
    page.get_by_role("button", name="Link…").click()
    page.get_by_text("The account is linked.").wait_for()
    assert complaints == []
    context.close()


@pytest.mark.parametrize("width", in_extended(1280, 390))
def test_signing_in_there_anew_lets_a_form_go_on(browser: Browser, served: Service, width: int) -> None:
    context = browser.new_context(base_url=served.address, viewport={"width": width, "height": 800})
    context.set_default_timeout(WITHIN_MS)
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto("/host/sign-in")
    page.locator("form[action$=provider]").get_by_label("Keep me signed in").check()
    page.get_by_role("button", name="Sign in with Example ID").press("Enter")
    page.wait_for_url("**/host")
    page.goto("/host/profile")
    served.site.w.clock.advance(601)
    page.get_by_role("button", name="Remove").click()
    complaints.clear()  # the question is answered 403, of which the console tells
    assert found_by_axe(page) == []
    page.get_by_role("button", name="Sign in with Example ID").press("Enter")
    page.get_by_text("does not say that you signed in there just now").wait_for()
    assert found_by_axe(page) == []
    page.get_by_role("button", name="Go on").press("Enter")
    page.get_by_role("heading", name="Show that it is you").wait_for()
    served.idp.changed = {"auth_time": int(served.site.w.now.timestamp())}
    page.get_by_role("button", name="Sign in with Example ID").press("Enter")
    page.get_by_role("heading", name="You have confirmed that it is you").wait_for()
    assert found_by_axe(page) == []
    page.get_by_role("button", name="Go on").press("Enter")
    page.get_by_text("You can no longer sign in with this account.").wait_for()
    assert {each for each in complaints if "403" not in each} == set()
    context.close()

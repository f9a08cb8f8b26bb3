"""How the network of a tick and of a press is kept as evidence: in full, shortened, or not."""

from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from booking_service.storage import ledger
from booking_service.storage.engine import snapshot
from tests.web.consents import contact_of, link_in, mails, offer
from tests.web.own_pages import GRACE, agreed
from tests.web.site import BASE_URL, BROWSER, site


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [({}, "198.51.100.7"), ({"consent_networks": "shortened"}, "198.51.100.x"), ({"consent_networks": "none"}, "")],
)
def test_the_network_is_kept_as_the_settings_say(tmp_path: Path, chosen: dict[str, str], kept: str) -> None:
    with site(tmp_path, privacy=chosen) as made:
        browser = TestClient(
            made.browser.app,
            base_url=BASE_URL,
            headers=BROWSER,
            client=("198.51.100.7", 4711),
            follow_redirects=False,
        )
        s = replace(made, browser=browser)
        offer(s)
        agreed(s, "newsletter")
        s.browser.post(link_in(mails(s, "out")[-1], "out"))
        with snapshot(s.w.rt.engine) as session:
            said = [each for each in ledger.links(session, contact_of(s, GRACE)) if each.entry.by_contact]
    assert [each.entry.act.value for each in said] == ["asked", "confirmed", "withdrawn"]
    assert {str(each.body.get("network", "")) for each in said} == {kept}

"""Other servers' passwords can't be guessed from here, nor an account locked there: tries are counted, and refused in words."""

from dataclasses import replace

import pytest

from booking_service.actions.access.calendar_password_limits import server_of
from booking_service.config.notation import read_rates
from booking_service.storage import account_connections
from booking_service.storage.engine import snapshot
from tests.web.page_reader import read
from tests.web.site import Site, person_of_host, signed_in

FORM = "/host/welcome/calendar"


def tight(s: Site, **rates: str) -> Site:
    limits = s.w.rt.settings.limits.model_copy(update={rule: read_rates(written) for rule, written in rates.items()})
    return replace(
        s, w=replace(s.w, rt=replace(s.w.rt, settings=s.w.rt.settings.model_copy(update={"limits": limits})))
    )


def typed(server: str = "https://dav.example.net/", user: str = "victim") -> dict[str, str]:
    return {"address": server, "user": user, "password": "guess"}


def test_a_host_tries_so_many_passwords_and_reads_from_when_on_they_may_try_more(s: Site) -> None:
    few = tight(s, calendar_passwords_per_host="2 per h")
    browser = signed_in(few, person_of_host(few, s.w.host))
    assert browser.post(FORM, data=typed(user="one")).status_code == 303
    assert browser.post(FORM, data=typed("https://other.example.net/", user="two")).status_code == 303
    refused = browser.post(FORM, data=typed("https://third.example.net/", user="three"))
    assert refused.status_code == 429
    page = read(refused)
    assert "Enter it again after 10:00" in page.text
    assert 'value="https://third.example.net/"' in refused.text
    assert "guess" not in refused.text
    with snapshot(s.w.rt.engine) as session:
        found = account_connections.of_host(session, s.w.host.id)
    assert found is not None
    assert found.username == "two"  # what was refused is tried by nobody
    s.w.clock.advance(3600)
    assert browser.post(FORM, data=typed(user="four")).status_code == 303


def test_an_account_is_tried_so_often_whichever_host_does_it_and_however_it_is_written(s: Site) -> None:
    few = tight(s, calendar_passwords_per_account="2 per h")
    ada = signed_in(few, person_of_host(few, s.w.host))
    assert ada.post(FORM, data=typed()).status_code == 303
    assert ada.post(FORM, data=typed("victim@dav.example.net", user="")).status_code == 303
    assert ada.post(FORM, data=typed("DAV.example.net./x", user="Victim")).status_code == 429
    assert ada.post(FORM, data=typed(user="somebody-else")).status_code == 303


def test_a_server_is_asked_so_often_by_all_hosts_together(s: Site) -> None:
    few = tight(s, calendar_passwords_per_server="1 per h")
    ada = signed_in(few, person_of_host(few, s.w.host))
    assert ada.post(FORM, data=typed(user="one")).status_code == 303
    assert ada.post(FORM, data=typed(user="two")).status_code == 429
    assert ada.post(FORM, data=typed("https://other.example.net")).status_code == 303


def test_another_password_of_a_connected_account_counts_too(s: Site) -> None:
    few = tight(s, calendar_passwords_per_host="1 per h")
    ada = signed_in(few, person_of_host(few, s.w.host))
    page = read(ada.get("/host/calendars"))
    address = next(each for each in page.hrefs() if each.endswith("/password"))
    assert ada.post(address, data={"password": "one"}).status_code == 303
    refused = ada.post(address, data={"password": "two"})
    assert refused.status_code == 429
    assert "Enter it again after 10:00" in read(refused).text


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("https://Cloud.Example.net:8443/remote.php/dav", "cloud.example.net"),
        ("cloud.example.net/dav", "cloud.example.net"),
        ("ada@example.net", "example.net"),
        ("http://[::1]:5232/", "::1"),
        ("http://[", "http://["),
        ("", ""),
    ],
)
def test_the_server_is_told_from_whatever_was_typed(address: str, server: str) -> None:
    assert server_of(address) == server

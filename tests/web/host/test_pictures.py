"""A host's picture and the organisation's logo: put there, shown, taken away, and kept in the setup file."""

import os
from pathlib import Path

import pytest

from booking_service.actions.setup import departures
from booking_service.actions.setup.file.apply import apply, export, export_pictures
from booking_service.actions.setup.file.read import SetupRefused, parse
from booking_service.domain.audit import Actor
from booking_service.domain.roles import Role
from tests.pictures import SECRET, jpeg, png, webp
from tests.web.page_reader import Page, look, read, words
from tests.web.site import Site, browser_of, person, person_of_host, signed_in
from tests.world import world


def sources(page: Page) -> list[tuple[str, str]]:
    return [(each.get("src", ""), each.get("alt", "")) for each in page.all("img")]


def test_a_hosts_picture_stands_on_every_page_of_a_booking_until_it_is_removed(s: Site) -> None:
    ada = signed_in(s, person_of_host(s, s.w.host))
    assert sources(look(s.browser, "/ada")) == []
    answer = ada.post("/host/look/picture", files={"picture": ("ada.png", png(), "text/html")})
    assert answer.status_code == 303, answer.text
    assert "Saved." in look(ada, answer.headers["location"]).text
    ((address, text),) = sources(look(s.browser, "/ada"))
    assert text == "Picture of Ada Lovelace"
    for path in ("/ada/intro", "/ada/intro/details?start=2030-01-08T08:00:00Z", f"/b/{s.hold().public_id}"):
        assert sources(look(s.browser, path)) == [(address, "")]  # beside the name
    shown = s.browser.get(address)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in shown.headers["cache-control"]
    assert SECRET not in shown.content
    assert s.browser.get(address, headers={"If-None-Match": shown.headers["etag"]}).status_code == 304
    mine = look(ada, "/host/look")
    assert mine.value("welcome.en") == ""
    assert (address, "Picture of Ada Lovelace") in sources(mine)
    ada.post("/host/look", data={"welcome.en": "Hello", "listed": "yes"})
    assert sources(look(s.browser, "/ada")) == [(address, text)]
    ada.post("/host/look/picture", data={"do": "remove"})
    assert sources(look(s.browser, "/ada")) == []
    assert s.browser.get(address).status_code == 404


def test_what_is_no_picture_is_refused_with_a_reason_and_the_old_one_stays(s: Site) -> None:
    ada = signed_in(s, person_of_host(s, s.w.host))
    ada.post("/host/look/picture", files={"picture": ("ada.webp", webp(), "image/webp")})
    before = sources(look(s.browser, "/ada"))
    for content, reason in (
        (b"<svg onload='alert(1)'/>", "PNG, JPEG or WebP"),
        (png() + bytes(3_000_000), "too large"),
        (webp(moving=True), "not animated"),
        (jpeg(5000, 10), "pixels"),
        (b"", "Choose a file first."),
    ):
        page = read(ada.post("/host/look/picture", files={"picture": ("ada.png", content, "image/png")}))
        assert page.status == 422
        assert reason in words(page.one("p", id="picture-error"))
        assert [each.get("href") for each in page.one("div", class_="errbox").iter("a")] == ["#picture"]
    assert sources(look(s.browser, "/ada")) == before
    assert ada.post("/host/look", files={"picture": ("ada.png", png(), "image/png")}).status_code == 422


def test_the_organisations_logo_stands_on_its_pages_and_below_those_of_hosts(s: Site) -> None:
    admin = signed_in(s, person(s, Role.ADMIN))
    sent = {"picture": ("logo.png", png(40, 10), "image/png")}
    answer = admin.post("/admin/policies/logo", files=sent)
    assert answer.headers["location"].endswith("#fold-logo")
    ((address, _),) = sources(look(s.browser, "/imprint"))
    below = look(s.browser, "/ada/intro")
    assert sources(below) == [(address, "")]
    assert words(below.one("p", class_="brand by")) == "Analytical Engines"
    assert address in dict(sources(look(admin, "/admin/people")))
    assert "organisation.logo" in look(admin, "/admin/audit?area=setup").text
    wrong = read(admin.post("/admin/policies/logo", files={"picture": ("logo.png", b"GIF89a", "image/png")}))
    assert (wrong.status, "PNG, JPEG" in wrong.text) == (422, True)
    admin.post("/admin/policies/logo", data={"do": "remove"})
    assert sources(look(s.browser, "/imprint")) == []
    ada = signed_in(s, person_of_host(s, s.w.host))
    assert ada.post("/admin/policies/logo", files=sent).status_code == 422  # no file of others is read


def test_pictures_go_with_the_setup_file_and_one_that_is_lost_is_named(s: Site, tmp_path: Path) -> None:
    ada, admin = signed_in(s, person_of_host(s, s.w.host)), signed_in(s, person(s, Role.ADMIN))
    ada.post("/host/look/picture", files={"picture": ("ada.jpg", jpeg(turned=6), "image/jpeg")})
    admin.post("/admin/policies/logo", files={"picture": ("logo.png", png(), "image/png")})
    text = export(s.w.rt)
    again = apply(s.w.rt, parse(text, env=os.environ, folder=tmp_path), by="office", now=s.w.now)
    assert not again.changes  # stored by their names, they need not lie beside the file
    (tmp_path / "other").mkdir()
    with world(tmp_path / "other") as other:
        with pytest.raises(SetupRefused) as refusal:
            apply(other.rt, parse(text, env=os.environ, folder=tmp_path), by="office", now=other.now, overwrite=True)
        assert sum("does not lie beside the file" in each for each in refusal.value.problems) == 2
        for name, content in export_pictures(s.w.rt).items():
            (tmp_path / name).write_bytes(content)
        apply(other.rt, parse(text, env=os.environ, folder=tmp_path), by="office", now=other.now, overwrite=True)
        assert export_pictures(other.rt) == export_pictures(s.w.rt)
        assert sources(look(browser_of(other), "/ada")) == sources(look(s.browser, "/ada"))
    (tmp_path / "face.png").write_bytes(b"no picture")
    named = text.replace('picture = "', 'picture = "face.png" # "')
    with pytest.raises(SetupRefused, match=r"hosts\.ada\.picture: .* a picture is a PNG, JPEG or WebP file"):
        parse(named, env=os.environ, folder=tmp_path)


def test_the_picture_of_somebody_who_leaves_is_gone(s: Site) -> None:
    who = person_of_host(s, s.w.host)
    signed_in(s, who).post("/host/look/picture", files={"picture": ("ada.png", png(), "image/png")})
    ((address, _), *_) = sources(look(s.browser, "/ada"))
    departures.leave(s.w.rt, who.id, fate=None, by=Actor(name="office"), now=s.w.now)
    assert s.browser.get(address).status_code == 404

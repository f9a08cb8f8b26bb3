"""What holds for every page: looking changes nothing, headers, strict HTML, and what comes from elsewhere is refused."""

import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.questions import Question
from booking_service.web.app import signed_in_routes, table
from booking_service.web.http.endpoint import MOST_FIELDS, PageRoutes
from tests.web.page_reader import look, read
from tests.web.site import TUESDAY_9, Site, browser_of, every_route, site

pytestmark = pytest.mark.timeout(90)

PUBLIC = (
    "/",
    "/ada",
    "/ada/intro",
    "/ada/intro?day=2030-01-13",
    "/ada/quick",
    "/privacy",
    "/imprint",
    "/accessibility",
)
DETAILS = f"/ada/intro/details?start={TUESDAY_9}"


def private_pages(s: Site) -> list[str]:
    """Every page behind a link, of a hold, a booking, and one that is over."""
    held, booked = s.hold(), s.confirmed(start="2030-01-08T09:00:00Z", form_key="b" * 20)
    over = s.confirmed(start="2030-01-08T10:00:00Z", form_key="o" * 20)
    s.browser.post(f"{s.link(over, LinkPurpose.MANAGE)}/cancel", data={"reason": "Ill"})
    pages = []
    for booking in (held, booked, over):
        manage = s.link(booking, LinkPurpose.MANAGE)
        pages += [
            f"/b/{booking.public_id}",
            f"/b/{booking.public_id}/move",
            manage,
            f"{manage}/cancel",
            f"{manage}/move",
        ]
        pages += [
            s.link(booking, purpose)
            for purpose in (LinkPurpose.CONFIRM, LinkPurpose.NOT_ME, LinkPurpose.STOP, LinkPurpose.ACT)
        ]
    return pages


@pytest.mark.promise("I5")
def test_looking_changes_nothing_however_often_and_by_whatever_method(s: Site) -> None:
    addresses = [
        *PUBLIC,
        DETAILS,
        *private_pages(s),
        "/healthz",
        "/readyz",
        "/api/v1/slots?host=ada&meeting=intro",
        "/api/v1/hosts/ada",
        "/api/v1/meeting-types/ada/intro",
        "/api/v1/bookings/nobody",
        "/nobody",
        "/ada/intro/hold",
        "/c/nobody",
    ]
    before = s.rows()
    for address in addresses:
        for method in ("GET", "HEAD", "OPTIONS", "GET"):
            s.browser.request(method, address, headers={"X-HTTP-Method-Override": "POST", "Sec-Purpose": "prefetch"})
    assert s.rows() == before


def test_options_name_the_methods_and_head_answers_as_get_without_a_body(s: Site) -> None:
    assert s.browser.options("/c/abc").headers["allow"] == "GET, HEAD, POST, OPTIONS"
    head, get = s.browser.head("/ada/intro"), s.browser.get("/ada/intro")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]


def test_other_methods_are_refused_with_those_there_are(s: Site) -> None:
    answer = s.browser.delete("/ada")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_nothing_is_served_but_pages(s: Site) -> None:
    """No file of the folder, none beside the style sheet, no list of addresses, nothing that only frameworks have."""
    for path in (
        *("/.git/config", "/.env", "/booking.toml", "/secret.key", "/data/booking.db", "/booking.db"),
        *("/openapi.json", "/docs", "/redoc", "/api/docs", "/server-status", "/static"),
        *(
            "/../../etc/passwd",
            "/static/../booking.toml",
            "/static/%2e%2e/%2e%2e/etc/passwd",
            "/static/..%2f..%2fetc%2fpasswd",
        ),
        *("/ada/..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd", "/static/%00", "/static/app.css%00.txt"),
    ):
        assert s.browser.get(path).status_code in (400, 404), path
    assert s.browser.request("TRACE", "/ada").status_code == 405
    many = {"Range": "bytes=" + ",".join(f"{at}-" for at in range(2000))}
    assert s.browser.get("/static/app.css", headers=many).content == s.browser.get("/static/app.css").content


def test_reloading_the_answer_to_a_form_leads_to_its_page(s: Site) -> None:
    """Browsers ask again for the address that a refused form was sent to, some of them by GET; WebKit sends the form to the
    address that stands in its place. What programs send is no form."""
    signed_in = {route.path for route in signed_in_routes()}
    routes = [route.path for route in every_route(table(PageRoutes(s.w.rt))) if isinstance(route, Route)]
    paths = [each for each in routes if ":" not in each and not each.startswith("/api/") and each not in signed_in]
    known = defaultdict(lambda: "n", id="i", token="t", host="ada", meeting="intro", number="1")
    named = [path.format_map(known) for path in paths]
    to_forms = [path for path in named if "POST" in s.browser.options(path).headers.get("allow", "")]
    assert len(to_forms) > 15
    assert [path for path in to_forms if s.browser.get(path).status_code == 405] == []
    assert [path for path in to_forms if s.browser.get(path).headers.get("location", "").startswith(path)] == []
    assert s.browser.get("/host/sign-out").headers["location"] == "/host"
    waiting = f"/b/{s.hold().public_id}"
    assert s.browser.post(f"{waiting}/code", data={"code": "000000"}).status_code == 422
    assert s.browser.get(f"{waiting}/code?lang=de").headers["location"] == f"{waiting}?lang=de"
    assert s.browser.get("/ada/intro/hold").headers["location"] == "/ada/intro"
    before = s.rows()
    for address in (waiting, "/m/t?lang=de", "/ada/intro?day=2030-01-08&lang=de"):
        again = s.browser.post(address, data={"code": "000000"})
        assert (again.status_code, again.headers["location"]) == (303, address)
    assert s.rows() == before


def test_every_page_is_html_without_a_parse_error_with_one_h1_a_title_and_a_language(s: Site) -> None:
    for address in [*PUBLIC, DETAILS, *private_pages(s), "/nobody", "/c/nobody"]:
        for language in ("en", "de"):
            page = look(s.browser, address + ("&" if "?" in address else "?") + f"lang={language}")
            assert page.h1, address
            assert page.title, address
            assert page.root.get("lang") == language, address
            ids = [e.get("id") for e in page.root.iter() if e.get("id")]
            assert len(ids) == len(set(ids)), address
            assert _levels_in_order(page.root), address


def _levels_in_order(root: object) -> bool:
    levels = [int(e.tag[1]) for e in root.iter() if re.fullmatch(r"h[1-6]", str(e.tag))]  # type: ignore[attr-defined]
    return all(after <= before + 1 for before, after in zip([0, 1, *levels], levels, strict=False) if before)


def test_every_answer_carries_the_headers_that_keep_others_out(s: Site) -> None:
    addresses = [
        *PUBLIC,
        DETAILS,
        *private_pages(s),
        "/healthz",
        "/nobody",
        "/static/app.css",
        "/api/openapi.json",
        "/api/v1/slots?host=ada&meeting=intro",
        "/api/v1/hosts/ada",
        "/api/v1/meeting-types/ada/intro",
        "/api/v1/bookings/nobody",
    ]
    for address in addresses:
        headers = s.browser.get(address).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy, address
        assert "unsafe" not in policy, address
        assert "frame-ancestors 'none'" in policy, address
        assert headers["x-content-type-options"] == "nosniff", address
        assert headers["x-request-id"], address
        assert "set-cookie" not in headers, address


def test_the_empty_form_may_be_shown_again_with_what_was_typed_and_the_filled_one_not(s: Site) -> None:
    empty, filled = s.browser.get(DETAILS), s.browser.post("/ada/intro/hold", data=s.form(name=""))
    assert empty.headers["cache-control"] == "private, no-cache"
    assert empty.headers["x-robots-tag"] == "noindex"
    assert filled.headers["cache-control"] == "no-store"


def test_pages_with_somebodys_data_are_kept_nowhere_and_named_to_no_other_site(s: Site) -> None:
    booking = s.hold()
    addresses = [*private_pages(s), f"/b/{booking.public_id}/state.json", "/c/nobody"]
    answers = [s.browser.get(address) for address in addresses]
    answers += [
        s.browser.post("/ada/intro/hold", data=s.form(name="")),
        s.browser.post(f"/b/{booking.public_id}/resend"),
    ]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store", answer.url
        assert answer.headers["referrer-policy"] == "same-origin", answer.url
        assert answer.headers["x-robots-tag"] == "noindex", answer.url
        assert "content-encoding" not in answer.headers, answer.url  # its length would tell of what stands beside it


def test_no_token_stands_in_a_title_or_in_anything_loaded(s: Site) -> None:
    booking = s.hold()
    link = s.link(booking, LinkPurpose.CONFIRM)
    page = look(s.browser, link)
    token = link.removeprefix("/c/")
    assert token not in page.title
    loaded = [e.get("src") or e.get("href") or "" for tag in ("script", "link", "img") for e in page.all(tag)]
    assert [address for address in loaded if not address.startswith("/static/")] == []


def test_https_is_asked_for_where_it_is_spoken(s: Site) -> None:
    assert "strict-transport-security" not in s.browser.get("/").headers
    public = _at(s, base_url="https://book.example.org")
    assert "max-age=63072000" in public.get("/").headers["strict-transport-security"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://book.example.org"}, 403),
        ({"Origin": "https://book.example.org"}, 303),
        ({"Origin": "https://book.example.org:443"}, 303),
        ({"Origin": "http://book.example.org"}, 403),
        ({"Origin": "https://book.example.org.evil.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://["}, 403),
        ({}, 303),  # text browsers send neither, and nobody has a session here that could be ridden
    ],
)
def test_a_form_is_taken_from_our_own_pages_only(s: Site, headers: dict[str, str], status: int) -> None:
    browser = _at(s, base_url="https://book.example.org")
    del browser.headers["Sec-Fetch-Site"]
    answer = browser.post("/ada/intro/hold", data=s.form(), headers=headers)
    assert answer.status_code == status
    assert len(s.w.all_bookings()) == (1 if status == 303 else 0)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("book.example.org", 200),
        ("BOOK.example.org:443", 200),
        ("book.example.org.", 200),
        ("book.example.org:8443", 421),
        ("evil.example", 421),
        ("book.example.org.evil.example", 421),
        ("localhost", 421),
        ("127.0.0.1", 421),
        ("book.example.org@evil.example", 421),
        ("evil@book.example.org", 421),
        ("book.example.org/x", 421),
        ("[", 421),
        ("", 400),
    ],
)
def test_links_are_made_for_nobody_elses_name(s: Site, host: str, status: int) -> None:
    answer = _at(s, base_url="https://book.example.org").get("/", headers={"Host": host})
    assert answer.status_code == status
    assert "evil" not in answer.text


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:9000", "[::1]:8000"])
def test_on_this_machine_each_of_its_names_will_do(s: Site, host: str) -> None:
    assert s.browser.get("/", headers={"Host": host}).status_code == 200
    assert s.browser.get("/", headers={"Host": "evil.example"}).status_code == 421


def test_probes_ask_by_address(s: Site) -> None:
    assert s.browser.get("/healthz", headers={"Host": "10.0.0.7:8000"}).json() == {"status": "ok"}


def test_what_people_type_is_text_wherever_it_is_shown(s: Site) -> None:
    s.save(replace(s.w.intro, questions=(Question("topic", "Topic"),)))
    evil = "<script>alert(1)</script>{{7*7}}{0}%s'\"</textarea><img src=x onerror=alert(1)>"
    pages = [s.browser.post("/ada/intro/hold", data=s.form(name=evil * 2, email=evil, **{"answer-topic": evil}))]
    booking = s.hold(name=evil, **{"answer-topic": evil})
    manage = s.link(booking, LinkPurpose.MANAGE)
    pages += [s.browser.get(address) for address in (s.link(booking, LinkPurpose.CONFIRM), manage, f"{manage}/cancel")]
    for answer in pages:
        page = read(answer)
        assert "<script>alert" not in answer.text
        assert not page.all("img")
        assert evil in page.text or page.value("name") == evil * 2


def test_what_the_query_holds_is_text_too(s: Site) -> None:
    evil = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
    for address in (
        f"/ada/intro?zone={evil}&day={evil}&lang={evil}",
        f"/{evil}",
        f"/c/{evil}",
        f"{DETAILS}&lang={evil}",
    ):
        answer = s.browser.get(address)
        assert "<script>alert" not in answer.text
        assert not [e for e in read(answer).all("script") if e.get("src") is None]


def test_a_body_beyond_64_kb_is_not_read(s: Site) -> None:
    assert s.browser.post("/ada/intro/hold", data=s.form(**{"answer-topic": "x" * 70_000})).status_code == 413

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    unannounced = (b"name=" + b"x" * 1000 + b"&" for _ in range(100))  # chunked, without a Content-Length
    assert s.browser.post("/ada/intro/hold", content=unannounced, headers=form).status_code == 413


def test_files_and_other_kinds_of_body_are_refused(s: Site) -> None:
    files = {"name": ("name.txt", b"Grace")}
    assert s.browser.post("/ada/intro/hold", data={"email": "g@example.net"}, files=files).status_code == 422
    beside = {"picture": ("grace.png", b"Grace")}  # of a form that is right otherwise
    assert s.browser.post("/ada/intro/hold", data=s.form(), files=beside).status_code == 422
    assert s.w.all_bookings() == []
    assert s.browser.post("/ada/intro/hold", json={"name": "Grace"}).status_code == 415
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    many = "&".join(f"a{n}=1" for n in range(MOST_FIELDS + 1))
    assert s.browser.post("/ada/intro/hold", content=many, headers=form).status_code == 400
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert s.browser.post("/ada/intro/hold", content="--y\r\nnothing", headers=broken).status_code in (400, 422)


def test_of_a_field_that_comes_twice_the_first_counts(s: Site) -> None:
    form = s.form()
    del form["email"]
    twice = [*form.items(), ("email", "grace@example.net"), ("email", "victim@example.net")]
    body = "&".join(f"{name}={value}" for name, value in twice)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert s.browser.post("/ada/intro/hold", content=body, headers=headers).status_code == 303
    assert [booking.invitee.email for booking in s.w.all_bookings()] == ["grace@example.net"]


def test_fields_that_nobody_asked_for_are_ignored(s: Site) -> None:
    booking = s.hold(state="confirmed", host_id="x", awaits="", generation="9")
    assert (str(booking.state), booking.generation) == ("held", 0)


def test_a_slash_too_many_is_forgiven_and_leads_to_no_other_site(s: Site) -> None:
    assert s.browser.get("/ada/intro/").headers["location"] == "/ada/intro"
    for address in ("//evil.example/", "/\\evil.example/", "///evil.example//"):
        answer = s.browser.get(f"http://localhost:8000{address}")
        assert answer.status_code in (308, 404)
        assert not re.match(r"(https?:)?[/\\]{2}", answer.headers.get("location", "/"))


def test_below_a_path_every_link_and_form_stays_below_it(tmp_path: Path) -> None:
    with site(tmp_path, root_path="/book") as s:
        for prefix in ("", "/book"):  # whether or not the proxy cuts it off
            page = look(s.browser, f"{prefix}/ada/intro")
            ours = [address for address in page.hrefs() if address.startswith("/")]
            assert ours
            assert all(address.startswith("/book/") for address in ours)
            styles = [e.get("href") or "" for e in page.all("link")]
            assert all(s.browser.get(style).status_code == 200 for style in styles)
        assert s.browser.post("/book/ada/intro/hold", data=s.form()).headers["location"].startswith("/book/b/")


def test_no_route_hides_another(s: Site) -> None:
    found = [route for route in table(PageRoutes(s.w.rt)) if isinstance(route, Route)]
    paths = [route.path for route in found]
    assert len(paths) == len(set(paths))
    first_variable = next(i for i, path in enumerate(paths) if path.startswith("/{host}"))
    assert all(not path.startswith("/{") for path in paths[:first_variable])


def _at(s: Site, *, base_url: str) -> TestClient:
    settings = s.w.rt.settings.model_copy(update={"base_url": base_url})
    return browser_of(replace(s.w, rt=replace(s.w.rt, settings=settings)), base_url=base_url)

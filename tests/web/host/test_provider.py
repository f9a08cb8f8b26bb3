"""Signing in with an account of an identity provider, which is a real one on loopback, and says what it should not."""

import hmac
import importlib.util
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from starlette.testclient import TestClient

from booking_service.actions.access.people import by_address
from booking_service.actions.access.sign_in import link_by_hand
from booking_service.actions.operations.checks import checks
from booking_service.domain.people import Organisation, Person
from booking_service.domain.roles import Role, SecondFactor
from booking_service.storage import identities, people
from booking_service.storage.engine import snapshot, transaction
from booking_service.web.http.session import SECOND_FACTOR, SECOND_STEP, SIGN_IN
from tests.servers.identity_provider import CLIENT, SECRET, IdentityProvider, coded, identity_provider, new_key
from tests.web.host.test_second_factor import code, turned_on
from tests.web.page_reader import read
from tests.web.site import Site, browser_of, limited, person, person_of_host, signed_in, site

ADA: dict[str, object] = {"sub": "248289761001", "email": "Ada@example.org", "email_verified": True, "name": "Ada"}
CALLBACK = "/host/oidc/callback"
CROSS_SITE = {"Sec-Fetch-Site": "cross-site"}


@pytest.fixture
def idp() -> Iterator[IdentityProvider]:
    with identity_provider(dict(ADA)) as made:
        yield made


@pytest.fixture
def s(tmp_path: Path, idp: IdentityProvider) -> Iterator[Site]:
    with at(tmp_path, idp) as made:
        idp.now = lambda: made.w.now
        yield made


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def either(request: pytest.FixtureRequest, tmp_path: Path, idp: IdentityProvider) -> Iterator[Site]:
    """The same on either database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    with at(tmp_path, idp, database_url=url) as made:
        idp.now = lambda: made.w.now
        yield made


def at(tmp_path: Path, idp: IdentityProvider, *, database_url: str | None = None, **settings: object) -> Any:
    chosen = {
        "issuer": idp.url,
        "client_id": CLIENT,
        "client_secret": SECRET,
        "label": "Example ID",
        "allowed_networks": "127.0.0.0/8",
        **settings,
    }
    return site(tmp_path, oidc=chosen, **({"database_url": database_url} if database_url else {}))


def words(answer: object) -> str:
    return " ".join(" ".join(read(answer).root.itertext()).split())


def sent(browser: TestClient, path: str = f"{SIGN_IN}/provider", **form: str) -> str:
    """Press the button. Returns the address at the provider that the browser is led to."""
    page = browser.post(path, data=form)
    assert page.status_code == 200, page.headers.get("location", page.text)
    address = page.headers["refresh"].removeprefix("0;url=")
    assert address in read(page).hrefs()
    return address


def returned(address: str) -> str:
    """Where the provider sends the browser back to, as path and query."""
    there = urlsplit(address)
    with closing(HTTPConnection(there.netloc, timeout=20)) as connection:
        connection.request("GET", f"{there.path}?{there.query}")
        answer = connection.getresponse()
        assert answer.status == 303
        parts = urlsplit(answer.headers["Location"])
    assert parts.path.endswith(CALLBACK)
    return f"{parts.path}?{parts.query}"


def there_and_back(browser: TestClient, **form: str) -> Any:
    return browser.get(returned(sent(browser, **form)), headers=CROSS_SITE)


def refused(browser: TestClient, answer: Any) -> str:
    """What the page says to which a refused answer leads; nobody is signed in."""
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{SIGN_IN}?did=provider-"), answer.headers["location"]
    assert browser.get("/host").status_code == 303
    page = browser.get(answer.headers["location"])
    assert page.status_code == 200
    assert "Email me a sign-in link" in words(page), "other ways remain"
    return words(page)


def tried(s: Site) -> str:
    """What a browser of its own is told that comes back refused."""
    browser = browser_of(s.w)
    return refused(browser, there_and_back(browser))


def subjects(s: Site) -> list[str]:
    s.w.drain()
    return [mail.subject for mail in s.w.mails.sent]


def test_an_account_with_the_address_of_somebody_signs_them_in_and_is_theirs_from_now_on(
    s: Site, idp: IdentityProvider
) -> None:
    page = s.browser.get(f"{SIGN_IN}?next=/host/hours")
    assert "Sign in with Example ID" in words(page)
    assert idp.asked == [], "looking asks nobody"
    address = sent(s.browser, next="/host/hours")
    asked = dict(parse_qsl(urlsplit(address).query))
    assert asked["scope"] == "openid email profile"
    assert asked["redirect_uri"] == f"http://localhost:8000{CALLBACK}"
    done = s.browser.get(returned(address), headers=CROSS_SITE)
    assert (done.status_code, done.headers["location"]) == (303, "/host/hours")
    assert "Ada Lovelace" in words(s.browser.get("/host"))
    assert "How you sign in has changed" in subjects(s)
    assert "identity provider also signs you in" in s.w.mails.sent[-1].text

    idp.account["email"] = "countess@example.org"  # who is meant is told by the subject
    phone = browser_of(s.w)
    assert there_and_back(phone).headers["location"] == "/host"
    assert "Ada Lovelace" in words(phone.get("/host"))
    assert subjects(s).count("How you sign in has changed") == 1
    assert "You signed in with a new browser" in subjects(s)
    log = words(signed_in(s, person(s, Role.ADMIN)).get("/admin/audit?area=signing-in"))
    assert "Signed in with an account at the identity provider" in log
    assert "Ada Lovelace <ada@example.org> can now also sign in with Ada@example.org at the identity provider" in log
    assert idp.asked.count("/keys") == idp.asked.count("/.well-known/openid-configuration") == 1


def test_what_the_browser_keeps_is_bound_to_it_and_gone_afterwards(s: Site) -> None:
    page = s.browser.post(f"{SIGN_IN}/provider")
    cookie = page.headers["set-cookie"]
    assert cookie.startswith("away=")
    assert {"HttpOnly", "SameSite=lax", "Max-Age=600", "Path=/"} <= set(cookie.split("; "))
    assert page.headers["cache-control"] == "no-store"
    state = dict(parse_qsl(urlsplit(page.headers["refresh"].removeprefix("0;url=")).query))["state"]
    assert state not in cookie
    back = returned(page.headers["refresh"].removeprefix("0;url="))
    assert state not in str(s.rows())
    done = s.browser.get(back)
    assert any(each.startswith('away="";') and "Max-Age=0" in each for each in done.headers.get_list("set-cookie"))


def test_an_answer_counts_once_and_only_in_the_browser_that_was_sent(s: Site, idp: IdentityProvider) -> None:
    back = returned(sent(s.browser))
    stranger, other = browser_of(s.w), browser_of(s.w)
    before = s.rows()
    assert "started in another window" in refused(stranger, stranger.get(back)), "a program that opens links"
    sent(other)
    assert "started in another window" in refused(other, other.get(back)), "somebody who was sent a link"
    assert {name: rows for name, rows in s.rows().items() if name != "attempt"} == {
        name: rows for name, rows in before.items() if name != "attempt"
    }
    kept = dict(s.browser.cookies)
    assert s.browser.get(back).headers["location"] == "/host"
    assert "did=provider-over" in s.browser.get(back).headers["location"], "the same browser, going back"
    thief = browser_of(s.w)
    thief.cookies.update(kept)
    assert "Please begin again" in refused(thief, thief.get(back)), "with all that the browser kept"
    assert idp.asked.count("/token") == 1


@pytest.mark.parametrize(
    ("base_url", "cookie"), [("https://book.example.org", "__Host-away"), ("https://example.org/book", "__Secure-away")]
)
def test_the_cookie_is_bound_as_tightly_as_the_address_allows(s: Site, base_url: str, cookie: str) -> None:
    path = "/book" if base_url.endswith("/book") else ""
    settings = s.w.rt.settings.model_copy(update={"base_url": base_url, "root_path": path})
    browser = browser_of(replace(s.w, rt=replace(s.w.rt, settings=settings)), base_url=base_url)
    page = browser.post(f"{SIGN_IN}/provider")
    name, _, rest = page.headers["set-cookie"].partition("=")
    assert name == cookie
    assert {f"Path={path or '/'}", "Secure", "HttpOnly", "SameSite=lax"} <= set(rest.split("; "))
    asked = dict(parse_qsl(urlsplit(page.headers["refresh"].removeprefix("0;url=")).query))
    assert asked["redirect_uri"] == f"{base_url}{CALLBACK}"
    done = browser.get(returned(page.headers["refresh"].removeprefix("0;url=")).removeprefix(path))
    assert done.headers["location"] == f"{path}/host"


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What these come to, begun together."""
    begin = Barrier(len(calls))

    def call(each: Callable[[], Any]) -> Any:
        begin.wait(20)
        return each()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [each.result() for each in [pool.submit(call, each) for each in calls]]


def test_of_two_who_come_at_once_for_the_first_time_one_gets_in_and_the_same_one_twice(
    either: Site, idp: IdentityProvider
) -> None:
    s = either
    browsers = [browser_of(s.w) for _ in range(4)]
    backs = [returned(sent(each)) for each in browsers]
    for number, each in enumerate(idp.codes.values()):
        each["sub"] = f"account {number // 2}"
    answers = at_once(*(partial(one.get, back) for one, back in zip(browsers, backs, strict=True)))
    led = [each.headers["location"] for each in answers]
    assert sorted(led) == ["/host", "/host", *[f"{SIGN_IN}?did=provider-nobody"] * 2]
    assert led[0] == led[1]
    with snapshot(s.w.rt.engine) as session:
        ada = people.by_email(session, "ada@example.org")
        assert ada
        assert len(identities.of_person(session, ada.id)) == 1


def test_the_same_answer_twice_at_once_counts_once(either: Site, idp: IdentityProvider) -> None:
    s = either
    idp.forgets_nothing = True
    back, twin = returned(sent(s.browser)), browser_of(s.w)
    twin.cookies.update(dict(s.browser.cookies))
    led = [each.headers["location"] for each in at_once(partial(s.browser.get, back), partial(twin.get, back))]
    assert sorted(led) == ["/host", f"{SIGN_IN}?did=provider-over"]


def test_it_takes_ten_minutes_at_most(s: Site) -> None:
    back = returned(sent(s.browser))
    s.w.clock.advance(600)
    assert "longer than 10 minutes" in refused(s.browser, s.browser.get(back))


def _with(**claims: object) -> Any:
    def change(idp: IdentityProvider, now: int) -> None:
        idp.changed = {name: each(now) if callable(each) else each for name, each in claims.items()}

    return change


def _unsigned(idp: IdentityProvider, now: int) -> None:
    def unsigned(claims: dict[str, object]) -> str:
        head, body, _ = idp.token(claims, alg="RS256").split(".")
        assert head
        return f"eyJhbGciOiJub25lIn0.{body}."

    idp.signed = unsigned


def _by_public_key(idp: IdentityProvider, now: int) -> None:
    secret = idp.keys[0].as_pem(private=False)

    def by_public_key(claims: dict[str, object]) -> str:
        head = coded(json.dumps({"alg": "HS256", "kid": idp.keys[0].kid}).encode())
        text = f"{head}.{idp.token(claims).split('.')[1]}"
        return f"{text}.{coded(hmac.digest(secret, text.encode(), sha256))}"

    idp.signed = by_public_key


def _by_another_key(idp: IdentityProvider, now: int) -> None:
    other = new_key("RS256")
    idp.signed = lambda claims: idp.token(claims, key=other, kid=idp.keys[0].kid)


def _with_changed_claims(idp: IdentityProvider, now: int) -> None:
    def change(claims: dict[str, object]) -> str:
        head, _, signature = idp.token({**claims, "sub": "somebody"}).split(".")
        body = idp.token(claims).split(".")[1]
        return f"{head}.{body}.{signature}"

    idp.signed = change


def _critical(idp: IdentityProvider, now: int) -> None:
    idp.signed = lambda claims: (
        "eyJhbGciOiJSUzI1NiIsImNyaXQiOlsiZXhwIl0sImV4cCI6MX0." + idp.token(claims).partition(".")[2]
    )


def _nonsense(idp: IdentityProvider, now: int) -> None:
    idp.signed = lambda claims: "no token"


def _answer(**answered: str | None) -> Any:
    def change(idp: IdentityProvider, now: int) -> None:
        idp.answered = answered

    return change


UNTRUSTED = "could not be verified"


HOSTILE: list[tuple[Any, str]] = [
    (_with(nonce="another"), UNTRUSTED),
    (_with(nonce=None), UNTRUSTED),
    (_with(aud="somebody else"), UNTRUSTED),
    (_with(aud=[CLIENT, "somebody else"]), UNTRUSTED),
    (_with(aud=[CLIENT, "somebody else"], azp="somebody else"), UNTRUSTED),
    (_with(azp="somebody else"), UNTRUSTED),
    (_with(iss="https://id.example.net"), UNTRUSTED),
    (_with(exp=lambda now: now - 120), UNTRUSTED),
    (_with(exp=None), UNTRUSTED),
    (_with(exp="2040"), UNTRUSTED),
    (_with(exp=1e300), UNTRUSTED),
    (_with(iat=lambda now: now + 121), UNTRUSTED),
    (_with(iat=lambda now: now - 601), UNTRUSTED),
    (_with(nbf=lambda now: now + 121), UNTRUSTED),
    (_with(sub=None), UNTRUSTED),
    (_with(sub=""), UNTRUSTED),
    (_unsigned, UNTRUSTED),
    (_by_public_key, UNTRUSTED),
    (_by_another_key, UNTRUSTED),
    (_with_changed_claims, UNTRUSTED),
    (_critical, UNTRUSTED),
    (_nonsense, UNTRUSTED),
    (_answer(iss="https://id.example.net"), UNTRUSTED),
    (_answer(iss=None), UNTRUSTED),
    (_answer(code=None), UNTRUSTED),
    (_answer(code=""), UNTRUSTED),
    (_answer(code="of somebody else"), "Please begin again"),
    (_answer(state="another"), "Please begin again"),
    (_answer(error="server_error"), "does not answer as it should"),
    (_answer(error="access_denied", code=None), "You did not go on at Example ID. Nothing was changed."),
    (_with(email_verified=False), "does not vouch for your email address"),
    (_with(email_verified=None), "does not vouch for your email address"),
    (_with(email_verified="true"), "does not vouch for your email address"),
    (_with(email=None), "does not vouch for your email address"),
    (_with(email="ada@example.org\n"), "does not vouch for your email address"),
    (_with(email="nobody@example.org"), "Nobody signs in here with this Example ID account"),
]


def test_an_answer_that_is_wrong_signs_nobody_in_and_is_refused_in_its_words(s: Site, idp: IdentityProvider) -> None:
    before = {name: rows for name, rows in s.rows().items() if name != "attempt"}
    for number, (hostile, says) in enumerate(HOSTILE):
        idp.changed, idp.signed, idp.answered = {}, None, {}
        hostile(idp, int(s.w.now.timestamp()))
        told = refused(s.browser, there_and_back(s.browser))
        assert says in told, (number, told)
    assert {name: rows for name, rows in s.rows().items() if name != "attempt"} == before


def test_another_account_with_the_same_address_does_not_take_over_one_that_is_linked(
    s: Site, idp: IdentityProvider
) -> None:
    assert there_and_back(s.browser).headers["location"] == "/host"
    idp.account["sub"] = "somebody who got the address later"
    assert "Nobody signs in here with this Example ID account" in tried(s), "in the words for who is not known at all"


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_keys_are_fetched_again_once_they_change_but_not_at_every_try(
    s: Site, idp: IdentityProvider, algorithm: str
) -> None:
    assert there_and_back(s.browser).headers["location"] == "/host"
    idp.rotate(algorithm)
    assert UNTRUSTED in tried(s), "they were fetched in this minute"
    s.w.clock.advance(60)
    later = browser_of(s.w)
    assert there_and_back(later).headers["location"] == "/host"
    assert idp.asked.count("/keys") == 2
    stranger = new_key("ES256")
    idp.signed = lambda claims: idp.token(claims, algorithm="ES256", key=stranger)
    for _ in range(3):
        assert UNTRUSTED in tried(s)
    assert idp.asked.count("/keys") == 2
    s.w.clock.advance(60)
    assert UNTRUSTED in tried(s)
    assert idp.asked.count("/keys") == 3


def _weak(idp: IdentityProvider) -> bytes:
    key = idp.keys[0].as_dict(private=False)
    return json.dumps(
        {"keys": [{**key, "n": key["n"][:170]}, {**key, "use": "enc"}, {"kty": "oct", "k": "AA"}, 7]}
    ).encode()


def test_keys_that_are_weak_or_meant_for_something_else_count_for_nothing(s: Site, idp: IdentityProvider) -> None:
    idp.answers["/keys"] = [(200, _weak(idp))] * 2
    assert UNTRUSTED in refused(s.browser, there_and_back(s.browser))


DISCOVERY = "/.well-known/openid-configuration"


NONSENSE: list[tuple[str, tuple[int, bytes]]] = [
    (DISCOVERY, (500, b"")),
    (DISCOVERY, (302, b"")),
    (DISCOVERY, (200, b"<html>")),
    (DISCOVERY, (200, b"[]")),
    (DISCOVERY, (200, b"[" * 50_000)),
    (DISCOVERY, (200, b" " * 100_001)),
    (DISCOVERY, (200, b'{"issuer": "https://id.example.net"}')),
    ("/token", (500, b"")),
    ("/token", (401, b'{"error": "invalid_client"}')),
    ("/token", (200, b" " * 100_001)),
    ("/keys", (500, b"")),
]


def test_a_provider_that_is_away_or_talks_nonsense_is_named_and_other_ways_remain(
    s: Site, idp: IdentityProvider
) -> None:
    for path, answer in NONSENSE:
        s.w.clock.advance(3600)  # what was kept of it is old by then
        s.browser.cookies.clear()
        idp.answers = {path: [answer]}
        if path == DISCOVERY:
            went = s.browser.post(f"{SIGN_IN}/provider", data={"next": "/host/hours"})
            assert went.headers["location"].endswith("next=%2Fhost%2Fhours")
        else:
            went = there_and_back(s.browser, next="/host/hours")
        assert "Example ID does not answer as it should" in refused(s.browser, went), (path, answer)
        assert there_and_back(s.browser).headers["location"] == "/host", "as soon as it is back"
        assert idp.answers == {path: []}


def test_a_provider_that_never_answers_is_waited_for_as_long_as_is_set(s: Site, idp: IdentityProvider) -> None:
    impatient = with_settings(s, timeout=timedelta(seconds=0.2))
    idp.answers = {DISCOVERY: [None], "/token": [None]}
    assert "does not answer" in refused(impatient, impatient.post(f"{SIGN_IN}/provider"))
    back = returned(sent(s.browser))
    impatient.cookies.update(dict(s.browser.cookies))
    assert "does not answer" in refused(impatient, impatient.get(back))


def with_settings(s: Site, **oidc: object) -> TestClient:
    """A browser of the same world where these settings are others."""
    chosen = s.w.rt.settings.oidc.model_copy(update=oidc)
    settings = s.w.rt.settings.model_copy(update={"oidc": chosen})
    return browser_of(replace(s.w, rt=replace(s.w.rt, settings=settings)))


def test_a_provider_that_is_not_there_or_may_not_be_called_is_told_by_check(
    tmp_path: Path, s: Site, idp: IdentityProvider
) -> None:
    def found(**settings: object) -> str:
        chosen = s.w.rt.settings.oidc.model_copy(update=settings)
        rt = replace(s.w.rt, settings=s.w.rt.settings.model_copy(update={"oidc": chosen}))
        return next(
            (f"{each.level} {each.sentence}" for each in checks(rt, now=s.w.now) if each.subject == "sign-in"), ""
        )

    assert "Example ID answers, and publishes a key; it must know" in found()
    assert CALLBACK in found()
    assert "may not be called" in found(allowed_networks=())
    assert "could not be reached" in found(issuer="http://127.0.0.1:1")
    assert f"calls itself '{idp.url}'" in found(issuer=f"{idp.url}/")
    assert found(issuer=None) == ""


def test_its_addresses_must_be_safe_ones(s: Site, idp: IdentityProvider) -> None:
    for name, bad in (
        ("authorization_endpoint", "javascript:alert(1)"),
        ("authorization_endpoint", f"{idp.url}/a\r\nSet-Cookie: sid=1"),
        ("authorization_endpoint", None),
        ("token_endpoint", "file:///etc/passwd"),
        ("jwks_uri", "https://"),
        ("userinfo_endpoint", 7),
    ):
        idp.metadata = {name: bad}
        assert "does not answer" in refused(s.browser, s.browser.post(f"{SIGN_IN}/provider")), name
    idp.metadata = {"authorization_endpoint": f"{idp.url}/authorize?tenant=1"}
    assert sent(s.browser).startswith(f"{idp.url}/authorize?tenant=1&response_type=code&")


def test_paths_that_are_not_ours_are_not_gone_on_to(s: Site) -> None:
    for path in ("https://example.net", "//example.net", "/host/../../x", "/host\\@example.net", "/ada/intro"):
        assert there_and_back(browser_of(s.w), next=path).headers["location"] == "/host"


def test_an_address_that_only_userinfo_has_counts_if_it_is_about_the_same_account(
    s: Site, idp: IdentityProvider
) -> None:
    idp.account = {"sub": "1"}
    idp.told_apart = {"sub": "2", "email": "ada@example.org", "email_verified": True}
    assert UNTRUSTED in refused(s.browser, there_and_back(s.browser))
    idp.told_apart["sub"] = "1"
    assert there_and_back(s.browser).headers["location"] == "/host"


def test_a_client_that_signs_in_by_its_form_or_has_no_secret(s: Site, idp: IdentityProvider) -> None:
    idp.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert there_and_back(s.browser).headers["location"] == "/host"


def test_tries_are_limited_for_each_network(s: Site) -> None:
    browser = limited(s, sign_in_per_network="2 per 10 min", confirm_per_network="3 per min")
    assert [browser.post(f"{SIGN_IN}/provider").status_code for _ in range(3)] == [200, 200, 429]
    assert [browser.get(f"{CALLBACK}?code=1&state=1").status_code for _ in range(4)] == [303, 303, 303, 429]


def test_another_site_sends_nobody_there(s: Site, idp: IdentityProvider) -> None:
    assert s.browser.post(f"{SIGN_IN}/provider", headers=CROSS_SITE).status_code == 403
    assert s.browser.get(f"{SIGN_IN}/provider").headers["location"].startswith("/host/sign-in")
    assert idp.asked == []


@pytest.fixture
def ada(s: Site) -> Person:
    return person_of_host(s, s.w.host)


def test_an_account_with_another_address_is_linked_on_the_profile_and_removed_there(
    s: Site, idp: IdentityProvider, ada: Person
) -> None:
    idp.account = {"sub": "77", "email": "lovelace@example.net"}
    desk = signed_in(s, ada)
    assert "Example ID No account linked Link… (Example ID)" in words(desk.get("/host/profile"))
    back = returned(sent(desk, "/host/profile/provider"))
    stranger = browser_of(s.w)
    assert "did=provider-over" in stranger.get(back).headers["location"]
    done = desk.get(back, headers=CROSS_SITE)
    assert done.headers["location"] == "/host/profile?did=linked"
    page = desk.get("/host/profile?did=linked")
    assert "The account is linked." in words(page)
    assert "Example ID lovelace@example.net · Linked on" in words(page)
    assert "How you sign in has changed" in subjects(s)
    assert there_and_back(stranger).headers["location"] == "/host"

    other = signed_in(s, person(s, Role.ADMIN))
    taken = other.get(returned(sent(other, "/host/profile/provider")))
    assert "signs in somebody else here" in words(other.get(taken.headers["location"]))
    account = read(page).one("button", name="account").get("value", "")
    assert other.post("/host/profile/provider/remove", data={"account": account}).status_code == 404
    assert other.post("/host/profile/provider/remove", data={"account": "x"}).status_code == 404
    removed = desk.post("/host/profile/provider/remove", data={"account": account})
    assert removed.headers["location"] == "/host/profile?did=unlinked"
    assert "No account linked" in words(desk.get("/host/profile"))
    assert "does not vouch" in tried(s)


def test_linking_wants_a_sign_in_of_the_last_minutes_and_who_asked_for_it(
    s: Site, idp: IdentityProvider, ada: Person
) -> None:
    desk = signed_in(s, ada)
    back = returned(sent(desk, "/host/profile/provider"))
    desk.post("/host/sign-out")
    assert "did=provider-over" in desk.get(back).headers["location"]
    desk = signed_in(s, ada)
    back = returned(sent(desk, "/host/profile/provider"))
    desk.post(link_by_hand(s.w.rt, person(s, Role.ADMIN).email, real_now=s.w.now)[0])
    assert "did=provider-over" in desk.get(back).headers["location"], "somebody else signed in there since"
    assert s.rows()["identity"] == []
    desk = signed_in(s, ada)
    s.w.clock.advance(601)
    assert desk.post("/host/profile/provider").status_code == 403
    assert desk.post("/host/profile/provider/remove").status_code == 403
    idp.answered = {"error": "access_denied", "code": None}
    desk = signed_in(s, ada)
    denied = desk.get(returned(sent(desk, "/host/profile/provider")))
    assert "You did not go on at Example ID." in words(desk.get(denied.headers["location"]))


def test_a_package_that_is_missing_is_named(s: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "joserfc" else real(name))
    page = words(s.browser.get(SIGN_IN))
    assert "pip install 'booking-service[oidc]'" in page
    assert "Sign in with Example ID" not in page
    found = next(each for each in checks(s.w.rt, now=s.w.now) if each.subject == "sign-in")
    assert "booking-service[oidc]" in found.remedy


def test_addresses_of_other_domains_find_nobody_and_make_nobody(tmp_path: Path, idp: IdentityProvider) -> None:
    with at(tmp_path, idp, allowed_domains="example.net, Example.com", auto_create="host") as s:
        idp.now = lambda: s.w.now
        assert "Nobody signs in here" in tried(s), "Ada's is example.org"
        idp.account = {"sub": "5", "email": "mary@sub.example.net", "email_verified": True}
        assert "Nobody signs in here" in tried(s)
        idp.account = {"sub": "6", "email": "mary@example.com", "email_verified": False}
        assert "does not vouch" in tried(s)
        idp.account = {"sub": "6", "email": "Mary@EXAMPLE.com", "email_verified": True, "name": "Mary\nSomerville"}
        browser = browser_of(s.w)
        assert there_and_back(browser).headers["location"] == "/host"
        assert "Mary Somerville" in words(browser.get("/host/welcome")), "a host to be"
        assert there_and_back(browser_of(s.w)).headers["location"] == "/host"
        log = words(signed_in(s, person(s, Role.ADMIN)).get("/admin/audit"))
        assert "Mary Somerville <Mary@EXAMPLE.com> added: Host" in log
        assert log.count("added:") == 1


@pytest.fixture
def secured(s: Site, ada: Person) -> tuple[Site, str]:
    """Ada has a second factor: this world, and the app's secret."""
    secret, _ = turned_on(s, signed_in(s, ada))
    return s, secret


def test_the_second_factor_is_asked_for_here_unless_the_provider_is_trusted_to(
    secured: tuple[Site, str], idp: IdentityProvider
) -> None:
    s, secret = secured
    idp.changed = {"amr": ["pwd", "mfa"], "acr": "https://refeds.org/profile/mfa"}
    asked = there_and_back(s.browser, next="/host/hours")
    assert asked.headers["location"] == f"{SECOND_STEP}?next=%2Fhost%2Fhours"
    assert s.browser.get("/host").status_code == 303
    done = s.browser.post(SECOND_STEP, data={"code": code(s, secret), "next": "/host/hours"})
    assert done.headers["location"] == "/host/hours"
    for said, path in (
        ({"amr": ["pwd", "mfa"]}, "/host"),
        ({"acr": "https://refeds.org/profile/mfa"}, "/host"),
        ({"acr": "gold"}, SECOND_STEP),
        ({"amr": "mfa"}, SECOND_STEP),
        ({"amr": ["pwd"], "acr": ["https://refeds.org/profile/mfa"]}, SECOND_STEP),
        ({}, SECOND_STEP),
    ):
        idp.changed = dict(said)
        assert there_and_back(with_settings(s, trust_second_factor=True)).headers["location"] == path, said
    log = words(signed_in(s, person(s, Role.ADMIN)).get("/admin/audit?area=signing-in"))
    assert "at the identity provider, and a second factor there" in log
    assert "at the identity provider, and a code from the app" in log


def test_who_was_not_in_a_new_browser_ends_the_account_with_everything_else(s: Site, ada: Person) -> None:
    signed_in(s, ada)
    assert there_and_back(browser_of(s.w)).headers["location"] == "/host"
    assert "You signed in with a new browser" in subjects(s)
    mail = next(each for each in s.w.mails.sent if each.subject == "You signed in with a new browser")
    found = re.search(r"http://localhost:8000(/host/stop/\S+)", mail.text)
    assert found
    assert len(s.rows()["identity"]) == 1
    assert s.browser.post(found[1]).status_code in (200, 303)
    assert s.rows()["identity"] == []
    assert "no longer signs you in" in " ".join(each.text for each in s.w.mails.sent + drained(s))


def drained(s: Site) -> list[Any]:
    s.w.drain()
    return s.w.mails.sent


def test_somebody_who_is_removed_is_known_by_no_account_any_more(s: Site) -> None:
    assert there_and_back(s.browser).headers["location"] == "/host"
    with transaction(s.w.rt.engine) as session:
        people.remove(session, person_of_host(s, s.w.host).id)
    assert s.rows()["identity"] == []
    assert "Nobody signs in here" in tried(s)


MFA = {"amr": ["pwd", "mfa"]}


@pytest.fixture
def admin(s: Site, idp: IdentityProvider) -> Person:
    """Mary, an administrator of an organisation that wants a second factor, whom the provider knows, and who has none here."""
    s.save(Organisation(name="Analytical Engines", second_factor=(SecondFactor.ADMINS,)))
    idp.account = {"sub": "m", "email": "mary@example.org", "email_verified": True}
    return person(s, Role.ADMIN, email="mary@example.org")


def test_a_second_factor_at_a_provider_that_is_trusted_does_where_one_is_wanted(
    s: Site, idp: IdentityProvider, admin: Person
) -> None:
    idp.changed = dict(MFA)
    setup = f"{SECOND_FACTOR}?next=%2Fadmin%2Fpeople"
    assert there_and_back(s.browser, next="/admin/people").headers["location"] == setup, "it is not trusted"
    assert s.browser.get("/admin/people").headers["location"] == setup
    trusting = with_settings(s, trust_second_factor=True)
    assert there_and_back(trusting, next="/admin/people").headers["location"] == "/admin/people"
    assert trusting.get("/admin/people").status_code == 200
    assert "Your organisation requires one" not in words(trusting.get(SECOND_FACTOR))
    other = browser_of(s.w)
    other.cookies.update(dict(trusting.cookies))
    assert other.get("/admin/people").headers["location"] == setup, "nor is it any more, once the setting is gone"

    idp.changed = {"amr": ["pwd"]}
    single = with_settings(s, trust_second_factor=True)
    assert there_and_back(single, next="/admin/people").headers["location"] == setup, "the provider asked for none"
    by_mail = with_settings(s, trust_second_factor=True)
    assert by_mail.post(link_by_hand(s.w.rt, admin.email, real_now=s.w.now)[0]).headers["location"] == SECOND_FACTOR
    assert by_mail.get("/admin/people").headers["location"] == setup, "another session has shown none"


def test_who_ticks_it_stays_signed_in_for_longer_after_the_provider_too(
    secured: tuple[Site, str], idp: IdentityProvider
) -> None:
    s, secret = secured
    there_and_back(s.browser, keep="yes")
    kept = s.browser.post(SECOND_STEP, data={"code": code(s, secret)})
    assert any("sid=" in each and "Max-Age=7776000" in each for each in kept.headers.get_list("set-cookie"))
    idp.changed = dict(MFA)
    for form, age in (({"keep": "yes"}, True), ({}, False)):
        done = there_and_back(with_settings(s, trust_second_factor=True), **form)
        assert any("sid=" in each and "Max-Age=7776000" in each for each in done.headers.get_list("set-cookie")) is age
    box = read(browser_of(s.w).get("/host/sign-in")).root.findall(".//input[@name='keep']")
    assert [each.get("checked") for each in box] == [None, None]


def anew(s: Site, idp: IdentityProvider, *, later: int = 0) -> None:
    """The provider says that whoever comes signed in there just now, or so many seconds from now."""
    idp.changed = {**idp.changed, "auth_time": int(s.w.now.timestamp()) + later}


REMOVE = "/host/profile/password/remove"
PROVIDER = {"prove-provider": "yes"}


def test_who_came_by_the_provider_shows_there_again_who_they_are_and_loses_nothing_of_a_form(
    s: Site, idp: IdentityProvider, ada: Person
) -> None:
    typed = {"new-name": 'Ada "L"', "new-password": "never sent along"}
    assert there_and_back(s.browser).headers["location"] == "/host"
    s.w.clock.advance(601)
    question = s.browser.post("/host/profile/password", data=typed)
    assert question.status_code == 403
    assert "Sign in with Example ID" in words(question)
    address = sent(s.browser, "/host/profile/password", **typed, **PROVIDER)
    asked = dict(parse_qsl(urlsplit(address).query))
    assert (asked["prompt"], asked["max_age"]) == ("login", "60")
    anew(s, idp)
    back = s.browser.get(returned(address), headers=CROSS_SITE)
    assert (back.status_code, "You have confirmed that it is you" in words(back)) == (200, True)
    assert "never sent along" not in back.text
    assert "Deutsch" not in words(back), "the address shows it once"
    form = read(back).one("form")
    kept = {each.get("name"): each.get("value") for each in form.findall(".//input")}
    assert (form.get("action"), kept) == ("/host/profile/password", {"new-name": 'Ada "L"'})
    assert s.browser.post(REMOVE).status_code == 303, "for ten minutes nothing is asked again"
    s.w.clock.advance(601)
    address = sent(s.browser, REMOVE, **PROVIDER)
    anew(s, idp)
    form = read(s.browser.get(returned(address))).one("form")
    assert (form.get("action"), form.findall(".//input")) == (REMOVE, []), "also a form of nothing but its button"
    s.w.clock.advance(601)
    address = sent(s.browser, "/host/profile/password?lang=de", **PROVIDER, **{"prove-looked": "yes"})
    anew(s, idp)
    assert s.browser.get(returned(address)).headers["location"] == "/host/profile/password?lang=de"
    assert s.browser.get("/host/profile/password").status_code == 200


def test_what_proves_nothing_is_told_and_the_form_waits(s: Site, idp: IdentityProvider, ada: Person) -> None:
    assert there_and_back(s.browser).headers["location"] == "/host"
    s.w.clock.advance(601)

    def tell(**changed: object) -> str:
        address = sent(s.browser, REMOVE, **PROVIDER)
        idp.changed = {"auth_time": int(s.w.now.timestamp()), **changed}
        page = s.browser.get(returned(address), headers=CROSS_SITE)
        assert page.status_code == 403
        assert read(page).one("form").get("action") == REMOVE
        assert s.browser.post(REMOVE).status_code == 403
        return words(page)

    now = int(s.w.now.timestamp())
    assert "does not say that you signed in there just now" in tell(auth_time=None)
    assert "does not say that you signed in there just now" in tell(auth_time=now - 121)
    assert "could not be verified" in tell(auth_time=now + 121)
    assert "could not be verified" in tell(auth_time="now")
    assert "is not the one that signs you in here" in tell(sub="another", email="ada@example.org")
    person(s, Role.STAFF, email="grace@example.org")
    idp.account["email"], idp.changed = "grace@example.org", {"sub": "graces"}
    assert there_and_back(browser_of(s.w)).headers["location"] == "/host"
    assert "is not the one that signs you in here" in tell(sub="graces")
    idp.answered = {"error": "access_denied", "code": None}
    assert "You did not go on at Example ID" in tell()
    idp.answered, idp.changed = {}, {}

    address = sent(s.browser, REMOVE, **PROVIDER)
    anew(s, idp)
    s.browser.post("/host/sign-out")
    assert "did=provider-over" in s.browser.get(returned(address)).headers["location"]
    s.browser.post(link_by_hand(s.w.rt, ada.email, real_now=s.w.now)[0])
    s.w.clock.advance(601)
    address = sent(s.browser, REMOVE, **PROVIDER)
    s.browser.post(link_by_hand(s.w.rt, ada.email, real_now=s.w.now)[0])  # another session, in the same browser
    anew(s, idp)
    assert "took longer than 10 minutes" in words(s.browser.get(returned(address)))
    s.w.clock.advance(601)
    assert s.browser.post(REMOVE).status_code == 403


def test_signing_in_there_long_ago_is_not_showing_now_who_one_is(s: Site, idp: IdentityProvider) -> None:
    for later, status in ((-601, 403), (-599, 303), (0, 303)):
        browser = browser_of(s.w)
        anew(s, idp, later=later)
        assert there_and_back(browser).headers["location"] == "/host"
        assert browser.post(REMOVE).status_code == status, later


def test_who_has_a_second_factor_proves_by_the_provider_only_where_that_asked_for_one_and_is_trusted(
    secured: tuple[Site, str], idp: IdentityProvider, ada: Person
) -> None:
    s, secret = secured
    idp.changed = dict(MFA)
    there_and_back(s.browser)
    s.browser.post(SECOND_STEP, data={"code": code(s, secret)})
    s.w.clock.advance(601)
    assert "Example ID" not in words(s.browser.post(REMOVE)), "not trusted"
    trusting = with_settings(s, trust_second_factor=True)
    trusting.cookies.update(dict(s.browser.cookies))
    assert "Sign in with Example ID" in words(trusting.post(REMOVE))
    for browser, said, status in ((trusting, {"amr": None}, 403), (s.browser, MFA, 403), (trusting, MFA, 200)):
        address = sent(browser, REMOVE, **PROVIDER)
        idp.changed = dict(said)
        anew(s, idp)
        page = browser.get(returned(address))
        assert page.status_code == status, said
        if status == 403:
            assert "did not ask you for a second factor" in words(page)
    assert trusting.post(REMOVE).status_code == 303


def test_who_came_with_a_second_factor_of_the_provider_proves_it_there_and_not_by_a_mail(
    s: Site, idp: IdentityProvider, admin: Person
) -> None:
    idp.changed = dict(MFA)
    browser = with_settings(s, trust_second_factor=True)
    assert there_and_back(browser, next="/admin/people").headers["location"] == "/admin/people"
    s.w.clock.advance(601)
    question = browser.post(REMOVE)
    assert question.status_code == 403
    assert "Email me a code" not in words(question)
    s.w.drain()
    mails = len(s.w.mails.sent)
    assert browser.post(REMOVE, data={"prove-send": "yes"}).status_code == 403
    s.w.drain()
    assert len(s.w.mails.sent) == mails
    address = sent(browser, REMOVE, **PROVIDER)
    idp.changed = {"amr": ["pwd"]}
    anew(s, idp)
    assert browser.get(returned(address)).status_code == 403
    address = sent(browser, REMOVE, **PROVIDER)
    idp.changed = dict(MFA)
    anew(s, idp)
    assert browser.get(returned(address)).status_code == 200
    assert browser.post(REMOVE).status_code == 303


def test_a_provider_that_can_not_be_reached_leaves_the_question_with_its_other_ways(
    s: Site, idp: IdentityProvider
) -> None:
    there_and_back(s.browser)
    s.w.clock.advance(3601)  # what it published of itself is not kept any more
    idp.answers["/.well-known/openid-configuration"] = [(503, b"")]
    page = s.browser.post(REMOVE, data=PROVIDER)
    assert page.status_code == 403
    assert "Example ID does not answer as it should." in words(page)
    assert "Email me a code" in words(page)
    long = s.browser.post(REMOVE, data={"note": "x" * 1500})
    assert "Example ID" not in words(long), "a browser keeps no more than so much"


def test_a_token_that_asks_for_what_is_not_known_is_refused_though_it_is_signed(s: Site, idp: IdentityProvider) -> None:
    """RFC 7515 §4.1.11: what `crit` names must be understood, and it may name nothing that is usual."""

    def signed(claims: dict[str, object]) -> str:
        head = {"alg": "RS256", "kid": idp.keys[0].kid, "crit": ["kid"]}
        text = ".".join(coded(json.dumps(each).encode()) for each in (head, claims))
        return f"{text}.{coded(idp.keys[0].private_key.sign(text.encode(), PKCS1v15(), SHA256()))}"

    idp.signed = signed
    assert UNTRUSTED in tried(s)


def test_administrators_see_whose_accounts_sign_in_as_whom_and_remove_one(s: Site, idp: IdentityProvider) -> None:
    desk = signed_in(s, person(s, Role.ADMIN))
    ada = person_of_host(s, s.w.host)
    theirs = f"/admin/people/{ada.id}"
    assert "Accounts that sign in" not in words(desk.get(theirs))
    assert there_and_back(s.browser).headers["location"] == "/host"
    assert "Signs in with Example ID" in words(desk.get("/admin/people"))
    page = desk.get(theirs)
    assert "Accounts that sign in as Ada Lovelace Example ID Ada@example.org · Linked on" in words(page)
    account = read(page).one("button", name="account").get("value", "")
    mary = by_address(s.w.rt, "admin@example.org")
    assert desk.post(f"/admin/people/{mary.id}/account", data={"account": account}).status_code == 404, (
        "it is not Mary's"
    )
    assert desk.post(f"{theirs}/account", data={"account": "x"}).status_code == 404
    assert s.browser.post(f"{theirs}/account", data={"account": account}).status_code == 404, "no administrator"
    s.w.clock.advance(601)
    assert desk.post(f"{theirs}/account", data={"account": account}).status_code == 403, "not asked again who they are"
    desk = signed_in(s, by_address(s.w.rt, "admin@example.org"))
    done = desk.post(f"{theirs}/account", data={"account": account})
    assert done.headers["location"] == f"{theirs}?did=unlinked"
    assert "They can no longer sign in with this account." in words(desk.get(done.headers["location"]))
    assert "Accounts that sign in" not in words(desk.get(theirs))
    assert "How you sign in has changed" in subjects(s)
    assert s.w.mails.sent[-1].to.address == "ada@example.org"
    assert "Ada@example.org" in words(desk.get("/admin/audit?area=signing-in"))

"""Consents for programs: by a token that acts as a person, shown once, and for what it was made only."""

import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from booking_service.actions.access.api_tokens import TokenNotMade, make
from booking_service.actions.access.api_tokens import listed as listed_tokens
from booking_service.actions.consent import export, proof, staff_entries, verify
from booking_service.actions.privacy import own_data
from booking_service.domain.api_tokens import Scope
from booking_service.domain.audit import Actor
from booking_service.domain.consent import How
from booking_service.domain.roles import Permission, Role, SecondFactor
from booking_service.storage import api_tokens, credentials, hosts, people, purposes
from booking_service.storage.engine import snapshot, transaction
from tests.web.consents import NEWSLETTER, chain, offer, standing
from tests.web.page_reader import look, read, words
from tests.web.site import Site, browser_of, limited, person, signed_in

TOKENS, API = "/admin/tokens", "/api/v1/consents"
BOTH = ("consents:read", "consents:write")


def admin(s: Site) -> TestClient:
    who = person(s, Role.ADMIN, permissions=frozenset({Permission.CONSENTS}), email="office@example.org")
    return signed_in(s, who)


def made(browser: TestClient, name: str = "CRM", *scopes: str) -> str:
    form = {"name": name, "email": "office@example.org", **dict.fromkeys(scopes or BOTH, "y")}
    page = read(browser.post(TOKENS, data=form))
    assert page.status == 200
    return words(page.one("code"))


def program(s: Site, token: str) -> TestClient:
    """Which sends none of the headers that a browser does."""
    client = browser_of(s.w)
    client.headers.clear()
    client.headers["authorization"] = f"Bearer {token}"
    return client


def sent(client: TestClient, path: str = API, **fields: Any) -> tuple[int, dict[str, Any]]:
    answer = client.post(path, json=fields)
    return answer.status_code, answer.json()


@pytest.mark.capability("S5-14", "S4-46", "S5-13", "S4-52")
def test_a_program_records_finds_by_id_and_opts_out_and_never_makes_double(s: Site) -> None:
    offer(s)
    crm = program(s, made(admin(s)))
    card = {"who": "anna@example.org", "purpose": "newsletter", "optin_who": "Anna Ott", "optin_source": "fair"}
    card |= {"optin_date": "2029-05-01", "optin_id": "card-17"}
    status, done = sent(crm, **card)
    assert (status, done["changed"], done["before"], done["after"]) == (200, True, "none", "user")
    assert sent(crm, **card)[1]["changed"] is False, "sent twice it is one change"
    [entry] = chain(s, "anna@example.org")
    assert (entry.how, entry.by.partition(":")[0]) == (How.API, "staff")

    [found] = crm.get(API, params={"optin_id": "card-17"}).json()["consents"]
    assert found["contact"]["address"] == "anna@example.org"
    columns = [found[f"optin_{name}"] for name in ("who", "source", "date", "id")]
    assert columns == ["Anna Ott", "fair", "2029-05-01", "card-17"]
    assert (found["standing"], found["may_be_used"], found["entry_id"]) == ("user", False, str(entry.id))
    assert found["expired"] is False
    with transaction(s.w.rt.engine) as session:
        purposes.save(session, replace(NEWSLETTER, lasts=timedelta(days=100)))
    [older] = crm.get(API, params={"optin_id": "card-17"}).json()["consents"]
    assert older["expired"] is True, "as commands and pages have it"
    assert crm.get(API, params={"optin_id": "nothing"}).json() == {"consents": []}

    s.w.clock.advance(1)
    out = {"who": "anna@example.org", "purpose": "newsletter"}
    assert sent(crm, f"{API}/opt-out", **out, theirs=True)[1]["after"] == "out-contact"
    status, refused = sent(crm, **card)
    assert (status, refused["type"]) == (409, "urn:booking-service:problem:consent-own-no")
    assert "They said no themselves" in refused["detail"]
    [found] = crm.get(API, params={"optin_id": "card-17"}).json()["consents"]
    assert (found["standing"], found["why_not"]) == ("out-contact", "not-accepted: out-contact")
    assert standing(s, address="anna@example.org").basis == "out-contact"


def test_what_a_program_sends_wrongly_is_named_by_field_and_changes_nothing(s: Site) -> None:
    offer(s)
    crm = program(s, made(admin(s)))
    good = {"who": "anna@example.org", "purpose": "newsletter"}
    assert crm.get(API, params={"optin_id": "x"}).status_code == 200
    before = s.rows()
    for path, fields, told in (
        (API, {**good, "optin_date": "31.02.2026"}, "optin_date: 31.02.2026 is no date; write YYYY-MM-DD"),
        (API, {**good, "purpose": "nothing"}, "there is no purpose 'nothing'"),
        (API, {**good, "purpose": "*"}, "purpose: a consent is for one purpose"),
        (API, {**good, "who": "anna"}, "who: anna: write a mail address"),
        (API, {**good, "who": " "}, "who: write a mail address"),
        (API, {**good, "standing": "double"}, "standing: there is no such field; there are implied, "),
        (f"{API}/opt-out", {**good, "theirs": True, "implied": True}, "implied: there is no such field"),
        (API, {**good, "implied": "perhaps"}, "implied: true or false"),
        (API, {**good, "reason": "x" * 501}, "reason: it has 501 characters, and 500 fit"),
        (f"{API}/opt-out", good, "theirs: say whether they asked for it"),
        (f"{API}/opt-out", {**good, "theirs": ""}, "theirs: say whether they asked for it"),
    ):
        status, problem = sent(crm, path, **fields)
        assert status == 422
        assert problem["detail"].startswith(told)
    assert crm.get(API).status_code == 422
    twice = '{"who": "a@example.org", "who": "b@example.org", "purpose": "newsletter", "reason": "x"}'
    for content, status, told in (
        ("[1]", 400, "one JSON object"),
        ("{", 400, "one JSON object"),
        ('{"who": ["a"]}', 422, "Each member of the body"),
        ("[" * 30000, 400, "one JSON object"),
        (twice, 400, "each member once"),
    ):
        answer = crm.post(API, content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert told in answer.json()["detail"]
    unread = crm.get(API, params={"optin_id": "\x1b"})
    assert (unread.status_code, "control characters" in unread.json()["detail"]) == (400, True)
    other = crm.post(API, content="<who/>", headers={"Content-Type": "text/xml"})
    assert (other.status_code, "application/json" in other.json()["detail"]) == (415, True)
    for name, text in (
        ("reason", "bad \\udfff"),
        ("purpose", "\\ud800"),
        ("reason", "n\\u0000ul"),
        ("who", "\\u001b[31m"),
    ):
        content = json.dumps({**good, name: "?"}).replace("?", text)
        answer = crm.post(API, content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, text
    assert crm.post(API, json={"who": "x" * 70_000}).status_code == 413
    assert s.rows() == before
    described = crm.get("/api/openapi.json").json()["paths"]
    assert {"200", "400", "422"} <= set(described[API]["get"]["responses"])
    for path in (API, f"{API}/opt-out"):
        assert {"200", "400", "408", "409", "413", "415", "422"} <= set(described[path]["post"]["responses"])


def test_a_reason_is_one_line_and_half_a_character_that_was_stored_once_is_replaced_where_it_is_given_out(
    s: Site,
) -> None:
    offer(s)
    browser = admin(s)
    rt, who, reason = s.w.rt, "anna@example.org", "bad \udfff \\udfff"
    staff_entries.record(rt, who, "newsletter", staff="x", brought={}, reason=reason, now=s.w.now)
    s.w.clock.advance(1)
    crm = program(s, made(browser))
    assert sent(crm, f"{API}/opt-out", who=who, purpose="newsletter", theirs=False, reason=" a\n \u202eb ")[0] == 200
    given = own_data.given_to_staff(rt, who, by="x", language="en", now=s.w.now)
    json.dumps(given, ensure_ascii=False).encode()
    assert [each["detail"]["reason"] for each in given["entries"]] == ["bad \ufffd \\udfff", "a b"]
    assert verify.verify(rt, now=s.w.now).findings == ()
    [contact] = {each.contact_id for each in chain(s, who)}
    with zipfile.ZipFile(BytesIO(proof.make(rt, contact, by="x", now=s.w.now).content)) as archive:
        written = {name.rpartition("/")[2]: archive.read(name) for name in archive.namelist()}
    assert "reason: bad \\udfff \\udfff\n" in written["proof.html"].decode(), "half a character by its number"
    assert b"udfff" in written["proof.json"], "as the commitment has it"
    assert browser.get(f"/admin/consents/contacts/{contact.hex}").status_code == 200


def test_what_stands_is_told_only_to_a_token_that_may_read(s: Site) -> None:
    offer(s)
    browser, card = admin(s), {"who": "anna@example.org", "purpose": "newsletter"}
    shop = program(s, made(browser, "Shop", "consents:write"))
    assert sent(shop, **card)[1].keys() == {"changed", "entry_id"}
    crm = program(s, made(browser))
    assert sent(crm, **card)[1] == {"changed": False, "entry_id": None, "before": "user", "after": "user"}


def test_a_refusal_names_who_of_the_staff_it_rests_on(s: Site) -> None:
    offer(s)
    crm, card = program(s, made(admin(s))), {"who": "anna@example.org", "purpose": "newsletter"}
    assert sent(crm, f"{API}/opt-out", **card, theirs=False)[1]["after"] == "out-user"
    status, refused = sent(crm, **card)
    with snapshot(s.w.rt.engine) as session:
        office = people.by_email(session, "office@example.org")
    assert office is not None
    assert (status, refused["detail"]) == (
        409,
        f"Opted out by {office.name} on 2030-01-07. Revert that first, with a reason.",
    )


def test_a_consent_that_was_given_here_is_told_as_lists_tell_it(s: Site) -> None:
    offer(s)
    crm = program(s, made(admin(s)))
    id = sent(crm, who="anna@example.org", purpose="newsletter")[1]["entry_id"].replace("-", "")
    [found] = crm.get(API, params={"optin_id": id}).json()["consents"]
    assert crm.get(API, params={"optin_id": str(UUID(id))}).json()["consents"] == [found], "as programs write it"
    told = found["optin_who"], found["optin_source"], found["optin_date"], found["optin_id"], found["optin_description"]
    assert told == ("", "api", "2030-01-07", id, "")
    [line] = export.lines(s.w.rt, "newsletter", everybody=True, by="x", now=s.w.now)
    assert line.columns == told


def test_a_token_is_shown_once_kept_as_a_hash_does_what_it_is_for_and_ends_at_once(s: Site) -> None:
    offer(s)
    browser = admin(s)
    token = made(browser, "CRM", "consents:read")
    assert token.startswith("bks_")
    page = look(browser, TOKENS)
    assert token not in page.text
    assert "Never used" in page.text
    assert token.encode() not in b"".join(path.read_bytes() for path in s.w.rt.settings.data_dir.glob("booking.db*"))
    again = read(browser.post(TOKENS, data={"name": "CRM", "email": "office@example.org", "consents:read": "y"}))
    assert (again.status, "already works" in again.text) == (422, True)
    for wrong in ({"name": ""}, {"email": "nobody@example.org"}, {"consents:read": None}, {"name": "x" * 61}):
        form = {"name": "B", "email": "office@example.org", "consents:read": "y"} | wrong
        assert browser.post(TOKENS, data={k: v for k, v in form.items() if v is not None}).status_code == 422
    reader = program(s, token)
    assert reader.get(API, params={"optin_id": "x"}).status_code == 200
    assert "Last used on 7 January 2030" in look(browser, TOKENS).text
    status, problem = sent(reader, who="a@example.org", purpose="newsletter")
    assert (status, problem["type"]) == (403, "urn:booking-service:problem:scope")

    writer = program(s, made(browser, "Import"))
    with transaction(s.w.rt.engine) as session:
        who = people.by_email(session, "office@example.org")
        assert who is not None
        people.save(session, replace(who, permissions=frozenset()), now=s.w.now)
    assert sent(writer, who="a@example.org", purpose="newsletter")[0] == 403, "it may no more than the person"

    with snapshot(s.w.rt.engine) as session:
        crm = api_tokens.working(session, who.id, "CRM")
    assert crm is not None
    for did in ("It no longer works.", "It was already revoked."):
        answer = browser.post(f"{TOKENS}/revoke", data={"id": str(crm.id)})
        assert did in look(browser, answer.headers["location"]).text
    answer = reader.get(API, params={"optin_id": "x"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert browser.post(f"{TOKENS}/revoke", data={"id": "x"}).status_code == 404
    log = look(browser, "/admin/audit").text
    assert "API token “CRM” made: consents:read" in log
    assert "API token “CRM” revoked" in log
    assert token not in log


def test_a_token_ends_with_the_person_it_acts_as(s: Site) -> None:
    offer(s)
    crm = program(s, made(admin(s)))
    assert crm.get(API, params={"optin_id": "x"}).status_code == 200
    with transaction(s.w.rt.engine) as session:
        who = people.by_email(session, "office@example.org")
        assert who is not None
        people.remove(session, who.id)
    assert crm.get(API, params={"optin_id": "x"}).status_code == 401
    assert "There are no tokens." in look(signed_in(s, person(s, Role.ADMIN)), TOKENS).text


def test_who_tries_tokens_locks_nobody_else_out(s: Site) -> None:
    offer(s)
    token = made(admin(s))
    client = limited(s, wrong_tokens_per_network="3 per 10 min", api_per_token="5 per min")
    client.headers.pop("sec-fetch-site")
    wrong, right = {"Authorization": "Bearer bks_guess"}, {"Authorization": f"Bearer {token}"}
    statuses = [client.get(API, params={"optin_id": "x"}, headers=wrong).status_code for _ in range(4)]
    assert statuses == [401, 401, 401, 429]
    assert client.get(API, params={"optin_id": "x"}).status_code == 429
    statuses = [client.get(API, params={"optin_id": "x"}, headers=right).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429], "one that works is limited by its own use only"


def test_a_token_may_no_more_than_its_person_does_without_the_second_factor_that_is_wanted(s: Site) -> None:
    offer(s)
    browser = admin(s)
    crm = program(s, made(browser))
    with transaction(s.w.rt.engine) as session:
        hosts.save_organisation(session, replace(hosts.organisation(session), second_factor=(SecondFactor.ADMINS,)))
    before = s.rows()
    card = {"who": "anna@example.org", "purpose": "newsletter"}
    for status, refused in (sent(crm, **card), (crm.get(API, params={"optin_id": "x"}).status_code, {})):
        assert status == 403
        assert not refused or (
            refused["type"].endswith("second-factor") and "set one up on their profile" in refused["detail"]
        )
    assert {name for name, rows in s.rows().items() if rows != before[name]} <= {"api_token", "session"}
    with snapshot(s.w.rt.engine) as session:
        office = people.by_email(session, "office@example.org")
        assert office is not None
    [listed] = listed_tokens(s.w.rt)
    assert listed.waits
    with pytest.raises(TokenNotMade, match="second-factor"):
        make(
            s.w.rt,
            "Shop",
            email=office.email,
            scopes=[Scope.READ],
            by=Actor(name="root"),
            now=s.w.now,
        )
    with transaction(s.w.rt.engine) as session:
        credentials.save(session, replace(credentials.get(session, office.id), totp="sealed"))
    assert sent(crm, **card)[0] == 200
    assert not listed_tokens(s.w.rt)[0].waits
    with transaction(s.w.rt.engine) as session:
        credentials.save(session, replace(credentials.get(session, office.id), totp=None))
        people.save(session, replace(office, roles=frozenset({Role.ADMIN, Role.STAFF})), now=s.w.now)
    assert crm.get(API, params={"optin_id": "x"}).status_code == 200, "staff need none"

"""What people, mail programs and calendars are given, word for word: a change of any shows here before it is accepted."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from email import policy
from pathlib import Path
from typing import Any

import pytest
from click import unstyle
from sqlalchemy import create_engine, text
from typer.main import get_command
from typer.testing import CliRunner

from booking_service.cli import app
from booking_service.cli.commands import TABLE, load
from booking_service.domain.audit import AuditAct
from booking_service.domain.effects import MailKind
from booking_service.domain.people import Person
from booking_service.domain.roles import Role
from booking_service.domain.sessions import LINK_FOR
from booking_service.mail.compose import AccountFacts, HostNoticeFacts, compose_account, compose_host_notice
from booking_service.mail.letters.kinds import ABOUT_PEOPLE
from booking_service.mail.message import assemble
from booking_service.storage import migrations
from booking_service.web.app import application
from tests.flows.extended import in_extended
from tests.golden.desk import desk_pages, lost_forms, paths_shown, route_of
from tests.golden.golden_files import calm
from tests.golden.walk import Walked, walk
from tests.mail.examples import ADA, BOOKING, LINKS, MEETING, NOW, ORGANISATION, cases
from tests.web.page_reader import read
from tests.web.site import every_route, site

Golden = Callable[[str, Mapping[str, str]], None]
LANGUAGES = ("en", "de", "nl")
ROOT = Path(__file__).parents[2]
_PER_ANSWER = {"content-length", "x-request-id", "ratelimit"}
# Where a page is held that no walk comes to, as it wants more than the small world has, or is for programs.
VISITED_ELSEWHERE = {
    **dict.fromkeys(
        (
            "/healthz",
            "/readyz",
            "/api/openapi.json",
        ),
        "tests/web/test_promises.py",
    ),
    "/metrics": "tests/web/test_metrics.py",
    "/api/{rest:path}": "tests/web/api/test_slots.py",
    "/api/v1/bookings/{id}": "tests/web/api/test_bookings.py",
    **dict.fromkeys(
        (
            "/api/v1/host/bookings",
            "/api/v1/host/bookings/{id}",
            "/api/v1/host/meeting-types",
            "/api/v1/host/hours",
            "/api/v1/host/calendars",
        ),
        "tests/web/api/test_own.py",
    ),
    "/static/pictures/{name}": "tests/web/host/test_look.py",
    "/embed.js": "tests/web/public/test_embed.py",
    "/embed/{host}/{meeting}": "tests/web/public/test_embed.py",
    "/embed/{host}/{meeting}/details": "tests/web/public/test_embed.py",
    "/embed/{host}/{meeting}/puzzle": "tests/web/public/test_puzzle.py",
    "/embed/b/{id}": "tests/web/public/test_embed.py",
    "/embed/b/{id}/state.json": "tests/web/public/test_embed.py",
    "/embed/b/{id}/invite.ics": "tests/web/public/test_embed.py",
    "/embed/b/{id}/move": "tests/web/public/test_embed.py",
    "/{host}/{meeting}/puzzle": "tests/web/public/test_puzzle.py",
    "/{host}/o/{token}": "tests/web/host/test_share.py",
    "/{host}/o/{token}/details": "tests/web/host/test_share.py",
    "/{host}/o/{token}/puzzle": "tests/web/public/test_puzzle.py",
    "/m/{token}/offered": "tests/web/host/test_time_offers.py",
    "/host/oidc/callback": "tests/web/host/test_provider.py",
    "/host/sign-in/second": "tests/web/host/test_second_factor.py",
    "/host/stop/{id}/{token}": "tests/web/host/test_password.py",
    "/host/address/{token}": "tests/web/host/test_address_change.py",
    "/host/welcome/looking": "tests/web/host/test_welcome.py",
    "/host/welcome/calendars": "tests/web/host/test_welcome.py",
    "/host/welcome/trying": "tests/web/host/test_welcome.py",
    "/preferences": "tests/web/links/test_preferences.py",
    "/preferences/sent": "tests/web/links/test_preferences.py",
    "/preferences/{token}": "tests/web/links/test_preferences.py",
    "/preferences/{token}/stop": "tests/web/links/test_preferences.py",
    "/preferences/{token}/delete": "tests/web/links/test_own_data.py",
    "/preferences/{token}/revoke/{name}": "tests/web/links/test_preferences.py",
    "/preferences/yes/{token}": "tests/web/links/test_consent.py",
    "/preferences/out/{token}": "tests/web/links/test_preferences.py",
    "/preferences/data/{token}": "tests/web/links/test_own_data.py",
    "/preferences/change/{token}": "tests/web/links/test_preferences.py",
    "/admin/consents/ask/{id}": "tests/web/admin/test_ask_list.py",
    "/admin/consents/messages/{id}": "tests/web/admin/test_messages.py",
    "/admin/consents/requests/{id}": "tests/web/admin/test_requests.py",
    "/admin/consents/access/{id}/reason": "tests/web/admin/test_merges.py",
    "/admin/consents/import/{id}/columns": "tests/web/admin/test_imports.py",
    "/admin/consents/import/{id}/check": "tests/web/admin/test_imports.py",
    "/admin/consents/import/{id}/done": "tests/web/admin/test_imports.py",
    "/admin/consents/import/{id}/file": "tests/web/admin/test_imports.py",
    "/admin/outbox/{number}/drop": "tests/web/admin/test_outbox.py",
}
# Pages whose words are of this machine or of this moment.
_OF_THE_MOMENT = {"/admin/status", "/host/profile/second-factor", "/admin/consents/contacts/{id}"}


@pytest.fixture(scope="module", params=[LANGUAGES[0], *in_extended(*LANGUAGES[1:])])
def walked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Walked]:
    return request.param, walk(tmp_path_factory.mktemp("walk"), request.param)


def test_every_page_in_each_of_its_states(walked: tuple[str, Walked], golden: Golden) -> None:
    """In English as it is sent, headers and all; in other languages its words."""
    language, seen = walked
    shown = _sent if language == "en" else _words
    golden(f"pages-{language}", {f"{name}.txt": calm(shown(answer)) for name, answer in seen.answers.items()})


@pytest.fixture(scope="module")
def desk(walked: tuple[str, Walked], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return desk_pages(tmp_path_factory.mktemp("desk"), walked[0])


def test_every_signed_in_page_in_words(walked: tuple[str, Walked], desk: dict[str, Any], golden: Golden) -> None:
    shown = {
        route: answer for route, answer in desk.items() if route not in _OF_THE_MOMENT and answer.status_code == 200
    }
    pages = {route: each for route, each in shown.items() if each.headers["content-type"].startswith("text/html")}
    names = {route: re.sub(r"\W+", "-", route).strip("-") for route in pages}
    golden(f"desk-{walked[0]}", {f"{names[route]}.txt": calm(_words(each)) for route, each in pages.items()})


def test_every_form_leads_somewhere_also_where_a_language_was_chosen(tmp_path: Path) -> None:
    assert lost_forms(tmp_path, "nl") == []


def test_no_page_is_forgotten(walked: tuple[str, Walked], desk: dict[str, Any], tmp_path: Path) -> None:
    """Whoever adds a page has it visited here, or says where it is held instead."""
    with site(tmp_path) as s:
        routes, shown = every_route(application(s.w.rt).routes), paths_shown(s.w.rt)
    looks = (each.request for each in walked[1].answers.values() if each.request.method == "GET")
    visited = {route_of(routes, each.url.path) for each in looks} | desk.keys()
    assert shown - visited == VISITED_ELSEWHERE.keys()
    for file in VISITED_ELSEWHERE.values():
        assert (ROOT / file).is_file(), file


def test_every_mail_of_the_walk(walked: tuple[str, Walked], golden: Golden) -> None:
    language, seen = walked
    golden(f"sent-{language}", {f"{name}.txt": calm(_written(mail)) for name, mail in seen.mails.items()})


def test_every_event_in_the_hosts_calendar(walked: tuple[str, Walked], golden: Golden) -> None:
    language, seen = walked
    golden(f"events-{language}", {f"{name}.ics": calm(body.decode()) for name, body in seen.events.items()})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_mail(language: str, golden: Golden) -> None:
    found = {}
    for each in cases():
        found[f"{each.name}.txt"] = calm(_written(each.of(language=language, host=_reading(ADA, language)).composed()))
    for kind in (MailKind.CALENDAR_UNREADABLE, MailKind.MASS_DELETION, MailKind.CALENDAR_CHANGED, MailKind.MANY_HOLDS):
        mail = compose_host_notice(kind, facts=_alarm(language))
        assert mail is not None
        found[f"{kind}.txt"] = calm(_written(mail))
    for kind in ABOUT_PEOPLE:
        found[f"{kind}.txt"] = calm(_written(compose_account(kind, facts=_account(language))))
    moved = compose_account(MailKind.ACCOUNT_CHANGED, facts=replace(_account(language), what=AuditAct.ADDRESS_CHANGED))
    found["account-changed-address.txt"] = calm(_written(moved))
    golden(f"mails-{language}", found)


def test_the_command_line_and_openapi(golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "dumb")
    runner = CliRunner()
    found = {
        f"{'-'.join(('help', *verb))}.txt": calm(unstyle(runner.invoke(app, [*verb, "--help"]).output))
        for verb in _verbs(get_command(app))
    }
    document = json.loads(runner.invoke(app, ["openapi"]).output)
    golden("commands", {**found, "openapi.json": json.dumps(document, indent=1, ensure_ascii=False) + "\n"})


def test_the_schema_on_sqlite(tmp_path: Path, golden: Golden) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/schema.db")
    migrations.upgrade(engine)
    with engine.connect() as connection:
        query = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name"
        found = connection.execute(text(query)).scalars().all()
    engine.dispose()
    golden("schema-sqlite", {"schema.sql": ";\n\n".join(found) + ";\n"})


@pytest.mark.postgres
def test_the_schema_on_postgresql(postgres_url: str, golden: Golden) -> None:
    engine = create_engine(postgres_url)
    migrations.upgrade(engine)
    with engine.connect() as connection:
        columns = (
            "SELECT table_name, column_name, udt_name, is_nullable, coalesce(column_default, '') "
            "FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
        )
        constraints = (
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2"
        )
        indexes = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2"
        rows = [
            " ".join(map(str, row))
            for query in (columns, constraints, indexes)
            for row in connection.execute(text(query))
        ]
    engine.dispose()
    golden("schema-postgresql", {"schema.txt": "\n".join(rows) + "\n"})


def _sent(answer: Any) -> str:
    headers = sorted(f"{name}: {value}" for name, value in answer.headers.items() if name not in _PER_ANSWER)
    return "\n".join([str(answer.status_code), *headers, "", answer.text])


def _words(answer: Any) -> str:
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return f"{answer.status_code}\n{answer.text}"
    page = read(answer)
    pieces = (" ".join(piece.split()) for piece in page.root.itertext())
    return "\n".join([str(page.status), *filter(None, pieces)])


def _written(mail: Any) -> str:
    """A mail with its headers as they are sent, and each part decoded."""
    message = assemble(mail)
    head = [f"{name}: {value}" for name, value in message.items() if name != "Content-Type"]
    parts = []
    for part in message.walk():
        if not part.is_multipart():
            body = part.get_payload(decode=True)
            assert isinstance(body, bytes)
            kind = re.sub(r"\s+", " ", part.as_string(policy=policy.default).partition("\n\n")[0])
            parts.append(f"[{kind}]\n{body.decode()}")
    return "\n\n".join(["\n".join(head), *parts])


def _alarm(language: str) -> HostNoticeFacts:
    return HostNoticeFacts(
        host=_reading(ADA, language),
        organisation=ORGANISATION,
        sender="booking@example.org",
        occasion="1",
        calendar="Work",
        failure="Refused",
        since=NOW,
        vanished=4,
        holds=12,
        booking=BOOKING,
        meeting=MEETING,
        act=LINKS["act"],
        now=NOW,
    )


def _account(language: str) -> AccountFacts:
    return AccountFacts(
        person=Person(
            id=ADA.id, email=ADA.email, name=ADA.name, language=language, zone=ADA.zone, roles=frozenset({Role.HOST})
        ),
        organisation=ORGANISATION,
        sender="booking@example.org",
        occasion="1",
        url="https://book.example.org/host/sign-in/token",
        code="123456",
        at=NOW,
        ends_at=NOW + LINK_FOR,
        agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        network="198.51.100.x",
        what=AuditAct.PASSWORD_SET,
        address="lovelace@example.net",
        given_up=2,
        backup_at=NOW - timedelta(days=3),
        now=NOW,
    )


def _reading(host: Any, language: str) -> Any:
    return replace(host, language=language)


def _verbs(command: Any, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield before
    names = TABLE if before == () else getattr(command, "commands", {})
    for name in names:
        yield from _verbs(command.commands[name] if before else load(name), (*before, name))

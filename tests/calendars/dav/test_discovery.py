"""From what a person types to their calendars."""

import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import trustme

from calendars.dav.addresses import AllowedNetwork
from calendars.dav.client import DavAccount
from calendars.dav.discovery import Discovered, DiscoveryStep, discover, found
from calendars.dav.srv import Service
from calendars.errors import (
    AddressRefused,
    CalendarError,
    CertificateInvalid,
    NoCalendar,
    NotDav,
    Refused,
    Unavailable,
    UnknownDomain,
    explain,
)
from tests.calendars.dav.staged_servers import PASSWORD, Answers, Request, always, digest, http, multistatus, staged
from tests.calendars.dav.staged_servers import found as answer_for
from tests.servers import Server, free_port

CALENDAR = "<d:resourcetype><d:collection/><cal:calendar/></d:resourcetype>"
PLAIN = "<d:resourcetype><d:collection/></d:resourcetype>"
EVENTS = '<cal:supported-calendar-component-set><cal:comp name="VEVENT"/></cal:supported-calendar-component-set>'
TASKS = '<cal:supported-calendar-component-set><cal:comp name="VTODO"/></cal:supported-calendar-component-set>'
READ_ONLY = "<d:current-user-privilege-set><d:privilege><d:read/></d:privilege></d:current-user-privilege-set>"
WORK = answer_for("/dav/cal/work/", CALENDAR, EVENTS, "<d:displayname>Work</d:displayname>")
HTML = http(200, "<!DOCTYPE html><html><body>It works!</body></html>", {"Content-Type": "text/html"})


@dataclass
class Zone:
    """DNS as a table. `asked` is what was looked up."""

    srv: dict[str, list[Service]] = field(default_factory=dict)
    txt: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def services(self, name: str) -> Sequence[Service]:
        self.asked.append(name)
        return self.srv.get(name, [])

    def texts(self, name: str) -> Sequence[str]:
        self.asked.append(name)
        return self.txt.get(name, [])


def typed(address: str, *, user: str = "ada") -> DavAccount:
    return DavAccount(url=address, user=user, password=PASSWORD, allow_private=True, timeout_s=5)


def dav(*calendars: str, base: str = "/dav/", classes: str = "1, 3, calendar-access", principal: str = "") -> Answers:
    """A server that keeps `calendars` and speaks DAV below `base` only."""
    who = principal or f"<d:current-user-principal><d:href>{base}me/</d:href></d:current-user-principal>"
    home = f"<cal:calendar-home-set><d:href>{base}cal/</d:href></cal:calendar-home-set>"

    def answer(request: Request) -> Iterable[bytes]:
        if not request.path.startswith(base):
            yield http(404)
        elif request.method == "OPTIONS":
            yield http(200, headers={"DAV": classes} if classes else {})
        elif request.path == f"{base}cal/":
            yield multistatus(answer_for(f"{base}cal/", PLAIN), *calendars)
        else:
            yield multistatus(answer_for(request.path, who, home))

    return answer


def redirecting(inner: Answers, table: dict[str, str], *, status: int = 301) -> Answers:
    """`inner`, with these paths pointing elsewhere."""

    def answer(request: Request) -> Iterable[bytes]:
        if request.path in table:
            yield http(status, headers={"Location": table[request.path]})
        else:
            yield from inner(request)

    return answer


def watched(account: DavAccount, zone: Zone | None = None) -> tuple[list[DiscoveryStep], Discovered | CalendarError]:
    """The steps that a page would show, and what they ended in."""
    steps = discover(account, resolver=zone or Zone())
    seen: list[DiscoveryStep] = []
    while True:
        try:
            seen.append(next(steps))
        except StopIteration as end:
            return seen, end.value
        except CalendarError as error:
            return seen, error


def names(outcome: Discovered | CalendarError) -> list[str]:
    assert isinstance(outcome, Discovered), outcome
    return [calendar.name for calendar in outcome.calendars]


@pytest.mark.server
@pytest.mark.parametrize("path", ["", "alice/", "alice", "no/such/place/"])
def test_any_address_of_radicale_leads_to_the_calendars(radicale_server: Server, path: str) -> None:
    url = radicale_server.new_calendar()
    outcome = found(discover(replace(radicale_server.account, url=f"{radicale_server.url}{path}"), resolver=Zone()))
    assert url in {calendar.url for calendar in outcome.calendars}
    assert outcome.account.url == f"{radicale_server.url}alice/"
    assert all(calendar.writable for calendar in outcome.calendars)


@pytest.mark.server
def test_the_address_of_a_calendar_leads_to_all_of_them(xandikos_server: Server) -> None:
    url, other = xandikos_server.new_calendar(), xandikos_server.new_calendar()
    outcome = found(discover(replace(xandikos_server.account, url=url), resolver=Zone()))
    assert {url, other} <= {calendar.url for calendar in outcome.calendars}


@pytest.mark.server
def test_a_wrong_password_is_said_at_once(radicale_server: Server) -> None:
    steps, outcome = watched(replace(radicale_server.account, password="wrong"))
    assert isinstance(outcome, Refused)
    assert [step.ok for step in steps] == [True, False]


def test_a_mail_address_leads_to_the_server_and_path_that_its_domain_names() -> None:
    with staged(dav(WORK, base="/deep/dav/")) as server:
        zone = Zone(
            srv={"_caldav._tcp.localhost": [Service(0, 1, "localhost", server.port)]},
            txt={"_caldav._tcp.localhost": ["path=/deep/dav/"]},
        )
        steps, outcome = watched(typed("ada@localhost", user=""), zone)
        assert names(outcome) == ["Work"]
        assert isinstance(outcome, Discovered)
        assert outcome.account.user == "ada@localhost"
    assert [step.name for step in steps] == ["dns", "url", "principal", "dav", "calendars"]
    assert all(step.ok for step in steps)
    assert zone.asked[0] == "_caldavs._tcp.localhost"


def test_of_several_servers_the_first_in_priority_and_weight_is_asked() -> None:
    with staged(dav(WORK)) as server:
        services = [
            Service(1, 9, "localhost", 1),
            Service(0, 1, "localhost", 2),
            Service(0, 5, "localhost", server.port),
        ]
        _, outcome = watched(typed("localhost"), Zone(srv={"_caldav._tcp.localhost": services}))
        assert names(outcome) == ["Work"]


def test_a_server_of_another_domain_is_named_and_not_sent_the_password() -> None:
    with staged(dav(WORK)) as server:
        zone = Zone(srv={"_caldavs._tcp.example.org": [Service(0, 1, "127.0.0.1", server.port)]})
        steps, outcome = watched(typed("ada@example.org"), zone)
        assert isinstance(outcome, AddressRefused)
        assert "enter https://127.0.0.1" in steps[-1].detail
        assert server.connections == 0


def test_plain_http_is_looked_for_only_where_the_operator_vouches_for_a_network() -> None:
    zone = Zone()
    watched(replace(typed("localhost"), allow_private=False), zone)
    assert zone.asked == ["_caldavs._tcp.localhost"]


@pytest.mark.parametrize("text", ["", "@", "two words", "  "])
def test_what_is_no_address_gets_a_sentence(text: str) -> None:
    steps, outcome = watched(typed(text))
    assert isinstance(outcome, UnknownDomain)
    assert steps[-1].detail == "This is neither an address nor a domain."


@pytest.mark.parametrize(
    "url",
    [
        *("file:///etc/passwd", "http://ada:s3cret@127.0.0.1/", "gopher://127.0.0.1/", "https://"),
        *("http://[127.0.0.1]/", "http://[::1/", "http://::1]/", "http://[v1.x]/", "http://[]/", "[127.0.0.1]"),
        *("http://127.0.0.1:99999/", "http://127.0.0.1:x/"),
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    steps, outcome = watched(typed(url))
    assert isinstance(outcome, AddressRefused)
    assert not steps[-1].ok


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_well_known_address_is_asked_first_and_its_redirect_followed(status: int) -> None:
    with staged(redirecting(dav(WORK), {"/.well-known/caldav": "/dav/"}, status=status)) as server:
        steps, outcome = watched(typed(server.url.rstrip("/")))
        assert names(outcome) == ["Work"]
        assert server.requests[0].path == "/.well-known/caldav"
        assert (steps[1].name, steps[1].detail) == (
            "well-known",
            f"A server answers at {server.url}dav/, to which another address leads.",
        )


def test_three_redirects_are_followed_and_a_fourth_is_not() -> None:
    three = {"/.well-known/caldav": "/a", "/a": "/b", "/b": "/dav/"}
    with staged(redirecting(dav(WORK), three)) as server:
        assert names(watched(typed(server.url))[1]) == ["Work"]
        assert server.requests[3].path == "/dav/"
    with staged(redirecting(dav(WORK), {**three, "/b": "/c", "/c": "/dav/"})) as server:
        steps, outcome = watched(typed(server.url))
        assert names(outcome) == ["Work"]  # by a known base path
        assert not steps[1].ok


def test_a_redirect_that_forgets_the_port_keeps_it() -> None:
    with staged(redirecting(dav(WORK), {"/.well-known/caldav": "http://127.0.0.1/dav/"})) as server:
        steps, outcome = watched(typed(server.url))
        assert names(outcome) == ["Work"]
        assert steps[1].ok


def test_a_redirect_to_another_port_of_an_allowed_host_takes_no_password_along() -> None:
    with staged(dav(WORK)) as other:
        for account in (
            typed("x"),
            replace(typed("x"), allow_private=False, allowed_networks=(AllowedNetwork("127.0.0.1"),)),
        ):
            with staged(redirecting(dav(WORK), {"/.well-known/caldav": f"{other.url}dav/"})) as server:
                steps, outcome = watched(replace(account, url=server.url))
                assert names(outcome) == ["Work"]  # the server's own, by a known base path
                assert f"127.0.0.1:{other.port}: enter its address to use it" in steps[1].detail
        assert other.requests == []


def test_a_redirect_out_of_tls_stays_inside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    with staged(redirecting(dav(WORK), {"/.well-known/caldav": "http://127.0.0.1:1/dav/"}), tls=tls) as server:
        _, outcome = watched(typed(server.url))
        assert names(outcome) == ["Work"]
        assert isinstance(outcome, Discovered)
        assert outcome.account.url.startswith("https://")


def test_a_certificate_that_is_not_valid_ends_it() -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    with staged(dav(WORK), tls=tls) as server:
        _, outcome = watched(typed(server.url))
        assert isinstance(outcome, CertificateInvalid)
        assert server.connections == 1


@pytest.mark.parametrize(
    "location", ["https://example.org/dav/", "file:///etc/passwd", "//example.org/", "http://[::1", ""]
)
def test_a_redirect_to_anybody_else_is_not_followed(location: str) -> None:
    with staged(redirecting(dav(WORK), {"/.well-known/caldav": location})) as server:
        steps, outcome = watched(typed(server.url))
        assert names(outcome) == ["Work"]
        assert not steps[1].ok


@pytest.mark.parametrize("path", ["/remote.php/dav/", "/SOGo/dav/", "/caldav.php/", "/dav.php/", "/dav/", "/caldav/"])
def test_known_base_paths_are_tried_last(path: str) -> None:
    with staged(
        dav(answer_for(f"{path}cal/work/", CALENDAR, "<d:displayname>Work</d:displayname>"), base=path)
    ) as server:
        assert names(watched(typed(server.url))[1]) == ["Work"]


def test_a_path_that_was_typed_is_asked_before_the_well_known_one() -> None:
    with staged(redirecting(dav(WORK), {"/.well-known/caldav": "/other/"})) as server:
        assert names(watched(typed(f"{server.url}dav/"))[1]) == ["Work"]
        assert server.requests[0].path == "/dav/"


@pytest.mark.parametrize("answer", [HTML, http(404), http(405), http(403), http(501), http(200), http(204)])
def test_what_is_no_calendar_server_gets_a_sentence_and_not_an_empty_list(answer: bytes) -> None:
    with staged(always(answer)) as server:
        steps, outcome = watched(typed(server.url))
        assert isinstance(outcome, NotDav)
        assert "not a calendar server" in explain(outcome).sentence
        assert len(server.requests) == 8
    assert not any(step.ok for step in steps[1:])


def test_a_domain_without_a_calendar_server_is_told_apart_from_an_address() -> None:
    with staged(always(HTML)) as server:
        zone = Zone(srv={"_caldav._tcp.localhost": [Service(0, 1, "localhost", server.port)]})
        assert isinstance(watched(typed("ada@localhost"), zone)[1], UnknownDomain)


def test_a_wrong_password_is_tried_once() -> None:
    with staged(always(http(401, headers={"WWW-Authenticate": 'Basic realm="x"'}))) as server:
        assert isinstance(watched(typed(server.url))[1], Refused)
        assert len(server.requests) == 1


def test_a_server_that_does_not_answer_is_asked_once() -> None:
    steps, outcome = watched(typed(f"http://127.0.0.1:{free_port()}/"))
    assert isinstance(outcome, Unavailable)
    assert [step.name for step in steps] == ["address", "well-known"]


def test_a_server_that_takes_no_notice_of_who_asks_is_refused() -> None:
    nobody = "<d:current-user-principal><d:unauthenticated/></d:current-user-principal>"
    with staged(dav(WORK, base="/", principal=nobody)) as server:
        assert isinstance(watched(typed(server.url))[1], Refused)


@pytest.mark.parametrize("classes", ["", "1, 2, addressbook"])
def test_a_server_of_files_or_contacts_is_no_calendar_server(classes: str) -> None:
    with staged(dav(WORK, classes=classes)) as server:
        steps, outcome = watched(typed(server.url))
        assert isinstance(outcome, NotDav)
        assert (steps[-1].name, steps[-1].ok) == ("dav", False)


@pytest.mark.parametrize(
    "calendars", [(), (answer_for("/dav/cal/tasks/", CALENDAR, TASKS),), (answer_for("/dav/cal/x/", PLAIN),)]
)
def test_an_account_without_a_calendar_for_events_is_told_so(calendars: tuple[str, ...]) -> None:
    with staged(dav(*calendars)) as server:
        steps, outcome = watched(typed(server.url))
        assert isinstance(outcome, NoCalendar)
        assert steps[-1].detail == "The account has no calendar for events yet: make one there first."


def test_what_is_known_of_a_calendar_is_kept() -> None:
    color = '<i:calendar-color xmlns:i="http://apple.com/ns/ical/">#ff0000ff</i:calendar-color>'
    shared = answer_for("/dav/cal/shared%20one/", CALENDAR, EVENTS, READ_ONLY, color)
    with staged(dav(shared)) as server:
        _, outcome = watched(typed(server.url))
        assert isinstance(outcome, Discovered)
        (calendar,) = outcome.calendars
    assert (calendar.name, calendar.writable, calendar.color) == ("shared one", False, "#ff0000ff")
    assert calendar.components == {"VEVENT"}
    assert calendar.url.endswith("/dav/cal/shared%20one/")


def test_a_server_that_wants_digest_is_found() -> None:
    with staged(digest(dav(WORK))) as server:
        assert names(watched(typed(server.url))[1]) == ["Work"]

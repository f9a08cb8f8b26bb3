"""Setting up from a file: what it says is what is stored, however often it is applied, and what is wrong is said at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_service.actions.calendar import accounts
from booking_service.actions.setup.file import apply, lines
from booking_service.actions.setup.file.apply import Applied
from booking_service.actions.setup.file.read import SetupRefused, parse
from booking_service.actions.setup.file.tables import NIL
from booking_service.actions.setup.file.write import differences, host_tree, meeting_tree, organisation_tree, to_toml
from booking_service.actions.setup.names import RESERVED, RESERVED_FOR_LINKS
from booking_service.clock import Clock
from booking_service.config.settings import Settings
from booking_service.crypto import keys
from booking_service.domain.availability import DateOverride, Span, WorkingHours, parse_spans, zone_of
from booking_service.domain.interval import Interval
from booking_service.domain.localized_text import InLanguages
from booking_service.domain.meeting import Approval, DoubleOptIn, HoldPolicy, MeetingType, Place
from booking_service.domain.people import Host, Organisation
from booking_service.domain.purposes import ConsentRules
from booking_service.domain.questions import WITH_OPTIONS, OnlyAfter, Question, QuestionKind
from booking_service.domain.roles import SecondFactor
from booking_service.domain.slots import Horizon, HostLimits, SlotRules
from booking_service.domain.text import one_line, several_lines
from booking_service.pools import HostPools
from booking_service.runtime import Runtime
from booking_service.storage import calendars, hosts, meetings, migrations, purposes
from booking_service.storage.engine import open_engine, snapshot, transaction
from calendars.memory import MemoryCalendar
from tests.servers import Server
from tests.world import SECRET, KeptMails

NOW = datetime(2030, 1, 7, 8, tzinfo=UTC)
EXAMPLE = Path(__file__).parents[2] / "docs" / "setup.example.toml"
HOST = """
[hosts.ada]
name = "Ada Lovelace"
email = "ada@example.org"
zone = "Europe/Berlin"
"""
MEETING = """
[hosts.ada.meetings.intro]
title = "Intro"
duration = "30 min"
"""
ASKED = """
[[hosts.ada.meetings.intro.questions]]
key = "kind"
label = "Of what kind?"
kind = "choice"
options = ["Other"]
[[hosts.ada.meetings.intro.questions]]
key = "which"
label = "Which?"
only_after = { question = "kind", answer = "Other" }
"""
ACCOUNT = """
[hosts.ada.accounts.work]
url = "https://dav.example.org/"
username = "ada"
password_env = "ADA"
[[hosts.ada.accounts.work.calendars]]
url = "https://dav.example.org/ada/personal/"
[[hosts.ada.accounts.work.calendars]]
url = "https://dav.example.org/ada/bookings/"
name = "Bookings"
target = true
"""


@contextmanager
def runtime(folder: Path, **calendar: object) -> Iterator[Runtime]:
    """An empty database and no worker."""
    url = f"sqlite:///{folder}/booking.db"
    chosen = Settings(base_url="http://localhost:8000", data_dir=folder, database_url=url, calendar=calendar)
    engine, pools, memory = open_engine(url), HostPools(), MemoryCalendar()
    migrations.upgrade(engine)
    try:
        yield Runtime(
            engine=engine,
            clock=Clock(),
            ring=keys.ring_of(SECRET, source="test"),
            settings=chosen,
            transport=KeptMails(),
            open_calendar=lambda _account, _url: memory,
            pools=pools,
        )
    finally:
        pools.close()
        engine.dispose()


@pytest.fixture
def rt(tmp_path: Path) -> Iterator[Runtime]:
    with runtime(tmp_path) as opened:
        yield opened


def applied(rt: Runtime, text: str, *, env: dict[str, str] | None = None, dry_run: bool = False) -> Applied:
    file = parse(text, env={"ADA": "s3cret"} if env is None else env, folder=Path("/nowhere"))
    return apply.apply(rt, file, by="a test", now=NOW, dry_run=dry_run)


def problems(text: str, *, folder: Path = Path("/nowhere")) -> list[str]:
    with pytest.raises(SetupRefused) as refused:
        parse(text, env={}, folder=folder)
    return list(refused.value.problems)


def changed(outcome: Applied) -> dict[str, tuple[str | None, str | None]]:
    return {change.key: (change.before, change.after) for change in outcome.changes}


def test_what_the_file_says_is_stored(rt: Runtime) -> None:
    applied(rt, HOST + MEETING + ACCOUNT)
    with snapshot(rt.engine) as session:
        ada = hosts.by_slug(session, "ada")
        assert ada is not None
        assert (ada.name, ada.zone.key, ada.hours.weekly[0]) == ("Ada Lovelace", "Europe/Berlin", parse_spans("9-17"))
        (intro,) = meetings.of_host(session, ada.id)
        assert intro.rules.increment == timedelta(minutes=30)
        assert intro.rules.notice == timedelta(hours=4)
        assert intro.rules.horizon == Horizon(days=60)
        assert {(c.name, c.conflicts, c.target) for c in calendars.of_host(session, ada.id)} == {
            ("personal", True, False),
            ("Bookings", True, True),
        }
        (account,) = calendars.accounts(session, ada.id)
    assert accounts.stored_password(rt, account) == "s3cret"


def test_applying_again_changes_nothing(rt: Runtime) -> None:
    applied(rt, HOST + MEETING + ACCOUNT)
    before = rows(rt)
    assert applied(rt, HOST + MEETING + ACCOUNT).changes == ()
    assert rows(rt) == before


def test_a_dry_run_says_the_difference_and_makes_none(rt: Runtime) -> None:
    applied(rt, HOST + MEETING + ACCOUNT)
    before = rows(rt)
    text = HOST.replace("Ada Lovelace", "Ada King") + "per_day = 3\n" + MEETING.replace("30 min", "45 min") + ACCOUNT
    outcome = applied(rt, text, env={"ADA": "another"}, dry_run=True)
    assert changed(outcome) == {
        "hosts.ada.name": ("Ada Lovelace", "Ada King"),
        "hosts.ada.per_day": (None, "3"),
        "hosts.ada.meetings.intro.duration": ("30 min", "45 min"),
        "hosts.ada.meetings.intro.increment": ("30 min", "45 min"),
        "hosts.ada.accounts.work.password": ("••••", "•••• (another one)"),
    }
    assert rows(rt) == before


def test_a_key_that_is_left_out_means_its_default(rt: Runtime) -> None:
    applied(rt, HOST + "per_day = 3\nlisted = false\n")
    assert changed(applied(rt, HOST)) == {
        "hosts.ada.per_day": ("3", None),
        "hosts.ada.listed": ("false", "true"),
    }


def test_a_text_may_be_one_for_each_language(rt: Runtime) -> None:
    applied(rt, HOST + MEETING)
    english, german = "A first\ntalk", "Ein erstes\nGespräch"
    written = f'title = {{ de = "Beratung", en = "Intro" }}\ndescription.en = """{english}"""\n'
    written += f'description.de = """{german}"""\n'
    text = HOST + MEETING.replace('title = "Intro"\n', written)
    assert changed(applied(rt, text)) == {
        "hosts.ada.meetings.intro.title": ("Intro", None),
        "hosts.ada.meetings.intro.title.de": (None, "Beratung"),
        "hosts.ada.meetings.intro.title.en": (None, "Intro"),
        "hosts.ada.meetings.intro.description.en": (None, english),
        "hosts.ada.meetings.intro.description.de": (None, german),
    }
    with snapshot(rt.engine) as session:
        (intro,) = meetings.of_host(session, ids(rt)[0])
    assert intro.title == InLanguages((("de", "Beratung"), ("en", "Intro")))
    assert 'title = {de = "Beratung", en = "Intro"}' in apply.export(rt)


def test_what_is_not_mentioned_stays_and_is_named(rt: Runtime) -> None:
    applied(rt, HOST + MEETING + MEETING.replace("intro", "quick") + ACCOUNT)
    bob = HOST.replace("hosts.ada", "hosts.bob")
    outcome = applied(rt, bob + HOST + MEETING)
    assert outcome.left_alone == ("hosts.ada.meetings.quick", "hosts.ada.accounts.work")
    assert applied(rt, bob).left_alone == ("hosts.ada",)
    one = ACCOUNT.partition("[[")[0] + '[[hosts.ada.accounts.work.calendars]]\nname = "Bookings"\ntarget = true\n'
    assert applied(rt, HOST + MEETING + one).left_alone == (
        "hosts.ada.meetings.quick",
        "hosts.ada.accounts.work: the calendar personal",
        "hosts.bob",
    )
    with snapshot(rt.engine) as session:
        assert [each.slug for each in hosts.every(session)] == ["ada", "bob"]


def test_hosts_of_one_name_or_who_write_to_one_calendar_are_named(rt: Runtime) -> None:
    setup = HOST + MEETING + ACCOUNT
    assert applied(rt, setup).remarks == ()
    again = setup.replace("hosts.ada", "hosts.countess").replace("Ada Lovelace", "ada lovelace")
    said = (
        "ada and countess have the same name, so people can't tell them apart",
        "ada and countess write to the same calendar, so a booking with one of them makes the others busy",
    )
    assert applied(rt, again).remarks == said
    assert applied(rt, setup + again).remarks == said
    away = again.replace('zone = "Europe/Berlin"', 'zone = "Europe/Berlin"\nactive = false')
    assert applied(rt, away).remarks == ()


def test_meeting_types_stand_in_the_order_of_the_file(rt: Runtime) -> None:
    quick = MEETING.replace("intro", "quick")
    applied(rt, HOST + quick + MEETING)
    assert changed(applied(rt, HOST + MEETING + quick)) == {
        "hosts.ada.meetings (order)": ("quick, intro", "intro, quick")
    }
    with snapshot(rt.engine) as session:
        ada = hosts.by_slug(session, "ada")
        assert ada is not None
        assert [each.slug for each in meetings.of_host(session, ada.id)] == ["intro", "quick"]


def test_ids_survive_so_that_bookings_keep_their_meeting_type(rt: Runtime) -> None:
    applied(rt, HOST + MEETING + ACCOUNT)
    before = ids(rt)
    applied(
        rt, HOST.replace("Ada Lovelace", "A") + MEETING.replace('"Intro"', '"B"') + ACCOUNT.replace("Bookings", "C")
    )
    assert ids(rt) == before


def test_changed_calendars_are_pulled_soon_and_known_ones_keep_what_pulls_found(rt: Runtime) -> None:
    applied(rt, HOST + ACCOUNT)
    with transaction(rt.engine) as session:
        (first, second) = calendars.every(session)
        calendars.save(session, replace(first, capabilities={"sync": True}))
        for each in (first, second):
            calendars.pull_next(session, each.id, at=NOW + timedelta(days=1))
    applied(rt, HOST + ACCOUNT)
    with snapshot(rt.engine) as session:
        assert calendars.pulls_due(session, now=NOW) == 0
    applied(rt, HOST + ACCOUNT.replace('personal/"', 'personal/"\nconflicts = false'))
    with snapshot(rt.engine) as session:
        assert calendars.pulls_due(session, now=NOW) == 1
        assert calendars.get(session, first.id).capabilities == {"sync": True}


def test_another_zone_or_address_has_the_hosts_calendars_read_anew(rt: Runtime) -> None:
    """All-day events and invitations declined mean something else then."""
    applied(rt, HOST + ACCOUNT)
    with transaction(rt.engine) as session:
        ada = hosts.by_slug(session, "ada")
        assert ada is not None
        for each in calendars.every(session):
            assert calendars.advance(session, each, token="t", window=Interval(NOW, NOW + timedelta(days=60)), now=NOW)
    applied(rt, HOST.replace("Berlin", "Lisbon") + ACCOUNT)
    with snapshot(rt.engine) as session:
        assert [(each.window, each.pulled_at) for each in calendars.every(session)] == [(None, None), (None, None)]
        assert calendars.pulls_due(session, now=NOW) == 2


def test_a_new_account_needs_its_password(rt: Runtime) -> None:
    with pytest.raises(SetupRefused) as refused:
        applied(rt, HOST + ACCOUNT, env={})
    assert refused.value.problems == (
        "line 7: hosts.ada.accounts.work: the variable ADA is not set; write password_file or password_env",
    )
    with snapshot(rt.engine) as session:
        assert hosts.every(session) == []


def test_a_stored_password_stays_where_its_variable_is_not_set(rt: Runtime) -> None:
    applied(rt, HOST + ACCOUNT)
    outcome = applied(rt, HOST + ACCOUNT, env={})
    assert outcome.changes == ()
    assert "the stored password stays" in outcome.remarks[0]


@pytest.mark.parametrize(
    "changes", [("https://dav.example.org/", "https://evil.example.com/"), ('username = "ada"', 'username = "eve"')]
)
def test_a_stored_password_never_goes_to_another_server_or_user(rt: Runtime, changes: tuple[str, str]) -> None:
    applied(rt, HOST + ACCOUNT)
    with pytest.raises(SetupRefused) as refused:
        applied(rt, HOST + ACCOUNT.replace(*changes), env={})
    assert "needs its password again" in refused.value.problems[0]


def test_an_account_may_have_no_user_name(rt: Runtime) -> None:
    """Some servers sign in by token alone."""
    applied(rt, HOST + ACCOUNT.replace('username = "ada"', 'auth = "bearer"'))
    assert applied(rt, apply.export(rt), env={}).changes == ()


def test_a_password_comes_from_a_file_beside_the_setup_file(rt: Runtime, tmp_path: Path) -> None:
    (tmp_path / "ada.txt").write_text("päss\n", "utf-8")
    text = HOST + ACCOUNT.replace('password_env = "ADA"', 'password_file = "ada.txt"')
    apply.apply(rt, parse(text, env={}, folder=tmp_path), by="a test", now=NOW)
    with snapshot(rt.engine) as session:
        (account,) = calendars.accounts(session)
    assert accounts.stored_password(rt, account) == "päss"
    assert problems(text)[0].startswith(
        "line 10: hosts.ada.accounts.work.password_file: /nowhere/ada.txt can't be read"
    )


def test_a_password_in_the_file_is_refused_and_not_repeated() -> None:
    (problem,) = problems(HOST + ACCOUNT.replace('password_env = "ADA"', 'password = "hunter2"'))
    assert problem.startswith("line 10: hosts.ada.accounts.work.password: a password does not belong in this file")
    assert "hunter2" not in problem


@pytest.mark.parametrize("url", ["https://dav.example.org/", "https://dav.example.org/ada/personal/"])
@pytest.mark.parametrize("who", ["ada:hunter2@", "hunter2@", ":hunter2@"])
def test_a_password_in_an_address_is_refused_and_not_repeated(url: str, who: str) -> None:
    found = problems(HOST + ACCOUNT.replace(f'"{url}"', f'"{url.replace("://", f"://{who}")}"'))
    assert any("into `username` and `password_file`" in each for each in found)
    assert "hunter2" not in " ".join(found)


@pytest.mark.parametrize(
    "host", ["[127.0.0.1]", "[::1", "[]", "]", "a:99999", "a:b", "a:-1", "a b", "\u2100", "a\u202eb"]
)
def test_an_address_that_is_none_is_refused_in_words(host: str) -> None:
    for url in ("https://dav.example.org/", "https://dav.example.org/ada/personal/"):
        found = problems(HOST + ACCOUNT.replace(f'"{url}"', f'"{url.replace("dav.example.org", host)}"'))
        assert any("this is not an address that can be used" in each for each in found)
    (nameless,) = problems(HOST + ACCOUNT.replace('"https://dav.example.org/"', '"https:///x"'))
    assert nameless.endswith("the address names no server")


def test_a_file_that_is_all_brackets_is_no_toml() -> None:
    (problem,) = problems("a = " + "[" * 5_000)
    assert problem == "this is not TOML: it is nested too deeply"


def test_no_password_is_exported_or_shown(rt: Runtime) -> None:
    outcome = applied(rt, HOST + ACCOUNT)
    assert "s3cret" not in repr(outcome) + apply.export(rt) + repr(
        parse(HOST + ACCOUNT, env={"ADA": "s3cret"}, folder=Path())
    )


def test_everything_that_is_wrong_is_said_at_once_with_line_and_key() -> None:
    text = """
[organisation]
name = "X"
imprnt = "y"
default_language = "fr"

[hosts.ada]
name = ""
email = "z"
zone = "Berlin"
[hosts.ada.hours]
monday = "9-12, 11-13"
[[hosts.ada.overrides]]
first_on = 2026-01-01
[[hosts.ada.overrides]]
first_on = 2026-01-05
last_on = 2026-01-01
[hosts.ada.meetings.intro]
duration = "30 mins"
per_day = true
remind_before = [
  "24 h",
  "soon",
]
[[hosts.ada.meetings.intro.questions]]
key = "a b"
label = "?"
"""
    said = problems(text)
    assert [each.partition(": ")[0] + ": " + each.split(": ")[1] for each in said] == [
        "line 4: organisation.imprnt",
        "line 5: organisation.default_language",
        "line 8: hosts.ada.name",
        "line 9: hosts.ada.email",
        "line 10: hosts.ada.zone",
        "line 12: hosts.ada.hours.monday",
        "line 15: hosts.ada.overrides[2]",
        "line 18: hosts.ada.meetings.intro.title",
        "line 19: hosts.ada.meetings.intro.duration",
        "line 20: hosts.ada.meetings.intro.per_day",
        "line 21: hosts.ada.meetings.intro.remind_before[2]",
        "line 26: hosts.ada.meetings.intro.questions[1].key",
    ]
    assert said[0].endswith("there is no such key; did you mean imprint?")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[host]\n", "line 1: host: there is no such key; did you mean hosts?"),
        ("x = \n", "this is not TOML: Invalid value (at line 1, column 5)"),
        (
            HOST + MEETING + ASKED.replace('options = ["Other"]', ""),
            "line 11: hosts.ada.meetings.intro.questions[1]: kind: options belong to a choice or to several, and these need them",
        ),
        (
            HOST + MEETING + ASKED.replace('answer = "Other"', 'answer = "Else"'),
            "line 7: hosts.ada.meetings.intro: which follows an answer that can't be given to kind",
        ),
        (
            HOST + MEETING + ASKED.replace('question = "kind"', 'question = "kin"'),
            "line 7: hosts.ada.meetings.intro: which follows the question kin, which is not there",
        ),
        (
            HOST + MEETING + ASKED.replace('question = "kind"', 'question = "which"'),
            "line 7: hosts.ada.meetings.intro: which follows itself",
        ),
        (HOST + HOST, "line 7: hosts.ada appears twice"),
        (HOST + "zone = 'UTC'\n", "line 6: this key appears twice"),
        (HOST + MEETING + "notice = '400 days'\n", "line 7: hosts.ada.meetings.intro: The notice is at most a year."),
        (
            HOST + MEETING + "hold_lifetime = '1 min'\n",
            "line 7: hosts.ada.meetings.intro: a hold lasts between 5 minutes and 72 hours",
        ),
        (HOST + MEETING.replace("intro", "In tro").replace("In tro", "'In tro'", 1), None),
        (
            HOST + ACCOUNT.replace("https://dav.example.org/ada/p", "https://other.example.org/ada/p"),
            "line 12: hosts.ada.accounts.work.calendars[1].url: the calendar is on another server than its account: a password is sent to one server only",
        ),
        (
            HOST + ACCOUNT.replace('/bookings/"', '/personal/"'),
            "line 7: hosts.ada.accounts.work: the calendar 'https://dav.example.org/ada/personal/' appears twice",
        ),
        (
            HOST + ACCOUNT.replace('personal/"', 'personal/"\ntarget = true'),
            "line 2: hosts.ada: bookings are written to one calendar: only one may have target = true",
        ),
        (HOST + ACCOUNT.replace('url = "https://dav.example.org/"', 'url = "ada@example.org"'), None),
        (
            HOST + MEETING.replace('"Intro"', '{ en = "Intro", fr = "Intro" }'),
            "line 8: hosts.ada.meetings.intro.title: fr is not a language of this service; there are en, de, nl",
        ),
        (
            HOST + MEETING.replace('"Intro"', '{ en = "Intro", de = "" }'),
            "line 8: hosts.ada.meetings.intro.title: de: write the text in this language, or leave the language out",
        ),
        (
            HOST + MEETING + "description = 3\n",
            'line 10: hosts.ada.meetings.intro.description: write a text, or one for each language: { en = "…", de = "…" }',
        ),
    ],
)
def test_a_mistake_has_its_sentence(text: str, said: str | None) -> None:
    found = problems(text)
    assert len(found) == 1 or said is None
    assert said is None or found == [said]


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_a_host_may_not_have_the_name_of_a_page(name: str) -> None:
    (problem,) = problems(HOST.replace("hosts.ada", f"hosts.'{name}'"))
    assert f"{name!r} is reserved" in problem


def test_a_second_target_that_stands_outside_of_the_file_is_not_passed_over(rt: Runtime) -> None:
    applied(rt, HOST + ACCOUNT)
    other = ACCOUNT.replace("accounts.work", "accounts.home").replace('"Bookings"', '"Other"')
    with pytest.raises(SetupRefused) as refused:
        applied(rt, HOST + other)
    assert "Bookings and Other would be targets" in refused.value.problems[0]


@pytest.mark.server
def test_calendars_are_found_by_their_names_at_the_server(tmp_path: Path, radicale_server: Server) -> None:
    radicale_server.new_calendar("setup-a")
    radicale_server.new_calendar("setup-b")
    text = (
        HOST
        + f"""
[hosts.ada.accounts.work]
url = "{radicale_server.url}"
username = "{radicale_server.user}"
password_env = "ADA"
[[hosts.ada.accounts.work.calendars]]
name = "setup-a"
[[hosts.ada.accounts.work.calendars]]
name = "setup-b"
target = true
"""
    )
    with runtime(tmp_path, allow_private=True) as rt:
        applied(rt, text, env={"ADA": radicale_server.password})
        with snapshot(rt.engine) as session:
            assert [each.url for each in calendars.every(session)] == [
                f"{radicale_server.home}setup-a/",
                f"{radicale_server.home}setup-b/",
            ]
        with pytest.raises(SetupRefused, match=r"no calendar is called 'setup-z'; there are: .*setup-a, setup-b"):
            applied(rt, text.replace("setup-a", "setup-z"), env={"ADA": radicale_server.password})
        with pytest.raises(SetupRefused, match="does not accept the user name or password"):
            applied(rt, text.replace("setup-a", "setup-z"), env={"ADA": "wrong"})
    with runtime(tmp_path) as unconnected:  # which may not go to the loopback address
        assert applied(unconnected, text, env={}).changes == ()


def test_the_example_of_the_documentation_can_be_applied(rt: Runtime, tmp_path: Path) -> None:
    (tmp_path / "ada-calendar-password").write_text("s3cret\n")
    text = EXAMPLE.read_text("utf-8")
    for name in ("Personal", "Bookings"):  # no server to ask in this test
        text = text.replace(f'name = "{name}" ', f'url = "https://cloud.example.org/{name}/" ')
        text = text.replace(f'name = "{name}"\n', f'url = "https://cloud.example.org/{name}/"\n')
    apply.apply(rt, parse(text, env={}, folder=tmp_path), by="a test", now=NOW)
    assert applied(rt, apply.export(rt), env={}).changes == ()


@pytest.mark.capability("S2-02", "S3-08")
def test_purposes_and_their_texts_come_from_the_file_and_a_changed_text_is_a_new_version(rt: Runtime) -> None:
    text = """
[organisation]
name = "Engines"
[consents]
opt_in = false
accepts = "user"
question_lasts = "9 days"
[purposes.newsletter]
kind = "email"
lasts = "730 days"
[[purposes.newsletter.conditions]]
field = "country"
values = ["DE", "AT"]
[purposes.newsletter.wording.en]
box = "Send me the newsletter."
"""
    found = {change.key: change.after for change in applied(rt, text, env={}).changes}
    assert found["purposes.newsletter.wording.en.box"] == "Send me the newsletter."
    assert (found["consents.accepts"], found["consents.question_lasts"]) == ("user", "9 days")
    assert applied(rt, text, env={}).changes == ()
    assert applied(rt, apply.export(rt), env={}).changes == ()
    changed = applied(rt, text.replace("the newsletter", "your letters"), env={}).changes
    assert [change.key for change in changed] == ["purposes.newsletter.wording.en.box"]
    with snapshot(rt.engine) as session:
        kept = [wording for _, wording in purposes.every_wording(session)]
        newsletter = purposes.find(session, "newsletter")
        assert not purposes.rules(session).opt_in
    assert sorted(wording.version for wording in kept) == [1, 2]
    assert newsletter is not None
    assert not newsletter.asks_by_mail(ConsentRules(opt_in=False))
    with pytest.raises(SetupRefused, match=r"purposes\.newsletter\.kind: it is email for good"):
        applied(rt, text.replace('"email"', '"phone"'), env={})
    with pytest.raises(SetupRefused, match=r"line 7: consents\.question_lasts: write whole days, like `12 days`"):
        applied(rt, text.replace("9 days", "90 min"), env={})


def test_lines_are_those_of_the_text() -> None:
    text = '# x\n[a]\nb = """\n[c]\nd = 1\n"""\ne = [\n  1, # ]\n  { f = 2 },\n]\n[[a.g]]\nh = 1\n[[a.g]]\n[a.g.i]\nj.k = 1\n'
    found = lines.lines_of(text)
    assert found == {
        ("a",): 2,
        ("a", "b"): 3,
        ("a", "e"): 7,
        ("a", "e", 0): 7,
        ("a", "e", 1): 7,
        ("a", "e", 1, "f"): 7,
        ("a", "g", 0): 11,
        ("a", "g", 0, "h"): 12,
        ("a", "g", 1): 13,
        ("a", "g", 1, "i"): 14,
        ("a", "g", 1, "i", "j"): 15,
        ("a", "g", 1, "i", "j", "k"): 15,
    }
    assert lines.line_of(found, ("a", "g", 1, "nothing")) == 13


# What is exported is read back to the same values, whatever they are.

LINES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).map(one_line)
TITLES = LINES.filter(bool)
TEXTS = st.lists(st.one_of(LINES, st.sampled_from(['"""', "\\", "'''", "a = 1", "[x]", "# y"])), max_size=4).map(
    lambda parts: several_lines("\n".join(parts))
)
NAMES = st.from_regex(r"[a-z0-9](-?[a-z0-9]){0,8}", fullmatch=True).filter(
    lambda name: name not in RESERVED | RESERVED_FOR_LINKS
)
SECONDS = st.integers(0, 100_000).map(lambda seconds: timedelta(seconds=seconds))
MINUTES = st.integers(1, 1440).map(lambda minutes: timedelta(minutes=minutes))
BUFFERS = st.integers(0, 1440).map(lambda minutes: timedelta(minutes=minutes))
LIMITS = st.none() | st.integers(1, 50)
DAYS = st.dates(date(2025, 1, 1), date(2035, 1, 1))


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ...]:
    marks = sorted(draw(st.sets(st.integers(0, 24 * 60), max_size=6)))
    pairs = zip(marks[::2], marks[1::2], strict=False)
    return parse_spans(", ".join(f"{a // 60}:{a % 60:02d}-{b // 60}:{b % 60:02d}" for a, b in pairs))


def host_texts(written: st.SearchStrategy[str]) -> st.SearchStrategy[str | InLanguages]:
    """Written once for all readers, or in languages in any order."""
    in_one = st.tuples(st.sampled_from(["en", "de", "nl"]), written.filter(bool))
    several = st.lists(in_one, min_size=1, max_size=3, unique_by=lambda version: version[0])
    return written | several.map(lambda versions: InLanguages(tuple(versions)))


WEEKS = st.tuples(*[spans()] * 7).map(WorkingHours)
HORIZONS = st.one_of(
    st.builds(Horizon, days=st.integers(0, 3660), last_on=st.none() | DAYS), st.builds(Horizon, last_on=DAYS)
)
RULES = st.builds(
    SlotRules,
    duration=MINUTES,
    increment=MINUTES,
    buffer_before=BUFFERS,
    buffer_after=BUFFERS,
    notice=SECONDS,
    horizon=HORIZONS,
    per_day=LIMITS,
    per_week=LIMITS,
)


def follow_ups(questions: list[Question]) -> list[Question]:
    """One that follows the first that can decide anything."""
    decide = [each for each in questions if each.kind is QuestionKind.TICK or each.options]
    answers = ((each.key, each.values("en")[0] if each.options else "yes") for each in decide[:1])
    return [Question("a-question-that-follows", "Why?", only_after=OnlyAfter(key, answer)) for key, answer in answers]


def read_differently(options: list[str | InLanguages]) -> bool:
    texts = [{each} if isinstance(each, str) else {text for _, text in each.versions} for each in options]
    return len(set().union(*texts)) == sum(map(len, texts))


QUESTIONS = st.lists(
    st.one_of(
        st.builds(
            Question,
            key=NAMES,
            label=host_texts(TITLES),
            kind=st.sampled_from(sorted(set(QuestionKind) - WITH_OPTIONS)),
            required=st.booleans(),
            sensitive=st.booleans(),
        ),
        st.builds(
            Question,
            key=NAMES,
            label=host_texts(TITLES),
            kind=st.sampled_from(sorted(WITH_OPTIONS)),
            required=st.booleans(),
            options=st.lists(host_texts(TITLES), min_size=1, max_size=3).filter(read_differently).map(tuple),
        ),
    ),
    max_size=3,
    unique_by=lambda q: q.key,
).map(lambda questions: [*questions, *follow_ups(questions)])
MEETINGS = st.builds(
    MeetingType,
    id=st.just(NIL),
    host_id=st.just(NIL),
    slug=NAMES,
    title=host_texts(TITLES | st.just('{"en": "x"}')),
    description=host_texts(TEXTS),
    rules=RULES,
    hours=st.none() | WEEKS,
    hold_lifetime=st.integers(300, 259_200).map(lambda s: timedelta(seconds=s)),
    doi=st.sampled_from(DoubleOptIn),
    approval=st.sampled_from(Approval),
    approval_lifetime=SECONDS,
    hold_policy=st.sampled_from(HoldPolicy),
    tell_of_holds=st.booleans(),
    calendar_wins=st.booleans(),
    place=st.sampled_from(Place),
    location=LINES.filter(lambda line: not set("{}") & set(line)) | st.just("https://meet.example.org/{room}"),
    questions=QUESTIONS.map(tuple),
    guests_at_most=st.integers(0, 10),
    change_until=SECONDS,
    moves_at_most=st.integers(0, 9),
    remind_before=st.lists(SECONDS, max_size=3).map(tuple),
    alarm_before=st.none() | SECONDS,
    listed=st.booleans(),
    active=st.booleans(),
)
OVERRIDES = st.builds(
    lambda first, days, spans: DateOverride(first, first + timedelta(days=days), spans),
    DAYS,
    st.integers(0, 9),
    spans(),
)
HOSTS = st.builds(
    Host,
    id=st.just(NIL),
    slug=NAMES,
    name=TITLES,
    email=st.just("ada@example.org"),
    zone=st.sampled_from(["Europe/Berlin", "Asia/Kathmandu", "UTC"]).map(zone_of),
    language=st.sampled_from(["en", "de"]),
    hours=WEEKS,
    overrides=st.lists(OVERRIDES, max_size=3).map(tuple),
    limits=st.builds(HostLimits, per_day=LIMITS, per_week=LIMITS),
    listed=st.booleans(),
    active=st.booleans(),
    accent=st.sampled_from(["", "#0b5a4a", "#ffcc00"]),
    welcome=host_texts(TEXTS),
)
ORGANISATIONS = st.builds(
    Organisation,
    name=TITLES,
    imprint=host_texts(TEXTS),
    privacy=host_texts(TEXTS),
    contact=LINES,
    accent=st.sampled_from(["", "#0b5a4a", "#ffcc00"]),
    languages=st.permutations(["en", "de", "nl"]).map(tuple),
    default_language=st.sampled_from(["en", "de", "nl"]),
    doi_forced=st.booleans(),
    retain_days=st.none() | st.integers(0, 3650),
    audit_days=st.integers(30, 3650),
    second_factor=st.lists(st.sampled_from(SecondFactor), unique=True).map(tuple),
)


def test_of_two_conditions_on_one_field_each_is_on_record() -> None:
    def tree(*values: str) -> dict[str, object]:
        return {"purposes": {"news": {"conditions": [{"field": "role", "values": [each]} for each in values]}}}

    key = "purposes.news.conditions[role{}].values"
    assert list(differences(tree("guest", "host"), tree("staff", "host"))) == [(key.format(""), "guest", "staff")]
    assert list(differences(tree("guest", "host"), tree("guest", "staff"))) == [(key.format(" 2"), "host", "staff")]
    assert [*differences(tree("guest"), tree("guest", "host"))][-1] == (key.format(" 2"), None, "host")


@settings(max_examples=40, deadline=None)
@given(ORGANISATIONS, HOSTS, st.lists(MEETINGS, max_size=2, unique_by=lambda meeting: meeting.slug))
def test_what_is_written_reads_back_the_same(
    organisation: Organisation, host: Host, offered: list[MeetingType]
) -> None:
    tree = {
        "organisation": organisation_tree(organisation),
        "hosts": {host.slug: {**host_tree(host), "meetings": {each.slug: meeting_tree(each) for each in offered}}},
    }
    read = parse(to_toml(tree), env={}, folder=Path("/nowhere"))
    assert read.organisation == organisation
    assert read.hosts[0].host == host
    assert list(read.hosts[0].meetings) == offered


@settings(max_examples=8, deadline=None)
@given(ORGANISATIONS, HOSTS, st.lists(MEETINGS, max_size=2, unique_by=lambda meeting: meeting.slug), st.data())
def test_applying_an_export_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    organisation: Organisation,
    host: Host,
    offered: list[MeetingType],
    data: st.DataObject,
) -> None:
    with runtime(tmp_path_factory.mktemp("setup")) as rt:
        with transaction(rt.engine) as session:
            hosts.save_organisation(session, organisation)
            hosts.save(session, replace(host, id=UUID(int=1)))
            session.flush()
            for at, each in enumerate(offered):
                meetings.save(session, replace(each, id=UUID(int=10 + at), host_id=UUID(int=1)), position=at)
            account = calendars.Account(
                id=UUID(int=2),
                host_id=UUID(int=1),
                key=data.draw(NAMES),
                url="https://dav.example.org/",
                username=data.draw(LINES),
                password=keys.seal(rt.ring, b"x", context="other"),
            )
            calendars.save_account(session, account)
            for at in range(data.draw(st.integers(0, 2))):
                calendar = calendars.Connected(
                    id=UUID(int=20 + at),
                    account_id=UUID(int=2),
                    host_id=UUID(int=1),
                    target=at == 0,
                    url=f"https://dav.example.org/{at}/",
                    name=data.draw(TITLES),
                    capabilities={},
                    conflicts=data.draw(st.booleans()),
                )
                calendars.save(session, calendar)
        before = rows(rt)
        assert applied(rt, apply.export(rt), env={}).changes == ()
        assert rows(rt) == before


def rows(rt: Runtime) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the tables that a setup writes."""
    with rt.engine.connect() as connection:
        return {
            table: [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1")]
            for table in ("organisation", "host", "meeting_type", "account", "calendar")
        }


def ids(rt: Runtime) -> list[UUID]:
    with snapshot(rt.engine) as session:
        (ada,) = hosts.every(session)
        found = [*meetings.of_host(session, ada.id), *calendars.accounts(session), *calendars.every(session)]
        return [ada.id, *(each.id for each in found)]


@pytest.mark.capability("S1-09")
def test_who_forced_double_opt_in_and_when_is_on_record(rt: Runtime, tmp_path: Path) -> None:
    text = '[organisation]\nname = "Analytical Engines"\ndoi_forced = true\n'
    apply.apply(rt, parse(text, env={}, folder=tmp_path), by="the security officer", now=NOW)
    apply.apply(rt, parse(text, env={}, folder=tmp_path), by="somebody else", now=NOW)  # changes nothing
    latest = apply.changes(rt, what="organisation.doi_forced")
    assert [(each.by, each.at, each.after) for each in latest] == [("the security officer", NOW, "true")]


@pytest.mark.capability("S2-13", "S2-19")
def test_meeting_types_offer_known_purposes_and_single_opt_in_has_its_warning_on_record(rt: Runtime) -> None:
    purpose = (
        '[purposes.news]\nkind = "email"\nopt_in = "on"\n[purposes.news.wording.en]\nname = "News"\nbox = "Yes."\n'
    )
    offered = MEETING + '[[hosts.ada.meetings.intro.purposes]]\npurpose = "news"\nposition = 0\n'
    with pytest.raises(SetupRefused, match="there is no purpose 'news'"):
        applied(rt, HOST + offered)
    assert "purposes.news (warning)" not in changed(applied(rt, purpose + HOST + offered))
    single = purpose.replace('"on"', '"off"') + HOST + offered
    outcome = applied(rt, single)
    assert "Double opt-in is recommended" in str(changed(outcome)["purposes.news (warning)"])
    again = applied(rt, single)
    assert again.changes == ()
    assert any("Double opt-in is recommended" in remark for remark in again.remarks)
    assert applied(rt, apply.export(rt)).changes == ()


def test_a_meeting_type_names_its_calendar_by_name_or_address_and_an_unknown_one_is_named(rt: Runtime) -> None:
    text = HOST + ACCOUNT + MEETING
    applied(rt, text + 'calendar = "Bookings"\n')
    with snapshot(rt.engine) as session:
        (host,) = hosts.every(session)
        (meeting,) = meetings.of_host(session, host.id)
        (there,) = [each.url for each in calendars.of_host(session, host.id) if each.name == "Bookings"]
    assert meeting.calendar == there
    assert applied(rt, text + f'calendar = "{there}"\n').changes == ()
    with pytest.raises(SetupRefused, match="no connected calendars that make busy are called 'Home'"):
        applied(rt, text + 'calendar = "Home"\n')


@pytest.mark.capability("S4-15")
def test_a_question_names_a_field_in_which_its_answer_can_be_kept(rt: Runtime) -> None:
    fields = '[fields.region]\nlabel = "Region"\n[fields.number]\nlabel = "Number"\nsensitive = true\n'
    asked = '[[hosts.ada.meetings.intro.questions]]\nkey = "where"\nlabel = "Where?"\nfield = "{}"\n{}\n'

    def problem(field: str, more: str = "") -> str:
        with pytest.raises(SetupRefused) as refused:
            applied(rt, fields + HOST + MEETING + asked.format(field, more))
        (said,) = refused.value.problems
        assert "hosts.ada.meetings.intro.questions[where].field: " in said
        return said

    assert "there is no field 'land': write [fields.land]; there are: number, region" in problem("land")
    assert "write sensitive = true below [fields.region]" in problem("region", "sensitive = true")
    assert "ask for another kind than long" in problem("region", 'kind = "long"')
    for field, more in (("region", ""), ("number", "sensitive = true"), ("number", "sensitive = true")):
        applied(rt, fields + HOST + MEETING + asked.format(field, more))
    with snapshot(rt.engine) as session:
        (meeting,) = meetings.every(session)
    assert meeting.questions == (Question("where", "Where?", sensitive=True, field="number"),)
    assert applied(rt, apply.export(rt)).changes == ()
    ended = applied(
        rt, fields + HOST + MEETING + asked.format("number", "sensitive = true").replace("field =", "# field =")
    )
    assert "hosts.ada.meetings.intro.questions" in str(ended.changes)

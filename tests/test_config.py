"""Settings: where they come from, what is refused, and what is shown."""

import os
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from booking_service.config import sources
from booking_service.config.notation import (
    Listen,
    Rate,
    is_loopback,
    read_base_url,
    read_database_url,
    read_duration,
    read_listen,
    read_networks_and_ports,
    read_rates,
    show_duration,
    show_rates,
)
from booking_service.config.sources import DOTS, ConfigError

_NOBODY = 65534
SECRET = "Vb7nQ2xLr9TzKp4WmYc8JdHs3FgE6uAi"


def problems(tmp_path: Path, env: dict[str, str], toml: str = "", **overrides: object) -> tuple[str, ...]:
    (tmp_path / "booking.toml").write_text(toml)
    with pytest.raises(ConfigError) as caught:
        sources.load(overrides, env, tmp_path)
    return caught.value.problems


# Where values come from


def test_without_anything_the_defaults_hold(tmp_path: Path) -> None:
    found = sources.load({}, {}, tmp_path)
    assert found.base_url is None
    assert found.data_dir == tmp_path / "data"
    assert found.database_url == f"sqlite:///{tmp_path}/data/booking.db"
    assert found.listen == Listen("127.0.0.1", 8000)
    assert (found.smtp.security, found.smtp.port) == ("starttls", 587)
    assert found.calendar.freshness_max == timedelta(minutes=15)
    assert found.limits.book_per_network == (Rate(3, timedelta(minutes=10)), Rate(10, timedelta(days=1)))


def test_a_folder_that_may_not_be_entered_holds_no_settings_of_ours(tmp_path: Path) -> None:
    """As that of root, in which `runuser -u booking` begins."""
    closed = tmp_path / "closed"
    closed.mkdir()
    sources.load({}, {}, tmp_path)  # reads whatever modules it needs, as whoever runs the tests
    with as_nobody(closed):
        found = sources.load({}, {}, closed)
    assert "toml" not in " ".join(found.origins.values())


def test_settings_of_a_closed_folder_that_are_meant_are_said_to_be_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "etc"
    closed.mkdir()
    monkeypatch.setattr(sources, "_PLACES", (Path("booking.toml"), closed / "booking.toml"))
    sources.load({}, {}, tmp_path)
    with as_nobody(closed), pytest.raises(ConfigError) as caught:
        sources.load({}, {}, tmp_path)
    assert caught.value.problems == (f"{closed / 'booking.toml'} can't be read: Permission denied",)


@contextmanager
def as_nobody(closed: Path) -> Iterator[None]:
    """Run by a user who may not enter the folder, whoever runs the tests."""
    closed.chmod(0)
    mine = os.geteuid()
    if mine == 0:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(mine)
        closed.chmod(0o700)


def test_the_command_line_beats_the_environment_beats_its_files_beat_toml(tmp_path: Path) -> None:
    (tmp_path / "booking.toml").write_text('[smtp]\nhost = "toml"\n')
    (tmp_path / "value").write_text("file\n")
    env = {"BOOKING_SMTP__HOST_FILE": str(tmp_path / "value")}
    seen = [sources.load({}, {}, tmp_path), sources.load({}, env, tmp_path)]
    env["BOOKING_SMTP__HOST"] = "env"
    seen += [sources.load({}, env, tmp_path), sources.load({"smtp.host": "flag"}, env, tmp_path)]
    assert [each.smtp.host for each in seen] == ["toml", "file", "env", "flag"]
    assert [each.origins["smtp.host"] for each in seen] == [
        str(tmp_path / "booking.toml"),
        f"{tmp_path / 'value'} (BOOKING_SMTP__HOST_FILE)",
        "BOOKING_SMTP__HOST",
        "the command line",
    ]


def test_a_flag_that_was_not_given_hides_nothing(tmp_path: Path) -> None:
    assert sources.load({"smtp.host": None}, {"BOOKING_SMTP__HOST": "env"}, tmp_path).smtp.host == "env"


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    assert sources.load({}, {"BOOKING_BASE_URL": "", "BOOKING_SMTP__PORT": ""}, tmp_path).smtp.port == 587


def test_the_toml_file_can_be_named_by_flag_before_variable_before_place(tmp_path: Path) -> None:
    for name in ("booking", "variable", "flag"):
        (tmp_path / f"{name}.toml").write_text(f'[smtp]\nhost = "{name}"\n')
    env = {"BOOKING_CONFIG": "variable.toml"}
    assert sources.load({}, {}, tmp_path).smtp.host == "booking"
    assert sources.load({}, env, tmp_path).smtp.host == "variable"
    assert sources.load({}, env, tmp_path, config_file=Path("flag.toml")).smtp.host == "flag"


def test_a_named_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, {"BOOKING_CONFIG": "nowhere.toml"})
    assert found == f"{tmp_path / 'nowhere.toml'} can't be read: No such file or directory"


def test_lists_are_separated_by_commas_in_the_environment(tmp_path: Path) -> None:
    env = {"BOOKING_TRUSTED_PROXIES": "10.0.0.0/8, ::1", "BOOKING_UI__LANGUAGES": "de,en"}
    found = sources.load({}, env, tmp_path)
    assert found.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1"))
    assert found.ui.languages == ("de", "en")


def test_a_proxy_written_as_an_ipv4_address_in_ipv6_is_the_ipv4_address(tmp_path: Path) -> None:
    env = {"BOOKING_TRUSTED_PROXIES": "::ffff:127.0.0.1, ::ffff:10.0.0.0/104, ::/0"}
    found = sources.load({}, env, tmp_path).trusted_proxies
    assert found == (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"), ip_network("::/0"))


def test_networks_of_calendar_servers_may_name_a_port(tmp_path: Path) -> None:
    written = (
        "127.0.0.1:5232, 10.0.0.0/8, 192.168.1.0/24:443, [fd00::/8]:443, [fd00::]/8:8443, [::1]:5232, ::1, [fe80::1]"
    )
    env = {"BOOKING_CALENDAR__ALLOWED_NETWORKS": written}
    found = sources.load({}, env, tmp_path).calendar.allowed_networks
    shown = "127.0.0.1/32:5232, 10.0.0.0/8, 192.168.1.0/24:443, [fd00::/8]:443, [fd00::/8]:8443, [::1/128]:5232, ::1/128, fe80::1/128"
    assert ", ".join(map(str, found)) == shown
    assert ", ".join(map(str, read_networks_and_ports(shown))) == shown


@pytest.mark.parametrize(
    "network",
    [
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.0.0.1:",
        "10.0.0.1/8",
        "[::1",
        "::1]:80",
        "a:80",
        "",
        ":80",
        "[]:80",
        "[::1]:x",
        5232,
    ],
)
def test_what_is_no_network_is_refused_in_words(network: object) -> None:
    with pytest.raises(ValueError, match=r"write networks like|a port is between"):
        read_networks_and_ports([network])


def test_a_value_follows_another_where_that_is_its_default(tmp_path: Path) -> None:
    env = {"BOOKING_BASE_URL": "https://example.org/book/", "BOOKING_DATA_DIR": "/srv", "BOOKING_SMTP__SECURITY": "tls"}
    found = sources.load({}, env, tmp_path)
    assert (found.base_url, found.root_path) == ("https://example.org/book", "/book")
    assert (found.database_url, found.smtp.port) == ("sqlite:////srv/booking.db", 465)


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    found = sources.load({}, {}, tmp_path)
    with pytest.raises(ValidationError):
        found.smtp.host = "other"


# What is refused


def test_all_problems_are_told_at_once_each_with_its_place(tmp_path: Path) -> None:
    env = {
        "BOOKING_BASE_URL": "http://book.example.org",
        "BOOKING_SMTP__PORT": "many",
        "BOOKING_SMPT__HOST": "mail",
        "BOOKING_UI__DEFAULT_LANGUAGE": "xx",
    }
    found = problems(tmp_path, env, "[worker]\nconcurency = 3\n[hold]\nminutes = 1\n", lissen="x")
    path = tmp_path / "booking.toml"
    assert set(found) == {
        f"{path}: worker.concurency is not a setting; did you mean worker.concurrency?",
        "environment: BOOKING_SMPT__HOST is not a setting; did you mean BOOKING_SMTP__HOST?",
        "command line: lissen is not a setting; did you mean listen?",
        "base_url: must begin with https:// (http:// is accepted on this machine's own addresses only) (from BOOKING_BASE_URL)",
        "smtp.port: input should be a valid integer, unable to parse string as an integer (from BOOKING_SMTP__PORT)",
        f"hold.minutes: input should be greater than or equal to 5 (from {path})",
        "ui.default_language: input should be 'de', 'en' or 'nl' (from BOOKING_UI__DEFAULT_LANGUAGE)",
    }


def test_what_follows_a_wrong_value_is_not_complained_of_again(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, {"BOOKING_BASE_URL": "example.org", "BOOKING_SMTP__HOST": "mail"})
    assert found.startswith("base_url: write the whole public address")


@pytest.mark.parametrize(
    "name", ["BOOKING_SMTP_HOST", "BOOKING_SECRETKEY", "BOOKING_DATABASE_URL_FILES", "BOOKING_X_FILE"]
)
def test_an_unknown_variable_is_refused(tmp_path: Path, name: str) -> None:
    (found,) = problems(tmp_path, {name: "x"})
    assert found.startswith(f"environment: {name} is not a setting")


@pytest.mark.parametrize(
    "name",
    [
        "BOOKING_SERVICE_HOST",
        "BOOKING_SERVICE_SERVICE_PORT_HTTP",
        "BOOKING_PORT_8000_TCP_ADDR",
        "BOOKING_PORT",
        "OTHER",
    ],
)
def test_variables_that_others_set_are_left_alone(tmp_path: Path, name: str) -> None:
    assert sources.load({}, {name: "tcp://10.0.0.1:80"}, tmp_path).origins == {}


@pytest.mark.parametrize("toml", ["smtp = 3", "[smtp.host]\nx = 1", "[origins]\nbase_url = 'x'", "origins = 'x'"])
def test_a_file_of_another_shape_is_refused(tmp_path: Path, toml: str) -> None:
    assert problems(tmp_path, {}, toml)


@pytest.mark.parametrize("text", ["[smtp", "a = 1\na = 2", "\x00"])
def test_a_file_that_is_not_toml_is_named(tmp_path: Path, text: str) -> None:
    (found,) = problems(tmp_path, {}, text)
    assert found.startswith(f"{tmp_path / 'booking.toml'} is not TOML")


def test_an_unreadable_value_file_is_named(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, {"BOOKING_SECRET_KEY_FILE": str(tmp_path)})
    assert found == f"BOOKING_SECRET_KEY_FILE: {tmp_path} can't be read: Is a directory"


@pytest.mark.parametrize("secret", ["tiny", "changeme" * 5, "a" * 40, f"{SECRET} tiny"])
def test_a_secret_that_protects_nothing_is_refused_without_showing_it(tmp_path: Path, secret: str) -> None:
    (found,) = problems(tmp_path, {"BOOKING_SECRET_KEY": secret})
    assert found.startswith("secret_key: ")
    assert secret not in found


def test_a_problem_never_shows_what_was_typed(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        {
            "BOOKING_SMTP__PORT": SECRET,
            "BOOKING_DATABASE_URL": SECRET,
            "BOOKING_LISTEN": SECRET,
            "BOOKING_SMTP__FROM": SECRET,
        },
    )
    assert len(found) == 4
    assert SECRET not in "\n".join(found)


def test_mail_in_the_clear_stays_on_this_machine(tmp_path: Path) -> None:
    env = {"BOOKING_SMTP__SECURITY": "none", "BOOKING_SMTP__HOST": "localhost"}
    assert sources.load({}, env, tmp_path).smtp.port == 25
    assert problems(tmp_path, {**env, "BOOKING_SMTP__HOST": "mail.example.org"})


def test_pulling_more_seldom_than_knowledge_keeps_is_refused(tmp_path: Path) -> None:
    found = sources.load({}, {"BOOKING_CALENDAR__PULL_EVERY": "15 min"}, tmp_path)
    assert found.calendar.pull_every == found.calendar.freshness_max
    assert problems(tmp_path, {"BOOKING_CALENDAR__PULL_EVERY": "16 min"})


def test_the_default_language_must_be_on_offer(tmp_path: Path) -> None:
    assert problems(tmp_path, {"BOOKING_UI__LANGUAGES": "de,nl"}) == ("ui.default_language: is not among ui.languages",)


@pytest.mark.parametrize(
    "address", ["a@b, c@d", "a b@c", "Ada <a@b>", "a@b\nBcc: x@y", "ä@b", "nobody", "a@b>", "@b", "a@"]
)
def test_the_address_of_the_service_is_one_bare_address(tmp_path: Path, address: str) -> None:
    assert problems(tmp_path, {"BOOKING_SMTP__FROM": address})


def test_an_address_has_at_most_254_characters(tmp_path: Path) -> None:
    """RFC 5321 §4.5.3.1.3: a path of 256 octets, angle brackets included."""
    longest = f"{'a' * 64}@{'b' * 63}.{'b' * 63}.{'b' * 61}"
    assert sources.load({}, {"BOOKING_SMTP__FROM": longest}, tmp_path).smtp.sender == longest
    assert problems(tmp_path, {"BOOKING_SMTP__FROM": f"{longest}b"})


@pytest.mark.parametrize("path", ["book", "/a b", "//x", "/x?y", "/x#", "/ö", "/x\n"])
def test_a_root_path_is_plain(tmp_path: Path, path: str) -> None:
    assert sources.load({}, {"BOOKING_ROOT_PATH": "/a/b-c/"}, tmp_path).root_path == "/a/b-c"
    assert problems(tmp_path, {"BOOKING_ROOT_PATH": path})


# How values are written


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("15 min", 900),
        ("15min", 900),
        ("1 h 30 min", 5400),
        ("1.5 hours", 5400),
        ("90", 90),
        (90, 90),
        (0.5, 0.5),
        ("2 days", 172800),
        ("PT15M", 900),
        ("P1DT1S", 86401),
        (" 10 s ", 10),
        ("0", 0),
    ],
)
def test_durations_are_read_as_people_write_them(text: object, seconds: float) -> None:
    assert read_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "soon", "15 parsecs", "-1", "1 h x", "P1Y", "१५", "1e3", -1, True, None, [], 1e12]
)
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="write a duration like"):
        read_duration(text)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 10**8))
def test_a_shown_duration_is_read_back(seconds: int) -> None:
    assert read_duration(show_duration(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.builds(Rate, st.integers(1, 10**6), st.integers(1, 10**7).map(lambda s: timedelta(seconds=s))), max_size=4
    )
)
def test_shown_rates_are_read_back(rates: list[Rate]) -> None:
    assert read_rates(show_rates(rates)) == tuple(rates)


def test_rates_are_read_as_people_write_them() -> None:
    assert read_rates("3/10 min, 10 per day") == (Rate(3, timedelta(minutes=10)), Rate(10, timedelta(days=1)))
    assert read_rates(["30 per h"]) == (Rate(30, timedelta(hours=1)),)
    assert read_rates("off") == ()
    assert show_rates(read_rates("10/day, 30/hour, 5/90 s")) == "10 per day, 30 per h, 5 per 1 min 30 s"


@pytest.mark.parametrize("text", ["3", "0 per min", "3 per", "3 per 0 s", "-3 per min", "3 per blue moon", 3, ["3"]])
def test_what_is_no_rate_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"write|needs"):
        read_rates(text)


def test_an_address_to_listen_on() -> None:
    assert read_listen("127.0.0.1:8000") == read_listen(8000) == read_listen("8000") == Listen("127.0.0.1", 8000)
    assert read_listen("[::1]:80") == Listen("::1", 80)
    assert str(read_listen("[::1]:80")) == "[::1]:80"
    assert read_listen("localhost:65535").port == 65535
    for text in ("::1:80", "localhost", "localhost:65536", "http://x:1", ""):
        with pytest.raises(ValueError, match="write an address"):
            read_listen(text)


@pytest.mark.parametrize(
    "url", ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:80", "https://a.example/x", "http://a.localhost"]
)
def test_a_public_address_is_accepted(url: str) -> None:
    assert read_base_url(f"{url}/") == url


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://book.example.org",
            "http://localhost.example.org",
            "http://10.0.0.1",
            "ftp://localhost",
            "localhost:80",
        ),
        *("https://u:p@example.org", "https://example.org?x=1", "https://example.org#x", "https://", "//example.org"),
    ],
)
def test_a_public_address_must_be_safe_and_plain(url: str) -> None:
    with pytest.raises(ValueError, match=r"must|write|only"):
        read_base_url(url)


@pytest.mark.parametrize(
    "url", ["http://[127.0.0.1]/", "https://[::1", "https://a:99999", "https://a:b", "https://a b", "https://\u2100"]
)
def test_a_public_address_that_is_none_is_refused_in_words(url: str) -> None:
    with pytest.raises(ValueError, match="not an address that can be used"):
        read_base_url(url)


def test_only_this_machine_is_loopback() -> None:
    assert all(is_loopback(host) for host in ("localhost", "LOCALHOST.", "x.localhost", "127.9.9.9", "::1", "[::1]"))
    assert not any(
        is_loopback(host) for host in ("localhost.de", "128.0.0.1", "::", "127.0.0.1.nip.io", "notlocalhost")
    )


def test_a_database_is_named_for_its_driver() -> None:
    assert read_database_url("postgresql://u:p@h/d") == "postgresql+psycopg://u:p@h/d"
    assert read_database_url("postgres:///d?host=/run") == "postgresql+psycopg:///d?host=/run"
    assert read_database_url("sqlite:////srv/x.db") == "sqlite:////srv/x.db"
    for url in ("mysql://h/d", "booking.db", "sqlite:///", "postgresql://"):
        with pytest.raises(ValueError, match=r"write|the database"):
            read_database_url(url)


# What is shown


def test_every_setting_is_shown_with_its_value_and_origin(tmp_path: Path) -> None:
    env = {
        "BOOKING_SECRET_KEY": SECRET,
        "BOOKING_SMTP__PASSWORD": SECRET,
        "BOOKING_DATABASE_URL": f"postgresql://booking:{SECRET}@db/x?sslpassword={SECRET}",
    }
    shown = {each.key: each for each in sources.describe(sources.load({"listen": "9000"}, env, tmp_path))}
    assert shown["secret_key"] == ("secret_key", DOTS, "BOOKING_SECRET_KEY")
    assert shown["smtp.password"].value == DOTS
    assert shown["database_url"].value == f"postgresql+psycopg://booking:{DOTS}@db/x?sslpassword={DOTS}"
    assert shown["listen"] == ("listen", "127.0.0.1:9000", "the command line")
    assert shown["calendar.timeout"] == ("calendar.timeout", "10 s", "default")
    assert shown["limits.book_per_network"].value == "3 per 10 min, 10 per day"
    assert shown["ui.languages"].value == "de, en, nl"
    assert shown["worker.inline"].value == "true"
    assert "origins" not in shown


def test_no_secret_shows_in_the_text_form_of_settings(tmp_path: Path) -> None:
    env = {name: SECRET for name in ("BOOKING_SECRET_KEY", "BOOKING_SMTP__PASSWORD")}
    found = sources.load({}, {**env, "BOOKING_DATABASE_URL": f"postgresql://u:{SECRET}@h/d"}, tmp_path)
    assert SECRET not in f"{found!r} {found}"


def test_the_example_file_changes_nothing_until_edited(tmp_path: Path) -> None:
    (tmp_path / "booking.toml").write_text(sources.commented_example())
    assert sources.load({}, {}, tmp_path).origins == {}


def test_the_example_file_names_every_setting_and_is_right_when_uncommented(tmp_path: Path) -> None:
    text = re.sub(r"(?m)^# (\w+ = )", r"\1", sources.commented_example())
    named = tomllib.loads(text)
    text = re.sub(r'(?m)^(secret_key|password|token) = "…"$', rf'\1 = "{SECRET}"', text)
    (tmp_path / "booking.toml").write_text(text)
    found = sources.load({}, {}, tmp_path)
    assert set(found.origins) == {each.key for each in sources.describe(found)}
    assert named["limits"]["book_per_mailbox"] == "1 per 10 min, 3 per day"
    assert named["smtp"]["from"] == "bookings@example.org"


def test_limits_can_be_lifted_at_once(tmp_path: Path) -> None:
    lifted = sources.load(sources.without_limits(), {}, tmp_path).limits
    assert lifted.book_per_network == lifted.slots_per_network == ()
    assert lifted.live_holds_per_network > 1000
    assert set(sources.without_limits()) == {f"limits.{name}" for name in type(lifted).model_fields}


def test_files_that_everybody_can_read_are_found(tmp_path: Path) -> None:
    found = sources.load({"data_dir": tmp_path}, {}, tmp_path)
    database, key = tmp_path / "booking.db", tmp_path / "secret.key"
    for path, mode in ((database, 0o644), (key, 0o600)):
        path.touch()
        path.chmod(mode)
    assert sources.exposed_files(found) == (database,)
    database.chmod(0o640)
    assert sources.exposed_files(found) == ()

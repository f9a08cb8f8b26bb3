"""Debian's DAViCal, Cyrus and SOGo, each over folders of its own. They need root, because they change to users of theirs.

`install` brings their packages; `available` says what is there. Nothing of the machine's own setup is changed or read
except what the packages brought.
"""

import contextlib
import imaplib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import Cluster
from tests.servers.process import free_port, running, wait_for_port
from tests.servers.server import Server

PACKAGES = {
    "davical": ("davical", "php-cli", "php-pgsql", "php-xml", "php-curl"),
    "cyrus": ("cyrus-caldav", "cyrus-imapd", "sasl2-bin"),
    "sogo": ("sogo", "memcached"),
}
_PROOF = {
    "davical": "/usr/share/davical/htdocs/caldav.php",
    "cyrus": "/usr/lib/cyrus/bin/httpd",
    "sogo": "/usr/sbin/sogod",
}
_PASSWORD = "secret"
_USERS = ("alice", "bob")


def available(name: str) -> bool:
    return Path(_PROOF[name]).exists()


def install(name: str) -> None:
    """By apt-get, with its daemons kept from starting by themselves. Raises CalledProcessError."""
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    command = ["apt-get", "install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", *PACKAGES[name]]
    subprocess.run(command, check=True, capture_output=True, env=os.environ | quiet)


@contextlib.contextmanager
def workspace(name: str) -> Iterator[Path]:
    """A folder that the server's own user can get at, which pytest's are not. Skips where the server cannot be had."""
    if os.getuid() != 0:
        pytest.skip(f"{name} needs root")
    if not available(name):
        try:
            install(name)
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"{name} could not be installed: {error}")
    with tempfile.TemporaryDirectory(prefix=f"{name}-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / name


@pytest.fixture(scope="session")
def davical_server(postgres_cluster: Cluster) -> Iterator[Server]:
    with workspace("davical") as folder, davical(folder, postgres_cluster) as server:
        yield server


@pytest.fixture(scope="session")
def cyrus_server() -> Iterator[Server]:
    with workspace("cyrus") as folder, cyrus(folder) as server:
        yield server


@pytest.fixture(scope="session")
def sogo_server(postgres_cluster: Cluster) -> Iterator[Server]:
    with workspace("sogo") as folder, sogo(folder, postgres_cluster) as server:
        yield server


@contextlib.contextmanager
def davical(folder: Path, cluster: Cluster) -> Iterator[Server]:
    """DAViCal under PHP's own web server, over a database of its own in `cluster`."""
    folder.mkdir(parents=True, exist_ok=True)
    database = {"PGHOST": str(cluster.directory), "PGUSER": "postgres"}
    _provision_davical(database)
    router = folder / "router.php"
    router.write_text(_ROUTER)
    port = free_port()
    paths = ".:/usr/share/davical/inc:/usr/share/awl/inc:/usr/share/php"
    command = ["php", "-d", f"include_path={paths}", "-d", "display_errors=0", "-d", "error_reporting=0"]
    command += ["-S", f"127.0.0.1:{port}", "-t", "/usr/share/davical/htdocs", str(router)]
    env = {"PGHOST": str(cluster.directory), "PHP_CLI_SERVER_WORKERS": "4"}
    with running(command, port=port, log=folder / "log", env=env):
        url = f"http://127.0.0.1:{port}/caldav.php/"
        yield Server("davical", url, f"{url}alice/")


@contextlib.contextmanager
def cyrus(folder: Path) -> Iterator[Server]:
    """Cyrus httpd and the imapd that makes its mailboxes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("conf", "spool", "proc", "lock", "sock", "db", "socket"):
        (folder / name).mkdir()
    port, imap = free_port(), free_port()
    (folder / "imapd.conf").write_text(_IMAPD_CONF.format(folder=folder))
    (folder / "cyrus.conf").write_text(_CYRUS_CONF.format(folder=folder, port=port, imap=imap))
    for user in (*_USERS, "cyrus"):
        command = ["saslpasswd2", "-p", "-c", "-f", str(folder / "sasldb2"), "-u", socket.gethostname(), user]
        subprocess.run(command, input=_PASSWORD.encode(), check=True, capture_output=True)
    _give(folder, "cyrus", "mail")
    command = ["/usr/sbin/cyrmaster", "-C", str(folder / "imapd.conf"), "-M", str(folder / "cyrus.conf"), "-D"]
    command += ["-p", str(folder / "pid"), "-L", str(folder / "master.log")]
    with running(command, port=port, log=folder / "log"):
        _provision_cyrus(imap)
        url = f"http://127.0.0.1:{port}/dav/"
        yield Server("cyrus", url, f"{url}calendars/user/alice/")


@contextlib.contextmanager
def sogo(folder: Path, cluster: Cluster) -> Iterator[Server]:
    """SOGo with its users in a table of `cluster`, its cache in a memcached of its own."""
    (folder / "home").mkdir(parents=True)
    database = {"PGHOST": str(cluster.directory), "PGUSER": "postgres"}
    _provision_sogo(database)
    cluster.directory.chmod(0o755)  # SOGo's own user has to get at the socket in it
    _give(folder, "sogo", "sogo")
    port, cache = free_port(), free_port()
    memory = ["memcached", "-u", "sogo", "-l", "127.0.0.1", "-p", str(cache), "-m", "16"]
    command = [
        "setpriv",
        "--reuid",
        "sogo",
        "--regid",
        "sogo",
        "--clear-groups",
        "--pdeathsig",
        "TERM",
        "/usr/sbin/sogod",
    ]
    command += _sogo_defaults(port, cache, folder)
    env = {"HOME": str(folder / "home"), "LD_LIBRARY_PATH": "/usr/lib/sogo", "PGHOST": str(cluster.directory)}
    with (
        running(memory, port=cache, log=folder / "memcached.log"),
        running(command, port=port, log=folder / "log", env=env),
    ):
        url = f"http://127.0.0.1:{port}/SOGo/dav/alice/"
        yield Server("sogo", url, f"{url}Calendar/")


def _provision_davical(database: dict[str, str]) -> None:
    scripts = Path("/usr/share/davical/dba")
    create = [str(scripts / "create-database.sh"), "davical", "adminpw"]
    subprocess.run(create, cwd=scripts, check=True, capture_output=True, env=os.environ | database)
    for user in _USERS:
        _sql("davical", _DAVICAL_USER.format(user=user, password=_PASSWORD), database)


def _provision_cyrus(imap: int) -> None:
    wait_for_port(imap)
    with imaplib.IMAP4("127.0.0.1", imap) as connection:
        connection.login("cyrus", _PASSWORD)
        for user in _USERS:
            connection.create(f"user/{user}")


def _provision_sogo(database: dict[str, str]) -> None:
    _sql("postgres", "CREATE ROLE sogo SUPERUSER LOGIN", database)
    _sql("postgres", "CREATE DATABASE sogo OWNER sogo", database)
    rows = ",".join(
        f"('{user}', '{user}', '{_PASSWORD}', '{user.title()} Example', '{user}@example.com')" for user in _USERS
    )
    table = "CREATE TABLE sogo_users (c_uid text PRIMARY KEY, c_name text, c_password text, c_cn text, mail text);"
    _sql("sogo", f"{table} INSERT INTO sogo_users VALUES {rows}", database | {"PGUSER": "sogo"})


def _sogo_defaults(port: int, cache: int, folder: Path) -> list[str]:
    """SOGo's settings as arguments, which come before those of /etc/sogo."""
    base = "postgresql://sogo:x@/sogo"
    source = f'{{type=sql;id=directory;viewURL="{base}/sogo_users";canAuthenticate=YES;isAddressBook=YES;userPasswordAlgorithm=plain;MailFieldNames=(mail);}}'
    tables = {
        "SOGoProfileURL": "sogo_user_profile",
        "OCSFolderInfoURL": "sogo_folder_info",
        "OCSSessionsFolderURL": "sogo_sessions_folder",
        "OCSEMailAlarmsFolderURL": "sogo_alarms_folder",
        "OCSStoreURL": "sogo_store",
        "OCSAclURL": "sogo_acl",
        "OCSCacheFolderURL": "sogo_cache_folder",
        "OCSAdminURL": "sogo_admin",
    }
    settings = {name: f"{base}/{table}" for name, table in tables.items()} | {
        "SOGoUserSources": f"({source})",
        "SOGoTimeZone": "UTC",
        "SOGoMailDomain": "example.com",
        "SOGoMemcachedHost": f"127.0.0.1:{cache}",
        "SOGoMaximumFailedLoginCount": "0",
        "SxVMemLimit": "0",
        "WOWorkersCount": "3",
        "WOPort": f"127.0.0.1:{port}",
        "WONoDetach": "YES",
        "WOLogFile": "-",
        "WOPidFile": str(folder / "sogo.pid"),
    }
    return [part for name, value in settings.items() for part in (f"-{name}", value)]


def _sql(name: str, statements: str, database: dict[str, str]) -> None:
    command = ["psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", "-d", name, "-c", statements]
    subprocess.run(command, check=True, capture_output=True, env=os.environ | database)


def _give(folder: Path, user: str, group: str) -> None:
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, user, group)


_DAVICAL_USER = """
INSERT INTO usr (username, fullname, email, password, active)
  VALUES ('{user}', '{user} Example', '{user}@example.com', '**{password}', true);
INSERT INTO principal (type_id, user_no, displayname, default_privileges)
  SELECT 1, user_no, fullname, privilege_to_bits(ARRAY['read-free-busy', 'schedule-send', 'schedule-deliver'])
  FROM usr WHERE username = '{user}';
"""

# PHP's server knows no rewriting: everything is caldav.php's, the rest of the path is what it is asked for.
_ROUTER = """<?php
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path === '/.well-known/caldav') { header('Location: /caldav.php/', true, 301); exit; }
if (strpos($path, '/caldav.php') !== 0) { http_response_code(404); exit; }
$_SERVER['SCRIPT_NAME'] = '/caldav.php';
$_SERVER['PHP_SELF'] = $path;
$_SERVER['PATH_INFO'] = rawurldecode(substr($path, strlen('/caldav.php')));
$_SERVER['SCRIPT_FILENAME'] = '/usr/share/davical/htdocs/caldav.php';
$_SERVER['SERVER_NAME'] = '127.0.0.1';
unset($_SERVER['HTTPS']);
chdir('/usr/share/davical/htdocs');
require 'caldav.php';
"""

_IMAPD_CONF = """configdirectory: {folder}/conf
proc_path: {folder}/proc
mboxname_lockpath: {folder}/lock
defaultpartition: default
partition-default: {folder}/spool
admins: cyrus
altnamespace: no
unixhierarchysep: yes
virtdomains: off
httpmodules: caldav freebusy
httpallowcompress: no
caldav_realm: cyrus
caldav_allowscheduling: on
caldav_create_default: yes
caldav_create_sched: yes
calendar_user_address_set: example.com
autocreate_quota: -1
autocreate_post: yes
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_mech_list: PLAIN
sasldb_path: {folder}/sasldb2
sasl_sasldb_path: {folder}/sasldb2
idlesocket: {folder}/sock/idle
lmtpsocket: {folder}/sock/lmtp
notifysocket: {folder}/sock/notify
sendmail: /bin/false
"""

_CYRUS_CONF = """START {{
  recover cmd="/usr/sbin/cyrus ctl_cyrusdb -C {folder}/imapd.conf -r"
}}
SERVICES {{
  imap cmd="imapd -C {folder}/imapd.conf -U 30" listen="127.0.0.1:{imap}" prefork=0 maxchild=5
  http cmd="/usr/lib/cyrus/bin/httpd -C {folder}/imapd.conf -U 1000" listen="127.0.0.1:{port}" prefork=2 maxchild=60
}}
EVENTS {{
}}
"""

"""Real CalDAV servers for tests: child processes on loopback, on ports of their own.

Radicale and Xandikos run in every test run; DAViCal, Cyrus and SOGo are Debian's and run where they are asked for. A
`Server` makes calendars on demand, so tests never share one.
"""

from tests.servers.debian import cyrus_server as cyrus_server
from tests.servers.debian import davical_server as davical_server
from tests.servers.debian import sogo_server as sogo_server
from tests.servers.process import free_port as free_port
from tests.servers.process import running as running
from tests.servers.process import wait_for_port as wait_for_port
from tests.servers.server import Server as Server
from tests.servers.server import basic as basic
from tests.servers.small import radicale as radicale
from tests.servers.small import radicale_calendar as radicale_calendar
from tests.servers.small import radicale_server as radicale_server
from tests.servers.small import xandikos as xandikos
from tests.servers.small import xandikos_calendar as xandikos_calendar
from tests.servers.small import xandikos_server as xandikos_server

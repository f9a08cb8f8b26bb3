"""Firefox and WebKit, driven by the protocols they bring themselves: Marionette, and WebDriver (W3C)."""

import contextlib
import json
import shutil
import socket
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2

from tests.flows.programs import until
from tests.servers.process import free_port, running

MINI_BROWSERS = "/usr/lib/*/webkit2gtk-4.1/MiniBrowser"
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # W3C WebDriver §12.2
_X11 = 6000  # a screen's port less its number
# Nothing is asked of anybody but this machine: whatever a browser wants elsewhere goes to a port where nobody answers.
_FIREFOX_CHOICES = """
user_pref("marionette.port", {port});
user_pref("network.proxy.type", 1);
user_pref("network.proxy.http", "127.0.0.1");
user_pref("network.proxy.http_port", 9);
user_pref("network.proxy.ssl", "127.0.0.1");
user_pref("network.proxy.ssl_port", 9);
user_pref("network.proxy.no_proxies_on", "localhost, 127.0.0.1");
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("app.update.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("toolkit.telemetry.enabled", false);
user_pref("intl.accept_languages", "en-GB, en");
"""
_WEBDRIVER = {
    "Navigate": ("POST", "url"),
    "GetCurrentURL": ("GET", "url"),
    "ExecuteScript": ("POST", "execute/sync"),
    "FindElement": ("POST", "element"),
    "ElementClick": ("POST", "element/{id}/click"),
    "ElementSendKeys": ("POST", "element/{id}/value"),
    "SetWindowRect": ("POST", "window/rect"),
    "Back": ("POST", "back"),
    "Forward": ("POST", "forward"),
    "Refresh": ("POST", "refresh"),
}


class DrivenBrowser(ABC):
    """One window of a browser, as its reader sees and uses it. Commands have the names that both protocols share."""

    @abstractmethod
    def ask(self, command: str, **parameters: Any) -> Any: ...

    @abstractmethod
    def close(self) -> None: ...

    def go(self, address: str) -> None:
        self.ask("Navigate", url=address)

    @property
    def address(self) -> str:
        return str(self.ask("GetCurrentURL"))

    def evaluate(self, expression: str) -> Any:
        """What a JavaScript expression is on the page that is shown."""
        return self.ask("ExecuteScript", script=f"return ({expression})", args=[])

    def click(self, selector: str) -> None:
        """After scrolling there: WebKitGTK's driver takes what is just below the window's edge to be inside."""
        self.evaluate(
            f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center', behavior: 'instant'}})"
        )
        self.ask("ElementClick", id=self._found(selector))

    def fill(self, selector: str, text: str) -> None:
        self.ask("ElementSendKeys", id=self._found(selector), text=text)

    def value(self, selector: str) -> str:
        return str(self.evaluate(f"document.querySelector({json.dumps(selector)}).value"))

    def resize(self, width: int, height: int = 900) -> None:
        """The window, so that what is inside of its frame has this width."""
        self.ask("SetWindowRect", width=width, height=height)
        frame = width - int(self.evaluate("window.innerWidth"))
        self.ask("SetWindowRect", width=width + frame, height=height)
        until(lambda: self.evaluate("window.innerWidth") == width)

    def back(self) -> None:
        self.ask("Back")

    def forward(self) -> None:
        self.ask("Forward")

    def reload(self) -> None:
        self.ask("Refresh")

    def shows(self, heading: str) -> None:
        """Wait until a page with this heading is there, complete."""
        complete = "document.readyState === 'complete' && document.querySelector('h1')?.textContent.trim()"
        until(lambda: self.evaluate(complete) == heading)

    def _found(self, selector: str) -> str:
        found: dict[str, str] = self.ask("FindElement", using="css selector", value=selector)
        return found[_ELEMENT]


class Firefox(DrivenBrowser):
    """By Marionette, which stands in every Firefox: messages in JSON, each behind its length."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._stream = self._socket.makefile("rb")
        self._number = 0
        self._read()  # it says who it is
        self.ask("NewSession", capabilities={"alwaysMatch": {"acceptInsecureCerts": False}})

    def ask(self, command: str, **parameters: Any) -> Any:
        self._number += 1
        message = json.dumps([0, self._number, f"WebDriver:{command}", parameters]).encode()
        self._socket.sendall(f"{len(message)}:".encode() + message)
        _, number, error, result = self._read()
        assert number == self._number
        assert error is None, error
        return result.get("value", result)

    def close(self) -> None:
        self._stream.close()
        self._socket.close()

    def _read(self) -> Any:
        length = b""
        while (digit := self._stream.read(1)) != b":":
            assert digit, "Firefox has hung up"
            length += digit
        return json.loads(self._stream.read(int(length)))


class WebKit(DrivenBrowser):
    """WebKitGTK's small browser, by the driver that belongs to it."""

    def __init__(self, port: int, binary: str) -> None:
        self._client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False)
        options = {"webkitgtk:browserOptions": {"binary": binary, "args": ["--automation"]}}
        answer = self._client.post("/session", json={"capabilities": {"alwaysMatch": options}})
        assert answer.status_code == 200, answer.text
        self._session = answer.json()["value"]["sessionId"]

    def ask(self, command: str, **parameters: Any) -> Any:
        method, path = _WEBDRIVER[command]
        address = f"/session/{self._session}/{path.format(**parameters)}"
        answer = self._client.request(method, address, **({"json": parameters} if method == "POST" else {}))
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]

    def close(self) -> None:
        self._client.delete(f"/session/{self._session}")
        self._client.close()


@contextlib.contextmanager
def firefox(folder: Path) -> Iterator[DrivenBrowser]:
    """A fresh profile in `folder`."""
    port = free_port()
    folder.mkdir()
    (folder / "user.js").write_text(_FIREFOX_CHOICES.format(port=port))
    command = ["firefox-esr", "--headless", "--no-remote", "--marionette", "--profile", str(folder)]
    with (
        running(command, port=port, log=folder / "firefox.log", env=_home(folder)),
        contextlib.closing(Firefox(port)) as driven,
    ):
        yield driven


@contextlib.contextmanager
def webkit(folder: Path) -> Iterator[DrivenBrowser]:
    """On a screen of its own, as it has no way to do without; and without motion, as what still scrolls can't be clicked."""
    port, screen, binary = free_port(), free_port(), next(Path("/").glob(MINI_BROWSERS[1:]))
    settings = folder / "gtk-3.0" / "settings.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text("[Settings]\ngtk-enable-animations=0\n")
    display = f":{screen - _X11}"
    showing = ["Xvfb", display, "-listen", "tcp", "-screen", "0", "1400x1000x24"]
    env = {**_home(folder), "DISPLAY": display, "GDK_BACKEND": "x11", "WEBKIT_DISABLE_DMABUF_RENDERER": "1"}
    with (
        running(showing, port=screen, log=folder / "screen.log"),
        running(["WebKitWebDriver", f"--port={port}"], port=port, log=folder / "webkit.log", env=env),
        contextlib.closing(WebKit(port, str(binary))) as driven,
    ):
        yield driven


BROWSERS = {"firefox": firefox, "webkit": webkit}


def missing(name: str) -> str:
    """The Debian packages that a browser lacks here; empty if it can be driven."""
    there = {
        "firefox": shutil.which("firefox-esr"),
        "webkit": shutil.which("WebKitWebDriver") and shutil.which("Xvfb") and any(Path("/").glob(MINI_BROWSERS[1:])),
    }
    return "" if there[name] else {"firefox": "firefox-esr", "webkit": "webkit2gtk-driver xvfb"}[name]


def _home(folder: Path) -> dict[str, str]:
    here = str(folder)
    return {"HOME": here, "XDG_CONFIG_HOME": here, "XDG_RUNTIME_DIR": here, "TZ": "Europe/Berlin"}

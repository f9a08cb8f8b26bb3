"""What tests know of a running server."""

import base64
import uuid
from dataclasses import dataclass, field

import httpx2

from calendars.dav.client import DavAccount

_MKCALENDAR = """<?xml version="1.0" encoding="utf-8"?>
<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>
<D:displayname>{name}</D:displayname></D:prop></D:set></C:mkcalendar>"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. `home` is the URL under which `user`'s calendars lie, `url` what a person would type."""

    name: str
    url: str
    home: str
    user: str = "alice"
    password: str = field(default="secret", repr=False)

    @property
    def account(self) -> DavAccount:
        return DavAccount(url=self.url, user=self.user, password=self.password, allow_private=True)

    def new_calendar(self, name: str = "") -> str:
        """The URL of a new, empty calendar."""
        url = f"{self.home}{name or uuid.uuid4().hex}/"
        answer = httpx2.request(
            "MKCALENDAR",
            url,
            auth=(self.user, self.password),
            content=_MKCALENDAR.format(name=name or "Test"),
            headers={"Content-Type": "application/xml; charset=utf-8"},
            trust_env=False,
        )
        assert answer.status_code == 201, f"{self.name} made no calendar: {answer.status_code} {answer.text[:300]}"
        return url


def basic(user: str, password: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

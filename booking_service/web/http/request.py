"""What a page function gets: one request, read and bounded, with the instant it came at."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from ...config.notation import Rate
from ...crypto.tokens import hash_of
from ...domain.availability import zone_of
from ...domain.errors import BookingError
from ...domain.people import Organisation
from ...language import LANGUAGES, SOURCE, TAGS, Language, language_of
from ...runtime import Runtime
from .throttle import Left, Throttle

EMBED = "/embed"
Found = TypeVar("Found")
# The pages from the free times to the waiting page. All others open outside the frame.
_EMBEDDED = re.compile(r"/(?:b|(?![a-z]/)(?!static/|api/|preferences/|host/|admin/|demo/)[^/]+)/[^/]+(?:/|$)")
_RANGE = re.compile(r"\s*([A-Za-z]{1,8})(?:-([A-Za-z0-9-]{1,32}))?\s*(?:;\s*q=([01](?:\.[0-9]{1,3})?))?\s*")


@dataclass(frozen=True, slots=True)
class OneTime:
    """The one-time link that a page was reached by. `public`: the path of the meeting type's own page."""

    token: str
    path: str
    public: str

    def leading(self, path: str) -> str:
        """The path by this link, where it is one of the meeting type's."""
        if path == self.public or path.startswith(f"{self.public}/"):
            return self.path + path.removeprefix(self.public)
        return path


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that came with a form, and what its sender calls it."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """`path` is below root_path; of a parameter given twice the first counts. `id` names the request on error pages.

    `real_now`: on which sessions run, as the demo moves `now`. `embedded`: the page is shown inside another site's, and
    was asked for below EMBED, which `path` leaves out. `one_time`: it was reached by such a link, and leads on by it.
    """

    rt: Runtime
    throttle: Throttle
    now: datetime
    real_now: datetime
    method: str
    path: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    headers: Mapping[str, str]
    network: str
    id: str
    embedded: bool = False
    one_time: OneTime | None = None
    files: Mapping[str, SentFile] = field(default_factory=dict)

    def file(self, name: str) -> bytes:
        """What came with the form as the file of this field; nothing where none did."""
        sent = self.files.get(name)
        return sent.content if sent else b""

    @property
    def wants_json(self) -> bool:
        accept = self.headers.get("accept", "")
        return self.path.startswith("/api/") or ("application/json" in accept and "text/html" not in accept)

    @property
    def zone(self) -> ZoneInfo | None:
        """The time zone that the reader chose, if it is one; never opened as a path before it is known to be a name."""
        try:
            return zone_of(self.form.get("zone") or self.query.get("zone") or "")
        except ValueError:
            return None

    @property
    def chosen_language(self) -> str | None:
        chosen = self.form.get("lang") or self.query.get("lang") or ""
        return chosen if chosen in TAGS else None

    def choose_language(
        self, organisation: Organisation, *, stored: str | None = None, host: str | None = None
    ) -> Language:
        """The language of ?lang, else the `stored` one, the first one the browser accepts, the host's, the organisation's.

        Times are written as in the country that the first of these names with that language.
        """
        offered = languages_of(self.rt, organisation)
        known = [stored, *accepted(self.headers.get("accept-language", "")), host]
        wished = [tag for tag in (self.chosen_language, *known, organisation.default_language) if tag]
        code = next((code for tag in wished if (code := tag.partition("-")[0]) in offered), offered[0])
        chosen = self.chosen_language if self.chosen_language not in LANGUAGES else None
        return language_of(next((tag for tag in (chosen, *known) if tag and tag.partition("-")[0] == code), code))

    @property
    def page_path(self) -> str:
        """The path of the booking's page that this address belongs to: /m/{token} for /m/{token}/cancel."""
        return "/".join(self.path.split("/")[:3])

    def href(self, path: str, /, **query: str | None) -> str:
        """The address of one of our pages, with what the reader chose carried along."""
        given = {name: value for name, value in query.items() if value}
        if self.chosen_language and "lang" not in query:
            given["lang"] = self.chosen_language
        encoded = urlencode(given)
        return self.plain(path) + (f"?{encoded}" if encoded else "")

    def plain(self, path: str) -> str:
        """The address of one of our pages, for a form whose fields say the rest. What is embedded stays so."""
        if self.one_time is not None:
            path = self.one_time.leading(path)
        below = EMBED if self.embedded and _EMBEDDED.match(path) else ""
        return self.rt.settings.root_path + below + quote(path, safe="/:@!$&'()*+,;=-._~")

    def look(self, rule: str) -> None:
        """Count a look at pages of one kind (a name of settings.limits). Raises TooManyRequests."""
        self.throttle.use(rule, self.network, self._rates(rule), now=self.now)

    def left(self, rule: str) -> Left | None:
        """How often the network may still look; None where there is no limit."""
        return self.throttle.left(rule, self.network, self._rates(rule), now=self.now)

    def _rates(self, rule: str) -> tuple[Rate, ...]:
        rates: tuple[Rate, ...] = getattr(self.rt.settings.limits, rule)
        return rates

    def press(self, link: str) -> None:
        """Count a press that ends something, for its link alone: nobody's neighbours hinder it. Raises TooManyRequests."""
        rates = self.rt.settings.limits.open_link_per_network
        self.throttle.use("open_link_per_network", f"link {hash_of(link)}", rates, now=self.now)

    def known(self, look: Callable[[], Found], unknown: type[BookingError]) -> Found:
        """What a link leads to. One that leads nowhere counts for the network, which is told to wait after many such; links that
        lead somewhere are never refused for those, as whoever shares the network did not guess them.

        Raises `unknown`, TooManyRequests.
        """
        try:
            return look()
        except unknown:
            self.look("unknown_links_per_network")
            raise


def languages_of(rt: Runtime, organisation: Organisation) -> Sequence[str]:
    """What is on offer here: the organisation's languages that the operator has, one at least."""
    on_offer = [code for code in organisation.languages if code in rt.settings.ui.languages and code in LANGUAGES]
    return on_offer or [SOURCE]


def accepted(header: str) -> Iterable[str]:
    """What Accept-Language (RFC 9110 §12.5.4) names, the most wanted first: one of TAGS where it is one, else a language."""
    ranges = [found for part in header.split(",")[:20] if (found := _RANGE.fullmatch(part))]
    wanted = [(float(each[3] or 1), _tag(each[1].lower(), (each[2] or "").upper())) for each in ranges]
    return [tag for quality, tag in sorted(wanted, key=lambda each: -each[0]) if quality > 0]


def _tag(code: str, country: str) -> str:
    return tag if (tag := f"{code}-{country}") in TAGS else code

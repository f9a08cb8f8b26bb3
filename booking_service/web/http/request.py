"""What a page function gets: one request, read within bounds, with its instant."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from ...config.notation import Left, Rate
from ...crypto.tokens import hash_of
from ...domain.availability import zone_of
from ...domain.errors import BookingError
from ...domain.people import Organisation
from ...language import LANGUAGES, SOURCE, TAGS, Language, language_of
from ...runtime import Runtime
from .throttle import Throttle

EMBED = "/embed"
Found = TypeVar("Found")
# The pages from free times to the waiting page; all others open outside the frame.
_EMBEDDED = re.compile(r"/(?:b|(?![a-z]/)(?!static/|api/|preferences/|host/|admin/|demo/)[^/]+)/[^/]+(?:/|$)")
_RANGE = re.compile(r"\s*([A-Za-z]{1,8})(?:-([A-Za-z0-9-]{1,32}))?\s*(?:;\s*q=([01](?:\.[0-9]{1,3})?))?\s*")


@dataclass(frozen=True, slots=True)
class OneTime:
    """The one-time link by which a page was reached. `public`: the path of the meeting type's own page."""

    token: str
    path: str
    public: str

    def leading(self, path: str) -> str:
        """The path below this link, for a path of the meeting type."""
        if path == self.public or path.startswith(f"{self.public}/"):
            return self.path + path.removeprefix(self.public)
        return path


@dataclass(frozen=True, slots=True)
class SentFile:
    """An uploaded file, and its name."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """`path` is below root_path; of repeated parameters the first counts. `id` names the request on error pages.

    `real_now`: for sessions, as the demo moves `now`. `embedded`: shown inside another site's page, requested below
    EMBED, which `path` leaves out. `one_time`: the link by which it was reached, if any.
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
        """The uploaded file of this field; b"" for none."""
        sent = self.files.get(name)
        return sent.content if sent else b""

    @property
    def wants_json(self) -> bool:
        accept = self.headers.get("accept", "")
        return self.path.startswith("/api/") or ("application/json" in accept and "text/html" not in accept)

    @property
    def zone(self) -> ZoneInfo | None:
        """The time zone that the reader chose, if it is one; checked before it is opened."""
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
        """The language of ?lang, else `stored`, the browser's first supported one, the host's, the organisation's.

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
        """The path of the booking's page at this address: /m/{token} for /m/{token}/cancel."""
        return "/".join(self.path.split("/")[:3])

    def href(self, path: str, /, **query: str | None) -> str:
        """The address of one of our pages, with the reader's choices carried along."""
        given = {name: value for name, value in query.items() if value}
        if self.chosen_language and "lang" not in query:
            given["lang"] = self.chosen_language
        encoded = urlencode(given)
        return self.plain(path) + (f"?{encoded}" if encoded else "")

    def plain(self, path: str) -> str:
        """The address of one of our pages, for a form with fields of its own; stays embedded."""
        if self.one_time is not None:
            path = self.one_time.leading(path)
        below = EMBED if self.embedded and _EMBEDDED.match(path) else ""
        return self.rt.settings.root_path + below + quote(path, safe="/:@!$&'()*+,;=-._~")

    def look(self, rule: str) -> None:
        """Count a view of one kind of page (a name in settings.limits). Raises TooManyRequests."""
        self.throttle.use(rule, self.network, self._rates(rule), now=self.now)

    def left(self, rule: str) -> Left | None:
        """How often the network may still view; None without a limit."""
        return self.throttle.left(rule, self.network, self._rates(rule), now=self.now)

    def _rates(self, rule: str) -> tuple[Rate, ...]:
        rates: tuple[Rate, ...] = getattr(self.rt.settings.limits, rule)
        return rates

    def press(self, link: str) -> None:
        """Count a press that ends something, by its link alone, so that neighbours don't matter. Raises
        TooManyRequests."""
        rates = self.rt.settings.limits.open_link_per_network
        self.throttle.use("open_link_per_network", f"link {hash_of(link)}", rates, now=self.now)

    def known(self, look: Callable[[], Found], unknown: type[BookingError]) -> Found:
        """What a link leads to. Raises `unknown`, TooManyRequests.

        Unknown links are counted for the network, which must wait after many; valid links are never refused because of
        those, as neighbours did not guess them.
        """
        try:
            return look()
        except unknown:
            self.look("unknown_links_per_network")
            raise


def languages_of(rt: Runtime, organisation: Organisation) -> Sequence[str]:
    """The languages on offer: the organisation's that the operator allows, at least one."""
    on_offer = [code for code in organisation.languages if code in rt.settings.ui.languages and code in LANGUAGES]
    return on_offer or [SOURCE]


def accepted(header: str) -> Iterable[str]:
    """The languages of Accept-Language (RFC 9110 §12.5.4), most wanted first: one of TAGS, else a bare language."""
    ranges = [found for part in header.split(",")[:20] if (found := _RANGE.fullmatch(part))]
    wanted = [(float(each[3] or 1), _tag(each[1].lower(), (each[2] or "").upper())) for each in ranges]
    return [tag for quality, tag in sorted(wanted, key=lambda each: -each[0]) if quality > 0]


def _tag(code: str, country: str) -> str:
    return tag if (tag := f"{code}-{country}") in TAGS else code

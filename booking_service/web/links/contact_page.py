"""What every page about a contact knows: the request, whose page it is, and how its reader reads it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from starlette.responses import Response

from ...actions.access.link_opens import AGENT_LENGTH
from ...actions.consent.answers import Press
from ...domain import networks
from ...domain.availability import zone_kept
from ...domain.consent import Standing
from ...domain.errors import UnknownLink
from ...domain.people import Organisation
from ...domain.purposes import PurposeKind
from ...domain.text import one_line
from ...language import Language, zone_label
from ..http.request import PageRequest
from ..http.responses import Frame, page

Seen = TypeVar("Seen")


@dataclass(frozen=True, slots=True)
class ContactPage:
    """A request for a page about one contact, whose link may have been forwarded."""

    request: PageRequest
    organisation: Organisation
    language: Language

    @property
    def path(self) -> str:
        """/preferences/yes/{token}"""
        return self.request.path

    @property
    def sender(self) -> str:
        """Who asks, by name and address, on one line."""
        own = self.organisation.own(self.organisation.imprint, self.language.code).text
        lines = [line.strip() for line in own.splitlines() if line.strip()]
        if not lines or not lines[0].startswith(self.organisation.name):
            lines = [self.organisation.name, *lines]
        return ", ".join(line for line in lines if line)

    def zone_of(self, name: str) -> ZoneInfo:
        """Where times are read: the zone of this name, UTC where there is none."""
        return zone_kept(name, otherwise=ZoneInfo("UTC"))

    def href(self, path: str = "", **query: str) -> str:
        return self.request.href(path or self.path, **query)

    def respond(
        self, template: str, view: object, *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Response:
        frame = Frame(language=self.language, organisation=self.organisation, private=True)
        if self.request.method == "POST":
            frame = replace(frame, here=self.href())
        return page(self.request, template, view, frame, status=status, headers=headers)


def found(request: PageRequest, look: Callable[[], Seen], *, ends: bool = False) -> Seen:
    """What a mailed link leads to. `ends`: the press is a no, which nobody's neighbours may hinder; the mail programs of many
    people press from one network.

    Raises UnknownLink; TooManyRequests: the network opens many links, or tries many unknown ones.
    """
    if not ends:
        request.look("open_link_per_network")
    seen = request.known(look, UnknownLink)
    if ends:
        request.press(request.params["token"])
    return seen


def press_of(request: PageRequest, language: Language, *, page: str, shown: Iterable[str] = ()) -> Press:
    """Whence a button was pressed. `page`: its address without the token, which proves something; `shown`: the texts that stood
    there to be answered, as they are kept."""
    agent = one_line(request.headers.get("user-agent", ""))[:AGENT_LENGTH]
    text = "\n".join(each for each in shown if each)
    return Press(
        page=page,
        language=language.code,
        network=request.network,
        agent=agent,
        shown=text,
        on_record=networks.on_record(request.network, request.rt.settings.privacy.consent_networks),
    )


def ends_words(language: Language, kinds: Collection[PurposeKind]) -> str:
    """How what was agreed to ends: of emails by what stands below each of them, else on the page that a mailed link opens; "" of
    nothing."""
    if not kinds:
        return ""
    if set(kinds) == {PurposeKind.EMAIL}:
        return language.text("You can end it at any time, by the link below any of these emails.")
    return language.text("You can end it at any time on the page about your bookings and data.")


def erased_words(language: Language, organisation: Organisation) -> str:
    """What becomes of a field by the press that ends what allows to keep it."""
    return language.text(
        "At once and for good. Nobody at {organisation} can enter it again; only you can allow it anew.",
        organisation=organisation.name,
    )


def since(language: Language, standing: Standing, instant: datetime, zone: str) -> str:
    """The instant since which a grant counts; the day alone where it was given elsewhere."""
    return language.full_date(standing.since_on) if standing.since_on else stamp(language, instant, zone)


def stamp(language: Language, instant: datetime, zone: str) -> str:
    """Monday 23 November 2026, 11:14, Europe/Berlin (UTC+1)"""
    where = zone_kept(zone, otherwise=ZoneInfo("UTC"))
    local = instant.astimezone(where)
    return f"{language.full_date(local.date())}, {language.time(local)}, {zone_label(instant, where)}"

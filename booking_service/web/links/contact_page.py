"""What all pages about a contact share: the request, the contact, and the reader."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar
from zoneinfo import ZoneInfo

from starlette.responses import Response

from ...actions.access.link_opens import AGENT_LENGTH
from ...actions.consent.answers import Press
from ...domain import networks
from ...domain.availability import zone_kept
from ...domain.errors import UnknownLink
from ...domain.people import Organisation
from ...domain.purposes import PurposeKind
from ...domain.text import one_line
from ...language import Language
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
        """The page's path without the token: /preferences/yes/{token}."""
        return self.request.path

    @property
    def sender(self) -> str:
        """Who asks: name and address on one line."""
        own = self.organisation.own(self.organisation.imprint, self.language.code).text
        lines = [line.strip() for line in own.splitlines() if line.strip()]
        if not lines or not lines[0].startswith(self.organisation.name):
            lines = [self.organisation.name, *lines]
        return ", ".join(line for line in lines if line)

    def zone_of(self, name: str) -> ZoneInfo:
        """The zone of times: the one of this name, else UTC."""
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
    """What a mailed link leads to. `ends`: the press is a no, which is not limited by network.

    Mail programs of many people press from one network. Raises UnknownLink; TooManyRequests: the network opens many
    links, or tries many unknown ones.
    """
    if not ends:
        request.look("open_link_per_network")
    seen = request.known(look, UnknownLink)
    if ends:
        request.press(request.params["token"])
    return seen


def press_of(request: PageRequest, language: Language, *, page: str, shown: Iterable[str] = ()) -> Press:
    """The origin of a press. `page`: its address without the token. `shown`: the texts that it answers, as stored."""
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
    """How what was agreed to can be ended: mails by a link in each, the rest on the page behind a mailed link; "" for
    nothing."""
    if not kinds:
        return ""
    if set(kinds) == {PurposeKind.EMAIL}:
        return language.text("You can end it at any time, with the link at the foot of any of these emails.")
    return language.text("You can end it at any time on the page about your bookings and data.")


def erased_words(language: Language, organisation: Organisation) -> str:
    """What happens to a field by ending the consent that allows to keep it."""
    return language.text(
        "At once and for good. Nobody at {organisation} can enter it again unless you allow it.",
        organisation=organisation.name,
    )

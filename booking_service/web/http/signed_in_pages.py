"""Signed-in pages: their table, their requests, and the bar above them.

A page whose route has a `menu` appears in the bar for those who may see it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from starlette.responses import Response

from ...actions.access.sessions import Entered
from ...domain.audit import Actor
from ...domain.errors import NotFound
from ...domain.people import Organisation, Person
from ...domain.roles import Need, Rights
from ...domain.sessions import Session
from ...language import Language
from .request import PageRequest
from .responses import DeskEntry, DeskSection, DeskView, Frame

Label = Callable[[Language], str]


class Section(StrEnum):
    """The sections of the bar in order; the profile comes last, apart from the others."""

    TODAY = "today"
    BOOKINGS = "bookings"
    MEETINGS = "meetings"
    AVAILABILITY = "availability"
    CONSENTS = "consents"
    ORGANISATION = "organisation"
    PROFILE = "profile"


class Proof(StrEnum):
    """For which use of a page one must have proved who one is within the last ten minutes."""

    NEVER = "never"
    TO_CHANGE = "to-change"  # for its POST
    TO_SEE = "to-see"  # for its GET as well


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInRoute:
    """One signed-in address. `needs`: who may see it; for others it does not exist. `proof`: see web/http/reauthentication.py.

    `menu`: its label in the section's row and the menu; None for a page that others link to. The first page of a
    section with a `menu` is where the bar leads. `file_octets`: maximum size of an upload.
    """

    path: str
    needs: Need
    section: Section
    proof: Proof = Proof.NEVER
    menu: Label | None = None
    file_octets: int = 0
    get: "SignedInPage | None" = None
    post: "SignedInPage | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInRequest(PageRequest):
    """A request of a person who may see the page. `routes`: the table of all signed-in addresses.

    `entitled`: all rights of the person; `person` has only those that don't need a missing second factor.
    `has_second_factor`: one of their own; `second_at_provider`: the identity provider's counts instead.
    """

    person: Person
    entitled: Rights
    session: Session
    has_second_factor: bool
    second_at_provider: bool
    organisation: Organisation
    route: SignedInRoute
    routes: Sequence[SignedInRoute]

    @property
    def actor(self) -> Actor:
        """Who acts, for the audit log."""
        return Actor.of(self.person, agent=self.headers.get("user-agent", ""), network=self.network)

    @property
    def language(self) -> Language:
        """The person's language, or the one chosen for this page."""
        return self.choose_language(self.organisation, stored=self.person.language)

    @property
    def host_id(self) -> UUID:
        """The host that the person is. Raises NotFound: they are none."""
        if self.person.host_id is None:
            raise NotFound("nobody can book the time of this person")
        return self.person.host_id


SignedInPage = Callable[[SignedInRequest], Response]


def signed_in_request(
    request: PageRequest,
    *,
    entered: Entered,
    route: SignedInRoute,
    routes: Sequence[SignedInRoute],
) -> SignedInRequest:
    given = {each.name: getattr(request, each.name) for each in fields(PageRequest)}
    person, organisation, rights = entered.person, entered.organisation, entered.rights
    return SignedInRequest(
        **given,
        person=replace(person, roles=rights.roles, permissions=rights.permissions),
        entitled=person.rights,
        session=entered.session,
        has_second_factor=entered.has_second_factor,
        second_at_provider=entered.second_at_provider,
        organisation=organisation,
        route=route,
        routes=routes,
    )


def desk_frame(request: SignedInRequest) -> Frame:
    """The frame of all signed-in pages: not cached, with the bar."""
    return Frame(
        language=request.language,
        organisation=request.organisation,
        home="/host",
        private=True,
        here=_here(request),
        desk=_desk(request),
    )


def _here(request: SignedInRequest) -> str | None:
    """The address for reloading a form's response."""
    return request.href(shown_at(request)) if request.method == "POST" else None


def shown_at(request: SignedInRequest) -> str:
    """The path of the page that a form is on: its own, else the nearest above that shows something."""
    shown = {each.path for each in request.routes if each.get is not None}
    path, pattern = request.path, request.route.path
    while pattern and pattern not in shown:
        path, pattern = path.rpartition("/")[0], pattern.rpartition("/")[0]
    return path or "/host"


def section_name(section: Section, language: Language) -> str:
    match section:
        case Section.TODAY:
            return language.text("Today")
        case Section.BOOKINGS:
            return language.text("Bookings")
        case Section.MEETINGS:
            return language.text("Meeting types")
        case Section.AVAILABILITY:
            return language.text("Availability")
        case Section.CONSENTS:
            return language.text("Consents")
        case Section.ORGANISATION:
            return language.text("Organisation")
        case Section.PROFILE:
            return language.text("Profile")
        case _:
            assert_never(section)


def _desk(request: SignedInRequest) -> DeskView:
    sections = tuple(filter(None, (_section(request, each) for each in Section)))
    here = request.route.section
    return DeskView(
        person=request.person.name,
        sections=tuple(each for each in sections if each.key != Section.PROFILE),
        current=next((each for each in sections if each.key == here), None),
        profile=next((each.href for each in sections if each.key == Section.PROFILE), None),
        sign_out=request.plain("/host/sign-out"),
    )


def _section(request: SignedInRequest, section: Section) -> DeskSection | None:
    """None: it has nothing for this person."""
    entries = tuple(
        DeskEntry(each.menu(request.language), request.href(each.path), each.path == request.route.path)
        for each in request.routes
        if each.section is section and each.menu is not None and request.entitled.meet(each.needs)
    )
    if not entries:
        return None
    name = section_name(section, request.language)
    return DeskSection(str(section), name, entries[0].href, section is request.route.section, entries)

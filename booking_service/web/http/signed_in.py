"""Signed-in pages: what the table of their addresses says of each, what each gets, and the bar above them all.

A page that the table gives a `menu` appears in the bar, for those who may see it; nothing else has to be told of it.
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
    """What the bar leads to, in its order; one's own name comes last, apart from the others."""

    TODAY = "today"
    BOOKINGS = "bookings"
    MEETINGS = "meetings"
    AVAILABILITY = "availability"
    CONSENTS = "consents"
    ORGANISATION = "organisation"
    PROFILE = "profile"


class Proof(StrEnum):
    """For what of a page one has to have shown within the last ten minutes who one is, or does so again."""

    NEVER = "never"
    TO_CHANGE = "to-change"  # for its POST
    TO_SEE = "to-see"  # for its GET as well


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInRoute:
    """One signed-in address. `needs`: who may see it; for others it is not there. `proof`: for what of it somebody has to
    show again who they are (web/http/proof.py). `menu`: what the section's row and the
    menu call it; None where other pages lead to it. The first page of a section with a `menu` is where the bar leads. `file_octets`: how
    large a file its form may bring."""

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
    """A request of somebody who is signed in and may see the page. `routes`: the table of all signed-in addresses. `entitled`: all
    that the person may once they have the second factor that the organisation wants for some of it; until then `person` may
    the rest only. `has_second_factor`: one of their own; `second_at_provider`: the identity provider's does instead, here."""

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
        """Who does what the request asks for, as the audit log has it."""
        return Actor.of(self.person, agent=self.headers.get("user-agent", ""), network=self.network)

    @property
    def language(self) -> Language:
        """The person's own, unless they chose another one for this page."""
        return self.choose_language(self.organisation, stored=self.person.language)

    @property
    def host_id(self) -> UUID:
        """The host that the person is. Raises NotFound: nobody can book their time."""
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
    """The frame of every signed-in page: kept nowhere, with the bar above it."""
    return Frame(
        language=request.language,
        organisation=request.organisation,
        home="/host",
        private=True,
        here=_here(request),
        desk=_desk(request),
    )


def _here(request: SignedInRequest) -> str | None:
    """Where the answer to a form is asked for: its own address, else the nearest above it that shows something."""
    if request.method != "POST":
        return None
    shown = {each.path for each in request.routes if each.get is not None}
    path, pattern = request.path, request.route.path
    while pattern and pattern not in shown:
        path, pattern = path.rpartition("/")[0], pattern.rpartition("/")[0]
    return request.href(path) if pattern else None


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
    """None: there is nothing in it for this person."""
    entries = tuple(
        DeskEntry(each.menu(request.language), request.href(each.path), each.path == request.route.path)
        for each in request.routes
        if each.section is section and each.menu is not None and request.entitled.meet(each.needs)
    )
    if not entries:
        return None
    name = section_name(section, request.language)
    return DeskSection(str(section), name, entries[0].href, section is request.route.section, entries)

"""People who may sign in, and their rights: listed, invited, changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from starlette.responses import Response

from ...actions.access import identities, people, second_factor, sessions
from ...actions.access.people import AlreadyHere, LastAdmin, Member, NoRole
from ...actions.setup import rights as setup_rights
from ...actions.setup.rights import RightsChanged, StillBooked
from ...domain.audit import AuditAct
from ...domain.ids import read_id
from ...domain.roles import Permission, Rights, Role
from ...domain.text import NAME_LENGTH, one_line
from ...language import LANGUAGES, Language
from ..http.forms import Problem, too_long
from ..http.mail_address import read_email
from ..http.responses import language_name, page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame
from ..parts.linked_accounts import AccountLine, account_line
from .people_words import HINTS, NAMES, rights_words
from .person_page import PEOPLE, no_role, person_id, why_refused

_NEW = f"{PEOPLE}/new"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """`state`: what needs attention, with its class `look`; else `seen` says when they were last here."""

    name: str
    href: str
    meta: str
    seen: str
    state: str
    look: str


@dataclass(frozen=True, slots=True)
class PeopleView:
    lines: tuple[PersonLine, ...]
    add: str
    did: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RightBox:
    """A box for one role or permission."""

    name: str
    label: str
    hint: str
    ticked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewView:
    action: str
    back: str
    email: str
    name: str
    languages: tuple[tuple[str, str, bool], ...]
    roles: tuple[RightBox, ...]
    permissions: tuple[RightBox, ...]
    problems: tuple[Problem, ...]
    wrong: Mapping[str, str]
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """`as_seen`: the rights that the form was filled from. `meanwhile`: what somebody else made of them; "" for
    nothing.

    `reset`: where their second factor is removed; "" for none. `accounts`: linked ones; `unlink`: where one is removed.
    """

    name: str
    email: str
    seen: str
    page: str
    page_note: str
    action: str
    as_seen: str
    roles: tuple[RightBox, ...]
    permissions: tuple[RightBox, ...]
    problem: str
    meanwhile: str
    accounts: tuple[AccountLine, ...]
    unlink: str
    sign_out: str
    reset: str
    invite: str
    remove: str
    back: str
    did: str


def show(request: SignedInRequest) -> Response:
    """GET /admin/people"""
    found = people.members(request.rt)
    view = PeopleView(
        lines=tuple(_line(request, each) for each in found),
        add=request.href(_NEW),
        did=_told(request.query.get("did", ""), request.language),
    )
    return page(request, "admin/people.html", view, desk_frame(request))


def show_new(request: SignedInRequest) -> Response:
    """GET /admin/people/new"""
    return _new(request, {f"right.{Role.HOST}": "yes", "language": request.organisation.default_language})


def invite(request: SignedInRequest) -> Response:
    """POST /admin/people/new: create the person and mail them a link that works for a week."""
    language, form = request.language, request.form
    wrong: dict[str, str] = {}
    email, wrong_email = read_email(form.get("email", ""), language)
    if wrong_email:
        wrong["email"] = wrong_email
    name = one_line(form.get("name", ""))
    if len(name) > NAME_LENGTH:
        wrong["name"] = too_long(language, NAME_LENGTH, len(name))
    rights = _rights(form)
    if not rights.roles:
        wrong["roles"] = no_role(language)
    if wrong:
        return _new(request, form, wrong=wrong)
    chosen = form.get("language", "")
    try:
        made = people.invite(
            request.rt,
            email,
            rights=rights,
            name=name,
            zone=request.person.zone.key,
            language=chosen if chosen in LANGUAGES else None,
            by=request.actor,
            now=request.now,
        )
    except AlreadyHere as error:
        told = language.text("{name} already signs in with this address.", name=error.person.name)
        return _new(request, form, wrong={"email": told}, standing=request.href(f"{PEOPLE}/{error.person.id}"))
    return see_other(request.href(f"{PEOPLE}/{made.id}", did="invited"))


def show_person(request: SignedInRequest) -> Response:
    """GET /admin/people/{id}. Raises NotFound."""
    return _person(request, people.member(request.rt, person_id(request)))


def change(request: SignedInRequest) -> Response:
    """POST /admin/people/{id}: roles and permissions. After a change by somebody else, both are shown."""
    wanted = _rights(request.form)
    try:
        setup_rights.change(
            request.rt,
            person_id(request),
            wanted,
            seen=request.form.get("as-seen"),
            by=request.actor,
            now=request.now,
        )
    except RightsChanged as error:
        member = people.member(request.rt, error.standing.id)
        return _person(request, member, wanted=wanted, meanwhile=error.standing.rights)
    except (NoRole, LastAdmin, StillBooked) as error:
        member = people.member(request.rt, person_id(request))
        return _person(request, member, wanted=wanted, problem=why_refused(error, member.person, request.language))
    return see_other(request.href(f"{PEOPLE}/{person_id(request)}", did="saved"))


def sign_out(request: SignedInRequest) -> Response:
    """POST /admin/people/{id}/sign-out: end all their sessions. Raises NotFound."""
    person = people.member(request.rt, person_id(request)).person
    sessions.end_everywhere(request.rt, person, by=request.actor, now=request.now)
    return see_other(request.href(f"{PEOPLE}/{person.id}", did="signed-out"))


def reset_second_factor(request: SignedInRequest) -> Response:
    """POST /admin/people/{id}/second-factor: remove a lost one. Raises NotFound."""
    person, act = people.member(request.rt, person_id(request)).person, AuditAct.SECOND_FACTOR_RESET
    second_factor.turn_off(request.rt, person, by=request.actor, now=request.now, act=act)
    return see_other(request.href(f"{PEOPLE}/{person.id}", did="reset"))


def unlink(request: SignedInRequest) -> Response:
    """POST /admin/people/{id}/account: unlink an account. Raises NotFound."""
    person = people.member(request.rt, person_id(request)).person
    chosen = read_id(request.form.get("account", ""))
    identities.unlink(request.rt, person, chosen, by=request.actor, now=request.now)
    return see_other(request.href(f"{PEOPLE}/{person.id}", did="unlinked"))


def invite_again(request: SignedInRequest) -> Response:
    """POST /admin/people/{id}/invite. Raises NotFound, TooManyRequests."""
    person = people.invite_again(request.rt, person_id(request), by=request.actor, now=request.now)
    return see_other(request.href(f"{PEOPLE}/{person.id}", did="invited"))


def _rights(form: Mapping[str, str]) -> Rights:
    ticked = {
        name.removeprefix("right.") for name, value in form.items() if name.startswith("right.") and value == "yes"
    }
    return Rights(
        roles=frozenset(each for each in Role if each in ticked),
        permissions=frozenset(each for each in Permission if each in ticked),
    )


def _boxes(rights: Rights, language: Language) -> tuple[tuple[RightBox, ...], tuple[RightBox, ...]]:
    def box(each: Role | Permission) -> RightBox:
        ticked = each in rights.roles or each in rights.permissions
        return RightBox(name=f"right.{each}", label=NAMES[each](language), hint=HINTS[each](language), ticked=ticked)

    return tuple(map(box, Role)), tuple(map(box, Permission))


def _line(request: SignedInRequest, member: Member) -> PersonLine:
    language, person = request.language, member.person
    state, look = "", ""
    if member.seen_at is None:
        state, look = language.text("Has not signed in yet"), "wait"
    elif member.failing:
        state, look = language.text("Calendar does not answer"), "fail"
    return PersonLine(
        name=person.name,
        href=request.href(f"{PEOPLE}/{person.id}"),
        meta=" · ".join((person.email, rights_words(person.rights, language), *_providers(request, member))),
        seen=_seen(request, member),
        state=state,
        look=look,
    )


def _providers(request: SignedInRequest, member: Member) -> tuple[str, ...]:
    return tuple(
        request.language.text("Signs in with {provider}", provider=each.provider) for each in _accounts(request, member)
    )


def _accounts(request: SignedInRequest, member: Member) -> tuple[AccountLine, ...]:
    language, zone, chosen = request.language, request.person.zone, request.rt.settings.oidc
    return tuple(account_line(each, chosen, language=language, zone=zone) for each in member.accounts)


def _seen(request: SignedInRequest, member: Member) -> str:
    if member.seen_at is None:
        return ""
    zone = request.person.zone
    today = request.real_now.astimezone(zone).date()
    return request.language.instant(member.seen_at, zone, today=today)


def _new(
    request: SignedInRequest,
    typed: Mapping[str, str],
    *,
    wrong: Mapping[str, str] = MappingProxyType({}),
    standing: str = "",
) -> Response:
    roles, permissions = _boxes(_rights(typed), request.language)
    view = NewView(
        action=request.plain(_NEW),
        back=request.href(PEOPLE),
        email=typed.get("email", ""),
        name=typed.get("name", ""),
        languages=tuple((code, language_name(code), code == typed.get("language")) for code in LANGUAGES),
        roles=roles,
        permissions=permissions,
        problems=tuple(Problem(name, text) for name, text in wrong.items()),
        wrong=wrong,
        standing=standing,
    )
    return page(request, "admin/person_new.html", view, desk_frame(request), status=422 if wrong else 200)


def _person(
    request: SignedInRequest,
    member: Member,
    *,
    wanted: Rights | None = None,
    meanwhile: Rights | None = None,
    problem: str = "",
) -> Response:
    """`wanted`: what was ticked, where it was not saved."""
    person, language = member.person, request.language
    roles, permissions = _boxes(wanted or person.rights, language)
    base = f"{PEOPLE}/{person.id}"
    view = PersonView(
        name=person.name,
        email=person.email,
        seen=_seen(request, member),
        page=request.href(f"/{member.host.slug}") if member.host else "",
        page_note="" if member.host is None or member.host.active else language.text("closed"),
        action=request.plain(base),
        as_seen=str(person.rights),
        roles=roles,
        permissions=permissions,
        problem=problem,
        meanwhile=rights_words(meanwhile, language) if meanwhile else "",
        accounts=_accounts(request, member),
        unlink=request.plain(f"{base}/account"),
        sign_out=request.plain(f"{base}/sign-out"),
        reset=request.plain(f"{base}/second-factor") if member.has_second_factor else "",
        invite=request.plain(f"{base}/invite") if member.seen_at is None else "",
        remove=request.href(f"{base}/remove"),
        back=request.href(PEOPLE),
        did=_told(request.query.get("did", ""), language),
    )
    status = 409 if meanwhile else 422 if problem else 200
    return page(request, "admin/person.html", view, desk_frame(request), status=status)


def _told(did: str, language: Language) -> str:
    match did:
        case "invited":
            return language.text("The invitation is on its way. Its link signs them in once, within a week.")
        case "saved":
            return language.text("Saved. It applies from the next page they open, and they are told by email.")
        case "reset":
            return language.text("The second factor is removed. They are told by email.")
        case "signed-out":
            return language.text("Signed out everywhere.")
        case "unlinked":
            return language.text("They can no longer sign in with this account. They are told by email.")
        case "removed":
            return language.text("Removed. They can no longer sign in.")
        case _:
            return ""

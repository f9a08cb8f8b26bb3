"""One's own account: name, ways to sign in, and sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from ...actions.access import identities, identity_provider, passwords, sessions
from ...actions.setup import own_profile
from ...domain.identities import Identity
from ...domain.ids import read_id
from ...domain.roles import ADMINS, HOSTS
from ...domain.sessions import Session
from ..http.identity_provider import why
from ..http.mail_delay import delay_words
from ..http.responses import page, see_other
from ..http.session import PROFILE, SECOND_FACTOR, SIGN_IN, without_session
from ..http.signed_in_pages import SignedInRequest, desk_frame
from ..parts.linked_accounts import AccountLine, account_line
from ..parts.webhook_lines import ALL_WEBHOOKS, WEBHOOKS
from .profile_form import ProfileForm, Typed, form_of, read, stored


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """A session. `here`: the one that this page is shown in."""

    id: str
    browser: str
    since: str
    seen: str
    network: str
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileView:
    """`password`, `second_factor`: since when, in words. `accounts`: linked ones; `provider`: where another can be
    linked.

    `did`: the result of an act; `problem`: why it failed. `provider` is "" without a provider. `webhooks`,
    `all_webhooks`, `tokens`: the pages of webhooks of one's own bookings, of everybody's, and of API tokens, "" without
    the right.
    """

    action: str
    form: ProfileForm
    email: str
    change_email: str
    password: str
    change_password: str
    second_factor: str
    change_second_factor: str
    has_second_factor: bool
    has_password: bool
    accounts: tuple[AccountLine, ...]
    unlink: str
    provider: str
    link: str
    webhooks: str
    all_webhooks: str
    tokens: str
    sessions: tuple[SessionLine, ...]
    end: str
    everywhere: str
    did: str
    problem: str


def show(request: SignedInRequest) -> Response:
    """GET /host/profile"""
    return _page(request, stored(request))


def save(request: SignedInRequest) -> Response:
    """POST /host/profile: name, zone and language, which apply from the next page on."""
    typed = read(request)
    if typed.wrong:
        return _page(request, typed)
    own_profile.save(
        request.rt,
        request.person.id,
        name=typed.name,
        zone=typed.zone,
        language=typed.language,
        by=request.actor,
        now=request.now,
    )
    return see_other(request.href(PROFILE, did="saved", lang=None))


def end_session(request: SignedInRequest) -> Response:
    """POST /host/profile/sessions: end one session; this one signs out this browser. Raises NotFound."""
    session_id = read_id(request.form.get("end", ""))
    sessions.end_one(request.rt, request.person, session_id, by=request.actor, now=request.now)
    if session_id == request.session.id:
        return without_session(request, see_other(request.href(SIGN_IN)))
    return see_other(request.href(PROFILE, did="ended"))


def sign_out_everywhere(request: SignedInRequest) -> Response:
    """POST /host/profile/everywhere: end all sessions, including this one."""
    sessions.end_everywhere(request.rt, request.person, by=request.actor, now=request.now)
    return without_session(request, see_other(request.href(SIGN_IN)))


def _page(request: SignedInRequest, typed: Typed) -> Response:
    found = sessions.listed(request.rt, request.person.id, real_now=request.real_now)
    credential = passwords.of_person(request.rt, request.person.id)
    set_at, accounts = credential.password_set_at, identities.linked(request.rt, request.person.id)
    is_host = request.person.host_id is not None and request.person.may(HOSTS)
    view = ProfileView(
        action=request.plain(PROFILE),
        form=form_of(request, typed),
        email=request.person.email,
        change_email=request.href(f"{PROFILE}/address"),
        password=_set_on(request, set_at),
        change_password=request.href(f"{PROFILE}/password"),
        second_factor=_since(request, credential.totp_set_at),
        change_second_factor=request.href(SECOND_FACTOR),
        has_password=set_at is not None,
        has_second_factor=request.has_second_factor,
        accounts=tuple(
            account_line(each, request.rt.settings.oidc, language=request.language, zone=request.person.zone)
            for each in accounts
        ),
        unlink=request.plain(f"{PROFILE}/provider/remove"),
        provider=_linkable(request, accounts),
        link=request.plain(f"{PROFILE}/provider"),
        webhooks=request.href(WEBHOOKS) if is_host else "",
        tokens=request.href("/host/tokens") if is_host else "",
        all_webhooks=request.href(ALL_WEBHOOKS) if request.person.may(ADMINS) else "",
        sessions=tuple(_line(request, each) for each in found),
        end=request.plain(f"{PROFILE}/sessions"),
        everywhere=request.plain(f"{PROFILE}/everywhere"),
        did="" if typed.wrong else _told(request),
        problem=why(request.query.get("did", ""), request.rt.settings.oidc.label, request.language),
    )
    return page(request, "host/profile.html", view, desk_frame(request), status=422 if typed.wrong else 200)


def _told(request: SignedInRequest) -> str:
    language, did = request.language, request.query.get("did", "")
    match did:
        case "saved":
            return language.text("Saved. It applies to these pages and to emails to you.")
        case "address-asked":
            asked = language.text(
                "A link is on its way to the new address, unless somebody already signs in with it. Open it "
                "in this browser; until then nothing changes."
            )
            return f"{asked} {delay_words(request.rt, language)}".strip()
        case "address":
            return language.text("You now sign in with the new address. Every other browser is signed out.")
        case "ended":
            return language.text("The session is ended. That browser is now signed out.")
        case "password":
            return language.text("The password is set. Every other browser is now signed out.")
        case "no-password":
            return language.text("The password is removed. You now sign in by a mailed link.")
        case "linked":
            return language.text("The account is linked. You can sign in with it from now on.")
        case "unlinked":
            return language.text("You can no longer sign in with this account.")
        case "no-second-factor":
            return language.text("The second factor is turned off.")
        case _:
            return ""


def _set_on(request: SignedInRequest, set_at: datetime | None) -> str:
    language = request.language
    if set_at is None:
        return language.text("None set")
    return language.text("Set on {day}", day=language.full_date(set_at.astimezone(request.person.zone).date()))


def _since(request: SignedInRequest, set_at: datetime | None) -> str:
    language = request.language
    if set_at is None:
        return language.text("Off")
    return language.text("On since {day}", day=language.full_date(set_at.astimezone(request.person.zone).date()))


def _linkable(request: SignedInRequest, accounts: Sequence[Identity]) -> str:
    chosen = request.rt.settings.oidc
    if not identity_provider.is_set_up(request.rt) or identity_provider.lacks_package():
        return ""
    return "" if any(each.issuer == chosen.issuer for each in accounts) else chosen.label


def _line(request: SignedInRequest, session: Session) -> SessionLine:
    language, zone = request.language, request.person.zone
    today = request.real_now.astimezone(zone).date()
    return SessionLine(
        id=str(session.id),
        browser=language.browser(session.agent),
        since=language.text("Since {time}", time=language.instant(session.created_at, zone, today=today)),
        seen=language.text("last seen {time}", time=language.instant(session.seen_at, zone, today=today)),
        network=language.text("network {network}", network=session.network),
        here=session.id == request.session.id,
    )

"""Signing in and out: a link is requested, mailed, opened by GET, and used by POST."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from ...actions.access import identity_provider, passwords, sessions, sign_in
from ...actions.mail.facts import sender
from ...actions.times import public
from ...domain.errors import NotFound, SignInOver, TooManyRequests, WrongCode, WrongPassword
from ...domain.ids import read_id
from ...domain.people import Organisation, Person
from ...domain.sessions import SignIn
from ...language import Language
from ..http.errors import retry, status_of
from ..http.identity_provider import why
from ..http.mail_address import likely_meant, read_email
from ..http.mail_delay import delay_words
from ..http.refusal_words import words
from ..http.request import PageRequest
from ..http.responses import Frame, page, see_other
from ..http.session import (
    SIGN_IN,
    entered,
    entering,
    go_on,
    onwards,
    session_token,
    without_session,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderView:
    """The identity provider's button. `problem`: why it let nobody in. `missing`: its package is not installed."""

    label: str
    action: str
    problem: str
    missing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInView:
    """`problem`: about the address. `over`: why an earlier link is invalid, and `used`: it was used.

    `refused`: why the password was. `stopped`: everything was just ended by a mailed link. `timed_out`: the second
    factor's code came too late.
    """

    action: str
    by_password: str
    stopped: bool
    timed_out: bool
    onwards: str
    provider: ProviderView | None
    email: str = ""
    problem: str = ""
    over: str = ""
    used: bool = False
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentView:
    """`problem`: why the code was refused. `delayed`: a remark while no mail can be sent; else ""."""

    email: str
    meant: str | None
    until: str
    delayed: str
    sender: str
    action: str
    again: str
    other: str
    onwards: str
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmView:
    name: str
    asked: str
    until: str
    action: str


def show(request: PageRequest) -> Response:
    """GET /host/sign-in: the form. Whoever is signed in goes on."""
    if sessions.current(request.rt, session_token(request), real_now=request.real_now) is not None:
        return go_on(request, request.query.get("next", ""))
    return _form(request)


def ask(request: PageRequest) -> Response:
    """POST /host/sign-in: the same response whether or not anybody has the address."""
    _, language = _spoken(request)
    email, problem = read_email(request.form.get("email", ""), language)
    if problem:
        return _form(request, email=request.form.get("email", ""), problem=problem, status=422)
    made = sign_in.ask(request.rt, email, entering(request), onwards=onwards(request.form.get("next", "")))
    return see_other(request.href(f"{SIGN_IN}/sent/{made.id}"))


def use_password(request: PageRequest) -> Response:
    """POST /host/sign-in/password: the same response, after the same work, whatever is wrong."""
    typed = request.form.get("email", "")
    try:
        opened = passwords.enter(request.rt, typed, request.form.get("password", ""), entering(request))
    except (WrongPassword, TooManyRequests) as error:
        refused = words(error, _spoken(request)[1], request=request)[1]
        headers = retry(error, now=request.now)
        return _form(request, email=typed, refused=refused, status=status_of(error), headers=headers)
    return entered(request, onwards(request.form.get("next", "")), opened)


def show_sent(request: PageRequest) -> Response:
    """GET /host/sign-in/sent/{id}: look into the inbox, or type the code."""
    return _sent(request, _asked(request))


def use_code(request: PageRequest) -> Response:
    """POST /host/sign-in/sent/{id}: the six digits of the mail."""
    asked = _asked(request)
    try:
        opened, used = sign_in.enter_by_code(request.rt, asked.id, request.form.get("code", ""), entering(request))
    except WrongCode as error:
        return _sent(request, asked, problem=words(error, _spoken(request)[1], request=request)[1], status=422)
    except SignInOver as error:
        return _over(request, error)
    return entered(request, used.onwards, opened)


def show_confirm(request: PageRequest) -> Response:
    """GET /host/sign-in/{token}: who will be signed in. Programs that open links sign nobody in."""
    _, language = _spoken(request)
    request.look("open_link_per_network")
    try:
        found, person = _known(request)
    except SignInOver as error:
        return _over(request, error)
    zone, today = person.zone, request.real_now.astimezone(person.zone).date()
    at, browser = language.instant(found.asked_at, zone, today=today), language.browser(found.agent)
    view = ConfirmView(
        name=person.name,
        asked=language.text("You asked for this link at {time}, with {browser}.", time=at, browser=browser)
        if found.agent
        else "",
        until=language.instant(found.ends_at, zone, today=today),
        action=request.plain(request.path),
    )
    return _page(request, "host/sign_in_confirm.html", view)


def confirm(request: PageRequest) -> Response:
    """POST /host/sign-in/{token}: sign in with a new session."""
    request.look("confirm_per_network")
    try:
        _known(request)
        opened, used = sign_in.enter(request.rt, request.params["token"], entering(request))
    except SignInOver as error:
        return _over(request, error)
    return entered(request, used.onwards, opened)


def sign_out(request: PageRequest) -> Response:
    """POST /host/sign-out: end this session, on the server too."""
    sessions.leave(request.rt, session_token(request))
    return without_session(request, see_other(request.href(SIGN_IN)))


def _known(request: PageRequest) -> tuple[SignIn, Person]:
    """Whom the link signs in. Unknown links are counted, to stop guessing."""
    token = request.params["token"]
    try:
        return request.known(lambda: sign_in.opened(request.rt, token, real_now=request.real_now), NotFound)
    except NotFound as error:
        raise SignInOver("there is no sign-in of this link") from error


def _asked(request: PageRequest) -> SignIn:
    return sign_in.asked(request.rt, read_id(request.params["id"]))


def _over(request: PageRequest, error: SignInOver) -> Response:
    _, language = _spoken(request)
    over = [language.text("A sign-in link works once and for 15 minutes.")]
    if error.used_at is not None:
        over.append(_used(request.real_now - error.used_at, language))
    return _form(request, email=error.email, over=" ".join(over), used=error.used_at is not None, status=410)


def _used(before: timedelta, language: Language) -> str:
    if before < timedelta(minutes=1):
        return language.text("This one was used a moment ago.")
    return language.text("This one was used {time} ago.", time=language.duration(before))


def _form(
    request: PageRequest,
    *,
    email: str = "",
    problem: str = "",
    over: str = "",
    used: bool = False,
    refused: str = "",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    asked_for = request.query.get("next", "") or request.form.get("next", "")
    view = SignInView(
        action=request.plain(SIGN_IN),
        by_password=request.plain(f"{SIGN_IN}/password"),
        stopped=request.query.get("did") == "stopped",
        timed_out=request.query.get("did") == "over",
        onwards=onwards(asked_for),
        provider=_provider(request),
        email=email,
        problem=problem,
        over=over,
        used=used,
        refused=refused,
    )
    return _page(request, "host/sign_in.html", view, status=status, headers=headers)


def _provider(request: PageRequest) -> ProviderView | None:
    if not identity_provider.is_set_up(request.rt):
        return None
    label = request.rt.settings.oidc.label
    return ProviderView(
        label=label,
        action=request.plain(f"{SIGN_IN}/provider"),
        problem=why(request.query.get("did", ""), label, _spoken(request)[1]),
        missing=identity_provider.lacks_package(),
    )


def _sent(request: PageRequest, asked: SignIn, *, problem: str = "", status: int = 200) -> Response:
    _, language = _spoken(request)
    minutes = max(0, int((asked.ends_at - request.real_now).total_seconds()) // 60)
    view = SentView(
        email=asked.email,
        meant=likely_meant(asked.email),
        until=language.plural("{count} minute", "{count} minutes", minutes),
        delayed=delay_words(request.rt, language),
        sender=sender(request.rt),
        action=request.plain(request.path),
        again=request.plain(SIGN_IN),
        other=request.href(SIGN_IN, next=asked.onwards),
        onwards=asked.onwards,
        problem=problem,
    )
    return _page(request, "host/sign_in_sent.html", view, status=status)


def _page(
    request: PageRequest, template: str, view: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    organisation, language = _spoken(request)
    here = None
    if request.method == "POST":
        here = request.href(request.path.removesuffix("/password"), next=request.form.get("next"))
    frame = Frame(language=language, organisation=organisation, private=True, here=here)
    return page(request, template, view, frame, status=status, headers=headers)


def _spoken(request: PageRequest) -> tuple[Organisation, Language]:
    organisation = public.organisation(request.rt)
    return organisation, request.choose_language(organisation)

"""One's own second factor: set up, new recovery codes, turned off."""

from dataclasses import dataclass

from markupsafe import Markup
from starlette.responses import Response

from ...actions.access import second_factor
from ...crypto.second_factor import grouped
from ...domain.errors import SignInOver, WrongSecondFactor
from ..http.refusal_words import words
from ..http.responses import page, see_other
from ..http.session import PROFILE, SECOND_FACTOR, go_on, onwards
from ..http.signed_in_pages import SignedInRequest, desk_frame
from ..parts.qr import qr_svg


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpView:
    """`wanted`: the organisation requires it of this person. `code`: the QR code of `address`; `secret`: for typing."""

    wanted: bool
    action: str
    onwards: str
    back: str
    code: Markup
    address: str
    secret: str
    sealed: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnView:
    since: str
    left: int
    few: bool
    wanted: bool
    renew: str
    off: str
    back: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodesView:
    """`codes`: shown this once."""

    codes: tuple[str, ...]
    renewed: bool
    further: str


_FEW = 3  # recovery codes left, below which new ones are recommended


def show(request: SignedInRequest) -> Response:
    """GET /host/profile/second-factor"""
    return _on(request) if request.has_second_factor else _set_up(request)


def turn_on(request: SignedInRequest) -> Response:
    """POST /host/profile/second-factor: the first code proves the app; shows the recovery codes, this once."""
    try:
        made = second_factor.turn_on(
            request.rt,
            request.person,
            request.form.get("code", ""),
            sealed=request.form.get("sealed", ""),
            here=request.session.id,
            by=request.actor,
            now=request.now,
            real_now=request.real_now,
        )
    except WrongSecondFactor as error:
        return _set_up(request, refused=error)
    except SignInOver:
        return see_other(request.href(SECOND_FACTOR))
    return _recovery_codes(request, made, renewed=False)


def renew(request: SignedInRequest) -> Response:
    """POST /host/profile/second-factor/codes: replace the recovery codes and show them, this once."""
    made = second_factor.renew_recovery_codes(request.rt, request.person, by=request.actor, now=request.now)
    return _recovery_codes(request, made, renewed=True) if made else see_other(request.href(SECOND_FACTOR))


def turn_off(request: SignedInRequest) -> Response:
    """POST /host/profile/second-factor/off"""
    second_factor.turn_off(request.rt, request.person, by=request.actor, now=request.now)
    return see_other(request.href(PROFILE, did="no-second-factor"))


def _set_up(request: SignedInRequest, *, refused: WrongSecondFactor | None = None) -> Response:
    language = request.language
    made = second_factor.begin(request.rt, request.person, request.session.id, sealed=request.form.get("sealed", ""))
    view = SetUpView(
        wanted=_wanted(request),
        action=request.plain(SECOND_FACTOR),
        onwards=onwards(request.query.get("next", "") or request.form.get("next", "")),
        back=request.href(PROFILE),
        code=qr_svg(made.address, language.text("QR code for your app")),
        address=made.address,
        secret=grouped(made.secret),
        sealed=made.sealed,
        problem=words(refused, language, request=request)[1] if refused else "",
    )
    return page(request, "host/second_factor_new.html", view, desk_frame(request), status=422 if refused else 200)


def _on(request: SignedInRequest) -> Response:
    language, zone = request.language, request.person.zone
    state = second_factor.state(request.rt, request.person.id)
    view = OnView(
        since=language.full_date(state.since.astimezone(zone).date()) if state.since else "",
        left=state.recovery_codes,
        few=state.recovery_codes <= _FEW,
        wanted=_wanted(request),
        renew=request.plain(f"{SECOND_FACTOR}/codes"),
        off=request.plain(f"{SECOND_FACTOR}/off"),
        back=request.href(PROFILE),
    )
    return page(request, "host/second_factor.html", view, desk_frame(request))


def _recovery_codes(request: SignedInRequest, made: tuple[str, ...], *, renewed: bool) -> Response:
    asked_for = onwards(request.form.get("next", ""))
    further = go_on(request, asked_for).headers["location"] if asked_for else request.href(PROFILE)
    view = RecoveryCodesView(codes=made, renewed=renewed, further=further)
    return page(request, "host/recovery_codes.html", view, desk_frame(request))


def _wanted(request: SignedInRequest) -> bool:
    lacking = request.entitled.but_for(request.organisation.second_factor) != request.entitled
    return lacking and not request.second_at_provider

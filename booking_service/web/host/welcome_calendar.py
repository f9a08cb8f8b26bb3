"""Setting up a calendar: account, discovery, choice of conflict calendars and target, trying the target."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.responses import Response

from ...actions.calendar import account_connection
from ...actions.calendar.account_connection import KEEP, NEW, Connecting, Stage, StepTaken, explained
from ...actions.setup import welcome
from ...domain.errors import TooManyRequests
from ...language import Language, zone_label
from ..http.responses import page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame
from ..parts.explanations import in_words
from .calendar_words import too_many_tries
from .welcome_calendar_form import Failed, StepLine, calendar_form
from .welcome_steps import CALENDAR, CHOICE, HOURS, LOOKING, TRYING

_EACH_S = "2"  # seconds until a waiting page reloads
_LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class LookingView:
    account: str
    steps: tuple[StepLine, ...]
    again: str
    stop: str


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """A discovered calendar. `key`: the name of its fields."""

    key: str
    name: str
    about: str
    busy: bool
    target: bool
    writable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceView:
    """`taking`: the present target elsewhere, which may stay; `keep`: that is chosen."""

    count: int
    rows: tuple[ChoiceRow, ...]
    taking: str
    keep: bool
    new: bool
    new_name: str
    wrong: str
    unusable: Failed | None
    action: str
    later: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedView:
    """`over`: the try succeeded. `kept`: no calendar of the account takes bookings."""

    over: bool
    kept: bool
    name: str
    lines: tuple[str, ...]
    again: str
    onwards: str
    calendars: str
    later: str


def show(request: SignedInRequest) -> Response:
    """GET /host/welcome/calendar?provider="""
    return calendar_form(request, provider=request.query.get("provider", ""))


def look(request: SignedInRequest) -> Response:
    """POST /host/welcome/calendar: have the worker discover calendars; the next page shows the progress."""
    form = request.form
    provider, address = form.get("provider", ""), form.get("address", "").strip()[:_LONGEST]
    user, password = form.get("user", "").strip()[:_LONGEST], form.get("password", "")[:_LONGEST]
    wrong = _wrong(request.language, address=address, user=user, password=password)
    if wrong:
        return calendar_form(request, provider=provider, address=address, user=user, wrong=wrong, status=422)
    try:
        account_connection.begin(
            request.rt,
            request.host_id,
            address=address,
            user=user,
            password=password,
            provider=provider[:40],
            now=request.now,
        )
    except TooManyRequests as error:
        wrong = {"password": too_many_tries(request, error)}
        return calendar_form(request, provider=provider, address=address, user=user, wrong=wrong, status=429)
    return see_other(request.href(LOOKING))


def show_looking(request: SignedInRequest) -> Response:
    """GET /host/welcome/looking: the progress of discovery; leads on by itself."""
    found = account_connection.standing(request.rt, request.host_id)
    if found is None:
        return see_other(request.href(CALENDAR))
    match found.stage:
        case Stage.LOOKING:
            view = LookingView(
                account=_account(found, request.language),
                steps=tuple(_step(each, request.language) for each in found.steps),
                again=request.href(LOOKING),
                stop=request.href(LOOKING),
            )
            return page(request, "host/welcome_looking.html", view, desk_frame(request), headers={"Refresh": _EACH_S})
        case Stage.FAILED:
            wrong = {"password": request.language.text("Please enter the password again. What you typed was not kept.")}
            return calendar_form(
                request,
                provider=found.provider,
                address=found.address,
                user=found.username,
                wrong=wrong,
                failed=_reported(request, found),
            )
        case Stage.FOUND | Stage.UNUSABLE:
            return see_other(request.href(CHOICE))
        case Stage.TRYING | Stage.TRIED:
            return see_other(request.href(TRYING))


def stop(request: SignedInRequest) -> Response:
    """POST /host/welcome/looking: stop, and begin with another address."""
    account_connection.stop(request.rt, request.host_id)
    return see_other(request.href(CALENDAR))


def show_choice(request: SignedInRequest) -> Response:
    """GET /host/welcome/calendars"""
    found = account_connection.standing(request.rt, request.host_id)
    if found is None or found.stage in (Stage.LOOKING, Stage.FAILED):
        return see_other(request.href(LOOKING))
    return _choice_page(request, found)


def choose(request: SignedInRequest) -> Response:
    """POST /host/welcome/calendars: store the choice, and have the worker try the target."""
    found = account_connection.standing(request.rt, request.host_id)
    if found is None or found.stage in (Stage.LOOKING, Stage.FAILED):
        return see_other(request.href(LOOKING))
    if found.stage is Stage.TRYING:
        return see_other(request.href(TRYING))
    keys = {str(index): each for index, each in enumerate(found.found)}
    busy = [each.url for key, each in keys.items() if request.form.get(f"busy-{key}")]
    wanted = request.form.get("target", "")
    keeps = wanted == KEEP and bool(_taking(request, found))
    if wanted != NEW and not keeps and (wanted not in keys or not keys[wanted].writable):
        wrong = request.language.text("Choose the calendar that your bookings go to.")
        return _choice_page(request, found, wrong=wrong, form=request.form, status=422)
    account_connection.choose(
        request.rt,
        request.host_id,
        busy=busy,
        target=wanted if wanted in (NEW, KEEP) else keys[wanted].url,
        new_name=request.language.text("Bookings"),
        now=request.now,
    )
    return see_other(request.href(TRYING))


def show_trying(request: SignedInRequest) -> Response:
    """GET /host/welcome/trying: what the calendar does with a test entry, in words."""
    found = account_connection.standing(request.rt, request.host_id)
    if found is None or found.stage not in (Stage.TRYING, Stage.TRIED, Stage.UNUSABLE):
        return see_other(request.href(LOOKING))
    if found.stage is Stage.UNUSABLE:
        return see_other(request.href(CHOICE))
    over, language = found.stage is Stage.TRIED, request.language
    target = account_connection.target(request.rt, found) if over else None
    view = TriedView(
        over=over,
        name=target.name if target else "",
        kept=over and target is None,
        lines=_sentences(target.capabilities, language) if target else (),
        again=request.href(TRYING),
        onwards=request.href(HOURS),
        calendars=request.href("/host/calendars"),
        later=request.href("/host"),
    )
    headers = {} if over else {"Refresh": _EACH_S}
    return page(request, "host/welcome_trying.html", view, desk_frame(request), headers=headers)


def _wrong(language: Language, *, address: str, user: str, password: str) -> dict[str, str]:
    wrong = {}
    if not address:
        wrong["address"] = language.text("Enter an email address, or the address of the calendar server.")
    if not user and "@" not in address:
        wrong["user"] = language.text("Enter the user name of this account.")
    if not password:
        wrong["password"] = language.text("Enter the password.")
    elif wrong:
        wrong["password"] = language.text("Please enter the password again. What you typed was not kept.")
    return wrong


def _choice_page(
    request: SignedInRequest,
    found: Connecting,
    *,
    wrong: str = "",
    form: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    language = request.language
    progress = welcome.progress(request.rt, request.host_id)
    taking, known = _taking(request, found), {each.url: each.conflicts for each in progress.calendars}
    standing = progress.target.url if progress.target else ""
    chosen = form.get("target", "") if form else _first_target(found, taking=taking, standing=standing)
    rows = tuple(
        ChoiceRow(
            key=str(index),
            name=each.name,
            about="" if each.writable else language.text("For reading only"),
            busy=bool(form.get(f"busy-{index}"))
            if form
            else each.url in found.busy
            if found.busy
            else known.get(each.url, True),
            target=chosen == str(index),
            writable=each.writable,
        )
        for index, each in enumerate(found.found)
    )
    view = ChoiceView(
        count=len(rows),
        rows=rows,
        taking=taking,
        keep=chosen == KEEP,
        new=chosen == NEW,
        new_name=language.text("Bookings"),
        wrong=wrong,
        unusable=_failed(found, language) if found.stage is Stage.UNUSABLE else None,
        action=request.href(CHOICE),
        later=request.href("/host"),
    )
    return page(request, "host/welcome_choice.html", view, desk_frame(request), status=status)


def _taking(request: SignedInRequest, found: Connecting) -> str:
    """The name of the target in another account; "" for none."""
    target = welcome.progress(request.rt, request.host_id).target
    return target.name if target and target.url not in {each.url for each in found.found} else ""


def _first_target(found: Connecting, *, taking: str, standing: str) -> str:
    """The former choice; else the calendar at the address `standing`, the first writable one, or a new one."""
    if found.target in (NEW, KEEP):
        return found.target
    if taking and not found.target:
        return KEEP
    urls = [each.url for each in found.found]
    for url in (found.target, standing):
        if url in urls:
            return str(urls.index(url))
    return next((str(index) for index, each in enumerate(found.found) if each.writable), NEW)


def _account(found: Connecting, language: Language) -> str:
    if not found.username:
        return found.address
    return language.text("{user} at {address}", user=found.username, address=found.address)


def _reported(request: SignedInRequest, found: Connecting) -> Failed:
    """The failure with everything an administrator needs: account, steps, the server's words, time."""
    language, failed = request.language, _failed(found, request.language)
    zone = request.person.zone
    lines = (
        _account(found, language),
        *(f"{each.text}: {each.outcome}. {each.detail}" for each in failed.steps),
        failed.title,
        f"{language.text('In detail:')} {failed.server_words}" if failed.server_words else "",
        f"{language.instant(request.now, zone)}, {zone_label(request.now, zone)}",
    )
    return replace(failed, report="\n".join(each for each in lines if each))


def _failed(found: Connecting, language: Language) -> Failed:
    sentence, remedy = in_words(explained(found), language)
    return Failed(
        title=sentence,
        remedy=remedy,
        server_words=found.failure_text,
        steps=_steps_to_the_end(found, language),
    )


def _steps_to_the_end(found: Connecting, language: Language) -> tuple[StepLine, ...]:
    """The steps; a last one with a refused password is about that, not about the address."""
    *before, last = (_step(each, language) for each in found.steps)
    if found.password_refused and not last.ok:
        last = StepLine(language.text("Signing in"), language.text("refused"), False, last.detail)
    return (*before, last)


def _step(step: StepTaken, language: Language) -> StepLine:
    outcome = language.text("fine") if step.ok else language.text("not here")
    return StepLine(_step_name(step.name, language), outcome, step.ok, language.text(step.text, **step.values))


def _step_name(name: str, language: Language) -> str:
    match name:
        case "address" | "url":
            return language.text("The address")
        case "dns":
            return language.text("DNS record")
        case "well-known":
            return "/.well-known/caldav"
        case "base path":
            return language.text("Usual places on the server")
        case "principal":
            return language.text("Signing in")
        case "home" | "dav":
            return language.text("A server that keeps calendars")
        case _:
            return language.text("Calendars")


def _sentences(capabilities: Mapping[str, object], language: Language) -> tuple[str, ...]:
    """What the host should know about the result of the probe."""
    guards = all(capabilities.get(each) for each in ("create_guard", "update_guard", "delete_guard"))
    return (
        language.text(
            "A held time appears at once, marked as tentative. Invitations come from us, never from the calendar server."
        ),
        language.text("When the invitee confirms, the same entry turns firm. When they do not, it disappears."),
        language.text(
            "Your own edits are safe: the server refuses to overwrite an entry that was changed in the meantime."
        )
        if guards
        else language.text(
            "The server does not protect entries that were changed in the meantime, so we read each one "
            "before we write it."
        ),
        language.text("Your edits are noticed quickly: the server tells us what changed.")
        if capabilities.get("sync")
        else language.text("Your edits are noticed a little later, because we have to compare everything."),
    )

"""Connected calendars: health, purpose, and what a host can do about them."""

from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from starlette.responses import Response

from ...actions.calendar import move_event
from ...actions.setup import calendars
from ...actions.setup.calendars import AccountSeen, AccountStillNeeded, CalendarSeen, Connected, TakesBookings
from ...domain.errors import TooManyRequests
from ...domain.ids import read_id
from ...domain.meeting import MeetingType
from ...domain.people import Host
from ...domain.text import NAME_LENGTH, one_line
from ..http.responses import page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame
from ..parts.explanations import in_words
from .booking_words import title
from .calendar_words import read_ago, too_many_tries

CALENDARS, MOVE, HOLDS = "/host/calendars", "/host/calendars/move", "/host/calendars/holds"
_EACH_S = "2"
_LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarLine:
    """`tone`: "" fine, "wait" being read, "fail" unreadable, "over" left out. `wrong`, `remedy`: of an unreadable one.

    `closes`: the booking page is closed because of it. `leave`, `back`: leave it out, or no longer.
    """

    name: str
    href: str
    about: str
    state: str
    tone: str
    wrong: str
    remedy: str
    closes: bool
    leave: str
    back: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBox:
    title: str
    about: str
    lines: tuple[CalendarLine, ...]
    read: str
    password: str
    disconnect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarsView:
    done: str
    reading: bool
    accounts: tuple[AccountBox, ...]
    connect: str
    elsewhere: str
    move: str
    holds: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarView:
    title: str
    name: str
    wrong: str
    changed: bool
    taken: str
    seen: str
    conflicts: bool
    target: bool
    about: str
    action: str
    back: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordView:
    account: str
    wrong: str
    action: str
    another: str
    back: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisconnectView:
    """`needed`: why it can't be disconnected; then there is no button."""

    account: str
    names: tuple[str, ...]
    needed: tuple[str, ...]
    move: str
    action: str
    back: str


def show(request: SignedInRequest) -> Response:
    """GET /host/calendars; reloads itself while a calendar is being read."""
    found = calendars.show(request.rt, request.host_id, now=request.now)
    reading = any(each.reading for account in found.accounts for each in account.calendars)
    view = CalendarsView(
        done=_done(request),
        reading=reading,
        accounts=tuple(_account(request, each, found.host) for each in found.accounts),
        connect=request.href("/host/welcome/calendar"),
        elsewhere=_elsewhere(request),
        move=request.href(MOVE),
        holds=request.href(HOLDS) if found.accounts else "",
    )
    headers = {"Refresh": _EACH_S} if reading and request.query.get("did") in ("reading", "password") else {}
    return page(request, "host/calendars.html", view, desk_frame(request), headers=headers)


def read_now(request: SignedInRequest) -> Response:
    """POST /host/calendars/accounts/{id}/read"""
    calendars.read_now(request.rt, request.host_id, _id(request), now=request.now)
    return see_other(request.href(CALENDARS, did="reading"))


def leave_out(request: SignedInRequest) -> Response:
    """POST /host/calendars/{id}/left-out: until midnight; with act=back no longer."""
    leaves = request.form.get("act") != "back"
    calendars.leave_out(request.rt, request.host_id, _id(request), leaves, by=request.actor.name, now=request.now)
    return see_other(request.href(CALENDARS, did="left-out" if leaves else "back"))


def show_one(request: SignedInRequest) -> Response:
    """GET /host/calendars/{id}"""
    return _one_page(request)


def change(request: SignedInRequest) -> Response:
    """POST /host/calendars/{id}"""
    connected = calendars.calendar_of(request.rt, request.host_id, _id(request))
    name = one_line(request.form.get("name", ""))
    if not 0 < len(name) <= NAME_LENGTH:
        wrong = request.language.text("Write 1 to {count} characters.", count=NAME_LENGTH)
        return _one_page(request, name=name[:_LONGEST], wrong=wrong, status=422)
    if request.form.get("seen") != _seen(connected):
        return _one_page(request, name=name, changed=True, status=409)
    try:
        calendars.change(
            request.rt,
            request.host_id,
            connected.id,
            name=name,
            conflicts=bool(request.form.get("conflicts")),
            target=connected.target or bool(request.form.get("target")),
            by=request.actor.name,
            now=request.now,
        )
    except TakesBookings as error:
        return _one_page(request, name=name, taken=_names(request, error.meetings), status=409)
    if not connected.target and request.form.get("target") and _elsewhere(request):
        return see_other(request.href(MOVE))
    return see_other(request.href(CALENDARS, did="changed"))


def show_password(request: SignedInRequest) -> Response:
    """GET /host/calendars/accounts/{id}/password"""
    return _password_page(request)


def keep_password(request: SignedInRequest) -> Response:
    """POST /host/calendars/accounts/{id}/password: for the same address and user; other accounts are connected anew."""
    account_id, password = _id(request), request.form.get("password", "")[:_LONGEST]
    if not password:
        return _password_page(request, wrong=request.language.text("Enter the password."), status=422)
    by, now = request.actor.name, request.now
    try:
        calendars.new_password(request.rt, request.host_id, account_id, password, by=by, now=now)
    except TooManyRequests as error:
        return _password_page(request, wrong=too_many_tries(request, error), status=429)
    return see_other(request.href(CALENDARS, did="password"))


def ask_to_disconnect(request: SignedInRequest) -> Response:
    """GET /host/calendars/accounts/{id}/disconnect"""
    return _disconnect_page(request)


def disconnect(request: SignedInRequest) -> Response:
    """POST /host/calendars/accounts/{id}/disconnect"""
    try:
        calendars.disconnect(request.rt, request.host_id, _id(request), by=request.actor.name, now=request.now)
    except AccountStillNeeded:
        return _disconnect_page(request, status=409)
    return see_other(request.href(CALENDARS, did="disconnected"))


def _id(request: SignedInRequest) -> UUID:
    return read_id(request.params["id"])


def _done(request: SignedInRequest) -> str:
    language = request.language
    match request.query.get("did"):
        case "left-out":
            return language.text("It is left out until midnight. What we last read from it still counts.")
        case "back":
            return language.text("It counts again.")
        case "changed":
            return language.text("The calendar is saved.")
        case "disconnected":
            return language.text("The account is disconnected. Its password is erased.")
        case _:
            return ""


def _account(request: SignedInRequest, seen: AccountSeen, host: Host) -> AccountBox:
    base, language = f"{CALENDARS}/accounts/{seen.account.id}", request.language
    server = urlsplit(seen.account.url).hostname or seen.account.url
    about = language.text("{user} at {address}", user=seen.account.username, address=server)
    return AccountBox(
        title=server,
        about=about if seen.account.username else "",
        lines=tuple(_line(request, each, host) for each in seen.calendars),
        read=request.href(f"{base}/read"),
        password=request.href(f"{base}/password"),
        disconnect=request.href(f"{base}/disconnect"),
    )


def _line(request: SignedInRequest, seen: CalendarSeen, host: Host) -> CalendarLine:
    connected, language = seen.calendar, request.language
    counts, failing = connected.conflicts or connected.target, connected.failing_since is not None
    sentence, remedy = in_words(seen.wrong, language)
    state, tone = _state(request, seen, host)
    address = request.href(f"{CALENDARS}/{connected.id}/left-out")
    return CalendarLine(
        name=connected.name,
        href=request.href(f"{CALENDARS}/{connected.id}"),
        about=_about(request, seen),
        state=state,
        tone=tone,
        wrong=sentence if failing else "",
        remedy=remedy if failing else "",
        closes=counts and failing and not seen.left_out,
        leave=address if failing and counts and not connected.target and not seen.left_out else "",
        back=address if seen.left_out else "",
    )


def _state(request: SignedInRequest, seen: CalendarSeen, host: Host) -> tuple[str, str]:
    language, connected = request.language, seen.calendar
    if seen.left_out:
        return language.text("Left out until midnight"), "over"
    if connected.failing_since is not None:
        today = request.now.astimezone(host.zone).date()
        since = language.instant(connected.failing_since, host.zone, today=today)
        return language.text("No answer since {time}", time=since), "fail"
    if seen.reading:
        return language.text("Being read"), "wait"
    return (language.text("Makes you busy"), "") if connected.conflicts else (language.text("Left out"), "over")


def _about(request: SignedInRequest, seen: CalendarSeen) -> str:
    language, connected = request.language, seen.calendar
    if connected.pulled_at is None:
        told = [language.text("Not read yet")]
    else:
        told = [read_ago(request.now - connected.pulled_at, language)]
        if connected.conflicts:
            told.append(language.plural("{count} entry ahead", "{count} entries ahead", seen.ahead))
    if connected.target:
        told.append(language.text("bookings go here"))
    return " · ".join(told)


def _seen(connected: Connected) -> str:
    """A fingerprint of what the form shows; a different one means that somebody saved something since."""
    return f"{connected.conflicts:d}{connected.target:d}{connected.name}"


def _one_page(
    request: SignedInRequest,
    *,
    name: str | None = None,
    wrong: str = "",
    changed: bool = False,
    taken: str = "",
    status: int = 200,
) -> Response:
    """`taken`: the meeting types whose events go into it, where it was to stop blocking."""
    connected = calendars.calendar_of(request.rt, request.host_id, _id(request))
    view = CalendarView(
        title=connected.name,
        name=connected.name if name is None else name,
        wrong=wrong,
        changed=changed,
        taken=taken,
        seen=_seen(connected),
        conflicts=connected.conflicts,
        target=connected.target,
        about=connected.url,
        action=request.href(f"{CALENDARS}/{connected.id}"),
        back=request.href(CALENDARS),
    )
    return page(request, "host/calendar.html", view, desk_frame(request), status=status)


def _password_page(request: SignedInRequest, *, wrong: str = "", status: int = 200) -> Response:
    account, _ = calendars.account_of(request.rt, request.host_id, _id(request))
    view = PasswordView(
        account=request.language.text("{user} at {address}", user=account.username, address=account.url),
        wrong=wrong,
        action=request.href(f"{CALENDARS}/accounts/{account.id}/password"),
        another=request.href("/host/welcome/calendar"),
        back=request.href(CALENDARS),
    )
    return page(request, "host/calendar_password.html", view, desk_frame(request), status=status)


def _disconnect_page(request: SignedInRequest, *, status: int = 200) -> Response:
    account, connected = calendars.account_of(request.rt, request.host_id, _id(request))
    needed = calendars.still_needed(request.rt, request.host_id, account.id, now=request.now)
    view = DisconnectView(
        account=urlsplit(account.url).hostname or account.url,
        names=tuple(each.name for each in connected),
        needed=_needed(request, needed) if needed else (),
        move=request.href(MOVE) if needed and needed.live and _elsewhere(request) else "",
        action=request.href(f"{CALENDARS}/accounts/{account.id}/disconnect"),
        back=request.href(CALENDARS),
    )
    return page(request, "host/calendar_disconnect.html", view, desk_frame(request), status=status)


def _names(request: SignedInRequest, kinds: tuple[MeetingType, ...]) -> str:
    return ", ".join(f"“{title(each, request.language).text}”" for each in kinds)


def _elsewhere(request: SignedInRequest) -> str:
    """About events outside the present target calendar, or being moved; "" for none."""
    language, count = request.language, move_event.elsewhere(request.rt, request.host_id, now=request.now).count
    return (
        language.plural(
            "{count} event of an upcoming booking is in a different calendar from the one new events go into.",
            "{count} events of upcoming bookings are in different calendars from the one new events go into.",
            count,
        )
        if count
        else ""
    )


def _needed(request: SignedInRequest, needed: AccountStillNeeded) -> tuple[str, ...]:
    language, reasons = request.language, []
    if needed.target:
        reasons.append(language.text("Your bookings go here. Let another calendar take them first."))
    if needed.meetings:
        names = _names(request, needed.meetings)
        reasons.append(language.text("Events of {names} go here. Choose another calendar for them first.", names=names))
    if needed.live:
        reasons.append(
            language.plural(
                "It holds {count} upcoming booking. Move its event to another calendar, or wait until it is over.",
                "It holds {count} upcoming bookings. Move their events to another calendar, or wait until "
                "they are over.",
                needed.live,
            )
        )
    return tuple(reasons)

"""The queue of confirmed wishes to be erased: done automatically when due, or decided here before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from ....actions.calendar import erase_event
from ....actions.calendar.erase_event import UnerasedEvent
from ....actions.operations import outbox_effects
from ....actions.operations.outbox_effects import NotInOutbox
from ....actions.privacy import decisions, requests
from ....actions.privacy.decisions import NoMailbox, NotPutOff, RequestOver
from ....actions.privacy.requests import Queue, Waiting, Wished
from ....domain.availability import local_date
from ....domain.ids import read_id
from ....domain.privacy import Mode
from ....domain.roles import CONSENTS, VAULTS
from ....domain.text import several_lines
from ....language import Language
from ...http.forms import Problem, reason_problems
from ...http.parsing import read_day
from ...http.responses import page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from ...parts.explanations import in_words
from .erasure_words import follows_in_words
from .words import Badge

REQUESTS, VAULT = "/admin/consents/requests", "/admin/consents/vault"
EVENTS = 50  # that the page shows


@dataclass(frozen=True, slots=True)
class RequestRow:
    title: str
    about: str
    href: str
    badge: Badge


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """An event in a host's calendar that still names an erased person. `trouble`, `remedy`: "" before the first try."""

    number: int
    title: str
    about: str
    trouble: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestsView:
    """`events`: calendars with work left. `settle`: where one is settled by hand; "" without that right."""

    did: str
    events: tuple[EventRow, ...]
    settle: str
    vault: str
    open: tuple[RequestRow, ...]
    closed: tuple[RequestRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """`follows`: the consequences of doing it now. `latest`: the last day to put it off to; "" where impossible.

    `decides`: the reader may decide; `waits`: it is not being done yet. `takes_back`: the person can take it back by mail; `keep_asked`: since when they
    are asked. `mode`, `until`, `late_reason`, `no_reason`: as typed. `opened`: the part with the mistake.
    """

    back: str
    title: str
    lead: str
    contact: str
    who: str
    over: str
    reason: str
    follows: tuple[str, ...]
    action: str
    decides: bool
    waits: bool
    mode: str
    takes_back: bool
    keep_asked: str
    latest: str
    latest_told: str
    until: str
    late_reason: str
    no_reason: str
    opened: str
    problems: tuple[Problem, ...]

    def wrong(self, field: str) -> str:
        return next((each.text for each in self.problems if each.field == field), "")


def show_all(request: SignedInRequest) -> Response:
    """GET /admin/consents/requests"""
    queue = requests.everything(request.rt)
    view = RequestsView(
        did=_did(request.query.get("did", ""), request.language),
        events=tuple(_event(request, each) for each in erase_event.left(request.rt, limit=EVENTS)),
        settle=request.plain(f"{REQUESTS}/events") if request.person.may(CONSENTS) else "",
        vault=request.href(VAULT) if request.person.may(VAULTS) else "",
        open=tuple(_open(request, each) for each in queue.open),
        closed=tuple(_closed(request, queue)),
    )
    return page(request, "admin/consents/requests.html", view, desk_frame(request))


def settle_event(request: SignedInRequest) -> Response:
    """POST /admin/consents/requests/events: `act` is again, or done where somebody removed the name by hand."""
    written, act = request.form.get("number", ""), request.form.get("act", "")
    number = next((each.number for each in erase_event.left(request.rt) if str(each.number) == written), None)
    try:
        if number is None or act not in ("again", "done"):
            return see_other(request.href(REQUESTS, did="gone"))
        if act == "again":
            outbox_effects.retry(request.rt, [number], now=request.now)
        else:
            outbox_effects.drop(request.rt, [number], by=request.person.email, reason="done by hand", now=request.now)
    except NotInOutbox:
        return see_other(request.href(REQUESTS, did="gone"))
    return see_other(request.href(REQUESTS, did=act))


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/requests/{id}. Raises NotFound."""
    return _page(request, _found(request))


def decide(request: SignedInRequest) -> Response:
    """POST /admin/consents/requests/{id}/decide: `act` is now (`mode`), later (`until`, `late-reason`), no
    (`no-reason`) or keep.

    A closed wish is left unchanged. Raises NotFound.
    """
    found, act = _found(request), request.form.get("act", "")
    problems = tuple(_problems(request, act))
    if problems:
        return _page(request, found, problems=problems, status=422)
    try:
        _decided(request, found, act)
    except (RequestOver, NoMailbox):
        return see_other(request.href(REQUESTS, did="over"))
    except NotPutOff as refusal:
        problem = Problem("until", _no_day(refusal.latest, request.language))
        return _page(request, _found(request), problems=(problem,), status=422)
    return see_other(request.href(REQUESTS, did=act))


def _decided(request: SignedInRequest, found: Wished, act: str) -> None:
    rt, id, form, by, now = request.rt, found.request.id, request.form, request.person.id.hex, request.now
    match act:
        case "now":
            decisions.do_now(rt, id, mode=Mode(form["mode"]), staff=by, now=now)
        case "later":
            until, reason = date.fromisoformat(form["until"]), several_lines(form["late-reason"])
            decisions.put_off(rt, id, until=until, zone=request.person.zone, reason=reason, staff=by, now=now)
        case "keep":
            decisions.ask_to_keep(rt, id, staff=by, now=now)
        case _:
            decisions.refuse(rt, id, reason=several_lines(form["no-reason"]), staff=by, now=now)


def _problems(request: SignedInRequest, act: str) -> Iterator[Problem]:
    form, language = request.form, request.language
    match act:
        case "now":
            if form.get("mode", "") not in {*Mode}:
                yield Problem("mode", language.text("Choose how much is erased"))
        case "later":
            if read_day(form.get("until", "")) is None:
                yield Problem("until", language.text("Write the day as year-month-day, like 2030-01-31"))
            yield from _no_reason("late-reason", form.get("late-reason", ""), language)
        case "no":
            yield from _no_reason("no-reason", form.get("no-reason", ""), language)
        case "keep":
            pass
        case _:
            yield Problem("mode", language.text("Choose what to do"))


def _no_reason(field: str, typed: str, language: Language) -> Iterator[Problem]:
    return reason_problems(
        field, several_lines(typed), language, missing=language.text("Say why: the person will read it")
    )


def _no_day(latest: date | None, language: Language) -> str:
    if latest is None:
        return language.text("It can’t be put off any more: the person has to be told of that within a month.")
    return language.text(
        "Choose a day after the one on which it is due, {day} at the latest", day=language.full_date(latest)
    )


def _found(request: SignedInRequest) -> Wished:
    id = read_id(request.params["id"])
    return requests.show(request.rt, id, now=request.now)


def _page(
    request: SignedInRequest, found: Wished, *, problems: tuple[Problem, ...] = (), status: int = 200
) -> Response:
    language, zone, form, wish = request.language, request.person.zone, request.form, found.request
    name, latest = _name(found.contact.called, language), decisions.latest_day(wish, zone=zone, now=request.now)
    view = RequestView(
        back=request.href(REQUESTS),
        title=language.text("Erase {name}?", name=name) if wish.done_at is None else _title(found, language),
        lead=_lead(request, found),
        contact=request.href(f"/admin/consents/contacts/{found.contact.id}"),
        who=name,
        over=_over(request, found),
        reason=wish.refusal or wish.delay,
        follows=(
            *follows_in_words(found.follows, language),
            language.text(
                "A fingerprint stays, so that we respect the no and no import brings the person back. It "
                "can’t be turned into an address."
            ),
            language.text("A last email says so, right before."),
        ),
        action=request.href(f"{REQUESTS}/{wish.id}/decide"),
        decides=wish.done_at is None and request.person.may(CONSENTS),
        mode=form.get("mode", wish.mode if form else ""),
        waits=wish.may_be_taken_back(now=request.now),
        takes_back=found.takes_back,
        keep_asked=_keep_asked(request, found),
        latest=latest.isoformat() if latest else "",
        latest_told=_latest(latest, language),
        until=form.get("until", ""),
        late_reason=form.get("late-reason", ""),
        no_reason=form.get("no-reason", ""),
        opened=form.get("act", "") if problems else "",
        problems=problems,
    )
    return page(request, "admin/consents/request.html", view, desk_frame(request), status=status)


def _keep_asked(request: SignedInRequest, found: Wished) -> str:
    if found.keep_asked_at is None:
        return ""
    when = request.language.instant(found.keep_asked_at, request.person.zone)
    return request.language.text("Asked by email on {time}, not confirmed yet", time=when)


def _latest(latest: date | None, language: Language) -> str:
    if latest is None:
        return ""
    return language.text("At the latest {day}: the law allows three months in all.", day=language.full_date(latest))


def _title(found: Wished, language: Language) -> str:
    if found.request.taken_back:
        return language.text("Deletion taken back")
    return language.text("Deletion refused") if found.request.refusal else language.text("Deletion done")


def _lead(request: SignedInRequest, found: Wished) -> str:
    language, zone, wish = request.language, request.person.zone, found.request
    return language.text(
        "Asked for on {asked}, reference {reference}; done by itself on {due} unless somebody decides before.",
        asked=language.long_date(local_date(wish.made_at, zone)),
        reference=wish.reference,
        due=language.instant(wish.due_at, zone),
    )


def _over(request: SignedInRequest, found: Wished) -> str:
    language, wish = request.language, found.request
    if wish.done_at is None:
        return ""
    day = language.long_date(local_date(wish.done_at, request.person.zone))
    if wish.taken_back:
        return language.text("Taken back by the person on {day}. Nothing was deleted.", day=day)
    if wish.refusal:
        return language.text("Refused on {day}. The person was told why.", day=day)
    return language.text("Done on {day}.", day=day)


def _open(request: SignedInRequest, waiting: Waiting) -> RequestRow:
    language, zone, wish = request.language, request.person.zone, waiting.request
    due, today = local_date(wish.due_at, zone), local_date(request.now, zone)
    soon = wish.due_at - request.now <= requests.DUE_SOON
    text = language.text("Due today") if due <= today else language.text("Due on {day}", day=language.day(due))
    asked = language.text("asked for on {date}", date=language.long_date(local_date(wish.made_at, zone)))
    facts = (asked, wish.reference, language.text("put off once") if wish.delay else "")
    return RequestRow(
        title=language.text("Delete: {name}", name=_name(waiting.contact.called, language)),
        about=" · ".join(each for each in facts if each),
        href=request.href(f"{REQUESTS}/{wish.id}"),
        badge=Badge(text, "wait" if soon else ""),
    )


def _event(request: SignedInRequest, left: UnerasedEvent) -> EventRow:
    language, zone = request.language, request.person.zone
    since = language.long_date(local_date(left.since, zone))
    where = left.calendar or language.text("a calendar that is not connected")
    about = (
        language.text("calendar: {name}", name=where),
        language.text("erased on {date}", date=since),
        "" if left.dead else language.text("tried again {time}", time=language.instant(left.again_at, zone)),
    )
    trouble, remedy = in_words(left.trouble, language) if left.trouble else ("", "")
    return EventRow(
        number=left.number,
        title=language.text("{host}, {time}", host=left.host, time=language.instant(left.booked_at, zone)),
        about=" · ".join(each for each in about if each),
        trouble=trouble,
        remedy=remedy,
    )


def _closed(request: SignedInRequest, queue: Queue) -> Iterator[RequestRow]:
    """What was done, refused, handed out and stopped, latest first."""
    language, zone = request.language, request.person.zone
    lines = []
    for each in queue.closed:
        at, badge = each.request.done_at or request.now, _became(each, language)
        title = language.text("Delete: {name}", name=_name(each.contact.called, language))
        lines.append((at, title, each.request.reference, f"{REQUESTS}/{each.request.id}", badge))
    for handed, contact in queue.handed_out:
        title = language.text("Data handed out: {name}", name=_name(contact.called, language))
        href = f"/admin/consents/contacts/{contact.id}"
        lines.append((handed.at, title, "", href, Badge(language.text("Done"), "over")))
    for at, contact in queue.stopped:
        title = language.text("All use stopped: {name}", name=_name(contact.called, language))
        href = f"/admin/consents/contacts/{contact.id}"
        lines.append((at, title, language.text("locked at once"), href, Badge(language.text("Done"), "over")))
    for at, contact in queue.lifted:
        title = language.text("Use allowed again: {name}", name=_name(contact.called, language))
        href = f"/admin/consents/contacts/{contact.id}"
        by = language.text("by the person, with a mailed link")
        lines.append((at, title, by, href, Badge(language.text("Done"), "over")))
    for at, title, reference, href, badge in sorted(lines, key=lambda line: line[0], reverse=True)[: requests.CLOSED]:
        day = language.long_date(local_date(at, zone))
        yield RequestRow(title, f"{day} · {reference}" if reference else day, request.href(href), badge)


def _became(closed: Waiting, language: Language) -> Badge:
    if closed.request.taken_back:
        return Badge(language.text("Taken back"), "over")
    return Badge(language.text("Refused"), "fail") if closed.request.refusal else Badge(language.text("Done"), "over")


def _name(called: str, language: Language) -> str:
    return called or language.text("somebody who was erased")


def _did(did: str, language: Language) -> str:
    match did:
        case "now":
            return language.text("It will be done within seconds, after a last email.")
        case "later":
            return language.text("Put off. The person is told why by email.")
        case "no":
            return language.text("Refused. The person is told why by email.")
        case "keep":
            return language.text(
                "The link to take it back is being emailed to the person. Until they press it, it stays due."
            )
        case "again":
            return language.text("We are asking the calendar again now.")
        case "done":
            return language.text("Noted as done by hand. We no longer ask the calendar.")
        case "gone":
            return language.text("It was no longer waiting, so nothing was changed.")
        case "over":
            return language.text("That was decided before. Nothing was changed.")
        case _:
            return ""

"""What must still follow from what was decided: looked through, tried again, and given up on a page of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from ...actions.access import sealed_answers
from ...actions.calendar import connection, erase_event, move_event
from ...actions.consent import (
    anchors,
    ask_by_form,
    ask_list,
    import_retract,
    imports,
    ledger_check,
    mails,
    messages,
    owed_follow_ups,
    profile,
    purpose_standings,
    question_fields,
)
from ...actions.mail import ledger_heads
from ...actions.operations import effects
from ...actions.operations.effects import NotInOutbox, OpenEffect
from ...actions.privacy import erasure
from ...domain.effects import MailRole
from ...domain.errors import NotFound
from ...domain.text import one_line
from ...language import Language
from ..http.forms import REASON_LENGTH, too_long
from ..http.responses import page, see_other
from ..http.signed_in import SignedInRequest, desk_frame
from ..parts.mail_names import mail_name

_TITLES: Mapping[str, Callable[[Language], str]] = {
    "publish": lambda language: language.text("Write a booking into its calendar"),
    move_event.KIND: lambda language: language.text("Move an event to another calendar of its host"),
    erase_event.KIND: lambda language: language.text("Take the name of somebody who was erased out of a past event"),
    imports.KIND: lambda language: language.text("Import a file of contacts"),
    import_retract.KIND: lambda language: language.text("Take an import of contacts back"),
    ask_by_form.KIND: lambda language: language.text("Count what was ticked on a booking form"),
    anchors.KIND: lambda language: language.text("Have the consent ledger stamped by a time-stamp server"),
    ledger_heads.KIND: lambda language: language.text("Mail the head of the consent ledger to who keeps it elsewhere"),
    messages.KIND: lambda language: language.text("Queue the emails of a message"),
    owed_follow_ups.KIND: lambda language: language.text("Tell others of an answer about a purpose"),
    connection.KIND: lambda language: language.text("Look for calendars, or try one out"),
    ask_list.KIND: lambda language: language.text("Ask a list of contacts"),
    erasure.KIND: lambda language: language.text("Erase what is kept of somebody who asked for it"),
    erasure.KIND_OF_BOOKING: lambda language: language.text(
        "Erase a booking of somebody who was erased, once it is over"
    ),
    erasure.KIND_OF_GUEST: lambda language: language.text(
        "Erase a guest who was erased from a booking, once it is over"
    ),
    sealed_answers.KIND: lambda language: language.text("Seal answers that were stored open before an upgrade"),
    profile.KIND: lambda language: language.text("Seal fields of contacts that were stored open"),
    question_fields.KIND: lambda language: language.text(
        "Keep what was answered on a booking form in the contact’s fields"
    ),
    purpose_standings.KIND: lambda language: language.text("Write down anew what lists show of a purpose"),
    ledger_check.KIND: lambda language: language.text("Check the evidence of consents"),
}
_MEANINGS: Mapping[str, Callable[[Language], str]] = {
    "publish": lambda language: language.text(
        "The calendar will not be changed. What stands there may then differ from the booking until it changes again."
    ),
    move_event.KIND: lambda language: language.text("The event stays in the calendar where it stands."),
    erase_event.KIND: lambda language: language.text(
        "The name stays in the host’s calendar, unless the host takes it out there."
    ),
    imports.KIND: lambda language: language.text("The lines that were not imported yet stay outside."),
    import_retract.KIND: lambda language: language.text("The consents that were not taken back yet stay."),
    ask_by_form.KIND: lambda language: language.text(
        "What was ticked will not be counted, and nobody is asked to confirm it."
    ),
    anchors.KIND: lambda language: language.text(
        "The ledger has no time stamp of this day. The next day asks for another one."
    ),
    ledger_heads.KIND: lambda language: language.text(
        "Nobody gets the head of this day. The next day another one is mailed."
    ),
    messages.KIND: lambda language: language.text("Whoever was not written to yet will not be."),
    owed_follow_ups.KIND: lambda language: language.text("Whoever was to be told does not hear of the answer."),
    connection.KIND: lambda language: language.text("Its host has to begin to connect the calendar again."),
    ask_list.KIND: lambda language: language.text("Whoever was not asked yet will not be."),
    erasure.KIND: lambda language: language.text(
        "Nothing is erased by itself any more. The request stays open, and is due: decide it under Requests."
    ),
    erasure.KIND_OF_BOOKING: lambda language: language.text("What the booking says of its invitee stays."),
    erasure.KIND_OF_GUEST: lambda language: language.text("The guest’s address stays in the booking."),
    sealed_answers.KIND: lambda language: language.text("These answers stay readable in the database and in backups."),
    profile.KIND: lambda language: language.text("These fields stay readable in the database and in backups."),
    question_fields.KIND: lambda language: language.text(
        "The fields stay as they are. The answers stay with the booking."
    ),
    purpose_standings.KIND: lambda language: language.text(
        "Lists go on showing what held before. What may be sent is not decided by them."
    ),
    ledger_check.KIND: lambda language: language.text("It is checked by night all the same."),
}
OUTBOX = "/admin/outbox"
SHOWN = 100  # of what waits, and of what was given up
_LONGEST_NUMBER = 18  # digits, which every database can hold


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectLine:
    """`due`: when it is tried next. `tries`: how often it was tried; empty where it never was. `drop`: the page that asks
    whether to give it up."""

    number: int
    title: str
    booking: str
    due: str
    tries: str
    error: str
    drop: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxView:
    """`all_dead` and `all_waiting`: also of those that the page has no room for. `did`: what an act just came to."""

    dead: tuple[EffectLine, ...]
    all_dead: int
    waiting: tuple[EffectLine, ...]
    all_waiting: int
    retry: str
    did: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DropView:
    line: EffectLine
    meaning: str
    action: str
    back: str
    reason: str = ""
    wrong: str = ""


def show(request: SignedInRequest) -> Response:
    """GET /admin/outbox"""
    found = effects.show(request.rt, at_most=SHOWN, now=request.now)
    view = OutboxView(
        dead=tuple(_line(request, each) for each in found.dead),
        all_dead=found.all_dead,
        waiting=tuple(_line(request, each) for each in found.waiting),
        all_waiting=found.all_waiting,
        retry=request.plain(OUTBOX),
        did=_told(request.query.get("did", ""), request.language),
    )
    return page(request, "admin/outbox.html", view, desk_frame(request))


def retry(request: SignedInRequest) -> Response:
    """POST /admin/outbox: have one performed at once. Raises NotFound where the form names none."""
    try:
        effects.retry(request.rt, [_number(request.form.get("number", ""))], now=request.now)
    except NotInOutbox:
        return see_other(request.href(OUTBOX, did="gone"))
    return see_other(request.href(OUTBOX, did="retried"))


def show_drop(request: SignedInRequest) -> Response:
    """GET /admin/outbox/{number}/drop: what it would mean to give it up. Raises NotFound."""
    return _ask(request, effects.find(request.rt, _number(request.params["number"])))


def drop(request: SignedInRequest) -> Response:
    """POST /admin/outbox/{number}/drop: give it up for good. Raises NotFound where no number is given."""
    number, reason = _number(request.params["number"]), one_line(request.form.get("reason", ""))
    try:
        if len(reason) > REASON_LENGTH:
            return _ask(request, effects.find(request.rt, number), refused=reason)
        effects.drop(request.rt, [number], by=request.person.email, reason=reason, now=request.now)
    except NotInOutbox:
        return see_other(request.href(OUTBOX, did="gone"))
    return see_other(request.href(OUTBOX, did="dropped"))


def _ask(request: SignedInRequest, effect: OpenEffect, *, refused: str = "") -> Response:
    wrong = too_long(request.language, REASON_LENGTH, len(refused)) if refused else ""
    line = _line(request, effect)
    view = DropView(
        line=line,
        meaning=_meaning(effect, request.language),
        action=request.plain(request.path),
        back=request.href(OUTBOX),
        reason=refused,
        wrong=wrong,
    )
    return page(request, "admin/outbox_drop.html", view, desk_frame(request), status=422 if refused else 200)


def _number(written: str) -> int:
    if not (written.isascii() and written.isdecimal() and len(written) <= _LONGEST_NUMBER):
        raise NotFound("this is no number")
    return int(written)


def _line(request: SignedInRequest, effect: OpenEffect) -> EffectLine:
    language, zone = request.language, request.person.zone
    today = request.now.astimezone(zone).date()
    since = language.instant(effect.since, zone, today=today)
    return EffectLine(
        number=effect.number,
        title=_title(effect, language),
        booking=language.text("Booking {id}", id=effect.booking) if effect.booking else "",
        due=language.instant(effect.due_at, zone, today=today),
        tries=language.plural(
            "Tried {count} time since {since}", "Tried {count} times since {since}", effect.attempts, since=since
        )
        if effect.attempts
        else "",
        error=effect.error,
        drop=request.href(f"{OUTBOX}/{effect.number}/drop"),
    )


def _title(effect: OpenEffect, language: Language) -> str:
    if effect.kind in _TITLES:
        return _TITLES[effect.kind](language)
    mail = mail_name(effect.what, language)
    match effect.to:
        case MailRole.INVITEE:
            return language.text("Email “{mail}” to the invitee", mail=mail)
        case MailRole.GUEST:
            return language.text("Email “{mail}” to a guest", mail=mail)
        case _ if effect.kind in ("account", mails.KIND, mails.BULK):
            return language.text("Email “{mail}” to a person", mail=mail)
        case _:
            return language.text("Email “{mail}” to the host", mail=mail)


def _meaning(effect: OpenEffect, language: Language) -> str:
    if effect.kind in _MEANINGS:
        return _MEANINGS[effect.kind](language)
    return language.text("Whoever was to get this email will not be told by it. Nothing else changes.")


def _told(did: str, language: Language) -> str:
    match did:
        case "retried":
            return language.text("It is tried again now.")
        case "dropped":
            return language.text("It is dropped.")
        case "gone":
            return language.text("It was not waiting any more, so nothing was changed.")
        case _:
            return ""

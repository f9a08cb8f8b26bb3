"""The outbox: effects looked through, retried, and dropped on a page of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from ...actions.access import sealed_answers
from ...actions.calendar import account_connection, erase_event, move_event
from ...actions.consent import (
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
    timestamps,
)
from ...actions.mail import ledger_heads
from ...actions.operations import outbox_effects
from ...actions.operations.outbox_effects import NotInOutbox, OpenEffect
from ...actions.privacy import erasure
from ...domain.effects import MailRole
from ...domain.errors import NotFound
from ...domain.text import one_line
from ...language import Language
from ..http.forms import REASON_LENGTH, too_long
from ..http.responses import page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame
from ..parts.mail_names import mail_name

_TITLES: Mapping[str, Callable[[Language], str]] = {
    "publish": lambda language: language.text("Write a booking into its calendar"),
    move_event.KIND: lambda language: language.text("Move an event to another calendar of its host"),
    erase_event.KIND: lambda language: language.text("Remove the name of an erased person from a past event"),
    imports.KIND: lambda language: language.text("Import a file of contacts"),
    import_retract.KIND: lambda language: language.text("Take an import of contacts back"),
    ask_by_form.KIND: lambda language: language.text("Process what was ticked on a booking form"),
    timestamps.KIND: lambda language: language.text("Have the consent ledger stamped by a time-stamp server"),
    ledger_heads.KIND: lambda language: language.text(
        "Mail the head of the consent ledger to those who keep it elsewhere"
    ),
    messages.KIND: lambda language: language.text("Queue the emails of a message"),
    owed_follow_ups.KIND: lambda language: language.text("Tell others of an answer about a purpose, or of a booking"),
    account_connection.KIND: lambda language: language.text("Look for calendars, or try one out"),
    ask_list.KIND: lambda language: language.text("Ask a list of contacts"),
    erasure.KIND: lambda language: language.text("Erase what is kept of somebody who asked for it"),
    erasure.KIND_OF_BOOKING: lambda language: language.text("Erase a booking of an erased person, once it is over"),
    erasure.KIND_OF_GUEST: lambda language: language.text("Remove an erased guest from a booking, once it is over"),
    sealed_answers.KIND: lambda language: language.text("Seal answers that were stored unencrypted before an upgrade"),
    profile.KIND: lambda language: language.text("Seal fields of contacts that were stored unencrypted"),
    question_fields.KIND: lambda language: language.text(
        "Keep what was answered on a booking form in the contact’s fields"
    ),
    purpose_standings.KIND: lambda language: language.text("Rebuild what lists show of a purpose"),
    ledger_check.KIND: lambda language: language.text("Check the evidence of consents"),
}
_MEANINGS: Mapping[str, Callable[[Language], str]] = {
    "publish": lambda language: language.text(
        "The calendar will not be changed. It may then differ from the booking until the booking changes again."
    ),
    move_event.KIND: lambda language: language.text("The event stays in the calendar where it is."),
    erase_event.KIND: lambda language: language.text(
        "The name stays in the host’s calendar, unless the host removes it there."
    ),
    imports.KIND: lambda language: language.text("The lines not imported yet will not be imported."),
    import_retract.KIND: lambda language: language.text("The consents that were not taken back yet stay."),
    ask_by_form.KIND: lambda language: language.text(
        "What was ticked will not count, and nobody is asked to confirm it."
    ),
    timestamps.KIND: lambda language: language.text(
        "The ledger gets no time stamp for this day. The next day asks for another one."
    ),
    ledger_heads.KIND: lambda language: language.text(
        "Nobody gets the head for this day. The next day another one is mailed."
    ),
    messages.KIND: lambda language: language.text("Those not written to yet will not be."),
    owed_follow_ups.KIND: lambda language: language.text("Those who were to be told will not be."),
    account_connection.KIND: lambda language: language.text("Its host has to start connecting the calendar again."),
    ask_list.KIND: lambda language: language.text("Those not asked yet will not be."),
    erasure.KIND: lambda language: language.text(
        "Nothing is erased automatically any more. The request stays open and due: decide it under Requests."
    ),
    erasure.KIND_OF_BOOKING: lambda language: language.text("What the booking says about its invitee stays."),
    erasure.KIND_OF_GUEST: lambda language: language.text("The guest’s address stays in the booking."),
    sealed_answers.KIND: lambda language: language.text("These answers stay readable in the database and in backups."),
    profile.KIND: lambda language: language.text("These fields stay readable in the database and in backups."),
    question_fields.KIND: lambda language: language.text(
        "The fields stay as they are. The answers stay with the booking."
    ),
    purpose_standings.KIND: lambda language: language.text(
        "Lists keep showing what applied before. They do not decide what may be sent."
    ),
    ledger_check.KIND: lambda language: language.text("It is still checked every night."),
}
OUTBOX = "/admin/outbox"
SHOWN = 100  # of waiting and of given-up effects
_LONGEST_NUMBER = 18  # digits that fit every database


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectLine:
    """`due`: the next try. `tries`: their number; "" for none. `drop`: the page that asks before dropping."""

    number: int
    title: str
    booking: str
    due: str
    tries: str
    error: str
    drop: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxView:
    """`all_dead`, `all_waiting`: including those beyond the page. `did`: the result of an act."""

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
    found = outbox_effects.show(request.rt, at_most=SHOWN, now=request.now)
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
    """POST /admin/outbox: make one effect due. Raises NotFound: the form names none."""
    try:
        outbox_effects.retry(request.rt, [_number(request.form.get("number", ""))], now=request.now)
    except NotInOutbox:
        return see_other(request.href(OUTBOX, did="gone"))
    return see_other(request.href(OUTBOX, did="retried"))


def show_drop(request: SignedInRequest) -> Response:
    """GET /admin/outbox/{number}/drop: the consequences of dropping it. Raises NotFound."""
    return _ask(request, outbox_effects.find(request.rt, _number(request.params["number"])))


def drop(request: SignedInRequest) -> Response:
    """POST /admin/outbox/{number}/drop: drop it. Raises NotFound: no number is given."""
    number, reason = _number(request.params["number"]), one_line(request.form.get("reason", ""))
    try:
        if len(reason) > REASON_LENGTH:
            return _ask(request, outbox_effects.find(request.rt, number), refused=reason)
        outbox_effects.drop(request.rt, [number], by=request.person.email, reason=reason, now=request.now)
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
    return language.text("The person who was to get this email will not be told by it. Nothing else changes.")


def _told(did: str, language: Language) -> str:
    match did:
        case "retried":
            return language.text("It is tried again now.")
        case "dropped":
            return language.text("It is dropped.")
        case "gone":
            return language.text("It was no longer waiting, so nothing was changed.")
        case _:
            return ""

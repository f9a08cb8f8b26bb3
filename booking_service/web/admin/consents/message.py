"""One message: who will get it, who will not and why, before it begins; how far it is, once it has."""

from dataclasses import dataclass

from starlette.responses import Response

from ....actions.consent import messages
from ....actions.consent.messages import PIECE, Look
from ....actions.mail.message_preview import preview
from ....domain.messages import MessageOutcome, MessageState
from ....language import Language
from ...http.responses import page, see_other
from ...http.signed_in import SignedInRequest, desk_frame
from .import_words import id_of
from .message_words import MESSAGES, WRITE, sent_words
from .words import why_in_word


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """`state`: as in domain/messages.py. `rows`: why who does not get it, and how many. `press`, `stop`, `carry_on`: the words
    of what can be pressed, "" for what can't."""

    back: str
    action: str
    title: str
    about: str
    state: str
    all: int
    done: int
    sent: str
    rows: tuple[tuple[str, int], ...]
    subject: str
    text: str
    language: str
    one: bool
    pace: str
    press: str
    stop: str
    carry_on: str
    change: str


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/messages/{id}. Raises NotFound."""
    found = messages.look(request.rt, id_of(request), language=request.language.code, now=request.now)
    shown = preview(request.rt, found.message.id, now=request.now)
    language, message, draft = request.language, found.message, found.message.state is MessageState.DRAFT
    form = f"{WRITE}/{message.contact_id}" if message.contact_id else WRITE
    will, left = found.will_get_it, found.left
    view = MessageView(
        back=request.href(WRITE),
        action=request.href(request.path),
        title=_title(found, language),
        about=language.text("To {who}, under “{what}”", who=found.to, what=found.name)
        if found.to
        else language.text("To everybody with a consent to “{what}”", what=found.name),
        state=message.state.value,
        all=found.listed,
        done=found.listed - left,
        sent="" if draft else sent_words(found, language),
        rows=_rows(found, language),
        subject=shown.subject,
        text=shown.text,
        language=shown.language if shown.language != language.code else "",
        one=message.contact_id is not None,
        pace=language.text(
            "At most {count} wait at a time, so that emails about bookings are not kept waiting. Whoever ends it meanwhile gets nothing. You can stop it at any time.",
            count=PIECE,
        ),
        press=language.plural("Send {count} email", "Send {count} emails", will) if draft and will else "",
        stop=language.plural("Stop: leave {count} unsent", "Stop: leave {count} unsent", left)
        if message.state is MessageState.RUNNING and left
        else "",
        carry_on=language.plural("Carry on: send {count} email", "Carry on: send {count} emails", left)
        if message.state is MessageState.STOPPED and left
        else "",
        change=request.href(form, **{"from": str(message.id)}) if draft else "",
    )
    return page(request, "admin/consents/message.html", view, desk_frame(request))


def act(request: SignedInRequest) -> Response:
    """POST /admin/consents/messages/{id}: `act` is start, also to carry it on, or stop. A second press does no harm.

    Raises NotFound.
    """
    id = id_of(request)
    match request.form.get("act", ""):
        case "start":
            messages.start(request.rt, id, by=request.actor, now=request.now)
        case "stop":
            messages.stop(request.rt, id, by=request.actor, now=request.now)
        case _:
            pass
    return see_other(request.href(f"{MESSAGES}/{id}"))


def _title(found: Look, language: Language) -> str:
    match found.message.state:
        case MessageState.DRAFT:
            every = found.listed + sum(found.message.left_out.values())
            return language.text("{count} of {every} will get it", count=found.will_get_it, every=every)
        case MessageState.RUNNING:
            return language.text("It is being sent")
        case MessageState.STOPPED:
            return language.text("Sending was stopped")
        case _ if not found.counts.get(MessageOutcome.SENT):
            return language.text("It was not sent")
        case _:
            return language.text("It was sent")


def _rows(found: Look, language: Language) -> tuple[tuple[str, int], ...]:
    counted = {**found.refused, **({found.now_refused: 1} if found.now_refused else {})}
    return tuple(
        sorted(((why_in_word(why, language), count) for why, count in counted.items()), key=lambda row: -row[1])
    )

"""One message: before it begins, who will get it and who not; afterwards, its progress."""

from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from ....actions.consent import find, messages, news
from ....actions.consent.messages import PIECE, ShownMessage
from ....actions.mail.message_preview import preview, send_test
from ....actions.mail.texts import TrialNotSent
from ....domain.messages import Message, MessageOutcome, MessageState
from ....language import Language
from ...http.responses import page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from . import conditions_form
from .import_words import id_of
from .message_words import MESSAGES, NEWS_PAGE, WRITE, about_words, sent_words
from .words import why_in_word


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """`state`: as in domain/messages.py. `rows`: reasons, and how many contacts. `press`, `stop`, `carry_on`: button
    labels.

    A label is "" where the button is missing. `did`: the result of a press; `failed`: why it failed. `begins`: it is
    sent once its list is made. `back`: where a draft's words are changed.
    """

    back: str
    back_to: str
    action: str
    title: str
    about: str
    state: str
    all: int
    done: int
    begins: bool
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
    test: str
    did: str
    failed: str


def show(request: SignedInRequest, *, failed: str = "") -> Response:
    """GET /admin/consents/messages/{id}. Raises NotFound."""
    found = messages.look(request.rt, id_of(request), language=request.language.code, now=request.now)
    shown = preview(request.rt, found.message.id, now=request.now)
    language, message, draft = request.language, found.message, found.message.state is MessageState.DRAFT
    listing = message.state in (MessageState.MAKING, MessageState.PAUSED)
    form = f"{WRITE}/{message.contact_id}" if message.contact_id else WRITE
    change = request.href(form, **{"from": str(message.id)}) if draft and not message.is_news else ""
    will, left = found.will_get_it, found.left
    view = MessageView(
        back=change or request.href(NEWS_PAGE if message.is_news else WRITE),
        back_to=language.text("News") if message.is_news else language.text("Messages"),
        action=request.href(request.path),
        title=_title(request, found),
        about=" · ".join(filter(None, (about_words(found, language), _among(request, message)))),
        state=message.state.value,
        all=max(found.everybody, found.listed),
        done=found.listed if listing else found.listed - left,
        sent="" if draft else _looked_at(found, language) if listing else sent_words(found, language),
        begins=message.queued_at is not None,
        rows=_rows(found, language),
        subject=shown.subject,
        text=shown.text,
        language=shown.language if shown.language != language.code else "",
        one=message.contact_id is not None,
        pace=language.text(
            "At most {count} wait at a time, so that emails about bookings are not kept waiting. Anybody who ends their consent in the meantime gets nothing. You can stop it at any time.",
            count=PIECE,
        ),
        press=language.plural("Send {count} email", "Send {count} emails", will) if draft and will else "",
        stop=language.plural("Stop: leave {count} unsent", "Stop: leave {count} unsent", left)
        if message.state is MessageState.RUNNING and left
        else language.text("Stop checking")
        if message.state is MessageState.MAKING
        else language.text("Do not start it")
        if message.state is MessageState.WAITING
        else "",
        carry_on=language.plural("Carry on: send {count} email", "Carry on: send {count} emails", left)
        if message.state is MessageState.STOPPED and left
        else language.text("Carry on checking")
        if message.state is MessageState.PAUSED
        else "",
        change=change,
        test=language.text("Send it to me first: {address}", address=request.person.email) if draft else "",
        did=language.text("It is on its way to {address}, and to nobody else.", address=request.person.email)
        if request.query.get("did") == "tested"
        else "",
        failed=failed,
    )
    return page(request, "admin/consents/message.html", view, desk_frame(request))


def act(request: SignedInRequest) -> Response:
    """POST /admin/consents/messages/{id}: `act` is start (also resumes), stop or test. A second press does no harm.

    Raises NotFound.
    """
    id = id_of(request)
    match request.form.get("act", ""):
        case "start":
            messages.start(request.rt, id, by=request.actor, now=request.now)
        case "stop":
            messages.stop(request.rt, id, by=request.actor, now=request.now)
        case "test":
            return _test(request, id)
        case _:
            pass
    return see_other(request.href(f"{MESSAGES}/{id}"))


def _test(request: SignedInRequest, id: UUID) -> Response:
    try:
        send_test(request.rt, id, to=request.person.email, now=request.now)
    except TrialNotSent as error:
        return show(request, failed=request.language.text("The test was not sent: {reason}", reason=str(error)))
    return see_other(request.href(f"{MESSAGES}/{id}", did="tested"))


def _among(request: SignedInRequest, message: Message) -> str:
    """The condition on the list; "" for none."""
    if not message.among:
        return ""
    fields = find.fields_for(request.rt, request.language.code)
    return conditions_form.told(message.among, fields, request.language)


def _title(request: SignedInRequest, found: ShownMessage) -> str:
    language = request.language
    match found.message.state:
        case MessageState.WAITING:
            begins = found.message.made_at + news.FIRST_AFTER
            clock = language.instant(begins, request.person.zone, today=request.now.date())
            return language.text("It starts automatically {time}", time=clock)
        case MessageState.DRAFT:
            every = found.listed + sum(found.message.left_out.values())
            return language.text("{count} of {every} will get it", count=found.will_get_it, every=every)
        case MessageState.MAKING:
            return language.text("We are checking who will be told")
        case MessageState.PAUSED:
            return language.text("Checking who will be told was stopped")
        case MessageState.RUNNING:
            return language.text("It is being sent")
        case MessageState.STOPPED:
            return language.text("Sending was stopped")
        case _ if not found.counts.get(MessageOutcome.SENT):
            return language.text("It was not sent")
        case _:
            return language.text("It was sent")


def _looked_at(found: ShownMessage, language: Language) -> str:
    return language.text("{count} of {every} contacts checked", count=found.listed, every=found.everybody)


def _rows(found: ShownMessage, language: Language) -> tuple[tuple[str, int], ...]:
    counted = {**found.refused, **({found.now_refused: 1} if found.now_refused else {})}
    return tuple(
        sorted(
            ((_capital(why_in_word(why, language)), count) for why, count in counted.items()), key=lambda row: -row[1]
        )
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

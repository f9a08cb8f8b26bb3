"""One list to ask: before it begins, who is asked and who is not; afterwards, its progress."""

from dataclasses import dataclass

from starlette.responses import Response

from ....actions.consent import ask_list
from ....actions.consent.ask_list import AT_ONCE, PAUSE, ShownAskList
from ....actions.mail.question_preview import preview
from ....domain.ask_list import AskVerdict, RunState
from ....domain.text import several_lines
from ....language import Language
from ...http.forms import REASON_LENGTH, too_long
from ...http.responses import page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from .ask_words import ASK, answered, verdict_name
from .import_words import id_of


@dataclass(frozen=True, slots=True)
class VerdictRow:
    who: str
    count: int
    asked: str
    tone: str


@dataclass(frozen=True, slots=True)
class ShownMail:
    """`language`: where it differs from the page's."""

    subject: str
    text: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """`state`: draft, running or over. `unknown`: about file lines without a known contact. `mail`: a draft's mail."""

    back: str
    action: str
    title: str
    state: str
    asked: int
    all: int
    done: int
    progress: str
    rows: tuple[VerdictRow, ...]
    unknown: str
    mail: ShownMail | None
    pace: str
    answers: str
    reason: str
    reason_wrong: str
    press: str
    stop: str


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/ask/{id}. Raises NotFound."""
    return _page(request)


def act(request: SignedInRequest) -> Response:
    """POST /admin/consents/ask/{id}: `act` is start, with a `reason`, or stop. Raises NotFound."""
    id, reason = id_of(request), several_lines(request.form.get("reason", ""))
    match request.form.get("act", ""):
        case "stop":
            ask_list.stop(request.rt, id, by=request.actor, now=request.now)
        case "start" if len(reason) > REASON_LENGTH:
            return _page(request, wrong=too_long(request.language, REASON_LENGTH, len(reason)))
        case "start":
            ask_list.start(request.rt, id, reason=reason, by=request.actor, now=request.now)
        case _:
            pass
    return see_other(request.href(f"{ASK}/{id}"))


def _page(request: SignedInRequest, *, wrong: str = "") -> Response:
    found = ask_list.look(request.rt, id_of(request), language=request.language.code, now=request.now)
    language, run, done = request.language, found.run, found.all - found.left
    clock = language.instant(found.last_at, request.person.zone, today=request.now.date())
    view = RunView(
        back=request.href(ASK),
        action=request.href(request.path),
        title=_title(found, language),
        state=run.state if run.state in (RunState.DRAFT, RunState.RUNNING) else "over",
        asked=found.asked,
        all=found.all,
        done=done,
        progress=language.text("{done} of {every} contacts", done=done, every=found.all),
        rows=tuple(_row(each, found.counts[each], language) for each in AskVerdict if found.counts.get(each)),
        unknown=_unknown(found, language),
        mail=_mail(request, found) if run.state == RunState.DRAFT else None,
        pace=language.text(
            "{count} at a time, with {minutes} minutes between, so that emails about bookings are not kept waiting: the last is asked {time}. You can stop it at any time. Each mailbox gets no more of such emails than the limits say.",
            count=AT_ONCE,
            minutes=PAUSE.seconds // 60,
            time=clock,
        ),
        answers=answered(found, language),
        reason=several_lines(request.form.get("reason", "")),
        reason_wrong=wrong,
        press=language.plural("Send {count} email", "Send {count} emails", found.asked),
        stop=language.plural("Stop: leave {count} unasked", "Stop: leave {count} unasked", found.left),
    )
    return page(request, "admin/consents/ask_run.html", view, desk_frame(request), status=422 if wrong else 200)


def _title(found: ShownAskList, language: Language) -> str:
    if found.run.state == RunState.DRAFT:
        return language.text("{count} of {every} will be asked", count=found.asked, every=found.all)
    if found.run.state == RunState.RUNNING:
        return language.text("Asking for “{what}”", what=found.name)
    if found.run.state == RunState.DONE:
        return language.text("Asked for “{what}”", what=found.name)
    return language.text("Asking for “{what}” was stopped", what=found.name)


def _mail(request: SignedInRequest, found: ShownAskList) -> ShownMail | None:
    shown = preview(request.rt, found.run.purpose, language=found.language, now=request.now)
    if shown is None:
        return None
    return ShownMail(shown.subject, shown.text, shown.language if shown.language != request.language.code else "")


def _row(verdict: AskVerdict, count: int, language: Language) -> VerdictRow:
    who, asked = verdict_name(verdict, language)
    return VerdictRow(who, count, asked, "" if verdict is AskVerdict.ASKED else "over")


def _unknown(found: ShownAskList, language: Language) -> str:
    unknown = int(found.run.among.get("unknown", 0))
    if not unknown:
        return ""
    return language.plural(
        "{count} line of the file matches none of your contacts. It does not add a contact.",
        "{count} lines of the file match none of your contacts. They do not add contacts.",
        unknown,
    )

"""Writing a message to one contact, or to all who agreed to a purpose. The form sends nothing."""

from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from ....actions.consent import dossier, find, messages
from ....actions.consent.messages import CannotBeWritten, ShownMessage, TextRefused
from ....domain.errors import NotFound, UnknownPurpose
from ....domain.ids import read_id
from ....domain.messages import SUBJECT_LENGTH, TEXT_LENGTH
from ....domain.text import one_line, several_lines
from ...http.forms import Problem, too_long
from ...http.responses import page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from ...parts.menus import MenuEntry
from . import conditions_form
from .conditions_form import ConditionRow
from .import_words import id_of
from .message_words import MESSAGES, EarlierView, sent_words

CONTACTS = "/admin/consents/contacts"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteView:
    """`back`: the contact's page; "" for a list. `wrong`: problems by field."""

    back: str
    who: str
    title: str
    action: str
    purposes: tuple[MenuEntry, ...]
    subject: str
    text: str
    problems: tuple[Problem, ...]
    wrong: dict[str, str]
    conditions: tuple[ConditionRow, ...]
    subject_length: int
    text_length: int
    earlier: tuple[EarlierView, ...]


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/write, and …/{id} for one contact; `from`: a message to copy. Raises NotFound."""
    return _form(request)


def draft(request: SignedInRequest) -> Response:
    """POST of the same: store it with its list, and show it. Raises NotFound."""
    form, language, to = request.form, request.language, _contact(request)
    problems = list[Problem]()
    among = () if to else conditions_form.read(form, find.fields_for(request.rt, language.code), (), language, problems)
    if problems:
        return _form(request, problem=problems[0])
    try:
        id = messages.draft(
            request.rt,
            form.get("purpose", ""),
            subject=form.get("subject", ""),
            text=form.get("text", ""),
            contact_id=to,
            among=among,
            by=request.person.id.hex,
            called=request.person.name,
            now=request.now,
        )
    except TextRefused as refusal:
        return _form(request, problem=Problem(refusal.field, _text_refused(request, refusal)))
    except UnknownPurpose:
        return _form(request, problem=Problem("purpose", language.text("Choose a purpose")))
    except CannotBeWritten:
        told = language.text("This can’t be written: the purpose has no text or is not in use, or there is no address.")
        return _form(request, problem=Problem("purpose", told))
    return see_other(request.href(f"{MESSAGES}/{id}"))


def _contact(request: SignedInRequest) -> UUID | None:
    return id_of(request) if "id" in request.params else None


def _text_refused(request: SignedInRequest, refusal: TextRefused) -> str:
    if not refusal.most:
        return request.language.text("Write something here")
    return too_long(request.language, refusal.most, len(request.form.get(refusal.field, "")))


def _form(request: SignedInRequest, *, problem: Problem | None = None) -> Response:
    language, to = request.language, _contact(request)
    who = _called(request, to) if to else ""
    begun = _begun(request)
    typed = request.form if request.form else begun
    names = messages.purposes_to_write_to(request.rt, language.code)
    view = WriteView(
        back=request.href(f"{CONTACTS}/{to}") if to else "",
        who=who,
        title=language.text("Write to {who}", who=who) if to else language.text("Write to a list"),
        action=request.href(request.path),
        purposes=tuple(MenuEntry(slug, name, slug == typed.get("purpose", "")) for slug, name in names),
        subject=one_line(typed.get("subject", "")),
        text=several_lines(typed.get("text", "")),
        conditions=() if to else conditions_form.rows(typed, find.fields_for(request.rt, language.code), (), language),
        problems=(problem,) if problem else (),
        wrong={problem.field: problem.text} if problem else {},
        subject_length=SUBJECT_LENGTH,
        text_length=TEXT_LENGTH,
        earlier=() if to else tuple(_earlier(request, each) for each in _latest(request)),
    )
    return page(request, "admin/consents/write.html", view, desk_frame(request), status=422 if problem else 200)


def _called(request: SignedInRequest, id: UUID) -> str:
    """Raises NotFound: no such contact, or no longer."""
    contact = dossier.show(request.rt, id, language=request.language.code, now=request.now).contact
    if contact.erased_at is not None or contact.merged_into is not None or not contact.address:
        raise NotFound("nobody can be written to there")
    return contact.name or contact.address


def _begun(request: SignedInRequest) -> dict[str, str]:
    """The words of the message to copy."""
    given = request.query.get("from", "")
    if not given:
        return {}
    found = messages.look(request.rt, read_id(given), language=request.language.code, now=request.now).message
    words = {"purpose": found.purpose, "subject": found.subject, "text": found.text}
    return {**words, **conditions_form.filled(found.among)}


def _latest(request: SignedInRequest) -> list[ShownMessage]:
    return messages.latest(request.rt, language=request.language.code, now=request.now)


def _earlier(request: SignedInRequest, found: ShownMessage) -> EarlierView:
    language, message = request.language, found.message
    day = (message.queued_at or message.made_at).astimezone(request.person.zone).date()
    return EarlierView(
        subject=message.subject,
        facts=f"{language.long_date(day)} · {found.to or found.name} · {sent_words(found, language)}",
        href=request.href(f"{MESSAGES}/{message.id}"),
    )

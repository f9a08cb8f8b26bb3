"""Deleting a profile field or its values, after showing the consequences."""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import Response

from ....actions.consent.profile_fields import FieldStillNeeded, Naming
from ....actions.setup import fields
from ....actions.setup.fields import FieldChanged, FieldShown
from ....domain.effects import MailKind
from ....domain.ids import read_id
from ....domain.localized_text import worded
from ....domain.messages import Message
from ....language import Language
from ...http.responses import Link, page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from .field_words import asking_links, purpose_link
from .message_words import MESSAGES
from .purpose_words import FIELDS


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteView:
    """`means`: the consequences. `stays`: why it can't be deleted, with links ("" where the reader may not follow).

    `empty`: the button that keeps the field; "" where it would do nothing or is impossible. `outdated`: it was changed
    since it was shown.
    """

    back: str
    action: str
    name: str
    seen: str
    means: tuple[str, ...]
    stays: tuple[Link, ...]
    allowed: bool
    empty: str
    outdated: bool


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/fields/{id}/delete. Raises NotFound."""
    return _page(request, _found(request))


def delete(request: SignedInRequest) -> Response:
    """POST /admin/consents/fields/{id}/delete: `do` is delete or empty; `seen`: the number of values shown. Raises
    NotFound."""
    found, values_only = _found(request), request.form.get("do") == "empty"
    if request.form.get("seen", "") != _seen(found):
        return _page(request, found, status=409)
    try:
        fields.delete(request.rt, found.field, values_only=values_only, by=request.actor, now=request.now)
    except (FieldChanged, FieldStillNeeded):
        return _page(request, _found(request), status=409)
    if values_only:
        return see_other(request.href(f"{FIELDS}/{found.field.id}", did="emptied"))
    return see_other(request.href(FIELDS, did="deleted"))


def _found(request: SignedInRequest) -> FieldShown:
    return fields.show(request.rt, read_id(request.params["id"]), language=request.language.code)


def _seen(found: FieldShown) -> str:
    """The number of values that was shown; if there are more now, the question is asked again."""
    return f"{found.kept.values} {found.waiting} {' '.join(found.needs.keys())}".strip()


def _page(request: SignedInRequest, found: FieldShown, *, status: int = 200) -> Response:
    language, values = request.language, found.kept.values
    asked = bool(found.needs.asking or found.needs.messages)
    view = DeleteView(
        back=request.href(f"{FIELDS}/{found.field.id}"),
        action=request.href(request.path),
        name=found.field.label(language.code),
        seen=_seen(found),
        means=() if found.needs else tuple(_means(found, language)),
        stays=tuple(_stays(request, found)),
        allowed=bool(found.allowing),
        empty=language.plural("Empty it for {count} contact", "Empty it for {count} contacts", values)
        if values and found.allowing and not asked
        else "",
        outdated=status == 409,
    )
    return page(request, "admin/consents/field_delete.html", view, desk_frame(request), status=status)


def _means(found: FieldShown, language: Language) -> Iterator[str]:
    if found.kept.values:
        yield language.plural(
            "Its content for {count} contact is deleted for good. Earlier backups keep it.",
            "Its content for {count} contacts is deleted for good. Earlier backups keep it.",
            found.kept.values,
        )
    else:
        yield language.text("It is empty for everybody.")
    if found.waiting:
        yield language.plural(
            "{count} waiting import has a column for it. What that column holds is deleted, too; the rest "
            "can be imported.",
            "{count} waiting imports have a column for it. What these columns hold is deleted, too; the rest "
            "can be imported.",
            found.waiting,
        )
    yield language.text(
        "If your setup file has the field, remove it there as well: until then the file can’t be applied, "
        "or would make the field again."
    )


def _stays(request: SignedInRequest, found: FieldShown) -> Iterator[Link]:
    yield from (purpose_link(request, slug, found.names) for slug in found.allowing)
    yield from asking_links(request, found.asking, found.names)
    for each in found.needs.messages:
        yield Link(_message(each, found, request.language), request.href(f"{MESSAGES}/{each.id}"))
    for naming in found.needs.questions:
        yield _question(request, naming)


def _question(request: SignedInRequest, naming: Naming) -> Link:
    """The link to a question, which only its host can change."""
    code, host = request.language.code, naming.host
    told = request.language.text(
        "The question “{question}” of {host}, under “{title}”",
        question=worded(naming.question.label, code, writer=host.language).text,
        host=host.name,
        title=worded(naming.meeting.title, code, writer=host.language).text,
    )
    page = f"/host/meetings/{naming.meeting.slug}/questions/q.{naming.question.key}"
    return Link(told, request.href(page) if request.person.host_id == host.id else "")


def _message(message: Message, found: FieldShown, language: Language) -> str:
    what = found.names.get(message.purpose, message.purpose)
    match message.kind:
        case MailKind.PAGE_NEWS:
            return language.text("News about the preferences page")
        case MailKind.PURPOSE_NEWS:
            return language.text("News about “{what}”", what=what)
        case _:
            return language.text("The message under “{what}” that is on its way", what=what)

"""Asking a list of contacts: choosing it by filter or file, and earlier lists."""

from dataclasses import dataclass

from starlette.responses import Response

from ....actions.consent import ask_list
from ....actions.consent.ask_by_hand import CannotBeAsked
from ....actions.consent.ask_list import MOST, BroughtBy, ListRefused, ListTooLong, ShownAskList
from ....actions.consent.find import purposes_for
from ....domain.consent_file import ConsentFile, FileRefused, read
from ....domain.contact_filter import LISTS, Filter
from ....domain.errors import UnknownPurpose
from ....domain.ids import read_id
from ....domain.text import one_line
from ...http.responses import page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from ...parts.menus import MenuEntry
from .ask_words import ASK, answered
from .contact_query import read_filter
from .import_words import file_refused
from .words import standing_name

_NAME_LENGTH = 120


@dataclass(frozen=True, slots=True)
class EarlierView:
    name: str
    facts: str
    href: str
    answers: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskView:
    """`opened`: a folded field is filled in. `problem`: why there is no such list; "" for none."""

    action: str
    purposes: tuple[MenuEntry, ...]
    standings: tuple[MenuEntry, ...]
    q: str
    source: str
    given_from: str
    given_to: str
    optin_id: str
    opened: bool
    problem: str
    earlier: tuple[EarlierView, ...]


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/ask, with the filter of a list of contacts."""
    return _form(request, read_filter(request.query))


def count(request: SignedInRequest) -> Response:
    """POST /admin/consents/ask: store a list by filter, file or `import`, and show it; asks nobody. Raises NotFound."""
    language, wanted = request.language, read_filter(request.form)
    sent, by = request.files.get("file"), request.person
    brought = BroughtBy(read_id(request.form["import"])) if "import" in request.form else None
    file: ConsentFile | None = None
    try:
        if sent is not None and sent.content:
            file = read(sent.content)
        elif "by-file" in request.form:
            return _form(request, wanted, problem=language.text("Choose a file first."))
        id = ask_list.draft(
            request.rt,
            wanted.purpose,
            brought or file or wanted,
            file_name=one_line(sent.name)[:_NAME_LENGTH] if sent and file else "",
            by=by.id.hex,
            called=by.name,
            now=request.now,
        )
    except FileRefused as refusal:
        return _form(request, wanted, problem=file_refused(refusal, language))
    except UnknownPurpose:
        return _form(request, wanted, problem=language.text("Choose a purpose"))
    except CannotBeAsked:
        told = language.text(
            "This purpose can’t be asked for by email: it has no text, is not in use, or is about calls."
        )
        return _form(request, wanted, problem=told)
    except ListRefused as refusal:
        return _form(request, wanted, problem=_refused(request, refusal, file))
    return see_other(request.href(f"{ASK}/{id}"))


def _refused(request: SignedInRequest, refusal: ListRefused, file: ConsentFile | None) -> str:
    language = request.language
    if isinstance(refusal, ListTooLong):
        return language.text("More than {most} contacts are on this list. Ask them in parts.", most=MOST)
    if file is not None:
        return language.text("The file names none of your contacts. It needs a column called email.")
    return language.text("Nobody is on this list. Widen it.")


def _form(request: SignedInRequest, wanted: Filter, *, problem: str = "") -> Response:
    language = request.language
    names = purposes_for(request.rt, language.code)
    view = AskView(
        action=request.href(ASK),
        purposes=tuple(MenuEntry(slug, name, slug == wanted.purpose) for slug, name in names),
        standings=tuple(
            MenuEntry(each, standing_name(each, language), each == wanted.standing) for each in ("", *LISTS)
        ),
        q=wanted.text,
        source=wanted.source,
        given_from=wanted.given_from.isoformat() if wanted.given_from else "",
        given_to=wanted.given_to.isoformat() if wanted.given_to else "",
        optin_id=wanted.optin_id,
        opened=bool(wanted.source or wanted.given_from or wanted.given_to or wanted.optin_id),
        problem=problem,
        earlier=tuple(
            _earlier(request, each) for each in ask_list.latest(request.rt, language=language.code, now=request.now)
        ),
    )
    return page(request, "admin/consents/ask.html", view, desk_frame(request), status=422 if problem else 200)


def _earlier(request: SignedInRequest, found: ShownAskList) -> EarlierView:
    language, run = request.language, found.run
    day = (run.started_at or run.made_at).astimezone(request.person.zone).date()
    count = language.plural("{count} asked by {name}", "{count} asked by {name}", found.asked, name=run.called)
    return EarlierView(
        name=found.name,
        facts=f"{language.long_date(day)} · {count}",
        href=request.href(f"{ASK}/{run.id}"),
        answers=answered(found, language),
    )

"""Creating a contact by hand, as after a call. Consents are recorded afterwards, with their origin."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from ....actions.consent import find, new_contact, staff_entries
from ....domain.consent_moves import ConsentRefused
from ....domain.errors import BookingError
from ....domain.text import NAME_LENGTH, one_line
from ....language import Language
from ...http.forms import Problem, too_long
from ...http.request import languages_of
from ...http.responses import language_name, page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from ...parts.menus import MenuEntry
from .words import refused

CONTACTS = "/admin/consents/contacts"
_ADDRESS_LENGTH = 254
_NUMBER_LENGTH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContactView:
    """`purposes`: for recording a consent next. `wrong`: by field name."""

    back: str
    action: str
    email: str
    phone: str
    name: str
    languages: tuple[MenuEntry, ...]
    purposes: tuple[MenuEntry, ...]
    problems: tuple[Problem, ...]
    wrong: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Typed:
    address: str
    phone: str
    name: str


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/contacts/new"""
    return _form(request)


def make(request: SignedInRequest) -> Response:
    """POST /admin/consents/contacts/new: leads to the contact, or on to recording a consent.

    An existing contact of this address is not changed.
    """
    language, problems = request.language, list[Problem]()
    typed = _typed(request, problems)
    if problems:
        return _form(request, tuple(problems), status=422)
    spoken = request.form.get("in", "")
    try:
        made = new_contact.make(
            request.rt,
            address=typed.address,
            phone=typed.phone,
            name=typed.name,
            language=spoken if spoken in languages_of(request.rt, request.organisation) else language.code,
            now=request.now,
        )
    except ConsentRefused as refusal:
        field, told = "email" if typed.address else "phone", refused(refusal, {}, language, zone=request.person.zone)
        return _form(request, (Problem(field, told),), status=409)
    did, purpose = "made" if made.new else "known", request.form.get("purpose", "")
    if purpose in dict(find.purposes_for(request.rt, language.code)):
        return see_other(request.href(f"{CONTACTS}/{made.id}/{purpose}", did=did))
    return see_other(request.href(f"{CONTACTS}/{made.id}", did=did))


def _typed(request: SignedInRequest, problems: list[Problem]) -> _Typed:
    language, form = request.language, request.form
    address, phone, name = (one_line(form.get(field, "")) for field in ("email", "phone", "name"))
    if not address and not phone:
        problems.append(Problem("email", language.text("Write an email address or a phone number")))
    if len(name) > NAME_LENGTH:
        problems.append(Problem("name", too_long(language, NAME_LENGTH, len(name))))
    return _Typed(_address(address, problems, language), _number(phone, problems, language), name)


def _address(text: str, problems: list[Problem], language: Language) -> str:
    try:
        return staff_entries.identifier(text if "@" in text else f"{text}@")[0] if text else ""
    except BookingError:
        problems.append(Problem("email", language.text("This is not an email address.")))
        return ""


def _number(text: str, problems: list[Problem], language: Language) -> str:
    try:
        return staff_entries.identifier(text.replace("@", "?"))[1] if text else ""
    except BookingError:
        problems.append(Problem("phone", language.text("Write it with its country, like +49 30 1234567")))
        return ""


def _form(request: SignedInRequest, problems: tuple[Problem, ...] = (), *, status: int = 200) -> Response:
    language, form = request.language, request.form
    spoken = form.get("in") or request.organisation.default_language
    view = NewContactView(
        back=request.href(CONTACTS),
        action=request.href(request.path),
        email=one_line(form.get("email", ""))[:_ADDRESS_LENGTH],
        phone=one_line(form.get("phone", ""))[:_NUMBER_LENGTH],
        name=one_line(form.get("name", "")),
        languages=tuple(
            MenuEntry(code, language_name(code), code == spoken)
            for code in languages_of(request.rt, request.organisation)
        ),
        purposes=(
            MenuEntry("", language.text("None for now"), not form.get("purpose")),
            *(
                MenuEntry(slug, name, slug == form.get("purpose"))
                for slug, name in find.purposes_for(request.rt, language.code)
            ),
        ),
        problems=problems,
        wrong={each.field: each.text for each in problems},
    )
    return page(request, "admin/consents/contact_new.html", view, desk_frame(request), status=status)

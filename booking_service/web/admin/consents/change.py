"""Changing a standing by hand. Double opt-in can't be chosen."""

from dataclasses import dataclass

from starlette.responses import Response

from ....actions.consent import ask_by_hand, dossier, staff_entries
from ....actions.consent.ask_by_hand import CannotBeAsked
from ....actions.consent.dossier import Dossier, Evidence
from ....domain.consent_choices import Choice
from ....domain.consent_columns import LENGTHS, BroughtWrongly
from ....domain.consent_moves import ConsentRefused, agreed
from ....domain.errors import NotFound
from ....domain.ids import read_id
from ....domain.text import one_line, several_lines
from ....language import Language
from ...http.forms import Problem, reason_problems
from ...http.responses import page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from .result_words import done_in_words
from .sentence import sentence
from .words import badge, fault, refused

CONTACTS = "/admin/consents/contacts"
_COLUMNS = ("optin_who", "optin_source", "optin_date", "optin_id", "optin_description")


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """A choice of the form. `why_not`: why it can't be chosen; "" where it can."""

    value: str
    text: str
    hint: str
    chosen: bool
    why_not: str


@dataclass(frozen=True, slots=True)
class FieldView:
    name: str
    label: str
    hint: str
    value: str
    wrong: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """`did`: what was just done. `says`: the present standing. `columns`: the origin of a recorded consent."""

    back: str
    did: str
    who: str
    title: str
    says: str
    choices: tuple[ChoiceView, ...]
    possible: bool
    records: bool
    columns: tuple[FieldView, ...]
    opened: bool
    reason: str
    reason_wrong: str
    problems: tuple[Problem, ...]
    action: str


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/contacts/{id}/{purpose}. Raises NotFound."""
    found, evidence = _found(request)
    return _form(request, found, evidence)


def change(request: SignedInRequest) -> Response:
    """POST /admin/consents/contacts/{id}/{purpose}: `to` and `reason`; a refused form keeps its input."""
    found, evidence = _found(request)
    problems = _problems(request)
    if problems:
        return _form(request, found, evidence, problems=problems, status=422)
    choice, language = Choice(request.form["to"]), request.language
    try:
        changed = _done(request, found, evidence, choice)
    except ConsentRefused as refusal:
        told = refused(refusal, found.staff, language, zone=found.zone)
        return _form(request, *_found(request), problems=(Problem("to", told),), status=409)
    except BroughtWrongly as wrong:
        return _form(request, found, evidence, problems=_columns_wrong(wrong, language), status=422)
    except CannotBeAsked:
        told = language.text("This can’t be asked by email: there is no address, or no text to ask with.")
        return _form(request, found, evidence, problems=(Problem("to", told),), status=409)
    return see_other(request.href(f"{CONTACTS}/{found.contact.id}", did=choice if changed else "same"))


def _found(request: SignedInRequest) -> tuple[Dossier, Evidence]:
    id = read_id(request.params["id"])
    found = dossier.show(request.rt, id, language=request.language.code, now=request.now)
    evidence = next((each for each in found.purposes if each.purpose.slug == request.params["purpose"]), None)
    if evidence is None or found.contact.erased_at is not None:
        raise NotFound("there is no such purpose, or nobody any more")
    return found, evidence


def _problems(request: SignedInRequest) -> tuple[Problem, ...]:
    language, found = request.language, []
    if request.form.get("to", "") not in set(Choice):
        found.append(Problem("to", language.text("Choose what to change it to")))
    reason = several_lines(request.form.get("reason", ""))
    missing = language.text("Say why: it goes on record with the change")
    return (*found, *reason_problems("reason", reason, language, missing=missing))


def _done(request: SignedInRequest, found: Dossier, evidence: Evidence, choice: Choice) -> bool:
    """Make the change. Returns whether anything changed. Raises ConsentRefused, BroughtWrongly, CannotBeAsked."""
    rt, now, reason = request.rt, request.now, several_lines(request.form.get("reason", ""))
    by, called = request.person.id.hex, request.person.name
    who, slug = found.contact.address or found.contact.phone, evidence.purpose.slug
    match choice:
        case Choice.ASK:
            asked = ask_by_hand.one(rt, found.contact.id, slug, staff=by, called=called, reason=reason, now=now)
            return asked is not None
        case Choice.RECORD | Choice.IMPLIED:
            brought = {name: request.form.get(name, "") for name in _COLUMNS}
            brought["optin_who"] = brought["optin_who"].strip() or found.contact.name[: LENGTHS["optin_who"]]
            done = staff_entries.record(
                rt,
                who,
                slug,
                staff=by,
                called=called,
                brought=brought,
                reason=reason,
                implied=choice is Choice.IMPLIED,
                now=now,
            )
        case Choice.REVERT:
            done = staff_entries.revert(rt, who, slug, staff=by, called=called, reason=reason, now=now)
        case _:
            theirs = choice is Choice.THEIRS
            done = staff_entries.opt_out(rt, who, slug, staff=by, called=called, theirs=theirs, reason=reason, now=now)
    return done.entry is not None


def _columns_wrong(wrong: BroughtWrongly, language: Language) -> tuple[Problem, ...]:
    return tuple(Problem(each.column, fault(each, language)) for each in wrong.faults)


def _form(
    request: SignedInRequest,
    found: Dossier,
    evidence: Evidence,
    *,
    problems: tuple[Problem, ...] = (),
    status: int = 200,
) -> Response:
    language, form = request.language, request.form
    wrong = {each.field: each.text for each in problems}
    open_to = [each.choice for each in evidence.options if each.refusal is None]
    chosen = form.get("to", "")  # nothing preselected, as staff can't undo some choices
    columns = _columns(request, wrong)
    shown = sentence(found, evidence, language, now=request.now)
    view = ChangeView(
        back=request.href(f"{CONTACTS}/{found.contact.id}"),
        did=done_in_words(request.query.get("did", ""), language) if request.method == "GET" else "",
        who=found.contact.name or found.contact.address or found.contact.phone,
        title=language.text(
            "Change “{what}” of {name}",
            what=evidence.name,
            name=found.contact.name or found.contact.address or found.contact.phone,
        ),
        says=" ".join(filter(None, (f"{badge(evidence.row, language, now=request.now).text}.", shown))),
        choices=tuple(
            ChoiceView(
                value=each.choice,
                text=_choice(each.choice, language),
                hint=_meaning(each.choice, evidence, language),
                chosen=each.choice == chosen and each.refusal is None,
                why_not=refused(each.refusal, found.staff, language, zone=found.zone) if each.refusal else "",
            )
            for each in evidence.options
        ),
        possible=bool(open_to),
        records=Choice.RECORD in open_to or Choice.IMPLIED in open_to,
        columns=columns,
        opened=any(each.wrong or each.value for each in columns),
        reason=several_lines(form.get("reason", "")),
        reason_wrong=wrong.get("reason", ""),
        problems=problems,
        action=request.href(request.path),
    )
    return page(request, "admin/consents/change.html", view, desk_frame(request), status=status)


def _columns(request: SignedInRequest, wrong: dict[str, str]) -> tuple[FieldView, ...]:
    language = request.language
    labels = {
        "optin_who": (
            language.text("Who gave it"),
            language.text(
                "Their full name at the time, or for example that of a parent. Left empty: the name of the contact."
            ),
        ),
        "optin_source": (language.text("Where and how it was given"), language.text("For example: card at the fair")),
        "optin_date": (language.text("On which day"), language.text("YYYY-MM-DD")),
        "optin_id": (language.text("Its ID at the source"), ""),
        "optin_description": (language.text("In your own words, for people who ask later"), ""),
    }
    return tuple(
        FieldView(name, *labels[name], one_line(request.form.get(name, "")), wrong.get(name, "")) for name in _COLUMNS
    )


def _choice(choice: Choice, language: Language) -> str:
    match choice:
        case Choice.THEIRS:
            return language.text("They asked us to stop")
        case Choice.OURS:
            return language.text("Our decision to stop")
        case Choice.ASK:
            return language.text("Ask by email")
        case Choice.RECORD:
            return language.text("Single opt-in, by staff")
        case Choice.IMPLIED:
            return language.text("Existing relationship")
        case Choice.REVERT:
            return language.text("Take our opt-out back")


def _meaning(choice: Choice, evidence: Evidence, language: Language) -> str:
    match choice:
        case Choice.THEIRS:
            return language.text("Their own no, passed on. Only they can undo it.")
        case Choice.OURS:
            return language.text(
                "Opted out by staff. Nothing is sent from this moment on; staff can undo it, with a reason."
            )
        case Choice.ASK:
            return language.text("The current state stays until there is an answer.")
        case Choice.RECORD:
            return language.text("You have another permission, such as a signed form.")
        case Choice.IMPLIED:
            return language.text("Nobody said yes. Whether it counts is decided for the whole organisation.")
        case Choice.REVERT if evidence.agreed is None or not agreed(evidence.agreed.standing):
            return language.text(
                "They had given no consent before it, so this records one: single opt-in, by staff. If you know of "
                "none, leave the opt-out: if they tick the box on a form, they are still asked."
            )
        case Choice.REVERT:
            return language.text("It is recorded as single opt-in, by staff, whatever it was before.")

"""Importing contacts, first steps: the file, and the meaning of its columns. No line is stored before it was shown."""

from dataclasses import dataclass

from starlette.responses import Response

from ....actions.consent import import_fields, imports
from ....actions.consent.find import purposes_for
from ....actions.consent.import_fields import FieldChoice
from ....actions.consent.imports import UnknownImport
from ....domain.consent_columns import LENGTHS
from ....domain.consent_file import FIELD, MOST_OCTETS, OPTIN, Column, FileRefused, Meaning, Plan, field_named
from ....domain.text import one_line
from ....language import Language
from ...http.forms import Problem
from ...http.responses import page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from .import_words import IMPORT, Steps, encoding_name, file_refused, id_of, separator_name, steps

_NAME_LENGTH = 120


@dataclass(frozen=True, slots=True)
class EarlierView:
    name: str
    facts: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadView:
    steps: Steps
    action: str
    megabytes: int
    earlier: tuple[EarlierView, ...]
    problem: str


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A column of the file with sample texts and its possible meanings."""

    name: str
    heading: str
    samples: str
    chosen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnsView:
    """`choices`: value and text of the meanings. `fields`: they include profile fields. `for_all`: values for every
    line."""

    steps: Steps
    action: str
    back: str
    facts: str
    columns: tuple[ColumnView, ...]
    choices: tuple[tuple[str, str], ...]
    fields: bool
    purposes: tuple[tuple[str, str], ...]
    purpose: str
    meanings: tuple[tuple[str, str, str], ...]
    meaning: str
    for_all: tuple[tuple[str, str, int, str], ...]
    opened: bool
    problems: tuple[Problem, ...]

    def wrong(self, field: str) -> str:
        return next((each.text for each in self.problems if each.field == field), "")


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/import"""
    return _upload(request)


def upload(request: SignedInRequest) -> Response:
    """POST /admin/consents/import: a file in `file`."""
    sent, language = request.files.get("file"), request.language
    if sent is None or not sent.content:
        return _upload(request, problem=language.text("Choose a file first."))
    name, person = one_line(sent.name)[:_NAME_LENGTH] or "import.csv", request.person
    try:
        made = imports.start(request.rt, sent.content, name=name, by=person.id.hex, called=person.name, now=request.now)
    except FileRefused as refusal:
        return _upload(request, problem=file_refused(refusal, language))
    return see_other(request.href(f"{IMPORT}/{made.id}/columns"))


def columns(request: SignedInRequest) -> Response:
    """GET /admin/consents/import/{id}/columns. Raises NotFound."""
    return _columns(request)


def plan(request: SignedInRequest) -> Response:
    """POST /admin/consents/import/{id}/columns: `c0`, `c1`, …, `purpose`, `meaning`, and values for all lines."""
    id, form, language = id_of(request), request.form, request.language
    found = imports.look(request.rt, id)
    written = [form.get(f"c{at}", "") for at in range(len(found.plan.columns))]
    meant, known = (
        tuple(map(_column, written)),
        {each.slug for each in import_fields.choices(request.rt, language.code)},
    )
    fills = {at: slug for at, each in enumerate(written) if (slug := field_named(each)) in known}
    wanted = Plan(
        columns=meant,
        purpose=form.get("purpose", ""),
        meaning=Meaning(form["meaning"]) if form.get("meaning") in set(Meaning) else None,
        for_all={each.value: one_line(form.get(each.value, "")) for each in OPTIN if form.get(each.value, "").strip()},
        fields=fills,
    )
    problems = []
    if Column.EMAIL not in meant and Column.PHONE not in meant:
        problems.append(Problem("c0", language.text("Say which column has the email address or the phone number")))
    twice = [each for each in set(meant) if each and meant.count(each) > 1]
    if twice or len(set(fills.values())) < len(fills):
        problems.append(Problem("c0", language.text("Two columns can’t mean the same thing")))
    if wanted.purpose not in dict(purposes_for(request.rt, language.code)):
        problems.append(Problem("purpose", language.text("Choose a purpose")))
    if wanted.meaning is None:
        problems.append(Problem("meaning", language.text("Choose what the lines say")))
    if problems:
        return _columns(request, typed=wanted, problems=tuple(problems))
    imports.plan(request.rt, id, wanted, now=request.now)
    return see_other(request.href(f"{IMPORT}/{id}/check"))


def _upload(request: SignedInRequest, *, problem: str = "") -> Response:
    language = request.language
    view = UploadView(
        steps=steps(1, language),
        action=request.href(IMPORT),
        megabytes=MOST_OCTETS // 1024 // 1024,
        earlier=tuple(
            EarlierView(
                each.name,
                language.plural(
                    "{count} line, {date}",
                    "{count} lines, {date}",
                    int(each.mapping["lines"]),
                    date=language.long_date(each.made_at.astimezone(request.person.zone).date()),
                ),
                request.href(f"{IMPORT}/{each.id}/{_step(each.state)}"),
            )
            for each in imports.latest(request.rt)
        ),
        problem=problem,
    )
    status = 422 if problem else 200
    return page(request, "admin/consents/import_upload.html", view, desk_frame(request), status=status)


def _columns(request: SignedInRequest, *, typed: Plan | None = None, problems: tuple[Problem, ...] = ()) -> Response:
    id, language = id_of(request), request.language
    found = imports.look(request.rt, id)
    if found.made.state not in (imports.COLUMNS, imports.CHECK):
        raise UnknownImport("it is past this step")
    fields = import_fields.choices(request.rt, language.code)
    mapping, wanted, known = found.made.mapping, typed or found.plan, purposes_for(request.rt, language.code)
    view = ColumnsView(
        steps=steps(2, language),
        action=request.href(request.path),
        back=request.href(IMPORT),
        facts=" · ".join(
            (
                found.made.name,
                language.plural("{count} line", "{count} lines", int(mapping["lines"])),
                separator_name(str(mapping["separator"]), language),
                encoding_name(str(mapping["encoding"]), language),
            )
        ),
        columns=tuple(
            ColumnView(f"c{at}", heading, samples, _chosen(wanted, at))
            for at, (heading, samples) in enumerate(zip(mapping["headings"], mapping["samples"], strict=True))
        ),
        choices=(
            *((each.value, _column_name(each, language)) for each in Column),
            *((f"{FIELD}{each.slug}", _field_name(each, language)) for each in fields),
        ),
        fields=bool(fields),
        purposes=known if len(known) == 1 else (("", language.text("Choose a purpose")), *known),
        purpose=wanted.purpose,
        meanings=tuple((each.value, *_meaning(each, language)) for each in Meaning),
        meaning=wanted.meaning or "",
        for_all=tuple(
            (each.value, _column_name(each, language), LENGTHS[each.value], wanted.for_all.get(each.value, ""))
            for each in OPTIN
        ),
        opened=bool(wanted.for_all),
        problems=problems,
    )
    status = 422 if problems else 200
    return page(request, "admin/consents/import_columns.html", view, desk_frame(request), status=status)


def _column(written: str) -> Column:
    return Column(written) if written in set(Column) else Column.NOTHING


def _chosen(wanted: Plan, at: int) -> str:
    return f"{FIELD}{wanted.fields[at]}" if at in wanted.fields else wanted.columns[at].value


def _field_name(field: FieldChoice, language: Language) -> str:
    if field.sensitive:
        return language.text("Field “{label}” (sensitive)", label=field.label)
    return language.text("Field “{label}”", label=field.label)


def _step(state: str) -> str:
    return {imports.COLUMNS: "columns", imports.CHECK: "check"}.get(state, "done")


def _column_name(column: Column, language: Language) -> str:
    match column:
        case Column.NOTHING:
            return language.text("Leave out")
        case Column.EMAIL:
            return language.text("Email address")
        case Column.PHONE:
            return language.text("Phone number")
        case Column.NAME:
            return language.text("Name")
        case Column.WHO:
            return language.text("Who consented (up to {most} characters)", most=LENGTHS["optin_who"])
        case Column.SOURCE:
            return language.text("Where and how (up to {most} characters)", most=LENGTHS["optin_source"])
        case Column.DATE:
            return language.text("On which day")
        case Column.ID:
            return language.text("Id in the source (up to {most} characters)", most=LENGTHS["optin_id"])
        case Column.DESCRIPTION:
            return language.text("In words (up to {most} characters)", most=LENGTHS["optin_description"])


def _meaning(meaning: Meaning, language: Language) -> tuple[str, str]:
    match meaning:
        case Meaning.GIVEN:
            return language.text("They agreed"), language.text("Recorded as single opt-in, by staff.")
        case Meaning.IMPLIED:
            return language.text("Existing relationship"), language.text(
                "Nobody said yes. Whether it counts is decided for the whole organisation."
            )
        case Meaning.OUT_THEIRS:
            return language.text("They asked us to stop"), language.text(
                "Their own no, passed on. Only they can undo it."
            )
        case Meaning.OUT_OURS:
            return language.text("Our decision to stop"), language.text("Staff can undo it, with a reason.")
        case Meaning.NOTHING:
            return language.text("Nothing"), language.text("They become contacts, and may be asked later.")

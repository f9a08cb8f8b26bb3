"""The report: consents by purpose, each number linked to its contacts; and what needs attention."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from ....actions.consent import ledger_check, report
from ....actions.consent.ledger_check import LedgerCheck
from ....actions.consent.report import PurposeFinding, PurposeReport
from ....domain.contact_filter import CONTRADICTORY, EXPIRED, NEVER, NO_ADDRESS, NO_NUMBER, NO_SOURCE, STANDINGS
from ....domain.roles import CONSENTS
from ....language import Language
from ...http.responses import page, see_other
from ...http.security import PRIVATE
from ...http.signed_in_pages import SignedInRequest, desk_frame
from ...parts.csv_file import csv_file
from .sentence import clock
from .words import standing_name, why_in_word

CONTACTS, REPORT = "/admin/consents/contacts", "/admin/consents/report"
_LISTED = {
    PurposeFinding.NO_SOURCE: NO_SOURCE,
    PurposeFinding.NO_ADDRESS: NO_ADDRESS,
    PurposeFinding.NO_NUMBER: NO_NUMBER,
    PurposeFinding.CONTRADICTORY: CONTRADICTORY,
    PurposeFinding.EXPIRED: EXPIRED,
}
_COLUMNS = tuple(each for each in STANDINGS if each != NEVER)


@dataclass(frozen=True, slots=True)
class Cell:
    """A number, and the address of its list; "" for zero."""

    count: int
    href: str


@dataclass(frozen=True, slots=True)
class ReportRow:
    name: str
    cells: tuple[Cell, ...]
    review: str
    overdue: bool


@dataclass(frozen=True, slots=True)
class ShareRow:
    """How many of those ever asked for a purpose agreed, whatever happened since."""

    name: str
    facts: str
    share: str


@dataclass(frozen=True, slots=True)
class FindingRow:
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """How often and why something was refused for a purpose."""

    name: str
    why: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """`head`: to be kept elsewhere. `checks`: where a check is requested; "" without that right. `asked`: one is
    running."""

    title: str
    export: str
    columns: tuple[str, ...]
    rows: tuple[ReportRow, ...]
    shares: tuple[ShareRow, ...]
    findings: tuple[FindingRow, ...]
    refused: tuple[RefusalRow, ...]
    not_told: tuple[RefusalRow, ...]
    evidence: str
    tampered: tuple[str, ...]
    head: str
    stamp: str
    checks: str
    asked: bool
    again: str


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/report"""
    language = request.language
    today = request.now.astimezone(request.person.zone).date()
    found = report.report(request.rt, language=language.code, today=today, now=request.now)
    checked = ledger_check.show(request.rt)
    view = ReportView(
        title=language.text("Standing by purpose, {date}", date=language.long_date(today)),
        export=request.href(f"{REPORT}/export"),
        columns=tuple(standing_name(each, language) for each in _COLUMNS),
        rows=tuple(_row(request, each) for each in found),
        shares=tuple(_share(each, language) for each in found if each.asked),
        findings=tuple(
            _finding(request, each, finding, count) for each in found for finding, count in each.findings.items()
        ),
        refused=tuple(row for each in found for row in _refusals(each.name, each.refused, language)),
        not_told=tuple(row for each in found for row in _refusals(each.name, each.not_told, language)),
        evidence=_evidence(request, checked),
        tampered=tuple(checked.findings),
        head=checked.head,
        stamp=_stamp(request, checked),
        checks=request.href(f"{REPORT}/check") if request.person.may(CONSENTS) else "",
        asked=checked.asked,
        again=request.href(REPORT),
    )
    return page(request, "admin/consents/report.html", view, desk_frame(request))


def take(request: SignedInRequest) -> Response:
    """GET /admin/consents/report/export: the numbers of each purpose as a file, without names."""
    today = request.now.astimezone(request.person.zone).date()
    found = report.report(request.rt, language=request.language.code, today=today, now=request.now)
    return csv_file(f"consents-{today}.csv", report.HEADINGS, map(report.cells, found), dict(PRIVATE))


def check(request: SignedInRequest) -> Response:
    """POST /admin/consents/report/check: request a check of the evidence."""
    ledger_check.ask(request.rt, now=request.now)
    return see_other(request.href(REPORT))


def _evidence(request: SignedInRequest, checked: LedgerCheck) -> str:
    language = request.language
    if checked.at is None:
        return language.text(
            "Not checked yet. It is checked every night, and by the command booking-service consents verify."
        )
    when = clock(language, checked.at, request.person.zone)
    if checked.findings:
        return language.text("Checked on {time}: something was changed after it was written.", time=when)
    return language.plural(
        "Checked on {time}: {count} entry, unchanged since it was written.",
        "Checked on {time}: {count} entries, all unchanged since they were written.",
        checked.size,
        time=when,
    )


def _stamp(request: SignedInRequest, checked: LedgerCheck) -> str:
    if checked.anchored is None:
        return ""
    return request.language.plural(
        "The first {count} entry was stamped by a time-stamp server on {time}.",
        "The first {count} entries were stamped by a time-stamp server on {time}.",
        checked.anchored.size,
        time=clock(request.language, checked.anchored.at, request.person.zone),
    )


def _refusals(name: str, by_why: Mapping[str, int], language: Language) -> Iterator[RefusalRow]:
    for why, count in sorted(by_why.items(), key=lambda each: (-each[1], each[0])):
        yield RefusalRow(name, why_in_word(why, language), count)


def _row(request: SignedInRequest, found: PurposeReport) -> ReportRow:
    review = found.purpose.review_on
    return ReportRow(
        name=found.name,
        cells=tuple(Cell(found.counts.get(each, 0), _href(request, found, each)) for each in _COLUMNS),
        review=request.language.long_date(review) if review else "–",
        overdue=PurposeFinding.REVIEW_DUE in found.findings,
    )


def _share(found: PurposeReport, language: Language) -> ShareRow:
    facts = language.text("{count} of {every} who were ever asked", count=found.agreed, every=found.asked)
    return ShareRow(found.name, facts, language.text("{percent} %", percent=found.share))


def _href(request: SignedInRequest, found: PurposeReport, standing: str) -> str:
    if not found.counts.get(standing):
        return ""
    return request.href(CONTACTS, purpose=found.purpose.slug, standing=standing)


def _finding(request: SignedInRequest, found: PurposeReport, finding: PurposeFinding, count: int) -> FindingRow:
    about_itself = finding in (PurposeFinding.REVIEW_DUE, PurposeFinding.NO_TEXT)
    href = request.href(f"/admin/consents/purposes/{found.purpose.slug}") if about_itself else ""
    if finding in _LISTED:
        href = request.href(CONTACTS, purpose=found.purpose.slug, standing=_LISTED[finding])
    return FindingRow(_says(finding, found.name, count, request.language), href)


def _says(finding: PurposeFinding, name: str, count: int, language: Language) -> str:
    match finding:
        case PurposeFinding.REVIEW_DUE:
            return language.text("“{what}”: its review is overdue", what=name)
        case PurposeFinding.NO_TEXT:
            return language.text("“{what}” has no text in the organisation’s language", what=name)
        case PurposeFinding.NO_SOURCE:
            return language.text("“{what}”: {count} without source or date", what=name, count=count)
        case PurposeFinding.NO_ADDRESS:
            return language.text("“{what}”: {count} without an email address", what=name, count=count)
        case PurposeFinding.NO_NUMBER:
            return language.text("“{what}”: {count} without a number to call", what=name, count=count)
        case PurposeFinding.CONTRADICTORY:
            return language.text(
                "“{what}”: {count} given for another number than the contact has", what=name, count=count
            )
        case PurposeFinding.EXPIRED:
            return language.text("“{what}”: {count} too old to be used", what=name, count=count)

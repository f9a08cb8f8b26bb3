"""The lines of an import with their verdicts and reasons, before and after applying."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from ....actions.consent import import_outcomes
from ....actions.consent.import_check import LineVerdict
from ....actions.consent.import_outcomes import LineOutcome, Outcomes
from ....actions.consent.imports import plan_of
from ...http.parsing import read_number
from ...http.signed_in_pages import SignedInRequest
from .import_words import id_of, verdict_badge, why
from .words import Badge

_CONTACTS = "/admin/consents/contacts"


@dataclass(frozen=True, slots=True)
class LineRow:
    """`href`: the contact that the line made. `facts`: the line's number, and what it says about the person."""

    who: str
    href: str
    facts: str
    badge: Badge
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesView:
    """`only`: the verdict of these lines, in a word. `every`: the address of all lines. `first`, `further`: of the
    pages around."""

    rows: tuple[LineRow, ...]
    only: str
    every: str
    first: str
    further: str


def view(request: SignedInRequest, path: str) -> LinesView:
    """The lines that the address asks for: `only` a verdict, `behind` a number. `path`: of the page. Raises
    NotFound."""
    only, behind, language = _only(request), _behind(request), request.language
    found = import_outcomes.show(request.rt, id_of(request), only=only, behind=behind, now=request.now)
    meaning = plan_of(found.made).meaning
    return LinesView(
        rows=tuple(_row(request, each, found) for each in found.lines),
        only=verdict_badge(only, meaning, language).text if only else "",
        every=_href(request, path, None) if only else "",
        first=_href(request, path, only) if behind else "",
        further=_href(request, path, only, behind=found.further) if found.further else "",
    )


def look_of(request: SignedInRequest, path: str, asked: str) -> str:
    """The address of a list named by a form's button: only its verdict and position are used."""
    query = dict(parse_qsl(urlsplit(asked).query))
    only = LineVerdict(query["only"]) if query.get("only") in set(LineVerdict) else None
    return _href(request, path, only, behind=read_number(query.get("behind", "")) or 0)


def listed_at(request: SignedInRequest, path: str, verdict: LineVerdict) -> str:
    """The address of the lines with this verdict."""
    return _href(request, path, verdict)


def _only(request: SignedInRequest) -> LineVerdict | None:
    asked = request.query.get("only", "")
    return LineVerdict(asked) if asked in set(LineVerdict) else None


def _behind(request: SignedInRequest) -> int:
    return read_number(request.query.get("behind", "")) or 0


def _href(request: SignedInRequest, path: str, only: LineVerdict | None, *, behind: int = 0) -> str:
    return request.href(path, only=only, behind=str(behind) if behind else None) + "#lines"


def _row(request: SignedInRequest, line: LineOutcome, found: Outcomes) -> LineRow:
    language, contact = request.language, line.contact
    who, name = (line.line.address or line.line.phone, line.line.name) if line.line else ("", "")
    if contact is not None:
        who, name = contact.address or contact.phone, contact.name
    detail = line.detail
    day = language.long_date(detail.given_on) if detail and detail.given_on else ""
    consent = (detail.who if detail.who != name else "", detail.source, day, detail.optin_id) if detail else ()
    number = language.text("Line {number}", number=line.number)
    return LineRow(
        who=who,
        href=request.href(f"{_CONTACTS}/{contact.id}") if contact else "",
        facts=" · ".join(filter(None, (number, name, *consent))),
        badge=Badge(language.text("Taken back"), "over")
        if line.taken_back
        else verdict_badge(line.verdict, plan_of(found.made).meaning, language),
        why=why(line, found, language),
    )

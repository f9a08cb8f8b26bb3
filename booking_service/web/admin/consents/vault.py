"""The vault: opened by naming a mailbox or number, with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from ....actions.consent import staff_entries
from ....actions.consent.staff_entries import UnknownContact
from ....actions.privacy import vault
from ....actions.privacy.vault import SealedRecord, VaultContent
from ....domain.consent import Act, Entry
from ....domain.errors import BookingError
from ....domain.purposes import EVERY
from ....domain.text import one_line, several_lines
from ...http.forms import Problem, reason_problems
from ...http.responses import page
from ...http.signed_in_pages import SignedInRequest, desk_frame
from ...parts.own_data import Fact, detail_facts
from .sentence import clock
from .words import act, how

REQUESTS = "/admin/consents/requests"
_LONGEST = 254


@dataclass(frozen=True, slots=True)
class LineView:
    what: str
    about: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class RecordView:
    who: str
    about: str
    lines: tuple[LineView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultView:
    """`records`: what this press opened, this once."""

    back: str
    action: str
    who: str
    who_wrong: str
    reason: str
    reason_wrong: str
    problems: tuple[Problem, ...]
    records: tuple[RecordView, ...]


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/vault"""
    return _page(request)


def look(request: SignedInRequest) -> Response:
    """POST /admin/consents/vault: the records of `who`, for a `reason`; each look is on record."""
    language, who, reason = request.language, _who(request), several_lines(request.form.get("reason", ""))
    missing = language.text("Say why: it appears in the access log")
    problems = (*_nobody(request, who), *reason_problems("reason", reason, language, missing=missing))
    if problems:
        return _page(request, problems, status=422)
    try:
        found = vault.opened(
            request.rt, who, by=request.person.id.hex, why=reason, language=language.code, now=request.now
        )
    except UnknownContact:
        told = language.text("Nothing is sealed under this address or number, or no longer")
        return _page(request, (Problem("who", told),), status=404)
    return _page(request, opened=found)


def _nobody(request: SignedInRequest, who: str) -> tuple[Problem, ...]:
    try:
        staff_entries.identifier(who)
    except BookingError:
        told = request.language.text("Write an email address, or a phone number with its country, like +49 30 1234567")
        return (Problem("who", told),)
    return ()


def _who(request: SignedInRequest) -> str:
    return one_line(request.form.get("who", ""))[:_LONGEST]


def _page(
    request: SignedInRequest,
    problems: tuple[Problem, ...] = (),
    *,
    opened: VaultContent | None = None,
    status: int = 200,
) -> Response:
    wrong = {each.field: each.text for each in problems}
    view = VaultView(
        back=request.href(REQUESTS),
        action=request.href(request.path),
        who=_who(request),
        who_wrong=wrong.get("who", ""),
        reason=several_lines(request.form.get("reason", "")),
        reason_wrong=wrong.get("reason", ""),
        problems=problems,
        records=tuple(_record(request, each, opened.names) for each in opened.records) if opened else (),
    )
    return page(request, "admin/consents/vault.html", view, desk_frame(request), status=status)


def _record(request: SignedInRequest, record: SealedRecord, names: Mapping[str, str]) -> RecordView:
    language, zone = request.language, request.person.zone
    when = clock(language, record.at, zone)
    taken_off = (
        language.text("Erased on {date}", date=when)
        if record.by is Act.ERASED
        else language.text("Sealed on {date}, when nothing was in force any more", date=when)
    )
    until = language.text("kept until {date}", date=language.long_date(record.kept_until.astimezone(zone).date()))
    return RecordView(
        who=" · ".join(filter(None, (record.name, record.address, record.phone))),
        about=f"{taken_off} · {until}",
        lines=tuple(_line(request, entry, body, names) for entry, body in record.lines),
    )


def _line(request: SignedInRequest, entry: Entry | None, body: Mapping[str, Any], names: Mapping[str, str]) -> LineView:
    language, zone = request.language, request.person.zone
    facts = detail_facts(body, language, zone=zone)
    if entry is None:
        return LineView(language.text("An entry that is not in this ledger"), "", facts)
    name = language.text("everything") if entry.purpose == EVERY else names.get(entry.purpose, entry.purpose)
    about = (clock(language, entry.at, zone), how(entry.how, language), language.text("record {id}", id=entry.id.hex))
    return LineView(act(entry, name, language), " · ".join(about), facts)

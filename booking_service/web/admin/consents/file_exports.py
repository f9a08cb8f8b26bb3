"""What leaves as a file, the list of a purpose and the proof of one contact; and the log of who looked or took."""

from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from ....actions.consent import access_log, export, proof
from ....actions.consent.access_log import AccessLog
from ....actions.consent.append import UnknownPurpose
from ....actions.consent.proof import NothingToProve
from ....domain.consent import CONTACT
from ....domain.errors import NotFound
from ....language import Language
from ...http.responses import page
from ...http.security import PRIVATE
from ...http.signed_in import SignedInRequest, desk_frame
from ...parts.csv_file import csv_file

ACCESS = "/admin/consents/access"


@dataclass(frozen=True, slots=True)
class AccessLine:
    """`why`: what was said of it; `reason`: where its reader, whose own line it is, may say so."""

    at: str
    text: str
    about: str
    href: str
    why: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessView:
    lines: tuple[AccessLine, ...]
    first: str
    further: str


def take_list(request: SignedInRequest) -> Response:
    """POST /admin/consents/export: the list of `purpose`, those who may be written to (or called) now; with `all` everybody, to
    look at. Raises NotFound."""
    purpose = request.form.get("purpose", "")
    try:
        found = export.lines(
            request.rt, purpose, everybody="all" in request.form, by=request.person.id.hex, now=request.now
        )
    except UnknownPurpose as error:
        raise NotFound("there is no such purpose") from error
    return csv_file(f"{purpose}.csv", export.HEADINGS, (each.cells for each in found), dict(PRIVATE))


def take_proof(request: SignedInRequest) -> Response:
    """POST /admin/consents/contacts/{id}/proof: the archive. Raises NotFound."""
    try:
        made = proof.make(
            request.rt,
            UUID(request.params["id"]),
            by=request.person.id.hex,
            now=request.now,
        )
    except (ValueError, NothingToProve) as error:
        raise NotFound("there is nothing to prove") from error
    return _file(made.content, f"{made.folder}.zip", "application/zip")


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/access?after="""
    found = access_log.show(request.rt, language=request.language.code, behind=_after(request))
    language, zone = request.language, request.person.zone
    lines = []
    for each in found.lines:
        contact = found.contacts.get(each.contact_id) if each.contact_id else None
        named = (contact.name or contact.address or contact.phone or language.text("Erased")) if contact else ""
        local = each.at.astimezone(zone)
        lines.append(
            AccessLine(
                at=f"{language.long_date(local.date())}, {language.time_to_the_second(local)}",
                text=_says(each.what, _who(each.by, found.staff[each.by], language), found, language),
                about=named,
                href=request.href(f"/admin/consents/contacts/{contact.id}") if contact else "",
                why=_why(each.what, each.why, language),
                reason=request.href(f"{ACCESS}/{each.id}/reason")
                if contact and contact.erased_at is None and each.wants_reason(request.person.id.hex)
                else "",
            )
        )
    view = AccessView(
        lines=tuple(lines),
        first=request.href(ACCESS) if _after(request) else "",
        further=request.href(ACCESS, after=found.further.hex) if found.further else "",
    )
    return page(request, "admin/consents/access.html", view, desk_frame(request))


def _after(request: SignedInRequest) -> UUID | None:
    try:
        return UUID(request.query.get("after", ""))
    except ValueError:
        return None


def _who(by: str, called: str, language: Language) -> str:
    return language.text("The person") if by == CONTACT else called


def _says(what: str, who: str, found: AccessLog, language: Language) -> str:
    kind, _, about = what.partition(":")
    match kind:
        case "list":
            return language.text("{who} took the list “{what}”", who=who, what=found.purposes.get(about, about))
        case "export":
            return language.text("{who} took all of the data", who=who)
        case "vault":
            return language.text("{who} opened the sealed proof", who=who)
        case "proof":
            return language.text("{who} took a proof", who=who)
        case "field":
            return language.text("{who} saw “{what}” in full", who=who, what=found.fields.get(about, about))
        case _:
            return language.text("{who} looked at: {what}", who=who, what=what)


def _why(what: str, why: str, language: Language) -> str:
    """What it was for; of a list, how many lines it had, once all of them left."""
    if not what.startswith("list:"):
        return why
    if not why:
        return language.text("not to its end so far")
    return language.plural("{count} line", "{count} lines", int(why)) if why.isdigit() else why


def _file(content: bytes, name: str, kind: str) -> Response:
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, media_type=kind)

"""The access log: who saw hidden data, or took a list or a proof away; with search."""

from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from ....actions.consent import access_log
from ....actions.consent.access_log import AccessLog
from ....domain.access_log import EVERY_LINE, KINDS, SoughtAccess
from ....domain.consent import CONTACT
from ....domain.text import one_line
from ....language import Language
from ...http.responses import page
from ...http.signed_in_pages import SignedInRequest, desk_frame
from ...parts.menus import MenuEntry
from ..day_range import DayRange

ACCESS = "/admin/consents/access"
_LONGEST = 254  # of the search text, which may be an address
_NAMES = ("q", "what", "from", "to")


@dataclass(frozen=True, slots=True)
class AccessLine:
    """`why`: the reason given. `reason`: the address at which the reader, if the line is their own, can give one."""

    at: str
    text: str
    about: str
    href: str
    why: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessView:
    """`none`: the sentence where there are no lines. `first`, `further`: addresses of the pages before and after."""

    action: str
    language: str
    q: str
    whats: tuple[MenuEntry, ...]
    first_on: str
    last_on: str
    lines: tuple[AccessLine, ...]
    none: str
    first: str
    further: str


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/access?q=&what=&from=&to=&after="""
    sought = _sought(request)
    found = access_log.show(request.rt, sought, language=request.language.code, behind=_after(request))
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
    first_on, last_on = DayRange.of(request).fields
    query = {name: request.query.get(name, "")[:_LONGEST] for name in _NAMES}
    view = AccessView(
        action=request.plain(ACCESS),
        language=request.chosen_language or "",
        q=sought.text,
        whats=_whats(found, sought, language),
        first_on=first_on,
        last_on=last_on,
        lines=tuple(lines),
        none=language.text("No entry matches.") if sought != EVERY_LINE else language.text("Nobody has so far."),
        first=request.href(ACCESS, **query) if _after(request) else "",
        further=request.href(ACCESS, **query, after=found.further.hex) if found.further else "",
    )
    return page(request, "admin/consents/access.html", view, desk_frame(request))


def _sought(request: SignedInRequest) -> SoughtAccess:
    """The search in the address; unreadable parts are ignored."""
    what = request.query.get("what", "")
    since, until = DayRange.of(request).instants(request.person.zone)
    return SoughtAccess(
        text=one_line(request.query.get("q", "")[:_LONGEST]),
        what=what if what.partition(":")[0] in KINDS else "",
        since=since,
        until=until,
    )


def _whats(found: AccessLog, sought: SoughtAccess, language: Language) -> tuple[MenuEntry, ...]:
    """The menu: everything, each field by its name, and the other kinds."""
    choices = {
        "": language.text("All"),
        **{f"field:{slug}": label for slug, label in found.fields.items()},
        "list": language.text("Lists"),
        "proof": language.text("Proofs"),
        "export": language.text("All of the data"),
        "vault": language.text("Sealed proofs"),
        "number": language.text("Numbers changed"),
        "own-page": language.text("Preferences pages"),
    }
    return tuple(MenuEntry(what, text, what == sought.what) for what, text in choices.items())


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
        case "number":
            return language.text("{who} changed the number to call", who=who)
        case "own-page":
            return language.text("{who} looked at the preferences page", who=who)
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
        return language.text("not complete yet")
    return language.plural("{count} line", "{count} lines", int(why)) if why.isdigit() else why

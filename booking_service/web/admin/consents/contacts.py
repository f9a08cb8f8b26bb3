"""The list of contacts: filtered by standing, source, date, or id of a consent."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.responses import Response

from ....actions.consent import find
from ....actions.consent.find import COUNTED_TO, ContactPage, Listed
from ....domain.consent import staff_id
from ....domain.contact_filter import LISTS, ContactCursor, Filter
from ....domain.errors import NotFound, UnknownPurpose
from ....domain.purposes import Purpose
from ....domain.roles import CONSENTS
from ....language import Language
from ...http.responses import page
from ...http.signed_in_pages import SignedInRequest, desk_frame
from ...parts.menus import MenuEntry
from .contact_query import LONGEST, NAMES, read_filter
from .words import Badge, badge, how, reminded_facts, standing_name, verdict

CONTACTS = "/admin/consents/contacts"


@dataclass(frozen=True, slots=True)
class ContactRow:
    """`facts`: since when, from where, and whether the person may be mailed or called."""

    name: str
    href: str
    address: str
    facts: str
    badge: Badge


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsView:
    """`new`: where a contact is created; "" without that right. `more`: the label of the folded filters.

    `none`: the sentence where there are no contacts. `first`, `further`: addresses of the pages before and after.
    """

    new: str
    action: str
    language: str
    q: str
    purposes: tuple[MenuEntry, ...]
    standings: tuple[MenuEntry, ...]
    source: str
    given_from: str
    given_to: str
    optin_id: str
    more: str
    opened: bool
    count: str
    rows: tuple[ContactRow, ...]
    none: str
    clear: str
    first: str
    further: str
    export: str
    ask: str
    purpose: str


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/contacts?q=&purpose=&standing=&source=&from=&to=&id=&after="""
    wanted, language = read_filter(request.query), request.language
    try:
        found = find.page_of(request.rt, wanted, language=language.code, after=_after(request), now=request.now)
    except UnknownPurpose as error:
        raise NotFound("there is no such purpose") from error
    folded = any((wanted.source, wanted.given_from, wanted.given_to, wanted.optin_id))
    view = ContactsView(
        new=request.href(f"{CONTACTS}/new") if request.person.may(CONSENTS) else "",
        action=request.plain(CONTACTS),
        language=request.chosen_language or "",
        q=wanted.text,
        purposes=tuple(
            MenuEntry(slug, name, found.purpose is not None and slug == found.purpose.slug)
            for slug, name in found.names.items()
        ),
        standings=tuple(
            MenuEntry(each, standing_name(each, language), each == wanted.standing) for each in ("", *LISTS)
        ),
        source=wanted.source,
        given_from=_written(wanted.given_from),
        given_to=_written(wanted.given_to),
        optin_id=wanted.optin_id,
        more=_more(wanted, language),
        opened=folded,
        count=_count(found, language),
        rows=tuple(_row(request, found, found.purpose, each) for each in found.rows) if found.purpose else (),
        none=_none(found, wanted, language),
        clear=request.href(CONTACTS) if wanted != Filter(purpose=wanted.purpose) else "",
        first=_href(request) if _after(request) else "",
        further=_href(request, after=_written_place(found.further)) if found.further else "",
        export=request.plain("/admin/consents/export") if found.purpose and request.person.may(CONSENTS) else "",
        ask=request.href("/admin/consents/ask", **_given(request))
        if found.rows and request.person.may(CONSENTS)
        else "",
        purpose=found.purpose.slug if found.purpose else "",
    )
    return page(request, "admin/consents/contacts.html", view, desk_frame(request))


def _after(request: SignedInRequest) -> ContactCursor | None:
    """The position that `_written_place` wrote; None (the first page) for anything else."""
    changed_at, _, id = request.query.get("after", "").partition("_")
    try:
        return ContactCursor(datetime.fromisoformat(f"{changed_at}+00:00"), UUID(id))
    except ValueError:
        return None


def _written_place(place: ContactCursor) -> str:
    return f"{place.changed_at.astimezone(UTC):%Y%m%dT%H%M%S.%f}_{place.id.hex}"


def _written(day: date | None) -> str:
    return day.isoformat() if day else ""


def _more(wanted: Filter, language: Language) -> str:
    source = wanted.source or language.text("all sources")
    if wanted.given_from and wanted.given_to:
        dates = f"{language.long_date(wanted.given_from)} – {language.long_date(wanted.given_to)}"
    elif wanted.given_from:
        dates = language.text("from {date} on", date=language.long_date(wanted.given_from))
    elif wanted.given_to:
        dates = language.text("until {date}", date=language.long_date(wanted.given_to))
    else:
        dates = language.text("any time")
    return " · ".join(filter(None, (source, dates, wanted.optin_id)))


def _count(found: ContactPage, language: Language) -> str:
    if not found.count:
        return ""
    if found.count > COUNTED_TO:
        listed = language.text("More than {count} contacts, the latest change first", count=COUNTED_TO)
    else:
        listed = language.plural("{count} contact", "{count} contacts, the latest change first", found.count)
    return " · ".join(filter(None, (listed, _accepted(found, language))))


def _accepted(found: ContactPage, language: Language) -> str:
    """Only what the policy accepts; whether a contact may be mailed now is in its row."""
    if found.purpose is None or not found.purpose.active:
        return ""
    what = found.names[found.purpose.slug]
    if found.accepted > COUNTED_TO:
        return language.text("more than {count} with an accepted consent to “{what}”", count=COUNTED_TO, what=what)
    if not found.accepted:
        return language.text("none with an accepted consent to “{what}”", what=what)
    return language.text("{count} with an accepted consent to “{what}”", count=found.accepted, what=what)


def _row(request: SignedInRequest, found: ContactPage, purpose: Purpose, row: Listed) -> ContactRow:
    language, contact, zone = request.language, row.contact, found.zone
    asked = row.standing.question
    facts = (
        _since(row, language, zone=zone),
        *reminded_facts(found.reminded.get(asked.id) if asked else None, language, zone=zone),
        _whence(row, language),
        verdict(row, purpose.kind, language),
    )
    return ContactRow(
        name=contact.name or contact.address or contact.phone,
        href=request.href(f"{CONTACTS}/{contact.id}"),
        address=" · ".join(filter(None, (contact.address if contact.name else "", contact.phone))),
        facts=" · ".join(filter(None, facts)),
        badge=badge(row, language, now=request.now),
    )


def _since(row: Listed, language: Language, *, zone: ZoneInfo) -> str:
    if row.standing.question is not None:
        day = row.standing.question.at.astimezone(zone).date()
        return language.text("Asked on {date}", date=language.long_date(day))
    if row.held.since is None:
        return ""
    since = row.standing.since_on or row.held.since.astimezone(zone).date()
    return language.text("Since {date}", date=language.long_date(since))


def _whence(row: Listed, language: Language) -> str:
    if row.brought is not None and row.brought.source:
        return row.brought.source
    entry = row.standing.rests_on
    if entry is None:
        return ""
    return (
        language.text("by staff") if staff_id(entry.by) and entry.act.value != "recorded" else how(entry.how, language)
    )


def _none(found: ContactPage, wanted: Filter, language: Language) -> str:
    if found.purpose is None:
        return language.text("There is no purpose yet. You can make one under Purposes.")
    if found.rows:
        return ""
    if wanted == Filter(purpose=wanted.purpose):
        return language.text("There are no contacts yet. They are added by a ticked box, by hand, or by an import.")
    return language.text("No contact matches this")


def _href(request: SignedInRequest, *, after: str | None = None) -> str:
    """The address of this list, from its beginning or after a position."""
    return request.href(CONTACTS, **_given(request), after=after)


def _given(request: SignedInRequest) -> dict[str, str]:
    return {name: request.query.get(name, "")[:LONGEST] for name in NAMES}

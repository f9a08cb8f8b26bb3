"""One contact: sentences to read out on the phone, standings, stored data, and history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.responses import Response

from ....actions.consent import dossier, profile
from ....actions.consent.dossier import Dossier, Evidence, StoredField
from ....actions.consent.find import Listed
from ....actions.consent.profile import Revealed, UnknownField
from ....domain.availability import local_date
from ....domain.booking import Booking, BookingState
from ....domain.consent import Act, Entry
from ....domain.errors import NotFound, ShownBefore
from ....domain.ids import read_id
from ....domain.localized_text import HostText, LocalizedText, worded
from ....domain.privacy import PendingChange, Wish
from ....domain.purposes import EVERY, Part, Purpose, PurposeKind, parts_of
from ....domain.roles import CONSENTS, REVEALS
from ....language import Language
from ...http.forms import is_form_key, new_form_key
from ...http.responses import page
from ...http.signed_in_pages import SignedInRequest, desk_frame
from ...parts.consent_reason import reason_words
from .contact_ways import Way, ways
from .left_out_answer_words import left_out_line
from .purpose_words import FIELDS
from .result_words import done_in_words
from .sentence import clock, sentences
from .sentence import since as since_of
from .words import Badge, act, badge, how, reminded_facts, verdict

CONTACTS = "/admin/consents/contacts"


@dataclass(frozen=True, slots=True)
class PurposeRow:
    """`facts`: since when, on what basis, until when, and whether it may be used. `href`: where it is changed by
    hand."""

    name: str
    href: str
    facts: str
    badge: Badge


@dataclass(frozen=True, slots=True)
class BookingRow:
    """Of bookings staff see only date, type and state."""

    date: str
    what: LocalizedText
    badge: Badge


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """`text`: the exact words that were shown, in `language` where that differs. `other`: the merged contact's name and
    page."""

    what: str
    about: str
    text: str
    language: str
    other: tuple[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """`reveal`: the reader may reveal the rest, once per press; `press`: the id of the button's next press.

    `source`: where the value comes from; "" where unknown. `reason`: where a reason for the present reveal is given; ""
    for none. `before`: an earlier reveal by this press.
    """

    slug: str
    label: str
    text: str
    reveal: bool
    press: str
    source: str
    reason: str
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactView:
    """`clock`: whose zone times are in, if not the reader's. `locked`: title and text where nothing can be changed.

    `sentences`: to read out. `did`: what was just done. `deletion`: about an open wish to be erased, at `queue`;
    `unconfirmed`: what waits for the contact's mail. `reveal`: where a field is revealed. `left_out`: answers of
    booking forms that are not in their fields, and why.
    """

    back: str
    title: str
    badge: Badge | None
    meta: str
    clock: str
    did: str
    locked: tuple[str, str] | None
    deletion: str
    queue: str
    unconfirmed: tuple[str, ...]
    sentences: tuple[str, ...]
    purposes: tuple[PurposeRow, ...]
    fields: tuple[FieldRow, ...]
    left_out: tuple[str, ...]
    bookings: tuple[BookingRow, ...]
    more_bookings: str
    history: tuple[HistoryLine, ...]
    proof: str
    reveal: str
    fill: str
    every_field: str
    write: str
    more: tuple[Way, ...]


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/contacts/{id}. Raises NotFound."""
    return _page(request)


def reveal(request: SignedInRequest) -> Response:
    """POST /admin/consents/contacts/{id}/reveal: the page with the `field` revealed, once, on record.

    A repeated `press`, as by a reload, reveals nothing. Raises NotFound.
    """
    slug, press = request.form.get("field", ""), request.form.get("press", "")
    if not is_form_key(press):
        raise NotFound("it is shown by a button of the contact's page")
    try:
        shown = profile.reveal(request.rt, _id(request), slug, by=request.person.id.hex, press=press, now=request.now)
    except UnknownField as error:
        raise NotFound("nothing is sealed in this field") from error
    except ShownBefore as before:
        return _page(request, shown={slug: before})
    return _page(request, shown={slug: shown})


def _page(request: SignedInRequest, *, shown: Mapping[str, Revealed | ShownBefore] | None = None) -> Response:
    language = request.language
    found = dossier.show(request.rt, _id(request), language=language.code, now=request.now)
    view = ContactView(
        back=request.href(CONTACTS),
        title=_title(found, language),
        badge=_badge(found, language),
        meta=_meta(found, language),
        clock=""
        if found.zone.key == request.person.zone.key
        else language.text("Times are in {zone}.", zone=found.zone.key),
        did=done_in_words(request.query.get("did", ""), language),
        locked=_locked(found, language),
        deletion=_deletion(found, language),
        queue=request.href(f"/admin/consents/requests/{found.deletion.id}") if found.deletion else "",
        unconfirmed=tuple(_unconfirmed(each, found, language) for each in found.unconfirmed),
        sentences=sentences(found, request.language, now=request.now),
        purposes=tuple(_purpose(request, found, each) for each in found.purposes),
        fields=tuple(_field(request, each, (shown or {}).get(each.slug), zone=found.zone) for each in found.fields),
        left_out=tuple(left_out_line(each, language, zone=found.zone) for each in found.left_out),
        reveal=request.href(f"{CONTACTS}/{found.contact.id}/reveal"),
        bookings=tuple(_booking(request, each, kind.title, zone=found.zone) for each, kind in found.bookings),
        more_bookings=""
        if found.all_bookings
        else language.text(
            "The latest {count} bookings are shown; the copy of their data has all of them.", count=dossier.BOOKINGS
        ),
        history=tuple(_line(request, found, number) for number in range(len(found.links))),
        proof=request.href(f"{CONTACTS}/{found.contact.id}/proof")
        if found.links and request.person.may(CONSENTS)
        else "",
        fill=request.href(f"/admin/consents/stored-data/{found.contact.id}")
        if found.has_fields and found.contact.erased_at is None and request.person.may(CONSENTS)
        else "",
        every_field=request.href(FIELDS),
        write=request.href(f"/admin/consents/write/{found.contact.id}")
        if found.contact.address and found.contact.merged_into is None and request.person.may(CONSENTS)
        else "",
        more=tuple(ways(request, found)) if request.person.may(CONSENTS) else (),
    )
    return page(request, "admin/consents/contact.html", view, desk_frame(request))


def _field(
    request: SignedInRequest, stored: StoredField, shown: Revealed | ShownBefore | None, *, zone: ZoneInfo
) -> FieldRow:
    language = request.language
    locked = language.text("Emptied and locked: they ended what allowed us to keep it")
    text = locked if stored.locked and not stored.text else stored.text or "–"
    return FieldRow(
        slug=stored.slug,
        label=stored.label,
        text=shown.text if isinstance(shown, Revealed) else text,
        reveal=stored.sealed and not isinstance(shown, Revealed) and request.person.may(REVEALS),
        press=new_form_key(),
        source=_source(stored, language, zone=zone),
        reason=request.href(f"/admin/consents/access/{shown.id}/reason") if isinstance(shown, Revealed) else "",
        before=language.text(
            "It was shown by this press on {time}. To see it again, press again.",
            time=clock(language, shown.at, zone),
        )
        if isinstance(shown, ShownBefore)
        else "",
    )


def _source(stored: StoredField, language: Language, *, zone: ZoneInfo) -> str:
    if stored.own_at is not None:
        date = language.long_date(local_date(stored.own_at, zone))
        if not stored.text:
            return language.text("Emptied by the person on their page, {date}", date=date)
        return language.text("Set by the person on their page, {date}", date=date)
    if stored.answered_at is not None:
        date = language.long_date(local_date(stored.answered_at, zone))
        return language.text("Answered on a booking form, {date}", date=date)
    return ""


def _id(request: SignedInRequest) -> UUID:
    return read_id(request.params["id"])


def _title(found: Dossier, language: Language) -> str:
    contact = found.contact
    if contact.erased_at is not None:
        return language.text("Erased contact")
    return contact.name or contact.address or contact.phone


def _badge(found: Dossier, language: Language) -> Badge | None:
    if found.contact.erased_at is not None:
        return Badge(language.text("Erased"), "over")
    return Badge(language.text("Locked"), "fail") if found.stopped else None


def _meta(found: Dossier, language: Language) -> str:
    contact = found.contact
    since = language.long_date(local_date(contact.made_at, found.zone))
    others = ", ".join(each.address or each.phone for each in found.merged)
    facts = (
        contact.address if contact.name else "",
        contact.phone if contact.name or contact.address else "",
        str(language.locale.languages.get(contact.language, contact.language)),
        language.text("contact since {date}", date=since),
        language.text("merged with {others}", others=others) if others else "",
        language.text("merged into {other}", other=found.into.called or language.text("Erased")) if found.into else "",
    )
    return " · ".join(each for each in facts if each)


def _locked(found: Dossier, language: Language) -> tuple[str, str] | None:
    entry = found.stopped
    if entry is None:
        return None
    return language.text("They asked us to stop using their data"), language.text(
        "On {time}, {how}. The contact is in no list, export or mailing, and nobody here can change it. Only the person can lift it, on their preferences page. Their own bookings go on.",
        time=clock(language, entry.at, found.zone),
        how=how(entry.how, language),
    )


def _deletion(found: Dossier, language: Language) -> str:
    """About an open wish to be erased; "" for none."""
    zone, wish = found.zone, found.deletion
    if wish is None:
        return ""
    return language.text(
        "Asked for on {asked}, reference {reference}; done by itself on {due} unless somebody decides before.",
        asked=language.long_date(local_date(wish.made_at, zone)),
        reference=wish.reference,
        due=clock(language, wish.due_at, zone),
    )


def _unconfirmed(change: PendingChange, found: Dossier, language: Language) -> str:
    """What waits for the press behind a mailed link."""
    return language.text(
        "{what}: asked for on {time}, not confirmed by email yet.",
        what=_wished(change, found, language),
        time=clock(language, change.made_at, found.zone),
    )


def _wished(change: PendingChange, found: Dossier, language: Language) -> str:
    match change.wish:
        case Wish.YES:
            return ""
        case Wish.RESUME:
            return language.text("Allowing use of their data again")
        case Wish.DATA:
            return language.text("Copy of their data")
        case Wish.DELETE:
            return language.text("Deletion of their data")
        case Wish.KEEP:
            return language.text("Taking back the deletion")
        case Wish.CHANGE:
            return language.text("Change of “{field}”", field=change.field_named(found.labels))
        case Wish.NO:
            return language.text("No to “{what}”", what=found.names.get(change.purpose, change.purpose))
        case Wish.NO_MAILS:
            return language.text("No to all of these emails")


def _purpose(request: SignedInRequest, found: Dossier, evidence: Evidence) -> PurposeRow:
    language, slug = request.language, evidence.purpose.slug
    changes = found.contact.erased_at is None and request.person.may(CONSENTS)
    return PurposeRow(
        name=evidence.name,
        href=request.href(f"{CONTACTS}/{found.contact.id}/{slug}") if changes else "",
        facts=" · ".join(filter(None, _facts(evidence, found, language))),
        badge=badge(evidence.row, language, now=request.now),
    )


def _facts(evidence: Evidence, found: Dossier, language: Language) -> tuple[str, ...]:
    row, waits, shown, zone = evidence.row, evidence.waits, evidence.shown, found.zone
    since, brought = row.held.since, row.brought
    return (
        language.text("Since {date}", date=since_of(language, row.standing, zone)) if since else "",
        language.text("wording {version} ({language})", version=shown.version, language=shown.language)
        if shown
        else "",
        language.text("opt-in id {id}", id=brought.optin_id) if brought and brought.optin_id else "",
        language.text("asked on {date}", date=clock(language, waits.entry.at, zone)) if waits else "",
        *reminded_facts(found.reminded.get(waits.entry.id) if waits else None, language, zone=zone),
        _expires(evidence.purpose, row, language, zone=zone),
        verdict(row, evidence.purpose.kind, language),
        language.text("a mailed link proves nothing for calls") if _never_by_mail(evidence) else "",
    )


def _never_by_mail(evidence: Evidence) -> bool:
    return evidence.purpose.kind is PurposeKind.PHONE and not evidence.row.standing.granted


def _expires(purpose: Purpose, row: Listed, language: Language, *, zone: ZoneInfo) -> str:
    since, standing = row.held.since, row.standing
    if purpose.lasts is None or since is None or not standing.granted:
        return ""
    last = standing.since_on + purpose.lasts if standing.since_on else local_date(since + purpose.lasts, zone)
    return language.text("until {date}", date=language.long_date(last))


def _booking(request: SignedInRequest, booking: Booking, title: HostText, *, zone: ZoneInfo) -> BookingRow:
    language = request.language
    return BookingRow(
        date=language.long_date(local_date(booking.time.start, zone)),
        what=worded(title, language.code, writer=language.code),
        badge=_state(booking, language, now=request.now),
    )


def _state(booking: Booking, language: Language, *, now: datetime) -> Badge:
    match booking.state:
        case BookingState.HELD if booking.blocks(now):
            return Badge(language.text("Held"), "wait")
        case BookingState.CONFIRMED if booking.time.end <= now:
            return Badge(language.text("Past"), "over")
        case BookingState.CONFIRMED:
            return Badge(language.text("Confirmed"))
        case BookingState.CANCELLED:
            return Badge(language.text("Cancelled"), "over")
        case _:
            return Badge(language.text("Expired"), "over")


def _by(entry: Entry, staff: str, language: Language) -> str:
    """Who decided, or who passed on what the person said."""
    if not staff:
        return ""
    return (
        language.text("passed on by {name}", name=staff) if entry.by_contact else language.text("by {name}", name=staff)
    )


def _merged_with(request: SignedInRequest, found: Dossier, entry: Entry) -> tuple[str, str] | None:
    """Name and page of the contact that a merge entry is about, while it lasts; both chains have one of the same
    instant."""
    if entry.act is not Act.MERGED:
        return None
    beside = {
        each.entry.contact_id
        for each in found.links
        if each.entry.act is Act.MERGED and abs(each.entry.at - entry.at) < timedelta(seconds=1)
    }
    if entry.contact_id != found.contact.id:
        beside = {entry.contact_id}
    other = next((each for each in found.merged if each.id in beside), found.into)
    if other is None:
        return None
    return other.called or request.language.text("Erased contact"), request.href(f"{CONTACTS}/{other.id}")


def _line(request: SignedInRequest, found: Dossier, number: int) -> HistoryLine:
    language, link = request.language, found.links[number]
    entry, body = link.entry, link.body
    name = found.names.get(entry.purpose, entry.purpose) if entry.purpose != EVERY else ""
    wording = found.wordings.get(entry.wording) if entry.wording else None
    who = str(body.get("staff") or found.staff.get(entry.by, ""))
    mail = body.get("mail", {})
    at = entry.at.astimezone(found.zone)
    about = (
        f"{language.long_date(at.date())}, {language.time_to_the_second(at)}",
        how(entry.how, language),
        _by(entry, who, language),
        *(str(body.get(key, "")) for key in ("page", "source", "given_on", "description")),
        reason_words(str(body.get("reason", "")), language),
        str(body.get("network", "")),
        str(mail.get("message_id", "")) if isinstance(mail, dict) else "",
        "" if body.get("address") == found.contact.address else str(body.get("address", "")),
        language.text("record {id}", id=entry.id.hex),
    )
    foreign = wording.language if wording and wording.language != language.code else ""
    return HistoryLine(
        what=act(entry, name, language) if name else act(entry, language.text("everything"), language),
        about=" · ".join(each for each in about if each),
        text=parts_of(wording)[Part.BOX] if wording else "",
        language=foreign,
        other=_merged_with(request, found, entry),
    )

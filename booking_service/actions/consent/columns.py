"""The five columns of a consent in exports and for programs."""

from zoneinfo import ZoneInfo

from ...domain.availability import local_date
from ...domain.consent import Entry
from ...domain.consent_columns import LENGTHS
from ...domain.consent_file import OPTIN, Column
from ...domain.purposes import Part, Wording, parts_of
from ...domain.text import one_line
from ...storage.contacts import Contact
from ...storage.ledger import KeptDetail, read_body


def of(contact: Contact, entry: Entry, kept: KeptDetail | None, box: str, *, zone: ZoneInfo) -> tuple[str, ...]:
    """In the order of OPTIN (who, source, date, id, description): as given elsewhere, or what we know of a consent
    given here.

    `box`: the text beside the box. `zone`: the organisation's, for dates of consents given here.
    """
    body = read_body(kept.body) if kept is not None else {}
    given = kept.given_on if kept is not None and kept.given_on else local_date(entry.at, zone)
    texts = {
        Column.WHO: str(body.get("who") or contact.name),
        Column.SOURCE: str(body.get("source") or body.get("page") or entry.how.value),
        Column.DATE: given.isoformat(),
        Column.ID: kept.optin_id if kept is not None else entry.id.hex,
        Column.DESCRIPTION: str(body.get("description") or box),
    }
    return tuple(one_line(texts[column])[:length] for column, length in _LENGTHS)


def box_of(wording: Wording | None) -> str:
    return parts_of(wording)[Part.BOX] if wording is not None else ""


_LENGTHS = tuple((column, LENGTHS[column.value]) for column in OPTIN)

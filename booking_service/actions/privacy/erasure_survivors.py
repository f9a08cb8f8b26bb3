"""Contacts that survived the erasure of one merged with them.

Earlier versions erased only the contact that was asked for; a restore repeats only recorded erasures, not of contacts
parted since; and who took their own wish back stays. Whether it is one person is not in the data, so nobody is erased
or parted automatically.
"""

from dataclasses import dataclass

from sqlmodel import Session

from ...storage import contacts
from ...storage.contacts import Contact


@dataclass(frozen=True, slots=True)
class Outlived:
    """A contact that is kept, and the last erased one that is merged with it, directly or through others."""

    contact: Contact
    erased: Contact


def find(session: Session) -> list[Outlived]:
    """By id of the kept contact."""
    found = []
    for person in contacts.merged(session):
        gone = [(each.erased_at, each.id, each) for each in person if each.erased_at is not None]
        if gone:
            *_, last = max(gone)
            found += [Outlived(each, last) for each in person if each.erased_at is None]
    return sorted(found, key=lambda each: each.contact.id)

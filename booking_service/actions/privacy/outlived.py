"""Contacts that outlived an erasing: who they are merged with was erased, and they were not.

Earlier versions erased only the contact that was asked for; a backup that is put back erases again whoever has a line in the
file of erasures, and nobody merged with them that was parted since; and who took their own wish back stays. Whether it is one person
no row says, so that nobody is erased or parted by a machine.
"""

from dataclasses import dataclass

from sqlmodel import Session

from ...storage import contacts
from ...storage.contacts import Contact


@dataclass(frozen=True, slots=True)
class Outlived:
    """A contact of whom everything is kept, and one that was erased and is merged with it, at once or by others: the last of those."""

    contact: Contact
    erased: Contact


def find(session: Session) -> list[Outlived]:
    """By the ids of who is kept."""
    found = []
    for person in contacts.merged(session):
        gone = [(each.erased_at, each.id, each) for each in person if each.erased_at is not None]
        if gone:
            *_, last = max(gone)
            found += [Outlived(each, last) for each in person if each.erased_at is None]
    return sorted(found, key=lambda each: each.contact.id)

"""After a rotation contacts are recognised by the new key, and a process of before recognises what others blocked with it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from booking_service.actions.access import limits
from booking_service.actions.consent import contact_marks
from booking_service.actions.consent.contacts import mark
from booking_service.actions.privacy import erasure
from booking_service.actions.privacy.erasure import Decider
from booking_service.crypto import keys
from booking_service.crypto.keys import KeyRing
from booking_service.domain.privacy import Mode
from booking_service.runtime import Runtime
from booking_service.storage import access, contacts
from booking_service.storage.engine import snapshot, transaction
from tests.actions.consent.people import People
from tests.world import World

GRACE, ANNA = "grace@example.org", "anna@example.org"


@pytest.fixture
def before(service: World, tmp_path: Path) -> Runtime:
    """A process that read the key file, and runs on while its keys are rotated."""
    return replace(service.rt, ring=keys.open_ring(tmp_path))


@pytest.fixture
def theirs(before: Runtime, service: World) -> People:
    return People(before, service.clock)


def marked(rt: Runtime, ring: KeyRing) -> Iterator[bool]:
    """Whether each contact that is known has the marks of the newest key."""
    with snapshot(rt.engine) as session:
        for each in contacts.known_after(session, after=None, limit=99):
            yield (each.mailbox_mark, each.phone_mark) == (mark(ring, each.mailbox), mark(ring, each.phone))


def test_who_is_known_is_marked_with_the_new_key_and_who_was_erased_keeps_the_old_mark(
    before: Runtime, theirs: People, service: World, tmp_path: Path
) -> None:
    for number in range(60):
        theirs.contact(f"n{number}@example.org", phone="+4930901820" if number == 3 else "")
    gone = theirs.contact(GRACE)
    erasure.erase(before, GRACE, Decider(staff="x", reason="a letter"), mode=Mode.WHOLE, now=service.now)
    after = replace(before, ring=keys.rotate(tmp_path))
    assert not any(marked(after, after.ring))
    assert contact_marks.mark_anew(after) == 60
    assert list(marked(after, after.ring)) == [True] * 60
    assert contact_marks.mark_anew(after) == 0
    with snapshot(after.engine) as session:
        erased = contacts.get(session, gone)
    assert erased is not None
    assert erased.mailbox_mark == mark(before.ring, GRACE)


def test_a_process_of_before_does_not_write_to_who_was_blocked_with_the_new_key(
    before: Runtime, tmp_path: Path
) -> None:
    after = replace(before, ring=keys.rotate(tmp_path))
    with transaction(after.engine) as session:
        access.block(session, limits.mailbox_marks(after, ANNA)[0], now=after.clock.now())
    with snapshot(before.engine) as session:
        assert access.is_blocked(session, limits.mailbox_marks(before, ANNA))
        assert not access.is_blocked(session, limits.mailbox_marks(before, GRACE))

"""Purposes, their wordings, and what counts for all of them, as they come back."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine

from booking_service.domain.people import Organisation
from booking_service.domain.purposes import (
    Accepts,
    Condition,
    ConsentRules,
    OptIn,
    Part,
    Purpose,
    PurposeKind,
    Wording,
    texts_of,
)
from booking_service.storage import hosts, purposes
from booking_service.storage.engine import snapshot, transaction

FULL = Purpose(
    id=UUID(int=1),
    slug="card",
    kind=PurposeKind.FIELD,
    allows_field="card",
    opt_in=OptIn.ON,
    accepts=Accepts.USER,
    implied=False,
    lasts=timedelta(days=365),
    conditions=(Condition("country", ("DE", "AT")),),
    template="t1",
    reminder_template="t2",
    review_on=date(2031, 1, 1),
    rules={"on_no": "webhook"},
    active=False,
)
PLAIN = Purpose(id=UUID(int=2), slug="newsletter", kind=PurposeKind.EMAIL)
RULES = ConsentRules(
    confirm_withdrawals_too=True,
    opt_in=False,
    accepts=Accepts.FORM,
    implied=True,
    remind_every=timedelta(days=5),
    reminders=1,
)


def test_everything_about_purposes_comes_back_as_it_was_given(engine: Engine) -> None:
    texts = {Part.BOX: "Ja", Part.POLICY: "https://example.org/p"}
    first, second = (
        Wording(
            purpose="newsletter",
            language="de",
            version=version,
            texts=texts_of(texts),
            made_at=datetime(2030, 1, version, tzinfo=UTC),
            made_by="staff:bob",
        )
        for version in (1, 2)
    )
    with transaction(engine) as session:
        assert purposes.rules(session) == ConsentRules()
        hosts.save_organisation(session, Organisation(name="Engines"))
        purposes.save(session, FULL, position=2)
        purposes.save(session, PLAIN, position=1)
        purposes.add_wording(session, first)
        purposes.add_wording(session, second)
        purposes.save_rules(session, RULES)
    with transaction(engine) as session:
        hosts.save_organisation(session, Organisation(name="Engines & Sons"))
    with snapshot(engine) as session:
        assert purposes.every(session) == [PLAIN, FULL]
        assert purposes.find(session, "card") == FULL
        assert purposes.find(session, "none") is None
        assert purposes.rules(session) == RULES
        assert purposes.current_wordings(session, "newsletter") == {"de": second}
        assert purposes.wording(session, first.hash) == first
        assert purposes.wording(session, b"") is None
        assert {hash == each.hash for hash, each in purposes.every_wording(session)} == {True}


def test_ticks_for_calls_are_confirmed_by_mail_only_where_that_is_wanted_expressly() -> None:
    calls = Purpose(id=UUID(int=3), slug="calls", kind=PurposeKind.PHONE)
    expressly = Purpose(id=UUID(int=3), slug="calls", kind=PurposeKind.PHONE, opt_in=OptIn.ON)
    assert [each.asks_by_mail(ConsentRules()) for each in (PLAIN, calls, expressly, FULL)] == [True, False, True, True]
    assert not PLAIN.asks_by_mail(RULES)

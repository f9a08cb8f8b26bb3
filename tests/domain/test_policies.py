"""Which changes of policies need a reason: those by which something is no longer proven, or erased."""

from dataclasses import replace

from booking_service.domain.people import Organisation
from booking_service.domain.policies import Policies, Weight, weight
from booking_service.domain.purposes import ConsentRules

KEPT = Organisation(name="Verein", retain_days=90, audit_days=400)


def changed(**changes: object) -> Weight:
    rules = ConsentRules()
    after = replace(KEPT, **changes)  # type: ignore[arg-type]
    return weight(Policies(KEPT, rules), Policies(after, rules), usual_days=365)


def test_keeping_data_for_fewer_days_needs_a_reason_and_for_as_many_does_not() -> None:
    assert not changed()
    assert not changed(retain_days=None), "usually they are kept longer"
    assert changed(retain_days=89).erases
    assert changed(audit_days=399).erases
    assert not changed(audit_days=401)

"""The gate: what may leave, on which standing, and that nothing passes by it."""

import ast
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from booking_service.domain.consent import Act, Basis, Standing
from booking_service.domain.effects import MailKind
from booking_service.domain.gate import WAYS_OUT, GateSubject, Pass, Policy, Refusal, Refused, Use, WayOut, decide
from booking_service.domain.mail_kinds import ROWS, Gated
from booking_service.domain.purposes import Accepts, Condition, ConsentRules, Purpose, PurposeKind
from tests.domain.consent_cases import ANNA, LASTS, START, Chain

ROOT = Path(__file__).parents[2]
NOW = START + timedelta(days=1)
NEWSLETTER = Purpose(id=UUID(int=1), slug="newsletter", kind=PurposeKind.EMAIL)
CALLS = replace(NEWSLETTER, slug="calls", kind=PurposeKind.PHONE)
USUAL = ConsentRules()
CONTACT = GateSubject(contact_id=ANNA)
OWN = Use(MailKind.BOOKED)


def asked(
    standing: Standing,
    *,
    purpose: Purpose = NEWSLETTER,
    rules: ConsentRules = USUAL,
    contact: GateSubject = CONTACT,
) -> str:
    """Whether it passes: the word for that, or why not."""
    decided = decide(Use(MailKind.MESSAGE, purpose), contact, standing, Policy.of(purpose, rules), NOW)
    assert decided.contact_id == contact.contact_id
    assert decided.entry_id is not None or (standing.rests_on is None and standing.stopped is None)
    return decided.word if isinstance(decided, Refusal) else "pass"


def on(basis: Basis) -> Standing:
    return replace(double(), basis=basis)


def double() -> Standing:
    chain = Chain()
    question = chain.add(Act.ASKED, until=START + LASTS)
    chain.add(Act.CONFIRMED, refers=question.id)
    return chain.standing


@pytest.mark.capability("S3-21", "S4-53")
def test_every_kind_of_mail_and_every_other_way_out_is_in_one_of_the_two_sets() -> None:
    assert {kind: row.gated for kind, row in ROWS.items() if row.gated is None} == {}
    assert set(WAYS_OUT) == set(WayOut)
    own = {what for what, gated in WAYS_OUT.items() if gated is Gated.OWN_AFFAIR}
    assert own == {WayOut.BOOKING_WEBHOOK}, "everything else is marketing, or hands somebody on"
    unsorted = decide(Use(MailKind.MESSAGE), CONTACT, double(), Policy(bases=frozenset(Basis)), NOW)
    assert isinstance(unsorted, Refusal)
    assert unsorted.why is Refused.UNSORTED


def test_a_list_names_nobody_whom_its_purpose_cant_reach() -> None:
    """Other ways out go elsewhere than to the contact, so that these pass without an address or a number."""
    rules = ConsentRules(accepts=Accepts.USER)

    def leaves(what: WayOut, purpose: Purpose, **about: bool) -> str:
        policy, contact = Policy.of(purpose, rules), replace(CONTACT, **about)
        decided = decide(Use(what, purpose), contact, on(Basis.USER), policy, NOW)
        return decided.word if isinstance(decided, Refusal) else "pass"

    assert leaves(WayOut.LIST, NEWSLETTER, number=False) == "pass"
    assert leaves(WayOut.LIST, NEWSLETTER, address=False) == "no-address"
    assert leaves(WayOut.CALL_LIST, CALLS, address=False) == "pass"
    assert leaves(WayOut.CALL_LIST, CALLS, number=False) == "no-number"
    assert leaves(WayOut.LIST, replace(CALLS, kind=PurposeKind.CUSTOM), address=False, number=False) == "pass"
    for purpose in (NEWSLETTER, CALLS):
        assert leaves(WayOut.WEBHOOK, purpose, address=False, number=False) == "pass"
        other = "pass" if purpose is NEWSLETTER else "other-number"
        gated = {what for what in WayOut if WAYS_OUT[what] is Gated.BY_STANDING}
        assert {leaves(what, purpose, other_number=True) for what in gated} == {other}, "it is handed to nobody"
    policy = Policy.of(NEWSLETTER, rules)
    contact, none = replace(CONTACT, address=False), Use(WayOut.LIST, NEWSLETTER)
    refused = decide(none, contact, Standing(), policy, NOW)
    assert isinstance(refused, Refusal)
    assert refused.why is Refused.NOT_ACCEPTED, "what was never agreed to is said first"


@pytest.mark.promise("I8")
@pytest.mark.capability("S4-49", "S4-50", "S3-14")
def test_each_step_of_the_policy_adds_exactly_its_own_basis() -> None:
    accepted = {
        accepts: {basis for basis in Basis if asked(on(basis), rules=ConsentRules(accepts=accepts)) == "pass"}
        for accepts in Accepts
    }
    assert accepted[ConsentRules().accepts] == {Basis.DOUBLE}
    assert accepted[Accepts.USER] == {Basis.DOUBLE, Basis.USER}
    assert accepted[Accepts.FORM] == {Basis.DOUBLE, Basis.USER, Basis.FORM}
    for basis in Basis:
        switched = asked(on(basis), rules=ConsentRules(implied=True))
        assert (switched == "pass") == (basis in (Basis.DOUBLE, Basis.IMPLIED))
    own = replace(NEWSLETTER, accepts=Accepts.USER, implied=True)
    assert {basis for basis in Basis if asked(on(basis), purpose=own) == "pass"} == {
        *(Basis.DOUBLE, Basis.USER, Basis.IMPLIED)
    }
    calls = {basis for basis in Basis if asked(on(basis), purpose=CALLS, rules=ConsentRules(implied=True)) == "pass"}
    assert calls == {Basis.USER, Basis.FORM}


@pytest.mark.capability("S3-03", "S3-23")
def test_an_existing_relationship_is_told_apart_and_counts_only_where_that_is_switched_on() -> None:
    standing = on(Basis.IMPLIED)
    for accepts in Accepts:
        assert asked(standing, rules=ConsentRules(accepts=accepts)) == "not-accepted: implied"
        assert asked(standing, rules=ConsentRules(accepts=accepts, implied=True)) == "pass"
    assert asked(standing, purpose=replace(NEWSLETTER, implied=False), rules=ConsentRules(implied=True)) != "pass"
    assert asked(standing, purpose=CALLS, rules=ConsentRules(implied=True)) == "not-accepted: implied"


@pytest.mark.capability("S4-54")
def test_own_affairs_are_refused_to_blocked_mailboxes_only() -> None:
    chain = Chain()
    chain.add(Act.WITHDRAWN, purpose="*")
    chain.add(Act.STOPPED, purpose="*")
    policy = Policy(bases=frozenset())
    passed = decide(OWN, CONTACT, chain.standing, policy, NOW)
    assert isinstance(passed, Pass)
    assert passed.entry_id is None
    blocked = decide(OWN, replace(CONTACT, blocked=True), Standing(), policy, NOW)
    assert isinstance(blocked, Refusal)
    assert blocked.why is Refused.BLOCKED


def test_what_leaves_about_a_booking_goes_to_others_until_its_invitee_is_erased_or_stops_all_use() -> None:
    about, policy = Use(WayOut.BOOKING_WEBHOOK), Policy(bases=frozenset())

    def leaves(standing: Standing, **changes: bool) -> str:
        decided = decide(about, replace(CONTACT, **changes), standing, policy, NOW)
        return decided.word if isinstance(decided, Refusal) else "pass"

    chain = Chain()
    chain.add(Act.WITHDRAWN, purpose="*")
    assert leaves(chain.standing) == "pass", "a no to marketing is no end of a booking"
    assert leaves(Standing(), erased=True) == "erased"
    assert leaves(Standing(), blocked=True) == "blocked"
    chain.add(Act.STOPPED, purpose="*")
    assert leaves(chain.standing) == "stopped"


def test_whatever_else_forbids_it_refuses_in_its_own_words() -> None:
    assert asked(double()) == "pass"
    assert asked(Standing()) == "not-accepted: none"
    assert asked(double(), contact=replace(CONTACT, blocked=True)) == "blocked"
    assert asked(double(), contact=replace(CONTACT, erased=True)) == "erased"
    assert asked(double(), purpose=replace(NEWSLETTER, active=False)) == "purpose-off"
    german = replace(NEWSLETTER, conditions=(Condition("country", ("DE", "AT")),))
    assert asked(double(), purpose=german) == "conditions"
    assert asked(double(), purpose=german, contact=replace(CONTACT, profile={"country": "AT"})) == "pass"
    assert asked(double(), purpose=replace(NEWSLETTER, lasts=timedelta(hours=1))) == "expired"
    assert asked(double(), purpose=replace(NEWSLETTER, lasts=timedelta(days=1))) == "pass"
    stopped = Chain().add(Act.STOPPED, purpose="*")
    assert asked(replace(double(), stopped=stopped)) == "stopped"
    erased = Chain()
    erased.add(Act.ERASED, purpose="*")
    assert asked(erased.standing) == "erased"
    erased.add(Act.ASKED, until=START + LASTS)
    erased.add(Act.CONFIRMED, refers=erased.entries[-1].id)
    assert asked(erased.standing) == "pass"


def test_an_open_question_is_no_consent_and_takes_none_away() -> None:
    chain = Chain()
    chain.add(Act.ASKED, until=START + LASTS)
    assert asked(chain.standing) == "not-accepted: none"
    chain.add(Act.CONFIRMED, refers=chain.entries[-1].id)
    chain.add(Act.ASKED, until=START + LASTS)
    assert asked(chain.standing) == "pass"
    chain.add(Act.DECLINED, refers=chain.entries[-1].id)
    assert asked(chain.standing) == "not-accepted: none"


@pytest.mark.promise("I8")
def test_only_the_gate_makes_a_pass() -> None:
    makers = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "booking_service").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Pass"
    ]
    assert makers == ["booking_service/domain/gate.py"]

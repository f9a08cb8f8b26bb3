"""What entries add up to. The properties play random acts of two contacts, alone and as one circle."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_service.domain.consent import FOLDED, Act, Basis, Detail, Entry, How, Standing, standing_of
from booking_service.domain.consent_moves import ConsentRefused, Recorded, decide, refused_by
from booking_service.domain.entries_in_force import counting
from booking_service.domain.purposes import PurposeKind
from tests.domain.consent_cases import ANNA, BEA, LASTS, SLUG, START, Chain

OWN = ("contact",)
PLAYED = st.lists(
    st.tuples(
        st.sampled_from((ANNA, BEA)),
        st.sampled_from(tuple(Act)),
        st.sampled_from(("contact", "staff:bob", "system")),
        st.sampled_from((SLUG, "*")),
        st.integers(0, 3),  # hours since the last act; 0: of one instant
        st.integers(0, 30),  # which earlier entry it refers to
        st.booleans(),
    ),
    max_size=25,
)


def play(acts: Sequence[tuple]) -> tuple[list[Entry], list[Entry]]:  # type: ignore[type-arg]
    chains, at = {ANNA: Chain(ANNA), BEA: Chain(BEA)}, START
    for contact, act, by, purpose, hours, refers, implied in acts:
        at += timedelta(hours=hours)
        chain = chains[contact]
        older = chain.entries[refers % len(chain.entries)].id if chain.entries else None
        until = at + timedelta(hours=6) if act is Act.ASKED else None
        chain.add(act, by=by, purpose=purpose, at=at, refers=older, until=until, implied=implied)
    return chains[ANNA].entries, chains[BEA].entries


def fold(own: Sequence[Entry], others: Sequence[Entry], kind: PurposeKind = PurposeKind.EMAIL) -> Standing:
    return standing_of(own, others, purpose=SLUG, kind=kind)


@pytest.mark.promise("I8")
@given(PLAYED, st.booleans())
def test_a_persons_own_no_is_undone_only_by_their_answer_to_a_question_asked_after_it(
    acts: Sequence[tuple],  # type: ignore[type-arg]
    merged: bool,
) -> None:
    own, others = play(acts)
    circle = others if merged else []
    noes = [each for each in own if each.act in (Act.WITHDRAWN, Act.DECLINED, Act.ERASED) and each.by_contact]
    noes += [each for each in circle if each.act in (Act.WITHDRAWN, Act.ERASED) and each.by_contact]
    noes += [each for each in own if each.act is Act.DECLINED and not each.by_contact]
    standing = fold(own, circle)
    if not standing.granted or not noes:
        return
    last = max(each.at for each in noes)
    answers = [each for each in own if each.act is Act.CONFIRMED and each.by_contact and each.at >= last]
    questions = {each.id: each for each in own if each.act is Act.ASKED and each.at >= last}
    answered = [(questions[each.refers], each) for each in answers if each.refers in questions]
    assert any(last <= question.at <= answer.at < question.until for question, answer in answered if question.until)
    assert standing.since is not None
    assert standing.since >= last


@pytest.mark.promise("I8")
@given(PLAYED)
def test_double_opt_in_is_never_reached_without_a_confirmation_of_an_open_question(acts: Sequence[tuple]) -> None:  # type: ignore[type-arg]
    own, others = play(acts)
    standing = fold(own, others)
    if standing.basis is Basis.DOUBLE:
        assert standing.rests_on is not None
        assert standing.rests_on.act is Act.CONFIRMED
        assert standing.rests_on.contact_id == ANNA


@given(PLAYED)
def test_a_circle_only_ever_lowers_what_stands(acts: Sequence[tuple]) -> None:  # type: ignore[type-arg]
    """But for a no of staff to another of the circle that staff took back here: that is a grant by their word."""
    own, others = play(acts)
    standing = fold(own, others)
    taken_back = standing.rests_on is not None and standing.rests_on.act is Act.REOPENED
    if standing.granted and standing.stopped is None and not taken_back:
        assert fold(own, []).granted


@given(PLAYED, st.randoms())
def test_the_order_in_which_entries_are_read_changes_nothing(acts: Sequence[tuple], random: object) -> None:  # type: ignore[type-arg]
    own, others = play(acts)
    mixed = own[:]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert fold(mixed, others[::-1]) == fold(own, others)


@given(PLAYED)
def test_a_standing_depends_on_nothing_but_what_is_read_for_it(acts: Sequence[tuple]) -> None:  # type: ignore[type-arg]
    own, others = play(acts)
    read = [each for each in own if each.act in FOLDED], [each for each in others if each.act in FOLDED]
    assert fold(*read) == fold(own, others)


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(
            st.just(ANNA),
            st.sampled_from(sorted(FOLDED)),
            st.sampled_from(("contact", "staff:bob")),
            st.sampled_from((SLUG, "*")),
            st.integers(0, 1),
            st.integers(0, 9),
            st.booleans(),
        ),
        max_size=10,
    )
)
def test_what_was_before_the_persons_own_last_no_changes_nothing_but_a_stop(acts: Sequence[tuple]) -> None:  # type: ignore[type-arg]
    own, _ = play(acts)
    counted = counting(reversed(own), purpose=SLUG)
    assert replace(fold(counted, ()), closed=None) == replace(fold(own, ()), closed=None)
    assert sum(each.act in (Act.WITHDRAWN, Act.ERASED) and each.by_contact for each in counted) <= 1


@given(PLAYED)
def test_calls_never_rest_on_a_mailed_link(acts: Sequence[tuple]) -> None:  # type: ignore[type-arg]
    own, others = play(acts)
    assert fold(own, others, PurposeKind.PHONE).basis is not Basis.DOUBLE


@given(
    st.lists(
        st.tuples(
            st.just(ANNA),
            st.sampled_from((Act.GIVEN, Act.RECORDED, Act.ASKED)),
            st.just("contact"),
            st.just(SLUG),
            st.integers(1, 3),
            st.integers(0, 9),
            st.booleans(),
        ),
        max_size=8,
    )
)
def test_of_the_yeses_to_calls_the_latest_counts_whoever_wrote_it_down(acts: Sequence[tuple]) -> None:  # type: ignore[type-arg]
    """No mail proves a number, so neither outranks the other; and the number of a later one may be another."""
    own, _ = play(acts)
    yeses = [each for each in own if each.act is Act.GIVEN or (each.act is Act.RECORDED and not each.implied)]
    standing = fold(own, [], PurposeKind.PHONE)
    if yeses:
        assert standing.rests_on == yeses[-1]
        assert standing.basis is (Basis.FORM if yeses[-1].act is Act.GIVEN else Basis.USER)


@given(PLAYED, st.randoms())
def test_of_two_merged_each_has_their_own_question_and_a_yes_counts_for_the_one_it_refers_to(
    acts: Sequence[tuple],  # type: ignore[type-arg]
    random: object,
) -> None:
    own, others = play(acts)
    mixed = [*own, *others]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    both = standing_of(mixed, purpose=SLUG, kind=PurposeKind.PHONE, of=ANNA)
    assert both == standing_of([*own, *others], purpose=SLUG, kind=PurposeKind.PHONE, of=ANNA)
    assert both.question is None or both.question in own
    if both.rests_on is not None and both.rests_on.act is Act.CONFIRMED:
        theirs = own if both.rests_on.contact_id == ANNA else others
        assert both.rests_on.refers in {each.id for each in theirs if each.act is Act.ASKED}
    assert standing_of(own, purpose=SLUG, of=ANNA) == standing_of(own, purpose=SLUG)


def test_a_tick_while_a_question_waits_changes_nothing_and_the_question_that_was_mailed_is_answered() -> None:
    chain = Chain()
    question = chain.add(Act.ASKED, until=START + LASTS)
    before = chain.standing
    again = chain.add(Act.ASKED, until=START + LASTS, refers=question.id)
    assert chain.standing == before
    chain.add(Act.CONFIRMED, refers=again.id)
    assert chain.standing == before, "it is no question of its own"
    chain.add(Act.CONFIRMED, refers=question.id)
    assert chain.standing.basis is Basis.DOUBLE
    asked_anew = chain.add(Act.ASKED, until=START + LASTS, refers=question.id)
    assert chain.standing.question == asked_anew, "what it names waits no longer"


def test_a_no_wins_where_both_are_of_one_instant() -> None:
    chain = Chain()
    question = chain.add(Act.ASKED, until=START + LASTS)
    at = question.at + timedelta(hours=1)
    chain.add(Act.CONFIRMED, refers=question.id, at=at)
    chain.add(Act.WITHDRAWN, at=at)
    assert chain.standing.basis is Basis.OUT_CONTACT
    chain = Chain()
    question = chain.add(Act.ASKED, until=START + LASTS)
    chain.add(Act.WITHDRAWN, at=at)
    chain.add(Act.CONFIRMED, refers=question.id, at=at)
    assert chain.standing.basis is Basis.OUT_CONTACT


@pytest.mark.capability("S5-06")
def test_a_no_reaches_the_whole_circle_and_a_yes_does_not() -> None:
    anna, bea = Chain(ANNA), Chain(BEA)
    anna.add(Act.RECORDED, by="staff:bob")
    bea.add(Act.GIVEN)
    assert fold(bea.entries, anna.entries).basis is Basis.FORM
    anna.add(Act.WITHDRAWN)
    assert fold(bea.entries, anna.entries).basis is Basis.OUT_CONTACT
    assert fold(bea.entries, []).basis is Basis.FORM
    anna.add(Act.DECLINED)
    assert fold(bea.entries, anna.entries).basis is Basis.OUT_CONTACT


def test_a_no_of_staff_that_came_by_the_circle_is_taken_back_here_and_nothing_is_left_of_it_once_parted() -> None:
    anna, bea = Chain(ANNA), Chain(BEA)
    bea.add(Act.WITHDRAWN, by="staff:bob")
    anna.add(Act.REOPENED, by="staff:bob", at=START + timedelta(days=1))
    assert fold(anna.entries, bea.entries).basis is Basis.USER
    assert fold(anna.entries, []).basis is Basis.NONE


def test_entries_of_other_purposes_do_not_count_and_those_of_all_do() -> None:
    chain = Chain()
    chain.add(Act.GIVEN)
    chain.add(Act.WITHDRAWN, purpose="calls")
    assert chain.standing.basis is Basis.FORM
    chain.add(Act.WITHDRAWN, purpose="*", how=How.ONE_CLICK)
    assert chain.standing.basis is Basis.OUT_CONTACT


@pytest.mark.capability("S4-51")
def test_a_reverted_opt_out_brings_no_double_opt_in_back() -> None:
    chain = Chain()
    question = chain.add(Act.ASKED, until=START + LASTS)
    chain.add(Act.CONFIRMED, refers=question.id)
    chain.add(Act.WITHDRAWN, by="staff:bob")
    chain.add(Act.REOPENED, by="staff:bob")
    assert chain.standing.basis is Basis.USER


def test_a_consent_brought_from_outside_is_as_old_as_it_says() -> None:
    chain = Chain()
    chain.add(Act.RECORDED, by="staff:bob", given_on=date(2020, 5, 1))
    assert chain.standing.since is not None
    assert chain.standing.since.date() == date(2020, 5, 1)
    assert chain.standing.expired(lasts=timedelta(days=365), now=START + timedelta(days=1))
    chain.add(Act.GIVEN)
    lasting = standing_of(chain.entries, purpose=SLUG, lasts=timedelta(days=365))
    assert lasting.basis is Basis.FORM


def test_a_consent_has_expired_at_the_very_moment_and_given_again_it_counts_from_then() -> None:
    chain, year = Chain(), timedelta(days=365)
    given = chain.add(Act.GIVEN)
    assert not chain.standing.expired(lasts=year, now=given.at + year - timedelta(microseconds=1))
    assert chain.standing.expired(lasts=year, now=given.at + year)
    again = chain.add(Act.GIVEN)
    assert (chain.standing.basis, chain.standing.since) == (Basis.FORM, again.at)


def test_a_detail_is_written_with_what_is_known_only() -> None:
    assert Detail().body == "{}"
    body = Detail(who="Änn", given_on=date(2024, 2, 29), mail={"message_id": "<a@b>"}).body
    assert body == '{"given_on":"2024-02-29","mail":{"message_id":"<a@b>"},"who":"\\u00c4nn"}'


@given(PLAYED, st.booleans(), st.booleans())
def test_the_entry_that_says_no_tells_why_a_consent_that_is_recorded_after_it_is_refused(
    acts: Sequence[tuple],  # type: ignore[type-arg]
    merged: bool,
    implied: bool,
) -> None:
    own, others = play(acts)
    standing, now = fold(own, others if merged else []), START + timedelta(days=30)
    refused = refusal(standing, Recorded(staff="eve", implied=implied), now=now)
    if refused is None or refused.entry is None:
        assert refused is None
        return
    again = refused_by(refused.entry)
    assert (again.why, str(again), again.at) == (refused.why, str(refused), refused.at)


@given(PLAYED, st.booleans(), st.integers(0, 30))
def test_what_is_taken_back_leaves_what_stands_without_it(
    acts: Sequence[tuple],  # type: ignore[type-arg]
    merged: bool,
    which: int,
) -> None:
    own, others = play(acts)
    recorded = [each for each in own if each.act is Act.RECORDED and each.purpose == SLUG]
    if not recorded:
        return
    entry, circle = recorded[which % len(recorded)], others if merged else []
    chain = Chain(ANNA)
    chain.entries = [*own]
    chain.add(Act.RETRACTED, by="staff:bob", at=own[-1].at + timedelta(hours=1), refers=entry.id)
    assert fold(chain.entries, circle) == fold([each for each in own if each is not entry], circle)


def refusal(standing: Standing, change: Recorded, *, now: datetime) -> ConsentRefused | None:
    try:
        decide(standing, change, purpose=SLUG, now=now)
    except ConsentRefused as refused:
        return refused
    return None

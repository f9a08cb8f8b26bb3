"""The table of who may change which standing, and to what: every cell of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from booking_service.domain.consent import Act, How, Standing
from booking_service.domain.consent_moves import (
    AskedByStaff,
    Change,
    Confirmed,
    ConsentRefused,
    Declined,
    OptedOut,
    Recorded,
    Resumed,
    Retracted,
    Reverted,
    Stopped,
    Ticked,
    Why,
    Withdrawn,
    decide,
)
from tests.domain.consent_cases import LASTS, MATRIX, SLUG, START, Chain, shown

NOW = START + timedelta(days=2)
BOB = "staff:bob"
RULES = {
    "R1": Why.OWN_NO,
    "R2": Why.STAFFS_NO,
    "R3": Why.NO_OPT_OUT,
    "R4": Why.NOT_OPEN,
    "R5": Why.CONFIRMED,
    "R6": Why.STOPPED,
    "R7": Why.ERASED,
}


def ask(chain: Chain, *, until: datetime = START + LASTS) -> None:
    chain.add(Act.ASKED, until=until)


def answered(act: Act) -> Callable[[Chain], None]:
    def made(chain: Chain) -> None:
        ask(chain)
        chain.add(act, refers=chain.entries[-1].id, how=How.LINK)

    return made


STANDINGS: dict[str, Callable[[Chain], object]] = {
    "none": lambda chain: None,
    "declined": answered(Act.DECLINED),
    "implied": lambda chain: chain.add(Act.RECORDED, by=BOB, implied=True),
    "form": lambda chain: chain.add(Act.GIVEN),
    "user": lambda chain: chain.add(Act.RECORDED, by=BOB),
    "double": answered(Act.CONFIRMED),
    "out-user": lambda chain: chain.add(Act.WITHDRAWN, by=BOB, how=How.HAND),
    "out-contact": lambda chain: chain.add(Act.WITHDRAWN, how=How.PAGE),
    "stopped": lambda chain: chain.add(Act.STOPPED, purpose="*"),
    "erased": lambda chain: chain.add(Act.ERASED, purpose="*"),
}
WAYS: dict[str, Callable[[Chain], Change]] = {
    "form, by mail": lambda chain: Ticked(by_mail=True, lasts=LASTS),
    "form, at once": lambda chain: Ticked(by_mail=False, lasts=LASTS),
    "says yes": lambda chain: Confirmed(latest_question(chain)),
    "says no": lambda chain: Declined(latest_question(chain)),
    "withdraws": lambda chain: Withdrawn(How.PAGE),
    "staff record": lambda chain: Recorded(staff="eve"),
    "staff record implied": lambda chain: Recorded(staff="eve", implied=True),
    "staff opt out": lambda chain: OptedOut(staff="eve"),
    "staff revert": lambda chain: Reverted("eve"),
    "staff ask": lambda chain: AskedByStaff(staff="eve", lasts=LASTS),
}
CELLS = [(row, way, cell) for row, cells in MATRIX.items() for way, cell in zip(WAYS, cells, strict=True)]


def latest_question(chain: Chain) -> UUID:
    return next((each.id for each in reversed(chain.entries) if each.act is Act.ASKED), chain.contact)


def standing_there(row: str) -> Chain:
    chain = Chain()
    STANDINGS[row.rstrip("?~")](chain)
    if row.endswith("?"):
        ask(chain)
    if row.endswith("~"):
        ask(chain, until=START + timedelta(days=1))
    return chain


def after(chain: Chain, change: Change, *, now: datetime = NOW) -> Standing | None:
    """The standing that a change brings; None where it makes no entry."""
    draft = decide(chain.standing, change, purpose=SLUG, now=now)
    if draft is None:
        return None
    chain.write(draft, at=now)
    return chain.standing


@pytest.mark.capability("S4-48")
@pytest.mark.parametrize(("row", "way", "cell"), CELLS, ids=lambda value: str(value))
def test_each_cell_of_the_table(row: str, way: str, cell: str) -> None:
    chain = standing_there(row)
    if row != "stopped" and row != "erased":
        assert shown(chain.standing, now=NOW).rstrip("?~") in (row.rstrip("?~"), "none")
    change = WAYS[way](chain)
    if cell in RULES:
        with pytest.raises(ConsentRefused) as refused:
            after(chain, change)
        assert refused.value.why is RULES[cell]
        return
    standing = after(chain, change)
    assert (shown(standing, now=NOW) if standing is not None else "same") == cell


def test_the_refusals_say_whose_turn_it_is() -> None:
    chain = standing_there("out-contact")
    with pytest.raises(ConsentRefused, match=r"said no themselves on 2030-01-07 \(on their preferences page\)"):
        after(chain, Recorded(staff="eve"))
    with pytest.raises(ConsentRefused, match=r"Opted out by bob on 2030-01-07\. Revert that first"):
        after(standing_there("out-user"), Recorded(staff="eve"))
    chain = standing_there("declined")
    with pytest.raises(ConsentRefused, match=r"not open any more \(it was answered with no, 2030-01-07\)"):
        after(chain, Confirmed(latest_question(chain)))
    chain = standing_there("none~")
    with pytest.raises(ConsentRefused, match=r"not open any more \(it was not answered in time, 2030-01-08\)"):
        after(chain, Confirmed(latest_question(chain)))
    with pytest.raises(ConsentRefused, match=r"Nothing was changed"):
        after(standing_there("none"), Confirmed(UUID(int=9)))


def test_an_old_link_does_not_answer_a_newer_question() -> None:
    chain = standing_there("out-contact")
    ask(chain)
    old = latest_question(chain)
    chain.add(Act.WITHDRAWN)
    ask(chain)
    with pytest.raises(ConsentRefused):
        after(chain, Confirmed(old))
    with pytest.raises(ConsentRefused):
        after(standing_there("none?"), Declined(UUID(int=9)))


def test_a_yes_at_the_deadline_of_its_question_is_too_late() -> None:
    chain = standing_there("none?")
    with pytest.raises(ConsentRefused):
        after(chain, Confirmed(latest_question(chain)), now=START + LASTS)
    standing = after(chain, Confirmed(latest_question(chain)), now=START + LASTS - timedelta(microseconds=1))
    assert standing is not None
    assert standing.basis.value == "double"


@pytest.mark.capability("S4-52")
def test_stopping_and_resuming_are_the_persons_alone_and_leave_what_stood() -> None:
    chain = standing_there("double")
    assert after(chain, Resumed()) is None
    stopped = after(chain, Stopped())
    assert stopped is not None
    assert stopped.stopped is not None
    assert after(chain, Stopped()) is None
    chain.add(Act.RESUMED, purpose="*", by=BOB)
    assert chain.standing.stopped is not None
    resumed = after(chain, Resumed(), now=NOW + timedelta(days=1))
    assert resumed is not None
    assert (resumed.stopped, resumed.basis.value) == (None, "double")


def test_what_was_recorded_can_be_taken_back_and_nothing_else() -> None:
    chain = standing_there("form")
    recorded = chain.add(Act.RECORDED, by=BOB)
    assert shown(chain.standing, now=NOW) == "user"
    back = after(chain, Retracted(BOB, recorded))
    assert back is not None
    assert shown(back, now=NOW) == "form"
    with pytest.raises(ConsentRefused):
        after(chain, Retracted(BOB, chain.entries[0]))
    chain = standing_there("none?")
    withdrawn = after(chain, Retracted("contact", chain.entries[-1]))
    assert withdrawn is not None
    assert shown(withdrawn, now=NOW) == "none"


@pytest.mark.capability("S3-13")
def test_what_has_expired_can_be_given_again() -> None:
    chain = standing_there("double")
    year = timedelta(days=365)
    later = NOW + 2 * year
    assert chain.standing.expired(lasts=year, now=later)
    assert not chain.standing.expired(lasts=None, now=later)
    draft = decide(chain.standing, Recorded(staff="eve"), purpose=SLUG, now=later, lasts=year)
    assert draft is not None
    assert draft.act is Act.RECORDED

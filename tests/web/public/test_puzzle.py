"""Work for a hold, from half of the budget on and under attack: done by a browser, good once; who can't goes on without."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from booking_service.actions.access import attack
from booking_service.actions.booking import change
from booking_service.crypto.puzzles import LIFE, Puzzle, answered
from booking_service.domain.audit import Actor
from booking_service.domain.booking import Booking
from booking_service.domain.slots import Horizon
from tests.puzzle_answers import number_of
from tests.web.page_reader import look, read
from tests.web.site import Site, limited, site

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
NINE, TEN, ELEVEN = (f"2030-01-08T{hour:02}:00:00Z" for hour in (8, 9, 10))


@pytest.fixture
def attacked(s: Site) -> Site:
    attack.begin(s.w.rt, lasts=HOUR, by=Actor(name="root@here"), now=s.w.now)
    return s


def puzzle(s: Site, start: str, below: str = "") -> Any:
    return s.browser.get(f"{below}/ada/intro/puzzle?start={start}")


def worked_out(s: Site, start: str) -> str:
    """What the page's script puts into the form."""
    asked = Puzzle(**puzzle(s, start).json())
    return answered(asked, number_of(asked))


def held(s: Site, start: str, who: str, work: str = "") -> Booking:
    return s.hold(start=start, email=f"{who}@example.net", form_key=f"{who}-{start}".ljust(22, "k")[:22], work=work)


def test_under_attack_a_time_is_held_for_who_worked_for_it_once_and_for_fifteen_minutes(attacked: Site) -> None:
    s = attacked
    work = worked_out(s, NINE)
    first = held(s, NINE, "grace", work)
    assert first.reserves
    assert first.hold_until == s.w.now + 15 * MINUTE
    s.browser.post(f"/b/{first.public_id}/release")
    assert not held(s, NINE, "bob", work).reserves  # an answer is good once
    assert not held(s, TEN, "eve", worked_out(s, ELEVEN)).reserves  # and for its own time
    late = worked_out(s, ELEVEN)
    s.w.pass_time(minutes=LIFE / MINUTE)
    assert not held(s, ELEVEN, "ida", late).reserves
    assert held(s, ELEVEN, "joan", worked_out(s, ELEVEN)).reserves


def test_who_has_no_script_goes_on_without_a_hold_and_is_told_so(attacked: Site) -> None:
    s = attacked
    page = look(s.browser, f"/ada/intro/details?start={NINE}&zone=Europe/Berlin")
    assert "only for browsers that run our script" in page.text
    booking = held(s, NINE, "grace")
    s.w.drain()
    assert "It is not held for you: whoever confirms first gets it." in look(s.browser, f"/b/{booking.public_id}").text
    assert "It is not held for you" in s.w.mails.to("grace@example.net")[-1].text
    change.move_hold(s.w.rt, booking.public_id, s.w.now + 28 * HOUR, now=s.w.now)
    assert not s.booking(booking.public_id).reserves  # nor is another time by moving there


def test_what_was_held_is_still_held_after_a_move_without_more_work(attacked: Site) -> None:
    booking = held(attacked, NINE, "grace", worked_out(attacked, NINE))
    change.move_hold(attacked.w.rt, booking.public_id, attacked.w.now + 28 * HOUR, now=attacked.w.now)
    assert attacked.booking(booking.public_id).reserves


def test_nothing_is_asked_of_anybody_once_it_is_over(attacked: Site) -> None:
    s = attacked
    assert puzzle(s, NINE).status_code == 200
    assert puzzle(s, NINE, "/embed").status_code == 200
    assert puzzle(s, "yesterday").status_code == 204
    assert s.browser.get(f"/ada/quick/puzzle?start={NINE}").status_code == 204  # booked at once: nothing is held
    s.w.pass_time(minutes=60)
    assert puzzle(s, NINE).status_code == 204
    assert "our script" not in s.browser.get(f"/ada/intro/details?start={NINE}").text
    assert held(s, NINE, "grace").hold_until == s.w.now + HOUR


@pytest.mark.parametrize("work", ["", "x" * 5000, "1.2.3.4.5", "\x00", "9999999999." + "0" * 16 + "." + "a" * 64])
def test_nonsense_is_no_work_and_breaks_nothing(attacked: Site, work: str) -> None:
    assert not held(attacked, NINE, "grace", work).reserves


def test_one_address_gets_one_link_a_day(attacked: Site) -> None:
    tight = limited(attacked, book_per_mailbox_under_attack="1 per day")
    form = attacked.form(start=NINE, work=worked_out(attacked, NINE))
    assert tight.post("/ada/intro/hold", data=form).status_code == 303
    again = tight.post("/ada/intro/hold", data=attacked.form(start=TEN, form_key="o" * 22))
    assert again.status_code == 429
    assert read(again).h1


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Site]:
    """29 times are on offer, so that holds may take four."""
    with site(tmp_path, hold={"share_of_horizon": 0.15, "share_of_day": 1}) as made:
        choose_days(made, 1)
        yield made


def choose_days(s: Site, days: int) -> None:
    s.save(replace(s.w.intro, rules=replace(s.w.intro.rules, horizon=Horizon(days=days))))


def test_from_half_of_the_budget_on_a_time_is_held_for_who_worked_for_it(small: Site) -> None:
    s = small
    assert puzzle(s, NINE).status_code == 204
    assert held(s, NINE, "one").reserves
    assert puzzle(s, TEN).status_code == 204
    assert held(s, TEN, "two").reserves
    assert puzzle(s, ELEVEN).status_code == 200
    assert "our script" in s.browser.get(f"/ada/intro/details?start={ELEVEN}").text
    assert not held(s, ELEVEN, "three").reserves
    assert held(s, ELEVEN, "four", worked_out(s, ELEVEN)).reserves


def alarms(s: Site) -> int:
    s.w.drain()
    return sum("are still unconfirmed" in mail.subject for mail in s.w.mails.to(s.w.host.email))


def rise(s: Site, who: str) -> list[Booking]:
    """Three holds, of which the last takes more than half of the budget."""
    first = [held(s, start, f"{who}{number}") for number, start in enumerate((NINE, TEN))]
    third = held(s, ELEVEN, f"{who}2", worked_out(s, ELEVEN))
    assert third.reserves
    return [*first, third]


def test_the_host_hears_once_that_half_of_the_budget_is_used_and_again_after_six_hours_below_it(small: Site) -> None:
    s = small
    held(s, NINE, "one")
    held(s, TEN, "two")
    assert alarms(s) == 0, "less than half"
    held(s, ELEVEN, "three", worked_out(s, ELEVEN))
    assert alarms(s) == 1
    s.w.pass_time(minutes=1)
    noon = "2030-01-08T11:00:00Z"
    assert held(s, noon, "four", worked_out(s, noon)).reserves
    assert alarms(s) == 1, "one mail for each rise, however many ask"
    mail = next(each for each in s.w.mails.to(s.w.host.email) if "are still unconfirmed" in each.subject)
    assert "more than half of what they are allowed to hold" in mail.text
    for hours, who, told in ((5, "later", 1), (3, "still", 1), (7, "latest", 2)):
        s.w.pass_time(minutes=hours * 60)
        rise(s, who)
        assert alarms(s) == told, (who, "it counts from when it was last so")

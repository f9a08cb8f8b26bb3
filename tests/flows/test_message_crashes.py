"""I12 for messages and news: the process dies before any single effect, and after the restart everybody has it once."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest

from booking_service.actions.consent import messages, news, news_lists
from booking_service.domain.audit import Actor
from booking_service.domain.messages import MessageOutcome, MessageState
from booking_service.domain.purposes import ConsentRules, NewsRules, Part, TellNews, Wording, texts_of
from booking_service.runtime import Runtime
from booking_service.storage import messages as rows
from booking_service.storage import purposes
from booking_service.storage.engine import snapshot, transaction
from booking_service.worker import drain
from tests.actions.consent.people import NEWSLETTER, People
from tests.flows.conftest import Bench
from tests.flows.crashes import CountedTransport, Killed, Steps, transactions_counted
from tests.flows.extended import in_extended
from tests.world import World, world

ADDRESSES = ["anna@example.org", "bob@example.org", "eve@example.org"]
BOB = Actor(name="Bob")
PAGE_NEWS = "A page about your emails and data"


def agreed(w: World) -> None:
    texts = texts_of({Part.NAME: "Newsletter", Part.BOX: "Yes"})
    with transaction(w.rt.engine) as session:
        purposes.save(session, NEWSLETTER)
        purposes.add_wording(
            session,
            Wording(purpose="newsletter", language="en", version=1, texts=texts, made_at=w.now, made_by="staff:test"),
        )
    people = People(w.rt, w.clock)
    for address in ADDRESSES:
        people.double(people.contact(address))
    drain(w.rt)


def a_message(rt: Runtime, now: datetime) -> UUID:
    return messages.draft(rt, "newsletter", subject="News", text="We moved.", by="bob", called="Bob", now=now)


def news_of_the_page(rt: Runtime, now: datetime) -> UUID:
    return news.tell(rt, news.PAGE, by="bob", called="Bob", now=now)


def news_by_itself(rt: Runtime, now: datetime) -> UUID:
    """The page is switched on, and a quarter of an hour passes."""
    with transaction(rt.engine) as session:
        purposes.save_rules(session, ConsentRules(news=NewsRules(tell=TellNews.AT_ONCE)))
        news.switched_on(session, news.PAGE, by="Bob", now=now - news.FIRST_AFTER)
    (begun,) = news.latest(rt, language="en", now=now)
    return begun.message.id


def played(bench: Bench, made: Callable[[Runtime, datetime], UUID], subject: str, *, die_at: int | None) -> Steps:
    """Send to three in pieces of two until death; start again on what is left; look into the mailboxes."""
    steps = Steps(die_at=die_at)
    with world(bench.folder, engine=bench.engine) as w:
        agreed(w)
        id = made(w.rt, w.now)
        mortal = replace(w.rt, transport=CountedTransport(w.mails, steps))
        with transactions_counted(w.rt.engine, steps), suppress(Killed):
            messages.start(mortal, id, by=BOB, now=w.now)
            for _ in range(4):
                drain(mortal)
                w.clock.advance(5)
        messages.start(w.rt, id, by=BOB, now=w.now)  # whoever saw the page fail presses again
        for _ in range(6):
            w.clock.advance(200)  # longer than any lease
            drain(w.rt)
        news = [mail for mail in w.mails.sent if mail.subject == subject]
        assert sorted({mail.to.address for mail in news}) == ADDRESSES, "none is lost"
        assert len({mail.message_id for mail in news}) == 3, "a repeat is the same mail"
        assert len(news) <= 3 + (1 if steps.died else 0)
        with snapshot(w.rt.engine) as session:
            message = rows.get(session, id)
            assert rows.counts(session, id) == {(MessageOutcome.SENT, ""): 3}
        assert message is not None
        assert message.state is MessageState.DONE
    return steps


@pytest.mark.promise("I12", "I4")
@pytest.mark.parametrize("stride", [7, *in_extended(1)])
@pytest.mark.parametrize(
    ("made", "subject"),
    [(a_message, "News"), (news_of_the_page, PAGE_NEWS), (news_by_itself, PAGE_NEWS)],
    ids=["message", "news", "by-itself"],
)
def test_a_list_that_dies_before_any_effect_reaches_everybody_once(
    made: Callable[[Runtime, datetime], UUID], subject: str, stride: int, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "PIECE", 2)
    monkeypatch.setattr(news_lists, "PIECE", 2)
    steps = played(bench, made, subject, die_at=None)
    assert steps.taken.count("a mail is sent") == 3
    for number in range(1, len(steps.taken) + 1, stride):
        try:
            assert played(bench, made, subject, die_at=number).died
        except AssertionError as error:
            raise AssertionError(f"after dying before effect {number}, {steps.taken[number - 1]}: {error}") from error

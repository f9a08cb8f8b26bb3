"""What monitoring is told: red is what this instance can't do, degraded what others fail at."""

from collections.abc import Callable

import pytest
from sqlalchemy import event, text

from booking_service.actions.calendar.pull import pull
from booking_service.actions.operations.checks import checks
from booking_service.actions.operations.findings import Level
from booking_service.domain.booking import BookingState
from booking_service.mail.errors import MailError, RecipientRefused, TransportDown, TryLater, UnsafeMessage
from booking_service.worker import perform_one
from calendars.errors import Unavailable
from tests.flows.programs import until
from tests.web.site import Site

pytestmark = pytest.mark.timeout(60)


def health(s: Site) -> tuple[int, str]:
    answer = s.browser.get("/readyz")
    return answer.status_code, answer.json()["status"]


def problems(s: Site) -> set[str]:
    return {each.subject for each in checks(s.w.rt, now=s.w.now) if each.level is Level.PROBLEM} - {"files"}


def execute(s: Site, statement: str) -> None:
    with s.w.rt.engine.begin() as connection:
        connection.execute(text(statement))


def _unreadable(s: Site) -> None:
    s.w.calendar.fail_next(Unavailable("timeout"))
    with pytest.raises(Unavailable):
        pull(s.w.rt, s.w.calendar_id)


def _unread(s: Site) -> None:
    s.w.clock.advance(16 * 60)


def _mail_server_down(s: Site) -> None:
    s.w.mails.failing = [TransportDown("no connection")] * 3
    s.hold()
    for minutes in (0, 1, 5):
        s.w.pass_time(minutes=minutes)


def _nobody_at_work(s: Site) -> None:
    s.hold()
    s.w.clock.advance(6 * 60)


@pytest.mark.sqlite
def test_where_everything_is_in_order_it_is_ok(s: Site) -> None:
    s.confirmed()
    assert health(s) == (200, "ok")
    assert problems(s) == set()


@pytest.mark.parametrize(
    ("trouble", "subject"),
    [(_unreadable, "calendar"), (_unread, "calendar"), (_mail_server_down, "mail"), (_nobody_at_work, "outbox")],
)
def test_what_others_fail_at_takes_no_instance_out_and_is_a_problem_in_check(
    s: Site, trouble: Callable[[Site], None], subject: str
) -> None:
    trouble(s)
    assert health(s) == (200, "degraded")
    assert subject in problems(s)


@pytest.mark.sqlite
def test_one_mail_that_the_server_takes_later_is_in_order(s: Site) -> None:
    """Greylisted or full, it is about one recipient, whom anybody may have typed."""
    s.w.mails.failing = [TryLater("450 greylisted")] * 4
    s.hold()
    for minutes in (0, 1, 5, 15):
        s.w.pass_time(minutes=minutes)
    assert health(s) == (200, "ok")
    assert problems(s) == set()


def test_once_the_mail_server_takes_mails_again_it_is_ok(s: Site) -> None:
    _mail_server_down(s)
    s.w.pass_time(minutes=15)
    assert len(s.w.mails.sent) == 1
    assert health(s) == (200, "ok")


@pytest.mark.sqlite
@pytest.mark.parametrize("error", [RecipientRefused("550 no such user"), UnsafeMessage("another header")])
def test_one_host_who_cannot_be_written_to_is_a_warning(s: Site, error: MailError) -> None:
    s.hold("/ada/quick")
    while not s.w.mails.sent:
        perform_one(s.w.rt)
    s.w.mails.failing = [error]
    s.w.drain()
    assert s.browser.get("/readyz").json()["outbox"]["dead"] == 1
    assert health(s) == (200, "ok")
    assert problems(s) == set()
    (warning,) = [each for each in checks(s.w.rt, now=s.w.now) if each.subject == "outbox"]
    assert (warning.level, warning.sentence) == (Level.WARNING, "Effects given up: 1.")


def test_an_address_of_an_invitee_that_cannot_be_written_to_is_nothing_to_look_at(s: Site) -> None:
    s.w.mails.failing = [UnsafeMessage("another header")]
    s.hold()
    s.w.drain()
    assert s.browser.get("/readyz").json()["outbox"]["dead"] == 0
    assert health(s) == (200, "ok")


def test_a_schema_that_lacks_what_this_version_needs_is_red(s: Site) -> None:
    execute(s, "DELETE FROM alembic_version")
    assert health(s) == (503, "red")
    assert s.browser.get("/readyz").json()["database"].startswith("the schema lacks 0001")


def test_who_waits_to_be_replaced_after_another_made_the_schema_newer_is_degraded_and_takes_bookings(s: Site) -> None:
    execute(s, "UPDATE alembic_version SET version_num = '9999'")
    assert health(s) == (200, "degraded")
    assert s.browser.get("/readyz").json()["database"] == "newer"
    assert s.confirmed().state is BookingState.CONFIRMED


@pytest.mark.sqlite
def test_a_database_that_cannot_be_read_is_red(s: Site) -> None:
    execute(s, "DROP TABLE outbox")
    assert health(s) == (503, "red")
    assert "outbox" in s.browser.get("/readyz").json()["database"]


@pytest.mark.sqlite
def test_a_database_that_takes_no_writes_is_red_as_long_as_it_does_not(s: Site) -> None:
    engine = s.w.rt.engine
    event.listen(engine, "connect", query_only := lambda raw, _: raw.execute("PRAGMA query_only = on"))
    engine.dispose()
    assert until(lambda: health(s) == (503, "red"))
    assert s.browser.get("/readyz").json()["database"] == "attempt to write a readonly database"
    assert s.browser.post("/ada/intro/hold", data=s.form()).status_code == 503
    event.remove(engine, "connect", query_only)
    engine.dispose()
    assert until(lambda: health(s) == (200, "ok"))


def test_the_figures_name_nobody(s: Site) -> None:
    s.confirmed()
    assert s.browser.get("/readyz").json() == {
        "status": "ok",
        "database": "ok",
        "calendars": {"fresh": 1, "stale": 0, "failing": 0},
        "outbox": {"waiting": 0, "oldest_seconds": 0, "unsent": 0, "dead": 0},
    }

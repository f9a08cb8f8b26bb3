"""What the log says of a booking from its press to its mail: ids that lead from one line to the next."""

from pathlib import Path

import structlog
from structlog.testing import capture_logs

from tests.web.site import site

DETAILS = {"start": "2030-01-08T08:00:00Z", "name": "Grace Hopper", "email": "grace@example.org"}


def test_one_booking_is_followed_from_its_request_to_calendar_worker_and_mail(tmp_path: Path) -> None:
    with site(tmp_path) as s, capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        held = s.browser.post("/ada/intro/hold", data=s.form(**DETAILS))
        s.w.drain()
        s.browser.get("/nothing/there")
        s.browser.get("/ada/intro")
    (pressed,) = [each for each in lines if each["event"] == "answered" and each["method"] == "POST"]
    assert (pressed["route"], pressed["status"]) == ("/{host}/{meeting}/hold", held.status_code)
    assert pressed["request_id"] == held.headers["x-request-id"]
    written, *_ = [each for each in lines if each["event"] == "event_settled"]
    assert (written["request_id"], written["found"]) == (pressed["request_id"], "Stands")
    (mailed,) = [each for each in lines if each["event"] == "mail_sent"]
    assert (mailed["booking"], mailed["kind"]) == (written["booking"], "confirm-booking")
    assert written["booking"] in mailed["effect"]
    looked = [(each["route"], each["status"]) for each in lines if each["event"] == "answered" and each is not pressed]
    assert looked == [("/{host}/{meeting}", 404)]  # a look that was answered is no news

"""A page on pause: nothing is booked there before the day the host said; what stands, and the host's own word, goes on."""

from booking_service.actions.booking import time_offer
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import BookingState
from booking_service.storage import changes
from booking_service.storage.engine import snapshot
from tests.web.page_reader import look, read
from tests.web.site import Site, person_of_host, signed_in

TUESDAY_10 = "2030-01-08T09:00:00Z"


def test_a_paused_page_says_until_when_and_today_ends_the_pause(s: Site) -> None:
    ada = signed_in(s, person_of_host(s, s.w.host))
    held = s.hold()
    today = look(ada, "/host")
    pressed = today.button("Pause the page")
    for wrong in ("2030-01-07", "2031-02-01", "soon", ""):
        refused = read(ada.post(pressed, data={"until": wrong}))
        assert (refused.status, refused.one("input", id="until").get("value")) == (422, wrong), wrong
    answer = ada.post(pressed, data={"until": "2030-01-10"})
    assert "Your page is paused." in look(ada, answer.headers["location"]).text
    assert "Your page takes no bookings before Thursday 10 January 2030" in look(ada, "/host").text
    page = look(s.browser, "/ada/intro")
    assert page.status == 200
    assert "No bookings before Thursday 10 January" in page.text
    assert page.times() == {}
    assert "will again from Thursday 10 January 2030" in look(s.browser, "/ada").text
    told = s.browser.get("/api/v1/slots?host=ada&meeting=intro").json()
    assert (told["status"], told["until"]) == (409, "2030-01-10")
    refused = read(s.browser.post("/ada/intro/hold", data=s.form(start=TUESDAY_10, email="alan@example.net")))
    assert (refused.status, "No bookings before Thursday 10 January" in refused.text) == (409, True)
    assert "you paused your page" in look(ada, "/host/why").text
    assert s.browser.post(s.link(held, LinkPurpose.CONFIRM)).status_code == 303  # what stands goes on
    moved = s.browser.post(f"{s.link(held, LinkPurpose.MANAGE)}/move", data={"start": TUESDAY_10})
    assert moved.status_code == 409
    resumed = ada.post(look(ada, "/host").button("Take bookings again"), data={"act": "resume"})
    assert "Your page takes bookings again." in look(ada, resumed.headers["location"]).text
    assert look(s.browser, "/ada/intro").times()
    with snapshot(s.w.rt.engine) as session:
        recorded = [(each.before, each.after) for each in changes.latest(session, what="hosts.ada.paused_until")]
    assert recorded == [("2030-01-10", None), (None, "2030-01-10")]


def test_a_pause_ends_by_itself_and_never_stops_the_host_s_own_word(s: Site) -> None:
    ada = signed_in(s, person_of_host(s, s.w.host))
    booking = s.confirmed()
    ada.post("/host/pause", data={"until": "2030-01-08"})
    s.save(s.w.host)  # saving the host's setup leaves the pause as it is
    new = look(ada, "/host/bookings/new")
    form = {"type": "intro", "form_key": new.value("form_key"), "start": TUESDAY_10, "name": "Mary"}
    assert ada.post("/host/bookings/new", data={**form, "email": "mary@example.net"}).status_code == 303
    later = booking.time.start.replace(hour=12)
    time_offer.offer_time(s.w.rt, booking.id, later, now=s.w.now)
    taken = s.browser.post(f"{s.link(booking, LinkPurpose.MANAGE)}/offered?start={later:%Y-%m-%dT%H:%M:%SZ}")
    assert taken.status_code == 303
    assert s.booking(booking.public_id).state is BookingState.CONFIRMED
    s.w.pass_time(hours=14, minutes=59)
    assert "No bookings before" in look(s.browser, "/ada/intro").text
    s.w.pass_time(minutes=2)  # midnight in Berlin
    assert look(s.browser, "/ada/intro").times()

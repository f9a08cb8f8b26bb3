"""Two people type one mail address and tick the same box: whose tick is asked, kept and confirmed."""

import pytest

from booking_service.actions.consent import dossier as dossiers
from booking_service.actions.consent import verify
from booking_service.crypto.tokens import LinkPurpose as Link
from booking_service.domain.consent import Act, Asked, Basis
from booking_service.language import language_of
from booking_service.storage import contacts, ledger
from booking_service.storage.engine import snapshot
from booking_service.web.admin.consents.sentence import sentences
from tests.web.consents import chain, contact_of, link_in, mails, offer, shown_with, standing, ticked
from tests.web.page_reader import look
from tests.web.site import Site

OTHER_TIME = "2030-01-08T10:00:00Z"


def test_a_stranger_who_mends_their_address_takes_back_nobody_elses_tick(s: Site) -> None:
    offer(s)
    stranger = s.hold(name="Dr. Stranger", **ticked(s))
    s.w.drain()
    owner = s.hold(start=OTHER_TIME, form_key="o" * 22, **ticked(s))
    s.w.drain()
    [question] = mails(s, "yes")
    s.w.pass_time(minutes=1)
    s.browser.post(f"/b/{stranger.public_id}/address", data={"email": "hopper@example.net"})
    s.w.drain()
    assert len(mails(s, "yes", "hopper@example.net")) == 1
    assert look(s.browser, link_in(question, "yes")).h1 == "Confirm “Newsletter”?"
    assert Act.RETRACTED not in {entry.act for entry in chain(s)}
    s.browser.post(f"/b/{owner.public_id}/address", data={"email": "ghopper@example.net"})
    s.w.drain()
    assert chain(s)[-1].act is Act.RETRACTED, "nobody asks it any more"
    assert [shown_with(s, chain(s, f"{who}@example.net")[0]) for who in ("hopper", "ghopper")] == [
        shown_with(s, chain(s)[0])
    ] * 2
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()


def test_who_ticks_after_another_and_mends_their_address_leaves_the_question_of_the_first(s: Site) -> None:
    offer(s)
    s.hold(**ticked(s))
    stranger = s.hold(start=OTHER_TIME, form_key="o" * 22, **ticked(s))
    s.w.drain()
    s.browser.post(f"/b/{stranger.public_id}/address", data={"email": "hopper@example.net"})
    s.w.drain()
    assert standing(s).asked(now=s.w.now) is Asked.PENDING
    assert standing(s, address="hopper@example.net").asked(now=s.w.now) is Asked.PENDING


@pytest.mark.parametrize("confirms", ["", "first", "second"])
def test_what_is_confirmed_is_the_tick_of_whose_mailbox_it_is_and_each_tick_is_on_record(
    s: Site, confirms: str
) -> None:
    """Of several names that were typed with one address: of the booking that the mailbox confirmed, else the last."""
    offer(s)
    first = s.hold(name="Dr. Stranger", **ticked(s))
    s.w.drain()
    second = s.hold(start=OTHER_TIME, form_key="o" * 22, **ticked(s))
    s.w.drain()
    asked, mailed, again = chain(s)
    assert (again.act, again.refers, again.until) == (Act.ASKED, asked.id, asked.until)
    assert mailed.act is Act.MAILED
    assert standing(s).question == asked, "the question that was mailed stays the one that is answered"
    [question] = mails(s, "yes")
    if confirms:
        s.browser.post(s.link(first if confirms == "first" else second, Link.CONFIRM))
    s.browser.post(link_in(question, "yes"), data={"purpose": "newsletter", "answer": "yes"})
    s.w.drain()
    name = "Dr. Stranger" if confirms == "first" else "Grace Hopper"
    with snapshot(s.w.rt.engine) as session:
        contact = contacts.by_address(session, "grace@example.net")
        who = [link.body.get("who") for link in ledger.links(session, contact_of(s, "grace@example.net"))]
    assert who == ["Dr. Stranger", None, "Grace Hopper", name]
    assert contact is not None
    assert contact.name == name
    dossier = dossiers.show(s.w.rt, contact.id, language="en", now=s.w.now)
    [told] = sentences(dossier, language_of("en"), now=s.w.now)
    assert told.startswith(f"{name} agreed to")
    assert standing(s).basis is Basis.DOUBLE
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()

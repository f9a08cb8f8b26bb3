"""Examples of staff's work on contacts: rules, messages, questions, and looks at hidden data."""

from datetime import datetime

from ..actions.consent import ask_list, follow_ups, messages, news
from ..actions.privacy import staff_acts
from ..domain.audit import Actor
from ..domain.contact_filter import NEVER, Filter
from ..domain.follow_ups import Audience
from ..runtime import Runtime
from .addresses import OFFICE

_STAFF, _CALLED = OFFICE.id.hex, OFFICE.name
_BY = Actor(name=OFFICE.name)


def make(rt: Runtime, *, receiver: str, now: datetime) -> None:
    """`receiver`: the address of the webhooks."""
    follow_ups.add(rt, "newsletter", receiver, by=_BY, now=now)
    follow_ups.add_of_changes(rt, receiver, host_id=None, by=_BY, now=now)
    follow_ups.add_mail(rt, "partner", Audience.PARTNER, "contacts@difference-works.example", by=_BY, now=now)
    follow_ups.add_mail(rt, "newsletter", Audience.STAFF, "team@example.org", by=_BY, now=now)
    staff_acts.reveal(rt, "grace@example.net", "insurance-number", by=_STAFF, why="Her insurer asked for it", now=now)
    evening = messages.draft(
        rt,
        "newsletter",
        subject="Open evening at the engine",
        text="On the first Thursday of the month the engine runs until nine. Come and bring your numbers.",
        by=_STAFF,
        called=_CALLED,
        now=now,
    )
    messages.start(rt, evening, by=_BY, now=now)
    messages.draft(
        rt,
        "newsletter",
        subject="Holidays",
        text="The workshop is closed between the years.",
        by=_STAFF,
        called=_CALLED,
        now=now,
    )
    told = news.draft(rt, "partner", by=_STAFF, called=_CALLED, now=now)
    messages.start(rt, told, by=_BY, now=now)
    never_asked = Filter(purpose="partner", standing=NEVER, text="mary")
    asked = ask_list.draft(rt, "partner", never_asked, by=_STAFF, called=_CALLED, now=now)
    ask_list.start(rt, asked, reason="Asked for it at the fair", by=_BY, now=now)

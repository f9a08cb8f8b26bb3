"""News: contacts are told once that the preferences page or a purpose was switched on. It asks for no consent.

Recipients are decided by recipients.py; it is sent as messages are (messages.py). News that begins by itself waits a
while, so that conditions and texts can be finished, and its list is made then.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from ...crypto.ids import new_id
from ...domain.effects import MailKind
from ...domain.gate import NEWS
from ...domain.messages import Message, MessageState
from ...domain.purposes import EVERY, NewsRules, TellNews
from ...runtime import Runtime
from ...storage import messages, purposes
from ...storage.engine import snapshot, transaction
from . import messages as sending
from .append import known_purpose
from .find import names_of
from .messages import CannotBeWritten, ShownMessage
from .offers import wording_for

PAGE = EVERY
FIRST_AFTER = timedelta(minutes=15)


def subjects(rt: Runtime, language: str) -> list[tuple[str, str]]:
    """What news can be about: the page as PAGE (with "" as its name), then purposes in use with a wording."""
    with snapshot(rt.engine) as session:
        names = names_of(session, language)
        found = [(PAGE, "")] if purposes.rules(session).page.active else []
        return found + [
            (each.slug, names[each.slug])
            for each in purposes.every(session)
            if each.active and wording_for(session, each.slug, "") is not None
        ]


def rules(rt: Runtime) -> NewsRules:
    """Who is told, and when."""
    with snapshot(rt.engine) as session:
        return purposes.rules(session).news


def draft(rt: Runtime, about: str, *, by: str, called: str, now: datetime) -> UUID:
    """Store news as a draft; a worker makes its list. Raises UnknownPurpose, CannotBeWritten."""
    return _list(rt, _written(rt, about, by=by, called=called, now=now), now=now)


def tell(rt: Runtime, about: str, *, by: str, called: str, now: datetime) -> UUID:
    """As `draft`, and send it as soon as the list is made. Raises UnknownPurpose, CannotBeWritten."""
    return _list(rt, replace(_written(rt, about, by=by, called=called, now=now), queued_at=now), now=now)


def would(rt: Runtime, about: str, *, language: str, now: datetime) -> ShownMessage:
    """Who would be told; stores nothing. Raises UnknownPurpose, CannotBeWritten."""
    written = _written(rt, about, by="", called="", now=now)
    return sending.look_at(rt, *sending.listed(rt, written, now=now), language=language, now=now)


def latest(rt: Runtime, *, drafts: bool = False, language: str, now: datetime, limit: int = 10) -> list[ShownMessage]:
    """The latest news that was begun or is scheduled, newest first; with `drafts` those too."""
    return sending.latest(rt, kinds=NEWS, drafts=drafts, language=language, now=now, limit=limit)


def switched_on(session: Session, about: str, *, by: str, now: datetime) -> None:
    """The page or a purpose was switched on in this transaction: schedule news where the organisation wants that."""
    rule = purposes.rules(session).news
    if rule.tell is not TellNews.AT_ONCE:
        return
    message = replace(_message(about, rule, by=by, called=by, now=now), state=MessageState.WAITING)
    messages.save(session, message)
    sending.have_sent(session, message, due_at=now + FIRST_AFTER, now=now)


def _list(rt: Runtime, written: Message, *, now: datetime) -> UUID:
    with transaction(rt.engine) as session:
        messages.save(session, written)
        sending.have_sent(session, written, due_at=now, now=now)
    return written.id


def _written(rt: Runtime, about: str, *, by: str, called: str, now: datetime) -> Message:
    with snapshot(rt.engine) as session:
        known = purposes.rules(session)
        if known.news.tell is TellNews.NEVER:
            raise CannotBeWritten("The organisation has nobody told of news.")
        if not known.page.active if about == PAGE else not _can_be_told(session, about):
            raise CannotBeWritten("It is not in use, or has no text yet.")
        return _message(about, known.news, by=by, called=called, now=now)


def _can_be_told(session: Session, slug: str) -> bool:
    return known_purpose(session, slug).active and wording_for(session, slug, "") is not None


def _message(about: str, rule: NewsRules, *, by: str, called: str, now: datetime) -> Message:
    return Message(
        id=new_id(now),
        kind=MailKind.PAGE_NEWS if about == PAGE else MailKind.PURPOSE_NEWS,
        purpose=about,
        made_at=now,
        made_by=by,
        called=called,
        among=rule.conditions,
    )

"""The link in the mail about a new browser: whoever was not in it ends everything at once."""

import hmac
from datetime import datetime
from uuid import UUID

from sqlmodel import Session as Database

from ...crypto.tokens import LinkPurpose, candidates, well_formed
from ...domain.audit import Actor
from ...domain.errors import UnknownLink
from ...domain.people import Person
from ...domain.sessions import KnownBrowser
from ...runtime import Runtime
from ...storage import browsers, people
from ...storage.engine import snapshot, transaction
from . import api_tokens, identities, passwords
from .sessions import end_all


def path(rt: Runtime, browser_id: UUID) -> str:
    """The path of the link that is mailed about a browser."""
    token = candidates(rt.ring, purpose=LinkPurpose.SIGN_OUT, subject=browser_id, generation=0)[0]
    return f"/{LinkPurpose.SIGN_OUT}/{browser_id}/{token}"


def opened(rt: Runtime, browser_id: UUID, token: str) -> tuple[KnownBrowser, Person]:
    """Whom the link would sign out, and the browser that it was mailed about. Raises UnknownLink."""
    with snapshot(rt.engine) as database:
        return _opened(rt, database, browser_id, token)


def stop(rt: Runtime, browser_id: UUID, token: str, *, by: Actor, now: datetime) -> None:
    """Sign its person out everywhere, and let neither their password nor an account of the identity provider sign in any more.
    Tokens that were made since the browser was new end as well. A second factor stays: who reads the mails alone must not be rid of it.

    Raises UnknownLink."""
    with transaction(rt.engine) as database:
        browser, person = _opened(rt, database, browser_id, token)
        end_all(database, person, by=by, now=now)
    passwords.remove_password(rt, person, by=by, now=now)
    for each in identities.linked(rt, person.id):
        identities.unlink(rt, person, each.id, by=by, now=now)
    api_tokens.revoke_made(rt, person, since=browser.created_at, by=by, now=now)


def _opened(rt: Runtime, database: Database, browser_id: UUID, token: str) -> tuple[KnownBrowser, Person]:
    good = candidates(rt.ring, purpose=LinkPurpose.SIGN_OUT, subject=browser_id, generation=0)
    browser = browsers.get(database, browser_id)
    if browser is None or not (well_formed(token) and any(hmac.compare_digest(token, each) for each in good)):
        raise UnknownLink("no browser answers to this link")
    return browser, people.get(database, browser.person_id)

"""As `own_words`, for letters that are not about a booking: calendars, consents, own data, signing in."""

from collections.abc import Mapping
from datetime import datetime

from ...domain.audit import AuditAct
from ...domain.effects import MailKind
from ...domain.localized_text import worded
from ...domain.mail_texts import Word
from ...language import language_of
from ..facts import ContactFacts, HostNoticeFacts
from ..headers import clean
from .account import AccountFacts
from .blocks import Block, Button, FurtherLink, Letter
from .consent import names
from .own_data import wish_words
from .own_words import rewritten
from .phrases import Reader, moment, stamp

_OTHER_NEWS = (AuditAct.ROLES_CHANGED, AuditAct.ADDRESS_CHANGED)


def notice_in_own_words(usual: Letter, *, kind: MailKind, reader: Reader, facts: HostNoticeFacts) -> Letter:
    """A notice about a calendar or many holds."""
    if facts.own is None:
        return usual
    values = {
        Word.HOST: facts.host.name,
        Word.ORGANISATION: facts.organisation.name or facts.host.name,
        Word.CALENDAR: facts.calendar,
        Word.COUNT: str(facts.vanished or facts.holds),
    }
    short: dict[Word, str] = {}
    if facts.booking is not None and facts.meeting is not None:
        time = facts.booking.time
        values |= {
            Word.NAME: clean(facts.booking.invitee.name),
            Word.TITLE: worded(facts.meeting.title, reader.language.code, writer=facts.host.language).text,
            Word.WHEN: reader.language.when(time.start, time.end, reader.zone),
        }
        short = {Word.WHEN: moment(reader, time.start)}
    return rewritten(usual, facts.own, kind=kind, values=values, short=short, links=_act(usual))


def contact_in_own_words(usual: Letter, *, kind: MailKind, reader: Reader, facts: ContactFacts) -> Letter:
    """A letter to a contact. That all use of data ended is always in the usual words, as it is about no single
    consent."""
    if facts.own is None or any(each.everything for each in facts.consents):
        return usual
    until = facts.until or max((each.until for each in facts.consents if each.until), default=facts.now)
    values = {
        Word.ORGANISATION: facts.organisation.name,
        Word.CONSENT: names(facts.consents) or wish_words(facts, reader.language),
        Word.UNTIL: stamp(reader, until),
    }
    short = {Word.UNTIL: reader.language.instant(until, reader.zone)}
    return rewritten(usual, facts.own, kind=kind, values=values, short=short, links=_act(usual))


def account_in_own_words(usual: Letter, *, kind: MailKind, facts: AccountFacts) -> Letter:
    """A letter to a person. Changed roles and addresses are always in the usual words.

    The text for `account-changed` is written for ways to sign in.
    """
    if facts.own is None or (kind is MailKind.ACCOUNT_CHANGED and facts.what in _OTHER_NEWS):
        return usual
    values = {
        Word.PERSON: clean(facts.person.name),
        Word.ORGANISATION: facts.organisation.name or clean(facts.person.name),
        Word.UNTIL: _until(facts, facts.ends_at or facts.now),
    }
    return rewritten(usual, facts.own, kind=kind, values=values, short={}, links=_act(usual))


def _until(facts: AccountFacts, instant: datetime) -> str:
    zone = facts.person.zone
    return language_of(facts.person.language).instant(instant, zone, today=facts.at.astimezone(zone).date())


def _act(usual: Letter) -> Mapping[Word, Block]:
    """The letter's button or link."""
    act = next((each for each in usual.blocks if isinstance(each, Button | FurtherLink)), None)
    return {Word.ACT_LINK: act} if act else {}

"""The consents that a booking form offers, with the exact texts that its reader is shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from ...domain.meeting import ConsentBlock, MeetingType
from ...domain.purposes import Part, Purpose, Wording, parts_of
from ...runtime import Runtime
from ...storage import hosts, purposes
from ...storage.engine import snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedConsent:
    """A purpose in use, with its present wording. `by_mail`: a tick must be confirmed by a mailed link."""

    block: ConsentBlock
    purpose: Purpose
    wording: Wording
    by_mail: bool

    @property
    def texts(self) -> Mapping[Part, str]:
        return parts_of(self.wording)


def offered(rt: Runtime, meeting: MeetingType, language: str) -> tuple[OfferedConsent, ...]:
    """The consents on this meeting type's form in this language, in the order of its blocks."""
    if not meeting.purposes:
        return ()
    with snapshot(rt.engine) as session:
        return tuple(_offered(session, meeting.purposes, language))


def _offered(session: Session, blocks: Iterable[ConsentBlock], language: str) -> Iterable[OfferedConsent]:
    rules = purposes.rules(session)
    for block in blocks:
        purpose = purposes.find(session, block.purpose)
        wording = wording_for(session, block.purpose, language)
        if purpose is not None and purpose.active and wording is not None:
            yield OfferedConsent(block=block, purpose=purpose, wording=wording, by_mail=purpose.asks_by_mail(rules))


def wording_for(session: Session, purpose: str, language: str) -> Wording | None:
    """The newest wording: in the reader's language, else the organisation's, else any; None where there is none."""
    texts = purposes.current_wordings(session, purpose)
    wished = (language, hosts.organisation(session).default_language, *sorted(texts))
    return next((texts[code] for code in wished if code in texts), None)

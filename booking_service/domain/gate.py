"""The gate: every mail and every other way out asks here, at the moment it leaves.

Something is either the person's own affair, and refused only where the mailbox wants no mail; or it is gated, and needs
a standing that the organisation accepts. Only `decide` makes a Pass.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from .consent import OUT, Basis, Standing
from .effects import MailKind
from .mail_kinds import ROWS, Gated
from .purposes import Accepts, ConsentRules, Purpose, PurposeKind


class WayOut(StrEnum):
    """How personal data leaves, other than by a mail to the person concerned."""

    LIST = "list"
    CALL_LIST = "call-list"
    WEBHOOK = "webhook"
    BOOKING_WEBHOOK = "booking-webhook"  # to programs of those with whom they booked
    ANNOUNCEMENT = "announcement"


NEWS = frozenset({MailKind.PURPOSE_NEWS, MailKind.PAGE_NEWS})
_LISTS = frozenset({WayOut.LIST, WayOut.CALL_LIST})
WAYS_OUT: Mapping[WayOut, Gated] = {
    WayOut.LIST: Gated.BY_STANDING,
    WayOut.CALL_LIST: Gated.BY_STANDING,
    WayOut.WEBHOOK: Gated.BY_STANDING,
    WayOut.BOOKING_WEBHOOK: Gated.OWN_AFFAIR,
    WayOut.ANNOUNCEMENT: Gated.BY_STANDING,
}


class Refused(StrEnum):
    """Why something may not leave."""

    BLOCKED = "blocked"
    STOPPED = "stopped"
    ERASED = "erased"
    OFF = "purpose-off"
    CONDITIONS = "conditions"
    EXPIRED = "expired"
    NOT_ACCEPTED = "not-accepted"
    SAID_NO = "said-no"  # said no to the purpose that the news is about
    NO_ADDRESS = "no-address"  # for a list of people to mail
    NO_NUMBER = "no-number"  # for a list of people to call
    OTHER_NUMBER = "other-number"  # agreed to calls at another number than the present one
    UNSORTED = "unsorted"  # a kind of mail in neither set, which never leaves


@dataclass(frozen=True, slots=True)
class Use:
    """What is to leave, and for which purpose; None for own affairs."""

    what: MailKind | WayOut
    purpose: Purpose | None = None

    @property
    def gated(self) -> Gated | None:
        return WAYS_OUT[self.what] if isinstance(self.what, WayOut) else ROWS[self.what].gated


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSubject:
    """The contact concerned.

    `blocked`: the mailbox wants no mail at all. `address`, `number`: there is one. `other_number`: the standing is
    about another number. `profile`: the values that conditions are checked against.
    """

    contact_id: UUID | None
    blocked: bool = False
    erased: bool = False
    address: bool = True
    number: bool = True
    other_number: bool = False
    profile: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the organisation accepts for one purpose. `wants_no_consent`: anything but a no is enough."""

    bases: frozenset[Basis]
    wants_no_consent: bool = False

    @classmethod
    def of_use(cls, use: Use, rules: ConsentRules) -> "Policy":
        """The policy of a use. News of a purpose or of the preferences page needs no consent, but reaches nobody who
        said no."""
        if use.purpose is None:
            return cls(bases=frozenset())
        if use.what in NEWS:
            return cls(bases=frozenset(Basis), wants_no_consent=True)
        return cls.of(use.purpose, rules)

    @classmethod
    def of(cls, purpose: Purpose, rules: ConsentRules) -> "Policy":
        """The policy of a purpose: its own choice, else the organisation's.

        Calls need an express consent, given in a form or recorded by staff, as a mail can't prove a number.
        """
        if purpose.kind is PurposeKind.PHONE:
            return cls(bases=frozenset({Basis.USER, Basis.FORM}))
        implied = rules.implied if purpose.implied is None else purpose.implied
        return cls(bases=_accepted(purpose.accepts or rules.accepts) | ({Basis.IMPLIED} if implied else set()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """It may leave now. `entry_id`: the entry it rests on; None for own affairs."""

    use: Use
    contact_id: UUID | None
    entry_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """It may not leave. `basis`: the present one."""

    use: Use
    contact_id: UUID | None
    why: Refused
    basis: Basis
    entry_id: UUID | None
    at: datetime

    @property
    def word(self) -> str:
        """The reason in one word, for the log and the outbox, with the basis where that was not enough."""
        return f"{self.why.value}: {self.basis.value}" if self.why is Refused.NOT_ACCEPTED else self.why.value


def decide(use: Use, contact: GateSubject, standing: Standing, policy: Policy, now: datetime) -> Pass | Refusal:
    """Whether it may leave at `now`."""
    why, entry_id = _refused(use, contact, standing, policy, now), None
    if use.gated is not Gated.OWN_AFFAIR and standing.rests_on is not None:
        entry_id = standing.rests_on.id
    if why is None:
        return Pass(use=use, contact_id=contact.contact_id, entry_id=entry_id, at=now)
    if why is Refused.STOPPED and standing.stopped is not None:
        entry_id = standing.stopped.id
    return Refusal(use=use, contact_id=contact.contact_id, why=why, basis=standing.basis, entry_id=entry_id, at=now)


def _refused(use: Use, contact: GateSubject, standing: Standing, policy: Policy, now: datetime) -> Refused | None:
    if use.gated is None or (use.gated is Gated.BY_STANDING) != (use.purpose is not None):
        return Refused.UNSORTED
    if contact.blocked:
        return Refused.BLOCKED
    if use.purpose is None:
        return _kept_from_others(use.what, contact, standing)
    if contact.erased or (standing.erased is not None and not standing.granted):
        return Refused.ERASED
    if standing.stopped is not None:
        return Refused.STOPPED
    if not use.purpose.active:
        return Refused.OFF
    if not use.purpose.concerns(contact.profile):
        return Refused.CONDITIONS
    if policy.wants_no_consent:
        return Refused.SAID_NO if standing.own_no is not None or standing.basis in OUT else None
    if standing.basis not in policy.bases:
        return Refused.NOT_ACCEPTED
    expired = standing.expired(lasts=use.purpose.lasts, now=now)
    return Refused.EXPIRED if expired else _out_of_reach(use.what, use.purpose, contact)


def _kept_from_others(what: MailKind | WayOut, contact: GateSubject, standing: Standing) -> Refused | None:
    """Mails about their own affairs go on to whom all use was stopped for, as they go to nobody else."""
    if not isinstance(what, WayOut):
        return None
    if contact.erased:
        return Refused.ERASED
    return Refused.STOPPED if standing.stopped is not None else None


def _out_of_reach(what: MailKind | WayOut, purpose: Purpose, contact: GateSubject) -> Refused | None:
    """Why the contact can't be reached by this list: mails need an address, calls a number that was agreed to.

    A number that was not agreed to is handed out in no way.
    """
    hands_on = isinstance(what, WayOut) or what is MailKind.CONSENT_TOLD
    if hands_on and purpose.kind is PurposeKind.PHONE and contact.other_number:
        return Refused.OTHER_NUMBER
    if what not in _LISTS:
        return None
    if purpose.kind is PurposeKind.EMAIL and not contact.address:
        return Refused.NO_ADDRESS
    return Refused.NO_NUMBER if purpose.kind is PurposeKind.PHONE and not contact.number else None


def _accepted(accepts: Accepts) -> frozenset[Basis]:
    match accepts:
        case Accepts.DOUBLE:
            return frozenset({Basis.DOUBLE})
        case Accepts.USER:
            return frozenset({Basis.DOUBLE, Basis.USER})
        case Accepts.FORM:
            return frozenset({Basis.DOUBLE, Basis.USER, Basis.FORM})
        case _:
            assert_never(accepts)

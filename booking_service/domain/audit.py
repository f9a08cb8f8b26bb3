"""The audit log: who did what to people, to the ways they sign in, and to what is set up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .people import Person


class Area(StrEnum):
    """The part of the service that an entry belongs to; the log is filtered by it."""

    SIGNING_IN = "signing-in"
    PEOPLE = "people"
    CONSENTS = "consents"  # what staff did to many contacts at once, without naming any of them
    SETUP = "setup"  # changes to what the setup file holds, and effects that were dropped from the outbox


class AuditAct(StrEnum):
    """What was done. Stored, so the spellings never change."""

    SIGNED_IN = "signed-in"
    SESSION_ENDED = "session-ended"
    SIGNED_OUT_EVERYWHERE = "signed-out-everywhere"
    PASSWORD_SET = "password-set"  # noqa: S105 (a word for it)
    PASSWORD_REMOVED = "password-removed"  # noqa: S105
    ADDRESS_CHANGED = "address-changed"  # the address with which they sign in
    SECOND_FACTOR_ON = "second-factor-on"
    SECOND_FACTOR_OFF = "second-factor-off"
    SECOND_FACTOR_RESET = "second-factor-reset"  # by an administrator
    RECOVERY_CODES_MADE = "recovery-codes-made"
    RECOVERY_CODE_USED = "recovery-code-used"
    IDENTITY_LINKED = "identity-linked"  # an account of the identity provider
    IDENTITY_UNLINKED = "identity-unlinked"
    PERSON_ADDED = "person-added"
    INVITED_AGAIN = "invited-again"
    PERSON_RENAMED = "person-renamed"
    ROLES_CHANGED = "roles-changed"
    TOKEN_MADE = "token-made"  # noqa: S105
    TOKEN_REVOKED = "token-revoked"  # noqa: S105
    PERSON_REMOVED = "person-removed"
    WEBHOOK_ADDED = "webhook-added"
    WEBHOOK_ROTATED = "webhook-rotated"
    WEBHOOK_REMOVED = "webhook-removed"
    BOOKING_WEBHOOK_ADDED = "booking-webhook-added"
    BOOKING_WEBHOOK_ROTATED = "booking-webhook-rotated"
    BOOKING_WEBHOOK_REMOVED = "booking-webhook-removed"
    RULE_ADDED = "rule-added"  # a rule on who is told of answers by mail
    RULE_REMOVED = "rule-removed"
    AUDIT_EXPORTED = "audit-exported"
    BOOKINGS_EXPORTED = "bookings-exported"
    MAIL_TEXT_SAVED = "mail-text-saved"
    MAIL_TEXT_CHOSEN = "mail-text-chosen"
    LIST_ASKED = "list-asked"
    LIST_STOPPED = "list-stopped"
    MESSAGE_BEGUN = "message-begun"  # begun, or resumed after a pause
    MESSAGE_STOPPED = "message-stopped"
    NEWS_BEGUN = "news-begun"  # begun, or resumed after a pause
    NEWS_STOPPED = "news-stopped"
    IMPORT_TAKEN_BACK = "import-taken-back"
    IMPORT_REVERTED = "import-reverted"
    FIELD_EMPTIED = "field-emptied"  # the values of everybody
    FIELD_DELETED = "field-deleted"
    ATTACK_ON = "attack-on"
    ATTACK_OFF = "attack-off"
    NETWORK_BLOCKED = "network-blocked"
    NETWORK_LET_IN = "network-let-in"
    BLOCK_LIFTED = "block-lifted"  # of a mailbox that had wanted no mail
    CHANGED = "changed"  # only shown in this log: such entries are stored in the changes to what is set up


class SignInMethod(StrEnum):
    """How somebody signed in."""

    LINK = "link"
    CODE = "code"
    PASSWORD = "password"  # noqa: S105 (a word for it)
    PROVIDER = "provider"  # an account of the identity provider


class SecondFactorMethod(StrEnum):
    """How somebody showed their second factor."""

    APP = "app"
    RECOVERY = "recovery-code"
    PROVIDER = "provider"  # the provider asked for one itself


AREAS: Mapping[AuditAct, Area] = {
    AuditAct.SIGNED_IN: Area.SIGNING_IN,
    AuditAct.SESSION_ENDED: Area.SIGNING_IN,
    AuditAct.SIGNED_OUT_EVERYWHERE: Area.SIGNING_IN,
    AuditAct.PASSWORD_SET: Area.SIGNING_IN,
    AuditAct.PASSWORD_REMOVED: Area.SIGNING_IN,
    AuditAct.ADDRESS_CHANGED: Area.SIGNING_IN,
    AuditAct.SECOND_FACTOR_ON: Area.SIGNING_IN,
    AuditAct.SECOND_FACTOR_OFF: Area.SIGNING_IN,
    AuditAct.SECOND_FACTOR_RESET: Area.SIGNING_IN,
    AuditAct.RECOVERY_CODES_MADE: Area.SIGNING_IN,
    AuditAct.RECOVERY_CODE_USED: Area.SIGNING_IN,
    AuditAct.IDENTITY_LINKED: Area.SIGNING_IN,
    AuditAct.IDENTITY_UNLINKED: Area.SIGNING_IN,
    AuditAct.PERSON_ADDED: Area.PEOPLE,
    AuditAct.INVITED_AGAIN: Area.PEOPLE,
    AuditAct.PERSON_RENAMED: Area.PEOPLE,
    AuditAct.ROLES_CHANGED: Area.PEOPLE,
    AuditAct.TOKEN_MADE: Area.PEOPLE,
    AuditAct.TOKEN_REVOKED: Area.PEOPLE,
    AuditAct.PERSON_REMOVED: Area.PEOPLE,
    AuditAct.WEBHOOK_ADDED: Area.SETUP,
    AuditAct.WEBHOOK_ROTATED: Area.SETUP,
    AuditAct.WEBHOOK_REMOVED: Area.SETUP,
    AuditAct.BOOKING_WEBHOOK_ADDED: Area.SETUP,
    AuditAct.BOOKING_WEBHOOK_ROTATED: Area.SETUP,
    AuditAct.BOOKING_WEBHOOK_REMOVED: Area.SETUP,
    AuditAct.RULE_ADDED: Area.SETUP,
    AuditAct.RULE_REMOVED: Area.SETUP,
    AuditAct.AUDIT_EXPORTED: Area.PEOPLE,
    AuditAct.BOOKINGS_EXPORTED: Area.PEOPLE,
    AuditAct.MAIL_TEXT_SAVED: Area.SETUP,
    AuditAct.MAIL_TEXT_CHOSEN: Area.SETUP,
    AuditAct.LIST_ASKED: Area.CONSENTS,
    AuditAct.LIST_STOPPED: Area.CONSENTS,
    AuditAct.MESSAGE_BEGUN: Area.CONSENTS,
    AuditAct.MESSAGE_STOPPED: Area.CONSENTS,
    AuditAct.NEWS_BEGUN: Area.CONSENTS,
    AuditAct.NEWS_STOPPED: Area.CONSENTS,
    AuditAct.IMPORT_TAKEN_BACK: Area.CONSENTS,
    AuditAct.IMPORT_REVERTED: Area.CONSENTS,
    AuditAct.FIELD_EMPTIED: Area.CONSENTS,
    AuditAct.FIELD_DELETED: Area.CONSENTS,
    AuditAct.ATTACK_ON: Area.SETUP,
    AuditAct.ATTACK_OFF: Area.SETUP,
    AuditAct.NETWORK_BLOCKED: Area.SETUP,
    AuditAct.NETWORK_LET_IN: Area.SETUP,
    AuditAct.BLOCK_LIFTED: Area.PEOPLE,
    AuditAct.CHANGED: Area.SETUP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did something, and from where: a name that still makes sense when the person is gone."""

    name: str
    agent: str = ""
    network: str = ""

    @classmethod
    def of(cls, person: Person, *, agent: str = "", network: str = "") -> "Actor":
        return cls(name=named(person), agent=agent, network=network)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One act. `before` and `after`: what it changed. `source`, `number`: its order among entries of the same instant."""

    at: datetime
    act: AuditAct
    by: str
    about: str = ""
    before: str = ""
    after: str = ""
    reason: str = ""
    agent: str = ""
    network: str = ""
    source: int = 0
    number: int = 0

    @property
    def place(self) -> "AuditCursor":
        return AuditCursor(self.at, self.source, self.number)


@dataclass(frozen=True, slots=True, order=True)
class AuditCursor:
    """A position in the log, which is read from the newest entry on."""

    at: datetime
    source: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What the log is searched for: words in the name of a person or thing, an area, and a time (`until` exclusive)."""

    text: str = ""
    area: Area | None = None
    since: datetime | None = None
    until: datetime | None = None


def named(person: Person) -> str:
    return f"{person.name} <{person.email}>"

"""What an organisation decides for all hosts, who decided it and why, and which changes need a reason."""

from dataclasses import dataclass
from datetime import datetime

from .people import Organisation
from .purposes import ConsentRules

REASON_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Policies:
    """All policies in force."""

    organisation: Organisation
    rules: ConsentRules


@dataclass(frozen=True, slots=True)
class SetBy:
    """Who last set a policy, when, and the reason if one was given."""

    by: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Weight:
    """The consequences of a change that need a reason on record."""

    bookings_unproven: bool = False  # people can book with somebody else's address
    consents_unproven: bool = False  # people can consent with somebody else's address
    withdrawals_wait: bool = False  # ending a consent takes a second press
    erases: bool = False  # data that is kept today will be erased

    def __bool__(self) -> bool:
        return self.bookings_unproven or self.consents_unproven or self.withdrawals_wait or self.erases


def weight(before: Policies, after: Policies, *, usual_days: int) -> Weight:
    """The consequences of a change. `usual_days`: how long details are kept where no policy says."""
    old, new = before.organisation, after.organisation
    return Weight(
        bookings_unproven=old.doi_forced and not new.doi_forced,
        consents_unproven=before.rules.opt_in and not after.rules.opt_in,
        withdrawals_wait=after.rules.confirm_withdrawals_too and not before.rules.confirm_withdrawals_too,
        erases=new.days_kept(usual_days) < old.days_kept(usual_days) or new.audit_days < old.audit_days,
    )

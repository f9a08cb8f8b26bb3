"""What an organisation decides for everybody, who decided it and why, and which changes want a second thought."""

from dataclasses import dataclass
from datetime import datetime

from .people import Organisation
from .purposes import ConsentRules

REASON_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Policies:
    """Everything that holds for every host."""

    organisation: Organisation
    rules: ConsentRules


@dataclass(frozen=True, slots=True)
class SetBy:
    """Who set a policy last, when, and why where they said."""

    by: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Weight:
    """What of a change is to be thought over before it is made: whoever makes it says why."""

    bookings_unproven: bool = False  # bookings may be made by whoever types somebody else's address
    consents_unproven: bool = False  # the same of consents
    withdrawals_wait: bool = False  # who ends a consent is made to press twice
    erases: bool = False  # what is kept today is not kept then

    def __bool__(self) -> bool:
        return self.bookings_unproven or self.consents_unproven or self.withdrawals_wait or self.erases


def weight(before: Policies, after: Policies, *, usual_days: int) -> Weight:
    """`usual_days`: for how long details are kept where nobody decided."""
    old, new = before.organisation, after.organisation
    return Weight(
        bookings_unproven=old.doi_forced and not new.doi_forced,
        consents_unproven=before.rules.opt_in and not after.rules.opt_in,
        withdrawals_wait=after.rules.confirm_withdrawals_too and not before.rules.confirm_withdrawals_too,
        erases=new.days_kept(usual_days) < old.days_kept(usual_days) or new.audit_days < old.audit_days,
    )

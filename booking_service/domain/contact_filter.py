"""Which contacts a list shows."""

from dataclasses import dataclass
from datetime import date

from .consent import Asked, Basis

NEVER, EXPIRED, STOPPED = "never", "expired", "stopped"  # beside the bases and how a question stands
EVER_ASKED = "asked"  # whatever came of it
STANDINGS = (
    *(NEVER, EVER_ASKED, Asked.PENDING.value, *(each.value for each in Basis if each is not Basis.NONE)),
    *(Asked.DECLINED.value, Asked.LAPSED.value, EXPIRED, STOPPED),
)
NO_SOURCE = "no-source"  # of a consent brought from outside: where or when it was given
NO_ADDRESS = "no-address"  # of one to emails
NO_NUMBER = "no-number"  # of one to calls
CONTRADICTORY = "contradictory"  # it was given for another number than its contact has
LACKING = (NO_SOURCE, NO_ADDRESS, NO_NUMBER, CONTRADICTORY)
LISTS = (*STANDINGS, *LACKING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which contacts: what is not said does not matter. `standing`: one of LISTS, of which STANDINGS are apart from one another but for "asked". `text`:
    words in name or address, a number, or the id of a consent."""

    purpose: str = ""
    standing: str = ""
    source: str = ""
    given_from: date | None = None
    given_to: date | None = None
    optin_id: str = ""
    text: str = ""

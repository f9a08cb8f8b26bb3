"""Calendars of stored accounts, opened with what settings and keys say. Imported with the first that is wanted, as the client
and the libraries under it take as long as the rest of a page's modules."""

from calendars.dav.client import connect
from calendars.errors import PasswordUnknown
from calendars.port import Calendar

from .actions.calendar.accounts import signing_in
from .config.settings import Settings
from .crypto import keys
from .storage import calendars


def opened(settings: Settings, ring: keys.KeyRing, account: calendars.Account, url: str) -> Calendar:
    """Raises PasswordUnknown, as whatever is wrong with one account must close that one only."""
    try:
        password = keys.unseal(ring, account.password, context=calendars.account_context(account.id)).decode()
    except keys.KeyTrouble as error:
        raise PasswordUnknown(f"the password of account {account.key} can't be read") from error
    access = signing_in(settings, url=account.url, user=account.username, password=password, auth=account.auth)
    return connect(access).calendar(url)

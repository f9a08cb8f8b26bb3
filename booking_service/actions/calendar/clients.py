"""Opening calendars of stored accounts. Imported late, as the CalDAV client takes as long as all of a page's
modules."""

from calendars.dav.client import connect
from calendars.errors import PasswordUnknown
from calendars.port import Calendar

from ...config.settings import Settings
from ...crypto import keys
from ...storage import calendars
from .accounts import signing_in


def opened(settings: Settings, ring: keys.KeyRing, account: calendars.Account, url: str) -> Calendar:
    """Raises PasswordUnknown, so that a problem of one account closes only its calendars."""
    try:
        password = keys.unseal(ring, account.password, context=calendars.account_context(account.id)).decode()
    except keys.KeyTrouble as error:
        raise PasswordUnknown(f"the password of account {account.key} can't be read") from error
    access = signing_in(settings, url=account.url, user=account.username, password=password, auth=account.auth)
    return connect(access).calendar(url)

"""Calendar providers: the tiles, and where each makes app passwords."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ...language import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarProvider:
    """`address`: filled into the form; "" for servers of one's own. `passwords`: the page for app passwords.

    A path with a slash is on the server itself.
    """

    key: str
    name: str
    address: str = ""
    passwords: str = ""


PROVIDERS: Mapping[str, CalendarProvider] = {
    each.key: each
    for each in (
        CalendarProvider(key="nextcloud", name="Nextcloud", passwords="/settings/user/security"),
        CalendarProvider(
            key="icloud",
            name="iCloud",
            address="https://caldav.icloud.com/",
            passwords="https://account.apple.com/account/manage",
        ),
        CalendarProvider(
            key="fastmail",
            name="Fastmail",
            address="https://caldav.fastmail.com/",
            passwords="https://app.fastmail.com/settings/security/integrations",
        ),
        CalendarProvider(
            key="mailbox-org",
            name="mailbox.org",
            address="https://dav.mailbox.org/",
            passwords="https://login.mailbox.org/",
        ),
        CalendarProvider(
            key="posteo", name="Posteo", address="https://posteo.de:8443/", passwords="https://posteo.de/"
        ),
        CalendarProvider(key="radicale", name="Radicale"),
    )
}


def beside_name(provider: CalendarProvider, language: Language) -> str:
    match provider.key:
        case "nextcloud":
            return language.text("your own server")
        case "icloud":
            return "Apple"
        case "radicale":
            return language.text("and other CalDAV")
        case _:
            return ""


def address_hint(provider: CalendarProvider, language: Language) -> str:
    match provider.key:
        case "nextcloud":
            return language.text("For Nextcloud, the address you open in the browser is enough.")
        case "radicale":
            return language.text("The address of the server, beginning with https://, or your email address.")
        case _:
            return ""


def user_hint(provider: CalendarProvider, language: Language) -> str:
    match provider.key:
        case "icloud":
            return language.text("The email address of your Apple Account.")
        case "fastmail" | "mailbox-org" | "posteo":
            return language.text("Your full email address there.")
        case _:
            return ""


def password_hint(provider: CalendarProvider, language: Language) -> str:
    match provider.key:
        case "nextcloud":
            return language.text(
                "Not your normal password: make one in Nextcloud under Settings, Security, Devices and sessions."
            )
        case "icloud":
            return language.text(
                "Not your normal password: make one under Sign-In and Security, App-Specific Passwords."
            )
        case "fastmail":
            return language.text(
                "Not your normal password: make one under Settings, Privacy & Security, App passwords."
            )
        case "mailbox-org":
            return language.text(
                "With two-factor sign-in, make an app password; otherwise it is the password of your mailbox."
            )
        case "posteo":
            return language.text("The password of your mailbox. Posteo has no app passwords.")
        case _:
            return language.text("The password of this account on the calendar server.")


def passwords_page(provider: CalendarProvider, address: str) -> str:
    """Where an app password is made; "" where that is unknown yet."""
    if not provider.passwords.startswith("/"):
        return provider.passwords
    typed = address if "://" in address else f"https://{address.rpartition('@')[2]}"
    parts = urlsplit(typed)
    own = parts.hostname is not None and parts.scheme == "https" and "." in parts.netloc
    return f"https://{parts.netloc}{provider.passwords}" if address and own else ""

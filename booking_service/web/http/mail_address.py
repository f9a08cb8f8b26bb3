"""Mail addresses as people type them."""

from email_validator import EmailNotValidError, validate_email

from ...domain.people import EMAIL_LENGTH, is_mail_address
from ...language import Language
from .forms import Reading, too_long

_LOOKALIKES = {
    "gmial.com": "gmail.com",
    "gmai.com": "gmail.com",
    "gamil.com": "gmail.com",
    "gmail.co": "gmail.com",
    "gmail.con": "gmail.com",
    "gmail.de": "gmail.com",
    "gnail.com": "gmail.com",
    "gmal.com": "gmail.com",
    "googlemail.co": "googlemail.com",
    "hotmial.com": "hotmail.com",
    "hotmal.com": "hotmail.com",
    "hotmail.co": "hotmail.com",
    "hotmail.con": "hotmail.com",
    "outlok.com": "outlook.com",
    "outlook.con": "outlook.com",
    "yaho.com": "yahoo.com",
    "yahoo.con": "yahoo.com",
    "yhoo.com": "yahoo.com",
    "iclod.com": "icloud.com",
    "icloud.con": "icloud.com",
    "gmx.dr": "gmx.de",
    "gmx.ed": "gmx.de",
    "web.dee": "web.de",
    "wbe.de": "web.de",
    "t-onlin.de": "t-online.de",
    "tonline.de": "t-online.de",
}


def read_email(typed: str, language: Language) -> tuple[str, str]:
    """The address with its domain in ASCII (RFC 5890), and what is wrong with it; one of the two is ""."""
    reading = Reading(language)
    email = read_address(typed, "email", reading)
    return (email, "") if not reading.problems else ("", reading.problems[0].text)


def likely_meant(email: str) -> str | None:
    """The probably intended address, where it misspells a well-known provider."""
    local, _, domain = email.rpartition("@")
    meant = _LOOKALIKES.get(domain.lower())
    return f"{local}@{meant}" if meant else None


def read_address(typed: str, name: str, reading: Reading) -> str:
    """The address for sending; an unusable one as typed, with the problem added to `reading`."""
    language, address = reading.language, typed.strip()
    if len(address) > EMAIL_LENGTH:
        reading.wrong(name, too_long(language, EMAIL_LENGTH, len(address)))
    elif "," in address or ";" in address:
        reading.wrong(name, language.text("Enter one email address only"))
    elif not address.rpartition("@")[0].isascii():
        reading.wrong(
            name,
            language.text("We can't send to addresses with letters like ä or é before the @. Enter another address."),
        )
    elif (deliverable := _deliverable(address)) is not None:
        return deliverable
    else:
        reading.wrong(name, language.text("Enter an email address like name@example.org"))
    return address


def _deliverable(address: str) -> str | None:
    """The address with its domain in ASCII; None if it can't get mail."""
    try:
        checked = validate_email(address, check_deliverability=False, strict=True, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    ascii_form = f"{checked.local_part}@{checked.ascii_domain}"
    return ascii_form if is_mail_address(ascii_form) else None

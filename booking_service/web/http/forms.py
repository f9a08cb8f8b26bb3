"""Fields of a form, read into values or into the list of what is wrong."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

from email_validator import EmailNotValidError, validate_email

from ...domain.people import EMAIL_LENGTH, is_mail_address
from ...language import Language

REASON_LENGTH = 500
_FORM_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
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


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: the field's name, and a sentence that says how."""

    field: str
    text: str


@dataclass(slots=True)
class Reading:
    language: Language
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, name: str, text: str) -> None:
        self.problems.append(Problem(name, text))


def read_email(typed: str, language: Language) -> tuple[str, str]:
    """The address to send to, its domain in ASCII form (RFC 5890), and what is wrong with it: one of them is empty."""
    reading = Reading(language)
    email = read_address(typed, "email", reading)
    return (email, "") if not reading.problems else ("", reading.problems[0].text)


def likely_meant(email: str) -> str | None:
    """The address that was probably meant, where a well-known provider's name is misspelt in it."""
    local, _, domain = email.rpartition("@")
    meant = _LOOKALIKES.get(domain.lower())
    return f"{local}@{meant}" if meant else None


def read_address(typed: str, name: str, reading: Reading) -> str:
    """The address as mail is sent to it; where it can't be sent to, as it was typed, and `reading` says what is wrong."""
    language, address = reading.language, typed.strip()
    if len(address) > EMAIL_LENGTH:
        reading.wrong(name, too_long(language, EMAIL_LENGTH, len(address)))
    elif "," in address or ";" in address:
        reading.wrong(name, language.text("Enter one email address only"))
    elif not address.rpartition("@")[0].isascii():
        reading.wrong(
            name, language.text("Letters like ä or é before the @ can't be delivered from here. Enter another address.")
        )
    elif (deliverable := _deliverable(address)) is not None:
        return deliverable
    else:
        reading.wrong(name, language.text("Enter an email address like name@example.org"))
    return address


def _deliverable(address: str) -> str | None:
    """The address with its domain in ASCII form; None if mail can't be sent to it."""
    try:
        checked = validate_email(address, check_deliverability=False, strict=True, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    ascii_form = f"{checked.local_part}@{checked.ascii_domain}"
    return ascii_form if is_mail_address(ascii_form) else None


def too_long(language: Language, most: int, count: int) -> str:
    return language.text("Shorten this to {most} characters or fewer: it has {count} now", most=most, count=count)


def reason_problems(field: str, reason: str, language: Language, *, missing: str) -> Iterator[Problem]:
    """What is wrong with a reason that has to be given: it is `missing`, or longer than REASON_LENGTH."""
    if not reason:
        yield Problem(field, missing)
    elif len(reason) > REASON_LENGTH:
        yield Problem(field, too_long(language, REASON_LENGTH, len(reason)))


def new_form_key() -> str:
    """Names one filling-in of a form, or one press of a button, so that submitting it twice does it once."""
    return secrets.token_urlsafe(16)


def is_form_key(key: str) -> bool:
    return bool(_FORM_KEY.fullmatch(key))

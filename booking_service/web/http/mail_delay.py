"""What pages say that speak of a mail on its way, while mails are delayed."""

from ...actions.mail.delay import Contact, delayed, delayed_to
from ...language import Language
from ...runtime import Runtime


def delay_words(rt: Runtime, language: Language) -> str:
    """The same to everybody, whatever is known of an address; "" while mails leave."""
    return _words(language) if delayed(rt) else ""


def own_delay_words(rt: Runtime, language: Language, contact: Contact) -> str:
    """To who holds a link that was mailed to this contact; "" where no mail to them waits for the mail server."""
    return _words(language) if delayed_to(rt, contact) else ""


def _words(language: Language) -> str:
    return language.text(
        "Emails are delayed here at the moment: our mail server does not take them. What is on its way leaves by itself as soon as it does."
    )

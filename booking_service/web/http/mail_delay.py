"""Remarks on pages about a mail, while mails are delayed."""

from ...actions.mail.delay import Contact, delayed, delayed_to
from ...language import Language
from ...runtime import Runtime


def delay_words(rt: Runtime, language: Language) -> str:
    """The same for everybody, whatever is known of an address; "" while mails are sent."""
    return _words(language) if delayed(rt) else ""


def own_delay_words(rt: Runtime, language: Language, contact: Contact) -> str:
    """For the holder of a link mailed to this contact; "" while no mail to it waits for the mail server."""
    return _words(language) if delayed_to(rt, contact) else ""


def _words(language: Language) -> str:
    return language.text(
        "Emails are delayed at the moment: our mail server does not accept them. Waiting emails are sent "
        "automatically as soon as it does."
    )

"""A message in words."""

from dataclasses import dataclass

from ....actions.consent.messages import ShownMessage
from ....domain.effects import MailKind
from ....domain.messages import MessageOutcome
from ....language import Language

WRITE = "/admin/consents/write"
MESSAGES = "/admin/consents/messages"
NEWS_PAGE = "/admin/consents/news"


@dataclass(frozen=True, slots=True)
class EarlierView:
    """A message in the list of those that were begun."""

    subject: str
    facts: str
    href: str


def sent_words(found: ShownMessage, language: Language) -> str:
    """The outcomes so far."""
    refused, failed = sum(found.refused.values()), found.counts.get(MessageOutcome.FAILED, 0)
    words = (
        language.text("{count} sent", count=found.counts.get(MessageOutcome.SENT, 0)),
        language.text("{count} still to be sent", count=found.left) if found.left else "",
        language.text("{count} refused", count=refused) if refused else "",
        language.text("{count} not accepted by the mail server", count=failed) if failed else "",
    )
    return " · ".join(each for each in words if each)


def about_words(found: ShownMessage, language: Language) -> str:
    """The recipients, or the subject of news."""
    match found.message.kind:
        case MailKind.PAGE_NEWS:
            return language.text("News about the preferences page")
        case MailKind.PURPOSE_NEWS:
            return language.text("News about “{what}”", what=found.name)
        case _ if found.to:
            return language.text("To {who}, under “{what}”", who=found.to, what=found.name)
        case _:
            return language.text("To everybody with a consent to “{what}”", what=found.name)

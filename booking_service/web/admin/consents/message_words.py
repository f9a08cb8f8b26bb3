"""What pages say of a message."""

from ....actions.consent.messages import Look
from ....domain.messages import MessageOutcome
from ....language import Language

WRITE = "/admin/consents/write"
MESSAGES = "/admin/consents/messages"


def sent_words(found: Look, language: Language) -> str:
    """What came of it so far."""
    refused, failed = sum(found.refused.values()), found.counts.get(MessageOutcome.FAILED, 0)
    words = (
        language.text("{count} sent", count=found.counts.get(MessageOutcome.SENT, 0)),
        language.text("{count} still to be sent", count=found.left) if found.left else "",
        language.text("{count} refused", count=refused) if refused else "",
        language.text("{count} not taken by the mail server", count=failed) if failed else "",
    )
    return " · ".join(each for each in words if each)

"""What can go wrong on a mail's way, in words that say whether trying again can help.

The text of an error is for the operator and the host; an invitee sees the page's own words.
"""


class MailError(Exception):
    """Base. `retry` says whether the same mail may get through later without anybody changing it."""

    retry: bool = False


class TryLater(MailError):
    """The server asks for patience (4xx, greylisting), or the connection broke on the way.

    The mail may have been accepted all the same: the next try carries the same Message-ID.
    """

    retry = True


class TransportDown(MailError):
    """No mail gets out at all: name, connection, TLS, sign-in, or our own sender address is refused. Worth an alarm."""

    retry = True


class RecipientRefused(MailError):
    """A lasting no (5xx) to this mail for this recipient. Trying again can't help."""


class UnsafeMessage(MailError):
    """What was put together is not what was meant: another header, recipient, method or a control. It never leaves."""

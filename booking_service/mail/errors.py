"""Errors of sending mail; each says whether a retry can help.

The message of an error is for operator and host; an invitee sees the page's own words.
"""


class MailError(Exception):
    """Base class. `retry`: the same mail may get through later, unchanged."""

    retry: bool = False


class TryLater(MailError):
    """The server asks to wait (4xx, greylisting), or the connection broke.

    The mail may have been accepted all the same; the next try has the same Message-ID.
    """

    retry = True


class TransportDown(MailError):
    """No mail can be sent at all: name, connection, TLS, sign-in, or our sender address is refused. Worth an alert."""

    retry = True


class RecipientRefused(MailError):
    """A permanent refusal (5xx) of this mail for this recipient. A retry can't help."""


class UnsafeMessage(MailError):
    """The assembled message is not the one meant: another header, recipient, method, or a control character. Never
    sent."""

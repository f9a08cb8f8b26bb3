"""Mail: a message put together safely, re-read before it leaves, handed to an SMTP server."""

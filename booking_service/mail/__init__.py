"""Mail: composing a message, checking it by parsing it again, handing it to an SMTP server."""

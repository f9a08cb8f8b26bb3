"""Sending the mails that are owed."""

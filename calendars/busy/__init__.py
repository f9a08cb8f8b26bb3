"""Busy time: what the objects of a calendar block of a window (RFC 5545)."""

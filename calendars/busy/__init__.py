"""Busy time: what the objects of a calendar block within a window (RFC 5545)."""

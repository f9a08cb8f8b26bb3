"""Pieces that pages of several doors show."""

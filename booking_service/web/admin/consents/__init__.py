"""Consents, for staff: contacts, their standings with the evidence, and the work on both."""

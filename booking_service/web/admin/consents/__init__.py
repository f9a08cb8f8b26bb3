"""Consents, for staff: contacts, what stands for them and by which evidence, and the work on it."""

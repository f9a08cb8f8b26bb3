"""The rules: what may be booked, held, confirmed. Standard library only; no clock, no randomness, no I/O."""

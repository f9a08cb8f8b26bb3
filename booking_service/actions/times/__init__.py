"""Which times are on offer, and why not."""

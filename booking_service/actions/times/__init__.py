"""Which times are on offer, and why others are not."""

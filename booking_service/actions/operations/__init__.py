"""Whether all is in order, and what is due."""

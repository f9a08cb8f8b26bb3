"""One request in, one response out. Knows no page."""

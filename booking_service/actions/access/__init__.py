"""Who may, how often, and by which link."""

"""The application as it is served, and how the server under it listens, speaks and ends."""

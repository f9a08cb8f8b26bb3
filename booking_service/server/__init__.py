"""The served application, and how the server under it listens, speaks HTTP, and ends."""

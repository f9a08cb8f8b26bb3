"""What can be set, where from, and how it is written."""

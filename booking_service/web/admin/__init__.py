"""What administrators see of the whole service."""

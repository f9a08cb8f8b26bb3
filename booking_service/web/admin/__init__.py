"""Pages of administrators about the whole service."""

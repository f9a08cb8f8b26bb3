"""Pages for readers who proved nothing. They may be kept, and found by search engines."""

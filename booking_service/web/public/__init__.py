"""Public pages, whose readers proved nothing. They may be cached and indexed."""

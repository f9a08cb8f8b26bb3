"""Parts that pages of several doors share."""

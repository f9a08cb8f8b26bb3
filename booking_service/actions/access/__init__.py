"""Who may do what, how often, and by which link: sign-in, limits, tokens, links."""

"""Keys and what is made with them: sealed values, tokens, codes, password hashes."""

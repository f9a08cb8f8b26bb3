"""Pages behind mailed links, and waiting pages. They are never cached."""

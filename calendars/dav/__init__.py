"""The CalDAV client: accounts, discovery, requests and responses, and probing what a server really does."""

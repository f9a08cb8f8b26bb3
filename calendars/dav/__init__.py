"""The CalDAV client: accounts, discovery, requests and their answers, and trying what a server really does."""
